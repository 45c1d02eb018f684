"""What goes to other machines: package, pinned dependencies and container files, as far as no engine is needed."""

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

from bot.delivery.rights import NAMES
from bot.settings import Settings
from bot.store.engine import sqlite3
from bot.visit import invite_url
from tests.end_to_end.screen import finished
from tests.shell import Shell, opened_shell

ROOT = Path(__file__).resolve().parent.parent


def packed() -> list[str]:
    """What .dockerignore lets into the image."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines, "everything is out unless it is named"
    return [line[1:] for line in lines if line.startswith("!")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the Dockerfile does it from what .dockerignore leaves."""
    folder = tmp_path_factory.mktemp("build")
    for name in packed():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", "wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "."], cwd=folder, check=True, timeout=100)  # noqa: S603 -- our own
    (built,) = (folder / "wheel").glob("*.whl")
    return built


def shipped() -> Iterator[str]:
    for package in ("bot", "cogs"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix()


def test_the_wheel_holds_every_file_of_the_bot(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith(("bot/", "cogs/"))}

    assert inside == set(shipped())


def test_the_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    secrets = {"DISCORD_TOKEN": "a.discord.token", "OPENAI_API_KEY": "a-key"}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)} | secrets

    def python(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *words]
        return subprocess.run(  # noqa: S603 -- our own interpreter and words
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    where = python("-c", "import bot, cogs.admin; print(bot.__file__, cogs.admin.__file__)")
    live = python("-m", "bot", "doctor", "--live")

    assert where.returncode == 0, where.stderr
    assert all(path.startswith(str(tmp_path)) for path in where.stdout.split())
    assert live.returncode == 1
    assert "no bot runs" in live.stdout


LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "requirements-bench.lock")


def pinned_versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_with_hashes_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)

    pinned = [entry for entry in entries if "==" in entry and "--hash=sha256:" in entry]
    assert len(pinned) == len([entry for entry in entries if entry.strip()]) > 0
    assert "://" not in text


def test_the_runtime_lock_holds_wheels_only_and_nothing_for_development() -> None:
    runtime = (ROOT / "requirements.lock").read_text("utf-8")

    for development in ("forbiddenfruit", "blockbuster", "pytest", "mypy", "ruff", "openai"):
        assert f"\n{development}==" not in runtime


def test_what_the_bot_is_compared_with_stays_out_of_its_environment() -> None:
    bench, bot = pinned_versions("requirements-bench.lock"), pinned_versions("requirements-dev.lock")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert "openai" in bench
    assert "openai" not in bot
    assert {name: bench[name] for name in bench.keys() & bot.keys()} == {
        name: bot[name] for name in bench.keys() & bot.keys()
    }, "both sides of a comparison have the same pydantic"
    assert re.search(r"^\t.*requirements-bench\.lock", makefile, re.MULTILINE)
    assert not re.search(r"^\t\$\(PIP\).*requirements-bench\.lock", makefile, re.MULTILINE)


