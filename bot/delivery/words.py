"""Words by direct message: said once, however often it has to be tried."""

import logging

import discord

from bot.delivery.heard import Heard
from bot.delivery.line import Line
from bot.delivery.looks import Looks
from bot.delivery.patience import Patience
from bot.delivery.trouble import Later, Obstacle, Passing, Refused, Undecided, Unknown
from bot.model import Job
from bot.store.letters import PART, Letter, Letters

log = logging.getLogger(__name__)


class DirectWords:
    def __init__(self, client: discord.Client, line: Line, looks: Looks, letters: Letters) -> None:
        self._client = client
        self._line = line
        self._looks = looks
        self._letters = letters

    async def channel_with(self, user_id: int, patience: Patience | None = None) -> int:
        """The conversation with this person, opened when there is none yet, which can be repeated freely.

        Raises:
            Refused, Later, Unknown.
        """

        async def open_() -> int:
            return (await self._client.create_dm(discord.Object(user_id))).id

        if patience is None:
            return await self._line.once(open_, bucket="conversations")
        return await self._line.often(open_, bucket="conversations", patience=patience)

    async def tell(self, job: Job, sentence: str) -> Heard:
        """One try to tell a job's member something; what was tried before, by whichever process, is not said twice."""
        try:
            return await self._tell(job, sentence)
        except Undecided as error:  # better once than twice
            log.info("perhaps told job=%d detail=%s", job.id, error.detail)
            return Heard.SAID
        except Obstacle as error:
            heard = Heard.after(error)
            if heard is Heard.NEVER or not self._line.is_away:
                log.info("member not told job=%d detail=%s heard=%s", job.id, error.detail, heard)
            return heard

    async def _tell(self, job: Job, sentence: str) -> Heard:
        user_id = job.arrival.requester.user_id
        letter = await self._letters.begin(job.id, user_id, await self.channel_with(user_id))
        if letter is None:
            raise Later("it is not known yet whether another letter has come")
        if letter.message_id is not None or (not letter.is_new and await self._is_there(job, letter, sentence)):
            return Heard.SAID
        try:
            message_id = await self._send(letter.channel_id, sentence, f"{job.id}.{PART}")
        except Unknown:
            raise  # its row stays: next time it is looked for
        except Obstacle:
            await self._letters.forget(job.id)
            raise
        await self._letters.sent(job.id, message_id)
        return Heard.SAID

    async def _is_there(self, job: Job, letter: Letter, sentence: str) -> bool:
        for message in await self._looks.ours(letter.channel_id, after_id=job.id):
            if message.content == sentence and message.id not in letter.others:
                await self._letters.sent(job.id, message.id)
                return True
        return False

    async def tell_patiently(self, user_id: int, sentence: str, *, nonce: str, patience: Patience) -> None:
        """Words that belong to no job and are not remembered over a restart.

        Raises:
            Closed, Undecided, Later, Unknown: it was not told, as far as is known.
        """
        channel_id = await self.channel_with(user_id, patience)
        after_id = await self._last_in(channel_id, patience)
        is_unsure = False
        while True:
            try:
                if is_unsure and await self._is_said(channel_id, sentence, after_id):
                    return
                is_unsure = False
                await self._send(channel_id, sentence, nonce)
            except Passing as error:
                is_unsure = is_unsure or isinstance(error, Unknown)
                if not await patience.pause(error):
                    raise
            else:
                return

    async def _send(self, channel_id: int, sentence: str, nonce: str) -> int:
        channel = self._client.get_partial_messageable(channel_id)
        sent = await self._line.once(lambda: channel.send(sentence, nonce=nonce), bucket=f"post {channel_id}")
        return sent.id

    async def _is_said(self, channel_id: int, sentence: str, after_id: int) -> bool:
        return any(each.content == sentence for each in await self._looks.ours(channel_id, after_id=after_id))

    async def _last_in(self, channel_id: int, patience: Patience) -> int:
        """What stands last in a conversation, so that only what is newer counts; no clock is asked."""
        channel = self._client.get_partial_messageable(channel_id)

        async def look() -> int:
            return max([message.id async for message in channel.history(limit=1)], default=0)

        try:
            return await self._line.often(look, bucket=f"read {channel_id}", patience=patience)
        except Refused:
            return 0
