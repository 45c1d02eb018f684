"""Who may talk to the page's server: its own page, opened on this machine, and nobody else's."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
FOREIGN = "This page is served to this machine alone."


class Guards:
    """A site that a visitor has open elsewhere can send requests here, under a name of its own or from its pages.

    `cdn_origin` is where pictures come from.
    """

    def __init__(self, cdn_origin: str) -> None:
        policy = (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' {cdn_origin} blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
        self._headers = {
            "Content-Security-Policy": "; ".join(policy),
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    def install(self, app: web.Application) -> None:
        app.middlewares.append(_only_ours)
        app.on_response_prepare.append(self._harden)

    async def _harden(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._headers)


@web.middleware
async def _only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A foreign Host is a name that somebody pointed at this machine; a foreign Origin is another page's doing."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    is_reading = request.method in ("GET", "HEAD") and "Upgrade" not in request.headers
    is_own = origin == f"http://{host}" or (origin is None and is_reading)  # what opens a socket or sends is named
    if not LOOPBACK.fullmatch(host) or not is_own:
        raise web.HTTPForbidden(text=FOREIGN)
    return await handler(request)
