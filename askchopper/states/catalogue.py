"""States of the landing, pack and creator pages."""

import uuid
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes, settings, token_prices
from askchopper.database import read_only, search_session, transaction
from askchopper.errors import NotFoundError
from askchopper.musical_key import MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import LicenceOfferSummary, PackCard, PackDetail
from askchopper.schemas.search import Hit
from askchopper.schemas.search_filters import PACK_PREFIX, Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SHELF_CARDS, Card, SoundRow
from askchopper.services import landing
from askchopper.services.catalogue import detail, takedowns
from askchopper.services.landing import Landing
from askchopper.services.rewards import early
from askchopper.services.search import queries, saved_searches, similar
from askchopper.services.studio import covers, preview
from askchopper.services.taste import recommendations as taste_recommendations
from askchopper.states import identity
from askchopper.states.assigning import assign
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import FileKind, Owned, PackSort

LANDING_SEARCHES = 6
RELATED_CARDS = 5
ALIKE_CARDS = 3  # few packs are similar; further ones would not be
CLOSEST_SOUNDS = 3
_TOKENS_EXPLAINED = 10  # number of tokens in the example that explains their price


class LandingState(rx.State):
    """State of the landing page: newest packs, the playable strip and catalogue totals."""

    examples: list[dict[str, str]] = []
    money: str = ""  # what a token costs
    fresh: list[Card] = []
    rising: list[Card] = []
    owned: list[Card] = []
    searches: list[dict[str, str]] = []
    daily: list[SoundRow] = []
    strip: list[Card] = []
    files: str = ""
    packs: str = ""
    creators: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer, found = identity.viewer(), await landing.read()
        if viewer is None:
            self._show(found, _visitors_shelves(found))
            return
        async with read_only() as session:
            own = await landing.seen_by(session, viewer, found)
            await self._load_own(session, viewer)
        self._show(own, _shelves(own))

    def _show(self, found: Landing, shelves: dict[str, Any]) -> None:
        assign(
            self,
            examples=[{"label": phrase, "href": routes.browse(q=phrase.casefold())} for phrase in found.phrases],
            money=token_prices.approximate(_TOKENS_EXPLAINED).removeprefix("about "),
            files=f"{found.totals.files:,}",
            packs=f"{found.totals.packs:,}",
            creators=f"{found.totals.creators:,}",
            **shelves,
        )

    async def _load_own(self, session: AsyncSession, viewer: Viewer) -> None:
        bought = Filters(owned=Owned.ONLY, sort=PackSort.NEWEST)
        owned = await queries.list_packs(session, viewer, filters=bought, limit=SHELF_CARDS)
        saved = await saved_searches.list_saved(session, viewer)
        self.owned = [catalogue.card(pack) for pack in owned.items]
        self.searches = [
            {"name": one.name, "href": routes.browse(**one.query), "news": str(one.new_count or "")}
            for one in saved[:LANDING_SEARCHES]
        ]


def _shelves(found: Landing) -> dict[str, Any]:
    return {
        "fresh": [catalogue.card(pack) for pack in found.newest],
        "rising": [catalogue.card(pack) for pack in found.rising if pack not in found.newest][:SHELF_CARDS],
        "strip": [catalogue.card(pack) for pack in found.popular],
        "daily": [catalogue.sound_row(found.daily)] if found.daily else [],
    }


@lru_cache(maxsize=1)
def _visitors_shelves(found: Landing) -> dict[str, Any]:
    """Return the shelves for visitors; cached, so that the tabs of all visitors share one copy."""
    return _shelves(found)


class ListenState(rx.State):
    """The sounds most similar to the playing one, on the landing page."""

    title: str = ""
    rows: list[SoundRow] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def follow(self, sound_id: str) -> None:
        """Show the sounds most similar to the playing one; nothing changes if it is one of those shown."""
        if any(row.sound.id == sound_id for row in self.rows):
            return
        viewer, sound_id = identity.viewer(), str(sound_id)[:100]
        # A pack is the mean of its sounds: its loops say more about it than a single hit.
        kind = FileKind.LOOP if sound_id.startswith(PACK_PREFIX) else None
        nearest = Filters(kind=kind, is_other_pack=True)
        try:
            async with search_session() as session:
                like = await similar.target(session, viewer, sound_id)
                hits = await similar.similar_files(session, viewer, like, filters=nearest, limit=CLOSEST_SOUNDS)
        except NotFoundError:  # a draft that still plays
            self.rows = []
            return
        self.title = like.label
        self.rows = [catalogue.hit_row(Hit(row, score=score)) for row, score in hits]


