"""Effects on stereo signals: space, echo, width, dynamics, dirt, mastering.

All of them are circular: what rings past the end comes back at the start, so that a processed
loop still loops. Callers that want a tail leave silence at the end.
"""

from functools import lru_cache

import numpy as np
from scipy import signal

from tools.demo.filters import circular, high_pass, low_pass
from tools.demo.synth import RATE_HZ, Audio, Signal, frames, seconds_axis, seeded

_CEILING = np.float32(10.0 ** (-1.0 / 20.0))


def reverb(samples: Signal, *, seconds: float, amount: float, bright_hz: float = 6_000.0) -> Signal:
    """Add a diffuse room by convolution with shaped noise.

    Args:
        samples: stereo, shape (n, 2).
        seconds: time to fall by 60 dB at middle frequencies.
        amount: level of the room against the dry signal, 0-1.
        bright_hz: upper edge of the room's sound.

    Returns:
        Dry and wet together, shape (n, 2).
    """
    response = _room(round(seconds, 2), round(bright_hz))
    tail = high_pass(signal.oaconvolve(samples, response, axes=0), 120.0, order=1)
    return samples + np.float32(amount) * fold(tail, samples.shape[0])


def echo(samples: Signal, *, seconds: float, feedback: float, amount: float, dark_hz: float = 3_500.0) -> Signal:
    """Add repeats that swap sides and grow darker.

    Args:
        samples: stereo, shape (n, 2).
        seconds: time between repeats.
        feedback: level of each repeat against the one before, 0-0.9.
        amount: level of the first repeat.
        dark_hz: low-pass that every repeat runs through again.

    Returns:
        Dry and repeats together, shape (n, 2).
    """
    step = frames(seconds)
    repeat, out = samples, samples.copy()
    gain = amount
    for number in range(1, 9):
        if gain < 0.01:
            break
        repeat = circular(lambda part: low_pass(part, dark_hz, order=1), repeat)
        shifted = np.roll(repeat, step * number, axis=0)
        out += np.float32(gain) * (shifted[:, ::-1] if number % 2 else shifted)
        gain *= feedback
    return out


def chorus(samples: Signal, *, depth: float = 0.0025, rate_hz: float = 0.5) -> Signal:
    """Thicken a signal with two slowly moving copies, one a side.

    Args:
        samples: stereo, shape (n, 2).
        depth: swing of the delay in seconds.
        rate_hz: speed; rounded to whole turns in the signal, so that a loop stays seamless.

    Returns:
        Mix of dry and moving copies, shape (n, 2).
    """
    length = samples.shape[0]
    turns = max(1, round(rate_hz * length / RATE_HZ))
    angle = 2.0 * np.pi * turns * np.arange(length) / length
    out = samples * np.float32(0.75)
    for side, start in ((0, 0.0), (1, np.pi / 2)):
        delay = RATE_HZ * (0.009 + depth * np.sin(angle + start))
        position = (np.arange(length) - delay) % length
        before = position.astype(np.int64)
        share = (position - before).astype(np.float32)
        source = samples[:, side]
        moved = source[before % length] * (1 - share) + source[(before + 1) % length] * share
        out[:, side] += np.float32(0.55) * moved
    return out


def drive(samples: Signal, amount: float) -> Signal:
    """Saturate softly; 1 is warm, 6 is a fuzz. Quiet signals keep their level."""
    gain = np.float32(amount)
    return np.tanh(samples * gain) / np.tanh(gain)


def crush(samples: Signal, *, bits: int, hold: int) -> Signal:
    """Lower resolution and rate, as early samplers did.

    Args:
        samples: mono or stereo, range about [-1, 1].
        bits: resolution left.
        hold: each sample is held for this many.

    Returns:
        Rough copy of the same shape.
    """
    steps = np.float32(2 ** (bits - 1))
    held = np.repeat(samples[::hold], hold, axis=0)[: samples.shape[0]]
    return np.round(held * steps) / steps


