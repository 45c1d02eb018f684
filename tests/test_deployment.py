"""What goes to other machines: package, pinned dependencies and container files, as far as no engine is needed."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings

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


def test_a_container_has_more_time_to_stop_than_pictures_get() -> None:
    grace = re.search(r"stop_grace_period: (\d+)s", (ROOT / "compose.yaml").read_text("utf-8"))

    assert grace is not None
    assert int(grace[1]) >= Settings.model_fields["drain_s"].default + 20


def test_a_container_cannot_do_what_it_need_not() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    for line in ("read_only: true", "no-new-privileges:true", "cap_drop:\n      - ALL", "mem_limit:", "pids_limit:"):
        assert line in compose, line
    assert dockerfile.index("\nUSER easel") < dockerfile.index("\nENTRYPOINT")
    assert "--require-hashes" in dockerfile
    assert 'CMD ["easel", "doctor", "--live"]' in dockerfile
