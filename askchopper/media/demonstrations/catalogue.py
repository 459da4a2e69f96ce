"""Catalogue of the demonstrations: a before and an after sound per name, at equal loudness."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis.loudness import integrated_loudness_lufs
from askchopper.media.demonstrations import AFTER, BEFORE, effects, loop
from askchopper.media.demonstrations.loop import RATE_HZ, Signal
from askchopper.media.previews.encoding import encode_preview

LOUDNESS_LUFS = -18.0
MAX_PEAK = 0.89  # -1 dBFS


class _Pair(NamedTuple):
    before: Callable[[], Signal]
    after: Callable[[], Signal]


def _pumped() -> Signal:
    return loop.four_kicks() + effects.duck(0.7 * loop.bass(is_sustained=True) + 0.6 * loop.chords())


_PAIRS: dict[str, _Pair] = {
    "sidechain": _Pair(lambda: loop.four_kicks() + 0.7 * loop.bass(is_sustained=True) + 0.6 * loop.chords(), _pumped),
    "swing": _Pair(loop.drums, lambda: loop.drums(swing=0.64)),
    "half-time": _Pair(loop.drums, lambda: loop.drums(is_half_time=True)),
    "bit-depth": _Pair(loop.chords, lambda: effects.reduce_bits(loop.chords(), 5)),
    "sample-rate": _Pair(loop.full, lambda: effects.reduce_rate(loop.full(), 5_500, is_filtered=True)),
    "bitcrusher": _Pair(loop.drums, lambda: effects.reduce_bits(effects.reduce_rate(loop.drums(), 8_000, is_filtered=False), 6)),
    "eq-low": _Pair(loop.full, lambda: effects.equalise(loop.full(), 80, 9)),
    "eq-mud": _Pair(loop.full, lambda: effects.equalise(loop.full(), 300, 9)),
    "eq-presence": _Pair(loop.full, lambda: effects.equalise(loop.full(), 3_000, 9)),
    "eq-air": _Pair(loop.full, lambda: effects.equalise(loop.full(), 10_000, 9)),
    "high-pass": _Pair(loop.full, lambda: effects.limit_band(loop.full(), 350, None)),
    "low-pass": _Pair(loop.full, lambda: effects.limit_band(loop.full(), None, 500)),
    "band-pass": _Pair(loop.full, lambda: effects.limit_band(loop.full(), 400, 3_000)),
    "compression": _Pair(loop.drums, lambda: effects.compress(loop.drums())),
    "gate": _Pair(lambda: effects.reverberate(loop.drums(), "hall"), lambda: effects.gate(effects.reverberate(loop.drums(), "hall"))),
    "room": _Pair(loop.pluck_line, lambda: effects.reverberate(loop.pluck_line(), "room")),
    "plate": _Pair(loop.pluck_line, lambda: effects.reverberate(loop.pluck_line(), "plate")),
    "hall": _Pair(loop.pluck_line, lambda: effects.reverberate(loop.pluck_line(), "hall")),
    "spring": _Pair(loop.pluck_line, lambda: effects.spring(loop.pluck_line())),
    "delay": _Pair(loop.pluck_line, lambda: effects.echo(loop.pluck_line())),
    "slapback": _Pair(loop.pluck_line, lambda: effects.echo(loop.pluck_line(), beats=0.22, feedback=0.0)),
    "saturation": _Pair(loop.bass, lambda: effects.saturate(loop.bass())),
    "detune": _Pair(loop.chords, lambda: loop.chords(detune_cents=14, voices=2)),
    "supersaw": _Pair(loop.chords, lambda: loop.chords(detune_cents=24, voices=7)),
    "chorus": _Pair(loop.chords, lambda: effects.modulate_delay(loop.chords(), base_ms=18, depth_ms=3)),
    "flanger": _Pair(loop.drums, lambda: effects.modulate_delay(loop.drums(), base_ms=3, depth_ms=2.2, feedback=0.6)),
}  # fmt: skip
NAMES: tuple[str, ...] = tuple(_PAIRS)


def signal(name: str, side: str) -> NDArray[np.float32]:
    """Synthesize one sound of a pair, at the loudness that all demonstrations share.

    Returns:
        float32, shape (n, 1), full scale at 1.0.

    Raises:
        KeyError: there is no such demonstration or side.
    """
    pair = _PAIRS[name]
    gains = [_gain(make()) for make in pair]
    # Peaks that would clip lower both sides alike.
    shared = min(1.0, *(MAX_PEAK / peak for _, peak in gains))
    made = {BEFORE: pair.before, AFTER: pair.after}[side]()
    gain, _ = gains[0 if side == BEFORE else 1]
    return (made * gain * shared).astype(np.float32)[:, np.newaxis]


def encoded(name: str, side: str) -> bytes:
    """Synthesize one sound of a pair and encode it as MP3. Takes about a third of a second."""
    return encode_preview(signal(name, side), RATE_HZ)


def _gain(sound: Signal) -> tuple[float, float]:
    """Return the linear gain to the common loudness, and the peak level after that gain."""
    lufs = integrated_loudness_lufs(sound.astype(np.float32)[:, np.newaxis], RATE_HZ)
    assert lufs is not None, "a demonstration is not silent"  # noqa: S101
    gain = 10 ** ((LOUDNESS_LUFS - lufs) / 20)
    return gain, float(np.max(np.abs(sound))) * gain
