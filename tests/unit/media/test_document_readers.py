"""Document readers in the sandbox: extracted text, and hostile files."""

import contextlib
import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from askchopper.media.documents import dispatch
from askchopper.media.documents.extract import DocumentError, Extract
from askchopper.media.sandbox import child_process
from tests.support import sample_documents
from tests.support.studio_sounds import beat

LIMITS = child_process.Limits(memory_bytes=1 << 30, cpu_seconds=20, wall_seconds=30.0)
PROSE = "\n".join(f"Line {number} of a page about licences and royalties." for number in range(40))


@pytest.fixture
def read(tmp_path: Path):
    def in_child(name: str, content: bytes) -> Extract:
        path = tmp_path / "stored"
        path.write_bytes(content)
        return child_process.run_limited(LIMITS, dispatch.read_document, path, name)

    return in_child


def refusal(read, name: str, content: bytes) -> str:
    """Return the reason for rejecting a file; it must be fast."""
    started = time.monotonic()
    with pytest.raises(DocumentError) as caught:
        read(name, content)
    assert time.monotonic() - started < 10
    return str(caught.value)


def text_of(extract: Extract) -> str:
    return "\n".join(page.text for page in extract.pages)


def test_pdf_by_pages(read):
    found = read("a.pdf", sample_documents.pdf("First page.", "", "Third page, naïve café."))
    assert [(page.number, page.text) for page in found.pages] == [(1, "First page."), (3, "Third page, naïve café.")]
    assert found.page_count == 3


def test_repeated_page_headers_are_removed(read):
    pages = [f"Brightpier Agreement\nThe text of page {number} is here.\nPage {number} of 4" for number in range(1, 5)]
    assert [page.text for page in read("a.pdf", sample_documents.pdf(*pages)).pages] == [
        f"The text of page {number} is here." for number in range(1, 5)
    ]


def test_hyphenated_words_are_joined(read):
    assert (
        text_of(read("a.pdf", sample_documents.pdf("The non-exclusive li-\ncence ends.")))
        == "The non-exclusive licence ends."
    )


def test_print_protected_pdf_is_read(read):
    assert text_of(read("a.pdf", sample_documents.pdf("Open text.", owner_password="x"))) == "Open text."


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"", "empty"),
        ("a.txt", b"", "empty"),
        ("a.wav", b"", "empty"),
        ("a.pdf", sample_documents.pdf("secret", password="x"), "locked with a password"),
        ("a.pdf", sample_documents.scanned_pdf(), "only scanned pages"),
        ("a.pdf", sample_documents.pdf(*["x"] * 301), "301 pages"),
        ("a.pdf", b"%PDF-1.7\n" + b"garbage " * 500, "damaged"),
        ("a.pdf", sample_documents.pdf(PROSE)[:900], "damaged"),
        ("a.pdf", b"MZ" + bytes(1000), ".pdf, but the content is a Windows program"),
        ("a.pdf", b"\x7fELF" + bytes(1000), ".pdf, but the content is a Linux program"),
        ("a.pdf", b"Just words.", ".pdf, but the content is plain text"),
        ("a.txt", sample_documents.pdf("x"), ".txt, but the content is a PDF"),
        ("a.txt", sample_documents.docx("x"), ".txt, but the content is a Word document"),
        ("a.docx", b"<html><body>x", ".docx, but the content is a web page"),
        ("a.docx", sample_documents.zipped({"a.txt": b"x"}), ".docx, but the content is a zip archive"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".docx, but the content is an old Office document"),
        ("a.docx", sample_documents.zipped({"word/document.xml": b"<broken"}), "damaged"),
        ("a.png", b"<svg onload=alert(1)>", ".png, but the content is a web page"),
        ("a.png", b"\xff\xd8\xff\xe0" + bytes(99), ".png, but the content is a JPEG image"),
        ("a.wav", b"OggS" + bytes(99), ".wav, but the content is an Ogg sound"),
        ("a.mp3", b"RIFF\x00\x00\x00\x00WAVE" + bytes(99), ".mp3, but the content is a WAV sound"),
        ("a.wav", b"RIFF\xff\xff\xff\xffWAVEfmt ", "not an audio file"),
        ("a.txt", b"words" + bytes(200) + b"words", "unknown data"),
        ("a.txt", b"w" * 5000 + bytes(50), "not a text file"),
        ("a.txt", bytes(range(1, 9)) * 500, "not a text file"),
        ("a.txt", b" \n\t\r\n ", "no text"),
        ("a.txt", b"x" * (2 << 20) + b"y", "2 MB"),
        ("a.txt", b"word " * 240_000, "1,000,000 characters"),
        ("a.csv", b"a,b\n" + b"1,2\n" * 5001, "5,000 rows"),
        ("a.csv", b'a,b\n"' + b"x" * 140_000, "cannot be read"),
    ],
)  # fmt: skip
def test_rejections_state_the_reason(read, name: str, content: bytes, words: str):
    assert words in refusal(read, name, content)


def test_pdf_stream_bomb_is_limited(read):
    target = io.BytesIO()
    packed = zlib.compressobj(9)
    stream = b"".join(packed.compress(b"0 0 m\n" * 174_763) for _ in range(300)) + packed.flush()
    target.write(b"%PDF-1.4\n")
    offsets = []
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<<>>>>/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(stream), stream),
    )  # fmt: skip
    for number, body in enumerate(bodies, 1):
        offsets.append(target.tell())
        target.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = target.tell()
    target.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % each for each in offsets))
    target.write(b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)
    assert len(target.getvalue()) < 1 << 20
    assert "far more than its size" in refusal(read, "a.pdf", target.getvalue())


