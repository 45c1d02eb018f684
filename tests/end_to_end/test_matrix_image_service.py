"""The fault matrix, line «Image service»: what the member sees, what is charged, what the service and the log say.

A row is one fault of the image service and all that becomes of it, with the whole bot between the two stand-ins.
Money is counted: a refusal is free, what may have been painted counts at its most, what came at what it did cost.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from sandbox.guest import SeenMessage
from sandbox.image_api.faults import answers, errors, wire
from sandbox.image_api.faults.faults import Fault
from tests.end_to_end.books import audit, charged, money, reserved, states, until, until_states
from tests.end_to_end.conftest import HurriedClock, Open
from tests.end_to_end.foxes import rich
from tests.end_to_end.screen import ends, finished, paints, public
from tests.end_to_end.trouble import Held
from tests.scene import Scene

PROMPT = "the unmistakable heron of Wapping"
FREE = "This cost you nothing."
BUSY = f"The image service is too busy right now. Try again in a few minutes. {FREE}"
FAILED = f"The image service failed. Try again in a few minutes. {FREE}"
LOST = f"The image service did not answer in time, so there is no picture. {FREE}"
USELESS = f"The image service answered without a usable picture. Try again. {FREE}"
NOT_THERE = f"The image service cannot be reached. Try again in a few minutes. {FREE}"
REFUSED = f"The image service refused this request for sexual content. Change it and try again. {FREE}"
GIBIBYTE = 1024**3
MEBIBYTE = 1024**2
GIVEN_UP_MS = 1_500  # after which a call is given up where that has to happen: enough for a good one on a busy machine


@dataclass(frozen=True, kw_only=True)
class Row:
    """`times` the fault meets a call (None: each); `sees` is the whole card, or for pictures what follows their link.

    `costs` is the owner's money: nothing, the call's own cost, or the most that it can have cost. `calls` are those
    for pictures that the service got; `log` is a line of the log, as a pattern.
    """

    fault: Callable[[Scene], Fault]
    sees: str
    log: str
    times: int | None = 1
    asked: int = 1
    pictures: int = 0
    costs: str = "nothing"
    calls: int = 1
    settings: dict[str, Any] = field(default_factory=dict)


def again(pause_s: str, error: str) -> str:
    return rf"image_api again tried=1 pause_s={pause_s} error={error}"


def failed(error: str) -> str:
    return rf"call failed job=\d+ call=0 error={error}"


def not_before(seconds: float) -> Callable[[Scene], Fault]:
    """429 until a moment by the bot's clock."""
    return lambda scene: errors.rate_limited(
        format_datetime(scene.clock.now() + timedelta(seconds=seconds), usegmt=True)
    )


def redirect_to(target: str) -> Callable[[Scene], Fault]:
    """A link at the service itself that redirects. {port} is one that listens, and that the owner even allows."""
    return lambda scene: answers.redirecting_url(target.format(port=scene.discord.port))


def painted(fault: Callable[[Scene], Fault], log: str, *, calls: int = 2) -> Row:
    """In the end there is a picture."""
    return Row(fault=fault, sees="", log=log, pictures=1, costs="its cost", calls=calls)


def lost(fault: Callable[[Scene], Fault], log: str, *, sees: str = LOST, **settings: int) -> Row:
    """No picture, and the one call may have been paid for."""
    return Row(fault=fault, sees=sees, log=failed(log), costs="its most", settings=settings)


def useless(fault: Callable[[Scene], Fault], log: str) -> Row:
    return lost(fault, f"BadAnswer {log}", sees=USELESS)


def too_busy(fault: Callable[[Scene], Fault], log: str, *, calls: int = 1) -> Row:
    """The service surely did nothing, and does not want us back soon, or not after `calls` tries."""
    return Row(fault=fault, sees=BUSY, log=failed(log), times=None, calls=calls)


