"""State of the browse page. The URL holds the search; this state parses it and shows the results."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database import read_only, search_session, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.genres import GENRES
from askchopper.plurals import counted, noun
from askchopper.schemas import search_filters, search_labels
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.search import Facets, FacetValue, Hit, Results
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.taste import Reason
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.services import limits
from askchopper.services.catalogue import detail
from askchopper.services.search import engine, queries, saved_searches, search_counts, similar, taste_traits
from askchopper.services.search import facets as counting
from askchopper.services.search import filters as filtering
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.taste import ForYouState
from askchopper.vocabulary import PackSort

PAGE_SIZE = 24
COUNT_CAP = counting.CAP


class BrowseState(rx.State):
    """State of the browse page: sounds as rows or packs as cards."""

    is_loaded: bool = False
    is_grid: bool = False
    rows: list[SoundRow] = []
    cards: list[Card] = []
    reasons: dict[str, Reason] = {}  # of recommended packs, by the id of the first of consecutive sounds of a pack
    heading: str = "Browse"
    count: str = ""
    count_word: str = ""
    chips: list[dict[str, Any]] = []
    genres: list[dict[str, str]] = []
    kinds: dict[str, str] = {}
    key_counts: dict[str, str] = {}
    near_keys: list[str] = []
    tempi: list[int] = []
    problem: str = ""
    notes: list[str] = []
    corrected: str = ""
    default_sort: str = PackSort.NEWEST.value  # the order if the URL has none
    typed: str = ""
    typed_href: str = ""
    source: SoundRow | None = None
    has_matches: bool = False  # whether the rows can be heard together with the source
    source_label: str = ""
    widen_label: str = ""
    widen_href: str = ""
    words_label: str = ""
    words_href: str = ""
    saved: list[dict[str, str]] = []
    saved_id: str = ""  # of the saved search that is shown
    is_busy_more: bool = False
    is_busy_save: bool = False
    has_more: bool = False
    _phrase: str = ""  # the typed words, some of which were parsed into filters
    _cursor: str | None = None
    _filters: Filters | None = None
    # The search whose URL is being rewritten; the load that follows need not run it again.
    _rewritten: tuple[Filters, bool] | None = None

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        given = {name: str(value)[:200] for name, value in self.router.url.query_parameters.items()}
        view = given.get("view", "")
        before, self._rewritten, notes = self._rewritten, None, list(self.notes)
        async with search_session() as session:
            filters = await self._parse_phrase(session, given)
            is_bare = filters == Filters(sort=filters.sort)
            is_grid = not (filters.like or filters.fits) and view != "list" and (view == "grid" or is_bare)
            if before == (filters, is_grid) and not self.problem:
                self.notes = notes
                return
            self._phrase = given.get("q", "")
            self._filters, self.is_grid = filters, is_grid
            self.default_sort = filtering.default_sort(filters).value
            try:
                await self._find(session, filters)
            except NotFoundError as error:  # the reference sound is gone
                self.problem, self.rows, self.cards, self.count = error.sentence, [], [], "0"
        await self._list_saved(filters)
        self.is_loaded = True
        wanted = {name: value for name, value in given.items() if name in search_filters.NAMES and value}
        canonical = search_filters.as_query(filters)
        if wanted != canonical and not self.problem:
            self._rewritten = (filters, self.is_grid)
            kept = {"view": view} if view else {}
            yield rx.redirect(routes.browse(**canonical, **kept), replace=True)

    @rx.event
    @handler(Access.PUBLIC)
    async def load_more(self) -> Any:
        if self._filters is None or self._cursor is None or self.is_busy_more:
            return
        self.is_busy_more = True
        yield
        viewer = identity.viewer()
        async with search_session() as session:
            if self.is_grid:
                page = await queries.list_packs(
                    session, viewer, filters=self._filters, cursor=self._cursor, limit=PAGE_SIZE
                )
                self.cards += await _cards(session, viewer, self._filters, page.items)
                self._cursor = page.next_cursor
            else:
                found = await engine.find_files(
                    session, viewer, filters=self._filters, cursor=self._cursor, limit=PAGE_SIZE
                )
                self.reasons |= await _reasons(session, viewer, self._filters, found.items, after=self.rows)
                self.rows += [catalogue.hit_row(hit) for hit in found.items]
                self._cursor = found.next_cursor
        self.has_more, self.is_busy_more = self._cursor is not None, False

    @rx.event
    @handler(Access.MEMBER)
    async def save(self) -> Any:
        if self._filters is None or self.is_busy_save:
            return
        self.is_busy_save = True
        yield
        viewer, query = identity.require_viewer(), search_filters.as_query(self._filters)
        await limits.hit((limits.SAVED_SEARCH, str(viewer.user_id)))
        async with transaction() as session:
            await saved_searches.save(session, viewer, name=self.heading[: saved_searches.MAX_NAME], query=query)
        await self._list_saved(self._filters)
        self.is_busy_save = False
        yield rx.toast.success("Search saved. We'll tell you when something new matches.")

    @rx.event
    @handler(Access.MEMBER)
    async def list_saved(self) -> None:
        """Reload the saved searches after a change."""
        if self._filters is not None:
            await self._list_saved(self._filters)

    @rx.event
    @handler(Access.MEMBER)
    async def dismiss(self, pack_id: str) -> Any:
        """Never recommend a pack again."""
        self.cards = [card for card in self.cards if card.id != pack_id]
        firsts = {file_id for file_id, reason in self.reasons.items() if reason.pack_id == pack_id}
        gone = {row.sound.href for row in self.rows if row.sound.id in firsts}
        self.rows = [row for row in self.rows if row.sound.href not in gone]
        return ForYouState.dismiss(pack_id)

    async def _update_owned(self) -> None:
        """Update ownership after a purchase or refund, without a new search."""
        viewer = identity.viewer()
        async with read_only() as session:
            files = await detail.find_files(session, viewer, file_ids=[row.sound.id for row in self.rows])
            packs = await detail.find_packs(session, viewer, slugs=[card.slug for card in self.cards])
        self.rows = [replace(row, is_owned=files[row.sound.id].owned) for row in self.rows if row.sound.id in files]
        self.cards = [replace(card, is_owned=packs[card.slug].owned) for card in self.cards if card.slug in packs]

    async def _parse_phrase(self, session: AsyncSession, given: dict[str, str]) -> Filters:
        self.problem, self.notes = "", []
        try:
            understood = await engine.understand(session, identity.viewer(), given)
        except (InvalidInputError, NotFoundError) as error:
            self.problem = error.sentence
            return Filters()
        self.notes = list(understood.notes)
        search_counts.record(understood.filters)
        return understood.filters

    async def _find(self, session: AsyncSession, filters: Filters) -> None:
        """Load the first page of results and reset paging."""
        viewer = identity.viewer()
        self.source, self.source_label, self.corrected, self.widen_label, self.words_label = None, "", "", "", ""
        self.has_matches, self.reasons = False, {}
        self.heading, self.chips = _heading(filters), _chips(filters)
        self.near_keys = [key.name for key in filters.keys[1:]]
        ranked: int | None = None
        if self.is_grid:
            page = await queries.list_packs(session, viewer, filters=filters, limit=PAGE_SIZE)
            self.cards, self.rows, self._cursor = (
                await _cards(session, viewer, filters, page.items),
                [],
                page.next_cursor,
            )
            if page.next_cursor is None:
                total = len(page.items)
            else:
                total = await queries.count_packs(session, viewer, filters, cap=COUNT_CAP)
            self._show_count(FacetValue("all", total, is_capped=total >= COUNT_CAP), "pack")
        else:
            began = time.monotonic()
            found = await engine.find_files(session, viewer, filters=filters, limit=PAGE_SIZE)
            search_counts.record_results(filters, found, seconds=time.monotonic() - began)
            self.rows, self.cards, self._cursor = [catalogue.hit_row(hit) for hit in found.items], [], found.next_cursor
            self.reasons = await _reasons(session, viewer, found.filters, found.items)
            self._note(filters, found)
            filters, ranked = found.filters, found.total
        self._filters = filters
        self.has_more = self._cursor is not None
        facets = await counting.count(session, viewer, filters)
        self._show_facets(facets)
        if not self.is_grid:
            self._show_count(await self._found_count(session, filters, facets, ranked), "sound")
        if not self.rows and not self.cards:
            await self._suggest(session, filters)

    async def _found_count(
        self, session: AsyncSession, filters: Filters, facets: Facets, ranked: int | None
    ) -> FacetValue:
        """Return the number of matches, and show the reference of a similarity search, which has only its nearest matches."""
        if not (filters.like or filters.fits):
            return facets.total
        await self._show_source(session, filters)
        if ranked is not None:
            return FacetValue("all", ranked)
        shown = len(self.rows) if self._cursor is None else min(facets.total.count, similar.MAX_HITS)
        return FacetValue("all", shown)

    def _note(self, filters: Filters, found: Results) -> None:
        self.notes = [*self.notes, *found.notes]
        if found.correction:
            self.corrected, self.typed = found.correction.corrected, found.correction.typed
            self.typed_href = routes.browse(**search_filters.as_query(Filters(text=f'"{filters.text}"')))
            self.heading, self.chips = _heading(found.filters), _chips(found.filters)

    def _show_count(self, value: FacetValue, unit: str) -> None:
        self.count = f"{value.count:,}{'+' if value.is_capped else ''}"
        self.count_word = noun(value.count, unit)

    def _show_facets(self, facets: Facets) -> None:
        genres = list(facets.genres)
        chosen = self._filters.genre if self._filters else None
        if chosen and chosen not in {one.value for one in genres}:
            genres.append(FacetValue(chosen, 0))  # so that it can be removed
        self.genres = [
            {"value": one.value, "label": GENRES.get(one.value, one.value), "count": _count_text(one)} for one in genres
        ]
        self.kinds = {one.value: _count_text(one) for one in facets.kinds}
        self.key_counts = {one.value: _count_text(one) for one in facets.keys}
        highest = max((one.count for one in facets.tempi), default=0) or 1
        self.tempi = [round(100 * one.count / highest) for one in facets.tempi]

    async def _show_source(self, session: AsyncSession, filters: Filters) -> None:
        """Show the reference of a similarity search, playable if it is a published sound."""
        viewer, reference = identity.viewer(), filters.fits or filters.like or ""
        target = await similar.target(session, viewer, reference)
        self.source_label = "Goes with" if filters.fits else "Similar to"
        self.heading = f"{self.source_label} {target.label}"
        try:
            self.source = catalogue.sound_row(await detail.get_file(session, viewer, file_id=reference))
        except NotFoundError:
            self.source = None
        self.has_matches = bool(filters.fits) and self.source is not None

    async def _suggest(self, session: AsyncSession, filters: Filters) -> None:
        """Suggest changes for an empty result: quoted words, matching packs, and removing the filter that restricts it most."""
        if self._phrase and self._phrase.casefold() != filters.text.casefold():
            quoted = " ".join(f'"{word}"' for word in self._phrase.replace('"', " ").split())
            self.words_label = f"Search for the words “{self._phrase[:60]}”"
            self.words_href = routes.browse(q=quoted, view="grid" if self.is_grid else "list")
        if filters.text and not self.is_grid:
            await self._suggest_packs(session, filters)
        name, count = await engine.best_relaxation(session, identity.viewer(), filters, of_files=not self.is_grid)
        chip = next((chip for chip in search_labels.chips(filters) if name in chip.params), None)
        if chip is None:
            return
        kept = {key: value for key, value in search_filters.as_query(filters).items() if key not in chip.params}
        label = chip.label.strip("“”")  # words are in quotes already
        self.widen_label = f"Remove “{label}” · {count:,}{'+' if count >= COUNT_CAP else ''}"
        self.widen_href = routes.browse(**kept, view="grid" if self.is_grid else "list")

    async def _suggest_packs(self, session: AsyncSession, filters: Filters) -> None:
        """For an empty list of sounds, link to packs whose description matches."""
        packs = await queries.count_packs(session, identity.viewer(), filters, COUNT_CAP)
        if packs:
            self.words_label = f"See {counted(packs, 'matching pack')}"
            self.words_href = routes.browse(**search_filters.as_query(filters), view="grid")

    async def _list_saved(self, filters: Filters) -> None:
        """List the viewer's saved searches; viewing one clears its new matches."""
        viewer = identity.viewer()
        if viewer is None:
            self.saved, self.saved_id = [], ""
            return
        query = search_filters.as_query(filters)
        async with transaction() as session:
            await taste_traits.record_search(session, viewer, filters)
            kept = await saved_searches.list_viewing(session, viewer, query)
        self.saved_id = next((str(one.id) for one in kept if saved_searches.is_same(one, query)), "")
        self.saved = [
            {"id": str(one.id), "name": one.name, "href": routes.browse(**one.query), "news": str(one.new_count or "")}
            for one in kept
        ]