class PackState(rx.State):
    """State of a pack page: contents, current price for this viewer, ownership."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    tombstone: str = ""  # why and when it was taken down
    is_preview: bool = False  # of a draft
    is_early: bool = False  # a planned release to which the member's tier gives early access
    card: Card | None = None
    title: str = ""
    description: str = ""
    place: str = ""
    facts: dict[str, str] = {}
    tags: list[dict[str, str]] = []
    rows: list[SoundRow] = []
    related: list[Card] = []
    alike: list[Card] = []
    is_own: bool = False
    is_whole: bool = False
    hue: int = 0

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        slug = identity.route_parameter(self, "slug")
        self.path = self.router.url.path.rstrip("/")
        try:
            async with read_only() as session:
                pack = await detail.get_pack(session, viewer, slug=slug)
                related = await detail.related_packs(session, viewer, slug=slug, limit=RELATED_CARDS + ALIKE_CARDS)
                alike = await _load_similar(session, viewer, pack.card)
        except NotFoundError:
            self.is_missing, self.card = True, None
            self.tombstone = await _tombstone(slug)
            return
        self.is_missing, self.is_preview = False, False
        if viewer and self.router.url.query_parameters.get(routes.FROM) == routes.FROM_RECOMMENDATIONS:
            async with transaction() as session:
                await taste_recommendations.record_opened(session, viewer, slug=slug)
        self._show(pack)
        (await self.get_state(OfferState))._show(pack)  # noqa: SLF001 - public methods of states are callable by browsers
        shown = {other.slug for other in alike}
        self.alike = [catalogue.card(other) for other in alike]
        self.related = [catalogue.card(other) for other in related if other.slug not in shown][:RELATED_CARDS]

    @rx.event
    @handler(Access.MEMBER)
    async def load_preview(self) -> None:
        """Show a draft as its future pack page."""
        viewer = identity.require_viewer()
        draft_id = str(self.router.url.query_parameters.get("draft", ""))[:100]
        self.path = self.router.url.path.rstrip("/")
        try:
            async with read_only() as session:
                pack, self.is_early = await _preview(session, viewer, draft_id)
            if not pack.card.cover_key:
                cover_key, hue = await covers.draw_placeholder(uuid.UUID(pack.card.id))
                pack = replace(pack, card=replace(pack.card, cover_key=cover_key, cover_hue=hue))
        except NotFoundError:
            self.is_missing, self.card = True, None
            return
        self.is_missing, self.is_preview = False, True
        self._show(pack)
        if self.rows:  # the preview of the pack is mixed when it is published
            self.card = replace(catalogue.card(pack.card), sound=self.rows[0].sound)
        self.facts = {**self.facts, "draft_href": routes.draft(draft_id)}
        self.related, self.alike = [], []
        (await self.get_state(OfferState))._show(replace(pack, is_own=False))  # noqa: SLF001 - as buyers see them

    async def _reload(self) -> None:
        """Update ownership after a purchase or refund."""
        if self.card is None or self.is_preview:
            return
        async with read_only() as session:
            pack = await detail.get_pack(session, identity.viewer(), slug=self.card.slug)
        self._show(pack)
        (await self.get_state(OfferState))._show(pack)  # noqa: SLF001

    def _show(self, pack: PackDetail) -> None:
        """Copy a pack to the state's vars."""
        card = pack.card
        self.card = catalogue.card(card)
        self.title, self.description, self.place = card.title, pack.description, pack.creator_place
        self.tags = [
            {"label": name[:1].upper() + name[1:], "href": routes.tag(slug)}
            for name, slug in zip(card.tags, pack.tag_slugs, strict=True)
        ]
        self.hue, self.is_own = card.cover_hue, pack.is_own
        self.rows = [catalogue.sound_row(row) for row in pack.files]
        self.is_whole = card.owned
        key = MusicalKey.parse(card.keys[0]) if len(card.keys) == 1 else None
        self.facts = {
            "camelot": key.camelot if key else "",
            "count": str(card.file_count),
            "rating": "" if card.rating_average is None else f"{card.rating_average:.1f}",
            "time": catalogue.clock(card.duration_seconds),
            "size": catalogue.size(card.size_bytes),
            "download": routes.pack_zip(card.slug),
            "share": settings.get().base_url + routes.shared_pack(card.slug, "sheet"),
            "ref": f"pack:{card.slug}",
            "genre": card.genre,
            "genre_href": routes.genre(card.genre_slug),
            "summary": card.summary or pack.description,
            "image": catalogue.social_image(card),
        }


async def _tombstone(slug: str) -> str:
    async with read_only() as session:
        found = await takedowns.tombstone(session, slug=slug)
    if found is None:
        return ""
    reason, moment = found
    return f"{reason.rstrip('.')}. Taken down on {moment:%-d %B %Y}. Members who own it keep it in their library."


async def _load_similar(session: AsyncSession, viewer: Viewer | None, pack: PackCard) -> list[PackCard]:
    """List similar packs with a similar tempo; none for an unpublished pack."""
    try:
        like = await similar.pack_target(session, slug=pack.slug)
    except NotFoundError:
        return []
    hits = await similar.similar_packs(session, viewer, like, limit=4 * ALIKE_CARDS)
    return [hit.card for hit in hits if similar.share_tempo(pack, hit.card)][:ALIKE_CARDS]


class OfferState(rx.State):
    """Licence offers of a pack page. The browser holds the selected one."""

    offers: list[dict[str, Any]] = []
    kinds: list[str] = []

    def _show(self, pack: PackDetail) -> None:
        """Show the current offers of a pack for this viewer."""
        self.offers = [_offer(line, is_own=pack.is_own) for line in pack.offers]
        self.kinds = [line.kind.value for line in pack.offers]


def _offer(line: LicenceOfferSummary, *, is_own: bool) -> dict[str, Any]:
    values = asdict(line)
    return {
        "kind": line.kind.value,
        "title": values["title"],
        "sentence": values["sentence"],
        "price": f"{line.price_tokens:,}",
        "price_now": line.missing_price_tokens,
        "money": token_prices.approximate(line.missing_price_tokens),
        "paid": f"{line.price_tokens - line.missing_price_tokens:,}" if _is_reduced(line) else "",
        "missing": line.missing_files,
        "can_buy": line.missing_files > 0 and not is_own,
    }


def _is_reduced(line: LicenceOfferSummary) -> bool:
    return line.missing_price_tokens < line.price_tokens and line.missing_files > 0


async def _preview(session: AsyncSession, viewer: Viewer, draft_id: str) -> tuple[PackDetail, bool]:
    """Return a creator's draft, or a planned release for members with early access, as a pack page; and whether it is a release."""
    try:
        return await preview.pack_page(session, viewer, draft_id=draft_id), False
    except NotFoundError:
        return await early.pack_page(session, viewer, draft_id=draft_id), True
