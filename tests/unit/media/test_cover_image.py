"""Sanitising of uploaded cover images."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from askchopper import policy
from askchopper.media.covers import cover_image, placeholder
from askchopper.media.covers.cover_image import CoverError
from askchopper.media.sandbox import child_process
from tests.support.soak import scaled


def save(path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    image.save(path, kind, **options)
    return path


def gradient(width: int = 900, height: int = 600) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, 255 - x], axis=2).astype(np.uint8))


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_accepted_format_in_the_sandbox(tmp_path: Path, kind: str):
    files = child_process.run(cover_image.sanitise_cover, save(tmp_path / "cover", gradient(), kind))
    assert tuple(files.webp) == placeholder.COVER_SIZES
    assert files.findings == ()
    for size, content in (*files.webp.items(), *files.avif.items()):
        assert picture(content).size == (size, size)
    assert all(len(content) < len(files.webp[size]) for size, content in files.avif.items())


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_mode(tmp_path: Path, mode: str):
    image = gradient().convert("L").point(lambda v: v) if mode == "I;16" else gradient().convert(mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    shown = picture(cover_image.sanitise_cover(save(tmp_path / "cover", image, kind)).webp[320])
    assert np.asarray(shown).std() > 20


def test_transparent_parts_become_the_page_colour(tmp_path: Path):
    path = save(tmp_path / "a.png", Image.new("RGBA", (600, 600), (255, 255, 255, 0)), "PNG")
    assert picture(cover_image.sanitise_cover(path).webp[96]).getpixel((48, 48)) == pytest.approx((13, 13, 13), abs=3)


def test_metadata_is_removed_and_orientation_applied(tmp_path: Path):
    image = Image.new("RGB", (600, 600), "black")
    image.paste((255, 255, 255), (0, 0, 600, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "a secret place"
    files = cover_image.sanitise_cover(save(tmp_path / "a.jpg", image, "JPEG", exif=exif, comment=b"a secret place"))
    right, left = picture(files.webp[96]).getpixel((90, 48)), picture(files.webp[96]).getpixel((5, 48))
    assert (right[0], left[0]) == pytest.approx((255, 0), abs=12)
    for content in (
        *files.webp.values(),
        *files.avif.values(),
        cover_image.card(files.webp[640], placeholder.CardText("T", "C")),
    ):
        assert b"secret" not in content
        assert not Image.open(io.BytesIO(content)).getexif()
        assert "icc_profile" not in Image.open(io.BytesIO(content)).info


def test_profiles_are_applied_and_broken_ones_ignored(tmp_path: Path):
    red = Image.new("RGB", (600, 600), (200, 30, 30))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"broken", lab):
        shown = cover_image.sanitise_cover(save(tmp_path / "a.png", red, "PNG", icc_profile=profile)).webp[96]
        assert picture(shown).getpixel((48, 48)) == pytest.approx((200, 30, 30), abs=6)


def test_large_photographs_are_decoded_reduced(tmp_path: Path):
    files = cover_image.sanitise_cover(save(tmp_path / "a.jpg", gradient(6_000, 5_000), "JPEG"))
    assert picture(files.webp[640]).size == (640, 640)


def test_small_images_get_a_finding_and_tiny_ones_are_rejected(tmp_path: Path):
    files = cover_image.sanitise_cover(save(tmp_path / "a.png", gradient(800, 400), "PNG"))
    assert "800 x 400" in files.findings[0]
    with pytest.raises(CoverError, match="64 x 64"):
        cover_image.sanitise_cover(save(tmp_path / "b.png", gradient(64, 64), "PNG"))


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (7_000, 6_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_rejected(tmp_path: Path, width: int, height: int):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(width, height))
    with pytest.raises(CoverError, match=r"million pixels|can open"):
        child_process.run_limited(
            child_process.Limits(memory_bytes=2 << 30, cpu_seconds=2), cover_image.sanitise_cover, path
        )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("PNG", "Animated covers"), ("WEBP", "Animated covers"), ("AVIF", "Animated covers"), ("GIF", "GIF")],
)
def test_animated_images_are_rejected(tmp_path: Path, kind: str, sentence: str):
    frames = [gradient(), gradient().rotate(90)]
    path = save(tmp_path / "a", frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(CoverError, match=sentence):
        cover_image.sanitise_cover(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "can open"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "can open"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"BM" + bytes(100), "can open"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "can open"),
    ],
)
def test_other_formats_are_rejected(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "cover.jpg"
    path.write_bytes(content)
    with pytest.raises(CoverError, match=sentence):
        cover_image.sanitise_cover(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_truncated_images_are_rejected(tmp_path: Path, kind: str):
    path = save(tmp_path / "a", gradient(), kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CoverError):
        cover_image.sanitise_cover(path)


def test_too_large_files_are_rejected(tmp_path: Path):
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(policy.MAX_COVER_BYTES + 1)
    with pytest.raises(CoverError, match="20 MB"):
        cover_image.sanitise_cover(path)


@given(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"]), st.integers(0, 400), st.binary(min_size=1, max_size=12))
@settings(max_examples=scaled(80, 30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_raises_one_error_type(tmp_path: Path, kind: str, offset: int, junk: bytes):
    target = io.BytesIO()
    gradient(120, 100).save(target, kind)
    content = bytearray(target.getvalue())
    content[offset : offset + len(junk)] = junk
    path = tmp_path / "a"
    path.write_bytes(bytes(content))
    with contextlib.suppress(CoverError):
        assert cover_image.sanitise_cover(path).webp


def test_painted_placeholder_matches_drawn_one():
    image = placeholder.chop_cover("pack-1", 200, size=320)
    assert image.size == (320, 320)
    assert image.getpixel((5, 5)) == (29, 45, 53)
    assert abs(placeholder.dominant_hue(image) - 200) <= 8
    assert image.tobytes() == placeholder.chop_cover("pack-1", 560, size=320).tobytes()
    assert image.tobytes() != placeholder.chop_cover("pack-2", 200, size=320).tobytes()
    assert cover_image.encode(image).webp[640]
