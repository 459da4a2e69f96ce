"""Keys, plucked strings, bells and leads: (MIDI pitch, seconds, velocity) to a note.

Notes are mono; ``pads`` has the stereo ones. Release tails are inside the returned length.
"""

import numpy as np
from scipy import signal

from tools.demo.effects import drive
from tools.demo.filters import band_pass, high_pass, low_pass, swept
from tools.demo.synth import RATE_HZ, Signal, fall, frames, keyed, midi_hz, noise, seconds_axis, seeded, swell, tone


def plucked(
    pitch: float,
    seconds: float,
    velocity: float,
    *,
    bright_hz: float = 4_500.0,
    damping: float = 0.996,
) -> Signal:
    """Pluck a string: a burst of noise circling in a damped delay line.

    Args:
        pitch: MIDI note number, at least 20.
        seconds: duration.
        velocity: 0-1; harder is brighter.
        bright_hz: low-pass of the burst at full velocity.
        damping: loss each turn; closer to 1 rings longer.

    Returns:
        Mono note with a peak of 1.

    Source: D. Jaffe and J. Smith, "Extensions of the Karplus-Strong plucked-string algorithm",
    Computer Music Journal 7(2), 1983.
    """
    size = frames(seconds)
    period = RATE_HZ / midi_hz(pitch) - 0.5
    whole = int(period - 0.1)
    # A first-order all-pass tunes the remaining fraction of a sample.
    rest = period - whole
    allpass = (1.0 - rest) / (1.0 + rest)
    burst = np.zeros(size, dtype=np.float64)
    length = min(whole, size)
    excitation = noise(seeded("string", round(pitch)), whole + 64)
    excitation = low_pass(excitation, bright_hz * (0.35 + 0.65 * velocity))[-whole:]
    position = max(1, whole // 7)
    excitation = excitation - np.roll(excitation, position)
    burst[:length] = excitation[:length]
    # y = x + z^-N * H(z) * y with H = damping/2 (1 + z^-1) * (a + z^-1) / (1 + a z^-1).
    loop = damping / 2.0 * np.convolve([1.0, 1.0], [allpass, 1.0])
    denominator = np.zeros(whole + 3)
    denominator[0], denominator[1] = 1.0, allpass
    denominator[whole : whole + 3] -= loop
    string = np.asarray(signal.lfilter([1.0, allpass], denominator, burst), dtype=np.float32)
    return _levelled(high_pass(string, 30.0))


def guitar(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a nylon-string guitar note with its wooden body."""
    string = plucked(pitch, seconds + 0.6, velocity, bright_hz=5_200.0, damping=0.9965)
    body = band_pass(string, 95.0, 240.0) + np.float32(0.4) * band_pass(string, 380.0, 520.0)
    return _levelled(string + body) * swell(string.size, attack=0.001, release=0.5)


def muted_guitar(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a palm-muted electric note, short and dry."""
    string = plucked(pitch, 0.28, velocity, bright_hz=3_600.0, damping=0.975)
    return drive(string, 1.8) * swell(string.size, attack=0.001, release=0.12)


def harp(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a bright open string that rings on."""
    string = plucked(pitch, seconds + 1.4, velocity, bright_hz=7_500.0, damping=0.998)
    return string * swell(string.size, attack=0.001, release=1.2)


def electric_piano(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a tine piano: FM body, a short metallic tine, softer when played softly."""
    size = frames(seconds + 0.35)
    hz = midi_hz(pitch)
    cycles = (2 * np.pi * hz) * seconds_axis(size).astype(np.float64)
    index = (0.25 + 1.3 * velocity**2) * fall(size, 1.6) + np.float32(0.12)
    body = np.sin(cycles + index * np.sin(cycles)).astype(np.float32)
    tine = np.sin(cycles * 14.0).astype(np.float32) * fall(size, 0.22)
    wave = body + np.float32(0.16 * velocity) * tine + np.float32(0.12) * tone("sine", hz * 3, size)
    return wave * keyed(size, attack=0.003, settle=1.1, sustain=0.15, release=0.3)


def piano(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a felt piano by adding stretched partials that fade at their own pace."""
    size = frames(seconds + 0.5)
    hz = midi_hz(pitch)
    wave = np.zeros(size, dtype=np.float32)
    for number in range(1, 13):
        partial = hz * number * np.sqrt(1.0 + 0.00035 * number**2)
        if partial > 9_000.0:
            break
        level = np.float32(number ** (-1.15 - 0.9 * (1.0 - velocity)))
        pair = tone("sine", partial, size, phase=0.13 * number)
        pair = pair + tone("sine", partial * 1.0006, size, phase=0.41 * number)
        wave += level * pair * fall(size, 5.5 / (1 + 0.55 * number))
    hammer = low_pass(noise(seeded("hammer", pitch), size), 1_600.0) * fall(size, 0.04)
    mix = _levelled(wave) + np.float32(0.35 * velocity) * hammer
    return mix * swell(size, attack=0.003, release=0.4)


def organ(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a drawbar organ with key click."""
    size = frames(seconds + 0.05)
    wave = tone("organ", midi_hz(pitch), size) + np.float32(0.5) * tone(
        "organ", midi_hz(pitch) * 1.003, size, phase=0.4
    )
    click = high_pass(noise(seeded("click", pitch), size), 2_500.0) * fall(size, 0.01)
    level = keyed(size, attack=0.004, settle=0.12, sustain=0.75, release=0.04)
    return (np.float32(0.7) * wave + np.float32(0.2) * click) * level


def bell(pitch: float, seconds: float, velocity: float) -> Signal:
    """Strike a glassy FM bell."""
    size = frames(seconds + 1.4)
    cycles = (2 * np.pi * midi_hz(pitch)) * seconds_axis(size).astype(np.float64)
    index = (0.6 + 1.6 * velocity) * fall(size, 0.9)
    strike = np.sin(cycles + index * np.sin(cycles * 3.5)).astype(np.float32)
    hum = np.sin(cycles * 2.0 + 0.5).astype(np.float32) * np.float32(0.3)
    return (strike + hum) * fall(size, 2.2) * swell(size, attack=0.002, release=0.6)


def kalimba(pitch: float, seconds: float, velocity: float) -> Signal:
    """Pluck a thumb piano: a pure tone, a high tongue, a knock of wood."""
    size = frames(max(seconds, 0.3) + 0.5)
    hz = midi_hz(pitch)
    wave = tone("sine", hz, size) * fall(size, 1.1)
    wave = wave + np.float32(0.28) * tone("sine", hz * 5.42, size) * fall(size, 0.2)
    knock = band_pass(noise(seeded("wood", pitch), size), 300.0, 1_500.0) * fall(size, 0.03)
    return (wave + np.float32(0.4 * velocity) * knock) * swell(size, attack=0.001, release=0.3)


def marimba(pitch: float, seconds: float, velocity: float) -> Signal:
    """Strike a wooden bar over its resonator."""
    size = frames(0.9)
    hz = midi_hz(pitch)
    wave = tone("sine", hz, size) * fall(size, 0.75)
    wave = wave + np.float32(0.35 * velocity) * tone("sine", hz * 3.93, size) * fall(size, 0.16)
    wave = wave + np.float32(0.12) * tone("sine", hz * 9.6, size) * fall(size, 0.05)
    return wave * swell(size, attack=0.001, release=0.3)


def synth_pluck(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a short saw whose filter snaps shut."""
    size = frames(max(seconds, 0.12) + 0.25)
    hz = midi_hz(pitch)
    wave = tone("saw", hz * 1.004, size) + tone("saw", hz * 0.996, size, phase=0.37)
    cutoff = 300.0 + hz + (1_200.0 + 4_200.0 * velocity) * fall(size, 0.28)
    return _levelled(swept(wave, cutoff, 1.6)) * fall(size, 0.75) * swell(size, attack=0.002, release=0.15)


def lead(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a singing square lead with late vibrato."""
    size = frames(seconds + 0.12)
    axis = seconds_axis(size)
    depth = np.clip((axis - 0.18) / 0.3, 0.0, 1.0) * 0.006
    hz = (midi_hz(pitch) * (1.0 + depth * np.sin(2 * np.pi * 5.4 * axis))).astype(np.float32)
    wave = np.float32(0.6) * tone("square", hz, size) + np.float32(0.5) * tone("saw", hz, size)
    return low_pass(wave, 2_600.0 + 2_000.0 * velocity) * keyed(
        size, attack=0.015, settle=0.4, sustain=0.7, release=0.1
    )


def whistle(pitch: float, seconds: float, velocity: float) -> Signal:
    """Play a breathy flute-like tone."""
    size = frames(seconds + 0.15)
    axis = seconds_axis(size)
    sway = 1.0 + 0.005 * np.sin(2 * np.pi * 4.8 * axis) * np.clip(axis / 0.4, 0, 1)
    hz = (midi_hz(pitch) * sway).astype(np.float32)
    wave = tone("sine", hz, size) + np.float32(0.14) * tone("sine", hz * 2, size)
    centre = midi_hz(pitch)
    breath = band_pass(noise(seeded("breath", pitch), size), centre * 0.9, centre * 1.4)
    return (wave + np.float32(0.35) * breath) * swell(size, attack=0.05, release=0.12)


def _levelled(samples: Signal) -> Signal:
    return (samples / np.float32(max(float(np.abs(samples).max()), 1e-6))).astype(np.float32)
