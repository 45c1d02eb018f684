"""Calls to the image service, each given to the request that it was made for."""

from collections.abc import Collection

from sandbox.image_api.records import Received
from sandbox.image_api.server import FakeImageApi
from sandbox.page.behind.exchanges import Exchange, follow, with_images, words_of
from sandbox.page.behind.story import Story, now_ms

UNPLACED_MS = 1_500  # for so long a call that fits no job yet may still be that of one just being written down
ASKED_IN_WORDS = ("moderations", "generations", "edits")

Placed = tuple[Exchange, Story | None]


class Calls:
    """Each look goes on where the last one stopped.

    A call carries no id of ours. It belongs to the unfinished job with its words; of two jobs with the same words, to
    the one that has fewer calls of that kind so far, the older first.
    """

    def __init__(self, images: FakeImageApi) -> None:
        self._images = images
        self._read = 0
        self._unplaced: list[Received] = []
        self._open: list[tuple[Received, Exchange, Story | None]] = []

    def look(self, stories: Collection[Story]) -> tuple[list[Placed], list[Placed]]:
        """Those that are new, put into their stories where they have one; and the open ones that have come further."""
        new = self._place(stories)
        further = [(exchange, story) for received, exchange, story in self._open if follow(exchange, received)]
        self._open = [each for each in self._open if each[0].took_ms is None]
        return new, further

    def _place(self, stories: Collection[Story]) -> list[Placed]:
        came = self._images.requests[self._read :]
        self._read += len(came)
        waiting, self._unplaced = [*self._unplaced, *came], []
        placed: list[Placed] = []
        for received in waiting:
            story = _asker(received, stories)
            if story is None and received.route in ASKED_IN_WORDS and now_ms() - received.at_ms < UNPLACED_MS:
                self._unplaced.append(received)
                continue
            exchange = with_images(received)
            if story is not None:
                story.exchanges.append(exchange)
            self._open.append((received, exchange, story))
            placed.append((exchange, story))
        return placed


def _asker(received: Received, stories: Collection[Story]) -> Story | None:
    words = words_of(received)
    under_way = [story for story in stories if _is_under_way(story, received.at_ms)]
    fitting = [story for story in under_way if _asks_for(story, received, words)]
    if not fitting and received.files:  # who varies a picture need not say anything
        fitting = [story for story in under_way if not any(story.words)]

    def so_far(story: Story) -> int:
        return sum(each.side == "images" and each.path.endswith(received.route) for each in story.exchanges)

    return min(fitting, key=so_far, default=None)


def _is_under_way(story: Story, at_ms: int) -> bool:
    job = story.job
    return job is not None and job.accepted_ms <= at_ms and (job.ended_ms is None or at_ms <= job.ended_ms)


def _asks_for(story: Story, received: Received, words: list[str]) -> bool:
    """By its words; where the bot has erased those of a job already, by the verdict that made it do so."""
    if any(each and _is_of(each, said) for each in story.words for said in words):
        return True
    is_erased = story.job is not None and not story.job.prompt and story.job.state == "refused"
    return is_erased and received.flagged is True


def _is_of(prompt: str, words: str) -> bool:
    """A moderation is asked for the words as they are and, below them, for what they look like."""
    return words == prompt or words.startswith(f"{prompt}\n")
