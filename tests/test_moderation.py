"""Nothing passes unchecked: what is flagged is refused in plain words, and so is what could not be checked."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from PIL import Image

from bot.download import Downloader
from bot.errors import BadAnswer, ImageServiceError, ModerationRefused, NotChecked, ServiceBusy, ServiceLost
from bot.image_api.answers.verdicts import Verdict
from bot.image_api.catalogue.catalogue import Catalogue
from bot.image_api.client import ImageApi
from bot.image_api.service import Service
from bot.image_api.wire.http import Http
from bot.moderation import Moderation
from bot.thresholds import Thresholds
from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault
from sandbox.image_api.moderation import marked_picture
from sandbox.image_api.server import FakeImageApi
from tests.clock import FakeClock

MODEL = "omni-moderation-latest"


@pytest.fixture
def harmless() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 110, 130)).save(content, "JPEG")
    return content.getvalue()


@pytest.fixture
async def service() -> AsyncIterator[FakeImageApi]:
    service = FakeImageApi(flagged_words={"forbidden": "violence/graphic", "hateful": "hate"})
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def moderation(service: FakeImageApi) -> AsyncIterator[Moderation]:
    async with aiohttp.ClientSession() as session, Downloader() as downloads:
        place = Service(base_url=service.base_url, api_key=service.api_key)
        yield Moderation(
            ImageApi(
                Http(session, place, clock=FakeClock()), Catalogue.load(has_openai_dates=False), downloads=downloads
            ),
            model=MODEL,
        )


class Waiting:
    """A moderation service that answers when it is told to, and remembers the crowd at its door."""

    def __init__(self, outcome: Verdict | ImageServiceError | TimeoutError) -> None:
        self.outcome = outcome
        self.open = asyncio.Event()
        self.inside = 0
        self.most_inside = 0

    async def moderate(self, *_: object, **__: object) -> tuple[Verdict, ...]:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        await self.open.wait()
        self.inside -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return (self.outcome,)


async def test_harmless_words_and_pictures_pass(moderation: Moderation, harmless: bytes) -> None:
    await moderation.check("a red fox in the snow")
    await moderation.check("a red fox", harmless)
    await moderation.check("", harmless)


async def test_flagged_words_are_refused_in_plain_words(moderation: Moderation) -> None:
    with pytest.raises(ModerationRefused) as refusal:
        await moderation.check("a forbidden and hateful fox")

    assert str(refusal.value) == (
        "I cannot paint that: your prompt was flagged for hate and graphic violence. "
        "Change it and try again. This cost you nothing."
    )


async def test_a_flagged_picture_is_refused_also_without_words(moderation: Moderation) -> None:
    with pytest.raises(ModerationRefused, match="your picture was flagged for sexual content"):
        await moderation.check("", marked_picture("sexual"))


async def test_words_beside_a_harmless_picture_are_still_checked(
    moderation: Moderation, service: FakeImageApi, harmless: bytes
) -> None:
    with pytest.raises(ModerationRefused, match="your prompt was flagged"):
        await moderation.check("a hateful fox", harmless)

    (request,) = service.requests
    assert [part["type"] for part in request.fields["input"]] == ["text", "image_url"]
    assert request.fields["model"] == MODEL


@pytest.mark.parametrize(
    "words",
    [
        "a f\u043erbidden fox",
        "a \u0192orbidden fox".replace("\u0192", "\uff46"),
        "a for\u200bbidden fox",
        "a f\u0336o\u0336r\u0336bidden fox",
        "a \U0001d41f\U0001d428\U0001d42b\U0001d41b\U0001d422\U0001d41d\U0001d41d\U0001d41e\U0001d427 fox",
        "a F\u039fRB\u0406DDEN fox",
        "a for\u00adbidden fox",
    ],
    ids=["cyrillic", "full width", "zero width", "struck through", "mathematical", "capitals", "soft hyphen"],
)
async def test_letters_in_disguise_do_not_slip_through(moderation: Moderation, words: str) -> None:
    with pytest.raises(ModerationRefused):
        await moderation.check(words)


async def test_plain_words_are_sent_once_as_they_are(moderation: Moderation, service: FakeImageApi) -> None:
    for words in (
        "a red fox",
        "\u0440\u044b\u0436\u0430\u044f \u043b\u0438\u0441\u0430",
        "\u03b1\u03bb\u03b5\u03c0\u03bf\u03cd",
    ):
        await moderation.check(words)

        assert service.requests[-1].fields["input"] == words


BROKEN: dict[str, Fault] = {
    "500": errors.server_error(),
    "502": errors.html_page(),
    "no money": errors.insufficient_quota(),
    "key": errors.wrong_key(),
    "garbage": errors.status(200, "<html>"),
    "error in 200": answers.error_in_success(),
    "no results": errors.status(200, {"results": []}),
    "other results": errors.status(200, {"results": [{"flagged": "no"}]}),
    "category": errors.status(200, {"results": [{"flagged": False, "categories": {"violence": "no"}}]}),
    "list of categories": errors.status(200, {"results": [{"flagged": False, "categories": ["violence"]}]}),
    "empty": errors.empty(200),
    "reset": wire.reset(),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_could_not_be_checked_is_refused(moderation: Moderation, service: FakeImageApi, name: str) -> None:
    service.faults.add(route="moderations", then=BROKEN[name], times=None)

    with pytest.raises(NotChecked, match="cost you nothing"):
        await moderation.check("a red fox")


async def test_a_service_that_is_gone_passes_nothing(moderation: Moderation, service: FakeImageApi) -> None:
    await service.stop()

    with pytest.raises(NotChecked):
        await moderation.check("a red fox")


async def test_a_hiccup_is_waited_out(moderation: Moderation, service: FakeImageApi) -> None:
    service.faults.add(route="moderations", then=errors.rate_limited("7"), times=3)
    service.faults.add(route="moderations", then=wire.reset())

    await moderation.check("a red fox")

    assert len(service.requests) == 5


@pytest.mark.parametrize("outcome", [ServiceLost(), ServiceBusy(), BadAnswer(), TimeoutError()])
async def test_every_failure_is_a_refusal(outcome: ImageServiceError | TimeoutError) -> None:
    service = Waiting(outcome)
    service.open.set()

    with pytest.raises(NotChecked):
        await Moderation(service, model=MODEL).check("a red fox")


async def test_a_flag_without_a_category_is_a_flag() -> None:
    service = Waiting(Verdict(is_unnamed=True))
    service.open.set()

    with pytest.raises(ModerationRefused, match="content that is not allowed"):
        await Moderation(service, model=MODEL).check("a red fox")


async def test_a_low_score_is_enough_where_children_are_concerned() -> None:
    service = Waiting(Verdict(scores={"sexual/minors": 0.2}))
    service.open.set()

    with pytest.raises(ModerationRefused, match="sexual content about minors"):
        await Moderation(service, model=MODEL).check("a red fox")


@pytest.fixture
def loosened() -> Callable[[tuple[str, ...]], Moderation]:
    """Moderation whose owner took violence lightly, and a service that flags these categories with a score of 0.5."""

    def moderation(flagged: tuple[str, ...]) -> Moderation:
        service = Waiting(Verdict(categories=flagged, scores=dict.fromkeys(flagged, 0.5)))
        service.open.set()
        return Moderation(service, model=MODEL, thresholds=Thresholds.parse("violence=0.9"))

    return moderation


async def test_what_the_owner_loosened_passes(loosened: Callable[[tuple[str, ...]], Moderation]) -> None:
    await loosened(("violence",)).check("a red fox")


async def test_what_the_owner_did_not_loosen_is_refused(loosened: Callable[[tuple[str, ...]], Moderation]) -> None:
    with pytest.raises(ModerationRefused) as refusal:
        await loosened(("violence", "hate")).check("a red fox")

    assert refusal.value.categories == ("hate",)


async def test_a_check_that_does_not_end_is_a_refusal() -> None:
    with pytest.raises(NotChecked):
        await Moderation(Waiting(Verdict()), model=MODEL, longest_check_s=0.05).check("a red fox")


async def test_a_burst_is_checked_a_few_at_a_time_and_passes() -> None:
    service = Waiting(Verdict())
    moderation = Moderation(service, model=MODEL, at_once=3)
    checks = [asyncio.create_task(moderation.check("a red fox")) for _ in range(40)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert service.most_inside == 3

    service.open.set()
    await asyncio.gather(*checks)

    assert service.most_inside == 3


async def test_one_who_gives_up_leaves_room_for_the_next() -> None:
    service = Waiting(Verdict())
    moderation = Moderation(service, model=MODEL, at_once=1)
    first = asyncio.create_task(moderation.check("a red fox"))
    second = asyncio.create_task(moderation.check("a red fox"))
    await asyncio.sleep(0)

    first.cancel()
    service.open.set()

    await second


async def test_the_owner_may_switch_it_off() -> None:
    service = Waiting(ServiceLost())
    moderation = Moderation(service, model=MODEL, enabled=False)

    await moderation.check("a forbidden fox")
    await moderation.probe()

    assert service.most_inside == 0
