"""Names that strangers give to files, and places where nothing is overwritten."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.image_api.generic.files import NAME_MAX_BYTES, derived_name, keep, safe_name

URL = "https://api.example/v1/files/fox%20one.png?signature=secret"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="fox.png"', "fox.png"),
        ("attachment; filename=fox.png", "fox.png"),
        ("attachment; filename*=UTF-8''f%C3%BCchse.png", "füchse.png"),
        ('attachment; filename="../../.bashrc.png"', "bashrc.png"),
        ('attachment; filename="/etc/cron.d/fox.png"', "fox.png"),
        ("attachment; filename*=UTF-8''..%2F..%2Ffox.png", "fox.png"),
        (r'attachment; filename="C:\\Windows\\fox.png"', "fox.png"),
        ('attachment; filename="-rf.png"', "rf.png"),
        ('attachment; filename="~fox.png"', "fox.png"),
        ('attachment; filename="fox\x00\x1b[31m.png"', "fox[31m.png"),
        ('attachment; filename="fox\r\n .png"', "fox.png"),
        ('attachment; filename="fox\u202egnp.exe"', "foxgnp.exe"),
        ('attachment; filename="a<b>:c|d?.png"', "a_b__c_d_.png"),
        ('attachment; filename=".."', "fox one.png"),
        ('attachment; filename=""', "fox one.png"),
        ("attachment; filename*=no-such-charset''fox.png", "fox.png"),
        ("attachment", "fox one.png"),
        (None, "fox one.png"),
    ],
)
def test_a_name_comes_from_the_answer_else_from_the_address(disposition: str | None, name: str) -> None:
    assert derived_name(disposition, URL, "image/png") == name


def test_a_name_without_a_suffix_gets_that_of_its_kind() -> None:
    assert derived_name(None, "https://api.example/v1/models", "application/json") == "models.json"
    assert derived_name(None, "https://api.example/", "image/png") == "download.png"
    assert derived_name(None, "https://api.example/", "x/unheard-of") == "download"


@given(some.text(max_size=400))
def test_whatever_a_stranger_writes_is_one_visible_name_of_its_folder(written: str) -> None:
    name = safe_name(written)

    assert len(name.encode()) <= NAME_MAX_BYTES
    assert name.isprintable()
    assert not name.startswith((".", "-", "~"))
    assert not {"/", "\\", "\0"} & set(name)
    assert safe_name(name) == name
    assert (Path("/folder") / name).parent in (Path("/folder"), Path("/"))


@given(some.text(max_size=400))
def test_no_header_breaks_the_reading_of_a_name(header: str) -> None:
    assert derived_name(header, URL, "image/png")


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("ü" * 500 + ".png") == "ü" * 58 + ".png"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "unfinished").mkdir()
    whole = tmp_path / "unfinished" / "0"
    whole.write_text("new")
    whole.chmod(0o600)
    return whole


def test_a_kept_file_has_the_rights_of_new_files_there(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    kept = keep(file, tmp_path / "fox.png")

    assert kept == tmp_path / "fox.png"
    assert kept.read_text() == "new"
    assert stat.S_IMODE(kept.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)
    assert not file.exists()


def test_what_is_there_stays_and_the_next_free_name_is_used(file: Path, tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_text("old")
    (tmp_path / "fox-2.png").write_text("old")

    kept = keep(file, tmp_path / "fox.png")

    assert kept == tmp_path / "fox-3.png"
    assert kept.read_text() == "new"
    assert (tmp_path / "fox.png").read_text() == "old"


def test_a_link_that_leads_elsewhere_is_not_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "fox.png").symlink_to(tmp_path / "elsewhere")

    kept = keep(file, tmp_path / "fox.png")

    assert kept == tmp_path / "fox-2.png"
    assert not (tmp_path / "elsewhere").exists()


def test_who_says_so_overwrites_and_the_rights_stay(file: Path, tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_text("old")
    (tmp_path / "fox.png").chmod(0o640)

    kept = keep(file, tmp_path / "fox.png", overwrite=True)

    assert kept.read_text() == "new"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fox.png", "unfinished"]
