"""Decodes the file names in a zip.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification 6.3", section 4.4.4 (bit 11, UTF-8), appendix D, and 4.6.9
(Info-ZIP Unicode Path extra field). Names without either are in the code page of the computer that packed the zip, which
the zip does not say. Detectors for texts are unsure with a few short names, so the letters decide.
"""

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from askchopper.schemas.text import clean_file_name

# A slash within a file name: Finder stores ``C/G chord.wav`` as ``C:G chord.wav``.
SLASH = "\u2215"
_UTF8_FLAG = 0x800
# Syllables of particles, endings, and the names of instruments and sounds.
_USUAL_SYLLABLES = frozenset(
    "이다는에의을를가로고하지기리시어도사자인대아나서있한스정수그라일부전제상해소들조여경주원성보문동비구장오음과우선방계신드럼킥네베타피노루프컬"
    "햇패악북심벌즈클랩탐퍼커션코멜디듬샘플운팩효래목트랙브현관꽹징야금거릭톤끝첫빠른느린밝어두운새큰작은옛무향곡박반높낮"
)
_UNICODE_PATH = 0x7075
_ACCENTED = re.compile(r"(?<=[A-Za-z])[\u00c0-\u017f]|[\u00c0-\u017f](?=[A-Za-z])")
_TWO_ALPHABETS = re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")


def paths(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Decode the paths of all entries.

    Args:
        entries: entries of one zip, as they were packed by one program.

    Returns:
        The paths with ``/`` between folders, in the same order; a slash within a name is ``SLASH``.
    """
    raw = [_raw(entry) for entry in entries]
    code_page = _code_page([name for name in raw if name is not None and not _is_utf8(name)])
    return [_path(entry, name, code_page) for entry, name in zip(entries, raw, strict=True)]


def file_names(all_paths: Sequence[str]) -> list[str]:
    """Return file names without folders; names that several folders share get the name of their folder.

    Args:
        all_paths: paths of one zip, of files only.

    Returns:
        ``Kicks 01.wav`` for ``Pack/Kicks/01.wav`` if there is another ``01.wav``, else ``01.wav``.
    """
    count = Counter(path.rpartition("/")[2].lower() for path in all_paths)
    return [
        _with_folder(path) if count[path.rpartition("/")[2].lower()] > 1 else path.rpartition("/")[2]
        for path in all_paths
    ]


def _with_folder(path: str) -> str:
    folders, _, name = path.rpartition("/")
    folder = folders.rpartition("/")[2]
    return f"{folder} {name}" if folder else name


def _raw(entry: zipfile.ZipInfo) -> bytes | None:
    """Return the raw bytes of a name that is not flagged as UTF-8, undoing the code page 437 decoding of ``zipfile``. None if it is flagged."""
    return None if entry.flag_bits & _UTF8_FLAG else entry.orig_filename.encode("cp437", "replace")


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _path(entry: zipfile.ZipInfo, raw: bytes | None, code_page: str) -> str:
    if raw is None:
        path = entry.filename
    else:
        path = _unicode_path(entry.extra, raw) or raw.decode("utf-8" if _is_utf8(raw) else code_page, "replace")
    path = clean_file_name(path.replace("\\", "/"))
    # ``C:/`` is a drive, which is not safe; any other colon is a slash of Finder.
    return path if re.match(r"[A-Za-z]:/", path) else path.replace(":", SLASH)


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name in the Unicode Path extra field; empty if there is none or it belongs to another name."""
    for kind, content in _fields(extra):
        if kind == _UNICODE_PATH and len(content) > 5 and content[0] == 1:
            (checksum,) = struct.unpack("<I", content[1:5])
            if checksum == zlib.crc32(raw) and _is_utf8(content[5:]):
                return content[5:].decode()
    return ""


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _code_page(names: Sequence[bytes]) -> str:
    """Return the code page in which the names contain the most common letters; the first one if tied."""
    content = b"\n".join(names)
    best, most = _COUNTS_OF_LETTERS[0][0], 0.0
    for code_page, count in _COUNTS_OF_LETTERS:
        try:
            text = content.decode(code_page)
        except UnicodeDecodeError:
            continue
        share = count(text) / max(sum(sign > "\x7f" for sign in text), 1)
        if share > most:
            best, most = code_page, share
    return best


def _latin(text: str) -> int:
    # Accented letters count only if the text is not that of a wider code page.
    return 0 if _is_mixed(text) else len(_ACCENTED.findall(text))


def _cyrillic(text: str) -> int:
    return 0 if _is_mixed(text) or _TWO_ALPHABETS.search(text) else sum("\u0400" <= sign <= "\u04ff" for sign in text)


def _japanese(text: str) -> int:
    # Kana, and kanji of the first level. Half-width katakana, single bytes, are what Chinese names look like here.
    return sum(
        "\u3040" <= sign <= "\u30ff" or (_is_ideograph(sign) and sign.encode("cp932")[0] < 0x98) for sign in text
    )


def _chinese(text: str) -> int:
    # The first level of GB 2312 has the frequent characters.
    codes = [sign.encode("gbk") for sign in text if _is_ideograph(sign)]
    return sum(0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1 for code in codes)


def _korean(text: str) -> int:
    # Chinese names of the same bytes are whole syllables, too, but rare ones.
    syllables = [sign for sign in text if "\uac00" <= sign <= "\ud7a3"]
    usual = sum(sign in _USUAL_SYLLABLES for sign in syllables)
    return len(syllables) if 2 * usual > len(syllables) else 0


def _traditional_chinese(text: str) -> int:
    # The first level of Big5 has the frequent characters.
    return sum(0xA4 <= sign.encode("cp950")[0] <= 0xC6 for sign in text if _is_ideograph(sign))


def _is_mixed(text: str) -> bool:
    """Return whether a text looks like a wrongly decoded wider code page: a capital or a backslash in a word with non-ASCII letters."""
    return any(
        max(before, after) > "\x7f" and (after == "\\" or (before.islower() and after.isupper()))
        for before, after in pairwise(text)
    )


def _is_ideograph(sign: str) -> bool:
    return "\u4e00" <= sign <= "\u9fff"


_COUNTS_OF_LETTERS: tuple[tuple[str, Callable[[str], int]], ...] = (
    ("cp437", _latin),
    ("cp850", _latin),
    ("cp866", _cyrillic),
    ("cp949", _korean),
    ("cp932", _japanese),
    ("gbk", _chinese),
    ("cp950", _traditional_chinese),
)
