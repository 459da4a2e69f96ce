"""State of the trends page."""

import reflex as rx

from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.plurals import counted
from askchopper.schemas.trends import Trends
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.schemas.view_models.trends import TrendGroup, groups
from askchopper.services.catalogue import detail
from askchopper.services.knowledge import trends
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

GENRE_NAMES = tuple(GENRES.items())


class TrendsState(rx.State):
    """Trends: what was played, downloaded and bought this week, compared with the four weeks before."""

    is_loaded: bool = False
    genre: str = ""
    heading: str = "Trends"
    summary: str = ""
    problem: str = ""
    groups: list[TrendGroup] = []
    cards: list[Card] = []
    rows: list[SoundRow] = []
    updated_at: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        asked = str(self.router.url.query_parameters.get("genre", ""))[:60]
        self.problem = ""
        viewer = identity.viewer()
        async with read_only() as session:
            try:
                found = await trends.catalogue_trends(session, genre=asked)
            except InvalidInputError as error:
                self.problem, found = error.sentence, Trends()
            packs = await detail.find_packs_by_id(session, viewer, ids=[line.value for line in found.packs])
            sounds = await detail.find_files(session, viewer, file_ids=[line.value for line in found.sounds])
        self.genre = found.genre
        self.heading = f"Trends in {GENRES[found.genre].lower()}" if found.genre else "Trends"
        self.summary = _summary(found)
        self.groups = groups(found)
        self.cards = [catalogue.card(pack) for pack in packs]
        self.rows = [catalogue.sound_row(sounds[line.value]) for line in found.sounds if line.value in sounds]
        self.updated_at = f"{found.computed_at:%d %B, %H:%M} UTC" if found.computed_at else ""
        self.is_loaded = True


def _summary(found: Trends) -> str:
    facts = [
        counted(weeks[-1], unit)
        for weeks, unit in ((found.plays, "play"), (found.downloads, "download"), (found.sales, "sale"))
    ]
    return f"{', '.join(facts)} in the last seven days." if any(found.plays) else ""
