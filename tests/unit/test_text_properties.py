"""Names, queries and zips of any content: never an exception, bounded time, and unchanged text where nothing is recognised."""

import io
import time
import unicodedata
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from askchopper.media import archive_names
from askchopper.media.decode import file_name_hints
from askchopper.schemas.text import clean_file_name
from askchopper.services.search import query_parser
from askchopper.services.studio.draft_views import title_of

# The same examples in every run: a failure is a bug, never luck.
bounded = settings(derandomize=True, max_examples=150, deadline=300)
words = st.text(st.characters(categories=("Ll", "Lu", "Lo")), min_size=1, max_size=12)
pieces = st.one_of(
    st.sampled_from([
        "128", "bpm", "Am", "F#m", "c", "minor", "moll", "la", "8A", "SH-101", "(", "[", "@", "=", "_", " - ", ".wav", "no", "not", "or",
        "0:45", "80s", "-", "without", "\u200b", "♯", "٣", "\uff11\uff12\uff18", "\u2163",
    ]),
    words, st.text(max_size=6),
)  # fmt: skip
phrases = st.lists(pieces, max_size=14).flatmap(
    lambda parts: st.sampled_from(["", " ", "_", "-"]).map(lambda gap: gap.join(parts))
)
CODE_PAGES = ("utf-8", "cp437", "cp850", "cp866", "cp932", "gbk", "cp949", "big5")


@bounded
@given(phrases)
def test_any_file_name_has_a_title(name: str):
    hints = file_name_hints.parse(name)
    assert hints.bpm is None or 20 <= hints.bpm <= 400
    assert title_of(name)
    assert not any(unicodedata.category(sign) == "Cf" and sign not in "\u200c\u200d" for sign in clean_file_name(name))


@bounded
@given(st.lists(st.sampled_from(["zug", "blume", "fenster", "qualm", "wolke"]), min_size=1, max_size=6))
def test_words_without_a_meaning_stay_as_they_are(parts: list[str]):
    text = " ".join(parts)
    reading = query_parser.parse(text)
    assert (reading.text, reading.values) == (text, {})
    assert file_name_hints.parse("_".join(parts) + ".wav").words == tuple(parts)


@bounded
@given(phrases)
def test_any_query_is_parsed_again_alike(phrase: str):
    reading = query_parser.parse(phrase)
    reading.filters()
    assert query_parser.parse(phrase).values == reading.values


def zipped(names: list[bytes], flags: list[int]) -> list[zipfile.ZipInfo]:
    """Return the directory of a zip with these raw names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(len(names)):
            archive.writestr(f"{number:03}".ljust(len(names[number]), "x")[: max(3, len(names[number]))], b"")
    entries = zipfile.ZipFile(buffer).infolist()
    for entry, name, flag in zip(entries, names, flags, strict=True):
        entry.orig_filename = entry.filename = name.decode("cp437")
        entry.flag_bits = flag
    return entries


@bounded
@given(st.lists(st.tuples(st.binary(max_size=40), st.sampled_from([0, 0, 0x800])), max_size=8), st.binary(max_size=24))
def test_any_raw_names_in_a_zip(names: list[tuple[bytes, int]], extra: bytes):
    entries = zipped([name for name, _ in names], [flag for _, flag in names])
    for entry in entries:
        entry.extra = extra
    begun = time.perf_counter()
    paths = archive_names.paths(entries)
    assert len(archive_names.file_names(paths)) == len(names)
    assert time.perf_counter() - begun < 0.2


@bounded
@given(
    st.lists(
        st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters=" _-"), min_size=1, max_size=20),
        min_size=1,
        max_size=6,
    )
)
def test_plain_names_in_a_zip_are_unchanged(names: list[str]):
    entries = zipped([name.encode() for name in names], [0] * len(names))
    assert archive_names.paths(entries) == names
