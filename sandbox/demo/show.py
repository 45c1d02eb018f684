"""The whole demo, from nothing to nothing: a tour, and a prompt where somebody can type."""

from contextlib import suppress

from sandbox.backstage import Backstage
from sandbox.demo.bot_process import BotDied
from sandbox.demo.scenes import SCENES
from sandbox.demo.stage import FLAGGED_WORDS, PER_DAY, Stage, opened
from sandbox.demo.tour import Tour
from sandbox.terminal.album import Album
from sandbox.terminal.lines import is_interactive, lines
from sandbox.terminal.player import Player
from sandbox.terminal.prompt import Prompt
from sandbox.terminal.screen import Screen

BOT_LOG = "bot.log"
HINTS = (("forbidden words", f"moderation flags {' and '.join(f'«{word}»' for word in FLAGGED_WORDS)} here"),)


def show() -> int:
    """Play the demo; 0 when everything went as it should."""
    album = Album()
    album.clear()
    with Backstage() as backstage, backstage.holding(opened(album.folder / BOT_LOG)) as stage:
        player = Player(stage.discord, Screen(stage.discord.world), album)
        try:
            return _perform(backstage, stage, player)
        except BotDied as error:
            player.screen.failure(str(error))
            player.screen.note(f"The last lines of its log, {album.folder / BOT_LOG}:")
            player.screen.exactly(stage.bot.last_words())
            return 1


def _perform(backstage: Backstage, stage: Stage, player: Player) -> int:
    """The tour, then the prompt; the exit status. Raises BotDied."""
    _introduce(player)
    backstage.run(stage.ready())
    tour = Tour(stage, player)
    backstage.run(stage.bot.while_alive(tour.play(*SCENES)))
    _sum_up(tour)
    if is_interactive():
        player.screen.note("Now you: type a command, or «help». Ctrl-D ends it.")
        prompt = Prompt(stage.discord, player, HINTS)
        with suppress(KeyboardInterrupt):
            for line in lines(lambda: prompt.sign, prompt.beginnings):
                backstage.run(stage.bot.while_alive(prompt.obey(line)))
    return 1 if tour.failures else 0


def _introduce(player: Player) -> None:
    folder = player.album.folder
    player.screen.title("Easel: the whole bot at work")
    player.screen.note(
        "The bot is the real one, with the real discord.py, real sockets and a real SQLite file. Discord and the image "
        "service are stand-ins on this machine (127.0.0.1): no account, no key, nothing to pay."
    )
    player.screen.fact("the server", f"The Atelier, where a member may make {PER_DAY} pictures a day")
    player.screen.fact("its people", "Ada and Ben are members, Cleo manages it")
    player.screen.fact("picture files", f"./{folder}/")
    player.screen.fact("the bot’s log", f"./{folder / BOT_LOG}")


def _sum_up(tour: Tour) -> None:
    tour.screen.note()
    if tour.failures:
        count = "1 check" if tour.failures == 1 else f"{tour.failures} checks"
        tour.screen.failure(f"{count} failed, see above.")
    else:
        tour.screen.success(f"Everything went as it should. Have a look at the pictures: ./{tour.player.album.folder}/")
