"""What the tour shows. A scene's first line is its heading."""

import asyncio

from sandbox.demo.stage import PER_DAY
from sandbox.demo.tour import Tour
from sandbox.discord.seen import ClientRefused, SeenMessage
from sandbox.image_api.drawing.painting import Commission, paint
from sandbox.image_api.moderation import marked_picture
from sandbox.terminal.watch import pictures

LIGHTHOUSE = "a lighthouse at dusk, watercolour"
BALLOON = Commission(prompt="a balloon over the mountains", width_px=1024, height_px=1024, seed=7)
GRANTED = 3


async def paints_from_words(tour: Tour) -> None:
    """Ada paints from words"""
    ada = tour.player.seat("Ada")
    async with tour.charging(ada, 2):
        seen = await tour.player.types(ada, f"/imagine prompt:{LIGHTHOUSE} count:2")
    tour.check("the first answer was for Ada alone", is_good=seen.first is not None and seen.first.ephemeral)
    tour.check_painted(seen, 2)


async def asks_for_the_forbidden(tour: Tour) -> None:
    """A forbidden prompt: moderation says no before anything is painted"""
    ada, painted = tour.player.seat("Ada"), tour.stage.images.paid_pictures
    async with tour.charging(ada, 0):
        seen = await tour.player.types(ada, "/imagine prompt:a bloodbath in the market square count:2")
    tour.check_refused(seen, "graphic violence")
    tour.check("the image service was not asked to paint", is_good=tour.stage.images.paid_pictures == painted)


async def uploads_the_forbidden(tour: Tour) -> None:
    """A forbidden picture: uploads are looked at too"""
    ada, painted = tour.player.seat("Ada"), tour.stage.images.paid_pictures
    file = await asyncio.to_thread(tour.player.album.add, "ada harmful upload", marked_picture("violence"))
    tour.screen.aside("the stand-in’s moderation takes a cyan corner for violence")
    async with tour.charging(ada, 0):
        seen = await tour.player.types(ada, f"/vary image:{file}")
    tour.check_refused(seen, "violence")
    tour.check("the image service was not asked to paint", is_good=tour.stage.images.paid_pictures == painted)


async def varies_an_upload(tour: Tour) -> None:
    """Ben varies a picture of his own: /vary with an upload"""
    ben = tour.player.seat("Ben")
    balloon = await asyncio.to_thread(paint, BALLOON)
    file = await asyncio.to_thread(tour.player.album.add, "ben balloon upload", balloon)
    async with tour.charging(ben, 1):
        seen = await tour.player.types(ben, f"/vary image:{file} prompt:in winter")
    tour.check_painted(seen, 1)


async def varies_the_last_picture(tour: Tour) -> None:
    """A second way: /vary without a picture takes the last one in the channel"""
    ben = tour.player.seat("Ben")
    async with tour.charging(ben, 1):
        seen = await tour.player.types(ben, "/vary prompt:as a pencil sketch")
    tour.check_painted(seen, 1)


async def varies_by_menu(tour: Tour) -> None:
    """A third way: the menu of Ada’s message"""
    ben = tour.player.seat("Ben")
    async with tour.charging(ben, 1):
        seen = await tour.player.opens_menu(ben, "Vary image", _of_lighthouse(tour))
    tour.check_painted(seen, 1)


async def varies_by_reply(tour: Tour) -> None:
    """A fourth way: a reply"""
    ben = tour.player.seat("Ben")
    async with tour.charging(ben, 1):
        seen = await tour.player.replies(ben, "vary at night", _of_lighthouse(tour))
    tour.check_painted(seen, 1)


async def varies_by_button(tour: Tour) -> None:
    """A fifth way: the button of her second picture"""
    ben = tour.player.seat("Ben")
    async with tour.charging(ben, 1):
        seen = await tour.player.clicks(ben, "V2", _of_lighthouse(tour))
    tour.check_painted(seen, 1)


async def looks_at_the_models(tour: Tour) -> None:
    """Which models paint here"""
    seen = await tour.player.types(tour.player.seat("Ben"), "/models")
    tour.check("the answer is for Ben alone", is_good=bool(seen.private) and not seen.public)
    tour.check("it names a default", is_good="(default)" in seen.words)


