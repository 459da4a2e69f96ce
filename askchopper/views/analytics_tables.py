"""Tables of a creator's figures: packs, stop curves, breakdowns, search terms, the map, and the audience."""

import reflex as rx

from askchopper.components import theme
from askchopper.schemas.view_models.analytics import WAVE_BARS, WAVE_HEIGHT, Group, PackRow, PartRow, StopRow
from askchopper.states.analytics import AnalyticsState

_REPORT = AnalyticsState.report
_HEAD = "text-[12px] text-text-3 font-normal py-2"
_PARTS = (
    "grid grid-cols-[minmax(0,1fr)_72px_72px] sm:grid-cols-[minmax(0,1fr)_80px_80px_80px_80px] gap-x-3 items-center"
)
_TRAITS = (("genre", "Genres"), ("tempo", "Tempo"), ("key", "Keys"))


def packs() -> rx.Component:
    columns = "grid grid-cols-[minmax(0,1fr)_72px_72px] sm:grid-cols-[minmax(0,1fr)_80px_80px_80px_80px_90px] gap-x-3 items-center"
    heads = (
        ("Pack", ""),
        ("Shown", "text-right max-sm:hidden"),
        ("Plays", "text-right"),
        ("Sales", "text-right max-sm:hidden"),
        ("Conversion", "text-right max-sm:hidden"),
        ("Earned", "text-right"),
    )
    return rx.el.section(
        rx.el.h2("Packs", id="pack-figures", class_name=f"{theme.TITLE_2} mb-2"),
        rx.el.div(*(rx.el.span(head, class_name=f"{_HEAD} {side}") for head, side in heads), aria_hidden="true", class_name=f"{columns} border-b border-line"),
        rx.el.ul(rx.foreach(_REPORT.packs, lambda row: _pack(row, columns)), aria_label="Packs"),
        class_name="mb-12",
    )  # fmt: skip


def _pack(row: rx.Var[PackRow], columns: str) -> rx.Component:
    number = "fact text-text-1 text-right"
    return rx.el.li(
        rx.el.a(
            row.title,
            href=row.href,
            dir="auto",
            title=row.title,
            class_name="font-semibold truncate hover:underline underline-offset-2 py-3",
        ),
        rx.el.span(row.shown, class_name=f"{number} max-sm:hidden"),
        rx.el.span(rx.el.span("Plays ", class_name="sr-only"), row.played, class_name=number),
        rx.el.span(rx.el.span("Sales ", class_name="sr-only"), row.bought, class_name=f"{number} max-sm:hidden"),
        rx.el.span(row.conversion, class_name=f"{number} max-sm:hidden"),
        rx.el.span(rx.el.span("Earned ", class_name="sr-only"), row.earned, class_name=number),
        key=row.slug,
        class_name=f"{columns} border-b border-line",
    )


def comparison() -> rx.Component:
    """Render the figures of two packs side by side."""
    columns = (
        "grid grid-cols-[minmax(0,1fr)_110px_110px] sm:grid-cols-[minmax(0,1fr)_180px_180px] gap-x-4 items-baseline"
    )
    number = "fact text-text-1 text-right"
    return rx.el.section(
        rx.el.h2("Compared", class_name=f"{theme.TITLE_2} mb-2"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th("Figure", scope="col", class_name=f"{_HEAD} text-left"),
                    rx.el.th(_REPORT.title, scope="col", dir="auto", title=_REPORT.title, class_name=f"{_HEAD} text-right truncate"),
                    rx.el.th(_REPORT.other_title, scope="col", dir="auto", title=_REPORT.other_title, class_name=f"{_HEAD} text-right truncate"),
                    class_name=f"{columns} border-b border-line",
                )
            ),
            rx.el.tbody(
                rx.foreach(
                    _REPORT.comparison,
                    lambda line: rx.el.tr(
                        rx.el.th(line.label, scope="row", class_name="text-left font-semibold py-2"),
                        rx.el.td(line.this, class_name=number),
                        rx.el.td(line.other, class_name=number),
                        key=line.label,
                        class_name=f"{columns} border-b border-line",
                    ),
                )
            ),
            aria_label="Compared", class_name="block w-full max-w-[760px] [&_thead]:block [&_tbody]:block",
        ),
        class_name="mb-12",
    )  # fmt: skip


def stops() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Where listeners stop", class_name=f"{theme.TITLE_2} mb-1"),
        rx.el.p(
            "Counted over all time, not only in this period. The line is highest where most people stop; plays to the end are not included.",
            class_name=f"{theme.SMALL} text-text-2 mb-3",
        ),
        rx.el.ul(rx.foreach(_REPORT.stops, _stop), aria_label="Where listeners stop"),
        class_name="mb-12",
    )


def _stop(row: rx.Var[StopRow]) -> rx.Component:
    attrs = {"preserveAspectRatio": "none"}
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.title, dir="auto", title=row.title, class_name="font-semibold truncate"),
            rx.el.p(row.detail, class_name=f"{theme.SMALL} text-text-2"),
            class_name="min-w-0",
        ),
        rx.el.svg(
            rx.el.svg.path(d=row.wave, stroke="var(--wave-idle-2)", stroke_width="2", fill="none", custom_attrs={"vectorEffect": "non-scaling-stroke"}),
            rx.el.svg.polyline(points=row.heat, stroke="var(--amber)", stroke_width="2", fill="none", stroke_linejoin="round", custom_attrs={"vectorEffect": "non-scaling-stroke"}),
            view_box=f"0 0 {WAVE_BARS} {WAVE_HEIGHT}", role="img", aria_label=row.text, custom_attrs=attrs, class_name="w-full h-[48px] overflow-visible",
        ),
        rx.el.p(row.text, class_name=f"{theme.SMALL} text-text-2"),
        key=row.id,
        class_name="grid md:grid-cols-[200px_minmax(0,1fr)_220px] gap-x-6 gap-y-2 items-center py-4 border-b border-line",
    )  # fmt: skip


