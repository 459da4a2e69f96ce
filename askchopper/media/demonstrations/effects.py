"""Audio effects for the demonstrations. Reverb tails and delays wrap around to the start of the loop."""

import numpy as np
from scipy.signal import lfilter, resample_poly

from askchopper.media.demonstrations.filters import band, filtered, peak
from askchopper.media.demonstrations.loop import BEAT_SAMPLES, BEATS, LOOP_SAMPLES, RATE_HZ, Signal

_ROOMS = {"room": (0.35, 1, 6_000, 0.008), "plate": (1.4, 2, 12_000, 0.0), "hall": (2.4, 3, 5_000, 0.03)}


def duck(sound: Signal, *, depth: float = 0.85, release_seconds: float = 0.22) -> Signal:
    """Reduce the level on every beat and let it recover, as sidechain compression does."""
    t = np.arange(BEAT_SAMPLES) / RATE_HZ
    shape = 1 - depth * np.exp(-((t / release_seconds) ** 2))
    return sound * np.tile(shape, BEATS)


def compress(
    sound: Signal,
    *,
    threshold_db: float = -26.0,
    ratio: float = 8.0,
    attack_seconds: float = 0.004,
    release_seconds: float = 0.09,
) -> Signal:
    """Compress a loop. The level detector runs over the loop twice, so that the end leads into the start."""
    level = np.tile(np.abs(sound), 2)
    rise, fall = (1 - np.exp(-1 / (RATE_HZ * seconds)) for seconds in (attack_seconds, release_seconds))
    quick = lfilter([rise], [1, rise - 1], level)
    slow = lfilter([fall], [1, fall - 1], level)
    envelope = np.maximum(quick, slow)[len(sound) :]
    over_db = np.maximum(20 * np.log10(envelope + 1e-6) - threshold_db, 0)
    return sound * 10 ** (-over_db * (1 - 1 / ratio) / 20)


def reduce_bits(sound: Signal, bits: int) -> Signal:
    """Round to a number of bits, without dither."""
    steps = 2 ** (bits - 1)
    top = np.max(np.abs(sound))
    return np.round(sound / top * steps) / steps * top


def reduce_rate(sound: Signal, rate_hz: int, *, is_filtered: bool) -> Signal:
    """Reduce the sampling rate: resampled with an anti-aliasing filter if ``is_filtered``, else by sample and hold, which aliases."""
    factor = round(RATE_HZ / rate_hz)
    if is_filtered:
        return resample_poly(resample_poly(sound, 1, factor), factor, 1)[: len(sound)]
    held = np.repeat(sound[::factor], factor)
    return held[: len(sound)]


def equalise(sound: Signal, hertz: float, gain_db: float, *, quality: float = 0.9) -> Signal:
    """Boost or cut a frequency range with a bell filter."""
    return _looped(peak(hertz, gain_db, quality, RATE_HZ), sound)


def limit_band(sound: Signal, low_hz: float | None, high_hz: float | None) -> Signal:
    """Keep the frequencies between ``low_hz`` and ``high_hz``, filtering the loop without a seam."""
    return _looped(band(low_hz, high_hz, RATE_HZ), sound)


def reverberate(sound: Signal, kind: str, *, wet: float = 0.5) -> Signal:
    """Add room, plate or hall reverb: decaying noise; the three differ in length, density and brightness."""
    seconds, seed, bright_hz, pre_delay = _ROOMS[kind]
    noise = np.random.default_rng(seed).normal(0, 1, round(seconds * 1.2 * RATE_HZ))
    t = np.arange(len(noise)) / RATE_HZ
    tail = filtered(band(200, bright_hz, RATE_HZ, order=1), noise) * np.exp(-6.9 * t / seconds)
    start = round(pre_delay * RATE_HZ)
    impulse = np.concatenate([np.zeros(start), tail])
    return sound + wet * _wrapped(sound, impulse / np.sqrt(np.sum(impulse**2)))


def spring(sound: Signal, *, wet: float = 0.6) -> Signal:
    """Add spring reverb: echoes whose low frequencies arrive before the high ones."""
    tail = np.zeros(round(1.6 * RATE_HZ))
    t = np.arange(round(0.12 * RATE_HZ)) / RATE_HZ
    chirp = np.sin(2 * np.pi * (150 * t + 0.5 * (3_800 / 0.12) * t**2)) * np.hanning(len(t))
    for echo in range(20):
        start = round((0.03 + echo * 0.055) * RATE_HZ)
        tail[start : start + len(chirp)] += chirp * 0.78**echo * (-1) ** echo
    return sound + wet * _wrapped(sound, tail / np.sqrt(np.sum(tail**2)))


def echo(sound: Signal, *, beats: float = 0.75, feedback: float = 0.45, wet: float = 0.55) -> Signal:
    """Add a delay of eight repeats."""
    gap = round(beats * BEAT_SAMPLES)
    impulse = np.zeros(gap * 8 + 1)
    for repeat in range(1, 9):
        impulse[gap * repeat] = feedback ** (repeat - 1)
    return sound + wet * _wrapped(sound, impulse)


def saturate(sound: Signal, *, drive: float = 6.0) -> Signal:
    """Apply soft clipping with a hyperbolic tangent."""
    return np.tanh(drive * sound / np.max(np.abs(sound)))


def modulate_delay(sound: Signal, *, base_ms: float, depth_ms: float, feedback: float = 0.0) -> Signal:
    """Mix a sound with a copy whose delay time an LFO modulates once per bar: chorus or flanger."""
    n = np.arange(LOOP_SAMPLES)
    delay = (base_ms + depth_ms * np.sin(2 * np.pi * n / (LOOP_SAMPLES / 2))) * RATE_HZ / 1000
    copy = np.interp(n - delay, np.arange(-LOOP_SAMPLES, LOOP_SAMPLES), np.tile(sound, 2))
    if feedback:
        copy += feedback * np.interp(n - 2 * delay, np.arange(-LOOP_SAMPLES, LOOP_SAMPLES), np.tile(sound, 2))
    return 0.6 * (sound + copy)


def gate(sound: Signal, *, threshold_db: float = -22.0) -> Signal:
    """Apply a noise gate: mute the sound while its level is below the threshold, relative to its highest level."""
    fall = 1 - np.exp(-1 / (RATE_HZ * 0.012))
    envelope = lfilter([fall], [1, fall - 1], np.tile(np.abs(sound), 2))[len(sound) :]
    is_open = 20 * np.log10(envelope / np.max(envelope) + 1e-6) > threshold_db
    smooth = 1 - np.exp(-1 / (RATE_HZ * 0.004))
    return sound * lfilter([smooth], [1, smooth - 1], is_open.astype(float))


def _looped(sections: Signal, sound: Signal) -> Signal:
    return filtered(sections, np.tile(sound, 2))[len(sound) :]


def _wrapped(sound: Signal, impulse: Signal) -> Signal:
    """Convolve a loop circularly with an impulse response."""
    size = len(sound)
    folded = np.zeros(size)
    np.add.at(folded, np.arange(len(impulse)) % size, impulse)
    return np.fft.irfft(np.fft.rfft(sound) * np.fft.rfft(folded), size)
