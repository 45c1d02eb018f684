"""Settings: every problem at once and never a value; `.env.example` says exactly what the code does."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import ServiceSettings, Settings, SettingsError
from bot.thresholds import Thresholds

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
NAMES = {name.upper() for name in Settings.model_fields}
NEEDED = "DISCORD_TOKEN=token\nOPENAI_API_KEY=key\n"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def problems(env_file: Path, text: str) -> list[str]:
    env_file.write_text(text)
    with pytest.raises(SettingsError) as told:
        Settings.load(env_file)
    return told.value.problems


def settings(env_file: Path, text: str = "") -> Settings:
    env_file.write_text(NEEDED + text)
    return Settings.load(env_file)


def test_every_problem_is_told_at_once_and_no_value_ever(env_file: Path) -> None:
    wrong = (
        "OPENAI_API_KEY=canary\nQUOTA_PER_DAY=canary\nOPENAI_BASE_URL=canary://host\nMODERATION=canary\n"
        "OWNER_IDS=12,canary\nIMAGES_AT_ONCE=0\nQUOTA_PER_DAI=canary\n"
    )

    told = problems(env_file, wrong)

    named = {line.split()[0] for line in told}
    assert named == {
        "DISCORD_TOKEN",
        "QUOTA_PER_DAY",
        "OPENAI_BASE_URL",
        "MODERATION",
        "OWNER_IDS",
        "IMAGES_AT_ONCE",
        "QUOTA_PER_DAI",
    }
    assert "canary" not in " ".join(told)


def test_both_missing_keys_are_told_together(env_file: Path) -> None:
    told = problems(env_file, "")

    assert {line.split()[0] for line in told} == {"DISCORD_TOKEN", "OPENAI_API_KEY"}


def test_a_key_loses_the_line_break_that_files_end_with_and_may_have_no_other(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODERATION_API_KEY", "key-of-a-file\n")

    loaded = settings(env_file)
    monkeypatch.setenv("MODERATION_API_KEY", "canary\nkey")
    told = problems(env_file, NEEDED)

    assert loaded.moderation_api_key is not None
    assert loaded.moderation_api_key.get_secret_value() == "key-of-a-file"
    assert told == ["MODERATION_API_KEY is wrong: must be one line without control characters"]


def test_a_misspelt_name_is_told_with_the_one_that_was_meant(env_file: Path) -> None:
    assert problems(env_file, f"{NEEDED}QUOTA_A_DAY=3\n") == [
        "QUOTA_A_DAY in .env is not a setting of Easel; did you mean QUOTA_PER_DAY?"
    ]


def test_openai_needs_a_key_and_another_service_need_not_have_one(env_file: Path) -> None:
    assert "OPENAI_API_KEY" in problems(env_file, "DISCORD_TOKEN=token\n")[0]

    env_file.write_text("DISCORD_TOKEN=token\nOPENAI_BASE_URL=http://127.0.0.1:8080/v1/\n")
    loaded = Settings.load(env_file)

    assert loaded.openai_api_key is None
    assert loaded.openai_base_url == "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    "service",
    [
        "OPENAI_BASE_URL=https://api.x.ai/v1",
        "OPENAI_BASE_URL=https://r.openai.azure.com/openai/deployments/painter",
        "OPENAI_BASE_URL=http://127.0.0.1:8080/v1\nIMAGE_DIALECT=together",
    ],
)
def test_the_kind_of_service_says_whether_it_needs_a_key(env_file: Path, service: str) -> None:
    told = problems(env_file, f"DISCORD_TOKEN=token\n{service}\n")

    assert [line.split()[0] for line in told] == ["OPENAI_API_KEY"]


@pytest.mark.parametrize("dialect", ["compatible", "litellm", "localai", "sd-server", "vllm-omni", "sglang"])
def test_services_of_ones_own_need_no_key(env_file: Path, dialect: str) -> None:
    env_file.write_text(f"DISCORD_TOKEN=token\nOPENAI_BASE_URL=http://127.0.0.1:8080\nIMAGE_DIALECT={dialect}\n")

    assert Settings.load(env_file).image_dialect == dialect


@pytest.mark.parametrize("name", ["OPENAI", "MODERATION"])
def test_a_key_and_a_password_in_the_address_cannot_both_be_sent(env_file: Path, name: str) -> None:
    address = f"{name}_BASE_URL=https://user:canary@images.example/v1\n"

    told = problems(env_file, f"{NEEDED}{address}{name}_API_KEY=key\n")

    assert told == [f"{name}_API_KEY is wrong: must be empty where the address has a user and password in it"]


@pytest.mark.parametrize("name", ["OPENAI_ORG_ID", "OPENAI_PROJECT_ID"])
def test_what_is_sent_as_a_header_is_one_line(env_file: Path, name: str) -> None:
    (told,) = problems(env_file, f'{NEEDED}{name}="org\\nX-Canary: 1"\n')

    assert told == f"{name} is wrong: must be one line without control characters"


def test_a_kind_of_service_that_nobody_knows_stops_the_start_with_those_there_are(env_file: Path) -> None:
    (told,) = problems(env_file, f"{NEEDED}IMAGE_DIALECT=canary\n")

    assert told.startswith("IMAGE_DIALECT is wrong")
    assert "'vllm-omni'" in told
    assert "canary" not in told


def test_azure_needs_the_name_of_a_deployment_in_the_address_or_beside_it(env_file: Path) -> None:
    bare = "OPENAI_BASE_URL=https://r.openai.azure.com\n"

    (told,) = problems(env_file, f"{NEEDED}{bare}")

    assert told.startswith("IMAGE_MODEL is not set")
    assert settings(env_file, f"{bare}IMAGE_MODEL=painter\n").image_model == "painter"
    assert settings(env_file, "OPENAI_BASE_URL=https://r.openai.azure.com/openai/deployments/p\n").image_model is None


def test_the_image_service_alone_needs_nothing_of_discord_and_does_not_mind_what_is_wrong_there(env_file: Path) -> None:
    env_file.write_text("OPENAI_API_KEY=key\nQUOTA_PER_DAY=many\nDISCORD_TOKEN=\nIMAGE_MODEL=\n")

    loaded = ServiceSettings.load(env_file)

    assert loaded.openai_api_key is not None
    assert loaded.openai_api_key.get_secret_value() == "key"
    assert loaded.image_model is None


def test_the_image_service_alone_tells_its_problems_in_the_same_words(env_file: Path) -> None:
    text = "IMAGE_READ_TIMEOUT_MS=canary\nIMAGE_MODLE=canary\n"
    env_file.write_text(text)

    with pytest.raises(SettingsError) as told:
        ServiceSettings.load(env_file)

    assert set(told.value.problems) <= set(problems(env_file, text))
    assert [line.split()[0] for line in sorted(told.value.problems)] == [
        "IMAGE_MODLE",
        "IMAGE_READ_TIMEOUT_MS",
        "OPENAI_API_KEY",
    ]


def test_an_empty_value_is_not_set_and_an_empty_ceiling_is_none(env_file: Path) -> None:
    loaded = settings(env_file, "IMAGE_MODEL=\nQUOTA_PER_DAY=\nSERVER_PER_DAY=\nBOT_PER_DAY=\n")

    assert loaded.image_model is None
    assert loaded.quota_per_day == 20
    assert loaded.server_per_day is None
    assert loaded.bot_per_day is None


@pytest.mark.parametrize(
    ("text", "microusd"), [("", None), ("0", 0), ("12.50", 12_500_000), ("0.1", 100_000), ("0.0000019", 1)]
)
def test_a_budget_in_dollars_is_counted_in_whole_micro_dollars(env_file: Path, text: str, microusd: int | None) -> None:
    assert settings(env_file, f"BUDGET_USD_PER_DAY={text}\n").budget_microusd == microusd


@pytest.mark.parametrize("text", ["-1", "-0.01", "nan", "inf", "12,50", "ten", "1e9"])
def test_a_budget_that_is_no_amount_of_money_is_told(env_file: Path, text: str) -> None:
    [told] = problems(env_file, f"{NEEDED}BUDGET_USD_PER_DAY={text}\n")

    assert told.startswith("BUDGET_USD_PER_DAY is wrong: ")
    assert text not in told.split()


def test_lists_are_separated_by_commas(env_file: Path) -> None:
    loaded = settings(env_file, "OWNER_IDS=12, 34\nDOWNLOAD_HOSTS=Pictures.example, 127.0.0.1:8080\n")

    assert loaded.owner_ids == {12, 34}
    assert loaded.download_hosts == {"pictures.example", "127.0.0.1:8080"}


@pytest.mark.parametrize(
    "host", ["*", "*.example", "https://pictures.example", "pictures.example/files", "a@b", "a:0", "a:b"]
)
def test_a_download_host_that_would_name_nothing_is_wrong(env_file: Path, host: str) -> None:
    told = problems(env_file, f"{NEEDED}DOWNLOAD_HOSTS=127.0.0.1, {host}\n")

    assert len(told) == 1
    assert told[0].startswith("DOWNLOAD_HOSTS is wrong: must be names of hosts")
    assert host not in told[0].replace("pictures.example", "", 1) or host in ("a:b", "*")


def test_scores_of_moderation_are_pairs_and_a_wrong_one_stops_the_start(env_file: Path) -> None:
    loaded = settings(env_file, "MODERATION_THRESHOLDS=violence=0.9, sexual=0.3\n")
    [unknown] = problems(env_file, f"{NEEDED}MODERATION_THRESHOLDS=canary=0.9\n")
    [loose] = problems(env_file, f"{NEEDED}MODERATION_THRESHOLDS=sexual/minors=0.9\n")

    assert loaded.moderation_thresholds == Thresholds({"violence": 0.9, "sexual": 0.3})
    assert unknown.startswith("MODERATION_THRESHOLDS is wrong: must be pairs of a category and a score from 0 to 1")
    assert "canary" not in unknown
    assert loose == "MODERATION_THRESHOLDS is wrong: cannot loosen sexual/minors: its score may be at most 0.1"


def test_the_environment_counts_before_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTA_PER_DAY", "7")

    assert settings(env_file, "QUOTA_PER_DAY=3\n").quota_per_day == 7


def test_settings_cannot_be_changed_and_do_not_print_their_secrets(env_file: Path) -> None:
    loaded = settings(env_file)

    with pytest.raises(ValidationError):
        loaded.quota_per_day = 99  # type: ignore[misc]
    assert "token'" not in repr(loaded)
    assert "key'" not in repr(loaded)


def described() -> Iterator[tuple[str, str, str]]:
    """The example's settings: name, value, and the line of help above."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if match := re.fullmatch(r"#?([A-Z][A-Z0-9_]+)=(.*)", line):
            yield match[1], match[2], above.removeprefix("# ")


