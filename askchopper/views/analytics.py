"""A creator's figures: period, tiles, chart, funnel, revenue, traffic sources, stop curves, and advice."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, charts, feedback, forms, theme
from askchopper.components.client import FilterLink, FilterSelect, TimeZoneSelect
from askchopper.schemas.view_models.analytics import (
    Line,
    Step,
)
from askchopper.states.analytics import AnalyticsState as State
from askchopper.views import analytics_tables as tables

_PERIODS = (("7", "7 days"), ("", "30 days"), ("90", "90 days"), ("365", "1 year"))
_CHARTS = (("", "Earned"), ("sales", "Sales"), ("plays", "Plays"), ("listeners", "Listeners"), ("shown", "Shown"))
_SEGMENT = (
    "inline-flex items-center justify-center min-h-[44px] md:min-h-[36px] px-3 rounded-[4px] text-[13px] font-semibold text-text-2"
    " hover:text-text-1 whitespace-nowrap cursor-pointer max-md:flex-1"
)
_TAB = "inline-flex items-center min-h-[44px] font-semibold text-text-2 hover:text-text-1 border-b-2 border-transparent -mb-px whitespace-nowrap"
# Below its button: aligned to the left edge on narrow screens, where both are at the left of the page, else to the right edge.
_PANEL = f"{theme.FLOATING} rounded-sheet absolute left-0 md:left-auto md:right-0 z-20"
_EXCLUSIVE = {"name": "figures-panel"}  # the browser closes the other one
_REPORT = State.report


def overview() -> rx.Component:
    """Render the figures of all packs; the heading and introduction are shown while they load."""
    return _page(
        rx.el.h1("Analytics", class_name=theme.TITLE_1),
        rx.el.p(
            "How people find, hear and buy what you made: from the list where they saw it to the purchase, day by day, and where they stopped listening.",
            class_name="text-[15px] leading-[24px] text-text-2 max-w-prose mt-1",
        ),
    )


def of_pack() -> rx.Component:
    """Render the figures of one pack."""
    return _page(
        rx.el.a(
            "Analytics",
            href=routes.ANALYTICS,
            class_name=f"{theme.SMALL} inline-flex items-center min-h-[44px] md:min-h-[32px] text-text-2 hover:text-text-1 print:hidden",
        ),
        rx.cond(
            _REPORT.title != "",
            rx.el.h1(_REPORT.title, dir="auto", class_name=theme.TITLE_1),
            rx.cond(State.is_loaded, rx.fragment(), feedback.skeleton("h-[36px] w-[240px]")),
        ),
    )


def _page(*head: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(*head, class_name="pt-8 pb-4"),
        rx.cond(
            State.is_loaded,
            rx.cond(State.is_missing, _missing(), rx.cond(State.is_empty, _empty(), _figures())),
            rx.el.div(*feedback.row_skeletons(8), aria_busy="true"),
        ),
        class_name=theme.PAGE,
    )


def _missing() -> rx.Component:
    return feedback.failure(
        "No such pack", "You have no pack with this address.", buttons.link_button("All figures", href=routes.ANALYTICS)
    )


def _empty() -> rx.Component:
    return feedback.empty(
        "Figures begin when people see and play your first pack.",
        buttons.link_button("Open the studio", href=routes.STUDIO),
    )


def _figures() -> rx.Component:
    return rx.fragment(
        _period(),
        rx.cond(State.problem != "", rx.el.p(State.problem, role="alert", class_name="text-bad mb-4"), rx.fragment()),
        rx.cond(_REPORT.advice, _advice(), rx.fragment()),
        rx.el.dl(
            rx.foreach(_REPORT.tiles, lambda tile: charts.tile(tile, compared=_REPORT.compared)),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-y-8 mb-10",
        ),
        _chart(),
        rx.cond(_REPORT.comparison, tables.comparison(), rx.fragment()),
        rx.el.div(_funnel(), _money(), class_name="grid lg:grid-cols-2 gap-x-12"),
        rx.cond(_REPORT.packs, tables.packs(), rx.fragment()),
        rx.cond(_REPORT.stops, tables.stops(), rx.fragment()),
        tables.parts("Where they came from", "sources", _REPORT.sources, "Source"),
        rx.el.div(
            tables.parts("Search terms that led here", "terms", _REPORT.terms, "Searched for", none="No search led here in this period."),
            tables.near(),
            class_name="grid lg:grid-cols-2 gap-x-12",
        ),
        tables.parts("Links and campaigns", "campaigns", _REPORT.campaigns, "Link", none="No link from the share dialog or with UTM parameters was followed in this period."),
        tables.countries(),
        tables.parts("Devices", "devices", _REPORT.devices, "Device"),
        rx.cond(_REPORT.groups, tables.audience(), rx.fragment()),
        rx.el.p(
            "Crawlers, your own plays and plays under 3 seconds do not count. Countries come from the IP address, which is not stored.",
            " After a time zone change, the tables of sources, terms and countries keep their earlier days.",
            rx.cond(_REPORT.counted != "", rx.fragment(" Counted up to ", _REPORT.counted, "."), rx.fragment()),
            class_name=f"{theme.SMALL} text-text-3 max-w-[68ch] pb-6",
        ),
    )  # fmt: skip


def _period() -> rx.Component:
    """Render the period, with links to other periods and to the exports."""
    return rx.el.div(
        rx.el.p(_REPORT.period, class_name=f"{theme.SMALL} text-text-2"),
        _zone(),
        rx.el.div(
            *(
                FilterLink.create(
                    label, name="days", value=value, is_fallback=not value, class_name=_SEGMENT, on_class_name="!bg-surface-4 !text-text-1"
                )
                for value, label in _PERIODS
            ),
            role="group", aria_label="Period", class_name="flex gap-0.5 p-0.5 rounded-ctl bg-surface-2 max-md:w-full print:hidden",
        ),
        rx.el.details(
            rx.el.summary("Other days", class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2 cursor-pointer list-none"),
            rx.el.form(
                forms.text_field("From", "from", type="date", default_value=_REPORT.first, required=True),
                forms.text_field("To", "to", type="date", default_value=_REPORT.last, required=True),
                buttons.button("Show these days", kind="primary", type="submit"),
                on_submit=State.choose_days,
                class_name=f"{_PANEL} p-4 grid gap-4 w-[260px]",
            ),
            custom_attrs=_EXCLUSIVE, class_name="relative print:hidden",
        ),
        _export(),
        class_name="flex flex-wrap items-center gap-2 pb-6",
    )  # fmt: skip


def _zone() -> rx.Component:
    return rx.el.details(
        rx.el.summary("Days in ", _REPORT.zone, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2 cursor-pointer list-none"),
        rx.el.form(
            forms.field(
                "Time zone", TimeZoneSelect.create(id="field-zone", name="zone", zone=_REPORT.zone, key=_REPORT.zone, class_name=theme.FIELD),
                for_id="field-zone", hint="Also used for the weekly email. Earlier days are recounted, except in the tables of sources, terms and countries.",
            ),
            buttons.button("Use this time zone", kind="primary", type="submit"),
            on_submit=State.choose_zone,
            class_name=f"{_PANEL} md:left-0 md:right-auto p-4 grid gap-4 w-[260px]",
        ),
        key=_REPORT.zone,  # closed once the zone is another one
        custom_attrs=_EXCLUSIVE, class_name="relative mr-auto max-sm:w-full print:hidden",  # narrow: at the left edge, or its panel would not fit
    )  # fmt: skip


def _export() -> rx.Component:
    tables = (
        ("days", "Days"), ("packs", "Packs"), ("sources", "Sources"), ("terms", "Search terms"), ("countries", "Countries"),
        ("devices", "Devices"), ("prices", "Prices"), ("totals", "Steps to a sale"), ("money", "Money"), ("near", "Searches that showed you but got no click"), ("campaigns", "Links and campaigns"),
        ("stops", "Where listeners stop"), ("audience", "Audience"), ("detail", "Everything, by day"),
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
                        label, href=rx.cond(_REPORT.query.contains("?"), f"{_REPORT.query}&table={name}", f"{_REPORT.query}?table={name}"),
                        class_name="block px-3 py-2.5 rounded-ctl hover:bg-surface-4",
                    )
                )
                for name, label in tables
            ),
            aria_label="Export",
            class_name=f"{_PANEL} p-2 w-[228px] max-h-[50dvh] md:max-h-[70dvh] overflow-y-auto",
        ),
        custom_attrs=_EXCLUSIVE, class_name="relative print:hidden",
    )  # fmt: skip


def _advice() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What would help", class_name="sr-only"),
        rx.el.ul(
            rx.foreach(
                _REPORT.advice,
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
                (_REPORT.slug != "") & (_REPORT.others.length() > 1),
                rx.el.label(
                    rx.el.span("Compare with", class_name=f"{theme.SMALL} text-text-2"),
                    FilterSelect.create(
                        name="compare", options=_REPORT.others, fallback="", label="Compare with",
                        class_name="bg-transparent font-semibold min-h-[44px] max-w-[180px] cursor-pointer [&>option]:bg-surface-3",
                    ),
                    class_name="flex items-center gap-2",
                ),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-center gap-x-6 border-b border-line mb-6 print:hidden",
        ),
        rx.cond(_REPORT.chart, charts.chart(_REPORT.chart), rx.fragment()),
        rx.cond(
            _REPORT.chart.is_empty,
            rx.el.p("Nothing in this period.", class_name=f"{theme.SMALL} text-text-2 mt-2"),
            rx.fragment(),
        ),
        rx.cond(
            _REPORT.other_title != "",
            rx.el.p("Dashed: ", rx.el.bdi(_REPORT.other_title), class_name=f"{theme.SMALL} text-text-2 mt-1"),
            rx.fragment(),
        ),
        aria_label="By day",
        class_name="mb-12",
    )  # fmt: skip


def _funnel() -> rx.Component:
    return rx.el.section(
        rx.el.h2("From impression to sale", class_name=f"{theme.TITLE_2} mb-3"),
        rx.el.ol(rx.foreach(_REPORT.funnel, _step), aria_label="From impression to sale"),
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
        rx.el.p(step.change, rx.cond(step.change != "No change", rx.fragment(" ", _REPORT.compared), rx.fragment()), class_name=f"{theme.SMALL} text-text-3 mt-1"),
        key=step.name,
        class_name="py-2.5 border-b border-line",
    )  # fmt: skip


def _money() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Money, in tokens", class_name=f"{theme.TITLE_2} mb-3"),
        _lines(_REPORT.revenue, "Money"),
        rx.cond(_REPORT.prices != "", rx.el.p(_REPORT.prices, class_name="mt-3"), rx.fragment()),
        rx.el.h2("Listening", class_name=f"{theme.TITLE_2} mt-8 mb-3"),
        _lines(_REPORT.listening, "Listening"),
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
