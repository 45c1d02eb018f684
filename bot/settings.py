"""One frozen object with everything an owner can set, read once from the environment and `.env`.

Adding a setting is one field with its help here and its line in `.env.example` (a test holds the two together).
`ServiceSettings` is the part that `easel api` needs: the image service, without Discord and the data folder.
"""

import difflib
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import BotError
from bot.image_api.dialects.addresses import address_of, told_by
from bot.image_api.dialects.dialect import DialectName
from bot.thresholds import Thresholds

CEILINGS = ("server_per_day", "bot_per_day", "keep_pictures_mb")
Amount = Annotated[int, Field(ge=0, le=1_000_000)]


class SettingsError(BotError):
    """Every problem with the settings, one line each, without a single value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    return url.rstrip("/")


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?")


def _host(part: str) -> str:
    """One of DOWNLOAD_HOSTS: no pattern, no address with a path; those would name nothing, silently."""
    if not _HOST.fullmatch(part.lower()):
        raise ValueError("must be names of hosts, each with a port or without: pictures.example, 127.0.0.1:8080, [::1]")
    return part.lower()


HttpUrl = Annotated[str, BeforeValidator(_http_url)]


def _one_line(secret: str) -> str:
    """Without the line break that files end with; any other would break the header that the secret is sent in."""
    text = secret.strip()
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


Secret = Annotated[SecretStr, BeforeValidator(_one_line)]
Sent = Annotated[str, BeforeValidator(_one_line)]


def _only_one(key: SecretStr | None, base_url: str | None) -> SecretStr | None:
    """A user and password in an address are sent in the header of the key, where there is room for one of them."""
    if key is not None and base_url and "@" in urlsplit(base_url).netloc:
        raise PydanticCustomError("both", "must be empty where the address has a user and password in it")
    return key


class PartOfSettings(BaseSettings):
    """Some of the owner's settings; the names in upper case are the contract.

    Raises:
        SettingsError: from `load`, with all problems at once.
    """

    model_config = SettingsConfigDict(env_file_encoding="utf-8", frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, values: dict[str, object]) -> dict[str, object]:
        """`NAME=` means «not set»."""
        return {name: value for name, value in values.items() if value != ""}

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Read the environment and `env_file`.

        Raises:
            SettingsError: with every problem found.
        """
        problems = _unknown_names(env_file)
        try:
            settings = cls(_env_file=env_file)
        except ValidationError as error:
            problems += [
                _problem(".".join(map(str, each["loc"][:1])), each["type"], each["msg"]) for each in error.errors()
            ]
            raise SettingsError(problems) from None
        if problems:
            raise SettingsError(problems)
        return settings


class HomeSettings(PartOfSettings):
    """Where the bot lives: all that who keeps its data needs."""

    # Absolute, since the process that reads pictures works in a folder of its own.
    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path("./data"), validate_default=True, description="The database and the pictures on their way."
    )


