"""Studio page: open tasks, earnings, and every pack with its state."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, catalogue, feedback, theme
from askchopper.schemas.view_models.studio import StudioRow
from askchopper.states.studio import StudioState
from askchopper.views.shell import frame

_TONE = {"ok": "bg-ok-tint text-ok", "info": "bg-info-tint text-info", "neutral": "bg-surface-2 text-text-1"}
_BADGE = "inline-flex items-center h-[26px] px-2 rounded-[4px] text-[12px] font-semibold whitespace-nowrap"
_COLUMNS = "grid items-center gap-x-4 grid-cols-[44px_minmax(0,1fr)_auto_44px] md:grid-cols-[44px_minmax(0,1fr)_120px_80px_80px_120px_44px]"
_TILES = (("Earned", "earned"), ("Sales", "sales"), ("Plays", "plays"), ("Packs on sale", "packs"))


def studio() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Studio", class_name=theme.TITLE_1),
                buttons.link_button("Earnings", href=routes.EARNINGS, kind="quiet", class_name="ml-auto"),
                buttons.button(
                    rx.icon("plus", size=18, stroke_width=1.5, aria_hidden="true"), "New pack",
                    kind="primary", on_click=StudioState.new_pack,
                ),
                class_name="flex items-center pt-8 pb-5",
            ),
            rx.cond(
                StudioState.is_loaded,
                rx.cond(StudioState.rows, _filled(), _empty()),
                rx.el.div(*feedback.row_skeletons(4)),
            ),
            class_name=theme.PAGE,
        ),
        active=routes.STUDIO,
    )  # fmt: skip


def _empty() -> rx.Component:
    return feedback.empty(
        f"Drop your sounds in and get a finished pack out. Tempo, key, loudness and faults are measured for you; you set the price and keep {policy.SELLER_SHARE_PERCENT}%.",
        buttons.button("Make your first pack", on_click=StudioState.new_pack),
    )


def _filled() -> rx.Component:
    return rx.fragment(
        rx.cond(
            StudioState.to_do,
            rx.el.ul(rx.foreach(StudioState.to_do, _to_do), aria_label="To do", class_name="border-t border-line mb-8"),
            rx.fragment(),
        ),
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(label, class_name=f"{theme.SMALL} text-text-2"),
                    rx.el.dd(
                        brand.token(is_own=True) if name == "earned" else rx.fragment(),
                        StudioState.totals[name],
                        class_name="fact-lg inline-flex items-center gap-2 mt-1",
                    ),
                    class_name="md:pl-6 md:first:pl-0 md:border-l md:first:border-l-0 border-line",
                )
                for label, name in _TILES
            ),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-y-6 mb-10",
        ),
        rx.el.h2("Packs ", rx.el.span(StudioState.rows.length(), class_name="fact align-middle ml-1"), class_name=f"{theme.TITLE_2} mb-3"),
        rx.el.div(
            *(rx.el.span(head, class_name=f"text-[12px] text-text-3 {side}") for head, side in (("", ""), ("Pack", ""), ("Status", ""), ("Plays", "text-right"), ("Sales", "text-right"), ("Tokens earned", "text-right"), ("", ""))),
            class_name=f"{_COLUMNS} !hidden md:!grid h-[32px] border-b border-line",
            aria_hidden="true",
        ),
        rx.el.ul(rx.foreach(StudioState.rows, _row), aria_label="Packs"),
    )  # fmt: skip


def _to_do(row: rx.Var[StudioRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.icon("triangle-alert", size=14, stroke_width=1.5, aria_hidden="true"), "To fix", class_name=f"{_BADGE} gap-1.5 bg-warn-tint text-warn shrink-0"),
        rx.el.p(rx.el.span(row.title, class_name="font-semibold text-text-1"), ": ", row.todo, class_name="min-w-0 flex-1 text-text-2"),
        buttons.link_button("Listen and fix", href=row.href),
        key=row.id,
        class_name="flex flex-wrap items-center gap-3 py-2.5 border-b border-line",
    )  # fmt: skip


def _row(row: rx.Var[StudioRow]) -> rx.Component:
    return rx.el.li(
        rx.el.a(catalogue.cover(row.cover, size=44, class_name="size-[44px] rounded-ctl"), href=row.href, custom_attrs={"tabIndex": -1, "aria-hidden": "true"}),
        rx.el.div(
            rx.el.a(row.title, href=row.href, class_name="font-semibold block truncate hover:underline underline-offset-2"),
            rx.el.p(row.detail, class_name=f"{theme.SMALL} text-text-2 truncate"),
            class_name="min-w-0",
        ),
        rx.el.div(rx.el.span(row.status, class_name=rx.match(row.tone, *((tone, f"{_BADGE} {look}") for tone, look in _TONE.items()), _BADGE))),
        rx.el.span(row.plays, class_name="fact text-text-1 text-right hidden md:block"),
        rx.el.span(row.sales, class_name="fact text-text-1 text-right hidden md:block"),
        rx.el.span(row.earned, class_name="fact text-text-1 text-right hidden md:block"),
        _menu(row),
        key=row.id,
        class_name=f"{_COLUMNS} min-h-[64px] border-b border-line",
    )  # fmt: skip


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
            rx.cond(row.pack_href != "", rx.el.a("View in the shop", href=row.pack_href, class_name=item), rx.fragment()),
            rx.cond(row.is_on_sale, rx.el.button("Take off sale", type="button", on_click=StudioState.withdraw(row.id), class_name=item), rx.fragment()),
            rx.cond(row.can_discard, rx.el.button("Discard", type="button", on_click=StudioState.discard(row.id), class_name=f"{item} !text-bad"), rx.fragment()),
            class_name=f"{theme.FLOATING} absolute right-0 top-full z-20 rounded-sheet p-2 w-[200px]",
        ),
        class_name="relative",
        custom_attrs={"name": "pack-menu"},
    )  # fmt: skip
