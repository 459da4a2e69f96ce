"""Trends page: what rises on the marketplace this week, with playable sounds."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, shelves, theme
from askchopper.components.client import FilterSelect, Go
from askchopper.schemas.view_models.trends import CHART_HEIGHT, CHART_WIDTH, TrendGroup, TrendRow
from askchopper.states.trends import GENRE_NAMES, TrendsState
from askchopper.views.share import share_button
from askchopper.views.shell import frame

_CHART = f"0 0 {CHART_WIDTH} {CHART_HEIGHT}"


def trends() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1(TrendsState.heading, class_name=theme.TITLE_1),
                share_button(TrendsState.heading),
                class_name="flex flex-wrap items-center justify-between gap-x-6 gap-y-2",
            ),
            rx.el.p(
                "What was played, downloaded and bought here in the last seven days, against the four weeks before. This covers only this marketplace.",
                class_name="text-text-2 mt-1 max-w-[64ch]",
            ),
            rx.el.div(
                FilterSelect.create(
                    name="genre", fallback="", label="Genre", class_name=theme.FIELD,
                    options=[("", "All genres"), *GENRE_NAMES],
                ),
                class_name="mt-5 max-w-[280px]",
            ),
            rx.cond(TrendsState.problem != "", rx.el.p(TrendsState.problem, role="alert", class_name="mt-4 text-bad"), rx.fragment()),
            rx.cond(TrendsState.is_loaded, _content(), _loading()),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.TRENDS,
    )  # fmt: skip


def _content() -> rx.Component:
    return rx.cond(
        TrendsState.groups,
        rx.fragment(
            rx.el.p(TrendsState.summary, class_name="mt-5"),
            rx.el.div(
                rx.foreach(TrendsState.groups, _group),
                class_name="grid sm:grid-cols-2 lg:grid-cols-3 gap-x-12 gap-y-8 mt-6",
            ),
            _rising(),
            rx.el.p(
                "Each bar is one week; the last is this week. A download counts as 3 plays, a sale as 20. “Rising” means more than chance would explain. Updated ",
                TrendsState.updated_at, ".", class_name=f"{theme.SMALL} text-text-3 mt-10 max-w-prose",
            ),
        ),
        feedback.empty(
            "Too little was played here this week to call anything a trend.",
            buttons.link_button("Browse popular packs", href=routes.browse(sort="popular", view="grid")),
        ),
    )  # fmt: skip


def _rising() -> rx.Component:
    return rx.fragment(
        rx.cond(
            TrendsState.cards,
            rx.el.section(
                rx.el.h2("Rising packs", class_name=f"{theme.TITLE_2} mt-10 mb-4"),
                catalogue.card_grid(TrendsState.cards, class_name=shelves.FULL_ROWS),
            ),
            rx.fragment(),
        ),
        rx.cond(
            TrendsState.rows,
            rx.el.section(
                rx.el.h2("Rising sounds", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
                rx.el.ul(
                    rx.foreach(TrendsState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                    aria_label="Rising sounds",
                    class_name="@container",
                    custom_attrs={"data-queue": ""},
                ),
            ),
            rx.fragment(),
        ),
    )


def _group(group: rx.Var[TrendGroup]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(group.title, class_name=f"{theme.TITLE_3} mb-1"),
        rx.el.ul(rx.foreach(group.rows, _row), aria_label=group.title),
        key=group.name,
    )


def _row(row: rx.Var[TrendRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.href != "",
            Go.create(row.label, to=row.href, class_name="truncate hover:underline underline-offset-2 py-2.5"),
            rx.el.span(row.label, class_name="truncate"),
        ),
        rx.el.svg(
            rx.el.path(d=row.before, fill="var(--wave-idle)"),
            rx.el.path(d=row.now, fill=rx.cond(row.is_rising, "var(--ok)", "var(--text-2)")),
            custom_attrs={"viewBox": _CHART, "width": CHART_WIDTH, "height": CHART_HEIGHT, "role": "img", "aria-label": row.spoken},
        ),
        rx.el.span(
            rx.cond(row.is_rising, rx.icon("arrow-up", size=14, aria_hidden="true", class_name="text-ok"), rx.fragment()),
            rx.el.span(row.change, class_name="fact"),
            rx.cond(row.is_rising, rx.el.span(" rising", class_name="sr-only"), rx.fragment()),
            class_name="inline-flex items-center justify-end gap-1",
        ),
        key=row.label,
        class_name=f"grid grid-cols-[minmax(0,1fr)_64px_76px] items-center gap-4 min-h-[44px] {theme.HAIRLINE}",
    )  # fmt: skip


def _loading() -> rx.Component:
    return rx.el.div(
        *(feedback.skeleton("h-[18px] w-full max-w-[400px] mb-4") for _ in range(8)),
        aria_busy="true",
        class_name="mt-8",
    )