class ServiceSettings(PartOfSettings):
    """What the image service and its moderation need."""

    openai_base_url: HttpUrl = Field("https://api.openai.com/v1", description="Any OpenAI-compatible image service.")
    image_dialect: DialectName | None = Field(
        None, description="What kind of service it is, where its address does not tell: see docs/providers.md."
    )
    openai_api_key: Secret | None = Field(
        None,
        validate_default=True,  # after the address above, which says whether it is needed
        description="Key of the image service. Required, unless the service at OPENAI_BASE_URL has no keys.",
    )
    openai_org_id: Sent | None = Field(None, description="Sent as OpenAI-Organization when set.")
    openai_project_id: Sent | None = Field(None, description="Sent as OpenAI-Project when set.")
    image_model: str | None = Field(
        None,
        validate_default=True,
        description="Default model. Empty: the best one the service lists. At Azure the deployment, and required.",
    )
    models_file: Annotated[Path, AfterValidator(Path.absolute)] | None = Field(
        None, description="Your own additions to the catalogue of models (TOML, see docs/operations.md)."
    )
    image_previews: int = Field(
        1,
        ge=0,
        le=3,
        description="How many previews of a picture are shown while it is painted; "
        "each costs about 100 output tokens; 0 = none.",
    )
    image_connect_timeout_ms: int = Field(
        5_000, ge=0, description="Time to connect to the image service; 0 = no limit."
    )
    image_read_timeout_ms: int = Field(
        300_000, ge=0, description="Longest silence of the image service within a call; 0 = no limit."
    )
    image_call_timeout_ms: int = Field(600_000, ge=0, description="Time for a whole call; 0 = no limit.")

    moderation: Literal["on", "off"] = Field("on", description="off paints without asking: only for trusted circles.")
    moderation_base_url: HttpUrl | None = Field(None, description="Moderations may live elsewhere than pictures.")
    moderation_api_key: Secret | None = Field(None, description="Key for MODERATION_BASE_URL.")
    moderation_model: str = Field("omni-moderation-latest", description="The moderation model.")
    moderation_thresholds: Annotated[Thresholds | None, NoDecode] = Field(
        None,
        description="Scores (0 to 1) that decide instead of the service's flag, e.g. violence=0.9,sexual=0.3.",
    )

    # Here, since with a budget the default model is one whose price is known.
    budget_usd_per_day: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="Most US dollars the whole bot may spend on pictures a day; empty = no budget."
    )

    download_hosts: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="host[:port] list that pictures may be fetched from although private (self-hosted)."
    )

    @field_validator("openai_api_key")
    @classmethod
    def _key(cls, key: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        base_url = others.data.get("openai_base_url")
        if key is None and base_url and told_by(base_url, others.data.get("image_dialect")).needs_key:
            raise PydanticCustomError("missing", "this service does not paint without a key")
        return _only_one(key, base_url)

    @field_validator("moderation_api_key")
    @classmethod
    def _moderation_key(cls, key: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        return _only_one(key, others.data.get("moderation_base_url"))

    @field_validator("image_model")
    @classmethod
    def _model(cls, model: str | None, others: ValidationInfo) -> str | None:
        base_url = others.data.get("openai_base_url")
        if model is None and base_url:
            dialect = told_by(base_url, others.data.get("image_dialect"))
            if dialect.has_deployments and address_of(base_url, dialect).deployment is None:
                raise PydanticCustomError("missing", "this service does not list its deployments")
        return model

    @field_validator("moderation_thresholds", mode="before")
    @classmethod
    def _thresholds(cls, value: object) -> object:
        return Thresholds.parse(value) if isinstance(value, str) else value

    @field_validator("download_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        return frozenset(map(_host, _parts(value))) if isinstance(value, str) else value


class Settings(ServiceSettings, HomeSettings):
    """All of the owner's settings."""

    discord_token: Secret = Field(description="The bot's token, from the Discord developer portal. Required.")
    discord_api_url: HttpUrl = Field("https://discord.com/api/v10", description="Another REST base, e.g. a proxy.")
    discord_gateway_url: str = Field("wss://gateway.discord.gg/", description="Another gateway.")

    quota_per_day: Amount = Field(20, description="Pictures a member may make a day where no admin said otherwise.")
    server_per_day: Amount | None = Field(500, description="Most pictures a server may make a day; empty = no ceiling.")
    bot_per_day: Amount | None = Field(
        2_000, description="Most pictures the whole bot may make a day; empty = no ceiling."
    )

    images_at_once: int = Field(8, ge=1, le=1_000, description="Calls to the image service at the same time.")
    images_at_once_per_user: int = Field(2, ge=1, le=1_000, description="The same for one member.")
    queue_max: int = Field(500, ge=1, description="Requests that may wait; a full queue says so at once.")
    queue_max_wait_s: int = Field(1_800, ge=1, description="A request that waited longer is let go, at no cost.")

    owner_ids: Annotated[frozenset[int], NoDecode] = Field(
        frozenset(), description="Discord ids of the owners, comma-separated; they are told about what needs them."
    )
    keep_pictures_days: int = Field(
        7, ge=0, description="How long pictures stay on the disk after delivery, or wait in /quota."
    )
    keep_pictures_mb: Annotated[int, Field(ge=0)] | None = Field(
        5_000, description="Most megabytes of them, the oldest go first; 0 keeps none, empty = no limit."
    )
    min_free_mb: int = Field(
        500, ge=0, description="With fewer megabytes free on the disk new requests are refused; 0 = never."
    )
    keep_prompts_days: int = Field(30, ge=0, description="How long words are kept, so that Again works.")
    keep_server_days: int = Field(
        7, ge=0, description="How long a server's data are kept after the bot was removed from it."
    )
    drain_s: int = Field(240, ge=0, description="How long calls in flight may finish when the bot is stopped.")
    health_port: int | None = Field(
        None, ge=1, le=65_535, description="Serves /healthz and /readyz on 127.0.0.1 when set; empty = not served."
    )
    rerun_lost: bool = Field(
        default=False, description="1 makes a call again whose outcome a crash hid; it may be paid twice."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people or for machines.")

    @property
    def budget_microusd(self) -> int | None:
        """The budget in millionths of a dollar, as all money is counted."""
        return None if self.budget_usd_per_day is None else int(self.budget_usd_per_day * 1_000_000)

    @model_validator(mode="before")
    @classmethod
    def _no_ceiling(cls, values: dict[str, object]) -> dict[str, object]:
        """`NAME=` means none for the ceilings."""
        return values | {name: None for name in CEILINGS if values.get(name) == ""}

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        return frozenset(int(part) for part in _parts(value)) if isinstance(value, str) else value


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _problem(field: str, kind: str, message: str) -> str:
    if kind == "missing":
        return f"{field.upper()} is not set: {Settings.model_fields[field].description}"
    if kind == "value_error" and field == "owner_ids":
        return "OWNER_IDS must be Discord ids (digits), separated by commas"
    return f"{field.upper()} is wrong: {message.removeprefix('Value error, ')}"


def _unknown_names(env_file: Path | None) -> list[str]:
    """A misspelt name in `.env` would silently leave a limit at its default: say so instead."""
    if env_file is None or not env_file.is_file():
        return []
    ours = [name.upper() for name in Settings.model_fields]
    problems = []
    for name in dotenv_values(env_file, interpolate=False):
        if name.upper() not in ours:
            near = difflib.get_close_matches(name.upper(), ours, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{name} in {env_file.name} is not a setting of Easel{hint}")
    return problems
