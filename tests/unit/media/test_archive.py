"""Zips of sounds: unpacking and limits."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from askchopper.media import archive
from askchopper.media.archive import ArchiveError
from askchopper.media.quality import rules
from askchopper.media.sandbox import child_process

EXTENSIONS = ("wav", "mp3")


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def unpack(path: Path) -> list[archive.Unpacked]:
    return archive.unpack(path, path.parent / "out", EXTENSIONS)


def test_sounds_are_unpacked_under_generated_names(tmp_path: Path):
    entries = {
        "Pack/": b"",
        "Pack/Kick 1.wav": b"kick",
        "Pack/deep/Tränen.MP3": b"tears",
        "Pack/readme.txt": b"no",
        "Pack/.hidden.wav": b"no",
        "Pack/wav": b"no",
        "__MACOSX/Pack/._Kick 1.wav": b"no",
        "__MACOSX/Kick.wav": b"no",
    }
    limits = child_process.Limits(file_bytes=archive.MAX_ENTRY_BYTES)
    path = zipped(tmp_path / "a.zip", entries)
    found = child_process.run_limited(limits, archive.unpack, path, tmp_path / "out", EXTENSIONS)
    assert [(sound.name, sound.size_bytes, sound.path.read_bytes()) for sound in found] == [
        ("Kick 1.wav", 4, b"kick"),
        ("Tränen.MP3", 5, b"tears"),
    ]
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == ["0000.wav", "0001.mp3"]


def test_utf8_names_without_the_flag(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"Tr\x84nen.wav": b"x"})
    path.write_bytes(path.read_bytes().replace("Tr\x84nen".encode(), "Träänen".encode()[:7].ljust(7, b"_")))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = struct.pack("<H", 0)
    path.write_bytes(bytes(content))
    assert unpack(path)[0].name.startswith("Trä")


def refused(path: Path, code: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        unpack(path)
    assert caught.value.code == code
    assert str(caught.value) == rules.RULES[code].sentence
    out = path.parent / "out"
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ({"../a.wav": b"x"}, "archive_unsafe_names"),
        ({"/etc/a.wav": b"x"}, "archive_unsafe_names"),
        ({"a.wav": bytes(4 << 20)}, "archive_bomb"),
        ({"inner.zip": b"x", "a.wav": b"x"}, "archive_nested"),
        ({"readme.txt": b"x"}, "archive_no_sounds"),
        ({}, "archive_no_sounds"),
    ],
)
def test_faulty_zips_are_not_unpacked(tmp_path: Path, entries: dict[str, bytes], code: str):
    refused(zipped(tmp_path / "a.zip", entries), code)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_memory_limit_are_rejected(tmp_path: Path, method: int):
    refused(zipped(tmp_path / "a.zip", {"a.wav": b"x" * 99}, method), "archive_broken")


def test_false_directory_is_detected_while_reading(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"first.wav": b"fine", "a.wav": bytes(8 << 20)})
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    assert archive.faults(path) == ()
    refused(path, "archive_broken")


def test_limits_apply_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = zipped(tmp_path / "a.zip", {"a.wav": b"x" * 600, "b.wav": b"y" * 600}, zipfile.ZIP_STORED)
    monkeypatch.setattr(archive, "MAX_ENTRY_BYTES", 500)
    refused(path, "archive_large_file")
    monkeypatch.setattr(archive, "MAX_ENTRY_BYTES", 1_000)
    monkeypatch.setattr(archive, "_is_bomb", lambda entries: False)
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000)
    refused(path, "archive_bomb")


def test_damage_leaves_no_files(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"a.wav": b"a" * 50, "b.wav": b"b" * 50}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"b" * 50, b"c" * 50))
    refused(path, "archive_broken")
    path.write_bytes(b"no zip")
    refused(path, "archive_broken")


def test_child_without_write_access_leaves_no_files(tmp_path: Path):
    path = zipped(tmp_path / "a.zip", {"a.wav": b"x" * 99})
    with pytest.raises(OSError, match="File too large"):
        child_process.run(archive.unpack, path, tmp_path / "out", EXTENSIONS)
    assert not list((tmp_path / "out").iterdir())


def test_errors_reach_the_parent(tmp_path: Path):
    path = tmp_path / "a.zip"
    path.write_bytes(io.BytesIO(b"no zip").getvalue())
    with pytest.raises(ArchiveError, match="Pack it again"):
        child_process.run(archive.unpack, path, tmp_path / "out", EXTENSIONS)
