"""Studio page: open tasks, the figures of a period with a chart, and every pack with its state."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, catalogue, charts, feedback, theme
from askchopper.components.client import FilterLink, FilterSelect, Go
from askchopper.schemas.view_models.studio import StudioRow
from askchopper.schemas.view_models.studio_dashboard import Task
from askchopper.states.studio import StudioState
from askchopper.views.shell import frame

_TONE = {"ok": "bg-ok-tint text-ok", "info": "bg-info-tint text-info", "neutral": "bg-surface-2 text-text-1"}
_BADGE = "inline-flex items-center h-[26px] px-2 rounded-[4px] text-[12px] font-semibold whitespace-nowrap"
_COLUMNS = "grid items-center gap-x-4 grid-cols-[44px_minmax(0,1fr)_44px] sm:grid-cols-[44px_minmax(0,1fr)_auto_44px] md:grid-cols-[44px_minmax(0,1fr)_120px_80px_80px_120px_44px]"
_TASKS = {
    "refused": ("message-square-warning", "bg-bad-tint text-bad"),
    "fix": ("triangle-alert", "bg-warn-tint text-warn"),
    "analysing": ("audio-lines", "bg-info-tint text-info"),
    "draft": ("pencil", "bg-surface-2 text-text-1"),
    "review": ("clock", "bg-info-tint text-info"),
}
_PERIODS = (("7", "7 days"), ("", "30 days"), ("90", "90 days"))
_CHARTS = (("", "Earnings"), ("sales", "Sales"), ("plays", "Plays"))
_SORTS = [
    ["", "Last changed"],
    ["name", "Name: A to Z"],
    ["-name", "Name: Z to A"],
    ["-plays", "Plays: high to low"],
    ["plays", "Plays: low to high"],
    ["-sales", "Sales: high to low"],
    ["sales", "Sales: low to high"],
    ["-earned", "Earnings: high to low"],
    ["earned", "Earnings: low to high"],
]
_SEGMENT = (
    "inline-flex items-center justify-center min-h-[44px] md:min-h-[36px] px-3 rounded-[4px] text-[13px] font-semibold text-text-2"
    " hover:text-text-1 whitespace-nowrap cursor-pointer max-md:flex-1"
)


def studio() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Studio", class_name=f"{theme.TITLE_1} mr-auto"),
                rx.cond(StudioState.has_sold, rx.el.div(_periods(), class_name="max-md:hidden"), rx.fragment()),
                rx.el.div(
                    buttons.link_button("Analytics", href=routes.ANALYTICS, kind="quiet"),
                    buttons.link_button("Earnings", href=routes.EARNINGS, kind="quiet"),
                    class_name="flex max-sm:order-1 max-sm:w-full max-sm:-ml-4",
                ),
                _new_pack("New pack", kind="primary"),
                class_name="flex flex-wrap items-center gap-2 pt-8 pb-5",
            ),
            rx.cond(
                StudioState.is_loaded,
                rx.cond(StudioState.rows, _filled(), _empty()),
                rx.el.div(*feedback.row_skeletons(4), class_name="min-h-dvh"),  # the footer is not seen before the packs
            ),
            class_name=theme.PAGE,
        ),
        active=routes.STUDIO,
    )  # fmt: skip


def _new_pack(label: str, *, kind: buttons.Kind = "secondary") -> rx.Component:
    plus = rx.icon("plus", size=18, stroke_width=1.5, aria_hidden="true")
    return buttons.button(plus, label, kind=kind, on_click=rx.redirect(routes.UPLOAD))


def _empty() -> rx.Component:
    return feedback.empty(
        f"Drop your sounds in and get a finished pack out. Tempo, key and loudness are measured for you and problems are found; you set the price and keep {policy.SELLER_SHARE_PERCENT}%.",
        _new_pack("Make your first pack"),
    )


def _filled() -> rx.Component:
    return rx.fragment(
        rx.cond(
            StudioState.tasks,
            rx.el.ul(
                rx.foreach(StudioState.tasks, _task), aria_label="To do", class_name="border-t border-line mb-8"
            ),
            rx.fragment(),
        ),
        rx.cond(StudioState.has_sold, rx.fragment(rx.el.div(_periods(), class_name="md:hidden mb-6"), _figures()), rx.fragment()),
        _packs(),
    )  # fmt: skip


def _task(task: rx.Var[Task]) -> rx.Component:
    badges = [
        (kind, rx.el.span(rx.icon(icon, size=14, stroke_width=1.5, aria_hidden="true"), task.badge, class_name=f"{_BADGE} gap-1.5 {tone}"))
        for kind, (icon, tone) in _TASKS.items()
    ]  # fmt: skip
    return rx.el.li(
        rx.el.span(rx.match(task.kind, *badges, rx.fragment()), class_name="md:w-[136px] shrink-0 max-md:order-1"),
        rx.el.p(
            rx.el.span(task.title, dir="auto", class_name="font-semibold text-text-1 max-md:block"), rx.el.span(": ", class_name="max-md:hidden"), task.text,
            class_name="min-w-0 flex-1 basis-[200px] text-text-2 [overflow-wrap:anywhere] max-md:order-3 max-md:basis-full",
        ),
        rx.el.span(buttons.link_button(task.action, href=task.href), class_name="max-md:order-2 max-md:ml-auto"),
        key=task.id,
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5 border-b border-line",
    )  # fmt: skip


def _periods() -> rx.Component:
    return rx.el.div(
        *(
            FilterLink.create(
                label, name="days", value=value, is_fallback=not value, class_name=_SEGMENT,
                on_class_name="!bg-surface-4 !text-text-1",
            )
            for value, label in _PERIODS
        ),
        role="group",
        aria_label="Period",
        class_name="flex gap-0.5 p-0.5 rounded-ctl bg-surface-2",
    )  # fmt: skip


def _figures() -> rx.Component:
    return rx.fragment(
        rx.el.dl(
            rx.foreach(StudioState.tiles, lambda tile: charts.tile(tile, compared=StudioState.compared)),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-y-8 mb-10",
        ),
        rx.el.section(
            rx.el.div(
                *(
                    FilterLink.create(
                        label, name="chart", value=value, is_fallback=not value,
                        class_name="inline-flex items-center min-h-[44px] md:min-h-[40px] font-semibold text-text-2 hover:text-text-1 border-b-2 border-transparent -mb-px",
                        on_class_name="!text-text-1 !border-text-1",
                    )
                    for value, label in _CHARTS
                ),
                role="group",
                aria_label="Chart",
                class_name="flex gap-6 border-b border-line mb-6",
            ),
            rx.cond(StudioState.chart, charts.chart(StudioState.chart), rx.fragment()),
            aria_label="By day",
            class_name="mb-12",
        ),
    )  # fmt: skip


def _packs() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(
                "Packs ", rx.el.span(StudioState.rows.length(), class_name="fact align-middle ml-1"),
                id="packs", class_name=f"{theme.TITLE_2} mr-auto",
            ),
            FilterSelect.create(
                name="sort", options=_SORTS, fallback="", label="Sort packs by",
                class_name="md:hidden bg-transparent font-semibold text-text-2 min-h-[44px] pr-1 cursor-pointer [&>option]:bg-surface-3",
            ),
            class_name="flex items-center mb-3",
        ),
        rx.el.div(
            rx.el.span(),
            rx.foreach(StudioState.heads[:1], lambda head: _head(head, "")),
            rx.el.span("Status", class_name="text-[12px] text-text-3"),
            rx.foreach(StudioState.heads[1:], lambda head: _head(head, "justify-end")),
            rx.el.span(),
            role="group",
            aria_label="Columns",
            class_name=f"{_COLUMNS} !hidden md:!grid h-[32px] border-b border-line",
        ),
        rx.el.ul(rx.foreach(StudioState.rows, _row), aria_label="Packs", class_name="max-md:border-t border-line"),
        aria_labelledby="packs",
    )  # fmt: skip


def _head(head: rx.Var[dict[str, str]], side: str) -> rx.Component:
    """Render a column heading that sorts by the column or reverses the order."""
    return Go.create(
        rx.el.span(head["label"]),
        rx.match(
            head["direction"],
            ("ascending", rx.fragment(rx.icon("arrow-up", size=12, aria_hidden="true"), rx.el.span(" ascending", class_name="sr-only"))),
            ("descending", rx.fragment(rx.icon("arrow-down", size=12, aria_hidden="true"), rx.el.span(" descending", class_name="sr-only"))),
            rx.fragment(),
        ),
        to=head["href"],
        keep_scroll=True,
        class_name=rx.cond(
            head["direction"] == "none",
            f"inline-flex items-center gap-1 h-full text-[12px] text-text-3 hover:text-text-1 {side}",
            f"inline-flex items-center gap-1 h-full text-[12px] text-text-1 {side}",
        ),
    )  # fmt: skip


def _row(row: rx.Var[StudioRow]) -> rx.Component:
    return rx.el.li(
        rx.el.a(catalogue.cover(row.cover, size=44, class_name="size-[44px] rounded-ctl"), href=row.href, custom_attrs={"tabIndex": -1, "aria-hidden": "true"}),
        rx.el.div(
            rx.el.a(row.title, href=row.href, dir="auto", class_name="font-semibold block truncate hover:underline underline-offset-2"),
            rx.el.p(row.detail, class_name=f"{theme.SMALL} text-text-2 truncate"),
            rx.cond(row.figures != "", rx.el.p(row.figures, class_name=f"{theme.SMALL} text-text-2 md:hidden"), rx.fragment()),
            rx.el.div(_status(row), class_name="sm:hidden mt-1.5"),
            class_name="min-w-0 py-2.5",
        ),
        rx.el.div(_status(row), class_name="max-sm:hidden"),
        rx.el.span(row.plays, class_name="fact text-text-1 text-right hidden md:block"),
        rx.el.span(row.sales, class_name="fact text-text-1 text-right hidden md:block"),
        rx.el.span(row.earned, class_name="fact text-text-1 text-right hidden md:block"),
        _menu(row),
        key=row.id,
        class_name=f"{_COLUMNS} min-h-[64px] border-b border-line",
    )  # fmt: skip


def _status(row: rx.Var[StudioRow]) -> rx.Component:
    looks = [(tone, f"{_BADGE} {look}") for tone, look in _TONE.items()]
    return rx.el.span(row.status, class_name=rx.match(row.tone, *looks, _BADGE))


def _menu(row: rx.Var[StudioRow]) -> rx.Component:
    item = (
        "flex items-center w-full text-left rounded-ctl px-3 min-h-[44px] text-text-1 hover:bg-surface-4 cursor-pointer"
    )
    return rx.el.details(
        rx.el.summary(
            rx.icon("ellipsis", size=20, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("More for ", row.title, class_name="sr-only"),
            class_name=f"{theme.ICON_BUTTON} list-none [&::-webkit-details-marker]:hidden",
        ),
        rx.el.div(
            rx.el.a("Edit", href=row.href, class_name=item),
            rx.cond(row.pack_href != "", rx.el.a("View pack page", href=row.pack_href, class_name=item), rx.fragment()),
            rx.cond(row.is_on_sale, rx.el.button("Take off sale", type="button", on_click=StudioState.withdraw(row.id), class_name=item), rx.fragment()),
            rx.cond(row.can_discard, rx.el.button("Discard", type="button", on_click=StudioState.discard(row.id), class_name=f"{item} !text-bad"), rx.fragment()),
            class_name=f"{theme.FLOATING} absolute right-0 top-full z-20 rounded-sheet p-2 w-[200px]",
        ),
        class_name="relative",
        custom_attrs={"name": "pack-menu"},
    )  # fmt: skip
