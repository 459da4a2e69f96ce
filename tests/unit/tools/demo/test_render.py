"""Measurements of rendered sounds."""

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from askchopper.vocabulary import FileKind
from tests.support.soak import sampled
from tools.demo import harmony
from tools.demo.catalogue import PACKS, DemoFile, DemoPack
from tools.demo.drums import KITS, drum
from tools.demo.render import render_file

RATE_HZ = 44_100
SAMPLE_SLUGS = sampled(("freight-elevator", "tiled-pool", "wet-tarmac", "backyard-generator", "ice-road"))
SAMPLED = [(pack, file) for pack in PACKS if pack.slug in SAMPLE_SLUGS for file in pack.files]
LOOPS = [pair for pair in SAMPLED if pair[1].kind is FileKind.LOOP]
TONAL = [pair for pair in LOOPS if pair[1].part in {"bass", "chords", "arp", "melody"}]
STEADY_DRUMS = sampled(
    (pack, file)
    for pack in PACKS
    for file in pack.files
    if file.kind is FileKind.LOOP and file.part == "drums" and not file.sound
)

Samples = NDArray[np.float32]
each_sampled = pytest.mark.parametrize(("pack", "file"), sampled(SAMPLED), ids=lambda item: item.slug)
each_loop = pytest.mark.parametrize(("pack", "file"), sampled(LOOPS), ids=lambda item: item.slug)
each_tonal = pytest.mark.parametrize(("pack", "file"), TONAL, ids=lambda item: item.slug)
each_drum_loop = pytest.mark.parametrize(("pack", "file"), STEADY_DRUMS, ids=lambda item: item.slug)


@lru_cache(maxsize=64)
def rendered(pack: DemoPack, file: DemoFile) -> Samples:
    return render_file(pack, file)


def centroid_hz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=1)))
    return float((np.fft.rfftfreq(samples.shape[0], 1 / RATE_HZ) * spectrum).sum() / spectrum.sum())


def chroma(samples: Samples) -> NDArray[np.float64]:
    hz, _, frames = signal.stft(samples.mean(axis=1), RATE_HZ, nperseg=65_536, noverlap=49_152)
    power = np.square(np.abs(frames)).sum(axis=1)
    # Short low notes smear over several semitones; their harmonics do not.
    heard = (hz > 80) & (hz < 2_500)
    classes = np.rint(69 + 12 * np.log2(hz[heard] / 440)).astype(np.int64) % 12
    return np.bincount(classes, weights=power[heard], minlength=12)


def onset_autocorrelation(samples: Samples, repeats: int) -> NDArray[np.float64]:
    """Autocorrelation of the onset strength of an endlessly repeated loop, 5 ms hop."""
    mono = np.tile(samples.mean(axis=1), repeats)
    hop = RATE_HZ // 200
    _, _, frames = signal.stft(mono, RATE_HZ, nperseg=1_024, noverlap=1_024 - hop)
    rises = np.maximum(np.diff(np.log1p(100 * np.abs(frames)), axis=1), 0).sum(axis=0)
    rises = rises - rises.mean()
    power = np.square(np.abs(np.fft.rfft(rises, 2 * rises.size)))
    return np.fft.irfft(power)[: rises.size]


@each_sampled
def test_sound_is_clean_and_loud_enough(pack: DemoPack, file: DemoFile):
    samples = rendered(pack, file)
    assert samples.dtype == np.float32
    assert samples.shape[1] == 2
    assert np.isfinite(samples).all()
    assert 0.7 < float(np.abs(samples).max()) <= 10 ** (-0.3 / 20)
    assert float(np.sqrt(np.square(samples).mean())) > 0.02
    assert float(np.abs(samples.mean(axis=0)).max()) < 1e-3


@each_loop
def test_loop_has_exact_bars_and_no_seam(pack: DemoPack, file: DemoFile):
    samples = rendered(pack, file)
    assert samples.shape[0] == round((file.bars or 0) * 240 / pack.bpm * RATE_HZ)
    steps = np.abs(np.diff(samples, axis=0)).max(axis=1)
    jump = float(np.abs(samples[0] - samples[-1]).max())
    # A hit on the first beat is a jump by nature; it may be as steep as the other hits.
    typical = steps.max() if file.part == "drums" else np.quantile(steps, 0.999)
    assert jump <= float(typical) + 1e-4


@each_tonal
def test_tonal_loop_is_in_its_key(pack: DemoPack, file: DemoFile):
    energy = chroma(rendered(pack, file))
    assert pack.key is not None
    inside = sum(energy[harmony.pitch(pack.key, degree, octave=3) % 12] for degree in range(1, 8))
    # Fifth harmonics of a driven bass lie outside a minor key.
    assert inside / energy.sum() > (0.7 if file.part == "bass" else 0.85)


@each_drum_loop
def test_drum_loop_repeats_at_its_tempo(pack: DemoPack, file: DemoFile):
    samples = rendered(pack, file)
    curve = onset_autocorrelation(samples, repeats=3)
    beat, bar = 60.0 / pack.bpm * 200, 240.0 / pack.bpm * 200
    near = curve[round(bar) - 3 : round(bar) + 4]
    around = curve[round(bar - beat * 0.2) : round(bar + beat * 0.2)]
    assert near.max() == around.max()
    assert near.max() > 0.15 * curve[0]


def test_one_shots_end_in_silence():
    for pack, file in SAMPLED:
        if file.kind is FileKind.ONE_SHOT:
            assert float(np.abs(rendered(pack, file)[-20:]).max()) < 0.01, file.title


@pytest.mark.parametrize("kit", KITS)
def test_drums_have_their_register(kit: str):
    bright = {voice: centroid_hz(drum(kit, voice)) for voice in ("kick", "snare", "hat", "tom")}
    assert bright["kick"] < bright["snare"] < bright["hat"]
    assert bright["tom"] < bright["snare"]
    assert bright["hat"] > 6_000


def test_rendering_is_deterministic():
    pack = next(pack for pack in PACKS if pack.slug == "pigeon-loft")
    for file in pack.files[:2] + pack.files[-1:]:
        first = render_file(pack, file).tobytes()
        render_file.__globals__["_loop"].cache_clear()
        assert render_file(pack, file).tobytes() == first
