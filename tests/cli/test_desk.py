"""How a command ends that met what nobody expected."""

import pytest

from bot.cli.desk import Desk, Work
from bot.cli.statuses import Status
from bot.outside import Outside
from bot.settings import SettingsError

KEY = "canary-of-the-owner"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return Desk(as_json=False)


def failing(error: Exception) -> Work:
    async def work(_: Outside) -> Status:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyError(f"nothing of {KEY}"), Status.BUG, "easel: This is a bug of Easel: KeyError at bot/cli/desk.py:"),
        (SettingsError(["MODELS_FILE is wrong"]), Status.CANNOT_START, "easel: MODELS_FILE is wrong"),
        (OSError(28, "No space left on device", "fox.png"), Status.FAILED, "easel: No space left on device: fox.png"),
    ],
)
def test_it_is_one_line_without_a_trace_or_a_value(
    desk: Desk, capsys: pytest.CaptureFixture[str], error: Exception, status: Status, line: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        desk.run(failing(error))

    told = capsys.readouterr()
    assert ended.value.code == status
    assert told.err.startswith(line)
    assert len(told.err.splitlines()) == 1
    assert KEY not in told.err
    assert told.out == ""


def test_the_owners_key_is_hidden_wherever_it_turns_up(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.say(f"no: {KEY}")
    desk.show(f"no: {KEY}")
    desk.show_row(f"no: {KEY}")
    desk.show_json({"no": KEY})

    told = capsys.readouterr()
    assert KEY not in told.out + told.err
    assert (told.out + told.err).count("[hidden]") == 4
