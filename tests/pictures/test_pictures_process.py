"""Whatever a picture does to the process that reads it, the bot goes on."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import BadPicture
from bot.pictures import Form, Limits, Pictures

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48)).save(tmp_path / "small", "PNG")
    return tmp_path / "small"


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """340 kB that pass every check of the header: a progressive JPEG with 20,000 scans, minutes of work."""
    stream = io.BytesIO()
    Image.new("L", (4_000, 4_000), 128).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    scan = content[content.rindex(b"\xff\xda") : -2]
    (tmp_path / "endless").write_bytes(content[:-2] + scan * 20_000 + content[-2:])
    return tmp_path / "endless"


def children(pid: int) -> list[int]:
    """The living child processes of a process."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def pool() -> list[int]:
    """The pool's children, among whatever else the tests' own process has started."""
    return [pid for pid in children(os.getpid()) if b"bot.pictures.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(happens: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not happens():
            await asyncio.sleep(0.01)


async def test_a_picture_that_takes_too_much_work_is_refused(endless: Path, small: Path) -> None:
    async with Pictures(limits=Limits(cpu_s=1)) as pictures:
        with pytest.raises(BadPicture, match=r"could not be read: it takes more time or memory.*nothing") as caught:
            await pictures.prepare(endless, {})

        assert "SIGXCPU" in caught.value.detail
        assert (await pictures.prepare(small, {})).facts.width_px == 64


async def test_a_picture_that_takes_too_long_is_refused(endless: Path, small: Path) -> None:
    async with Pictures(limits=Limits(wall_s=1)) as pictures:
        with pytest.raises(BadPicture, match="could not be read") as caught:
            await pictures.prepare(endless, {})

        assert "SIGALRM" in caught.value.detail
        assert (await pictures.prepare(small, {})).facts.width_px == 64


async def test_a_picture_that_needs_too_much_memory_is_refused(tmp_path: Path, small: Path) -> None:
    Image.new("L", (5_000, 5_000)).save(tmp_path / "bomb", "PNG")

    async with Pictures(limits=Limits(memory_bytes=100 * MEBIBYTE)) as pictures:
        with pytest.raises(BadPicture, match="could not be read") as caught:
            await pictures.prepare(tmp_path / "bomb", {})

        assert "out of memory" in caught.value.detail
        assert (await pictures.prepare(small, {})).facts.width_px == 64


async def test_the_hungriest_picture_allowed_gets_the_memory_it_needs(pictures: Pictures, tmp_path: Path) -> None:
    Image.new("RGBA", (5_000, 5_000), (200, 60, 30, 128)).save(tmp_path / "source", "WEBP", method=0, quality=10)

    made = await pictures.prepare(tmp_path / "source", {form: tmp_path / form for form in Form})

    assert made.facts.width_px == 5_000


async def test_a_picture_whose_process_is_killed_is_refused(pictures: Pictures, endless: Path, small: Path) -> None:
    await pictures.prepare(small, {})
    [child] = pool()
    checking = asyncio.create_task(pictures.prepare(endless, {}))
    await until(lambda: children(child))

    os.kill(children(child)[0], signal.SIGKILL)

    with pytest.raises(BadPicture, match="could not be read"):
        await checking
    assert (await pictures.prepare(small, {})).facts.width_px == 64
    assert pool() == [child]


async def test_a_child_killed_in_the_middle_is_replaced_and_the_picture_is_done(
    pictures: Pictures, small: Path
) -> None:
    await pictures.prepare(small, {})
    [child] = pool()
    os.kill(child, signal.SIGSTOP)
    checking = asyncio.create_task(pictures.prepare(small, {}))
    await asyncio.sleep(0.05)

    os.kill(child, signal.SIGKILL)

    assert (await checking).facts.width_px == 64
    assert pool() != [child]


async def test_a_child_killed_while_idle_is_replaced(pictures: Pictures, small: Path) -> None:
    await pictures.prepare(small, {})
    [child] = pool()

    os.kill(child, signal.SIGKILL)

    assert (await pictures.prepare(small, {})).facts.width_px == 64


async def test_a_child_that_hangs_is_replaced(small: Path) -> None:
    async with Pictures(limits=Limits(wall_s=1)) as pictures:
        await pictures.prepare(small, {})
        [child] = pool()
        os.kill(child, signal.SIGSTOP)

        with pytest.raises(BadPicture, match="could not be read"):
            await pictures.prepare(small, {})

        assert (await pictures.prepare(small, {})).facts.width_px == 64
        assert not is_alive(child)


async def test_nobody_works_on_for_someone_who_left(pictures: Pictures, endless: Path, small: Path) -> None:
    await pictures.prepare(small, {})
    [child] = pool()
    checking = asyncio.create_task(pictures.prepare(endless, {}))
    await until(lambda: children(child))
    [fork] = children(child)

    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking

    await until(lambda: not is_alive(fork))
    assert pool() == []


async def test_no_more_than_two_work_at_once(pictures: Pictures, small: Path) -> None:
    made = await asyncio.gather(*(pictures.prepare(small, {}) for _ in range(20)))

    assert {each.facts.width_px for each in made} == {64}
    assert len(pool()) == 2


async def test_a_full_disk_is_not_blamed_on_the_picture(small: Path, tmp_path: Path) -> None:
    async with Pictures(limits=Limits(written_bytes=10)) as pictures:
        with pytest.raises(OSError, match="File too large"):
            await pictures.prepare(small, {Form.EDIT: tmp_path / "upload"})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["small"]


async def test_a_child_holds_no_secret_of_the_bot(
    pictures: Pictures, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "CANARY")
    await pictures.prepare(small, {})
    [child] = pool()

    environment = Path(f"/proc/{child}/environ").read_bytes()

    assert [each.partition(b"=")[0] for each in environment.split(b"\0") if each] == [b"PYTHONPATH"]


async def test_the_process_that_decodes_is_bounded_on_every_side(
    pictures: Pictures, small: Path, endless: Path
) -> None:
    await pictures.prepare(small, {})
    [child] = pool()
    checking = asyncio.create_task(pictures.prepare(endless, {}))
    await until(lambda: children(child))
    [fork] = children(child)
    await until(lambda: bounds(fork)["Max address space"] != "unlimited")

    found = bounds(fork)
    environment = Path(f"/proc/{fork}/environ").read_bytes()
    os.kill(fork, signal.SIGKILL)
    with pytest.raises(BadPicture):
        await checking

    limits = Limits()
    assert found["Max address space"] == str(limits.memory_bytes)
    assert found["Max cpu time"] == str(limits.cpu_s)
    assert found["Max file size"] == str(limits.written_bytes)
    assert (found["Max core file size"], found["Max processes"], found["Max open files"]) == ("0", "0", "32")
    assert environment.startswith(b"PYTHONPATH=")
    assert environment.count(b"\0") == 1


def bounds(pid: int) -> dict[str, str]:
    """The soft limits of a process."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:47].strip() for line in lines}


async def test_a_child_holds_no_connection_and_no_file_of_the_bot(pictures: Pictures, small: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1")
    async with server:
        with small.open("rb") as secret:
            os.set_inheritable(secret.fileno(), True)  # noqa: FBT003 -- as a careless library would
            await pictures.prepare(small, {})
            [child] = pool()
            held = {file.name: str(file.readlink()) for file in Path(f"/proc/{child}/fd").iterdir()}

    assert set(held) == {"0", "1", "2"}
    assert str(small) not in held.values()


async def test_no_child_outlives_the_pool(small: Path) -> None:
    async with Pictures() as pictures:
        await asyncio.gather(pictures.prepare(small, {}), pictures.prepare(small, {}))
        assert pool()

    assert pool() == []


CARELESS_BOT = """
import asyncio, sys
from pathlib import Path
from bot.pictures import Pictures

async def main():
    pictures = Pictures()
    await pictures.prepare(Path(sys.argv[1]), {})
    print("ready", flush=True)
    await pictures.prepare(Path(sys.argv[2]), {})

asyncio.run(main())
"""


async def test_no_child_outlives_a_killed_bot(small: Path, endless: Path, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CARELESS_BOT, str(small), str(endless)), stdout=asyncio.subprocess.PIPE, stderr=log
        )
    assert bot.stdout is not None
    await asyncio.wait_for(bot.stdout.readline(), timeout=20)
    [child] = children(bot.pid)
    await until(lambda: children(child))
    [fork] = children(child)

    bot.kill()
    await bot.wait()
    os.kill(fork, signal.SIGKILL)  # what its own alarm would do within a minute

    await until(lambda: not is_alive(child))
    assert (tmp_path / "log").read_bytes() == b"", "a killed bot's log is not the place for what its child met"
