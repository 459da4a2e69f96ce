"""Pack previews: choice, length and loudness of excerpts."""

from pathlib import Path

import numpy as np
import pytest

from askchopper.media.analysis import loudness
from askchopper.media.decode import decoder
from askchopper.media.previews import pack_preview
from askchopper.media.sandbox import child_process
from tests.unit.media import sounds


def heard(content: bytes, tmp_path: Path) -> sounds.Samples:
    path = tmp_path / "reel.mp3"
    path.write_bytes(content)
    samples, rate_hz = decoder.decode(path)
    assert rate_hz == pack_preview.RATE_HZ
    return samples


def tone(seconds: float, level: float, pitch_hz: float = 440.0, rate_hz: int = sounds.RATE_HZ) -> sounds.Samples:
    axis = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * pitch_hz * axis)).astype(np.float32)[:, None]


def test_pack_preview_runs_in_sandbox_and_contains_every_sound(tmp_path: Path):
    paths = [sounds.write(tmp_path / f"{n}.wav", tone(7.0, 0.2, 300 + 100 * n)) for n in range(3)]
    made = child_process.run(pack_preview.make_pack_preview, paths)
    assert made.seconds == pytest.approx(15.0, abs=0.05)
    assert len(made.outline) == 800
    assert made.opus.startswith(b"OggS")
    assert heard(made.mp3, tmp_path).shape[0] / pack_preview.RATE_HZ == pytest.approx(made.seconds, abs=0.1)


def test_excerpts_are_equally_loud(tmp_path: Path):
    stereo = np.repeat(tone(6.0, 0.9), 2, axis=1) * np.float32([1.0, 0.5])
    paths = [sounds.write(tmp_path / "quiet.wav", tone(6.0, 0.02)), sounds.write(tmp_path / "loud.wav", stereo)]
    samples = heard(pack_preview.make_pack_preview(paths).mp3, tmp_path)
    middle = samples.shape[0] // 2
    for half in (samples[:middle], samples[middle:]):
        assert loudness.integrated_loudness_lufs(half, pack_preview.RATE_HZ) == pytest.approx(
            pack_preview.LOUDNESS_LUFS, abs=0.7
        )


def test_loudest_part_is_chosen(tmp_path: Path):
    quiet, loud = tone(8.0, 0.02, 200), tone(5.0, 0.5, 2_000)
    path = sounds.write(tmp_path / "a.wav", np.concatenate([quiet, loud, quiet]))
    samples = heard(pack_preview.make_pack_preview([path]).mp3, tmp_path)[:, 0]
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * pack_preview.RATE_HZ / samples.size == pytest.approx(2_000, abs=5)


def test_loops_are_cut_at_bars(tmp_path: Path):
    path = sounds.write(tmp_path / "loop.wav", sounds.drum_loop(130, beats=32))
    assert pack_preview.make_pack_preview([path], bpms=[130.0]).seconds == pytest.approx(2 * 4 * 60 / 130, abs=1e-3)
    assert pack_preview.make_pack_preview([path], bpms=[20.0]).seconds == pytest.approx(5.0, abs=0.02)


def test_hits_get_padding_and_lose_silence(tmp_path: Path):
    hit = np.pad(sounds.hit(0.2, low=True)[:, None], ((44_100, 88_200), (0, 0)))
    paths = [sounds.write(tmp_path / f"{n}.wav", hit) for n in range(4)]
    assert pack_preview.make_pack_preview(paths).seconds == pytest.approx(2.0, abs=0.01)


def test_twelve_of_many_sounds_fill_a_minute(tmp_path: Path):
    path = sounds.write(tmp_path / "a.wav", tone(6.0, 0.3, rate_hz=22_050), rate_hz=22_050)
    assert pack_preview.make_pack_preview([path] * 40).seconds == pytest.approx(60.0, abs=0.1)


def test_undecodable_sound_is_left_out(tmp_path: Path):
    broken, silent = tmp_path / "broken.wav", sounds.write(tmp_path / "silent.wav", tone(2.0, 0.0))
    broken.write_bytes(b"no sound")
    tiny = sounds.write(tmp_path / "tiny.wav", tone(0.002, 0.3))
    good = sounds.write(tmp_path / "good.wav", tone(1.0, 0.3))
    assert pack_preview.make_pack_preview([broken, silent, tmp_path / "gone.wav", tiny, good]).seconds == pytest.approx(
        1.0, abs=0.02
    )
    with pytest.raises(pack_preview.NoPreviewError, match="None of the sounds"):
        child_process.run(pack_preview.make_pack_preview, [broken, silent])


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("frames", [500, 5_000])
def test_short_sounds_and_many_channels(tmp_path: Path, frames: int, channels: int):
    path = tmp_path / "a.wav"
    sounds.write(path, np.full((frames, channels), 0.5, np.float32), rate_hz=48_000)
    assert pack_preview.make_pack_preview([path]).seconds == pytest.approx(0.5)