async def _cards(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, found: Sequence[PackCard]
) -> list[Card]:
    """Format packs as cards, with the reason for each recommended one if they are ordered by taste."""
    reasons = await taste_traits.reasons(session, viewer, filters, {pack.slug for pack in found})
    return [replace(catalogue.card(pack), why=reasons[pack.slug].why if pack.slug in reasons else "") for pack in found]


async def _reasons(
    session: AsyncSession,
    viewer: Viewer | None,
    filters: Filters,
    found: Sequence[Hit],
    *,
    after: Sequence[SoundRow] = (),
) -> dict[str, Reason]:
    """Return recommendation reasons for results ordered by taste, by the id of the first of consecutive sounds from the same pack.

    ``after`` are the rows that precede ``found`` in the list.
    """
    by_pack = await taste_traits.reasons(session, viewer, filters, {hit.row.pack.slug for hit in found})
    reasons: dict[str, Reason] = {}
    last = after[-1].sound.href if after else ""
    for hit in found:
        href = routes.pack(hit.row.pack.slug)
        if href != last and hit.row.pack.slug in by_pack:
            reasons[hit.row.id] = by_pack[hit.row.pack.slug]
        last = href
    return reasons


def _heading(filters: Filters) -> str:
    return search_labels.heading(filters)


def _chips(filters: Filters) -> list[dict[str, Any]]:
    return [{"label": chip.label, "params": list(chip.params)} for chip in search_labels.chips(filters)]


def _count_text(value: FacetValue) -> str:
    return f"{value.count:,}{'+' if value.is_capped else ''}"
