"""Browse page: filters, sounds as waveform rows or packs as cards."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, prerender, theme
from askchopper.components.client import FilterChips, FilterGroup, FilterLink, FilterSelect, Go, SearchBox, SoundQuery
from askchopper.components.taste import reason_line, recommended_card
from askchopper.schemas.view_models.catalogue import Card
from askchopper.states.saved_searches import SavedSearchState
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.views.filter_rail import filter_rail, filter_sheet
from askchopper.views.shell import frame

_SORTS = [
    ["relevance", "Relevance"],
    ["newest", "Newest"],
    ["oldest", "Oldest"],
    ["popular", "Most played"],
    ["top-rated", "Top rated"],
    ["for-you", "For you"],
    ["price", "Price: low to high"],
    ["-price", "Price: high to low"],
    ["bpm", "Tempo: slow to fast"],
    ["-bpm", "Tempo: fast to slow"],
    ["duration", "Length: short to long"],
    ["-duration", "Length: long to short"],
]
# The row of chips is never empty, so that results do not move when filters arrive.
_QUICK_FILTERS = (
    ("kind", "loop", "Loops"),
    ("kind", "one-shot", "One-shots"),
    ("price_max", "0", "Free"),
    ("duration_max", "5", "Under 5 s"),
    ("certainty", "measured", "Reliable tempo and key"),
)
_SEGMENT = "inline-grid place-items-center size-[44px] md:size-[36px] rounded-[4px] text-text-2 hover:text-text-1"
_SEGMENT_ON = f"{_SEGMENT} !bg-surface-4 !text-text-1"


def browse() -> rx.Component:
    return browse_page()


@rx.memo
def browse_page() -> rx.Component:
    """Render the page. Memoised, since each filter change is a navigation, which would otherwise re-render the whole page."""
    return frame(
        buttons.skip_button("Skip to results", "results"),
        rx.el.div(
            filter_rail(),
            rx.el.section(_top(), _chip_row(), _results(), class_name="flex-1 min-w-0 md:pl-8"),
            class_name=f"{theme.PAGE} flex pt-4 md:pt-6",
        ),
        filter_sheet(),
        active=routes.BROWSE,
    )


def _top() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            SearchBox.create(
                rx.icon("search", size=18, stroke_width=1.5, class_name="absolute left-3 top-[13px] text-text-2 pointer-events-none", aria_hidden="true"),
                is_member=SessionState.is_signed_in,
                placeholder="Search sounds",
                class_name="relative flex-1",
                input_class_name=f"{theme.FIELD} !pl-10",
            ),
            _sound_query(f"{theme.ICON_BUTTON} bg-surface-2", rx.el.span("Search with a sound", class_name="sr-only")),
            rx.el.button(
                rx.icon("sliders-horizontal", size=20, stroke_width=1.5, aria_hidden="true"),
                rx.cond(
                    BrowseState.chips.length() > 0,
                    # As an attribute: text would have to be part of the button's name.
                    rx.el.span(custom_attrs={"data-count": BrowseState.chips.length()}, class_name="before:content-[attr(data-count)] absolute -top-1.5 -right-1.5 grid place-items-center size-[20px] rounded-full bg-amber-tint text-amber text-[12px] border border-amber"),
                    rx.fragment(),
                ),
                type="button",
                aria_label="Filters",
                on_click=rx.call_script("document.getElementById('filter-sheet').showModal()"),
                class_name=f"{theme.ICON_BUTTON} bg-surface-2 relative",
            ),
            class_name="flex gap-2 mb-4 md:hidden",
        ),
        rx.el.h1(BrowseState.heading, class_name=theme.TITLE_1),
        rx.el.div(
            rx.el.p(
                rx.el.span(BrowseState.count, class_name="fact text-text-1"), " ", BrowseState.count_word,
                class_name="text-text-2 mr-auto min-h-[20px]", role="status",
            ),
            _sound_query(f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} gap-2 max-md:!hidden", rx.el.span("Search with a sound")),
            FilterSelect.create(
                name="sort", options=rx.cond(BrowseState.default_sort == "relevance", _SORTS, _SORTS[1:]),
                fallback=BrowseState.default_sort, label="Sort by",
                class_name="bg-transparent font-semibold min-h-[44px] pr-1 cursor-pointer [field-sizing:content] max-sm:max-w-[46vw] text-ellipsis [&>option]:bg-surface-3",
            ),
            rx.el.div(
                FilterLink.create(
                    rx.icon("list", size=18, stroke_width=1.5, aria_hidden="true"),
                    name="view", value="list", label="Sounds as a list", on_class_name="",
                    class_name=rx.cond(BrowseState.is_grid, _SEGMENT, _SEGMENT_ON),
                ),
                FilterLink.create(
                    rx.icon("layout-grid", size=18, stroke_width=1.5, aria_hidden="true"),
                    name="view", value="grid", label="Packs as a grid", on_class_name="",
                    class_name=rx.cond(BrowseState.is_grid, _SEGMENT_ON, _SEGMENT),
                ),
                class_name="inline-flex gap-0.5 p-0.5 rounded-ctl bg-surface-2", role="group", aria_label="View",
            ),
            class_name="flex items-center gap-4 mt-1",
        ),
    )  # fmt: skip


def _sound_query(class_name: str, *words: rx.Component) -> rx.Component:
    return SoundQuery.create(
        rx.icon("mic", size=20, stroke_width=1.5, aria_hidden="true"),
        *words,
        class_name=class_name,
        button_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} w-full min-h-[48px] justify-center",
    )


def _chip_row() -> rx.Component:
    return rx.el.div(
        FilterChips.create(
            FilterGroup.create(
                *(FilterLink.create(label, name=name, value=value, class_name=f"{theme.CHIP} shrink-0", on_class_name=theme.CHIP_ON) for name, value, label in _QUICK_FILTERS),
                label="Quick filters",
                class_name="flex md:flex-wrap gap-2",
            ),
            chips=BrowseState.chips,
            class_name=f"{theme.CHIP} shrink-0",
            clear_class_name="min-h-[44px] md:min-h-[32px] px-2 font-semibold text-text-2 hover:text-text-1 cursor-pointer whitespace-nowrap",
        ),
        rx.cond(
            SessionState.is_signed_in & (BrowseState.chips.length() > 0),
            rx.el.button(
                rx.icon("bookmark", size=16, stroke_width=1.5, fill=rx.cond(BrowseState.saved_id != "", "currentColor", "none"), aria_hidden="true"),
                rx.cond(BrowseState.saved_id != "", "Saved", "Save search"),
                type="button",
                aria_pressed=BrowseState.saved_id != "",
                disabled=BrowseState.is_busy_save,
                on_click=rx.cond(BrowseState.saved_id != "", SavedSearchState.remove(BrowseState.saved_id), BrowseState.save()),
                class_name="ml-auto inline-flex items-center gap-2 min-h-[44px] md:min-h-[32px] px-2 font-semibold text-text-2 hover:text-text-1 cursor-pointer whitespace-nowrap aria-pressed:text-amber",
            ),
            rx.fragment(),
        ),
        class_name="flex md:flex-wrap gap-2 items-center overflow-x-auto my-3 min-h-[44px] md:min-h-[32px]",
    )  # fmt: skip


def _notes() -> rx.Component:
    """Render the spelling correction, other search notices, and the reference of a similarity search."""
    return rx.fragment(
        rx.cond(
            BrowseState.corrected != "",
            rx.el.p(
                "Showing results for ", rx.el.strong(BrowseState.corrected, class_name="text-text-1"), ". ",
                Go.create(rx.el.span("Search for “", BrowseState.typed, "” instead"), to=BrowseState.typed_href, class_name=theme.LINK),
                class_name="text-text-2 my-3", role="status",
            ),
            rx.fragment(),
        ),
        rx.foreach(BrowseState.notes, lambda note: rx.el.p(note, class_name="text-text-2 my-3", role="status")),
        rx.cond(
            BrowseState.source,
            rx.el.section(
                rx.el.h2(BrowseState.source_label, class_name=f"{theme.LABEL} text-text-3 mt-3"),
                catalogue.sound_row(BrowseState.source),
                rx.cond(
                    BrowseState.has_matches,
                    rx.el.p(
                        "Play together changes tempo and key so that both sounds fit. ",
                        rx.el.span("What you buy stays as it was recorded.", class_name="max-sm:hidden"),
                        class_name=f"{theme.SMALL} text-text-3 mt-2",
                    ),
                    rx.fragment(),
                ),
                aria_label=BrowseState.source_label,
                class_name="mb-4",
            ),
            rx.fragment(),
        ),
    )  # fmt: skip


def _results() -> rx.Component:
    return rx.el.div(
        _notes(),
        rx.cond(
            BrowseState.problem != "",
            rx.el.p(
                BrowseState.problem, role="alert", class_name="rounded-ctl bg-warn-tint text-warn px-3 py-2.5 my-3"
            ),
            rx.fragment(),
        ),
        rx.cond(
            BrowseState.is_loaded,
            rx.cond(
                BrowseState.count == "0",
                _nothing(),
                rx.cond(BrowseState.is_grid, _grid(), _list()),
            ),
            prerender.place(*feedback.row_skeletons(10, "h-[99px] sm:h-[77px] md:h-[65px]")),
        ),
        rx.cond(
            BrowseState.has_more,
            rx.el.div(
                buttons.button("Load more", is_busy=BrowseState.is_busy_more, on_click=BrowseState.load_more),
                class_name="flex justify-center pt-8",
            ),
            rx.fragment(),
        ),
        id="results",
        tab_index=-1,
        class_name="@container outline-none scroll-mt-[80px]",
    )


def _list() -> rx.Component:
    return rx.fragment(
        catalogue.row_heads(has_scores=BrowseState.source_label != "", has_matches=BrowseState.has_matches),
        rx.el.ul(
            rx.foreach(
                BrowseState.rows,
                lambda row: rx.el.li(
                    reason_line(BrowseState.reasons[row.sound.id], row.sound.subtitle, BrowseState.dismiss),
                    catalogue.sound_row(row, reference=BrowseState.source),
                    key=row.sound.id,
                ),
            ),
            aria_label="Results",
            custom_attrs={"data-queue": ""},
        ),
    )


def _grid() -> rx.Component:
    return rx.el.div(
        catalogue.card_grid(BrowseState.cards, class_name=prerender.GRID_COLUMNS, draw=_card),
        aria_label="Results",
        role="group",
        class_name="pt-2",
    )


def _card(card: rx.Var[Card]) -> rx.Component:
    return rx.cond(card.why != "", recommended_card(card, BrowseState.dismiss), catalogue.pack_card(card))


def _nothing() -> rx.Component:
    return feedback.empty(
        rx.cond(BrowseState.widen_label != "", "No sounds match. Try removing a filter:", "No sounds match."),
        rx.cond(
            BrowseState.widen_label != "",
            buttons.link_button(BrowseState.widen_label, href=BrowseState.widen_href),
            rx.fragment(),
        ),
        rx.cond(
            BrowseState.words_label != "",
            buttons.link_button(BrowseState.words_label, href=BrowseState.words_href),
            rx.fragment(),
        ),
        buttons.link_button("Clear all filters", href=routes.BROWSE, kind="quiet"),
    )
