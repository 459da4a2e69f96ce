"""The answer of every walker."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ParsedContainer:
    """What a walk through a file found.

    Args:
        family: ``wav``, ``aiff``, ``flac``, ``mp3``, ``ogg``, ``au``, ``w64``, ``zip`` or ``other``.
        faults: codes of quality rules that the structure breaks.
        start: byte where a decoder should begin.
        end: byte after the last that belongs to the sound; None for the end of the file.
        repaired_head: bytes to put in place of ``[0, start)`` so that a decoder accepts the rest; empty for none.
        declared_frames: sample frames that the header promises, if it does.
        is_recognised: the head is that of a sound, so that a file without any readable sample is a damaged
            sound and not something else.
    """

    family: str
    faults: tuple[str, ...] = ()
    start: int = 0
    end: int | None = None
    repaired_head: bytes = b""
    declared_frames: int | None = None
    is_recognised: bool = False

    @property
    def needs_excerpt(self) -> bool:
        """Tell whether the decoder must be given a part of the file, not the file."""
        return self.start > 0 or self.end is not None or bool(self.repaired_head)
