"""Bass instruments: one function a sound, (MIDI pitch, seconds, velocity) to a mono note."""

import numpy as np

from tools.demo.effects import drive
from tools.demo.filters import band_pass, high_pass, low_pass, resonant, swept
from tools.demo.keys import plucked
from tools.demo.synth import Signal, fall, frames, keyed, midi_hz, noise, seconds_axis, seeded, swell, tone


def sub(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a round sine with a little second harmonic."""
    size = frames(seconds + 0.05)
    hz = midi_hz(pitch)
    wave = tone("sine", hz, size) + np.float32(0.18) * tone("sine", 2 * hz, size)
    return drive(wave, 1.3) * keyed(size, attack=0.006, settle=0.5, sustain=0.7, release=0.05)


def warm_saw(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a filtered saw over a sub, with a short filter pluck."""
    size = frames(seconds + 0.06)
    hz = midi_hz(pitch)
    wave = tone("saw", hz, size) + np.float32(0.7) * tone("square", hz * 1.004, size, phase=0.3)
    cutoff = 180.0 + hz * 2 + (500.0 + 1_400.0 * velocity) * fall(size, 0.35)
    body = swept(wave, cutoff, 1.6) * np.float32(0.6) + np.float32(0.6) * tone("sine", hz, size)
    return drive(body, 1.4) * keyed(size, attack=0.004, settle=0.25, sustain=0.6, release=0.05)


def rubber(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a two-operator FM bass with a woody front."""
    size = frames(seconds + 0.06)
    hz = midi_hz(pitch)
    index = (0.4 + 2.6 * velocity) * fall(size, 0.3) + np.float32(0.35)
    modulator = tone("sine", hz * 2, size) * index
    cycles = hz * seconds_axis(size).astype(np.float64)
    wave = np.sin(2 * np.pi * cycles + modulator).astype(np.float32)
    return drive(wave, 1.5) * keyed(size, attack=0.003, settle=0.22, sustain=0.5, release=0.05)


def reese(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play detuned saws beating against each other, with a clean sub below."""
    size = frames(seconds + 0.08)
    hz = midi_hz(pitch)
    beat = sum(
        (
            tone("saw", hz * 2 ** (cents / 1200), size, phase=start)
            for cents, start in ((-19, 0.1), (-6, 0.6), (8, 0.35), (21, 0.85))
        ),
        start=np.zeros(size, dtype=np.float32),
    )
    movement = 420.0 + 380.0 * velocity * (1 + np.sin(2 * np.pi * 0.8 * seconds_axis(size)))
    growl = drive(swept(high_pass(beat, 90.0), movement.astype(np.float32), 1.8), 1.8)
    mix = np.float32(0.55) * growl + np.float32(0.75) * tone("sine", hz, size)
    return mix * swell(size, attack=0.01, release=0.07)


def eight_o_eight(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a long distorted sub whose pitch drops into the note."""
    size = frames(max(seconds, 0.35) + 0.12)
    axis = seconds_axis(size)
    sweep = midi_hz(pitch) * (1.0 + 1.6 * np.exp(axis / np.float32(-0.015)))
    body = tone("sine", sweep.astype(np.float32), size)
    dirty = low_pass(drive(body * (0.6 + 0.4 * velocity), 3.2), 2_600.0)
    click = band_pass(noise(seeded("808", pitch), size), 1_500.0, 6_000.0) * fall(size, 0.02)
    level = keyed(size, attack=0.002, settle=0.9, sustain=0.35, release=0.1)
    return (dirty + np.float32(0.25) * click) * level


def log_drum(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play the hollow, knocking bass of South African house."""
    size = frames(max(seconds, 0.28) + 0.1)
    axis = seconds_axis(size)
    hz = midi_hz(pitch)
    sweep = hz * (1.0 + (0.5 + 0.5 * velocity) * np.exp(axis / np.float32(-0.022)))
    cycles = np.cumsum(sweep, dtype=np.float64) / 44_100
    index = (0.8 + 2.0 * velocity) * fall(size, 0.18)
    wave = np.sin(2 * np.pi * cycles + index * np.sin(2 * np.pi * cycles * 2.0))
    knock = band_pass(noise(seeded("log", pitch), size), 500.0, 2_400.0) * fall(size, 0.025)
    hit = drive(wave.astype(np.float32), 2.0) + np.float32(0.5) * knock
    return hit * keyed(size, attack=0.002, settle=0.2, sustain=0.18, release=0.09)


def acid(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a squelching saw with a resonant filter; loud notes open it wider."""
    size = frames(seconds + 0.04)
    wave = tone("saw", midi_hz(pitch), size)
    cutoff = 220.0 + 2_900.0 * velocity**2 * fall(size, 0.16 + 0.2 * velocity)
    level = keyed(size, attack=0.003, settle=0.3, sustain=0.6, release=0.03)
    return drive(swept(wave, cutoff, 6.5) * np.float32(0.8), 2.2) * level


def upright(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a plucked double bass: a dark string and the thump of the body."""
    size = frames(seconds + 0.1)
    string = plucked(pitch, seconds + 0.1, velocity, bright_hz=1_100.0, damping=0.9965)[:size]
    hz = midi_hz(pitch)
    body = tone("sine", hz, size) * fall(size, 1.1)
    finger = low_pass(noise(seeded("finger", pitch), size), 700.0) * fall(size, 0.05)
    mix = np.float32(0.7) * string + np.float32(0.7) * body + np.float32(0.5) * finger
    return mix * swell(size, attack=0.004, release=0.08)


def picked(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play an electric bass with a pick, slightly driven."""
    size = frames(seconds + 0.06)
    string = plucked(pitch, seconds + 0.06, velocity, bright_hz=2_800.0, damping=0.9975)[:size]
    body = np.float32(0.5) * tone("sine", midi_hz(pitch), size) * fall(size, 1.6)
    return resonant(drive(string + body, 1.6), 3_200.0, 0.8) * swell(size, attack=0.002, release=0.05)
