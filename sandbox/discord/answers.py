"""The bot's answers to interactions: the callback, and the routes of its token (Discord: Receiving and Responding)."""

from sandbox.discord.changes import Changes
from sandbox.discord.command_rules import CHOICES_MAX, CommandType, OptionType, check_choice
from sandbox.discord.errors import ApiError, FormCheck, Refusal
from sandbox.discord.interactions import CallbackType, Interaction, Interactions, InteractionType
from sandbox.discord.mentions import IN_INTERACTIONS, pinged
from sandbox.discord.message import Body, Message, MessageFlag, MessageType, Pinged
from sandbox.discord.message_rules import NEW_FLAGS, MessageRules, Place
from sandbox.discord.messages import Messages
from sandbox.discord.modals import check_modal
from sandbox.discord.rendering import Renderer
from sandbox.discord.wire import NO_CONTENT, Call, Json, Reply
from sandbox.discord.world import World

TO_COMPONENTS = {CallbackType.DEFER_UPDATE, CallbackType.UPDATE}


class Answers:
    """Checks deadlines and repeats, and turns an answer into what the person sees."""

    def __init__(
        self,
        world: World,
        interactions: Interactions,
        messages: Messages,
        rules: MessageRules,
        renderer: Renderer,
        changes: Changes,
    ) -> None:
        self._world = world
        self._interactions = interactions
        self._messages = messages
        self._rules = rules
        self._renderer = renderer
        self._changes = changes

    async def callback(self, call: Call) -> Reply:
        """POST /interactions/{id}/{token}/callback."""
        interaction = self._interactions.by_token.get(call.params["token"])
        if interaction is None or interaction.id != call.id("interaction_id"):
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if interaction.is_late(self._world.clock.now_ms()):
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if interaction.answer is not None:
            raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
        kind = _callback_type(interaction, call.body())
        interaction.answer = kind  # taken before the first await: of two answers at once only one may win
        try:
            message = await self._carry_out(interaction, kind, call)
        except ApiError:
            interaction.answer = None
            raise
        self._changes.happened()
        if call.query.get("with_response", "").lower() not in ("1", "true"):
            return NO_CONTENT
        return Reply(200, self._response(interaction, kind, message))

    async def follow_up(self, call: Call) -> Reply:
        """POST /webhooks/{application_id}/{token}. Right after a defer it fills the placeholder instead."""
        interaction = self._by_token(call)
        original = interaction.original
        if original is not None and MessageFlag.LOADING in original.body.flags:
            return await self._edit(interaction, original, call)
        flags = _flags(call.body()) & MessageFlag.EPHEMERAL
        body = await self._rules.new_body(call.body(), call.uploads, self._place(interaction, flags))
        body.flags |= flags
        message = self._post(interaction, body, MessageType.REPLY, original)
        interaction.followups.append(message)
        return Reply(200, self._renderer.message(message))

    async def read(self, call: Call) -> Reply:
        return Reply(200, self._renderer.message(self._message(self._by_token(call), call)))

    async def edit(self, call: Call) -> Reply:
        interaction = self._by_token(call)
        return await self._edit(interaction, self._message(interaction, call), call)

    async def delete(self, call: Call) -> Reply:
        await self._messages.delete(self._message(self._by_token(call), call))
        return NO_CONTENT

    async def _carry_out(self, interaction: Interaction, kind: CallbackType, call: Call) -> Message | None:
        data = call.body().get("data") or {}
        flags = _flags(data) & MessageFlag.EPHEMERAL
        match kind:
            case CallbackType.MESSAGE:
                body = await self._rules.new_body(data, call.uploads, self._place(interaction, flags))
                body.flags |= flags
                interaction.original = self._first_message(interaction, body)
            case CallbackType.DEFER_MESSAGE:
                interaction.original = self._first_message(interaction, Body(flags=flags | MessageFlag.LOADING))
            case CallbackType.UPDATE:
                interaction.original = self._source(interaction)
                await self._edit(interaction, interaction.original, call, data)
            case CallbackType.DEFER_UPDATE:
                interaction.original = self._source(interaction)
            case CallbackType.AUTOCOMPLETE:
                interaction.choices = _choices(interaction, data)
            case CallbackType.MODAL:
                form = FormCheck()
                check_modal(form, data)
                form.done()
                interaction.modal = data
        return interaction.original

    def _first_message(self, interaction: Interaction, body: Body) -> Message:
        if interaction.source is not None:
            return self._post(interaction, body, MessageType.REPLY, interaction.source)
        is_slash = interaction.data.get("type", CommandType.SLASH) == CommandType.SLASH
        kind = MessageType.SLASH_COMMAND if is_slash else MessageType.MENU_COMMAND
        return self._post(interaction, body, kind, None)

    def _post(self, interaction: Interaction, body: Body, kind: MessageType, reply_to: Message | None) -> Message:
        metadata = interaction.metadata()
        if interaction.original is not None:
            metadata["original_response_message_id"] = str(interaction.original.id)
        is_ephemeral = MessageFlag.EPHEMERAL in body.flags
        return self._messages.post(
            interaction.channel,
            self._world.bot,
            body,
            kind=kind,
            reply_to=reply_to,
            by_interaction=metadata,
            only_for=interaction.person.id if is_ephemeral else None,
        )

    async def _edit(self, interaction: Interaction, message: Message, call: Call, data: Json | None = None) -> Reply:
        payload = call.body() if data is None else data
        place = self._place(interaction, message.body.flags & MessageFlag.EPHEMERAL)
        self._messages.edit(message, await self._rules.edited_body(payload, call.uploads, message.body, place))
        return Reply(200, self._renderer.message(message))

    def _place(self, interaction: Interaction, flags: MessageFlag) -> Place:
        def ping(body: Body, allowed: Json | None) -> Pinged:
            bot_id = self._world.bot.id
            return pinged(self._world, interaction.channel, bot_id, body, allowed, defaults=IN_INTERACTIONS)

        is_ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        return Place(
            interaction.channel.id, interaction.file_limit_bytes, ping, NEW_FLAGS | flags, is_ephemeral=is_ephemeral
        )

    def _source(self, interaction: Interaction) -> Message:
        source = interaction.source
        if source is None or source.deleted:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return source

    def _by_token(self, call: Call) -> Interaction:
        """The answered interaction behind a webhook route. Raises ApiError: unknown, unanswered, too old."""
        interaction = self._interactions.by_token.get(call.params["token"])
        if interaction is None or call.id("application_id") != self._world.application_id:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        if interaction.is_expired(self._world.clock.now_ms()):
            raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
        if interaction.answer is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        if self._world.find_channel(interaction.channel.id) is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        return interaction

    def _message(self, interaction: Interaction, call: Call) -> Message:
        wanted = call.params["message_id"]
        known = [message for message in [interaction.original, *interaction.followups] if message is not None]
        for message in known:
            is_wanted = message is interaction.original if wanted == "@original" else str(message.id) == wanted
            if is_wanted and not message.deleted:
                return message
        raise ApiError(Refusal.UNKNOWN_MESSAGE)

    def _response(self, interaction: Interaction, kind: CallbackType, message: Message | None) -> Json:
        shown: Json = {"id": str(interaction.id), "type": int(interaction.type)}
        if message is None:
            return {"interaction": shown}
        shown["response_message_id"] = str(message.id)
        shown["response_message_loading"] = MessageFlag.LOADING in message.body.flags
        shown["response_message_ephemeral"] = message.is_ephemeral
        if kind in (CallbackType.MESSAGE, CallbackType.UPDATE):
            resource = {"type": int(kind), "message": self._renderer.message(message)}
            return {"interaction": shown, "resource": resource}
        return {"interaction": shown}


