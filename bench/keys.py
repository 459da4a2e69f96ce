"""Confidence and mode of measured keys. Part of ``bench.analysis``.

Confidence is cross-validated twice: keys by folds of groups, and the raw probability that counts as sure on the answers of the
other groups. Mode is measured on synthesised presets that were not used for fitting.
"""

from itertools import pairwise

import numpy as np

from askchopper import policy
from askchopper.media.analysis import key, model_weights
from bench.protocol import Samples
from tools.train import analyser, keys
from tools.train.analyser import Answer

_EDGES = (0.0, 0.4, 0.6, 0.8, 0.9, 1.0)


def measure(answers: list[Answer]) -> dict[str, Samples]:
    """Measure the confidence of the answers to labelled music, and the mode of synthesised chords and riffs."""
    keyed = [answer for answer in answers if answer.example.key is not None]
    confidences = _calibrated(keyed)
    right = np.array([_is_right(answer) for answer in keyed])
    groups = [answer.example.group for answer in keyed]
    is_sure = confidences >= policy.VERY_SURE_CONFIDENCE
    shown = confidences >= policy.SURE_CONFIDENCE
    misses = [answer for answer, is_hit in zip(keyed, right, strict=True) if not is_hit]
    second = [
        answer.reading.key is not None and key.number(answer.reading.key.second) == answer.example.key
        for answer in misses
    ]
    relative = [
        answer.reading.key is not None and key.number(answer.reading.key.key.relative) == answer.example.key
        for answer in misses
    ]
    return {
        "key_sure": _share(is_sure, groups, f"of {len(keyed)} labelled loops and tracks; {_curve(confidences, right)}"),
        "key_sure_right": _share(right[is_sure], [one for one, sure in zip(groups, is_sure, strict=True) if sure]),
        "key_shown": _share(shown, groups, f"right: {np.mean(right[shown]):.3f}"),
        "key_second": _share(np.array(second), [one.example.group for one in misses], f"{np.sum(relative)} of the misses are the relative key"),
        **_modes(),
    }  # fmt: skip


def _calibrated(keyed: list[Answer]) -> np.ndarray:
    """Return confidences, each calibrated on the answers of other groups; 0 where no key was found."""
    found = np.zeros(len(keyed))
    groups = sorted({answer.example.group for answer in keyed})
    np.random.default_rng(1).shuffle(groups)
    fold = {group: number % analyser.FOLDS for number, group in enumerate(groups)}
    for number in range(analyser.FOLDS):
        others = [answer for answer in keyed if fold[answer.example.group] != number and answer.reading.key]
        pairs = [(one.reading.key.confidence, _is_right(one)) for one in others if one.reading.key]
        sure = analyser.sure(pairs, analyser.SURE_KEY_SHARE)
        for place, answer in enumerate(keyed):
            if fold[answer.example.group] == number and answer.reading.key:
                # Cross-validated answers are raw: their calibration maps 0.8 to itself.
                found[place] = model_weights.confidence(answer.reading.key.confidence, sure)
    return found


def _is_right(answer: Answer) -> bool:
    return answer.reading.key is not None and key.number(answer.reading.key.key) == answer.example.key


def _curve(confidences: np.ndarray, right: np.ndarray) -> str:
    """Return the reliability curve: for each range of confidence the number of keys and how many are right."""
    parts = []
    for low, high in pairwise(_EDGES):
        inside = (confidences >= low) & ((confidences < high) | (high == 1.0)) & (confidences > 0)
        if inside.any():
            parts.append(f"{low:g} to {high:g}: {np.mean(right[inside]):.2f} of {inside.sum()}")
    return f"right at a confidence of {', '.join(parts)}"


def _modes() -> dict[str, Samples]:
    models = model_weights.load().key
    held_out = list(keys.load(is_held_out=True))
    guesses = [key.estimate(one.chroma, models) for one in held_out]
    third = [(one, guess) for one, guess in zip(held_out, guesses, strict=True) if one.key is not None]
    without = [(one, guess) for one, guess in zip(held_out, guesses, strict=True) if one.key is None]
    has_mode = np.array([guess is not None and key.number(guess.key) % 2 == (one.key or 0) % 2 for one, guess in third])
    exact = np.mean([guess is not None and key.number(guess.key) == one.key for one, guess in third])
    none = np.array([guess is None for _, guess in without])
    sure = model_weights.load().key_sure
    unsure = np.mean([
        guess is None or model_weights.confidence(guess.confidence, sure) < policy.SURE_CONFIDENCE for _, guess in without
    ])  # fmt: skip
    return {
        "mode": _share(has_mode, [one.group for one, _ in third], f"key exactly right {exact:.3f}; {_by_texture([one for one, _ in third], has_mode)}"),
        "mode_none": _share(none, [one.group for one, _ in without], f"none or not sure {unsure:.3f}; none of {_by_texture([one for one, _ in without], none)}"),
    }  # fmt: skip


def _by_texture(examples: list[keys.HarmonyExample], right: np.ndarray) -> str:
    textures = dict.fromkeys(one.texture for one in examples)
    shares = {
        name: np.mean([hit for one, hit in zip(examples, right, strict=True) if one.texture == name])
        for name in textures
    }
    return ", ".join(f"{name} {share:.2f}" for name, share in shares.items())


def _share(values: np.ndarray, names: list[str], note: str = "") -> Samples:
    """Return the mean with its 95% interval, by bootstrapping whole groups."""
    groups: dict[str, list[float]] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        groups.setdefault(name, []).append(float(value))
    chance, known = np.random.default_rng(0), list(groups)
    means = [
        np.mean([value for name in chance.choice(known, len(known)) for value in groups[name]]) for _ in range(500)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    counted = f"{len(values)} in {len(known)} groups, 95 % interval {low:.3f}-{high:.3f}"
    return Samples(ours=[float(np.mean(values))], note=f"{counted}; {note}" if note else counted)
