"""Previews: encoding and decoding round trip."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from askchopper.media.decode import decoder
from askchopper.media.previews import encoding

RATE_HZ = 44_100


def two_tones(length: int) -> NDArray[np.float32]:
    axis = np.arange(length) / RATE_HZ
    left, right = (0.4 * np.sin(2 * np.pi * hz * axis) for hz in (440, 660))
    return np.stack([left, right], axis=1).astype(np.float32)


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("length", [RATE_HZ, 84_672, 1_000])
def test_mp3_preview_decodes_to_the_exact_length(tmp_path: Path, length: int):
    samples = two_tones(length)
    path = tmp_path / "preview.mp3"
    path.write_bytes(encoding.encode_preview(samples, RATE_HZ))
    decoded, rate_hz = decoder.decode(path)
    assert rate_hz == RATE_HZ
    assert decoded.shape == samples.shape
    assert correlation(decoded[:, 0], samples[:, 0]) > 0.99


def test_mp3_preview_has_gapless_header_and_no_tag():
    content = encoding.encode_preview(two_tones(RATE_HZ), RATE_HZ)
    assert content[:2] == b"\xff\xfb"
    assert b"Info" in content[:200]


def test_mp3_preview_is_128_kilobits():
    size = len(encoding.encode_preview(two_tones(RATE_HZ * 5), RATE_HZ))
    assert size == pytest.approx(5 * 16_000, rel=0.03)


def test_equal_channels_become_mono(tmp_path: Path):
    mono = two_tones(RATE_HZ)[:, :1]
    path = tmp_path / "preview.mp3"
    path.write_bytes(encoding.encode_preview(np.repeat(mono, 2, axis=1), RATE_HZ))
    assert decoder.decode(path)[0].shape == (RATE_HZ, 1)


def test_surround_is_downmixed_to_stereo(tmp_path: Path):
    surround = np.repeat(two_tones(RATE_HZ), 3, axis=1)
    path = tmp_path / "preview.mp3"
    path.write_bytes(encoding.encode_preview(surround, RATE_HZ))
    assert decoder.decode(path)[0].shape[1] == 2


def test_unsupported_mp3_rates_are_resampled(tmp_path: Path):
    path = tmp_path / "preview.mp3"
    path.write_bytes(encoding.encode_preview(two_tones(96_000), 96_000))
    decoded, rate_hz = decoder.decode(path)
    assert rate_hz == 44_100
    assert decoded.shape[0] == pytest.approx(44_100, abs=64)


def test_opus_preview_is_read_by_second_decoder(tmp_path: Path):
    path = tmp_path / "preview.ogg"
    path.write_bytes(encoding.encode_opus(two_tones(RATE_HZ * 2), RATE_HZ))
    decoded, rate_hz = decoder.decode(path)
    assert rate_hz == 48_000
    assert decoded.shape[0] == pytest.approx(96_000, abs=1_500)
    assert path.stat().st_size < 30_000


def test_empty_preview_is_rejected():
    with pytest.raises(ValueError, match="empty"):
        encoding.encode_preview(np.zeros((0, 2), dtype=np.float32), RATE_HZ)


@pytest.mark.parametrize(("extension", "subtype"), [("wav", "PCM_24"), ("flac", "PCM_24")])
def test_lossless_files_round_trip(tmp_path: Path, extension: str, subtype: str):
    samples = two_tones(5_000)
    path = tmp_path / f"master.{extension}"
    sf.write(path, samples, RATE_HZ, subtype=subtype)
    decoded, rate_hz = decoder.decode(path)
    assert rate_hz == RATE_HZ
    assert np.abs(decoded - samples).max() < 2**-22


def test_non_finite_samples_become_zero(tmp_path: Path):
    samples = two_tones(1_000)
    samples[10], samples[11] = np.nan, np.inf
    path = tmp_path / "broken.wav"
    sf.write(path, samples, RATE_HZ, subtype="FLOAT")
    decoded, _ = decoder.decode(path)
    assert decoded[10:12].tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(64), bytes(4_096)])
@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.flac"])
def test_files_without_audio_are_rejected(tmp_path: Path, name: str, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(decoder.UndecodableError):
        decoder.decode(path)


@pytest.mark.parametrize("name", ["long.wav", "long.ogg"])
def test_files_over_the_limit_are_rejected(tmp_path: Path, name: str):
    path = tmp_path / name
    if name.endswith("wav"):
        sf.write(path, two_tones(RATE_HZ * 2), RATE_HZ)
    else:
        path.write_bytes(encoding.encode_opus(two_tones(RATE_HZ * 2), RATE_HZ))
    with pytest.raises(decoder.UndecodableError, match="longer"):
        decoder.decode(path, max_seconds=1.0)


def test_implausible_rates_are_rejected(tmp_path: Path):
    path = tmp_path / "slow.wav"
    sf.write(path, np.zeros((100, 1)), 100)
    with pytest.raises(decoder.UndecodableError, match="100 Hz"):
        decoder.decode(path)


def test_missing_file_is_not_a_damaged_file(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        decoder.decode(tmp_path / "none.wav")