@pytest.mark.parametrize(
    "entries",
    [
        {"word/document.xml": bytes(60 << 20)},
        {"word/document.xml": b"<x/>", "word/media/zeros.bin": bytes(20 << 20)},
        {"word/document.xml": b"<x/>", **{f"word/{number}.xml": b"" for number in range(3000)}},
    ],
)
def test_word_bombs_are_not_unpacked(read, entries: dict[str, bytes]):
    assert "far more than its size" in refusal(read, "a.docx", sample_documents.zipped(entries))


def test_word_document_keeps_its_order(read):
    content = sample_documents.docx(
        "# Splits", "Before the table.", [["Writer", "Share"], ["Amara", "45"]], "## Later", "After it."
    )
    assert text_of(read("a.docx", content)).splitlines() == [
        "# Splits", "Before the table.", "", "Writer | Share", "Amara | 45", "", "## Later", "After it.",
    ]  # fmt: skip


def test_word_external_entity_reads_no_file(read, tmp_path: Path):
    (tmp_path / "secret").write_text("the secret")
    source = zipfile.ZipFile(io.BytesIO(sample_documents.docx("MARK")))
    entries = {each.filename: source.read(each) for each in source.infolist()}
    head = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'.encode()
    body = entries["word/document.xml"].replace(b"MARK", b"a&e;b")
    entries["word/document.xml"] = body.replace(b"?>", b"?>" + head, 1)
    with contextlib.suppress(DocumentError):
        assert "secret" not in text_of(read("a.docx", sample_documents.zipped(entries)))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Café, naïve"), ("utf-8-sig", "Café"), ("utf-16", "Café, naïve"), ("utf-16-be", "\ufeffCafé"),
        ("utf-32", "Café"), ("latin-1", "Café Müller, naïve façade"), ("cp1252", "Licence fee: £250, “demo” costs €40"),
        ("cp1251", "Быстрая коричневая лиса перепрыгивает через ленивую собаку, договор"),
    ],
)  # fmt: skip
def test_text_of_any_encoding(read, encoding: str, text: str):
    assert text_of(read("a.txt", text.encode(encoding))) == text.removeprefix("\ufeff")


def test_text_is_normalised(read):
    found = text_of(read("a.md", b"# Head\r\n\r\n\r\n\r\nA\x0bline \t  of\xe2\x80\xae text\x07.\r"))
    assert found == "# Head\n\nA line of text ."


def test_markup_or_script_as_text_is_text(read):
    assert text_of(read("a.txt", b"<html>Hello")) == "<html>Hello"
    assert text_of(read("a.md", b"#!shebang")) == "#!shebang"
    assert text_of(read("a.txt", b"MZ-700, ID3 and OggS")) == "MZ-700, ID3 and OggS"


def test_tables_with_quotes_semicolons_and_gaps(read):
    found = read("a.csv", b'Item,Price,"Note, long"\n"Kick ""909""",5,\n,,\nSnare,,"two\nlines"\nHat,1,2,3\n')
    assert text_of(found).splitlines() == [
        'Item: Kick "909"; Price: 5', "Item: Snare; Note, long: two lines",
        "Item: Hat; Price: 1; Note, long: 2; column 4: 3",
    ]  # fmt: skip
    assert found.facts == {"rows": 3, "columns": ["Item", "Price", "Note, long"]}
    assert (
        text_of(read("a.csv", "Titel;Preis\nCafé;3,50\nTee;2,80\n".encode("latin-1")))
        == "Titel: Café; Preis: 3,50\nTitel: Tee; Preis: 2,80"
    )


def test_huge_image_is_not_decoded(read):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
    assert "million pixels" in refusal(read, "a.png", bomb)
    assert "damaged" in refusal(
        read, "a.png", bomb.replace(struct.pack(">II", 60_000, 60_000), struct.pack(">II", 60, 60))
    )


def test_photograph_is_upright_and_has_no_location(read):
    image, target = Image.new("RGB", (4000, 2000), "orange"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 12.0)})
    image.save(target, "JPEG", exif=exif, comment=b"made by me")
    assert Image.open(io.BytesIO(target.getvalue())).getexif().get_ifd(0x8825)
    found = read("photo.jpeg", target.getvalue())
    shown = Image.open(io.BytesIO(found.picture))
    assert (shown.format, shown.size, found.picture_type) == ("JPEG", (784, 1568), "image/jpeg")
    assert not shown.getexif()
    assert "comment" not in shown.info
    assert found.facts == {"width": 4000, "height": 2000, "shown_width": 784, "shown_height": 1568}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_images_of_every_mode(read, mode: str):
    target = io.BytesIO()
    Image.new(mode, (50, 40)).save(target, "JPEG" if mode == "CMYK" else "PNG")
    found = read("a.jpg" if mode == "CMYK" else "a.png", target.getvalue())
    assert Image.open(io.BytesIO(found.picture)).size == (50, 40)


def test_sound_is_described(read):
    found = read("beat 120.wav", beat(bpm=120))
    text = text_of(found)
    assert "Length: 0:04 (4.00 seconds)" in text
    assert f"Tempo: {found.facts['bpm']:.1f} BPM" in text
    assert "44.1 kHz" in text
    assert found.facts["file"] == "beat 120.wav"