def _flags(data: Json) -> MessageFlag:
    return MessageFlag(int(data.get("flags") or 0))


def _callback_type(interaction: Interaction, body: Json) -> CallbackType:
    """Which kinds of answer fit which interaction. Raises ApiError."""
    form = FormCheck()
    kind = body.get("type", 0)
    is_autocomplete = interaction.type is InteractionType.AUTOCOMPLETE
    if kind not in set(CallbackType) or (kind == CallbackType.AUTOCOMPLETE) is not is_autocomplete:
        form.fail("type", "BASE_TYPE_CHOICES", "This callback type does not fit the interaction.")
    elif kind in TO_COMPONENTS and interaction.source is None:
        form.fail("type", "BASE_TYPE_CHOICES", "Only interactions of components can update a message.")
    elif kind == CallbackType.MODAL and interaction.type is InteractionType.MODAL:
        form.fail("type", "BASE_TYPE_CHOICES", "A modal cannot answer a modal.")
    form.done()
    return CallbackType(kind)


def _choices(interaction: Interaction, data: Json) -> list[Json]:
    form = FormCheck()
    choices = form.count("data.choices", data.get("choices") or [], most=CHOICES_MAX)
    kind = OptionType(_focused(interaction.data.get("options") or [])["type"])
    for number, choice in enumerate(choices):
        check_choice(form, f"data.choices.{number}", choice, kind)
    form.done()
    return choices


def _focused(options: list[Json]) -> Json:
    for option in options:
        if option.get("focused"):
            return option
        if found := _focused(option.get("options") or []):
            return found
    return {}
