"""Copies of a sound, changed as people change sounds: poorer coding, fewer frequencies, other pitch, other speed.

The whitening of the embedding learns from some how little a change must count, and the benchmark searches for the original
with others. Nothing of this runs for an upload.
"""

import io
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import soundfile as sf
from av.error import FFmpegError
from av.filter import Graph
from numpy.typing import NDArray
from scipy import signal

from askchopper.media.previews import encoding

_SLOPE_ORDER = 2
_HIGHEST_SHARE = 0.45  # of the sampling rate, for the upper edge of a band

Samples: TypeAlias = NDArray[np.float32]
Sound: TypeAlias = tuple[Samples, int]
Change: TypeAlias = Callable[[Samples, int], Sound]


def as_mp3(bits_per_second: int) -> Change:
    """Encode and decode again.

    Args:
        bits_per_second: a rate of MP3.

    Returns:
        The change: samples of shape (n, channels) and a rate in Hz to the same of the copy, which may have another rate.
    """

    def change(samples: Samples, rate_hz: int) -> Sound:
        coded = io.BytesIO(encoding.encode_preview(samples, rate_hz, bits_per_second=bits_per_second))
        decoded, rate_out_hz = sf.read(coded, dtype="float32", always_2d=True)
        return np.asarray(decoded, dtype=np.float32), int(rate_out_hz)

    return change


def in_band(low_hz: float, high_hz: float, gain_db: float) -> Change:
    """Keep a band of frequencies, with slopes of 12 dB an octave, and change the level."""

    def change(samples: Samples, rate_hz: int) -> Sound:
        edges = (low_hz, min(high_hz, _HIGHEST_SHARE * rate_hz))
        slopes = signal.butter(_SLOPE_ORDER, edges, "bandpass", fs=rate_hz, output="sos")
        kept = np.asarray(signal.sosfilt(slopes, samples, axis=0), dtype=np.float32)
        return kept * np.float32(10 ** (gain_db / 20)), rate_hz

    return change


def played_faster(by: float) -> Change:
    """Play as a sampler or a turntable does: pitch and speed rise together."""
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, *_replayed(rate_hz, by)), rate_hz)


def stretched(by: float) -> Change:
    """Play faster at the same pitch."""
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, ("atempo", f"{by:.6f}")), rate_hz)


def transposed(semitones: float) -> Change:
    """Raise the pitch at the same speed."""
    by = 2.0 ** (semitones / 12)
    slower = ("atempo", f"{1 / by:.6f}")
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, *_replayed(rate_hz, by), slower), rate_hz)


def _replayed(rate_hz: int, by: float) -> tuple[tuple[str, str], ...]:
    return ("asetrate", str(round(rate_hz * by))), ("aresample", str(rate_hz))


def _filtered(samples: Samples, rate_hz: int, *filters: tuple[str, str]) -> Samples:
    """Send a signal through filters of FFmpeg's libraries, each a name and its arguments."""
    frame = encoding.frame(encoding.two_channels_at_most(samples), rate_hz)
    frame.pts, frame.time_base = 0, Fraction(1, rate_hz)
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=rate_hz, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
    )
    steps = [graph.add(name, arguments) for name, arguments in (*filters, ("aformat", "sample_fmts=fltp"))]
    graph.link_nodes(source, *steps, graph.add("abuffersink"))
    graph.configure()
    graph.push(frame)
    graph.push(None)
    parts: list[Samples] = []
    while True:
        try:
            parts.append(np.asarray(graph.pull().to_ndarray(), dtype=np.float32))
        except FFmpegError:  # the end
            return np.ascontiguousarray(np.concatenate(parts, axis=1).T)
