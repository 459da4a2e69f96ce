"""The reference cards."""

import reflex as rx

from askchopper import routes
from askchopper.views.cards.camelot import camelot
from askchopper.views.cards.delay import delay
from askchopper.views.cards.frequency import frequency
from askchopper.views.cards.loudness import loudness
from askchopper.views.cards.notes import notes
from askchopper.views.cards.pitch_tempo import pitch_tempo
from askchopper.views.cards.progressions import progressions
from askchopper.views.cards.scales import scales
from askchopper.views.cards.tempo import tempo
from askchopper.views.shell import frame

_BUILDERS = {
    "camelot": camelot, "scales": scales, "progressions": progressions, "tempo": tempo, "frequency": frequency,
    "notes": notes, "delay": delay, "pitch-tempo": pitch_tempo, "loudness": loudness,
}  # fmt: skip


def card(name: str) -> rx.Component:
    """Render the page of a card."""
    return frame(_BUILDERS[name](), active=routes.LEARN)
