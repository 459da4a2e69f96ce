"""Accuracy of the audio analysis by grouped cross-validation, its speed, and its results for damaged files.

Speed is taken in interpreters of their own with one thread for linear algebra, ours like the peers': that is how uploads are
analysed, and idle threads that wait for work would count as work. The labelled corpus is outside the repository: ``AUDIO_CORPUS`` names its folder. Peers (essentia, librosa) are no part of
the product; ``BENCH_PEERS_PYTHON`` names an interpreter that has them, and without it only our own figures are printed.
"""

import asyncio
import functools
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from askchopper.media import pipeline
from askchopper.media.analysis import chroma, features, key, model_weights, onsets, spectrum, tempo, tempo_candidates
from askchopper.media.decode import decoder
from askchopper.media.previews import encoding
from bench import keys, notes
from bench.protocol import HERE, ROUNDS, BenchError, Samples
from tools.train import analyser, augmentation
from tools.train import keys as train_keys
from tools.train.analyser import Answer, Example

CORPUS = Path(os.environ.get("AUDIO_CORPUS", Path(__file__).parents[2] / "shared" / "audio-dev"))
_LOOP_SECONDS, _LONG_SECONDS = 30, 1_800
_SPEED_FILES = 40
_NEAREST = 5
_LONG_ROUNDS = 2
# Changes to a sound whose original is then searched; the whitening is trained with other amounts.
_CHANGES = {
    "found_mp3": augmentation.as_mp3(128_000),
    "found_low_mp3": augmentation.as_mp3(48_000),
    "found_band": augmentation.in_band(150.0, 6_000.0, -12.0),
    "found_pitch": augmentation.transposed(2.0),
    "found_sampler": augmentation.played_faster(2 ** (2 / 12)),
    "found_speed": augmentation.stretched(1.06),
    "found_faster": augmentation.played_faster(1.06),
}

_OWN = """
import json, sys
from bench import analysis
print(json.dumps(getattr(analysis, sys.argv[1])(*sys.argv[2:])))
"""

# Alone in its interpreter, because the benchmark's own modules take memory. ``ru_maxrss`` would begin with that of the parent.
_LONG = """
import json, re, sys, time
from pathlib import Path
from askchopper.media import pipeline
started = time.process_time()
pipeline.analyse(Path(sys.argv[1]))
taken = time.process_time() - started
print(json.dumps((taken, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)))
"""

# Runs under the peers' interpreter: CPU seconds of the fastest algorithms of each on the same files, decoded beforehand.
_PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
name, files = sys.argv[1], sys.argv[2:]
sounds = [np.load(file) for file in files]
if name == "essentia":
    import essentia; essentia.log.infoActive = essentia.log.warningActive = False
    import essentia.standard as es
    # Both keep a network that has ended after one sound; without a reset they return the first result again.
    pair = es.PercivalBpmEstimator(), es.KeyExtractor()
    run = lambda x: [(part(x), part.reset()) for part in pair]
else:
    import librosa
    run = lambda x: (librosa.feature.tempo(y=x, sr=44100), librosa.feature.chroma_cqt(y=x, sr=44100))
run(sounds[0])
started = time.process_time()
for sound in sounds:
    run(sound)
