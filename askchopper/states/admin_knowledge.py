"""State of the administrators' page on knowledge: web search, answered questions, reported pages."""

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.plurals import counted
from askchopper.schemas.view_models import knowledge as views
from askchopper.schemas.view_models.knowledge import ReportedRow, TopicRow
from askchopper.schemas.view_models.taste import Figure
from askchopper.services.knowledge import answered, resources
from askchopper.services.knowledge.artists import pages
from askchopper.services.knowledge.web_search import budget
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class AdminKnowledgeState(rx.State):
    """The page; missing for everyone but administrators."""

    is_missing: bool = False
    is_loaded: bool = False
    figures: list[Figure] = []
    topics: list[TopicRow] = []
    subjects: list[dict[str, str]] = []
    withheld: int = 0
    reported: list[ReportedRow] = []
    dead_links: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.is_missing, self.is_loaded = False, False
        try:
            await self._read()
        except NotFoundError:
            self.is_missing = True

    @rx.event
    @handler(Access.MEMBER)
    async def keep(self, slug: str) -> None:
        """Show a reported page again."""
        await self._decide(slug, is_kept=True)

    @rx.event
    @handler(Access.MEMBER)
    async def remove(self, slug: str) -> None:
        """Remove a reported page."""
        await self._decide(slug, is_kept=False)

    async def _decide(self, slug: str, *, is_kept: bool) -> None:
        async with transaction() as session:
            await pages.decide(session, identity.viewer(), slug=slug, is_kept=is_kept)
        await self._read()

    async def _read(self) -> None:
        viewer = identity.viewer()
        async with read_only() as session:
            report = await answered.report(session, viewer)
            reported = await pages.reported(session, viewer)
            state = await budget.state(session)
            dead = await resources.dead(session, viewer)
        self.figures = views.web_search_figures(state)
        self.topics, self.withheld = views.topic_rows(report), report.withheld
        self.subjects = [
            {"subject": one.subject, "topic": one.topic, "questions": counted(one.questions, "question")}
            for one in report.subjects
        ]
        self.reported = views.reported_rows(reported)
        self.dead_links = [
            {"title": one.title, "by": one.by, "href": one.url, "status": str(status or "no answer")}
            for one, status in dead
        ]
        self.is_loaded = True