def glue(samples: Signal, *, threshold_db: float = -18.0, ratio: float = 3.0) -> Signal:
    """Compress the sum of a group gently, about 15 ms attack and release.

    Args:
        samples: stereo, shape (n, 2), peak about 1.
        threshold_db: level above which gain falls.
        ratio: input to output above the threshold.

    Returns:
        Compressed signal, shape (n, 2).
    """
    power = np.square(samples).mean(axis=1)
    level = circular(lambda part: low_pass(part, 11.0, order=1), power)
    over_db = 10.0 * np.log10(np.maximum(level, 1e-9)) - threshold_db
    reduction_db = np.maximum(over_db, 0.0) * (1.0 - 1.0 / ratio)
    return samples * (10.0 ** (-reduction_db / 20.0)).astype(np.float32)[:, None]


def duck(length: int, beats: list[int], *, depth: float, seconds: float) -> Signal:
    """Return the gain curve of a signal pushed down by each kick.

    Args:
        length: samples in the loop.
        beats: positions of the kicks in samples.
        depth: 0 leaves the level, 1 silences it.
        seconds: time to come back.

    Returns:
        Gain, shape (length, 1).
    """
    curve = np.ones(length, dtype=np.float32)
    size = min(frames(seconds), length)
    ramp = np.linspace(0.0, 1.0, size, dtype=np.float32)
    dip = 1.0 - np.float32(depth) * (1.0 - ramp**2 * (3.0 - 2.0 * ramp))
    rise = min(frames(0.004), size)
    for beat in beats:
        index = np.arange(beat, beat + size) % length
        curve[index] = np.minimum(curve[index], dip)
        before = np.arange(beat - rise, beat) % length
        slope = np.linspace(1.0, 1.0 - depth, rise, dtype=np.float32)
        curve[before] = np.minimum(curve[before], slope)
    return curve[:, None]


def fold(samples: Signal, length: int) -> Signal:
    """Lay everything past ``length`` over the beginning, turn by turn."""
    turns = -(-samples.shape[0] // length)
    padded = np.zeros((turns * length, samples.shape[1]), dtype=np.float32)
    padded[: samples.shape[0]] = samples
    return padded.reshape(turns, length, samples.shape[1]).sum(axis=0)


def master(samples: Signal, *, push: float = 1.0) -> Audio:
    """Bring a finished signal to a peak of -1 dBFS without offset.

    Args:
        samples: stereo, any level.
        push: above 1 rounds the peaks first, which makes the result louder.

    Returns:
        Stereo signal with a peak of -1 dBFS; silence stays silence.
    """
    clean = circular(lambda part: high_pass(part, 22.0), samples.astype(np.float32))
    highest = np.float32(np.abs(clean).max())
    if highest <= 0.0:
        return clean.astype(np.float32)
    level = clean / highest
    if push > 1.0:
        level = drive(level, push)
        level = level - level.mean(axis=0, keepdims=True)
        level = level / np.abs(level).max()
    return (level * _CEILING).astype(np.float32)


@lru_cache(maxsize=32)
def _room(seconds: float, bright_hz: int) -> Signal:
    length = frames(seconds * 1.05)
    rng = seeded("room", seconds, bright_hz)
    white = rng.standard_normal((length, 2), dtype=np.float32)
    axis = seconds_axis(length)[:, None]
    body = low_pass(white, bright_hz, order=1) * np.exp(axis * np.float32(-6.9 / seconds))
    air = high_pass(white, bright_hz / 3, order=1) * np.exp(axis * np.float32(-6.9 / seconds * 2.2))
    response = body + np.float32(0.35) * air
    response[: frames(0.012)] *= np.linspace(0, 1, frames(0.012), dtype=np.float32)[:, None]
    for delay in rng.uniform(0.004, 0.035, 8):
        response[frames(float(delay)), int(rng.integers(2))] += np.float32(rng.uniform(2.0, 5.0))
    response /= np.sqrt(np.square(response).sum(axis=0, keepdims=True))
    response.setflags(write=False)
    return response
