"""The balance behind the scenes: allowances, extra pictures and what is used of them, as the bot itself counts them."""

import re
from pathlib import Path

from sandbox.discord.world import Person, Role
from tests.sandbox.page.drawer import Drawer, Json, page_open

LEFT = re.compile(r"\*\*(\d+) pictures? left\*\*")
ALLOWED = re.compile(r"Today: (\d+) of (\d+) used")
EXTRA = re.compile(r"Extra: (\d+) pictures?")


async def balance(drawer: Drawer, name: str, channel: str = "general") -> Json:
    """What the drawer shows of a member, as soon as it is what /quota tells them."""
    asked = await drawer.stage.discord.guest(name).slash("quota", channel=channel)
    words = (await asked.until(lambda seen: LEFT.search(seen.text))).text
    left, allowed, extra = LEFT.search(words), ALLOWED.search(words), EXTRA.search(words)
    assert left is not None
    assert allowed is not None
    said = {
        "left": int(left[1]),
        "allowed": int(allowed[2]),
        "extra": int(extra[1]) if extra is not None else 0,
    }

    def shown() -> Json | None:
        found: Json = drawer.requests.get(str(asked.interaction.id), {}).get("balance") or {}
        return found if said.items() <= found.items() else None

    agreed: Json = await drawer.until(shown)
    return agreed


async def rules(drawer: Drawer, command: str, **options: int | Person | Role) -> None:
    asked = await drawer.stage.discord.guest("Cleo").slash(f"admin quota {command}", options=options)
    assert (await asked.answer()).text.startswith(("This server", "The role", "<@"))


async def test_the_strongest_allowance_counts_and_what_is_removed_counts_no_more(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        discord = drawer.stage.discord
        pia = discord.world.person("Pia")
        patron, keeper = (
            next(role for role in discord.world.guild("The Atelier").roles.values() if role.name == name)
            for name in ("Patron", "Keeper")
        )
        discord.world.guild("The Atelier").members[pia.id].role_ids.append(keeper.id)
        seen = [(await balance(drawer, "Pia"))["allowed"]]
        await rules(drawer, "default", images=7)
        seen.append((await balance(drawer, "Pia"))["allowed"])
        await rules(drawer, "role", role=patron, images=3)
        seen.append((await balance(drawer, "Pia"))["allowed"])
        await rules(drawer, "role", role=keeper, images=9)
        seen.append((await balance(drawer, "Pia"))["allowed"])
        await rules(drawer, "set", user=pia, images=0)
        seen.append((await balance(drawer, "Pia"))["allowed"])
        others = [(await balance(drawer, name))["allowed"] for name in ("Ada", "Cleo")]
        elsewhere = [
            (await balance(drawer, name, place))["allowed"] for name, place in (("Pia", "dm"), ("Ada", "lounge"))
        ]
        await rules(drawer, "set", user=pia)
        await rules(drawer, "role", role=keeper)
        after = (await balance(drawer, "Pia"))["allowed"]

    assert seen == [5, 7, 3, 9, 0]
    assert others == [7, 9]
    assert elsewhere == [5, 5]
    assert after == 3


async def test_extra_pictures_are_used_when_the_days_are_gone(tmp_path: Path) -> None:
    async with page_open(tmp_path) as drawer:
        images, ada = drawer.stage.images, drawer.stage.discord.guest("Ada")
        await rules(drawer, "grant", user=ada.person, images=4)
        granted = await balance(drawer, "Ada")
        await rules(drawer, "set", user=ada.person, images=1)
        images.hold()
        asked = str((await ada.slash("imagine", prompt="a fox", count=3)).interaction.id)
        await images.until_held(1)
        held = await balance(drawer, "Ada")
        images.release()
        told = (await drawer.told(int(asked)))["balance"]
        await rules(drawer, "reset", user=ada.person)
        reset = await balance(drawer, "Ada")

    def counts(of: Json) -> list[int]:
        return [of[each] for each in ("left", "reserved", "extra_reserved", "charged", "extra_charged", "extra")]

    assert counts(granted) == [9, 0, 0, 0, 0, 4]
    assert counts(held) == [2, 1, 2, 0, 0, 2]
    assert counts(told) == [2, 0, 0, 1, 2, 2]
    assert counts(reset)[3:] == [0, 0, 4]