ROWS: dict[str, Row] = {
    "429 once": painted(
        lambda _: errors.rate_limited(), again(r"0\.[3-5]\d", "ServiceBusy status=429 .*code=rate_limit_exceeded")
    ),
    "429 always": too_busy(
        lambda _: errors.rate_limited(), "ServiceBusy status=429 .*code=rate_limit_exceeded", calls=3
    ),
    "429 with Retry-After": painted(lambda _: errors.rate_limited("7"), again(r"7\.00", "ServiceBusy status=429")),
    "429 with a Retry-After of an hour": too_busy(lambda _: errors.rate_limited("3600"), "ServiceBusy status=429"),
    "429 with a huge Retry-After": too_busy(lambda _: errors.rate_limited("1" + "0" * 300), "ServiceBusy status=429"),
    "429 with a date": painted(not_before(100), again(r"\d\d\.\d\d", "ServiceBusy status=429")),
    "429 with a date of next year": too_busy(not_before(365 * 86_400), "ServiceBusy status=429"),
    "429 with a date long gone": painted(not_before(-365 * 86_400), again(r"0\.[3-5]\d", "ServiceBusy status=429")),
    "429 with a negative Retry-After": painted(
        lambda _: errors.rate_limited("-5"), again(r"0\.[3-5]\d", "ServiceBusy status=429")
    ),
    "500 once": painted(lambda _: errors.server_error(), again(r"0\.[3-5]\d", "ServiceBusy status=500")),
    "500 always": too_busy(lambda _: errors.server_error(), "ServiceBusy status=500", calls=3),
    "500 that says nothing": lost(lambda _: errors.empty(500), "ServiceLost status=500", sees=FAILED),
    "502 of a proxy": lost(lambda _: errors.html_page(502), "ServiceLost status=502", sees=FAILED),
    "503 once": painted(
        lambda _: errors.overloaded(), again(r"0\.[3-5]\d", "ServiceBusy status=503 .*code=server_is_overloaded")
    ),
    "503 always": too_busy(lambda _: errors.overloaded(), "ServiceBusy status=503", calls=3),
    "503 of a proxy": lost(lambda _: errors.html_page(503), "ServiceLost status=503", sees=FAILED),
    "silence after accept": lost(
        lambda _: wire.silence(),
        "ServiceLost images/generations: SocketTimeoutError",
        image_read_timeout_ms=GIVEN_UP_MS,
    ),
    "half a body": lost(lambda _: wire.half_body(), "ServiceLost images/generations: ClientPayloadError"),
    "half a body and silence": lost(
        lambda _: wire.stall(),
        "ServiceLost images/generations: SocketTimeoutError",
        image_read_timeout_ms=GIVEN_UP_MS,
    ),
    "1 byte a second": lost(
        lambda _: wire.drip(1.0), "ServiceLost images/generations: TimeoutError", image_call_timeout_ms=GIVEN_UP_MS
    ),
    "a reset before the work": lost(lambda _: wire.reset(), "ServiceLost images/generations: ClientOSError"),
    "a reset after the work": lost(lambda _: wire.reset(after_the_work=True), "ServiceLost images/generations: "),
    "200 with an error": useless(lambda _: answers.error_in_success(), "status=200 .*type=server_error"),
    "200 with HTML": useless(lambda _: answers.text_in_success(), "not JSON"),
    "empty data": useless(lambda _: answers.no_pictures(), "no picture"),
    "data that is null": useless(lambda _: answers.no_data(), "no picture"),
    "corrupt base64": useless(lambda _: answers.corrupt_base64(), "picture 0 is not base64"),
    "base64 of HTML": useless(lambda _: answers.html_as_base64(), "picture 0 is not a picture"),
    "a wrong content type": painted(
        lambda _: answers.wrong_content_type("text/html"), r"call answered job=\d+ call=0 model=gpt-image-2", calls=1
    ),
    "2 GiB": useless(lambda _: wire.huge_body(2 * GIBIBYTE), "picture 0 is larger than 67108864 bytes"),
    "a gzip bomb": useless(lambda _: wire.gzip_bomb(200 * MEBIBYTE), "picture 0 is larger than 67108864 bytes"),
    "a link that redirects to 127.0.0.1": useless(
        redirect_to("http://127.0.0.1:{port}/secret.png"), "picture 0 by link: .*/redirect: HTTP 302"
    ),
    "a link that redirects to 169.254.169.254": useless(
        redirect_to("http://169.254.169.254/latest/meta-data"), "picture 0 by link: .*/redirect: HTTP 302"
    ),
    "fewer than asked": Row(
        fault=lambda _: answers.fewer(2),
        asked=4,
        pictures=2,
        sees=" 2 pictures did not come; you were not charged for what is missing.",
        costs="its cost",
        log=r"delivered job=\d+ route=channel pictures=2",
    ),
    "a refusal of the words": Row(
        fault=lambda _: errors.refused_by_safety("sexual"),
        sees=REFUSED,
        log=failed("ContentRefused status=400 .*code=moderation_blocked"),
    ),
    "a refusal of what was painted": lost(
        lambda _: errors.refused_by_safety("sexual", stage="output"),
        "ContentRefused status=400 .*code=moderation_blocked",
        sees=REFUSED,
    ),
}


