"""Discord: the token, the invite link, and the servers where a permission is missing."""

from bot.doctor.findings import Finding, Mark
from bot.life.parts import NO_LOGIN
from bot.visit import DiscordUnreachable, Server, TokenRefused, Visit, visit

CHANNELS_SHOWN = 5


async def of_discord(token: str) -> list[Finding]:
    try:
        seen = await visit(token)
    except TokenRefused:
        text, _, advice = NO_LOGIN.partition(": ")
        return [Finding(Mark.FAIL, "Discord", text, advice)]
    except DiscordUnreachable as error:
        advice = "check the network, and DISCORD_API_URL if you set it"
        return [Finding(Mark.FAIL, "Discord", f"{error} ({error.detail})", advice)]
    return [*_of_application(seen), *_of_servers(seen), Finding(Mark.OK, "invite link", seen.invite_url)]


def _of_application(seen: Visit) -> list[Finding]:
    findings = [
        Finding(Mark.OK, "Discord", f"the token is that of {seen.name} (application {seen.application_id})"),
        Finding(Mark.OK, "intents", "no privileged intent is needed; leave all of them off in the Developer Portal"),
    ]
    if seen.has_endpoint_url:
        text = "the app has an Interactions Endpoint URL, so commands go there and never reach this bot"
        advice = "Developer Portal → your app → General Information → remove Interactions Endpoint URL"
        findings.append(Finding(Mark.FAIL, "Discord", text, advice))
    if seen.needs_code_grant:
        advice = "Developer Portal → your app → Bot → switch off Requires OAuth2 Code Grant"
        findings.append(Finding(Mark.WARN, "Discord", "the invite link will not work", advice))
    return findings


def _of_servers(seen: Visit) -> list[Finding]:
    if seen.servers is None:
        return [Finding(Mark.WARN, "servers", "Discord did not tell which ones the bot is in", "look again later")]
    if not seen.servers:
        return [Finding(Mark.WARN, "servers", "the bot is in none yet", "open the invite link below")]
    findings = [_of_server(server) for server in seen.servers]
    if seen.server_count > len(seen.servers):
        text = f"{seen.server_count} in all; looked at the first {len(seen.servers)}"
        findings.append(Finding(Mark.OK, "servers", text))
    return findings


def _of_server(server: Server) -> Finding:
    if not server.channels:
        return Finding(Mark.WARN, "servers", f"{server.name}: the bot sees no channel", "give its role View Channel")
    if not server.lacking:
        return Finding(Mark.OK, "servers", f"{server.name}: nothing is missing in {_channels(server.channels)}")
    lacking = "; ".join(f"{right} in {_where(names, server.channels)}" for right, names in server.lacking.items())
    advice = "allow it for the bot's role there; until then pictures go to the member alone"
    return Finding(Mark.WARN, "servers", f"{server.name}: missing {lacking}", advice)


def _where(names: list[str], seen: int) -> str:
    if len(names) == seen:
        return f"all {_channels(seen)}" if seen > 1 else f"#{names[0]}"
    more = f" and {len(names) - CHANNELS_SHOWN} more" if len(names) > CHANNELS_SHOWN else ""
    return ", ".join(f"#{name}" for name in names[:CHANNELS_SHOWN]) + more


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"
