"""Accuracy of the audio analysis on groups that it was not fitted on, its speed, and its verdicts on bad files.

The labelled corpus is outside the repository: ``AUDIO_CORPUS`` names its folder. Peers (essentia, librosa) are no part of
the product; ``BENCH_PEERS_PYTHON`` names an interpreter that has them, and without it only our own figures are printed.
"""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np

from askchopper.media import analysis, chroma, constants, decode, key, onsets, pulse, spectrum, tempo, training
from askchopper.media.training import Answer
from bench.protocol import ROUNDS, BenchError, Samples

CORPUS = Path(os.environ.get("AUDIO_CORPUS", Path(__file__).parents[2] / "shared" / "audio-dev"))
_LOOP_SECONDS = 30
_SPEED_FILES = 40

# Runs under the peers' interpreter: CPU seconds of the fastest pair of each on the same files, decoded beforehand.
_PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
name, files = sys.argv[1], sys.argv[2:]
sounds = [np.load(file) for file in files]
if name == "essentia":
    import essentia; essentia.log.infoActive = essentia.log.warningActive = False
    import essentia.standard as es
    # Both hold a network that has ended after one sound; used again, they return the first answer at once.
    run = lambda x: (es.PercivalBpmEstimator()(x), es.KeyExtractor()(x))
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
    """Check accuracy once (it has no noise) and speed in rounds."""
    if not (CORPUS / "labels.csv").exists():
        raise BenchError(f"There is no corpus at {CORPUS}; set AUDIO_CORPUS.")
    return await asyncio.to_thread(_measure)


def _measure() -> dict[str, Samples]:
    answers = training.cross_validate(list(training.load(CORPUS)))
    return {**_accuracy(answers), "bad": _bad(), "loop": _loop(), **_speed()}


def _accuracy(answers: list[Answer]) -> dict[str, Samples]:
    timed = [answer for answer in answers if answer.example.bpm]
    keyed = [answer for answer in answers if answer.example.key is not None]
    hits = [answer for answer in answers if answer.example.kind == "oneshot"]

    def tempo_share(tolerance: float, kind: str = "") -> Samples:
        chosen = [answer for answer in timed if answer.example.kind.startswith(kind)]
        right = [a.example.is_tempo(a.reading.tempo.bpm if a.reading.tempo else None, tolerance) for a in chosen]
        return Samples(ours=[float(np.mean(right))], note=_interval(chosen, right))

    worth = [training.key_worth(answer) for answer in keyed]
    return {
        "tempo": tempo_share(0.04),
        "tempo_exact": tempo_share(0.005),
        "tempo_loops": tempo_share(0.04, "real-loop"),
        "key": Samples(ours=[float(np.mean(worth))], note=_interval(keyed, worth)),
        "hits": Samples(ours=[float(np.mean([hit.reading.tempo is None for hit in hits]))], note=f"{len(hits)} files"),
    }


def _interval(answers: list[Answer], values: list[float] | list[bool]) -> str:
    """Word the 95 % interval of a mean, drawing whole groups."""
    groups: dict[str, list[float]] = {}
    for answer, value in zip(answers, values, strict=True):
        groups.setdefault(answer.example.group, []).append(float(value))
    chance, names = np.random.default_rng(0), list(groups)
    means = [
        np.mean([value for name in chance.choice(names, len(names)) for value in groups[name]]) for _ in range(500)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{len(answers)} files in {len(names)} groups, 95 % interval {low:.3f}-{high:.3f}"


def _bad() -> Samples:
    manifest = json.loads((CORPUS / "bad" / "manifest.json").read_text())
    verdicts = [analysis.analyse(CORPUS / "bad" / case["file"]).status.value for case in manifest]
    let_through = sum(verdict == "accept" != case["expect"] for verdict, case in zip(verdicts, manifest, strict=True))
    right = [verdict == case["expect"] for verdict, case in zip(verdicts, manifest, strict=True)]
    return Samples(ours=[float(np.mean(right))], note=f"{len(right)} files, {let_through} let through")


def _loop() -> Samples:
    """CPU seconds of the whole analysis of a stereo loop of 30 s, with the preview, from disk."""
    import tempfile

    import soundfile

    from askchopper.media import preview

    name, rate_hz = sorted((CORPUS / "files").glob("*.flac"))[0], 0
    samples, rate_hz = decode.decode(name)
    wanted = _LOOP_SECONDS * rate_hz
    stereo = np.resize(samples[:, :1], (wanted, 1)) * np.array([[1.0, 0.9]], dtype=np.float32)
    spent = Samples(note="decode, tempo, key, levels, loudness, peaks, embedding, Opus preview")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loop.wav"
        soundfile.write(path, stereo, rate_hz)
        analysis.analyse(path)
        for _ in range(ROUNDS):
            started = time.process_time()
            analysis.analyse(path)
            preview.encode_opus(stereo, rate_hz)
            spent.ours.append(time.process_time() - started)
    return spent


def _speed() -> dict[str, Samples]:
    """Tempo and key only, in turns with the peers, on the same decoded sounds."""
    import tempfile

    python = os.environ.get("BENCH_PEERS_PYTHON")
    names = ("essentia", "librosa") if python else ()
    found = {name: Samples() for name in names} or {"alone": Samples()}
    with tempfile.TemporaryDirectory() as folder:
        files = _decoded(Path(folder))
        sounds = [np.load(file)[:, None] for file in files]
        for _ in range(ROUNDS):
            for name, samples in found.items():
                samples.ours.append(_own_seconds(sounds))
                if python:
                    samples.peer.append(_peer_seconds(python, name, files))
    return {f"speed_{name}": samples for name, samples in found.items()}


def _decoded(folder: Path) -> list[str]:
    files = []
    for number, path in enumerate(sorted((CORPUS / "files").glob("*.ogg"))[:_SPEED_FILES]):
        samples, rate_hz = decode.decode(path)
        if rate_hz == 44_100:
            file = folder / f"{number}.npy"
            np.save(file, np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32))
            files.append(str(file))
    return files


def _own_seconds(sounds: list[np.ndarray]) -> float:
    fitted = constants.load()
    started = time.process_time()
    for sound in sounds:
        mono = sound[:, 0]
        tempo.estimate(pulse.measure(onsets.measure(spectrum.bands(mono, 44_100))), fitted.tempo)
        key.estimate(chroma.measure(mono, 44_100), fitted.key_weights, fitted.key)
    return time.process_time() - started


def _peer_seconds(python: str, name: str, files: list[str]) -> float:
    environment = {
        "PATH": os.environ["PATH"],
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [python, "-c", _PEER, name, *files], capture_output=True, text=True, check=False, env=environment, timeout=600
    )
    if done.returncode:
        raise BenchError(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    return float(json.loads(done.stdout.splitlines()[-1]))