def parts(
    title: str, name: str, found: rx.Var[list[PartRow]], head: str, *, none: str = "Nothing in these days."
) -> rx.Component:
    heads = (
        (head, ""),
        ("Shown", "text-right max-sm:hidden"),
        ("Plays", "text-right"),
        ("Sales", "text-right max-sm:hidden"),
        ("Earned", "text-right"),
    )
    if name == "countries":
        heads = (
            (head, ""),
            ("Downloads", "text-right max-sm:hidden"),
            ("Plays", "text-right"),
            ("Sales", "text-right max-sm:hidden"),
            ("Earned", "text-right"),
        )
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-2"),
        rx.cond(
            found,
            rx.el.table(
                rx.el.thead(rx.el.tr(*(rx.el.th(text, scope="col", class_name=f"{_HEAD} {side} text-left") for text, side in heads), class_name=f"{_PARTS} border-b border-line")),
                rx.el.tbody(rx.foreach(found, lambda row: _part(row, has_downloads=name == "countries"))),
                aria_label=title, class_name="block w-full [&_thead]:block [&_tbody]:block",
            ),
            rx.el.p(none, class_name="text-text-2 py-3 border-t border-line"),
        ),
        class_name="mb-12 min-w-0",
    )  # fmt: skip


def _part(row: rx.Var[PartRow], *, has_downloads: bool) -> rx.Component:
    number = "fact text-text-1 text-right"
    return rx.el.tr(
        rx.el.th(
            rx.el.span(row.label, dir="auto", title=row.label, class_name="block truncate"),
            rx.el.i(class_name="block h-[3px] mt-1 rounded-[2px] bg-text-3", style={"width": row.width}, aria_hidden="true"),
            scope="row", class_name="min-w-0 text-left font-semibold py-2",
        ),
        rx.el.td(row.downloaded if has_downloads else row.shown, class_name=f"{number} max-sm:hidden"),
        rx.el.td(row.played, class_name=number),
        rx.el.td(row.bought, class_name=f"{number} max-sm:hidden"),
        rx.el.td(row.earned, class_name=number),
        key=row.id,
        class_name=f"{_PARTS} border-b border-line",
    )  # fmt: skip


def near() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Searches that showed you but got no click", class_name=f"{theme.TITLE_2} mb-2"),
        rx.cond(
            _REPORT.near_terms,
            rx.el.ul(
                rx.foreach(
                    _REPORT.near_terms,
                    lambda row: rx.el.li(
                        rx.el.span(row.label, dir="auto", title=row.label, class_name="font-semibold truncate"),
                        rx.el.span("shown ", row.shown, " times", class_name=f"{theme.SMALL} text-text-2 ml-auto whitespace-nowrap"),
                        key=row.id, class_name="flex gap-4 items-center min-h-[44px] border-b border-line",
                    ),
                ),
                aria_label="Searches that showed you but got no click", class_name="border-t border-line",
            ),
            rx.el.p("Every search that showed your packs led to a visit.", class_name="text-text-2 py-3 border-t border-line"),
        ),
        class_name="mb-12 min-w-0",
    )  # fmt: skip


def countries() -> rx.Component:
    """Render downloads and plays by country as a table and, if any country is known, a map."""
    return rx.el.div(
        parts("Countries", "countries", _REPORT.countries, "Country"),
        rx.cond(
            _REPORT.has_map,
            rx.el.div(
                rx.image(
                    src="/world.svg",
                    alt="",
                    width="1000",
                    height="394",
                    loading="lazy",
                    class_name="w-full h-auto print:opacity-30",
                ),
                rx.foreach(_REPORT.countries, _place),
                aria_hidden="true",
                class_name="relative mb-8 lg:mt-8 self-start aspect-[1000/394]",
            ),
            rx.fragment(),
        ),
        class_name="grid lg:grid-cols-2 gap-x-12",
    )


def _place(row: rx.Var[PartRow]) -> rx.Component:
    dot = rx.el.i(
        title=row.label,
        style={"left": row.left, "top": row.top, "width": row.size, "height": row.size},
        class_name="absolute -translate-x-1/2 -translate-y-1/2 rounded-full bg-amber opacity-80",
    )
    return rx.fragment(rx.cond(row.left != "", dot, rx.fragment()), key=row.id)


def audience() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What your listeners like", class_name=f"{theme.TITLE_2} mb-1"),
        rx.el.p(
            "Members who played your packs in the last 90 days. Groups under 5 are not shown.",
            class_name=f"{theme.SMALL} text-text-2 mb-3",
        ),
        rx.el.div(
            *(_trait(trait, title) for trait, title in _TRAITS), class_name="grid md:grid-cols-3 gap-x-10 gap-y-6"
        ),
        class_name="mb-12",
    )


def _trait(trait: str, title: str) -> rx.Component:
    def group(one: rx.Var[Group]) -> rx.Component:
        line = rx.el.li(
            rx.el.span(one.label), rx.el.span(one.value, class_name=f"{theme.SMALL} text-text-2 ml-auto"),
            key=one.label, class_name="flex gap-3 items-center min-h-[40px] border-b border-line",
        )  # fmt: skip
        return rx.cond(one.trait == trait, line, rx.fragment())

    return rx.el.div(
        rx.el.h3(title, class_name=f"{theme.LABEL} text-text-2 mb-1"),
        rx.el.ul(rx.foreach(_REPORT.groups, group), aria_label=title),
    )
