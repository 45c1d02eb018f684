"""Who is called by a message (Discord: Message Resource, Allowed Mentions Object)."""

import re

from sandbox.discord.components import Kind, every_component
from sandbox.discord.errors import FormCheck
from sandbox.discord.message import Body, Pinged
from sandbox.discord.permissions import Permission, in_channel
from sandbox.discord.wire import Json
from sandbox.discord.world import Channel, World

EVERY_KIND = ("users", "roles", "everyone")
IN_INTERACTIONS = ("users",)
PERSON = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)")


def check_allowed_mentions(form: FormCheck, allowed: Json) -> None:
    parse = allowed.get("parse") or []
    for kind in parse:
        if kind not in EVERY_KIND:
            form.fail("allowed_mentions.parse", "BASE_TYPE_CHOICES", f"Value must be one of {EVERY_KIND}.")
    for kind in ("users", "roles"):
        named = allowed.get(kind) or []
        if len(named) > 100:
            form.fail(f"allowed_mentions.{kind}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        if named and kind in parse:
            form.fail(
                f"allowed_mentions.{kind}",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


def pinged(
    world: World,
    channel: Channel,
    author_id: int,
    body: Body,
    allowed: Json | None,
    *,
    defaults: tuple[str, ...] = EVERY_KIND,
    replied_id: int | None = None,
) -> Pinged:
    """`allowed` None means the request had none: then `defaults` are parsed and a reply calls its author."""
    rule: Json = {"parse": list(defaults), "replied_user": True} if allowed is None else allowed
    text = _text(body)
    people = [int(found) for found in PERSON.findall(text) if int(found) in world.people]
    called = [each for each in dict.fromkeys(people) if _allows(rule, "users", each)]
    if replied_id is not None and rule.get("replied_user") and replied_id not in called:
        called.append(replied_id)
    guild = world.guild_of(channel)
    if guild is None:
        return Pinged(tuple(called))
    may_call_all = Permission.MENTION_EVERYONE in in_channel(guild, channel, author_id)
    roles = [guild.roles[int(found)] for found in ROLE.findall(text) if int(found) in guild.roles]
    return Pinged(
        tuple(called),
        tuple(
            dict.fromkeys(
                role.id for role in roles if _allows(rule, "roles", role.id) and (role.mentionable or may_call_all)
            )
        ),
        may_call_all and "everyone" in (rule.get("parse") or []) and EVERYONE.search(text) is not None,
    )


def _allows(rule: Json, kind: str, target_id: int) -> bool:
    if kind in (rule.get("parse") or []):
        return True
    return str(target_id) in {str(each) for each in rule.get(kind) or []}


def _text(body: Body) -> str:
    texts = [item["content"] for item in every_component(body.components) if item["type"] == Kind.TEXT]
    return "\n".join([body.content, *texts])
