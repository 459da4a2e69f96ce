"""Candidates for the note of a one-shot, each with the evidence for and against it.

Frames of 0.19 s at about 11 kHz: harmonic sums on a logarithmic axis and the normalised autocorrelation propose pitches;
features say how periodic the sound is at each, how much of its spectrum the harmonics explain, and how steady the pitch is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from askchopper.media.analysis.decimation import decimate

LOWEST_HZ, HIGHEST_HZ = 27.0, 2_200.0
FEATURES = 38
_TOP_HZ = 5_000.0
_RATE_HZ = 11_000.0
_SIZE, _HOP, _PADDED, _FINER = 2_048, 512, 8_192, 4
_LONGEST_SECONDS = 2.5
_START_SHARE, _LOUD_SHARE = 0.02, 1e-4
_STEP_CENTS, _NEAR_CENTS, _SAME_CENTS = 20.0, 35.0, 60.0
_HARMONICS, _FADING = 10, 0.84
_FOLLOWED, _PITCH_HARMONICS, _TUNED_CENTS = 8, 6, 9.0
_LOBE_BINS = 6.0  # bins of the padded spectrum that hold the power of a peak
_A4_HZ, _A4 = 440.0, 69
_TINY = 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NoteCandidates:
    """Possible notes of a sound.

    Args:
        midi: shape (n,), MIDI numbers with cents as decimals; empty for sounds that are too short or silent.
        features: shape (n, FEATURES), the evidence for each.
    """

    midi: Floats
    features: Floats


@dataclass(frozen=True)
class _Frames:
    """Spectra of the loud frames: ``grid`` on a logarithmic frequency axis, ``periodicity`` by lag in fractions of a sample."""

    power: Floats
    bin_hz: float
    grid: Floats
    sums: Floats
    periodicity: Floats
    lag_hz: float
    weights: Floats
    late: Floats
    seconds: float


def measure(mono: NDArray[np.float32], rate_hz: float) -> NoteCandidates:
    """Find the candidates.

    Args:
        mono: float32, shape (n,).
        rate_hz: sampling rate.

    Returns:
        The candidates.

    Source: P. McLeod and G. Wyvill, "A smarter way to find pitch", ICMC 2005 (normalised autocorrelation); D. Hermes,
    "Measurement of pitch by subharmonic summation", JASA 83, 1988.
    """
    frames = _frames(mono, rate_hz)
    if frames is None:
        return NoteCandidates(np.zeros(0), np.zeros((0, FEATURES)))
    hertz = _proposed(frames)
    refined = np.array([_refined(frames, each) for each in hertz])
    rows = np.stack([_evidence(frames, each) for each in refined])
    rows = np.concatenate([rows, _compared(rows), np.tile(_of_sound(frames, rows), (rows.shape[0], 1))], axis=1)
    return NoteCandidates(_A4 + 12 * np.log2(refined / _A4_HZ), rows)


def _frames(mono: NDArray[np.float32], rate_hz: float) -> _Frames | None:
    by = max(1, round(rate_hz / _RATE_HZ))
    peak = float(np.abs(mono).max(initial=0.0))
    if peak <= 0:
        return None
    start = int(np.argmax(np.abs(mono) > _START_SHARE * peak))
    low, rate_hz = decimate(mono[start : start + int(_LONGEST_SECONDS * rate_hz)], by).astype(np.float64), rate_hz / by
    if low.size < _SIZE // 8:
        return None
    padded = np.pad(low, (0, max(0, _SIZE - low.size)))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP]
    energy = np.square(cut).sum(axis=1)
    is_loud = energy > _LOUD_SHARE * energy.max()
    cut, energy = cut[is_loud], energy[is_loud]
    power = np.square(np.abs(np.asarray(fft.rfft(cut * np.hanning(_SIZE), _PADDED, axis=1))))
    bin_hz = rate_hz / _PADDED
    power = power[:, : int(min(_TOP_HZ, 0.48 * rate_hz) / bin_hz)]
    weights = np.sqrt(energy / energy.max())
    late = weights * (np.arange(weights.size) >= weights.size // 3)
    grid = _on_grid(power, bin_hz)
    lag_hz = _FINER * rate_hz
    return _Frames(
        power, bin_hz, grid, _sums(grid), _periodicity(cut, int(lag_hz / LOWEST_HZ) + 2), lag_hz,
        weights / weights.sum(), late / late.sum(), float(np.count_nonzero(is_loud) * _HOP / rate_hz),
    )  # fmt: skip


def _on_grid(power: Floats, bin_hz: float) -> Floats:
    """Return compressed magnitudes every 20 cents, each frame relative to its strongest."""
    steps = int(1_200 * np.log2(_TOP_HZ / LOWEST_HZ) / _STEP_CENTS)
    at = np.round(LOWEST_HZ * 2 ** (np.arange(steps) * _STEP_CENTS / 1_200) / bin_hz).astype(int)
    widened = ndimage.maximum_filter1d(power, 3, axis=1)
    inside = np.minimum(at, power.shape[1] - 1)
    values = np.where(at < power.shape[1], widened[:, inside], 0.0)
    return np.sqrt(np.sqrt(values / (values.max(axis=1, keepdims=True) + _TINY)))


def _sums(grid: Floats) -> Floats:
    """Return the harmonic sum of every pitch from the lowest to the highest, shape (frames, pitches)."""
    count = int(1_200 * np.log2(HIGHEST_HZ / LOWEST_HZ) / _STEP_CENTS)
    sums = np.zeros((grid.shape[0], count))
    for number in range(1, _HARMONICS + 1):
        shift = round(1_200 * np.log2(number) / _STEP_CENTS)
        part = grid[:, shift : shift + count]
        sums[:, : part.shape[1]] += _FADING ** (number - 1) * part
    return sums


def _periodicity(cut: Floats, lags: int) -> Floats:
    """Return the normalised autocorrelation at four lags per sample, shape (frames, lags)."""
    spectrum = np.square(np.abs(np.asarray(fft.rfft(cut, 2 * _SIZE, axis=1))))
    wide = np.zeros((cut.shape[0], _FINER * _SIZE + 1))
    wide[:, : spectrum.shape[1]] = spectrum
    curve = np.asarray(fft.irfft(wide, 2 * _FINER * _SIZE, axis=1))[:, :lags] * _FINER
    squares = np.cumsum(np.square(cut), axis=1)
    whole = np.arange(lags) / _FINER
    head = np.stack([np.interp(_SIZE - 1 - whole, np.arange(_SIZE), row) for row in squares])
    tail = squares[:, -1:] - np.stack([np.interp(whole - 1, np.arange(_SIZE), row, left=0.0) for row in squares])
    return 2 * curve / np.maximum(head + tail, _TINY)


def _proposed(frames: _Frames) -> Floats:
    """Return distinct candidate pitches: peaks of the harmonic sums and of the periodicity, and their octaves."""
    pitch_hz = LOWEST_HZ * 2 ** (np.arange(frames.sums.shape[1]) * _STEP_CENTS / 1_200)
    found: list[float] = []
    for weights, count in ((frames.weights, 4), (frames.late, 3)):
        found += [float(pitch_hz[place]) for place in _tops(weights @ frames.sums, count)]
    shortest = int(frames.lag_hz / HIGHEST_HZ)
    for weights in (frames.weights, frames.late):
        curve = weights @ frames.periodicity
        found += [frames.lag_hz / (place + shortest) for place in _tops(curve[shortest:], 3)]
    found += [hz * by for hz in (found[0], found[4 if len(found) > 4 else 0]) for by in (0.5, 2.0, 1 / 3)]
    kept: list[float] = []
    for hz in found:
        if LOWEST_HZ <= hz <= HIGHEST_HZ and all(abs(_cents(hz, other)) > _SAME_CENTS for other in kept):
            kept.append(hz)
    return np.array(kept or [100.0])


def _tops(curve: Floats, count: int) -> list[int]:
    inner = curve[1:-1]
    peaks = np.flatnonzero((inner > curve[:-2]) & (inner >= curve[2:])) + 1
    best = peaks[np.argsort(curve[peaks])[::-1][:count]]
    return [int(place) for place in best] or [int(curve.argmax())]


def _cents(one: float, other: float) -> float:
    return float(1_200 * np.log2(one / other))


def _refined(frames: _Frames, hz: float) -> float:
    """Return the pitch in Hz from the peaks near the first six harmonics, as a weighted median over frames."""
    found, weights, _, _ = _tracked(frames, hz)
    if weights.sum() <= 0:
        return hz
    order = np.argsort(found)
    middle = found[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)]
    return float(np.clip(middle, LOWEST_HZ, HIGHEST_HZ))


def _tracked(frames: _Frames, hz: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Follow the harmonics of a candidate.

    Returns:
        The pitch of each frame and how much it counts, shape (frames,); by how many cents the peak near each harmonic is off,
        and its share of the frame's power, shape (_FOLLOWED, frames).
    """
    count = frames.weights.size
    total, mass = np.zeros(count), np.zeros(count)
    off, shares = np.zeros((_FOLLOWED, count)), np.zeros((_FOLLOWED, count))
    whole = frames.power.sum(axis=1) + _TINY
    for number in range(1, _FOLLOWED + 1):
        low = int(number * hz * 2 ** (-_SAME_CENTS / 1_200) / frames.bin_hz)
        high = int(np.ceil(number * hz * 2 ** (_SAME_CENTS / 1_200) / frames.bin_hz)) + 1
        if low < 1 or high + 1 >= frames.power.shape[1]:
            break
        top = low + frames.power[:, low:high].argmax(axis=1)
        rows = np.arange(count)
        left, at, right = (np.log(frames.power[rows, top + step] + _TINY) for step in (-1, 0, 1))
        bend = left - 2 * at + right
        is_peak = (bend < 0) & (at >= left) & (at >= right)
        offset = np.where(is_peak, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
        found_hz = (top + np.clip(offset, -0.5, 0.5)) * frames.bin_hz
        off[number - 1] = 1_200 * np.log2(found_hz / (number * hz))
        shares[number - 1] = frames.power[rows, top] * is_peak * _LOBE_BINS / whole
        if number <= _PITCH_HARMONICS:
            strength = np.sqrt(frames.power[rows, top]) * is_peak
            total += strength * found_hz / number
            mass += strength
    return np.where(mass > 0, total / np.maximum(mass, _TINY), hz), frames.weights * (mass > 0), off, shares


def _evidence(frames: _Frames, hz: float) -> Floats:
    """Return the features for and against a candidate, shape (28,)."""
    w, late = frames.weights, frames.late
    periods = [_period(frames, hz * by) for by in (1.0, 2.0, 0.5, 2 / 3, 1.5)]
    place = int(np.clip(1_200 * np.log2(hz / LOWEST_HZ) / _STEP_CENTS, 0, frames.sums.shape[1] - 1))
    sums = [w @ frames.sums, late @ frames.sums]
    steps = (round(1_200 / _STEP_CENTS), round(1_200 * np.log2(3) / _STEP_CENTS))
    energy = (w @ (frames.power / (frames.power.sum(axis=1, keepdims=True) + _TINY)))[None]
    energy_late = (late @ (frames.power / (frames.power.sum(axis=1, keepdims=True) + _TINY)))[None]
    parts = [_share(energy, frames.bin_hz, hz * number) for number in range(1, 13)]
    between = [_share(energy, frames.bin_hz, hz * (number + 0.5)) for number in range(6)]
    thirds = [_share(energy, frames.bin_hz, hz * number / 3) for number in (1, 2, 4, 5, 7, 8)]
    explained = sum(parts)
    explained_late = sum(_share(energy_late, frames.bin_hz, hz * number) for number in range(1, 13))
    pitches, weights, peak_off, shares = _tracked(frames, hz)
    off = np.abs(1_200 * np.log2(np.maximum(pitches, 1.0) / hz))
    near = _is_near(frames, place)
    return np.array([
        np.log2(hz / 100.0), w @ periods[0], late @ periods[0], w @ periods[1], w @ periods[2], w @ periods[3], w @ periods[4],
        sums[0][place] / (sums[0].max() + _TINY), sums[1][place] / (sums[1].max() + _TINY),
        *(_at(sums[0], place + step) / (sums[0][place] + _TINY) for step in (-steps[0], steps[0], -steps[1])),
        explained, explained_late, *(part / (explained + _TINY) for part in parts[:4]), sum(parts[2::2]) / (explained + _TINY),
        sum(between) / (explained + _TINY), sum(thirds) / (explained + _TINY), w @ near, late @ near,
        float(weights @ off) / (float(weights.sum()) + _TINY),
        *_tuned(w, peak_off, shares),
    ])  # fmt: skip


def _tuned(w: Floats, off: Floats, shares: Floats) -> Floats:
    """Return how well the peaks are in tune with the harmonics, shape (4,).

    A major third in equal temperament is 14 cents above the fifth harmonic, which distinguishes a chord on a root from a single note.
    """
    wrong = np.abs(off)
    mean = float(((shares * wrong) @ w).sum() / ((shares @ w).sum() + _TINY))
    by_number = ((shares * wrong) @ w) / (shares @ w + _TINY)
    return np.array([float(((shares * (wrong < _TUNED_CENTS)) @ w).sum()), mean, by_number[2], by_number[4]])


def _period(frames: _Frames, hz: float) -> Floats:
    """Return the periodicity of each frame at a pitch, within 3%."""
    lag = frames.lag_hz / hz
    low = max(1, int(lag * 0.97))
    part = frames.periodicity[:, low : int(lag * 1.03) + 2]
    return part.max(axis=1) if part.shape[1] else np.zeros(frames.weights.size)


def _share(energy: Floats, bin_hz: float, hz: float) -> float:
    reach = max(1.5 * bin_hz * _PADDED / _SIZE, hz * (2 ** (_NEAR_CENTS / 1_200) - 1))
    low, high = max(0, int((hz - reach) / bin_hz)), int((hz + reach) / bin_hz) + 1
    return float(energy[:, low:high].sum())


def _at(curve: Floats, place: int) -> float:
    return float(curve[place]) if 0 <= place < curve.size else 0.0


def _is_near(frames: _Frames, place: int) -> Floats:
    """Return for each frame whether its best pitch within a fourth of the candidate is the candidate itself."""
    reach = round(500 / _STEP_CENTS)
    low = max(0, place - reach)
    best = low + frames.sums[:, low : place + reach + 1].argmax(axis=1)
    return (np.abs(best - place) * _STEP_CENTS <= 2 * _STEP_CENTS).astype(np.float64)


def _compared(rows: Floats) -> Floats:
    """Return each candidate's difference from the best one, shape (n, 3): periodicity, explained share, harmonic sum."""
    return rows[:, [1, 12, 7]] - rows[:, [1, 12, 7]].max(axis=0)


def _of_sound(frames: _Frames, rows: Floats) -> Floats:
    """Return the features of the sound that do not depend on a candidate, shape (7,)."""
    mean = frames.weights @ (frames.power / (frames.power.sum(axis=1, keepdims=True) + _TINY))
    hertz = np.arange(mean.size) * frames.bin_hz
    flatness = float(np.exp(np.log(mean + _TINY).mean()) / (mean.mean() + _TINY))
    strong = np.sort(mean)[::-1]
    return np.array([
        np.log(frames.seconds + 0.01), np.log(flatness + 1e-6), mean[hertz < 150].sum(), mean[hertz > 2_000].sum(),
        rows[:, 1].max(), rows[:, 12].max(), strong[: mean.size // 50].sum(),
    ])  # fmt: skip