async def meets_the_quota(tour: Tour) -> None:
    """Ben meets his quota"""
    ben, painted = tour.player.seat("Ben"), tour.stage.images.paid_pictures
    async with tour.charging(ben, 0):
        seen = await tour.player.types(ben, "/imagine prompt:a fox in the snow")
    tour.check_refused(seen, "no pictures left today")
    tour.check("the image service was not asked to paint", is_good=tour.stage.images.paid_pictures == painted)


async def is_granted_more(tour: Tour) -> None:
    """Cleo, who manages the server, gives him more, and Ben goes on"""
    ben, cleo = tour.player.seat("Ben"), tour.player.seat("Cleo")
    seen = await tour.player.types(cleo, f"/admin quota grant user:Ben images:{GRANTED}")
    tour.check("confirmed to Cleo alone", is_good=f"{GRANTED} extra pictures" in seen.words and not seen.public)
    async with tour.charging(ben, 1):
        seen = await tour.player.types(ben, "/imagine prompt:a fox in the snow")
    tour.check_painted(seen, 1)
    seen = await tour.player.types(cleo, "/admin quota show user:Ben")
    is_written = f"Used today: {PER_DAY}" in seen.words and "by <@" in seen.words
    tour.check("what was used, and who changed what, is on record", is_good=is_written)


async def is_no_admin(tour: Tour) -> None:
    """Ada manages nothing: /admin is not for her"""
    ada, line = tour.player.seat("Ada"), "/admin quota grant user:Ada images:100"
    offered = tour.stage.discord.commands.listed(None)
    admin = next(command for command in offered if command["name"] == "admin")
    refusal = tour.stage.discord.commands.refusal(admin, tour.stage.discord.channel("general"), ada.guest.person)
    tour.screen.does("Ada", "looks", "for /admin in the list of commands")
    tour.check("Discord does not even offer it to her", is_good=refusal is not None)
    tour.screen.aside("a server can open commands to everybody; so once more, and this time it goes through")
    async with tour.charging(ada, 0):
        seen = await tour.player.types(ada, line, raw=True)
    tour.check_refused(seen, "Manage Server")


async def paints_in_private(tour: Tour) -> None:
    """A private picture: for Ada’s eyes only"""
    ada, ben = tour.player.seat("Ada"), tour.player.seat("Ben")
    before = len(ben.shown())
    async with tour.charging(ada, 1):
        seen = await tour.player.types(ada, "/imagine prompt:a castle for Ben’s birthday private:true")
    tour.check("Ada sees her picture", is_good=len(pictures(seen.private)) == 1 and not seen.public)
    tour.check("Ben sees nothing new", is_good=len(ben.shown()) == before)


async def asks_what_is_left(tour: Tour) -> None:
    """What Ada has left, and what she asked for"""
    ada = tour.player.seat("Ada")
    seen = await tour.player.types(ada, "/quota")
    tour.check("refused requests are listed as not charged", is_good="refused, not charged" in seen.words)
    painted = tour.stage.images.paid_pictures
    tour.check(
        f"over the whole tour, {painted} pictures were painted, and {tour.charged} charged",
        is_good=painted == tour.charged,
    )


def _of_lighthouse(tour: Tour) -> SeenMessage:
    """Ada's two pictures, as Ben sees them."""
    shown = tour.player.seat("Ben").shown()
    found = next((one for one in shown if any(each.description == LIGHTHOUSE for each in one.attachments)), None)
    if found is None:
        raise ClientRefused("Ada's pictures are not there")
    return found


SCENES = (
    paints_from_words,
    asks_for_the_forbidden,
    uploads_the_forbidden,
    varies_an_upload,
    varies_the_last_picture,
    varies_by_menu,
    varies_by_reply,
    varies_by_button,
    looks_at_the_models,
    meets_the_quota,
    is_granted_more,
    is_no_admin,
    paints_in_private,
    asks_what_is_left,
)
