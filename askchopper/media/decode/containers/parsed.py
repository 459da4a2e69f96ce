"""The result of a container parser."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ParsedContainer:
    """A parsed container.

    Args:
        family: ``wav``, ``aiff``, ``flac``, ``mp3``, ``ogg``, ``au``, ``w64``, ``zip`` or ``other``.
        faults: codes of the quality rules that it breaks.
        start: offset at which a decoder should start.
        end: end of the audio; None for the end of the file.
        repaired_head: bytes that replace ``[0, start)`` so that a decoder accepts the rest; empty for none.
        declared_frames: sample frames that the header declares, if any.
        is_recognised: the header is that of an audio file, so that a file without readable samples is a damaged sound and
            not another format.
        links: start and end of each of several files that were joined; empty for a single one.
        is_padded: the sound has silence of the encoder at both ends, and no header says how much.
    """

    family: str
    faults: tuple[str, ...] = ()
    start: int = 0
    end: int | None = None
    repaired_head: bytes = b""
    declared_frames: int | None = None
    is_recognised: bool = False
    links: tuple[tuple[int, int], ...] = ()
    is_padded: bool = False

    @property
    def needs_excerpt(self) -> bool:
        """Return whether the decoder needs an excerpt instead of the whole file."""
        return self.start > 0 or self.end is not None or bool(self.repaired_head)
