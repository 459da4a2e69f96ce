"""Synthesised drums: each function makes one hit, each kit is a table of settings.

A hit is mono or stereo float32 with a peak of about 1 and ends in silence.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from tools.demo.effects import crush, drive, reverb
from tools.demo.filters import band_pass, high_pass, low_pass
from tools.demo.synth import Signal, fall, frames, midi_hz, noise, panned, seconds_axis, seeded, swell, tone

_METAL_HZ = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)
VARIANTS = 3


def kick(
    rng: np.random.Generator,
    *,
    low_hz: float = 48.0,
    high_hz: float = 260.0,
    bend: float = 0.05,
    length: float = 0.45,
    click: float = 0.4,
    dirt: float = 1.5,
) -> Signal:
    """Make a bass drum: a falling sine, a click and saturation.

    Args:
        rng: source of the click's noise.
        low_hz: pitch that it settles on.
        high_hz: pitch at the stroke, above ``low_hz``.
        bend: time constant of the fall in seconds.
        length: decay in seconds.
        click: level of the beater, 0-1.
        dirt: drive, 1 is clean.

    Returns:
        Mono hit.
    """
    size = frames(length * 1.15)
    axis = seconds_axis(size)
    sweep = low_hz + (high_hz - low_hz) * np.exp(axis / np.float32(-bend / 2.5))
    body = tone("sine", sweep.astype(np.float32), size) * fall(size, length * 1.25)
    beater = high_pass(noise(rng, size), 1_800.0) * fall(size, 0.03)
    knock = tone("sine", 1_150.0, size) * fall(size, 0.014)
    hit = drive(body, dirt) + np.float32(click) * (beater + np.float32(0.5) * knock)
    return _finished(hit, release=0.05)


def snare(
    rng: np.random.Generator,
    *,
    tune_hz: float = 185.0,
    body: float = 0.6,
    wires: float = 0.8,
    length: float = 0.22,
    bright_hz: float = 1_500.0,
    dirt: float = 1.4,
) -> Signal:
    """Make a snare: two drum-head modes under a burst of rattling wires."""
    size = frames(length * 1.6)
    axis = seconds_axis(size)
    bend = 1.0 + 0.5 * np.exp(axis / np.float32(-0.012))
    low = tone("sine", (tune_hz * bend).astype(np.float32), size) * fall(size, length * 0.8)
    high = tone("sine", (tune_hz * 1.78 * bend).astype(np.float32), size) * fall(size, length * 0.5)
    hiss = noise(rng, size)
    rattle = high_pass(hiss, bright_hz) * fall(size, length * 1.25)
    snap = high_pass(hiss, 3_500.0) * fall(size, 0.03)
    hit = body * (low + np.float32(0.5) * high) + wires * np.float32(1.8) * (rattle + snap)
    return _finished(drive(hit.astype(np.float32), dirt), release=0.03)


def clap(rng: np.random.Generator, *, length: float = 0.28, tune_hz: float = 1_150.0, hands: int = 4) -> Signal:
    """Make a clap: a few bursts close together, then a short tail."""
    size = frames(length * 1.5)
    envelope = np.zeros(size, dtype=np.float32)
    for number in range(hands):
        start = frames(0.0105 * number + float(rng.uniform(0, 0.002)))
        decay = length if number == hands - 1 else 0.03
        burst = fall(size - start, decay) * np.float32(0.7 + 0.3 * (number == hands - 1))
        envelope[start:] = np.maximum(envelope[start:], burst)
    left, right = (band_pass(noise(rng, size) * envelope, tune_hz * 0.62, tune_hz * 2.4) for _ in range(2))
    centre = band_pass(noise(rng, size) * envelope, tune_hz * 0.8, tune_hz * 1.8)
    hit = np.stack([left + centre, right + centre], axis=1)
    return _finished(drive(hit * np.float32(2.0), 1.3), release=0.05)


def hat(rng: np.random.Generator, *, length: float = 0.06, tune: float = 1.0, metal: float = 0.6) -> Signal:
    """Make a hi-hat from six clashing squares and noise; open when ``length`` is above 0.2."""
    size = frames(length * 1.4 + 0.01)
    ring = np.zeros(size, dtype=np.float32)
    for partial in _METAL_HZ:
        detune = 1.0 + float(rng.uniform(-0.004, 0.004))
        ring += tone("square", partial * tune * detune * 1.6, size, phase=float(rng.uniform()))
    mix = np.float32(metal * 0.35) * ring + np.float32(1.6 * (1.2 - metal)) * noise(rng, size)
    bright = high_pass(high_pass(mix, 7_200.0 * min(tune, 1.15)), 5_000.0)
    stroke = fall(size, length * 1.5) + np.float32(0.5) * fall(size, 0.012)
    return _finished(bright * stroke, release=min(0.02, length / 2))


def ride(rng: np.random.Generator, *, length: float = 0.9, tune: float = 1.0) -> Signal:
    """Make a ride cymbal: a bell over a long shimmering wash."""
    size = frames(length)
    wash = high_pass(hat(rng, length=length, tune=0.82 * tune, metal=0.75)[:size], 3_000.0)
    wash = np.pad(wash, (0, max(0, size - wash.size)))
    bell = tone("square", 1_340.0 * tune, size) + tone("sine", 2_210.0 * tune, size)
    hit = wash * fall(size, length * 1.1) + np.float32(0.16) * bell * fall(size, length * 0.5)
    return _finished(high_pass(hit, 900.0), release=0.1)


def rim(rng: np.random.Generator, *, tune_hz: float = 1_720.0, length: float = 0.05) -> Signal:
    """Make a rim shot or side stick."""
    size = frames(length * 1.8)
    wood = tone("triangle", tune_hz, size) + np.float32(0.7) * tone("sine", tune_hz * 0.29, size)
    hit = wood * fall(size, length) + noise(rng, size) * fall(size, 0.008)
    return _finished(drive(high_pass(hit, 250.0), 2.0), release=0.01)


def shaker(rng: np.random.Generator, *, length: float = 0.09, bright_hz: float = 5_500.0) -> Signal:
    """Make one stroke of a shaker, which swells before it stops."""
    size = frames(length)
    grains = np.abs(noise(rng, size)) * noise(rng, size) * np.float32(3.0)
    stroke = swell(size, attack=length * 0.45, release=length * 0.5)
    return _finished(band_pass(grains, bright_hz, 13_000.0) * stroke, release=0.01)


def tom(rng: np.random.Generator, *, tune_hz: float = 110.0, length: float = 0.4, dirt: float = 1.4) -> Signal:
    """Make a tom: a head that falls a third in pitch, with a little stick noise."""
    size = frames(length * 1.2)
    sweep = tune_hz * (1.0 + 0.45 * np.exp(seconds_axis(size) / np.float32(-0.045)))
    head = tone("sine", sweep.astype(np.float32), size) * fall(size, length * 1.2)
    second = tone("sine", (sweep * 1.59).astype(np.float32), size) * fall(size, length * 0.45)
    stick = band_pass(noise(rng, size), 900.0, 4_000.0) * fall(size, 0.04)
    hit = head + np.float32(0.3) * second + np.float32(0.5) * stick
    return _finished(drive(hit, dirt), release=0.04)


def conga(rng: np.random.Generator, *, tune_hz: float = 240.0, slap: float = 0.3) -> Signal:
    """Make a hand drum: open when ``slap`` is low, sharp and short when it is high."""
    length = 0.32 - 0.2 * slap
    size = frames(length * 1.3)
    bend = 1.0 + 0.18 * np.exp(seconds_axis(size) / np.float32(-0.015))
    head = tone("sine", (tune_hz * bend).astype(np.float32), size) * fall(size, length)
    upper = tone("sine", (tune_hz * 2.3 * bend).astype(np.float32), size) * fall(size, 0.09)
    palm = band_pass(noise(rng, size), 1_200.0, 5_500.0) * fall(size, 0.03 + 0.03 * slap)
    hit = head + np.float32(0.3) * upper + np.float32(0.6 + 1.8 * slap) * palm
    return _finished(hit, release=0.02)


def block(rng: np.random.Generator, *, tune_hz: float = 820.0, length: float = 0.07) -> Signal:
    """Make a wood block, clave or cow bell, by pitch and decay."""
    size = frames(length * 1.8)
    ring = tone("pulse", tune_hz, size, phase=float(rng.uniform()))
    ring = ring + np.float32(0.8) * tone("square", tune_hz * 1.48, size)
    return _finished(band_pass(ring, tune_hz * 0.8, tune_hz * 3.2) * fall(size, length), release=0.01)


def boom(rng: np.random.Generator, *, pitch: float = 33.0, length: float = 1.4, dirt: float = 2.4) -> Signal:
    """Make a long sub hit at a MIDI pitch, with a short click on top."""
    size = frames(length)
    sweep = midi_hz(pitch) * (1.0 + 1.8 * np.exp(seconds_axis(size) / np.float32(-0.018)))
    body = tone("sine", sweep.astype(np.float32), size) * fall(size, length * 1.4)
    click = high_pass(noise(rng, size), 2_000.0) * fall(size, 0.015)
    hit = low_pass(drive(body, dirt), 4_000.0) + np.float32(0.3) * click
    return _finished(hit, release=0.15)


Maker = Callable[..., Signal]
Settings = Mapping[str, float]
Hit = tuple[Maker, Settings]
Kit = Mapping[str, Hit]

_BASE: Kit = {
    "kick": (kick, {}),
    "snare": (snare, {}),
    "clap": (clap, {}),
    "hat": (hat, {}),
    "open": (hat, {"length": 0.34}),
    "ride": (ride, {}),
    "rim": (rim, {}),
    "shaker": (shaker, {}),
    "tom": (tom, {}),
    "low-tom": (tom, {"tune_hz": 78.0, "length": 0.55}),
    "conga": (conga, {}),
    "slap": (conga, {"tune_hz": 330.0, "slap": 0.9}),
    "block": (block, {}),
    "bell": (block, {"tune_hz": 562.0, "length": 0.22}),
    "boom": (boom, {}),
}

KITS: dict[str, Kit] = {
    "warehouse": _BASE
    | {
        "kick": (kick, {"low_hz": 46, "high_hz": 310, "length": 0.42, "click": 0.5, "dirt": 3.2}),
        "clap": (clap, {"length": 0.22, "tune_hz": 1_350}),
        "hat": (hat, {"length": 0.05, "metal": 0.8}),
        "open": (hat, {"length": 0.26, "metal": 0.85}),
    },
    "floor": _BASE
    | {
        "kick": (kick, {"low_hz": 50, "high_hz": 230, "length": 0.36, "click": 0.35, "dirt": 1.8}),
        "snare": (snare, {"tune_hz": 205, "length": 0.18}),
        "open": (hat, {"length": 0.3, "metal": 0.5}),
    },
    "velvet": _BASE
    | {
        "kick": (kick, {"low_hz": 47, "high_hz": 150, "length": 0.32, "click": 0.15, "dirt": 1.3}),
        "clap": (clap, {"length": 0.18, "tune_hz": 980}),
        "hat": (hat, {"length": 0.04, "tune": 1.15, "metal": 0.3}),
        "rim": (rim, {"tune_hz": 1_480}),
    },
    "block-party": _BASE
    | {
        "kick": (kick, {"low_hz": 52, "high_hz": 190, "length": 0.26, "click": 0.55, "dirt": 2.2}),
        "snare": (snare, {"tune_hz": 172, "wires": 0.7, "length": 0.2, "bright_hz": 1_100}),
        "hat": (hat, {"length": 0.045, "tune": 0.9, "metal": 0.35}),
    },
    "night-bus": _BASE
    | {
        "kick": (kick, {"low_hz": 44, "high_hz": 240, "length": 0.3, "click": 0.6, "dirt": 2.6}),
        "snare": (snare, {"tune_hz": 220, "body": 0.5, "wires": 1.0, "length": 0.2}),
        "clap": (clap, {"length": 0.24, "tune_hz": 1_500, "hands": 3}),
        "hat": (hat, {"length": 0.035, "tune": 1.12, "metal": 0.65}),
    },
    "amen-street": _BASE
    | {
        "kick": (kick, {"low_hz": 58, "high_hz": 210, "length": 0.2, "click": 0.7, "dirt": 2.0}),
        "snare": (
            snare,
            {"tune_hz": 212, "body": 0.75, "wires": 0.85, "length": 0.17, "dirt": 2.2},
        ),
        "hat": (hat, {"length": 0.06, "tune": 0.95, "metal": 0.45}),
        "ride": (ride, {"length": 0.5}),
    },
    "neon": _BASE
    | {
        "kick": (kick, {"low_hz": 54, "high_hz": 280, "length": 0.3, "click": 0.6, "dirt": 2.0}),
        "snare": (snare, {"tune_hz": 178, "body": 0.8, "wires": 0.9, "length": 0.34}),
        "tom": (tom, {"tune_hz": 132, "length": 0.5, "dirt": 1.8}),
    },
    "coast": _BASE
    | {
        "kick": (kick, {"low_hz": 55, "high_hz": 170, "length": 0.28, "click": 0.3, "dirt": 1.5}),
        "snare": (snare, {"tune_hz": 240, "body": 0.7, "wires": 0.5, "length": 0.12}),
        "rim": (rim, {"tune_hz": 1_900}),
        "shaker": (shaker, {"length": 0.085, "bright_hz": 6_500}),
    },
    "colossus": _BASE
    | {
        "kick": (kick, {"low_hz": 38, "high_hz": 110, "length": 0.9, "click": 0.25, "dirt": 2.2}),
        "snare": (snare, {"tune_hz": 130, "length": 0.4, "bright_hz": 900}),
        "tom": (tom, {"tune_hz": 84, "length": 0.8, "dirt": 2.0}),
        "low-tom": (tom, {"tune_hz": 56, "length": 1.1, "dirt": 2.2}),
    },
}
_ROOM_SECONDS = {"neon": 0.5, "colossus": 2.2, "amen-street": 0.35, "block-party": 0.28}
_CRUSHED = {"block-party"}
_WET = {"snare": 0.35, "clap": 0.3, "tom": 0.3, "low-tom": 0.3, "rim": 0.25, "kick": 0.06}
_PAN = {
    "hat": 0.12,
    "open": 0.1,
    "ride": -0.25,
    "shaker": -0.35,
    "conga": 0.4,
    "slap": 0.3,
    "block": -0.45,
    "bell": 0.3,
    "rim": -0.15,
    "tom": -0.2,
    "low-tom": 0.25,
}


@lru_cache(maxsize=600)
def drum(kit: str, voice: str, variant: int = 0) -> Signal:
    """Return one hit of a kit, placed in stereo with the kit's room.

    Args:
        kit: name in ``KITS``.
        voice: name of the drum in that kit.
        variant: 0 to ``VARIANTS`` - 1; small differences, for repeated strokes.

    Returns:
        Read-only stereo signal, shape (n, 2), peak 1.

    Raises:
        KeyError: unknown kit or voice.
    """
    maker, settings = KITS[kit][voice]
    hit = maker(seeded(kit, voice, variant), **settings)
    if hit.ndim == 1:
        hit = panned(hit, _PAN.get(voice, 0.0))
    seconds = _ROOM_SECONDS.get(kit, 0.22)
    padded = np.pad(hit, ((0, frames(seconds)), (0, 0)))
    wet = reverb(padded, seconds=seconds, amount=_WET.get(voice, 0.1), bright_hz=5_000.0)
    if kit in _CRUSHED:
        wet = low_pass(crush(wet, bits=12, hold=2), 13_000.0)
    wet = _finished(wet, release=seconds / 2)
    wet.setflags(write=False)
    return wet


def _finished(hit: Signal, *, release: float) -> Signal:
    """Scale to a peak of 1 and close the end without a click."""
    tail = min(frames(release), hit.shape[0])
    out = hit / np.float32(max(float(np.abs(hit).max()), 1e-6))
    ramp = np.linspace(1.0, 0.0, tail, dtype=np.float32) ** 2
    out[hit.shape[0] - tail :] *= ramp if out.ndim == 1 else ramp[:, None]
    return out.astype(np.float32)
