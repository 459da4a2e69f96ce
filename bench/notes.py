"""Root notes of synthesised one-shots whose presets were not used for fitting, and what pYIN and CREPE say about them.

Part of ``bench.analysis``. ``BENCH_PEERS_PYTHON`` names an interpreter with librosa and torchcrepe; each hears every third sound, and is credited
with the energy-weighted median of its pitches, which was better than the mean and than the last pitch.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from askchopper import policy
from askchopper.media.analysis import model_weights, note
from askchopper.media.analysis.note import Note
from bench.protocol import BenchError, Samples
from tools.train import one_shots

_EVERY = 3
PEERS = ("pyin", "crepe")
_PEER = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
name, file = sys.argv[1:]
sounds = np.load(file, allow_pickle=False)
if name == "pyin":
    import librosa
else:
    import torch, torchcrepe
    torch.set_num_threads(1)
for key in sounds.files:
    x = sounds[key]
    hop = 512
    if name == "pyin":
        x = librosa.resample(np.pad(x, (0, max(0, 8192 - x.size))), orig_sr=44100, target_sr=22050)
        f0, voiced, chance = librosa.pyin(x, fmin=27, fmax=2200, sr=22050, frame_length=4096, hop_length=hop)
        good = voiced & np.isfinite(f0)
        level = np.sqrt(np.array([np.square(x[i * hop : i * hop + 1024]).sum() for i in range(f0.size)]))
        share = float(level[good].sum() / max(level.sum(), 1e-9))
    else:
        import torchaudio
        wave = torchaudio.functional.resample(torch.tensor(x)[None], 44100, 16000)
        f0, sure = torchcrepe.predict(wave, 16000, hop, 32.7, 1975, "full", batch_size=64, return_periodicity=True, decoder=torchcrepe.decode.weighted_argmax)
        f0, sure, x = f0[0].numpy(), sure[0].numpy(), wave[0].numpy()
        level = np.sqrt(np.array([np.square(x[i * hop : i * hop + 1024]).sum() for i in range(f0.size)]))
        good = sure > 0.3
        share = float((level * sure).sum() / max(level.sum(), 1e-9))
    midi = None
    if good.any():
        order = np.argsort(f0[good])
        mass = np.cumsum(level[good][order])
        midi = float(69 + 12 * np.log2(f0[good][order][np.searchsorted(mass, mass[-1] / 2)] / 440))
    print(json.dumps([key, midi, share]))
"""


def measure() -> dict[str, Samples]:
    """Measure our figures, and those of the peers where they are installed."""
    held_out = list(one_shots.generate(is_held_out=True))
    fitted = model_weights.load().note
    answers = [note.estimate(one.samples, one_shots.RATE_HZ, fitted) for one in held_out]
    sure = [one if one and one.confidence >= policy.SURE_CONFIDENCE else None for one in answers]
    pitched = [pair for pair in zip(held_out, sure, strict=True) if pair[0].midi is not None]
    unpitched = [pair for pair in zip(held_out, sure, strict=True) if pair[0].midi is None]
    told = [(sound, _is_right(sound, one)) for sound, one in zip(held_out, sure, strict=True) if one is not None]
    by_kind = _by_kind([(sound, _is_right(sound, one)) for sound, one in pitched])
    found = {
        "note": _share([(sound, _is_right(sound, one)) for sound, one in pitched], by_kind),
        "note_octave": _share([(sound, _is_right(sound, one, any_octave=False)) for sound, one in pitched]),
        "note_sure": _share(told),
        "note_none": _share(
            [(sound, one is None) for sound, one in unpitched],
            _by_kind([(sound, one is None) for sound, one in unpitched]),
        ),
    }
    python = os.environ.get("BENCH_PEERS_PYTHON")
    subset = held_out[::_EVERY]
    # The peers answer for every sound, so our best candidate counts here even where we would report none.
    best = zip(subset, answers[::_EVERY], strict=True)
    ours = float(np.mean([_is_right(sound, one) for sound, one in best if sound.midi is not None]))
    for name in PEERS if python else ():
        found[f"note_{name}"] = _peer(python or "", name, subset, ours)
    return found


def _is_right(sound: one_shots.OneShot, found: Note | None, *, any_octave: bool = True) -> bool:
    if found is None or sound.midi is None:
        return False
    return _is_near(found.midi + found.cents / 100 - sound.midi, any_octave=any_octave)


def _is_near(distance: float, *, any_octave: bool) -> bool:
    return abs((distance + 6) % 12 - 6 if any_octave else distance) < 0.5


def _by_kind(pairs: list[tuple[one_shots.OneShot, bool]]) -> str:
    kinds: dict[str, list[bool]] = {}
    for sound, is_right in pairs:
        kinds.setdefault(sound.kind.rstrip(" 234"), []).append(is_right)
    return ", ".join(f"{kind} {np.mean(right):.2f}" for kind, right in kinds.items())


def _share(pairs: list[tuple[one_shots.OneShot, bool]], note: str = "") -> Samples:
    """Return the share with its 95% interval, by bootstrapping whole presets."""
    groups: dict[str, list[bool]] = {}
    for sound, is_right in pairs:
        groups.setdefault(sound.group, []).append(is_right)
    chance, names = np.random.default_rng(0), list(groups)
    means = [
        np.mean([value for name in chance.choice(names, len(names)) for value in groups[name]]) for _ in range(500)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    counted = f"{len(pairs)} sounds of {len(names)} presets, 95 % interval {low:.3f}-{high:.3f}"
    share = float(np.mean([is_right for _, is_right in pairs]))
    return Samples(ours=[share], note=f"{counted}; {note}" if note else counted)


def _peer(python: str, name: str, subset: list[one_shots.OneShot], ours: float) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "sounds.npz")
        arrays: dict[str, Any] = {str(number): sound.samples for number, sound in enumerate(subset)}
        np.savez(file, **arrays)
        environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        done = subprocess.run(
            [python, "-c", _PEER, name, file], capture_output=True, text=True, check=False, env=environment, timeout=1_800
        )  # fmt: skip
    if done.returncode:
        raise BenchError(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    answers = {int(key): (midi, share) for key, midi, share in map(json.loads, done.stdout.splitlines())}
    right = [
        answers[number][0] is not None and _is_near(answers[number][0] - sound.midi, any_octave=True)
        for number, sound in enumerate(subset)
        if sound.midi is not None
    ]
    # The share of the sound that it calls voiced; the best threshold in hindsight, which is more than it could know.
    shares = np.array([answers[number][1] for number in range(len(subset))])
    is_pitched = np.array([sound.midi is not None for sound in subset])
    best = max(np.mean((shares >= threshold) == is_pitched) for threshold in np.linspace(0, 1, 51))
    told = f"every third sound, {len(right)} with a note; pitched told from unpitched {best:.2f} at the threshold that suits it best"
    return Samples(ours=[ours], peer=[float(np.mean(right))], note=told)
