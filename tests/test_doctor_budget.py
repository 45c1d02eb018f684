"""`easel doctor` on the owner's money: what of today's budget is spent and left, and which models it leaves out."""

import signal

from tests.end_to_end.screen import shows_pictures
from tests.shell import Shell

NEW = ("gpt-image-2.5", "gpt-image-2.6")


async def test_without_a_budget_it_says_what_was_spent(shell: Shell) -> None:
    seen = await shell.easel("doctor")

    assert seen.line("budget") == "ok none (BUDGET_USD_PER_DAY); $0.00 spent today, as far as it is known"


async def test_what_is_spent_reserved_and_left_of_the_day_is_told_also_while_the_bot_runs(shell: Shell) -> None:
    ada = shell.discord.guest("Ada")
    async with shell.bot(BUDGET_USD_PER_DAY="2.5", IMAGE_PREVIEWS="0") as bot:
        await ada.slash("imagine", prompt="a fox", size="1024x1024", quality="high")
        await ada.until_sees("general", shows_pictures)
        shell.images.hold()
        await (await ada.slash("imagine", prompt="a fox", size="1024x1024", quality="high")).answer()
        await shell.images.until_held(1)

        during = await shell.easel("doctor", BUDGET_USD_PER_DAY="2.5")
        shell.images.release()
        await bot.end(signal.SIGTERM)

    assert during.lines("budget")[0] == "ok $2.50 a day: $0.21 spent, $0.21 reserved, $2.08 left today"


async def test_models_without_a_known_price_are_counted_and_named(shell: Shell) -> None:
    seen = await shell.easel("doctor", BUDGET_USD_PER_DAY="10")

    assert seen.status == 0
    assert seen.lines("budget")[0] == "ok $10.00 a day: $0.00 spent, $0.00 reserved, $10.00 left today"
    told = seen.lines("budget")[1]
    assert told.startswith("warn")
    assert "models have no known price and are refused: gpt-image-2.5-flare" in told
    assert "give their price in MODELS_FILE" in told
    assert seen.lines("models")[0] == "ok default gpt-image-2 (chosen, as IMAGE_MODEL is empty)"


async def test_a_preferred_model_without_a_known_price_is_told(shell: Shell) -> None:
    seen = await shell.easel("doctor", BUDGET_USD_PER_DAY="10", IMAGE_MODEL="gpt-image-2.5-flare")

    assert seen.lines("models")[0].startswith("warn default gpt-image-2: what gpt-image-2.5-flare (IMAGE_MODEL) costs")


async def test_a_budget_that_no_model_fits_fails(shell: Shell) -> None:
    shell.images.models = [model for model in shell.images.models if model.rules is None or model.id.startswith(NEW)]

    seen = await shell.easel("doctor", BUDGET_USD_PER_DAY="10")

    assert seen.status == 1
    assert any(line.startswith("fail no model has a known price") for line in seen.lines("budget"))
    assert any(line.startswith("fail no default") for line in seen.lines("models"))


async def test_a_spent_budget_is_told(shell: Shell) -> None:
    seen = await shell.easel("doctor", BUDGET_USD_PER_DAY="0")

    assert seen.lines("budget")[0].startswith("warn $0.00 a day: $0.00 spent, $0.00 reserved, $0.00 left today")
