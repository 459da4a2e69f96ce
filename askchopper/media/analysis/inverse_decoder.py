"""Finds the frames of an MP3 or AAC encoder in decoded samples.

An encoder rounds many coefficients of a frame to zero. Its own transform shows them again, but only at the sample where the frame began
(``codec_transforms``). So one position in a frame has far more zeros than its neighbours, and has them in frame after frame; clean sounds
have as many at any position. A few frames choose the position, others confirm it.

Source: J. Herre and M. Schug, "Analysis of decompressed audio: the inverse decoder", AES Convention 109, 2000.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from askchopper.media.analysis.codec_transforms import Codec, codecs

Floats = NDArray[np.float32]

# Dither to 16 bits leaves a standard deviation of half a bit in a coefficient; this is two of them.
_ZERO = 3e-5
# A coefficient counts where its usual size is this many times ``_ZERO``: elsewhere, quiet is no evidence.
_HEARD = 6.0
# Part of the spectrum that is compared.
_LOWEST_SHARE, _HIGHEST_SHARE = 0.03, 0.8
_CONFIRMING, _LEAST_CONFIRMING = 16, 3
# Confirming frames are transformed at every 32nd sample only: the bands of MP3 are 32 samples apart, short blocks of AAC 128.
_STEP = 32
# Positions that are transformed at once, so that the coefficients stay in the cache.
_POSITIONS = 128
_NEAR = 33
_LEAST_EXCESS, _MOST_EXCESS = -3.0, 12.0
_SAME = 0.99
_BLOCK = 128
_HALF = np.float32(0.5)
# The most of 1,932 clean sounds was 5.2.
DECIDED = 6.5


def evidence(samples: Floats) -> float:
    """Return how far the zeros at the best position of a frame exceed those at others, in standard deviations.

    Args:
        samples: float32, shape (n, channels).

    Returns:
        The evidence of the codec that has most, or of the first that decides; above ``DECIDED`` the samples were decoded from it. 0 for
        sounds of less than some frames.
    """
    most = 0.0
    for codec in codecs():
        most = max(most, _codec_evidence(samples, codec))
        if most > DECIDED:
            break
    return most


def _codec_evidence(samples: Floats, codec: Codec) -> float:
    length = codec.span + codec.hop - 1
    starts = _steady_frames(samples, codec, codec.searched + _CONFIRMING)
    frames = _distinct([samples[start : start + length + codec.hop] for start in starts])
    searched, confirming = frames[: codec.searched], frames[codec.searched :]
    if len(confirming) < _LEAST_CONFIRMING:
        return 0.0
    position = int(np.sum([_excess(frame[:length], codec, 1) for frame in searched], axis=0).max(axis=0).argmax())
    found = [_excess(frame[position : position + length - _STEP + 1], codec, _STEP) for frame in confirming]
    total = np.sum(found, axis=0) / np.sqrt(len(found))
    # The search may have found a short block: the frame itself begins some steps from there.
    usual, high = np.percentile(total, (50.0, 84.0), axis=1)
    return float(((total.max(axis=1) - usual) / np.maximum(high - usual, 1.0)).max())


def _distinct(frames: list[Floats]) -> list[Floats]:
    """Leave out copies, as in a held wave: a frame that repeats another confirms nothing."""
    kept: list[Floats] = []
    for frame in frames:
        if not any(_repeats(frame, other) for other in kept):
            kept.append(frame)
    return kept


def _repeats(frame: Floats, other: Floats) -> bool:
    same = abs(float(np.vdot(frame, other)))
    return same > _SAME * float(np.sqrt(np.vdot(frame, frame) * np.vdot(other, other)))


def _excess(samples: Floats, codec: Codec, step: int) -> NDArray[np.float64]:
    """Return by how many standard deviations the zeros at each position exceed those of others, shape (signals, positions)."""
    channels = np.ascontiguousarray(samples.T)
    coarse = _signals(channels, codec, _STEP)
    limits = [
        np.where(np.sqrt(np.square(one).mean(axis=0)) > _HEARD * _ZERO, _ZERO, 0.0).astype(np.float32) for one in coarse
    ]
    if step == _STEP:
        counts = _zeros(coarse, limits)
    else:
        parts = range(0, codec.hop, _POSITIONS)
        pieces = (channels[:, part : min(part + _POSITIONS, codec.hop) + codec.span - 1] for part in parts)
        counts = np.concatenate([_zeros(_signals(piece, codec, step), limits) for piece in pieces], axis=1)
    # Quiet moments raise many neighbouring positions, the beginning of a frame a single one.
    near = ndimage.uniform_filter1d(counts, _NEAR, axis=1) if step == 1 else counts.mean(axis=1, keepdims=True)
    # Where tones cross zero, counts vary by more than chance.
    usual, high = np.percentile(counts - near, (50.0, 84.0), axis=1)[..., None]
    return np.clip((counts - near) / np.maximum(np.sqrt(near + 1.0), high - usual), _LEAST_EXCESS, _MOST_EXCESS)


def _signals(channels: Floats, codec: Codec, step: int) -> list[Floats]:
    """Return the coefficients of the channels and of middle and side, which encoders code instead where that is shorter."""
    found = codec.coefficients(channels, step)[..., int(_LOWEST_SHARE * codec.hop) : int(_HIGHEST_SHARE * codec.hop)]
    return [*found] if len(found) != 2 else [*found, (found[0] + found[1]) * _HALF, (found[0] - found[1]) * _HALF]


def _zeros(signals: list[Floats], limits: list[Floats]) -> NDArray[np.float64]:
    counts = [
        (np.abs(sizes) < limit).view(np.uint8).sum(axis=1, dtype=np.uint16)
        for sizes, limit in zip(signals, limits, strict=True)
    ]
    return np.array(counts, dtype=np.float64)


def _steady_frames(samples: Floats, codec: Codec, count: int) -> NDArray[np.intp]:
    """Return where frames begin whose quietest moment is loud, the best first: encoders split frames with an attack."""
    blocks = samples.shape[0] // _BLOCK
    rises = np.diff(samples[: blocks * _BLOCK], axis=0, prepend=samples[:1])
    loudness = np.square(rises).sum(axis=1).reshape(blocks, _BLOCK).sum(axis=1)
    reach = -(-(codec.span + 2 * codec.hop) // _BLOCK)
    starts = np.arange(0, (blocks - reach) * _BLOCK, codec.hop)
    if starts.size == 0:
        return starts
    quietest = np.lib.stride_tricks.sliding_window_view(loudness, reach).min(axis=1)[starts // _BLOCK]
    return starts[np.argsort(-quietest, kind="stable")[:count]]
