"""Jobs as rows of their table: the only place that knows both."""

from datetime import datetime

from bot.clock import from_ms
from bot.model import Arrival, Endpoint, Job, JobState, Place, Requester, Way
from bot.request import ImageRequest, Operation, Source
from bot.store.engine import sqlite3

INSERT = """
INSERT INTO jobs (id, key, state, owner, lease_ms, way, operation, user_id, role_ids, guild_id, channel_id,
    application_id, prompt, model, size, quality, count, private, source_url, source_job, missing, member_may_write,
    file_limit_bytes, token, token_ms, accepted_ms, most_microusd)
VALUES (:id, :key, 'queued', :owner, :lease_ms, :way, :operation, :user_id, :role_ids, :guild_id, :channel_id,
    :application_id, :prompt, :model, :size, :quality, :count, :private, :source_url, :source_job, :missing,
    :member_may_write, :file_limit_bytes, :token, :accepted_ms, :accepted_ms, :most_microusd)
ON CONFLICT (id) DO NOTHING
RETURNING *
"""


def values_of(request: ImageRequest, arrival: Arrival) -> dict[str, object]:
    """What a new row says of the request and its way in; INSERT takes key, owner, times and most cost besides."""
    place, source = arrival.place, request.source
    return {
        "id": arrival.id,
        "way": arrival.way,
        "operation": request.operation,
        "user_id": arrival.requester.user_id,
        "role_ids": ",".join(map(str, sorted(arrival.requester.role_ids))),
        "guild_id": place.guild_id,
        "channel_id": place.channel_id,
        "application_id": arrival.application_id,
        "prompt": request.prompt,
        "model": request.model,
        "size": request.size,
        "quality": request.quality,
        "count": request.count,
        "private": request.private,
        "source_url": source.url if source else None,
        "source_job": source.kept_by_job if source else None,
        "missing": ",".join(place.missing),
        "member_may_write": place.member_may_write,
        "file_limit_bytes": place.file_limit_bytes,
        "token": arrival.token,
    }


def one(cursor: sqlite3.Cursor) -> Job | None:
    """The job in a cursor over whole rows, if there is one."""
    jobs = many(cursor)
    return jobs[0] if jobs else None


def many(cursor: sqlite3.Cursor) -> list[Job]:
    """The jobs in a cursor over whole rows."""
    names = [column[0] for column in cursor.description]
    return [_job(_Row(dict(zip(names, row, strict=True)))) for row in cursor.fetchall()]


class _Row:
    """A row whose columns without a value are missing."""

    def __init__(self, values: dict[str, object]) -> None:
        self.text = {name: value for name, value in values.items() if isinstance(value, str)}
        self.number = {name: value for name, value in values.items() if isinstance(value, int)}

    def time(self, name: str) -> datetime | None:
        return from_ms(self.number[name]) if name in self.number else None


def _job(row: _Row) -> Job:
    text, number = row.text, row.number
    return Job(
        id=number["id"],
        key=text["key"],
        state=JobState(text["state"]),
        request=_request(row),
        arrival=_arrival(row),
        accepted_at=from_ms(number["accepted_ms"]),
        card_message_id=number.get("card_message_id"),
        painted_model=text.get("painted_model"),
        endpoint=Endpoint(text["endpoint"]) if "endpoint" in text else None,
        started_at=row.time("started_ms"),
        painted_at=row.time("painted_ms"),
        failure=text.get("failure"),
        left_out=tuple(filter(None, text["left_out"].split(","))),
        waiting=bool(number["waiting"]),
        told=bool(number["told"]),
        words_kept=bool(number["words_kept"]),
        most_microusd=number.get("most_microusd"),
        cost_microusd=number.get("cost_microusd"),
    )


def _arrival(row: _Row) -> Arrival:
    text, number = row.text, row.number
    return Arrival(
        id=number["id"],
        way=Way(text["way"]),
        requester=Requester(number["user_id"], frozenset(int(role) for role in text["role_ids"].split(",") if role)),
        place=Place(
            channel_id=number["channel_id"],
            guild_id=number.get("guild_id"),
            missing=tuple(filter(None, text["missing"].split(","))),
            member_may_write=bool(number["member_may_write"]),
            file_limit_bytes=number["file_limit_bytes"],
        ),
        application_id=number["application_id"],
        token=text.get("token"),
    )


def _request(row: _Row) -> ImageRequest:
    text, number = row.text, row.number
    url, kept_by_job = text.get("source_url"), number.get("source_job")
    return ImageRequest(
        operation=Operation(text["operation"]),
        prompt=text["prompt"],
        model=text.get("model"),
        size=text.get("size"),
        quality=text.get("quality"),
        count=number["count"],
        private=bool(number["private"]),
        source=Source(url=url or "", kept_by_job=kept_by_job) if url or kept_by_job else None,
    )
