"""Data augmentation: re-encoded, band-limited, transposed and time-stretched copies of a sound.

Some fit the whitening of the embedding; the benchmark uses others as queries for the original. Not used for uploads.
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
    """Return an augmentation that encodes to MP3 and decodes again.

    Args:
        bits_per_second: MP3 bit rate.

    Returns:
        A function from samples of shape (n, channels) and their rate in Hz to those of the copy; the rate may differ.
    """

    def change(samples: Samples, rate_hz: int) -> Sound:
        coded = io.BytesIO(encoding.encode_preview(samples, rate_hz, bits_per_second=bits_per_second))
        decoded, rate_out_hz = sf.read(coded, dtype="float32", always_2d=True)
        return np.asarray(decoded, dtype=np.float32), int(rate_out_hz)

    return change


def in_band(low_hz: float, high_hz: float, gain_db: float) -> Change:
    """Return an augmentation that applies a band-pass with slopes of 12 dB per octave and changes the level."""

    def change(samples: Samples, rate_hz: int) -> Sound:
        edges = (low_hz, min(high_hz, _HIGHEST_SHARE * rate_hz))
        slopes = signal.butter(_SLOPE_ORDER, edges, "bandpass", fs=rate_hz, output="sos")
        kept = np.asarray(signal.sosfilt(slopes, samples, axis=0), dtype=np.float32)
        return kept * np.float32(10 ** (gain_db / 20)), rate_hz

    return change


def played_faster(by: float) -> Change:
    """Return an augmentation that raises speed and pitch together, by resampling."""
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, *_replayed(rate_hz, by)), rate_hz)


def stretched(by: float) -> Change:
    """Return an augmentation that raises the speed at constant pitch."""
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, ("atempo", f"{by:.6f}")), rate_hz)


def transposed(semitones: float) -> Change:
    """Return an augmentation that raises the pitch at constant speed."""
    by = 2.0 ** (semitones / 12)
    slower = ("atempo", f"{1 / by:.6f}")
    return lambda samples, rate_hz: (_filtered(samples, rate_hz, *_replayed(rate_hz, by), slower), rate_hz)


def _replayed(rate_hz: int, by: float) -> tuple[tuple[str, str], ...]:
    return ("asetrate", str(round(rate_hz * by))), ("aresample", str(rate_hz))


def _filtered(samples: Samples, rate_hz: int, *filters: tuple[str, str]) -> Samples:
    """Apply FFmpeg filters, each a name and its arguments, to a signal."""
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
