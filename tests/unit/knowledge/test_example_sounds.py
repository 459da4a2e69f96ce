"""Sounds that a rule chooses by their titles measure like what the rule is about.

Rules of genres, formats, kinds, tempos and modes choose by what the analysis or the creator has stated, and have nothing more to measure.
"""

import re
from functools import cache

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, sosfilt

from askchopper.schemas.glossary import ExampleRule
from askchopper.services.knowledge import examples
from tests.support.soak import sampled, scaled
from tools.demo.catalogue import PACKS
from tools.demo.entries import DemoFile, DemoPack
from tools.demo.render import render_file

RATE_HZ = 44_100
FRAME = 1024
MOST = scaled(8, 3)  # sounds of a rule that are rendered


def matches(rule: ExampleRule, pack: DemoPack, file: DemoFile) -> bool:
    words = set(re.findall(r"[a-z0-9]+", file.title.lower()))
    return (
        bool(words & set(rule.words))
        and not words & set(rule.without)
        and rule.kind in {"", file.kind}
        and (not rule.genres or pack.genre in rule.genres)
        and (not rule.tags or bool(set(rule.tags) & set(pack.tags)))
        and (rule.has_key is None or (file.key is not None) == rule.has_key)
    )


@cache
def rendered(pack: DemoPack, file: DemoFile) -> np.ndarray:
    sound = render_file(pack, file)
    return sound.reshape(len(sound), -1).mean(axis=1)


def matching(rule_name: str, kind: str = "") -> list[tuple[DemoPack, DemoFile]]:
    rule = examples.rules()[rule_name]
    found = [
        (pack, file) for pack in PACKS for file in pack.files if matches(rule, pack, file) and kind in {"", file.kind}
    ]
    return found[:MOST]


def chosen(rule_name: str, kind: str = "") -> dict[str, np.ndarray]:
    """Render the sounds of the demo catalogue that a rule matches."""
    return {file.title: rendered(pack, file) for pack, file in matching(rule_name, kind)}


def share_above(mono: np.ndarray, hertz: float) -> float:
    power = np.abs(np.fft.rfft(mono)) ** 2
    return float(power[np.fft.rfftfreq(len(mono), 1 / RATE_HZ) >= hertz].sum() / power.sum())


