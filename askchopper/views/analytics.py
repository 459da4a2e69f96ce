"""A creator's figures: period, tiles, chart, funnel, money, where people came from, where they stop, and advice."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, charts, feedback, forms, theme
from askchopper.components.client import FilterLink, FilterSelect
from askchopper.schemas.view_models.analytics import (
    WAVE_BARS,
    WAVE_HEIGHT,
    Group,
    Line,
    PackRow,
    PartRow,
    Step,
    StopRow,
)
from askchopper.states.analytics import AnalyticsState as State

_PERIODS = (("7", "7 days"), ("", "30 days"), ("90", "90 days"), ("365", "1 year"))
_CHARTS = (("", "Earned"), ("sales", "Sales"), ("plays", "Plays"), ("listeners", "Listeners"), ("shown", "Shown"))
_SEGMENT = (
    "inline-flex items-center justify-center min-h-[44px] md:min-h-[36px] px-3 rounded-[4px] text-[13px] font-semibold text-text-2"
    " hover:text-text-1 whitespace-nowrap cursor-pointer max-md:flex-1"
)
_TAB = "inline-flex items-center min-h-[44px] font-semibold text-text-2 hover:text-text-1 border-b-2 border-transparent -mb-px whitespace-nowrap"
_HEAD = "text-[12px] text-text-3 font-normal py-2"
_PARTS = (
    "grid grid-cols-[minmax(0,1fr)_72px_72px] sm:grid-cols-[minmax(0,1fr)_80px_80px_80px_80px] gap-x-3 items-center"
)
_TRAITS = (("genre", "Genres"), ("tempo", "Tempo"), ("key", "Keys"))


def content() -> rx.Component:
    """Render the figures, or why there are none."""
    return rx.el.div(
        rx.cond(
            State.is_loaded,
            rx.cond(State.is_missing, _missing(), rx.cond(State.is_empty, _empty(), _figures())),
            rx.el.div(rx.el.div(class_name="h-[112px]"), *feedback.row_skeletons(8), aria_busy="true"),
        ),
        class_name=theme.PAGE,
    )


def _missing() -> rx.Component:
    return feedback.failure(
        "No such pack", "You have no pack with this address.", buttons.link_button("All figures", href=routes.ANALYTICS)
    )


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Analytics", class_name=f"{theme.TITLE_1} pt-8"),
        feedback.empty(
            "Figures begin when people see and play your first pack.",
            buttons.link_button("Open the studio", href=routes.STUDIO),
        ),
    )


def _figures() -> rx.Component:
    return rx.fragment(
        _top(),
        rx.cond(State.problem != "", rx.el.p(State.problem, role="alert", class_name="text-bad mb-4"), rx.fragment()),
        rx.cond(State.advice, _advice(), rx.fragment()),
        rx.el.dl(
            rx.foreach(State.tiles, lambda tile: charts.tile(tile, compared=State.compared)),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-y-8 mb-10",
        ),
        _chart(),
        rx.el.div(_funnel(), _money(), class_name="grid lg:grid-cols-2 gap-x-12"),
        rx.cond(State.packs, _packs(), rx.fragment()),
        rx.cond(State.stops, _stops(), rx.fragment()),
        _parts("Where they came from", "sources", State.sources, "Source"),
        rx.el.div(
            _parts("Search terms that led here", "terms", State.terms, "Searched for", none="No search has led here in these days."),
            _near(),
            class_name="grid lg:grid-cols-2 gap-x-12",
        ),
        _countries(),
        _parts("Devices", "devices", State.devices, "Device"),
        rx.cond(State.groups, _audience(), rx.fragment()),
        rx.el.p(
            "Crawlers, your own plays and plays under 3 seconds do not count. Countries are those an address was assigned to; no address is stored.",
            rx.cond(State.counted != "", rx.fragment(" Counted up to ", State.counted, "."), rx.fragment()),
            class_name=f"{theme.SMALL} text-text-3 max-w-[68ch] pb-6",
        ),
    )  # fmt: skip


def _top() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.cond(
                State.slug != "",
                rx.el.a("Analytics", href=routes.ANALYTICS, class_name=f"{theme.SMALL} text-text-2 hover:text-text-1"),
                rx.fragment(),
            ),
            rx.el.h1(State.title, dir="auto", class_name=theme.TITLE_1),
            rx.el.p(State.period, " · days in ", State.zone, class_name=f"{theme.SMALL} text-text-2"),
            class_name="mr-auto min-w-0",
        ),
        rx.el.div(
            *(
                FilterLink.create(
                    label, name="days", value=value, is_fallback=not value, class_name=_SEGMENT, on_class_name="!bg-surface-4 !text-text-1"
                )
                for value, label in _PERIODS
            ),
            role="group", aria_label="Period", class_name="flex gap-0.5 p-0.5 rounded-ctl bg-surface-2 max-md:w-full",
        ),
        rx.el.details(
            rx.el.summary("Other days", class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2 cursor-pointer list-none"),
            rx.el.form(
                forms.text_field("From", "from", type="date", default_value=State.first, required=True),
                forms.text_field("To", "to", type="date", default_value=State.last, required=True),
                buttons.button("Show these days", kind="primary", type="submit"),
                on_submit=State.choose_days,
                class_name=f"{theme.FLOATING} rounded-sheet p-4 grid gap-4 absolute right-0 z-20 w-[260px]",
            ),
            class_name="relative print:hidden",
        ),
        _export(),
        class_name="flex flex-wrap items-center gap-2 pt-8 pb-6",
    )  # fmt: skip


def _export() -> rx.Component:
    tables = (
        ("days", "Days"), ("packs", "Packs"), ("sources", "Sources"), ("terms", "Search terms"), ("countries", "Countries"),
        ("devices", "Devices"), ("prices", "Prices"), ("detail", "Everything, by day"),
    )  # fmt: skip
    return rx.el.details(
        rx.el.summary(
            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"), "CSV",
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2 cursor-pointer list-none",
        ),
        rx.el.ul(
            *(
                rx.el.li(
                    buttons.file_link(
                        label, href=rx.cond(State.query.contains("?"), f"{State.query}&table={name}", f"{State.query}?table={name}"),
                        class_name="block px-3 py-2.5 rounded-ctl hover:bg-surface-4",
                    )
                )
                for name, label in tables
            ),
            aria_label="Export",
            class_name=f"{theme.FLOATING} rounded-sheet p-2 absolute right-0 z-20 w-[200px]",
        ),
        class_name="relative print:hidden",
    )  # fmt: skip


def _advice() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What would help", class_name="sr-only"),
        rx.el.ul(
            rx.foreach(
                State.advice,
                lambda sentence: rx.el.li(
                    rx.icon("lightbulb", size=18, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5 text-text-2"),
                    rx.el.p(sentence, dir="auto", class_name="max-w-[80ch]"),
                    key=sentence,
                    class_name="flex gap-3 py-3 border-b border-line",
                ),
            ),
            aria_label="What would help",
            class_name="border-t border-line mb-8",
        ),
    )  # fmt: skip


def _chart() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                *(
                    FilterLink.create(label, name="chart", value=value, is_fallback=not value, class_name=_TAB, on_class_name="!text-text-1 !border-text-1")
                    for value, label in _CHARTS
                ),
                role="group", aria_label="Chart", class_name="flex gap-5 overflow-x-auto mr-auto",
            ),
            rx.cond(
                (State.slug != "") & (State.others.length() > 1),
                rx.el.label(
                    rx.el.span("Compare with", class_name=f"{theme.SMALL} text-text-2"),
                    FilterSelect.create(
                        name="compare", options=State.others, fallback="", label="Compare with",
                        class_name="bg-transparent font-semibold min-h-[44px] max-w-[180px] cursor-pointer [&>option]:bg-surface-3",
                    ),
                    class_name="flex items-center gap-2",
                ),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-center gap-x-6 border-b border-line mb-6",
        ),
        rx.cond(State.chart, charts.chart(State.chart), rx.fragment()),
        rx.cond(
            State.is_chart_empty,
            rx.el.p("Nothing in these days.", class_name=f"{theme.SMALL} text-text-2 mt-2"),
            rx.fragment(),
        ),
        rx.cond(
            State.other_title != "",
            rx.el.p("Dashed: ", rx.el.bdi(State.other_title), class_name=f"{theme.SMALL} text-text-2 mt-1"),
            rx.fragment(),
        ),
        aria_label="By day",
        class_name="mb-12",
    )  # fmt: skip


def _funnel() -> rx.Component:
    return rx.el.section(
        rx.el.h2("From a list to a sale", class_name=f"{theme.TITLE_2} mb-3"),
        rx.el.ol(rx.foreach(State.funnel, _step), aria_label="From a list to a sale"),
        class_name="mb-12 min-w-0",
    )


def _step(step: rx.Var[Step]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(step.label, class_name="font-semibold"),
            rx.el.span(step.share, class_name=f"{theme.SMALL} text-text-2 max-sm:hidden"),
            rx.el.span(step.value, class_name="fact text-text-1 ml-auto"),
            class_name="flex items-baseline gap-3",
        ),
        rx.el.div(rx.el.i(class_name="block h-full rounded-[2px] bg-text-2", style={"width": step.width}), aria_hidden="true", class_name="h-[6px] mt-1.5 bg-surface-2 rounded-[2px]"),
        rx.el.p(step.change, rx.cond(step.change != "No change", rx.fragment(" ", State.compared), rx.fragment()), class_name=f"{theme.SMALL} text-text-3 mt-1"),
        key=step.name,
        class_name="py-2.5 border-b border-line",
    )  # fmt: skip


def _money() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Money, in tokens", class_name=f"{theme.TITLE_2} mb-3"),
        _lines(State.revenue, "Money"),
        rx.cond(State.prices != "", rx.el.p(State.prices, class_name="mt-3"), rx.fragment()),
        rx.el.h2("Listening", class_name=f"{theme.TITLE_2} mt-8 mb-3"),
        _lines(State.listening, "Listening"),
        class_name="mb-12 min-w-0",
    )


def _lines(lines: rx.Var[list[Line]], label: str) -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            lines,
            lambda line: rx.el.div(
                rx.el.dt(line.label, rx.cond(line.note != "", rx.el.span(line.note, class_name=f"{theme.SMALL} text-text-3 block"), rx.fragment())),
                rx.el.dd(line.value, class_name="fact text-text-1 ml-auto"),
                key=line.label,
                class_name="flex items-center gap-4 py-2 min-h-[44px] border-b border-line",
            ),
        ),
        aria_label=label,
    )  # fmt: skip


def _packs() -> rx.Component:
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
        rx.el.ul(rx.foreach(State.packs, lambda row: _pack(row, columns)), aria_label="Packs"),
        class_name="mb-12",
    )  # fmt: skip


def _pack(row: rx.Var[PackRow], columns: str) -> rx.Component:
    number = "fact text-text-1 text-right"
    return rx.el.li(
        rx.el.a(
            row.title,
            href=row.href,
            dir="auto",
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


def _stops() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Where listeners stop", class_name=f"{theme.TITLE_2} mb-1"),
        rx.el.p(
            "The line is highest where most people stop. Plays to the end are not in it.",
            class_name=f"{theme.SMALL} text-text-2 mb-3",
        ),
        rx.el.ul(rx.foreach(State.stops, _stop), aria_label="Where listeners stop"),
        class_name="mb-12",
    )


def _stop(row: rx.Var[StopRow]) -> rx.Component:
    attrs = {"preserveAspectRatio": "none"}
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.title, dir="auto", class_name="font-semibold truncate"),
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


def _parts(
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
            rx.el.span(row.label, dir="auto", class_name="block truncate"),
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


def _near() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Search terms that nearly did", class_name=f"{theme.TITLE_2} mb-2"),
        rx.cond(
            State.near_terms,
            rx.el.ul(
                rx.foreach(
                    State.near_terms,
                    lambda row: rx.el.li(
                        rx.el.span(row.label, dir="auto", class_name="font-semibold truncate"),
                        rx.el.span("shown ", row.shown, " times", class_name=f"{theme.SMALL} text-text-2 ml-auto whitespace-nowrap"),
                        key=row.id, class_name="flex gap-4 items-center min-h-[44px] border-b border-line",
                    ),
                ),
                aria_label="Search terms that nearly did", class_name="border-t border-line",
            ),
            rx.el.p("Every search that showed your packs led to one.", class_name="text-text-2 py-3 border-t border-line"),
        ),
        class_name="mb-12 min-w-0",
    )  # fmt: skip


def _countries() -> rx.Component:
    """Render downloads and plays by country as a table and, where one is known, as a map."""
    return rx.el.div(
        _parts("Countries", "countries", State.countries, "Country"),
        rx.cond(
            State.has_map,
            rx.el.div(
                rx.image(
                    src="/world.svg", alt="", width="1000", height="394", loading="lazy", class_name="w-full h-auto"
                ),
                rx.foreach(State.countries, _place),
                aria_hidden="true",
                class_name="relative mb-8 lg:mt-8 self-start",
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


def _audience() -> rx.Component:
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
        rx.el.ul(rx.foreach(State.groups, group), aria_label=title),
    )
