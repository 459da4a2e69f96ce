"""Filters of the browse page: a sidebar on wide screens, a sheet on phones. Their values are in the URL."""

import reflex as rx

from askchopper.components import buttons, theme
from askchopper.components.client import Dialog, FilterGroup, FilterLink, FilterSwitch, TempoFilter
from askchopper.musical_key import ALL_KEYS, Mode, MusicalKey
from askchopper.schemas import search_labels
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.views.saved_searches import removed_search, saved_search_list

_WHEEL_ORDER = [f"{number}{letter}" for letter in "BA" for number in (*range(8, 13), *range(1, 8))]
_KEY_CELL = (
    "inline-grid place-items-center min-h-[44px] md:min-h-[32px] rounded-[4px] bg-surface-2 text-text-2"
    " font-mono text-[12px] hover:bg-surface-3"
)
_KINDS = (("loop", "Loop"), ("one-shot", "One-shot"), ("track", "Track"))
_MOODS = ("dark", "warm", "calm", "happy", "dusty", "cold", "epic", "funky", "hypnotic", "retro", "soulful", "upbeat")
_LENGTHS = (("5", "Under 5 s"), ("15", "Under 15 s"), ("30", "Under 30 s"), ("120", "Under 2 min"))
_FORMATS = (("wav", "WAV"), ("flac", "FLAC"), ("mp3", "MP3"))
_SWITCH_ROW = f"{theme.SMALL} flex justify-between items-center gap-3 min-h-[44px] md:min-h-[36px] py-1 text-text-2 cursor-pointer"
_PRICES = (("0", "Free"), ("5", "Up to 5"), ("30", "Up to 30"), ("60", "Up to 60"))


def filter_rail() -> rx.Component:
    return rx.el.aside(
        _groups(),
        aria_label="Filters",
        role="region",
        class_name="hidden md:block w-[232px] shrink-0 pr-5 border-r border-line",
    )


def filter_sheet() -> rx.Component:
    """Render the filters in a bottom sheet, with a button that shows the number of results."""
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Filters", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center",
            ),
            _groups(),
            rx.el.div(
                buttons.button(
                    "Show ",
                    rx.el.span(BrowseState.count),
                    rx.el.span(BrowseState.count_word),
                    kind="primary",
                    class_name="w-full min-h-[48px]",
                    custom_attrs={"data-dismiss": ""},
                ),
                class_name="sticky bottom-0 bg-surface-3 py-4",
            ),
            class_name="px-5 pt-4 max-h-[82dvh] overflow-y-auto",
        ),
        id="filter-sheet",
        is_lazy=True,  # as many links as in the sidebar, each of which follows the address
        label="Filters",
        class_name=f"{theme.FLOATING} rounded-sheet w-[480px]",
    )


def _groups() -> rx.Component:
    return rx.el.div(
        rx.cond(BrowseState.saved.length() > 0, _group("Saved searches", saved_search_list()), rx.fragment()),
        removed_search(),
        _group(
            "Tempo",
            TempoFilter.create(
                bins=BrowseState.tempi,
                field_class_name=f"{theme.FIELD} !min-h-[40px] text-center !text-[14px] !px-1",
                tap_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} !min-h-[40px] !px-2.5 min-w-[48px]",
            ),
            _switch("half_double", "off", "Half and double tempo", is_inverted=True),
        ),
        _group(
            "Key",
            _key_grid(),
            _switch("compatible", "strict", "Compatible keys"),
            _switch("compatible", "wide", "Include more distant keys"),
        ),
        _group("Genre", _genres()),
        _group("Type", _kinds()),
        _chips("Mood", "tags", tuple((mood, mood.capitalize()) for mood in _MOODS)),
        _chips("Length", "duration_max", _LENGTHS),
        _chips("Price", "price_max", _PRICES),
        _chips("Licence", "licence", (("broadcast", "Broadcast"),)),
        _chips("Format", "format", _FORMATS),
        _group(
            "More",
            _switch("unknown", "on", "Include unknown tempo or key"),
            _switch("certainty", "measured", "Reliable tempo and key"),
            _switch("quality_min", str(search_labels.HIGH_QUALITY), "High-quality files only"),
            rx.cond(
                SessionState.is_signed_in,
                rx.fragment(
                    _switch("owned", "hide", "Hide what I own"),
                    _switch("heard", "hide", "Hide what I heard"),
                ),
                rx.fragment(),
            ),
        ),
        class_name="grid grid-cols-[minmax(0,1fr)]",
    )


def _group(title: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h3(title, class_name=f"{theme.LABEL} mb-3"),
        *children,
        class_name="py-[18px] border-b border-line last:border-0",
    )


def _switch(name: str, value: str, label: str, *, is_inverted: bool = False) -> rx.Component:
    return FilterSwitch.create(name=name, value=value, label=label, is_inverted=is_inverted, class_name=_SWITCH_ROW)


def _kinds() -> rx.Component:
    return FilterGroup.create(
        *(
            _chip(
                "kind",
                value,
                rx.el.span(label),
                rx.el.span(BrowseState.kinds[value], class_name="fact text-inherit opacity-80"),
            )
            for value, label in _KINDS
        ),
        label="Type",
        class_name="flex flex-wrap gap-1.5",
    )


def _chips(title: str, name: str, options: tuple[tuple[str, str], ...]) -> rx.Component:
    return _group(
        title,
        FilterGroup.create(
            *(_chip(name, value, label) for value, label in options), label=title, class_name="flex flex-wrap gap-1.5"
        ),
    )


def _chip(name: str, value: rx.Var[str] | str, *label: rx.Var[str] | str | rx.Component) -> rx.Component:
    return FilterLink.create(
        *label, name=name, value=value, class_name=f"{theme.CHIP} group/chip", on_class_name=theme.CHIP_ON
    )


def _genres() -> rx.Component:
    return FilterGroup.create(
        rx.foreach(
            BrowseState.genres,
            lambda facet: _chip(
                "genre",
                facet["value"],
                rx.el.span(facet["label"]),
                rx.el.span(facet["count"], class_name="fact text-inherit opacity-80"),
            ),
        ),
        label="Genre",
        class_name="flex flex-wrap content-start gap-1.5 min-h-[120px]",
    )


def _key_grid() -> rx.Component:
    by_camelot = {key.camelot: key for key in ALL_KEYS}
    ordered = [by_camelot[position] for position in _WHEEL_ORDER]
    return FilterGroup.create(
        *(
            rx.fragment(
                rx.el.p(mode.value.capitalize(), class_name=f"{theme.SMALL} text-text-2 mt-1 mb-1"),
                rx.el.div(
                    *(_key_cell(key) for key in ordered if key.mode is mode),
                    class_name="grid grid-cols-4 gap-1",
                ),
            )
            for mode in (Mode.MAJOR, Mode.MINOR)
        ),
        label="Key",
    )


def _key_cell(key: MusicalKey) -> rx.Component:
    return FilterLink.create(
        key.letter,
        name="key",
        value=key.name,
        label=key.spoken if key.spoken.startswith(key.letter) else f"{key.letter}, {key.spoken}",
        class_name=rx.cond(
            BrowseState.near_keys.contains(key.name),
            f"{_KEY_CELL} shadow-[inset_0_0_0_1px_var(--control)] text-text-1",
            rx.cond(BrowseState.key_counts.contains(key.name), _KEY_CELL, f"{_KEY_CELL} !text-text-3"),
        ),
        on_class_name="!bg-amber-tint !text-amber shadow-[inset_0_0_0_1px_var(--amber)]",
    )