print(json.dumps(time.process_time() - started))
"""


async def measure() -> dict[str, Samples]:
    """Measure accuracy once (it is deterministic) and speed in rounds."""
    if not (CORPUS / "labels.csv").exists():
        raise BenchError(f"There is no corpus at {CORPUS}; set AUDIO_CORPUS.")
    return await asyncio.to_thread(_measure)


def _measure() -> dict[str, Samples]:
    return {**_deterministic(), **_loop(), **_long(), **_speed()}


@functools.cache
def _deterministic() -> dict[str, Samples]:
    """Measure what a second attempt would find again."""
    examples = list(analyser.load(CORPUS))
    prior = train_keys.fit_prior(list(train_keys.load(is_held_out=False)), list(train_keys.load_music()))
    answers = analyser.cross_validate(examples, prior)
    return {**_accuracy(answers), **keys.measure(answers), **notes.measure(), **_likeness(examples), "bad": _bad()}


def _accuracy(answers: list[Answer]) -> dict[str, Samples]:
    timed = [answer for answer in answers if answer.example.bpm]
    keyed = [answer for answer in answers if answer.example.key is not None]
    hits = [answer for answer in answers if answer.example.kind == "oneshot"]

    def tempo_share(tolerance: float, kind: str = "") -> Samples:
        chosen = [answer for answer in timed if answer.example.kind.startswith(kind)]
        right = [a.example.is_tempo(a.reading.tempo.bpm if a.reading.tempo else None, tolerance) for a in chosen]
        return _share([answer.example for answer in chosen], right)

    return {
        "tempo": tempo_share(0.04),
        "tempo_exact": tempo_share(0.005),
        "tempo_loops": tempo_share(0.04, "real-loop"),
        "key": _share([answer.example for answer in keyed], [analyser.mirex_score(answer) for answer in keyed]),
        "hits": Samples(ours=[float(np.mean([hit.reading.tempo is None for hit in hits]))], note=f"{len(hits)} files"),
    }


def _share(examples: list[Example], values: list[float] | list[bool]) -> Samples:
    """Return the mean with its 95% interval, by bootstrapping whole groups."""
    groups: dict[str, list[float]] = {}
    for example, value in zip(examples, values, strict=True):
        groups.setdefault(example.group, []).append(float(value))
    chance, names = np.random.default_rng(0), list(groups)
    means = [
        np.mean([value for name in chance.choice(names, len(names)) for value in groups[name]]) for _ in range(500)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    note = f"{len(examples)} files in {len(names)} groups, 95 % interval {low:.3f}-{high:.3f}"
    return Samples(ours=[float(np.mean(values))], note=note)


def _likeness(examples: list[Example]) -> dict[str, Samples]:
    """Search all originals for a changed copy of a loop or an excerpt, with a whitening trained without its group."""
    changed = {example.name: _changed(example) for example in examples if example.kind != "oneshot"}
    asked: list[Example] = []
    found: dict[str, list[bool]] = {name: [] for name in _CHANGES}
    related: list[tuple[Example, float]] = []
    place = {example.name: number for number, example in enumerate(examples)}
    originals = np.stack([example.heard.features for example in examples])
    for seen, held_out in analyser.group_k_fold(examples):
        whitening = analyser.fit_whitening(seen)
        gallery = whitening.apply(originals)
        queries = [example for example in held_out if example.name in changed]
        places = np.array([place[example.name] for example in queries])
        for name in _CHANGES:
            near = whitening.apply(np.stack([changed[query.name][name] for query in queries])) @ gallery.T
            found[name] += (near.argmax(axis=1) == places).tolist()
        asked += queries
        related += _related(examples, gallery, places)
    shares = {name: _share(asked, hits) for name, hits in found.items()}
    return {**shares, "alike": _share([example for example, _ in related], [share for _, share in related])}


def _changed(example: Example) -> dict[str, np.ndarray]:
    sound = decoder.decode(CORPUS / example.name)
    return {name: features.extract(*change(*sound)).features for name, change in _CHANGES.items()}


def _related(examples: list[Example], gallery: np.ndarray, places: np.ndarray) -> list[tuple[Example, float]]:
    """For sounds with related ones (same song, kit or groove), return how many of those are among the nearest five."""
    groups = np.array([example.group for example in examples])
    shares = []
    for place in places:
        near = gallery @ gallery[place]
        near[place] = -np.inf
        relatives = np.count_nonzero(groups == groups[place]) - 1
        if relatives:
            hits = np.count_nonzero(groups[np.argsort(-near)[:_NEAREST]] == groups[place])
            shares.append((examples[place], hits / min(_NEAREST, relatives)))
    return shares


def _bad() -> Samples:
    manifest = json.loads((CORPUS / "bad" / "manifest.json").read_text())
    verdicts = [pipeline.analyse(CORPUS / "bad" / case["file"]).status.value for case in manifest]
    let_through = sum(verdict == "accept" != case["expect"] for verdict, case in zip(verdicts, manifest, strict=True))
    right = [verdict == case["expect"] for verdict, case in zip(verdicts, manifest, strict=True)]
    return Samples(ours=[float(np.mean(right))], note=f"{len(right)} files, {let_through} accepted by mistake")


def _loop() -> dict[str, Samples]:
    """Analyse a 30 s stereo loop from disk, once with the Opus preview and once with both, as for an upload."""
    samples, rate_hz = decoder.decode(sorted((CORPUS / "files").glob("*.flac"))[0])
    stereo = np.resize(samples[:, :1], (_LOOP_SECONDS * rate_hz, 1)) * np.array([[1.0, 0.9]], dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "loop.wav")
        soundfile.write(path, stereo, rate_hz)
        rounds = [_seconds(sys.executable, _OWN, "loop_seconds", path) for _ in range(ROUNDS)]
    alone, opus, _ = zip(*rounds, strict=True)
    parts = "decode, tempo, key, levels, loudness, peaks, embedding"
    return {
        "loop": Samples(ours=[a + b for a, b in zip(alone, opus, strict=True)], note=f"{parts}, Opus preview"),
        "loop_alone": Samples(ours=list(alone), note=parts),
        "loop_upload": Samples(ours=[sum(one) for one in rounds], note=f"{parts}, Opus and MP3 previews"),
    }


def loop_seconds(path: str) -> tuple[float, float, float]:
    """Return the CPU seconds of an analysis without previews, of the Opus preview and of the MP3."""
    samples, rate_hz = decoder.decode(Path(path))
    pipeline.analyse(Path(path))
    times = [time.process_time()]
    for step in (
        lambda: pipeline.analyse(Path(path)),
        lambda: encoding.encode_opus(samples, rate_hz),
        lambda: encoding.encode_preview(samples, rate_hz),
    ):
        step()
        times.append(time.process_time())
    alone, opus, mp3 = np.diff(times).tolist()
    return alone, opus, mp3


def _long() -> dict[str, Samples]:
    """Analyse half an hour of 44.1 kHz stereo with 16 bits: labelled sounds one after another."""
    with tempfile.TemporaryDirectory() as folder:
        path, rate_hz = Path(folder) / "long.wav", 44_100
        missing = _LONG_SECONDS * rate_hz
        parts = [np.load(file) for file in _decoded(Path(folder))]
        with soundfile.SoundFile(path, "w", rate_hz, 2, "PCM_16") as file:
            for part in itertools.cycle(parts):
                file.write(part[:missing, None] * np.array([[1.0, 0.9]], dtype=np.float32))
                missing -= min(missing, part.size)
                if not missing:
                    break
        taken, memory = zip(*(_seconds(sys.executable, _LONG, str(path)) for _ in range(_LONG_ROUNDS)), strict=True)
    return {"long": Samples(ours=list(taken), note="without previews"), "long_memory": Samples(ours=list(memory))}


def _speed() -> dict[str, Samples]:
    """Measure tempo and key only, alternating with the peers, on the same decoded sounds."""
    python = os.environ.get("BENCH_PEERS_PYTHON")
    names = ("essentia", "librosa") if python else ()
    found = {name: Samples() for name in names} or {"alone": Samples()}
    with tempfile.TemporaryDirectory() as folder:
        files = _decoded(Path(folder))
        for _ in range(ROUNDS):
            for name, samples in found.items():
                samples.ours.append(_seconds(sys.executable, _OWN, "own_seconds", *files))
                if python:
                    samples.peer.append(_seconds(python, _PEER, name, *files))
    return {f"speed_{name}": samples for name, samples in found.items()}


def _decoded(folder: Path) -> list[str]:
    files = []
    for number, path in enumerate(sorted((CORPUS / "files").glob("*.ogg"))[:_SPEED_FILES]):
        samples, rate_hz = decoder.decode(path)
        if rate_hz == 44_100:
            file = folder / f"{number}.npy"
            np.save(file, np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32))
            files.append(str(file))
    return files


def own_seconds(*files: str) -> float:
    """Return the CPU seconds of tempo and key, after one warm-up sound, as for the peers."""
    fitted, sounds = model_weights.load(), [np.load(file) for file in files]
    _tempo_and_key(sounds[0], fitted)
    started = time.process_time()
    for sound in sounds:
        _tempo_and_key(sound, fitted)
    return time.process_time() - started


def _tempo_and_key(mono: np.ndarray, fitted: model_weights.ModelWeights) -> None:
    tempo.estimate(tempo_candidates.measure(onsets.measure(spectrum.bands(mono, 44_100))), fitted.tempo)
    key.estimate(chroma.measure(mono, 44_100), fitted.key)


def _seconds(python: str, script: str, name: str, *words: str) -> Any:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HERE.parent),
        "AUDIO_CORPUS": str(CORPUS),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [python, "-c", script, name, *words], capture_output=True, text=True, check=False, env=environment, timeout=600
    )
    if done.returncode:
        raise BenchError(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.splitlines()[-1])
