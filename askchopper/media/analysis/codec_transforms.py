"""The MDCTs of AAC and MP3 encoders, applicable at any sample offset of a signal.

Transforming decoder output at the offset where an encoder frame began reproduces the decoded coefficients: those that the encoder
quantised to zero are zero, except for the rounding of the samples. At an offset of even one sample, none are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Floats = NDArray[np.float32]
Transform = Callable[[Floats, int], Floats]

# Frames to search, frames to confirm, and the step between the positions that are compared then.
_MP3_LONG, _AAC_LONG, _SHORT_BLOCKS = (4, 16, 32), (3, 16, 32), (8, 32, 8)


@dataclass(frozen=True)
class Codec:
    """A transform.

    Args:
        name: codec and, for AAC, window.
        hop: samples from one frame to the next.
        span: samples that a frame spans.
        frames: number of frames to search for where one begins, number to confirm it, and the distance in samples of the positions that
            are compared then: bands of MP3 are 32 samples apart, short blocks of AAC 128.
        coefficients: transforms signals of shape (..., n) at every ``step``-th sample; ``step`` divides 32. Returns float32, shape
            (..., positions, hop), in the scale of an orthonormal transform.
    """

    name: str
    hop: int
    span: int
    frames: tuple[int, int, int]
    coefficients: Transform


# --- AAC: one MDCT ---------------------------------------------------------------------------------------------------

_AAC_HOP, _AAC_SHORT_HOP = 1_024, 128


def _mdct(samples: Floats, step: int, window: Floats) -> Floats:
    """Return the MDCT at every ``step``-th sample, computed as a folded DCT-IV. Source: ISO/IEC 14496-3, 4.6.11."""
    hop = window.size // 2
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop, axis=-1)[..., ::step, :]
    half = hop // 2
    a, b, c, d = (slice(part * half, (part + 1) * half) for part in range(4))
    folded = np.empty((*frames.shape[:-1], hop), dtype=np.float32)
    np.multiply(frames[..., c][..., ::-1], -window[c][::-1], out=folded[..., :half])
    folded[..., :half] -= frames[..., d] * window[d]
    np.multiply(frames[..., a], window[a], out=folded[..., half:])
    folded[..., half:] -= frames[..., b][..., ::-1] * window[b][::-1]
    return np.asarray(fft.dct(folded, type=4, axis=-1, norm="ortho", overwrite_x=True), dtype=np.float32)


def _aac(name: str, window: str | tuple[str, float], hop: int, frames: tuple[int, int, int]) -> Codec:
    shape = np.asarray(signal.get_window(window, 2 * hop, fftbins=False), dtype=np.float32)
    return Codec(name, hop, 2 * hop, frames, lambda samples, step: _mdct(samples, step, shape))


# --- MP3: 32 polyphase bands, then an MDCT of 36 in each, then alias reduction ----------------------------------------

_BANDS, _TAPS = 32, 512
_LONG, _SHORT = 18, 6
# Half of the symmetric prototype filter in units of 2^-16. Source: ISO/IEC 11172-3, tables 3-B.3 and 3-C.1; measured from a decoder's
# impulse responses.
_PROTOTYPE = """
    0 -1 -1 -1 -1 -1 -1 -2 -2 -2 -2 -3 -3 -4 -4 -5 -5 -6 -7 -7
    -8 -9 -10 -11 -13 -14 -16 -17 -19 -21 -24 -26 -29 -31 -35 -38 -41 -45 -49 -53
    -58 -63 -68 -73 -79 -85 -91 -97 -104 -111 -117 -125 -132 -139 -147 -154 -161 -169 -176 -183
    -190 -196 -202 -208 -213 -218 -222 -225 -227 -228 -228 -227 -224 -221 -215 -208 -200 -189 -177 -163
    -146 -127 -106 -83 -57 -29 2 36 72 111 153 197 244 294 347 401 459 519 581 645
    711 779 848 919 991 1064 1137 1210 1283 1356 1428 1498 1567 1634 1698 1759 1817 1870 1919 1962
    2001 2032 2057 2075 2085 2087 2080 2063 2037 2000 1952 1893 1822 1739 1644 1535 1414 1280 1131 970
    794 605 402 185 -45 -288 -545 -814 -1095 -1388 -1692 -2006 -2330 -2663 -3004 -3351 -3705 -4063 -4425 -4788
    -5153 -5517 -5879 -6237 -6589 -6935 -7271 -7597 -7910 -8209 -8491 -8755 -8998 -9219 -9416 -9585 -9727 -9838 -9916 -9959
    -9966 -9935 -9863 -9750 -9592 -9389 -9139 -8840 -8492 -8092 -7640 -7134 -6574 -5959 -5288 -4561 -3776 -2935 -2037 -1082
    -70 998 2122 3300 4533 5818 7154 8540 9975 11455 12980 14548 16155 17799 19478 21189 22929 24694 26482 28289
    30112 31947 33791 35640 37489 39336 41176 43006 44821 46617 48390 50137 51853 53534 55178 56778 58333 59838 61289 62684
    64019 65290 66494 67629 68692 69679 70590 71420 72169 72835 73415 73908 74313 74630 74856 74992 75038
