"""Test sounds whose timing and pitch can be measured: a tone burst on every beat."""

import io
import wave

import numpy as np

RATE_HZ = 44_100
_BURST_SECONDS = 0.16
_ATTACK_SECONDS = 0.002


def render(seconds: float, beats: int, tone_hz: float) -> bytes:
    """Return a mono WAV file of exactly ``seconds`` with a burst on each of ``beats`` equal beats."""
    samples = np.zeros(round(seconds * RATE_HZ), np.float32)
    time = np.arange(round(_BURST_SECONDS * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1, time / _ATTACK_SECONDS) * np.exp(-time / (_BURST_SECONDS / 2))
    burst = (0.8 * envelope * np.sin(2 * np.pi * tone_hz * time)).astype(np.float32)
    for beat in range(beats):
        start = round(beat * seconds / beats * RATE_HZ)
        part = burst[: len(samples) - start]
        samples[start : start + len(part)] += part
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE_HZ)
        written.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()
