"""Technical metadata of a decoded file: format, codec, length, rate, channels, bit depth."""

from dataclasses import dataclass

from askchopper.media.decode.decoder import Recording

_LOSSLESS = ("flac", "alac", "wavpack", "tta", "ape", "mlp", "truehd")
_LOSSY_PCM = ("pcm_mulaw", "pcm_alaw")
_EXTENSIONS = {
    "wav": ("wav", "wave", "bwf"),
    "rf64": ("wav", "rf64"),
    "aiff": ("aif", "aiff", "aifc"),
    "flac": ("flac",),
    "mp3": ("mp3",),
    "ogg": ("ogg", "oga", "opus"),
    "mp4": ("m4a", "mp4", "m4b", "mov"),
    "webm": ("webm", "mka", "mkv"),
    "au": ("au", "snd"),
}


@dataclass(frozen=True)
class FileInfo:
    """Technical metadata of a decoded file.

    Args:
        container: file format, such as ``wav`` or ``ogg``.
        codec: codec, such as ``pcm_s24`` or ``vorbis``.
        duration_seconds: decoded length.
        sample_rate_hz: sampling rate.
        channels: number of channels.
        bit_depth: bits per sample; None for lossy codecs.
        bits_per_second: mean rate of the whole file.
        is_lossless: whether the codec is lossless.
    """

    container: str
    codec: str
    duration_seconds: float
    sample_rate_hz: int
    channels: int
    bit_depth: int | None
    bits_per_second: int
    is_lossless: bool

    def fits(self, name: str) -> bool:
        """Return whether a file name's extension matches the content; True without an extension, and for containers without a list."""
        known = _EXTENSIONS.get(self.container)
        stem, dot, extension = name.rpartition(".")
        return known is None or not (stem and dot) or extension.lower() in known


def collect(recording: Recording, size_bytes: int) -> FileInfo:
    """Collect the technical metadata of a recording.

    Args:
        recording: the decoded file.
        size_bytes: size of the file.

    Returns:
        The metadata.
    """
    codec = recording.codec
    is_lossless = codec in _LOSSLESS or (codec.startswith("pcm_") and codec not in _LOSSY_PCM)
    return FileInfo(
        container=recording.container,
        codec=codec,
        duration_seconds=recording.seconds,
        sample_rate_hz=recording.rate_hz,
        channels=recording.samples.shape[1],
        bit_depth=recording.bit_depth if is_lossless else None,
        bits_per_second=round(size_bytes * 8 / recording.seconds),
        is_lossless=is_lossless,
    )
