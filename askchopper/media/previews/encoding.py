"""Encodes compressed public previews.

MP3 plays everywhere; Opus is half the size where it is supported.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from askchopper.media.sliced_samples import Signal

MP3_BITS_PER_SECOND = 128_000
OPUS_BITS_PER_SECOND = 64_000
# LAME's faster psychoacoustic model: three times the speed, and a preview is not the product.
_LAME_EFFORT = "7"
# Half of the encoder's full search: a quarter faster, and a preview is not the product.
_OPUS_EFFORT = "5"
_MP3_RATES_HZ = (32_000, 44_100, 48_000)
_OPUS_RATE_HZ = 48_000
# The encoders' buffers grow with the frame: half an hour in one frame takes 7 GB.
_FRAME_SAMPLES = 1 << 18

Codec: TypeAlias = Literal["libmp3lame", "libopus"]


def encode_preview(samples: Signal, rate_hz: int, *, bits_per_second: int = MP3_BITS_PER_SECOND) -> bytes:
    """Encode a signal as a constant-bitrate MP3.

    The gapless header stores the encoder's delay and padding, so that players can loop the file at exactly its original length.

    Args:
        samples: float32, shape (n, channels), full scale at 1.0; two equal channels become one, more than two are folded
            to stereo.
        rate_hz: sampling rate; rates that MP3 lacks are converted to 44_100.
        bits_per_second: an MP3 bitrate.

    Returns:
        The MP3 file.

    Raises:
        ValueError: no samples.
    """
    rate_out_hz = rate_hz if rate_hz in _MP3_RATES_HZ else 44_100
    container_options = {"write_xing": "1", "id3v2_version": "0"}
    codec_options = {"compression_level": _LAME_EFFORT}
    return _encode(
        samples,
        rate_hz,
        rate_out_hz=rate_out_hz,
        codec=("libmp3lame", "mp3", bits_per_second),
        options=(container_options, codec_options),
    )


def encode_opus(samples: Signal, rate_hz: int) -> bytes:
    """Encode a signal as 64 kb/s Opus in an Ogg container.

    Args:
        samples: float32, shape (n, channels), full scale at 1.0; two equal channels become one,
            more than two are folded to stereo.
        rate_hz: sampling rate; converted to 48_000, the only rate of Opus.

    Returns:
        The bytes of the Ogg file.

    Raises:
        ValueError: no samples.
    """
    return _encode(
        samples,
        rate_hz,
        rate_out_hz=_OPUS_RATE_HZ,
        codec=("libopus", "ogg", OPUS_BITS_PER_SECOND),
        options=({}, {"compression_level": _OPUS_EFFORT}),
    )


def _encode(
    samples: Signal,
    rate_hz: int,
    *,
    rate_out_hz: int,
    codec: tuple[Codec, str, int],
    options: tuple[dict[str, str], dict[str, str]],
) -> bytes:
    if samples.shape[0] == 0:
        raise ValueError("preview of an empty signal")
    codec_name, container_format, bits_per_second = codec
    container_options, codec_options = options
    layout = "mono" if is_mono(samples) else "stereo"
    target = io.BytesIO()
    with av.open(target, "w", format=container_format, options=container_options) as container:
        stream = container.add_stream(codec_name, rate=rate_out_hz, options=codec_options, layout=layout)
        stream.bit_rate = bits_per_second
        for resampled in _resample(_frames(samples, rate_hz, layout), stream, rate_hz, layout):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return target.getvalue()


def _frames(samples: Signal, rate_hz: int, layout: str) -> Iterator[av.AudioFrame]:
    for start in range(0, samples.shape[0], _FRAME_SAMPLES):
        block = samples[start : start + _FRAME_SAMPLES]
        folded = block[:, :1] if layout == "mono" else _stereo(block)
        part = frame(np.clip(folded, -1.0, 1.0), rate_hz)
        part.pts, part.time_base = start, Fraction(1, rate_hz)
        yield part


def frame(samples: NDArray[np.float32], rate_hz: int) -> av.AudioFrame:
    """Wrap a signal of shape (n, 1) or (n, 2) in an audio frame for the encoder."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    planar = np.ascontiguousarray(samples.T, dtype=np.float32)
    made = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
    made.sample_rate = rate_hz
    return made


def _resample(
    source: Iterator[av.AudioFrame], stream: av.AudioStream, rate_hz: int, layout: str
) -> Iterator[av.AudioFrame]:
    codec_format, rate_out_hz = stream.codec_context.format.name, stream.codec_context.sample_rate
    if rate_hz == rate_out_hz and codec_format == "fltp":
        yield from source
        return
    resampler = av.AudioResampler(format=codec_format, layout=layout, rate=rate_out_hz)
    for part in source:
        yield from resampler.resample(part)
    yield from resampler.resample(None)


def two_channels_at_most(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Downmix channels, shape (n, channels) to (n, 1) or (n, 2); two equal channels become one."""
    return samples[:, :1] if is_mono(samples) else _stereo(samples)


def is_mono(samples: Signal) -> bool:
    """Return whether a signal has one channel, or two equal ones."""
    if samples.shape[1] > 2:
        return False
    blocks = (samples[start : start + _FRAME_SAMPLES] for start in range(0, samples.shape[0], _FRAME_SAMPLES))
    return samples.shape[1] == 1 or all(np.array_equal(block[:, 0], block[:, 1]) for block in blocks)


def _stereo(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if samples.shape[1] == 2:
        return samples
    return np.stack([samples[:, ::2].mean(axis=1), samples[:, 1::2].mean(axis=1)], axis=1)
