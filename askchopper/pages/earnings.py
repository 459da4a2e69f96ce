"""Earnings page of a creator: totals, payouts, the last 30 days, and a statement that equals the ledger."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, feedback, forms, theme
from askchopper.components.plurals import noun
from askchopper.states.earnings import EarningsState
from askchopper.views.shell import frame

_COLUMNS = "grid grid-cols-[1fr_auto] md:grid-cols-[100px_minmax(0,1fr)_80px_80px_80px_100px] gap-x-4 items-center"
_HEADS = (
    ("Date", ""),
    ("Sale", ""),
    ("Price", "text-right"),
    ("Fee", "text-right"),
    ("Earned", "text-right"),
    ("Balance", "text-right"),
)
_TILES = (
    ("Available", "available", "Can be paid out"),
    ("Pending", "pending", f"Refundable for {policy.REFUND_HOURS} hours after each sale"),
    ("Sales", "gross", "All prices, less refunds"),
    ("Platform fee", "fee", f"{policy.PLATFORM_FEE_PERCENT}% of every sale"),
)


def earnings() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Earnings", class_name=theme.TITLE_1),
                buttons.link_button("Studio", href=routes.STUDIO, kind="quiet", class_name="ml-auto"),
                class_name="flex items-center pt-8 pb-5",
            ),
            rx.cond(EarningsState.is_loaded, _account(), rx.el.div(*feedback.row_skeletons(12), aria_busy="true")),
            class_name=theme.PAGE,
        ),
        active=routes.STUDIO,
    )


def _account() -> rx.Component:
    return rx.fragment(
        rx.el.dl(
            *(_tile(*tile) for tile in _TILES),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-y-6 mb-3",
        ),
        rx.cond(EarningsState.totals["bonus"] != "0", rx.el.p(
            "Of your earnings, ", rx.el.span(EarningsState.totals["bonus"], class_name="fact text-text-1"),
            noun(EarningsState.totals["bonus"], "token"), " came from bonus tokens and cannot be paid out.",
            class_name=f"{theme.SMALL} text-text-2",
        ), rx.fragment()),
        _payouts(),
        rx.cond(EarningsState.lines, rx.fragment(_chart(), _statement()), _empty()),
    )  # fmt: skip


def _tile(label: str, name: str, note: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name=f"{theme.SMALL} text-text-2"),
        rx.el.dd(
            brand.token(is_own=name == "available"),
            EarningsState.totals[name],
            class_name="fact-lg inline-flex items-center gap-2 mt-1",
        ),
        rx.el.dd(note, class_name=f"{theme.SMALL} text-text-3 pr-3"),
        class_name="md:pl-6 md:first:pl-0 md:border-l md:first:border-l-0 border-line",
    )


def _payouts() -> rx.Component:
    """Render the payout request form and earlier payouts."""
    return rx.el.section(
        rx.el.h2("Payouts", class_name=f"{theme.TITLE_2} mb-3"),
        rx.cond(
            EarningsState.can_request,
            rx.el.form(
                forms.text_field(
                    "Pay to", "destination", hint="Where to send the money: an IBAN, or the email of a payment account. Only the operator of this site reads it.",
                    max_length=policy.MAX_PAYOUT_DESTINATION_CHARACTERS, required=True, auto_complete="off", dir="ltr",
                ),
                rx.cond(EarningsState.problem != "", rx.el.p(EarningsState.problem, role="alert", class_name="text-bad"), rx.fragment()),
                buttons.button(
                    "Request payout of ", EarningsState.totals["available"], noun(EarningsState.totals["available"], "token"), ", ", EarningsState.totals["money"],
                    kind="primary", type="submit", is_busy=EarningsState.is_busy_requesting, class_name="justify-self-start",
                ),
                on_submit=EarningsState.request_payout,
                class_name="grid gap-4 max-w-[480px]",
            ),
            rx.el.p(
                rx.cond(
                    EarningsState.totals["requested"] != "0",
                    "Your request is being reviewed. We'll notify you of the decision.",
                    f"You can request a payout once you have {policy.MIN_PAYOUT_TOKENS:,} tokens available.",
                ),
                class_name="text-text-2",
            ),
        ),
        rx.cond(
            EarningsState.payouts,
            rx.el.ul(rx.foreach(EarningsState.payouts, _payout), aria_label="Payouts", class_name="mt-5 border-t border-line"),
            rx.fragment(),
        ),
        class_name="my-10",
    )  # fmt: skip


def _payout(one: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(one["status"], rx.cond(one["reason"] != "", rx.fragment(": ", one["reason"]), rx.fragment()), class_name="font-semibold"),
            rx.el.p(one["date"], " · ", rx.el.span(one["destination"], class_name="break-words"), class_name=f"{theme.SMALL} text-text-2"),
            class_name="min-w-0",
        ),
        rx.el.span(one["money"], class_name="fact text-right ml-auto"),
        rx.el.span(one["tokens"], noun(one["tokens"], "token"), class_name="fact text-text-1 text-right whitespace-nowrap"),
        key=one["id"],
        class_name="flex gap-4 items-center min-h-[56px] border-b border-line py-2",
    )  # fmt: skip


def _monthly() -> rx.Component:
    """Render download links of recent monthly statements."""
    return rx.el.details(
        rx.el.summary("By month", class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2 cursor-pointer"),
        rx.el.ul(
            rx.foreach(
                EarningsState.months,
                lambda month: rx.el.li(
                    buttons.file_link(
                        month["label"],
                        href=f"{routes.API}/me/earnings/monthly.csv?month=" + month["value"].to(str),
                        class_name="block px-3 py-2.5 rounded-ctl hover:bg-surface-4",
                    ),
                    key=month["value"],
                ),
            ),
            aria_label="Statements by month",
            class_name=f"{theme.FLOATING} rounded-sheet p-2 absolute right-0 z-20 w-[200px] max-h-[300px] overflow-y-auto",
        ),
        class_name="relative",
    )


def _empty() -> rx.Component:
    return feedback.empty("No sales yet.", buttons.link_button("Open the studio", href=routes.STUDIO))


def _chart() -> rx.Component:
    """Render the last 30 days as bars."""
    return rx.el.figure(
        rx.el.figcaption("Last 30 days", class_name=f"{theme.LABEL} text-text-2 mb-3"),
        rx.el.ul(
            rx.foreach(
                EarningsState.days,
                lambda day: rx.el.li(
                    rx.el.span(day["label"], class_name="sr-only"),
                    rx.el.span(class_name="block w-full bg-text-1 rounded-t-[1px]", style={"height": day["height"]}),
                    title=day["label"],
                    key=day["label"],
                    class_name="flex items-end h-full flex-1 border-b border-line-strong",
                ),
            ),
            class_name="flex items-stretch gap-[3px] h-[96px]",
        ),
        class_name="mb-10",
    )


def _statement() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Statement", class_name=f"{theme.TITLE_2} mr-auto"),
            _monthly(),
            buttons.file_link(
                rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
                "CSV",
                href=f"{routes.API}/me/earnings/statement.csv",
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2",
            ),
            class_name="flex flex-wrap items-center gap-2 mb-3",
        ),
        rx.el.div(
            *(rx.el.span(head, class_name=f"text-[12px] text-text-3 {side}") for head, side in _HEADS),
            class_name=f"{_COLUMNS} !hidden md:!grid h-[32px] border-b border-line",
            aria_hidden="true",
        ),
        rx.el.ul(rx.foreach(EarningsState.lines, _line), aria_label="Statement"),
        rx.cond(
            EarningsState.has_more,
            rx.el.div(
                buttons.button("Load more", on_click=EarningsState.load_more), class_name="flex justify-center pt-6"
            ),
            rx.fragment(),
        ),
    )


def _line(line: rx.Var[dict[str, str]]) -> rx.Component:
    number = "fact text-right hidden md:block"
    return rx.el.li(
        rx.el.span(line["date"], class_name="fact hidden md:block"),
        rx.el.div(
            rx.cond(
                line["link"] != "",
                rx.el.a(line["title"], href=line["link"], class_name="font-semibold block truncate hover:underline"),
                rx.el.span(line["title"], class_name="font-semibold block truncate"),
            ),
            rx.el.p(
                line["kind"],
                rx.el.span(" · ", line["date"], class_name="md:hidden"),
                rx.cond(line["bonus"] != "", rx.fragment(" · ", line["bonus"]), rx.fragment()),
                class_name=f"{theme.SMALL} text-text-2",
            ),
            class_name="min-w-0",
        ),
        rx.el.span(line["gross"], class_name=number),
        rx.el.span(line["fee"], class_name=number),
        rx.el.span(line["net"], class_name="fact text-text-1 text-right"),
        rx.el.span(line["balance"], class_name=number),
        key=line["id"],
        class_name=f"{_COLUMNS} min-h-[56px] border-b border-line",
    )
