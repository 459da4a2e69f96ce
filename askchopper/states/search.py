"""State of the browse page. The address holds the filters; this state reads it and shows what it finds."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.schemas import screens
from askchopper.schemas.catalogue import Filters
from askchopper.schemas.screens import Card, SoundRow
from askchopper.services.catalogue import listing
from askchopper.states import identity
from askchopper.states.failures import Access, handler
from askchopper.vocabulary import GENRES, FileKind, MusicalKey, PackSort

PAGE_SIZE = 24
COUNT_CAP = 1000
_FILTER_NAMES = ("q", "genre", "kind", "bpm_min", "bpm_max", "key", "compatible", "price_max", "creator")


class BrowseState(rx.State):
    """Sounds as rows or packs as cards."""

    is_loaded: bool = False
    is_grid: bool = False
    rows: list[SoundRow] = []
    cards: list[Card] = []
    heading: str = "Browse"
    count: str = ""
    count_word: str = ""
    chips: list[dict[str, Any]] = []
    genres: list[dict[str, str]] = []
    problem: str = ""
    widen_label: str = ""
    widen_href: str = ""
    is_busy_more: bool = False
    has_more: bool = False
    _cursor: str | None = None
    _filters: Filters | None = None

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        """Read the filters from the address and find the first page."""
        query = {name: str(value)[:200] for name, value in self.router.url.query_parameters.items()}
        self.problem, self.widen_label = "", ""
        try:
            filters = filters_from(query)
        except InvalidInputError as error:
            filters, self.problem = Filters(), error.sentence
        self.is_grid = query.get("view", "") != "list" and (
            query.get("view") == "grid" or not any(query.get(name) for name in _FILTER_NAMES)
        )
        self._filters = filters
        self.heading, self.chips = heading(filters), chips(filters)
        viewer = identity.viewer()
        async with read_only() as session:
            if self.is_grid:
                page = await listing.list_packs(session, viewer, filters=filters, limit=PAGE_SIZE)
                self.cards, self.rows = [screens.card(pack) for pack in page.items], []
                count = await listing.count_packs(session, filters, cap=COUNT_CAP)
            else:
                found = await listing.list_files(session, viewer, filters=filters, limit=PAGE_SIZE)
                self.rows, self.cards = [screens.sound_row(row) for row in found.items], []
                count, page = await listing.count_files(session, filters, cap=COUNT_CAP), found
            if not self.genres:
                facets = await listing.genre_facets(session)
                self.genres = [
                    {"value": facet.value, "label": facet.label, "count": str(facet.count)} for facet in facets
                ]
            if count == 0:
                await self._suggest(session, query)
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        self.count = f"{count:,}" if count < COUNT_CAP else f"{COUNT_CAP:,}+"
        unit = "pack" if self.is_grid else "sound"
        self.count_word = unit if count == 1 else f"{unit}s"
        self.is_loaded = True

    @rx.event
    @handler(Access.PUBLIC)
    async def load_more(self) -> Any:
        """Append the next page."""
        if self._filters is None or self._cursor is None or self.is_busy_more:
            return
        self.is_busy_more = True
        yield
        viewer = identity.viewer()
        async with read_only() as session:
            if self.is_grid:
                page = await listing.list_packs(
                    session, viewer, filters=self._filters, cursor=self._cursor, limit=PAGE_SIZE
                )
                self.cards += [screens.card(pack) for pack in page.items]
                self._cursor = page.next_cursor
            else:
                found = await listing.list_files(
                    session, viewer, filters=self._filters, cursor=self._cursor, limit=PAGE_SIZE
                )
                self.rows += [screens.sound_row(row) for row in found.items]
                self._cursor = found.next_cursor
        self.has_more, self.is_busy_more = self._cursor is not None, False

    async def _suggest(self, session: Any, query: dict[str, str]) -> None:
        """Find the one filter whose removal helps most, for the empty page."""
        count_of = listing.count_packs if self.is_grid else listing.count_files
        best = 0
        for chip in self.chips:
            kept = {name: value for name, value in query.items() if name not in chip["params"]}
            count = await count_of(session, filters_from(kept), cap=COUNT_CAP)
            if count > best:
                best = count
                self.widen_label = f"Without {chip['label']} ({count:,})"
                self.widen_href = routes.browse(**kept)


def filters_from(query: dict[str, str]) -> Filters:
    """Read filters from the address's query.

    Raises:
        InvalidInputError: a value is not understood; the sentence says which.
    """
    return Filters(
        text=query.get("q", "").strip(),
        genre=_one_of("genre", query.get("genre"), GENRES),
        kind=_enum("kind", query.get("kind"), FileKind),
        bpm_min=_number("bpm_min", query.get("bpm_min")),
        bpm_max=_number("bpm_max", query.get("bpm_max")),
        key=_key(query.get("key")),
        is_compatible=query.get("compatible", "") not in {"", "off", "0", "false"},
        price_max_tokens=_whole("price_max", query.get("price_max")),
        creator=query.get("creator") or None,
        sort=_enum("sort", query.get("sort"), PackSort),
    )


def heading(filters: Filters) -> str:
    """Say the query in words."""
    words = [GENRES[filters.genre] if filters.genre else ""]
    if filters.kind:
        noun = {FileKind.LOOP: "loops", FileKind.ONE_SHOT: "one-shots", FileKind.TRACK: "tracks"}[filters.kind]
        words.append(noun if words[0] else noun.capitalize())
    if filters.text:
        words.append(f"“{filters.text[:60]}”")
    if span := _tempo_words(filters):
        words.append(f"{span} BPM")
    if filters.key:
        words.append(f"in {filters.key.name}")
    said = " ".join(word for word in words if word)
    return said[:1].upper() + said[1:] if said else "Browse"


def chips(filters: Filters) -> list[dict[str, Any]]:
    """List the filters that are on, each with the parameters to drop."""
    found: list[tuple[str, list[str]]] = []
    if filters.text:
        found.append((f"“{filters.text[:40]}”", ["q"]))
    if filters.genre:
        found.append((GENRES[filters.genre], ["genre"]))
    if filters.kind:
        found.append((screens.KIND_WORDS[filters.kind], ["kind"]))
    if span := _tempo_words(filters):
        found.append((f"{span} BPM", ["bpm_min", "bpm_max"]))
    if filters.key:
        suffix = " and compatible" if filters.is_compatible else ""
        found.append((f"{filters.key.short}{suffix}", ["key", "compatible"]))
    if filters.price_max_tokens is not None:
        label = "Free" if filters.price_max_tokens == 0 else f"Up to {filters.price_max_tokens} tokens"
        found.append((label, ["price_max"]))
    if filters.creator:
        found.append((filters.creator, ["creator"]))
    return [{"label": label, "params": params} for label, params in found]


def _tempo_words(filters: Filters) -> str:
    low, high = filters.bpm_min, filters.bpm_max
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if low != high else f"at {low:g}"
    if low is not None:
        return f"from {low:g}"
    return f"up to {high:g}" if high is not None else ""


def _number(name: str, text: str | None) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 999:  # also refuses NaN
        raise InvalidInputError("A tempo is a number between 1 and 999.", field=name)
    return value


def _whole(name: str, text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise InvalidInputError("A price is a whole number of tokens.", field=name)
    return int(text)


def _key(text: str | None) -> MusicalKey | None:
    if not text:
        return None
    key = MusicalKey.parse(text)
    if key is None:
        raise InvalidInputError("That is not a key we know. Try Am, F# minor or 8A.", field="key")
    return key


def _one_of(name: str, text: str | None, known: dict[str, str]) -> str | None:
    if not text:
        return None
    if text not in known:
        raise InvalidInputError(f"There is no {name} called {text[:40]}.", field=name)
    return text


def _enum(name: str, text: str | None, kind: Any) -> Any:
    if not text:
        return None
    if text not in {item.value for item in kind}:
        raise InvalidInputError(f"There is no {name} called {text[:40]}.", field=name)
    return kind(text)
