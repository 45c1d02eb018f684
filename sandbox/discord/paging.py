"""Lists that come in pages: `limit`, `after` and `before` in a query."""

from sandbox.discord.errors import FormCheck
from sandbox.discord.wire import Call


def asked_page(call: Call, *, usual: int, most: int) -> tuple[int, int, int]:
    """(limit, after, before), the limit being `usual` where none is asked for. Raises ApiError."""
    asked = {"limit": str(usual), "after": "0", "before": str(1 << 63)} | dict(call.query)
    form = FormCheck()
    for name in ("limit", "after", "before"):
        if not asked[name].isdecimal():
            form.fail(name, "NUMBER_TYPE_COERCE", f'Value "{asked[name]}" is not snowflake.')
            asked[name] = "1"
    form.whole("limit", int(asked["limit"]), least=1, most=most)
    form.done()
    return int(asked["limit"]), int(asked["after"]), int(asked["before"])