"""
_CARRIED = np.array((-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037))


@cache
def _prototype() -> Floats:
    """Return the prototype filter of the polyphase filter bank, newest sample last, scaled to unit gain per band."""
    half = np.array(_PROTOTYPE.split(), dtype=np.float64)
    taps = np.concatenate([half, half[-2:0:-1]]) * np.repeat((-1.0) ** np.arange(8), 64)
    scale = np.sqrt((np.square(taps) * np.square(np.cos(np.pi / 64 * (np.arange(_TAPS) - 16)))).sum())
    return (taps[::-1] / scale).astype(np.float32)


@cache
def _band_cosines() -> Floats:
    phase = np.arange(63, -1, -1)[:, None] - 16
    return np.cos(np.pi / 64 * (2 * np.arange(_BANDS) + 1) * phase).astype(np.float32)


@cache
def _band_mdct(lines: int) -> Floats:
    """Return the MDCT of the even bands and of the odd ones, whose spectrum is reversed; shape (2, 2 * lines, lines)."""
    step, line = np.arange(2 * lines)[:, None], np.arange(lines)
    window = np.sin(np.pi / (2 * lines) * (step + 0.5))
    even = window * np.cos(np.pi / (4 * lines) * (2 * step + 1 + lines) * (2 * line + 1)) * np.sqrt(2 / lines)
    return np.stack([even, even * (-1.0) ** step]).astype(np.float32)


def _polyphase(samples: Floats, step: int) -> Floats:
    """Return the 32 bands at every ``step``-th sample, shape (..., positions, 32)."""
    taps, windows = _prototype(), np.lib.stride_tricks.sliding_window_view(samples, _TAPS, axis=-1)[..., ::step, :]
    folded = windows[..., :64] * taps[:64]
    for part in range(64, _TAPS, 64):
        folded += windows[..., part : part + 64] * taps[part : part + 64]
    return np.asarray(folded @ _band_cosines(), dtype=np.float32)


def _hybrid(samples: Floats, step: int, lines: int) -> Floats:
    """Return the MDCT lines of MP3's hybrid filter bank: 18 or 6 per band, for long or short blocks. Source: ISO/IEC 11172-3, C.1.3, 2.4.3.4.10."""
    bands = np.ascontiguousarray(np.moveaxis(_polyphase(samples, step), -1, -2))
    apart = _BANDS // step
    windows = np.lib.stride_tricks.sliding_window_view(bands, apart * (2 * lines - 1) + 1, axis=-1)[..., ::apart]
    found = np.empty((*windows.shape[:-1], lines), dtype=np.float32)
    for odd, matrix in enumerate(_band_mdct(lines)):
        found[..., odd::2, :, :] = np.ascontiguousarray(windows[..., odd::2, :, :]) @ matrix
    found = np.moveaxis(found, -3, -2)
    if lines == _LONG:
        found = _without_aliases(found)
    return found.reshape(*found.shape[:-2], _BANDS * lines)


def _mp3(name: str, lines: int, frames: tuple[int, int, int]) -> Codec:
    span = _BANDS * (2 * lines - 1) + _TAPS
    return Codec(name, _BANDS * lines, span, frames, lambda samples, step: _hybrid(samples, step, lines))


def _without_aliases(lines: Floats) -> Floats:
    """Apply the butterflies between neighbouring bands; lines of shape (..., bands, 18)."""
    straight = (1 / np.sqrt(1 + np.square(_CARRIED))).astype(np.float32)
    crossed = (_CARRIED / np.sqrt(1 + np.square(_CARRIED))).astype(np.float32)
    reduced = lines.copy()
    upper, lower = lines[..., :-1, :9:-1], lines[..., 1:, :8]
    reduced[..., :-1, :9:-1] = upper * straight + lower * crossed
    reduced[..., 1:, :8] = lower * straight - upper * crossed
    return reduced


@cache
def codecs() -> tuple[Codec, ...]:
    """Return the transforms of MP3 and of both window shapes of AAC, each with long and short blocks; encoders use short blocks for transients."""
    return (
        _mp3("mp3", _LONG, _MP3_LONG),
        _mp3("mp3, short", _SHORT, _SHORT_BLOCKS),
        _aac("aac", ("kaiser_bessel_derived", 4 * np.pi), _AAC_HOP, _AAC_LONG),
        _aac("aac, sine", "cosine", _AAC_HOP, _AAC_LONG),
        _aac("aac, short", ("kaiser_bessel_derived", 6 * np.pi), _AAC_SHORT_HOP, _SHORT_BLOCKS),
        _aac("aac, sine, short", "cosine", _AAC_SHORT_HOP, _SHORT_BLOCKS),
    )
