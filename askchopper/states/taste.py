"""States of the taste page, of recommendations, and of the administrators' pages for both."""

from dataclasses import replace
from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.taste import Taste
from askchopper.schemas.view_models import taste as views
from askchopper.schemas.view_models.catalogue import Card
from askchopper.schemas.view_models.taste import CreatorValue, Figure, TempoCurve, Value, Wedge
from askchopper.services import audit, inspections, kpis, limits, recommendation_metrics
from askchopper.services.taste import density, profile, recommendations
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.memory import MemoryRow, memory_row
from askchopper.states.undo import undo_toast
from askchopper.taste_vocabulary import TasteFacet


class TasteVars(rx.State, mixin=True):
    """Vars of a taste profile, shared by its member's page and the administrators' page."""

    is_loaded: bool = False
    is_known: bool = False
    tempo: TempoCurve | None = None
    tempi: list[Value] = []
    wheel: list[Wedge] = []
    keys: list[Value] = []
    genres: list[Value] = []
    kinds: list[Value] = []
    makers: list[CreatorValue] = []
    facts: dict[str, str] = {}  # sound, signals, half_life
    looked: list[dict[str, str]] = []
    can_undo: bool = False

    async def _show_taste(self, viewer: Viewer, taste: Taste) -> None:
        async with read_only() as session:
            packs = await profile.favourite_packs(session, viewer, taste)
        self.is_known, self.can_undo = taste.is_known, taste.can_undo
        self.tempo = views.tempo_curve(taste, density.GRID)
        self.tempi = views.values(taste, TasteFacet.TEMPO)
        self.wheel, self.keys = views.wheel(taste), views.values(taste, TasteFacet.KEY)
        self.genres, self.kinds = views.values(taste, TasteFacet.GENRE), views.values(taste, TasteFacet.KIND)
        self.makers = views.creators(taste, packs)
        self.facts = {
            "sound": views.sound_sentence(taste),
            "signals": f"{taste.signals:,}",
            "half_life": f"{taste.half_life_days:g}",
        }
        self.looked = views.looked(taste.looked)
        self.is_loaded = True


class TasteState(TasteVars, rx.State):
    """State of the taste page."""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def correct(self, facet: str, value: str, choice: str) -> Any:
        viewer = identity.require_viewer()
        await limits.hit((limits.TASTE, str(viewer.user_id)))
        async with transaction() as session:
            await profile.correct(session, viewer, facet=facet[:20], value=value[:60], choice=choice[:10])
        await self._read()
        return rx.toast(_SAID.get(choice, "Correction removed."))

    @rx.event
    @handler(Access.MEMBER)
    async def reset_taste(self) -> Any:
        viewer = identity.require_viewer()
        await limits.hit((limits.TASTE, str(viewer.user_id)))
        async with transaction() as session:
            await profile.reset(session, viewer)
        await self._read()
        return undo_toast("Your taste was reset.", TasteState.undo)

    @rx.event
    @handler(Access.MEMBER)
    async def undo(self) -> Any:
        viewer = identity.require_viewer()
        await limits.hit((limits.TASTE, str(viewer.user_id)))
        async with transaction() as session:
            await profile.undo_reset(session, viewer)
        await self._read()
        return rx.toast("Your taste was restored.")

    @rx.event
    @handler(Access.MEMBER)
    async def finish_import(self) -> None:
        """Show the newly imported profile."""
        await self._read()

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            taste = await profile.get(session, viewer)
        await self._show_taste(viewer, taste)


_SAID = {
    "more": "You'll see more of this.",
    "less": "You'll see less of this.",
    "never": "We won't recommend this again.",
}


class ForYouState(rx.State):
    """Recommended packs on the landing page. They load separately, because each impression is recorded."""

    cards: list[Card] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        if viewer is None:
            self.cards = []
            return
        async with transaction() as session:
            found = await recommendations.show(session, viewer)
        self.cards = [views.recommended(one) for one in found]

    @rx.event
    @handler(Access.MEMBER)
    async def dismiss(self, pack_id: str) -> Any:
        """Dismiss a pack and remove its card, with an option to undo."""
        viewer = identity.require_viewer()
        await limits.hit((limits.TASTE, str(viewer.user_id)))
        async with transaction() as session:
            title = await recommendations.dismiss(session, viewer, pack_id=pack_id)
        self.cards = [card for card in self.cards if card.id != pack_id]
        return undo_toast(f"We won't recommend {title} again.", ForYouState.restore(pack_id))

    @rx.event
    @handler(Access.MEMBER)
    async def restore(self, pack_id: str) -> Any:
        """Undo a dismissal."""
        viewer = identity.require_viewer()
        async with transaction() as session:
            await recommendations.restore(session, viewer, pack_id=pack_id[:60])
        return rx.toast("It can be recommended again.")


class InspectionState(TasteVars, rx.State):
    """State of the page on which an administrator reads a member's profile."""

    is_missing: bool = False
    is_admin: bool = False
    problem: str = ""
    email: str = ""
    memories: list[MemoryRow] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.memories = []
        self.is_missing, self.is_admin, self.problem, self.email, self.is_loaded = False, False, "", "", False
        try:
            audit.require_admin(identity.viewer())
        except NotFoundError:
            self.is_missing = True
            return
        self.is_admin = True

    @rx.event
    @handler(Access.MEMBER)
    async def inspect(self, form: dict[str, str]) -> None:
        viewer = audit.require_admin(identity.require_viewer())
        self.problem, self.is_loaded = "", False
        email = form.get("email", "")[:254]
        try:
            async with transaction() as session:
                found = await inspections.inspect(session, viewer, email=email, reason=form.get("reason", "")[:1000])
        except (InvalidInputError, NotFoundError) as error:
            self.problem = error.sentence
            return
        self.email = email
        # Without links: administrators do not read conversations.
        self.memories = [replace(memory_row(one), href="") for one in found.memories]
        await self._show_taste(viewer, found.taste)


class MetricsState(rx.State):
    """State of the administrators' page of product metrics."""

    is_missing: bool = False
    is_loaded: bool = False
    targets: list[Figure] = []
    funnel: list[Figure] = []
    visits: list[Figure] = []
    questions: list[Figure] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.is_missing, self.is_loaded = False, False
        try:
            found = await recommendation_metrics.measure(identity.viewer())
            self.targets = views.kpis(await kpis.measure(identity.viewer()))
        except NotFoundError:
            self.is_missing = True
            return
        self.funnel, self.visits, self.questions = views.metrics(
            found,
            gap_minutes=recommendation_metrics.SESSION_GAP_MINUTES,
            window_days=recommendation_metrics.WINDOW_DAYS,
        )
        self.is_loaded = True