def levels(mono: np.ndarray) -> np.ndarray:
    frames = mono[: len(mono) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt((frames**2).mean(axis=1))


def steadiness(mono: np.ndarray) -> float:
    """Return the median level relative to the highest."""
    return float(np.median(levels(mono)) / levels(mono).max())


def hits_per_second(mono: np.ndarray) -> float:
    steps = np.diff(np.log(levels(mono) + 1e-4)) > 0.5
    return float((steps[1:] & ~steps[:-1]).sum() * RATE_HZ / len(mono))


def growth(mono: np.ndarray) -> float:
    """Return the level of the last third relative to the first."""
    level = levels(mono)
    third = len(level) // 3
    return float(level[-third:].mean() / max(level[:third].mean(), 1e-9))


def onsets(mono: np.ndarray, bpm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where sounds above 1.5 kHz begin, in beats, and how strongly, relative to the strongest."""
    hop = 128
    high = sosfilt(butter(4, [1_500, 9_000], "band", fs=RATE_HZ, output="sos"), mono)
    level = np.sqrt((high[: len(high) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1))
    rise = np.maximum(np.diff(level, prepend=0), 0)
    peaks, _ = find_peaks(rise, height=0.05 * rise.max(), distance=int(0.04 * RATE_HZ / hop))
    return peaks * hop / RATE_HZ * bpm / 60, rise[peaks] / rise.max()


def swing(beats: np.ndarray) -> float:
    """Return where the second sixteenth of each eighth falls: 0.5 is straight, 0.67 a triplet."""
    inside = beats % 0.5 / 0.5
    return float(np.median(inside[(inside > 0.35) & (inside < 0.8)]))


def second_beat(beats: np.ndarray, strengths: np.ndarray) -> float:
    """Return the strength of the strongest hit on the second beat of a bar of four."""
    return float(strengths[np.abs(beats % 4 - 1) < 0.08].max(initial=0.0))


def pitch_classes(mono: np.ndarray) -> int:
    """Count the pitch classes, of twelve, that sound with at least 15 % of the strongest one's power, from 110 to 2,000 Hz."""
    size = 8_192
    padded = np.pad(mono, (0, -len(mono) % size)).reshape(-1, size)
    power = (np.abs(np.fft.rfft(padded * np.hanning(size), axis=1)) ** 2).sum(axis=0)
    hertz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    heard = (hertz > 110) & (hertz < 2_000)
    classes = np.round(12 * np.log2(hertz[heard] / 440)).astype(int) % 12
    summed = np.bincount(classes, weights=power[heard], minlength=12)
    return int((summed > 0.15 * summed.max()).sum())


@pytest.mark.parametrize(("rule", "kind", "hertz", "least", "most"), sampled([
    ("hats", "one-shot", 3_000, 0.7, 1.0), ("shakers", "one-shot", 2_000, 0.8, 1.0), ("rides", "one-shot", 2_000, 0.7, 1.0),
    ("kicks", "one-shot", 300, 0.0, 0.2), ("claps", "one-shot", 500, 0.6, 1.0), ("snares", "one-shot", 1_000, 0.05, 0.95),
    ("toms", "one-shot", 600, 0.0, 0.3), ("808s", "", 250, 0.0, 0.1), ("sub", "", 250, 0.0, 0.1), ("log_drums", "", 250, 0.0, 0.1),
    ("bass", "", 250, 0.0, 0.5), ("reese", "", 250, 0.0, 0.3), ("bells", "", 250, 0.9, 1.0),
    ("plucks", "", 250, 0.9, 1.0), ("leads", "", 250, 0.7, 1.0), ("vocals", "", 250, 0.9, 1.0), ("vinyl", "", 2_000, 0.5, 1.0),
    ("house_drums", "", 250, 0.0, 0.5), ("impacts", "", 250, 0.0, 0.2), ("triplets", "", 3_000, 0.7, 1.0),
]))  # fmt: skip
def test_examples_have_the_spectrum_of_their_subject(rule: str, kind: str, hertz: float, least: float, most: float):
    found = chosen(rule, kind)
    assert len(found) >= 2, rule
    shares = {title: round(share_above(mono, hertz), 2) for title, mono in found.items()}
    assert all(least <= share <= most for share in shares.values()), shares


@pytest.mark.parametrize("rule", ["pads", "strings", "drones"])
def test_examples_that_sustain(rule: str):
    found = {
        title: (round(steadiness(mono), 2), round(hits_per_second(mono), 1)) for title, mono in chosen(rule).items()
    }
    assert len(found) >= 2
    assert all(steady >= 0.4 and hits <= 2 for steady, hits in found.values()), found


@pytest.mark.parametrize(
    "rule", sampled(["drums", "house_drums", "half_time", "breaks", "swung", "ghosts", "gated", "percussion", "dembow"])
)
def test_examples_of_drums_hit(rule: str):
    kind = "loop" if rule in {"gated", "percussion", "dembow"} else ""
    found = {
        title: (round(steadiness(mono), 2), round(hits_per_second(mono), 1))
        for title, mono in chosen(rule, kind).items()
    }
    assert found
    assert all(steady <= 0.5 and hits >= 2 for steady, hits in found.values()), found


def timed(rule: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {file.title: onsets(rendered(pack, file), pack.bpm) for pack, file in matching(rule)}


def test_examples_of_swing_are_swung():
    swung = {title: round(swing(beats), 2) for title, (beats, _) in timed("swung").items()}
    assert len(swung) >= 2
    assert all(0.58 <= place <= 0.7 for place in swung.values()), swung
    straight = next((pack, file) for pack in PACKS for file in pack.files if file.title == "Platform drums")
    beats, _ = onsets(rendered(*straight), straight[0].bpm)
    assert swing(beats) == pytest.approx(0.5, abs=0.02)


def test_examples_of_half_time_have_no_backbeat():
    """The snare on the second beat is what half-time leaves out."""
    half = {title: round(second_beat(*hits), 2) for title, hits in timed("half_time").items()}
    assert len(half) >= 2
    assert max(half.values()) <= 0.3 < min(second_beat(*hits) for hits in timed("house_drums").values()), half


def test_examples_that_rise_and_that_fall():
    assert all(growth(mono) > 3 for mono in chosen("risers").values())
    for rule in ("stabs", "impacts"):
        assert all(growth(mono) < 0.1 for mono in chosen(rule).values()), rule


@pytest.mark.parametrize(("rule", "kind", "least"), sampled([
    ("chords", "", 3), ("electric_piano", "", 3), ("organs", "", 3), ("ninths", "", 3), ("dark_chords", "", 3), ("supersaws", "", 3),
    ("piano", "loop", 3), ("guitar", "loop", 3), ("arps", "", 4), ("ostinato", "", 3), ("octaves", "", 3), ("melodic", "", 3),
    ("acid", "", 4), ("blues", "", 6), ("saws", "", 2),  # of one saw: its overtones are further pitch classes
]))  # fmt: skip
def test_examples_with_several_notes(rule: str, kind: str, least: int):
    found = {title: pitch_classes(mono) for title, mono in chosen(rule, kind).items()}
    assert len(found) >= 2
    assert min(found.values()) >= least, found


def test_examples_of_noise_have_every_pitch_and_no_hits():
    found = {
        title: (pitch_classes(mono), round(hits_per_second(mono), 1)) for title, mono in chosen("textures").items()
    }
    assert len(found) >= 2
    assert all(classes == 12 and hits <= 0.5 for classes, hits in found.values()), found
