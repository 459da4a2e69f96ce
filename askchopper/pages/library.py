"""Library page: owned packs and sounds to play and download, with their licences."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, shelves, theme
from askchopper.components.client import FilterLink, FilterSelect, FilterText, PlayButton, SoundScope, Waveform
from askchopper.schemas.view_models.library import LibraryRow
from askchopper.states.library import LibraryState
from askchopper.views.shell import frame

_SORTS = [
    ["newest", "Newest first"],
    ["oldest", "Oldest first"],
    ["name", "Name: A to Z"],
    ["-name", "Name: Z to A"],
    ["bpm", "Tempo: slow to fast"],
    ["-bpm", "Tempo: fast to slow"],
]
_PARTS = (("all", "All"), ("packs", "Packs"), ("sounds", "Single sounds"), ("new", "New"))
# Phone: cover with the play button on it, text, details, download. From 640 px a column each, and the waveform.
_COLUMNS = (
    "grid-cols-[56px_minmax(0,1fr)_44px_44px] sm:grid-cols-[44px_44px_minmax(0,3fr)_minmax(0,2fr)_44px_44px]"
    " md:grid-cols-[40px_44px_minmax(140px,220px)_minmax(60px,1fr)_60px_64px_88px_40px_184px]"
    " lg:grid-cols-[40px_44px_minmax(140px,260px)_minmax(80px,1fr)_64px_64px_64px_80px_96px_40px_184px]"
)
_DOT = "size-[6px] rounded-full bg-amber shrink-0"


def library() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Library", class_name=theme.TITLE_1),
            rx.cond(
                LibraryState.is_loaded,
                rx.cond(LibraryState.counts["all"] == "0", _empty(), _filled()),
                rx.el.div(*feedback.row_skeletons(5), class_name="pt-[120px]"),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.LIBRARY,
    )


def _empty() -> rx.Component:
    return rx.fragment(
        feedback.empty(
            "Nothing here yet. What you buy or get for free appears here, to download as often as you like.",
            buttons.link_button("Browse packs", href=routes.browse(view="grid"), kind="primary"),
        ),
        rx.cond(
            LibraryState.free,
            rx.el.section(
                rx.el.h2("Start with a free pack", class_name=f"{theme.TITLE_2} mb-4"),
                catalogue.card_grid(LibraryState.free, class_name=shelves.FIVE),
                aria_label="Free packs",
            ),
            rx.fragment(),
        ),
    )


def _filled() -> rx.Component:
    return rx.fragment(
        rx.el.p(LibraryState.summary, " Download again as often as you like.", class_name="text-text-2 mt-1"),
        _filters(),
        rx.cond(
            LibraryState.rows,
            rx.fragment(
                _heads(),
                rx.el.ul(
                    rx.foreach(LibraryState.rows, lambda row: rx.el.li(_row(row), key=row.id)),
                    aria_label="Library",
                    class_name="border-t border-line md:border-t-0",
                    custom_attrs={"data-queue": ""},
                ),
            ),
            feedback.empty(
                "Nothing you own matches that.", buttons.link_button("Show everything", href=routes.LIBRARY)
            ),
        ),
        rx.el.div(
            rx.cond(
                LibraryState.has_more,
                buttons.button("Load more", on_click=LibraryState.load_more),
                rx.fragment(),
            ),
            rx.cond(
                LibraryState.zip_href != "",
                rx.el.a(
                    rx.icon("download", size=18, stroke_width=1.5, aria_hidden="true"),
                    LibraryState.zip_label,
                    href=LibraryState.zip_href,
                    title="The first packs of this list in one zip. Your tier sets how many.",
                    class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
                ),
                rx.fragment(),
            ),
            class_name="flex flex-wrap gap-3 mt-6",
        ),
        rx.el.p(
            "Every licence has a number and a public page where anyone can check it.",
            class_name=f"{theme.SMALL} text-text-3 mt-6",
        ),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.icon("search", size=18, stroke_width=1.5, class_name="absolute left-3 top-[13px] text-text-2 pointer-events-none", aria_hidden="true"),
            FilterText.create(name="q", label="Search what you own", placeholder="Search what you own", class_name=f"{theme.FIELD} !pl-10"),
            class_name="relative w-full md:w-[300px] shrink-0",
        ),
        rx.el.div(
            *(_part(name, label) for name, label in _PARTS),
            role="group",
            aria_label="Show",
            class_name="flex gap-2 min-w-0 max-md:overflow-x-auto max-md:-mx-4 max-md:px-4 max-sm:w-[calc(100%+32px)] py-0.5",
        ),
        FilterSelect.create(
            name="sort", options=_SORTS, fallback="newest", label="Sort by",
            class_name="bg-transparent font-semibold text-text-2 min-h-[44px] pr-1 max-sm:-ml-1 sm:ml-auto cursor-pointer [&>option]:bg-surface-3",
        ),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2 mt-5 mb-2 md:mb-1",
    )  # fmt: skip


def _part(name: str, label: str) -> rx.Component:
    return FilterLink.create(
        # The dot of the rows, explained where it is counted.
        rx.el.span(class_name=_DOT, aria_hidden="true") if name == "new" else rx.fragment(),
        rx.el.span(label),
        rx.el.span(LibraryState.counts[name], class_name="fact text-text-3"),
        name="show",
        value="" if name == "all" else name,
        is_fallback=name == "all",
        on_class_name=theme.CHIP_ON,
        class_name=f"{theme.CHIP} shrink-0",
    )


def _heads() -> rx.Component:
    heads = (
        ("", ""), ("", ""), ("Title", ""), ("Preview", "px-2"), ("Type", "max-lg:hidden"), ("BPM", "text-right"), ("Key", "text-right"),
        ("Licence", "pl-2"), ("Bought", "text-right max-lg:hidden"), ("", ""), ("", ""),
    )  # fmt: skip
    return rx.el.div(
        *(rx.el.span(head, class_name=f"text-[12px] leading-[16px] text-text-3 {extra}") for head, extra in heads),
        class_name=f"hidden md:grid items-center gap-3 h-[32px] border-b border-line {_COLUMNS}",
        aria_hidden="true",
    )


def _row(row: rx.Var[LibraryRow]) -> rx.Component:
    return rx.fragment(
        SoundScope.create(
            rx.el.div(
                *_cells(row),
                class_name=f"grid items-center gap-x-3 min-h-[80px] md:min-h-[64px] {_COLUMNS}",
            ),
            rx.el.div(
                Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name="h-[40px]"),
                class_name="hidden group-data-[current]:block sm:!hidden pb-4",
            ),
            track=row.sound,
            class_name="group border-b border-line hover:bg-surface-1 data-[current]:bg-surface-1",
            custom_attrs={"data-row": ""},
        ),
        rx.cond(LibraryState.open_id == row.id, _details(), rx.fragment()),
    )


def _cells(row: rx.Var[LibraryRow]) -> tuple[rx.Component, ...]:
    return (
        PlayButton.create(
            track=row.sound, size=18,
            class_name=(
                "inline-grid place-items-center cursor-pointer size-[44px] md:size-[40px] rounded-full sm:rounded-ctl row-start-1 col-start-1 z-10"
                " justify-self-center max-sm:bg-base/[.72] text-text-1 sm:text-text-2 hover:text-text-1 data-[playing]:!text-amber group-data-[current]:!text-amber"
            ),
        ),
        catalogue.cover(row.cover, size=56, class_name="size-[56px] sm:size-[44px] rounded-ctl row-start-1 col-start-1 sm:col-start-2"),
        rx.el.div(
            rx.el.p(
                rx.cond(row.is_new, rx.el.span(rx.el.span("Not downloaded yet", class_name="sr-only"), class_name=_DOT, title="Not downloaded yet"), rx.fragment()),
                rx.el.a(row.title, href=row.href, title=row.title, dir="auto", class_name=f"{catalogue.TITLE} hover:underline underline-offset-2"),
                class_name="flex items-center gap-2 min-w-0",
            ),
            rx.el.p(row.detail, class_name=f"{theme.SMALL} text-text-2 truncate"),
            rx.el.p(
                rx.el.span(row.bpm), rx.el.span(row.key), rx.el.span(row.size),
                class_name="fact flex gap-3 md:hidden whitespace-nowrap overflow-hidden mt-0.5", aria_hidden="true",
            ),
            class_name="min-w-0",
        ),
        Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name="hidden sm:block h-[32px] mx-2"),
        rx.el.span(row.type, class_name=f"{theme.SMALL} text-text-2 max-lg:hidden"),
        rx.el.span(row.bpm, class_name="fact text-right max-md:hidden"),
        catalogue.key_fact(row.key, row.key_spoken, class_name="text-right max-md:hidden"),
        rx.el.span(
            rx.el.a(
                row.licence, rx.el.span(" licence of ", row.title, class_name="sr-only"), href=row.licence_href,
                class_name="underline decoration-line-strong underline-offset-4 text-text-2 hover:text-text-1",
            ),
            class_name="pl-2 max-md:hidden",
        ),
        rx.el.span(row.bought, class_name="fact text-right whitespace-nowrap max-lg:hidden"),
        rx.el.button(
            rx.icon("chevron-down", size=20, stroke_width=1.5, aria_hidden="true", class_name=rx.cond(LibraryState.open_id == row.id, "rotate-180", "")),
            type="button",
            aria_label=rx.cond(row.is_pack, "Sounds of ", "Licence and refund of ") + row.title,
            aria_expanded=LibraryState.open_id == row.id,
            on_click=LibraryState.toggle(row.id),
            class_name=f"{theme.ICON_BUTTON} max-sm:translate-x-3",
        ),
        buttons.file_link(
            rx.icon("download", size=18, stroke_width=1.5, aria_hidden="true", class_name="shrink-0"),
            rx.el.span(row.download_label, " ", row.title, class_name="sr-only"),
            rx.el.span("Download, ", rx.el.span(row.size, class_name="font-mono text-[13px]"), class_name="hidden md:inline", aria_hidden="true"),
            rx.el.span(", ", row.size, class_name="sr-only"),
            href=row.download_href,
            class_name=f"{theme.BUTTON} md:border md:border-control text-text-2 md:text-text-1 hover:bg-surface-2 active:bg-surface-4 !px-0 md:!px-3",
        ),
    )  # fmt: skip


def _details() -> rx.Component:
    return rx.el.div(
        rx.el.ul(
            rx.foreach(
                LibraryState.open_rows,
                lambda row: rx.el.li(
                    catalogue.content_row(
                        row,
                        action=buttons.file_link(
                            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
                            rx.el.span("Get", class_name="font-ui font-semibold text-[14px]"),
                            href=catalogue.download_of(row),
                            aria_label=rx.Var.create("Download ") + row.sound.title,
                            class_name=f"{theme.PLATE} !bg-transparent !text-ok hover:!bg-ok-tint",
                        ),
                    ),
                    key=row.sound.id,
                ),
            ),
            class_name="@container",
        ),
        rx.el.ul(
            rx.foreach(LibraryState.open_licences, _licence_line),
            aria_label="Licences",
            class_name="grid gap-1 pt-2",
        ),
        class_name="pl-0 md:pl-[52px] pb-4 border-b border-line",
    )


def _licence_line(licence: rx.Var[dict[str, Any]]) -> rx.Component:
    return rx.el.li(
        rx.el.span(licence["number"], class_name="fact"),
        rx.el.span(licence["kind"], class_name="text-text-2"),
        rx.el.a(
            "Licence", href=licence["href"].to(str), class_name="underline underline-offset-4 decoration-line-strong"
        ),
        rx.cond(
            licence["is_refundable"],
            buttons.button(
                "Refund",
                kind="quiet",
                on_click=LibraryState.refund(licence["purchase_id"].to(str)),
            ),
            rx.fragment(),
        ),
        key=licence["number"].to(str),
        class_name="flex flex-wrap items-center gap-4 min-h-[44px] px-2",
    )