def test_the_example_names_every_setting_once_and_no_other() -> None:
    names = [name for name, _, _ in described()]

    assert sorted(names) == sorted(NAMES)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, _, text in described()])
def test_the_examples_help_is_that_of_the_setting(name: str, text: str) -> None:
    assert text == Settings.model_fields[name.lower()].description


def test_the_examples_values_are_the_defaults(env_file: Path) -> None:
    shown = "".join(f"{name}={value}\n" for name, value, _ in described() if f"{name}=" not in NEEDED)
    plain = settings(env_file)

    assert settings(env_file, shown) == plain


def test_the_example_shows_a_value_wherever_there_is_a_default() -> None:
    for name, value, _ in described():
        setting = Settings.model_fields[name.lower()]
        has_default = not setting.is_required() and setting.default not in (None, frozenset())
        assert bool(value) == has_default, name


def test_a_copy_of_the_example_lacks_the_two_keys_and_nothing_else(env_file: Path) -> None:
    told = problems(env_file, EXAMPLE.read_text("utf-8"))

    assert {line.split()[0] for line in told} <= {"DISCORD_TOKEN", "OPENAI_API_KEY"}

    filled = (
        EXAMPLE.read_text("utf-8").replace("DISCORD_TOKEN=", "DISCORD_TOKEN=token").replace("API_KEY=", "API_KEY=k")
    )
    env_file.write_text(filled)
    assert Settings.load(env_file).quota_per_day == 20
