"""View models of learning: demonstrations as sounds for the player."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from askchopper import routes
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.schemas.view_models.catalogue import UNKNOWN, Sound

DEMO_PREFIX = "demo:"  # of a sound's id; see assets/src/player/track.js


class _Demonstration(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def listen(self) -> str: ...


@dataclass(frozen=True)
class DemoRow:
    """A before and after pair."""

    label: str
    listen: str
    before: Sound
    after: Sound


def demo_rows(entry: GlossaryEntry, demos: Sequence[_Demonstration], seconds: float) -> list[DemoRow]:
    """Format the demonstrations of a term."""
    return [
        DemoRow(
            demo.label, demo.listen,
            _sound(entry, f"{demo.name}-before", "Before", seconds), _sound(entry, f"{demo.name}-after", f"After: {demo.label}", seconds),
        )
        for demo in demos
    ]  # fmt: skip


def _sound(entry: GlossaryEntry, name: str, side: str, seconds: float) -> Sound:
    return Sound(
        id=f"{DEMO_PREFIX}{name}", title=f"{entry.title}, {side[:1].lower()}{side[1:]}", subtitle="Demonstration", href=routes.term(entry.slug),
        cover="", seconds=round(seconds, 6), peaks="", lufs=None, isLoop=True, price="", bpm="120", key=UNKNOWN,
    )  # fmt: skip
