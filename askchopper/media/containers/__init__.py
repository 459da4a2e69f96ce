"""What the bytes of an audio file say about themselves: one walker for each family of formats.

A walker reads structure only, never samples. It finds the faults that decoders hide: sizes that lie, missing ends,
wrong checksums.
"""

from askchopper.media.containers.examine import examine
from askchopper.media.containers.structure import Structure

__all__ = ["Structure", "examine"]
