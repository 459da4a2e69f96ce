"""Names of zips from Windows and macOS in other languages, and names that only their folders tell apart."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from askchopper.media import archive
from askchopper.services.studio.draft_views import title_of


def zip_in(path: Path, names: list[str], code_page: str) -> Path:
    """Pack names in a code page, without the UTF-8 flag."""
    with zipfile.ZipFile(path, "w") as made:
        for number, name in enumerate(names):
            entry = zipfile.ZipInfo(name.encode(code_page).decode("cp437"))
            made.writestr(entry, bytes([number]))
    return without_flags(path)


def without_flags(path: Path) -> Path:
    """Rewrite the names of ``zipfile``, which are UTF-8 beyond ASCII, in code page 437."""
    with zipfile.ZipFile(path) as made:
        entries = [(entry, made.read(entry)) for entry in made.infolist()]
    target, directory = io.BytesIO(), b""
    for entry, content in entries:
        name, extra = entry.filename.encode("cp437"), entry.extra
        sizes = struct.pack("<IIIHH", zlib.crc32(content), len(content), len(content), len(name), len(extra))
        at = target.tell()
        target.write(b"PK\x03\x04" + struct.pack("<HHHI", 20, 0, 0, 0) + sizes + name + extra + content)
        directory += b"PK\x01\x02" + struct.pack("<HHHHI", 20, 20, 0, 0, 0) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, at) + name + extra  # fmt: skip
    at = target.tell()
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), at, 0)
    path.write_bytes(target.getvalue() + directory + b"PK\x05\x06" + end)
    return path


def names(path: Path) -> list[str]:
    return [sound.name for sound in archive.unpack(path, path.parent / "out", ("wav",))]


@pytest.mark.parametrize(
    ("code_page", "packed"),
    [
        ("cp932", ["キック_01.wav", "スネア_02.wav", "ソプラノ_90.wav", "表示.wav"]),
        ("cp932", ["表示.wav"]),
        ("cp932", ["シンセ.wav"]),
        ("cp932", ["太鼓.wav", "loop.wav"]),
        ("cp866", ["Бас 120.wav", "Барабан.wav"]),
        ("cp866", ["удар.wav"]),
        ("cp866", ["Loop Бас 1.wav"]),
        ("gbk", ["鼓声.wav", "贝斯 90.wav"]),
        ("gbk", ["吉他.wav"]),
        ("gbk", ["大鼓 120.wav", "钢琴.wav", "人声.wav"]),
        ("cp949", ["킥 드럼 01.wav", "스네어.wav", "베이스 루프 120.wav"]),
        ("cp949", ["피아노.wav"]),
        ("cp949", ["보컬 Am.wav", "loop.wav"]),
        ("cp950", ["鋼琴 90.wav", "吉他.wav"]),
        ("cp950", ["鼓聲.wav", "貝斯.wav", "人聲.wav"]),
        ("cp950", ["電子琴循環.wav"]),
        ("cp437", ["Tränen.wav", "café.wav"]),
        ("cp850", ["São.wav"]),
        ("cp850", ["Größe.wav", "Überall.wav"]),
    ],
)
def test_names_in_a_code_page(tmp_path: Path, code_page: str, packed: list[str]):
    assert names(zip_in(tmp_path / "a.zip", packed, code_page)) == packed


@pytest.mark.parametrize(("checked", "expected"), [(b"____01.wav", "キック01.wav"), (b"other.wav", "____01.wav")])
def test_unicode_path_field(tmp_path: Path, checked: bytes, expected: str):
    content = b"\x01" + struct.pack("<I", zlib.crc32(checked)) + "キック01.wav".encode()
    entry = zipfile.ZipInfo("____01.wav")
    entry.extra = struct.pack("<HH", 0x7075, len(content)) + content
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(entry, b"x")
    assert names(path) == [expected]


def test_slash_chords_of_finder_are_names(tmp_path: Path):
    path = zip_in(tmp_path / "a.zip", ["C:G chord.wav", "Pack/D:F# chord.wav"], "ascii")
    found = names(path)
    assert len(found) == 2
    assert [title_of(name) for name in found] == ["C/G chord", "D/F# chord"]


def test_folder_tells_equal_names_apart(tmp_path: Path):
    packed = ["Pack/Kicks/01.wav", "Pack/Snares/01.wav", "Pack/Hats/01.wav", "Pack/Hats/02.wav"]
    found = names(zip_in(tmp_path / "a.zip", packed, "ascii"))
    assert [title_of(name) for name in found] == ["Kicks 01", "Snares 01", "Hats 01", "02"]


@pytest.mark.parametrize("name", ["C:/a.wav", "D:\\a.wav", "a\\..\\..\\b.wav", "\\\\server\\a.wav", "/a.wav"])
def test_paths_that_leave_the_folder_are_unsafe(tmp_path: Path, name: str):
    assert archive.faults(zip_in(tmp_path / "a.zip", [name], "ascii")) == ("archive_unsafe_names",)