@pytest.mark.parametrize("name", ROWS)
async def test_a_fault_of_the_image_service(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    row = ROWS[name]
    scene = await rich(open_scene, clock=hurried, **row.settings)
    scene.images.faults.add(route="generations", then=row.fault(scene), times=row.times)

    await holds(scene, row, caplog)


async def test_a_port_that_takes_no_connection(
    open_scene: Open, hurried: HurriedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire.deaf_port() as base_url:
        changes: dict[str, Any] = {"moderation": "off", "openai_base_url": base_url, "image_connect_timeout_ms": 100}
        scene = await rich(open_scene, clock=hurried, **changes)
        row = Row(
            fault=lambda _: wire.silence(),  # nobody meets it
            sees=NOT_THERE,
            calls=0,
            log=failed("ServiceUnreachable images/generations: "),
        )

        await holds(scene, row, caplog)


async def test_a_result_that_comes_after_our_time_out_is_not_charged_and_not_posted(
    open_scene: Open, caplog: pytest.LogCaptureFixture
) -> None:
    scene = await rich(open_scene, image_call_timeout_ms=GIVEN_UP_MS)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")
    late = Held()
    row = lost(lambda _: late.fault, "ServiceLost images/generations: TimeoutError")
    scene.images.faults.add(route="generations", then=row.fault(scene))
    await holds(scene, row, caplog)

    late.release()
    await until(lambda: scene.images.paid_pictures == 1)
    await paints(scene, ada)

    assert scene.images.paid_pictures == 2
    assert [len(post.attachments) for post in public(ben)] == [1], "the late one is nobody's"
    assert states(scene) == ["failed", "delivered"]
    assert (charged(scene), reserved(scene)) == (1, 0)
    first, second = money(scene)
    assert (first.charged, second.charged) == (first.most, second.cost)


async def holds(scene: Scene, row: Row, caplog: pytest.LogCaptureFixture) -> None:
    """One request through the fault: everything that the row says, and nothing else."""
    caplog.set_level(logging.INFO)
    ada, ben = scene.guest("Ada"), scene.guest("Ben")

    asked = await ada.slash(
        "imagine", prompt=PROMPT, count=row.asked, model="gpt-image-2", size="1024x1024", quality="high"
    )
    card = await (finished(asked) if row.pictures else ends(asked, FREE))
    await until_states(scene, "delivered" if row.pictures else "failed")

    assert card.ephemeral
    assert _words(card) == row.sees
    assert card.buttons == ([] if row.pictures else ["Try again"])
    assert sum(len(post.attachments) for post in public(ben)) == row.pictures
    assert (charged(scene), reserved(scene)) == (row.pictures, 0)
    [spent] = money(scene)
    assert spent.most
    cost = spent.cost or 0 if row.costs == "its cost" else {"nothing": 0, "its most": spent.most}[row.costs]
    assert (spent.charged, spent.reserved) == (cost, 0)
    assert len(scene.images.records.of("generations")) == row.calls
    assert [line for line in caplog.messages if re.search(row.log, line)], caplog.text
    assert "heron" not in caplog.text
    assert "Traceback" not in caplog.text
    assert _files(scene) == row.pictures, "nothing else is left on the spool"
    audit(scene)


def _words(card: SeenMessage) -> str:
    """The card without the link to the pictures, what they cost the owner, and the button below."""
    return re.sub(r"^.* Done: \S+|\n-# This cost the bot's owner \$[\d.]+\.$|\nTry again$", "", card.text)


def _files(scene: Scene) -> int:
    return sum(path.is_file() for path in (scene.settings.data_dir / "spool").rglob("*"))
