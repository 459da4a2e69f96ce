"""Sounds that the rules of drums choose by their titles measure like these drums."""

import re

import numpy as np
import pytest

from askchopper.services.knowledge import examples
from tools.demo.catalogue import PACKS
from tools.demo.render import render_file

RATE_HZ = 44_100


def chosen(rule_name: str) -> list[tuple[str, np.ndarray]]:
    """Render the one-shots of the demo catalogue whose titles a rule matches."""
    words = set(examples.rules()[rule_name].words)
    return [
        (file.title, render_file(pack, file))
        for pack in PACKS
        for file in pack.files
        if file.kind == "one-shot" and words & set(re.findall(r"[a-z0-9]+", file.title.lower()))
    ]


def share_above(sound: np.ndarray, hertz: float) -> float:
    mono = sound.reshape(len(sound), -1).mean(axis=1)
    power = np.abs(np.fft.rfft(mono)) ** 2
    return float(power[np.fft.rfftfreq(len(mono), 1 / RATE_HZ) >= hertz].sum() / power.sum())


@pytest.mark.parametrize(("rule", "hertz", "least", "most"), [
    ("hats", 3_000, 0.7, 1.0), ("shakers", 2_000, 0.8, 1.0), ("rides", 2_000, 0.7, 1.0),
    ("kicks", 300, 0.0, 0.2), ("claps", 500, 0.6, 1.0), ("snares", 1_000, 0.05, 0.95), ("toms", 600, 0.0, 0.3),
])  # fmt: skip
def test_examples_measure_like_their_drum(rule: str, hertz: float, least: float, most: float):
    found = chosen(rule)
    assert len(found) >= 2, rule
    shares = {title: round(share_above(sound, hertz), 2) for title, sound in found}
    assert all(least <= share <= most for share in shares.values()), shares
