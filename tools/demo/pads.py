"""Sustained stereo instruments: (MIDI pitch, seconds, velocity) to a stereo note."""

import numpy as np

from tools.demo.filters import band_pass, high_pass, low_pass, swept
from tools.demo.synth import Signal, fall, frames, keyed, midi_hz, noise, panned, seconds_axis, seeded, swell, tone

_VOWELS = {
    "ah": ((700.0, 1.0), (1_150.0, 0.6), (2_650.0, 0.22)),
    "oo": ((330.0, 1.0), (780.0, 0.35), (2_300.0, 0.08)),
}


def supersaw(pitch: float, seconds: float, velocity: float) -> Signal:
    """Stack detuned saws across the stereo field."""
    size = frames(seconds + 0.3)
    wide = _detuned("saw", pitch, size, cents=(-17.0, -8.0, 0.0, 9.0, 18.0), width=0.9)
    dark = low_pass(high_pass(wide, 110.0, order=1), 2_200.0 + 4_500.0 * velocity)
    return dark * keyed(size, attack=0.02, settle=0.8, sustain=0.75, release=0.28)[:, None]


def warm_pad(pitch: float, seconds: float, velocity: float) -> Signal:
    """Hold soft saws under a filter that opens and closes once."""
    size = frames(seconds + 0.9)
    wide = _detuned("soft", pitch, size, cents=(-11.0, -3.0, 5.0, 12.0), width=0.8)
    arc = np.sin(np.pi * np.arange(size, dtype=np.float32) / size) ** 2
    cutoff = (380.0 + midi_hz(pitch) * 0.8 + 1_500.0 * velocity * arc).astype(np.float32)
    sides = [swept(np.ascontiguousarray(wide[:, side]), cutoff, 0.8) for side in (0, 1)]
    return np.stack(sides, axis=1) * swell(size, attack=0.35, release=0.9)[:, None]


def strings(pitch: float, seconds: float, velocity: float) -> Signal:
    """Bow a section: a few players with their own vibrato."""
    size = frames(seconds + 0.5)
    axis = seconds_axis(size)
    rng = seeded("section", pitch)
    out = np.zeros((size, 2), dtype=np.float32)
    for position in (-0.8, -0.3, 0.3, 0.8):
        speed, start = rng.uniform(4.6, 5.8), rng.uniform(0, 6.28)
        sway = 1.0 + 0.0035 * np.sin(2 * np.pi * speed * axis + start) + rng.uniform(-3e-3, 3e-3)
        bowed = tone("saw", (midi_hz(pitch) * sway).astype(np.float32), size, phase=rng.uniform())
        out += panned(bowed, position)
    rosin = panned(band_pass(noise(rng, size), 2_000.0, 6_000.0), 0.0) * np.float32(0.05)
    tamed = low_pass(high_pass(out + rosin, 140.0, order=1), 1_700.0 + 2_200.0 * velocity, order=1)
    return np.float32(0.5) * tamed * swell(size, attack=0.22, release=0.45)[:, None]


def choir(pitch: float, seconds: float, velocity: float) -> Signal:
    """Sing a vowel with a handful of voices."""
    return _sung(pitch, seconds, "ah" if velocity > 0.6 else "oo")


def glass(pitch: float, seconds: float, velocity: float) -> Signal:
    """Rub the rim of glasses: near-pure tones that beat slowly."""
    size = frames(seconds + 1.0)
    hz = midi_hz(pitch)
    left = tone("sine", hz * 0.9985, size) + np.float32(0.25) * tone("sine", hz * 2.002, size)
    right = tone("sine", hz * 1.0015, size) + np.float32(0.25) * tone("sine", hz * 3.001, size)
    return np.stack([left, right], axis=1) * swell(size, attack=0.3, release=1.0)[:, None]


def brass(pitch: float, seconds: float, velocity: float) -> Signal:
    """Blow a low synthetic brass that opens with its attack."""
    size = frames(seconds + 0.25)
    wide = _detuned("saw", pitch, size, cents=(-6.0, 0.0, 7.0), width=0.5)
    opening = 1.0 - np.exp(seconds_axis(size) / np.float32(-0.09))
    cutoff = (260.0 + midi_hz(pitch) + (900 + 2_400 * velocity) * opening).astype(np.float32)
    sides = [swept(np.ascontiguousarray(wide[:, side]), cutoff, 1.2) for side in (0, 1)]
    return np.stack(sides, axis=1) * keyed(size, attack=0.04, settle=0.6, sustain=0.8, release=0.22)[:, None]


def stab(pitch: float, seconds: float, velocity: float) -> Signal:
    """Hit a short filtered saw, the note of dub and house chords."""
    size = frames(min(max(seconds, 0.16), 0.4) + 0.2)
    wide = _detuned("saw", pitch, size, cents=(-9.0, 0.0, 9.0), width=0.6)
    cutoff = (350.0 + (700.0 + 2_600.0 * velocity) * fall(size, 0.35)).astype(np.float32)
    sides = [swept(np.ascontiguousarray(wide[:, side]), cutoff, 2.2) for side in (0, 1)]
    level = fall(size, 0.8) * swell(size, attack=0.003, release=0.18)
    return np.stack(sides, axis=1) * level[:, None]


def _sung(pitch: float, seconds: float, vowel: str) -> Signal:
    size = frames(seconds + 0.6)
    axis = seconds_axis(size)
    rng = seeded("singers", pitch, vowel)
    out = np.zeros((size, 2), dtype=np.float32)
    for position in (-0.7, 0.0, 0.7):
        speed, start = rng.uniform(4.4, 5.6), rng.uniform(0, 6.28)
        sway = 1.0 + 0.005 * np.sin(2 * np.pi * speed * axis + start) + rng.uniform(-4e-3, 4e-3)
        cords = tone("saw", (midi_hz(pitch) * sway).astype(np.float32), size, phase=rng.uniform())
        cords = cords + np.float32(0.12) * noise(rng, size)
        voice = np.zeros(size, dtype=np.float32)
        for centre, level in _VOWELS[vowel]:
            voice += np.float32(level) * band_pass(cords, centre * 0.88, centre * 1.12)
        out += panned(voice, position)
    return np.float32(0.9) * out * swell(size, attack=0.25, release=0.55)[:, None]


def _detuned(shape: str, pitch: float, size: int, *, cents: tuple[float, ...], width: float) -> Signal:
    rng = seeded("unison", shape, pitch)
    out = np.zeros((size, 2), dtype=np.float32)
    places = np.linspace(-width, width, len(cents))
    for order, (offset, place) in enumerate(zip(cents, places, strict=True)):
        side = place if order % 2 else -place
        wave = tone(shape, midi_hz(pitch + offset / 100.0), size, phase=float(rng.uniform()))
        out += panned(wave, float(side))
    return out / np.float32(np.sqrt(len(cents)))