def test_what_is_installed_in_the_image_and_here_is_wheels_with_their_hashes() -> None:
    """No source package runs code of its own while it is built; `forbiddenfruit`, a tool of the tests, has no wheel."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    makefile = (ROOT / "Makefile").read_text("utf-8")

    installs = [line for line in re.split(r"&&|\n", dockerfile) if re.search(r"pip\S* .*\binstall\b", line)]
    from_locks = [line for line in installs if "-r " in line]
    assert len(from_locks) == 2
    assert all("--require-hashes --only-binary :all:" in line for line in from_locks)
    assert all("--no-deps --no-index" in line for line in installs if line not in from_locks)
    pinned = re.search(r"^PINNED := (.*)$", makefile, re.MULTILINE)
    assert pinned is not None
    assert "--require-hashes --only-binary :all: --no-binary forbiddenfruit" in pinned[1]


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="no wheel of pysqlite3 here")
def test_the_sqlite_that_comes_along_has_the_fix_of_the_wal_reset_bug() -> None:
    assert "pysqlite3" in pinned_versions("requirements.lock")
    assert sqlite3.__name__.startswith("pysqlite3")
    assert sqlite3.sqlite_version_info >= (3, 51, 3), sqlite3.sqlite_version


SECRET_FORMS = {
    "a token of Discord": r"\b[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    "a key of OpenAI": r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}",
    "a key of another service": r"\b(?:xai-[A-Za-z0-9]{40}|AIza[A-Za-z0-9_-]{30}|gsk_\w{40}|hf_\w{30})",
    "a key of AWS": r"\bAKIA[A-Z0-9]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40})",
    "a private key": "-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}


def secrets_in(text: str) -> list[str]:
    return [what for what, form in SECRET_FORMS.items() if re.search(form, text)]


def test_nothing_in_the_repository_looks_like_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607
    files = [ROOT / name for name in listed.decode().split("\0") if name]

    assert len(files) > 100
    assert [file.name for file in files if file.name == ".env" or file.suffix in (".pem", ".key", ".sqlite3")] == []
    found = {file.name: secrets_in(file.read_text("utf-8", "replace")) for file in files if file.is_file()}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        f"M{'a' * 23}.Gabcde.{'b' * 38}",
        f"OPENAI_API_KEY=sk-proj-{'a' * 40}",
        f"AKIA{'A' * 16}",
        f"ghp_{'a' * 36}",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_seen(text: str) -> None:
    assert len(secrets_in(text)) == 1


def test_the_invite_asks_for_what_the_bot_uses_and_no_more() -> None:
    asked = discord.Permissions(int(invite_url(1).partition("permissions=")[2].partition("&")[0]))

    assert {name for name, is_held in asked if is_held} == {
        *("read_messages", "send_messages", "send_messages_in_threads", "attach_files", "read_message_history")
    }
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [shown for shown in NAMES.values() if shown not in readme] == []


def test_a_container_has_more_time_to_stop_than_pictures_get() -> None:
    grace = re.search(r"stop_grace_period: (\d+)s", (ROOT / "compose.yaml").read_text("utf-8"))

    assert grace is not None
    assert int(grace[1]) >= Settings.model_fields["drain_s"].default + 20


def test_a_container_cannot_do_what_it_need_not() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    for line in ("read_only: true", "no-new-privileges:true", "cap_drop:\n      - ALL", "mem_limit:", "pids_limit:"):
        assert line in compose, line
    for line in ("privileged:", "cap_add:", "network_mode:", "pid:", "docker.sock", "user: root", "devices:"):
        assert line not in compose, line
    assert re.findall(r"volumes:\n((?: +- .*\n)+)", compose) == ["      - easel-data:/data\n"], "only the data"
    assert re.findall(r"tmpfs:\n((?: +- .*\n)+)", compose) == ["      - /tmp:size=64m,mode=1777\n"]
    user = re.search(r"^RUN .*?useradd --uid (\d+)", dockerfile, re.MULTILINE | re.DOTALL)
    assert user is not None
    assert int(user[1]) >= 10_000, "nobody on the host"
    assert "--mode=0700 /data" in dockerfile
    assert dockerfile.index("\nUSER easel") < dockerfile.index("\nENTRYPOINT")
    assert "--require-hashes" in dockerfile
    assert 'CMD ["easel", "doctor", "--live"]' in dockerfile


NOBODY = 10_001  # the user of the image
# May read what root may, since the interpreter of the tests may lie in root's home, and write as nobody does.
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"),
    *(
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
        "--bounding-set=-all,+dac_read_search",
    ),
)
LOOK = """
import sys
from pathlib import Path
for place in sys.argv[1:]:
    try:
        Path(place, "planted").write_text("x")
        print("written", place)
    except PermissionError:
        print("refused", place)
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")
async def test_the_bot_runs_as_nobody_and_can_write_to_its_data_alone(wheel: Path) -> None:
    """What the container does, without an engine: another user, code that is not its own, one folder to write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        code, data = folder / "code", folder / "data"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(code)
        data.mkdir(mode=0o700)
        os.chown(data, NOBODY, NOBODY)
        async with opened_shell(folder) as shell:
            shell.through = AS_NOBODY
            kept = {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1", "DATA_DIR": str(data)}
            ada = shell.discord.guest("Ada")
            async with shell.bot(**kept) as bot:
                await finished(await ada.slash("imagine", prompt="a lighthouse"))
                ended = await bot.end(signal.SIGTERM)
            assert ended.status == 0, ended.err
            looked = subprocess.run(  # noqa: S603 -- our own
                [*AS_NOBODY, sys.executable, "-c", LOOK, str(code / "bot"), str(ROOT), "/etc", str(data)],
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )

        found = [path for path in folder.rglob("*") if path.stat().st_uid == NOBODY]
        assert found
        assert all(path.is_relative_to(data) for path in found)
    assert [line.split()[0] for line in looked.stdout.splitlines()] == ["refused", "refused", "refused", "written"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are read from /proc")
async def test_no_crash_of_the_bot_writes_its_memory_to_the_disk(shell: Shell) -> None:
    async with shell.bot() as bot:
        limits = Path(f"/proc/{bot.pid}/limits").read_text("utf-8")

    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
