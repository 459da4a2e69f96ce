"""Wallet page: balance, buying tokens, and statement."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, feedback, theme
from askchopper.components.plurals import noun
from askchopper.states.payments import PaymentState
from askchopper.states.wallet import WalletState
from askchopper.views.shell import frame

_KINDS = (("all", "All"), ("purchases", "Purchases"), ("top_ups", "Top-ups"))
_COLUMNS = "grid grid-cols-[1fr_auto] md:grid-cols-[92px_minmax(0,1fr)_56px_56px_64px] lg:grid-cols-[100px_minmax(0,1fr)_80px_80px_90px_110px] gap-x-4 items-center"
_REFERENCE = "text-right hidden lg:block"
_AMOUNT = "max-md:col-start-2 max-md:row-start-1"  # without columns of their own on a phone


def wallet() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(WalletState.total != "", rx.fragment(_balance(), _statement()), _loading()),
            class_name=f"{theme.PAGE} pt-8 flex flex-col md:flex-row gap-12 md:gap-14",
        ),
    )


def _balance() -> rx.Component:
    return rx.el.section(
        rx.el.h1("Wallet", class_name=theme.TITLE_1),
        rx.el.p(
            brand.token(is_own=True),
            rx.el.span(WalletState.total),
            rx.el.span(noun(WalletState.total, "token"), class_name="sr-only"),
            class_name="font-mono font-medium text-[40px] leading-[48px] inline-flex items-center gap-3 mt-2 [&>i]:text-[24px]",
        ),
        rx.cond(
            WalletState.bonus > 0,
            rx.el.p("including ", WalletState.bonus, noun(WalletState.bonus, "bonus token"), ", spent first", class_name="text-text-2"),
            rx.fragment(),
        ),
        rx.cond(
            WalletState.earnings != "",
            rx.el.p(
                "Earned from sales: ", rx.el.a(WalletState.earnings, href=routes.EARNINGS, class_name=f"fact {theme.LINK}"),
                class_name="text-text-2 mt-1",
            ),
            rx.fragment(),
        ),
        _checkout(),
        class_name="md:w-[320px] shrink-0",
    )  # fmt: skip


def _loading() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h1("Wallet", class_name=theme.TITLE_1),
            feedback.skeleton("h-[40px] w-[140px] mt-3"),
            feedback.skeleton("h-[360px] w-full mt-8"),
            class_name="md:w-[320px] shrink-0",
            aria_busy="true",
        ),
        rx.el.div(*feedback.row_skeletons(8), class_name="flex-1 min-w-0"),
    )


def _checkout() -> rx.Component:
    return rx.el.div(
        _payment(),
        rx.el.h2("Get tokens", class_name=f"{theme.TITLE_3} mt-8 mb-1"),
        rx.cond(
            WalletState.checkout != "none",
            rx.fragment(
                rx.cond(WalletState.checkout == "test", _note("flask-conical", "Test mode: no real payment is taken."), rx.fragment()),
                rx.el.fieldset(
                    rx.el.legend("Bundle", class_name="sr-only"),
                    rx.foreach(WalletState.bundles, _bundle),
                    class_name="grid mb-5",
                ),
                buttons.button(
                    "Get tokens",
                    kind="primary",
                    is_busy=WalletState.is_busy_buying,
                    on_click=WalletState.get_tokens(WalletState.attempt),
                    class_name="w-full sm:max-w-[360px] min-h-[48px]",
                ),
                rx.cond(
                    WalletState.checkout == "stripe",
                    rx.el.p("You'll pay on Stripe's page and come back here.", class_name=f"{theme.SMALL} text-text-3 mt-3"),
                    rx.fragment(),
                ),
            ),
            rx.el.p(
                "You can't buy tokens on this site yet. To get some, ",
                rx.el.a("contact us", href=routes.CONTACT, class_name=theme.LINK), ".",
                class_name="text-text-2 mt-2",
            ),
        ),
        rx.el.p(
            f"Full refund within {policy.REFUND_HOURS} hours if you haven't downloaded anything.",
            class_name=f"{theme.SMALL} text-text-3 mt-4",
        ),
    )  # fmt: skip


def _note(icon: str, sentence: rx.Component | rx.Var[str] | str, tint: str = "bg-info-tint text-info") -> rx.Component:
    return rx.el.p(
        rx.icon(icon, size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-px"),
        rx.el.span(sentence),
        class_name=f"flex gap-2 rounded-ctl {tint} px-3 py-2.5 my-3 text-[13px] leading-[18px]",
    )


def _payment() -> rx.Component:
    """Render the status of a payment, and any debt."""
    owed = rx.fragment(
        "You owe ",
        PaymentState.owed,
        noun(PaymentState.owed, "token"),
        ", because a payment was refunded or disputed after you spent its tokens. To buy again, add the tokens that you owe.",
    )
    return rx.fragment(
        rx.el.div(
            rx.cond(PaymentState.is_waiting, _note("loader", "Waiting for your payment to be confirmed…"), rx.fragment()),
            rx.cond(
                PaymentState.message != "",
                rx.cond(PaymentState.is_paid, _note("circle-check", PaymentState.message, "bg-ok-tint text-ok"), _note("info", PaymentState.message)),
                rx.fragment(),
            ),
            role="status",
        ),
        rx.cond(PaymentState.owed != "", _note("triangle-alert", owed, "bg-bad-tint text-bad"), rx.fragment()),
    )  # fmt: skip


def _bundle(bundle: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="bundle",
            value=bundle["tokens"],
            checked=WalletState.chosen.to_string() == bundle["tokens"],
            on_change=WalletState.choose_bundle(bundle["tokens"]),
        ),
        rx.el.span(
            rx.el.span(bundle["tokens"], class_name="font-mono"),
            noun(bundle["tokens"], "token"),
            class_name="font-semibold",
        ),
        rx.el.span(bundle["each"], " each", class_name="fact ml-auto"),
        rx.el.span(bundle["price"], class_name="fact text-text-1 w-[64px] text-right"),
        key=bundle["tokens"],
        class_name="flex items-center gap-3 min-h-[56px] border-b border-line cursor-pointer",
    )


def _statement() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Statement", class_name=f"{theme.TITLE_2} mr-auto"),
            *(
                rx.el.button(
                    label,
                    type="button",
                    on_click=WalletState.filter_entries(kind),
                    aria_pressed=WalletState.kind == kind,
                    class_name=rx.cond(WalletState.kind == kind, f"{theme.CHIP} {theme.CHIP_ON}", theme.CHIP),
                )
                for kind, label in _KINDS
            ),
            buttons.file_link(
                rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
                "CSV",
                href="/api/v1/me/wallet/statement.csv",
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']} !px-2",
            ),
            class_name="flex flex-wrap items-center gap-2 mb-3",
        ),
        rx.el.div(
            *(
                rx.el.span(head, class_name=f"text-[12px] text-text-3 {side}")
                for head, side in (
                    ("Date", ""), ("What", ""), ("In", "text-right"), ("Out", "text-right"),
                    ("Balance", "text-right"), ("Reference", _REFERENCE),
                )
            ),
            class_name=f"{_COLUMNS} !hidden md:!grid h-[32px] border-b border-line",
            aria_hidden="true",
        ),
        rx.cond(
            WalletState.lines,
            rx.el.ul(rx.foreach(WalletState.lines, _line)),
            feedback.empty("No transactions yet."),
        ),
        rx.cond(
            WalletState.has_more,
            rx.el.div(
                buttons.button("Load more", on_click=WalletState.load_more), class_name="flex justify-center pt-6"
            ),
            rx.fragment(),
        ),
        class_name="flex-1 min-w-0",
    )  # fmt: skip


def _line(line: rx.Var[dict[str, str]]) -> rx.Component:
    what = "font-semibold block truncate"
    return rx.el.li(
        rx.el.span(line["date"], class_name="fact hidden md:block"),
        rx.el.div(
            rx.cond(
                line["link"] != "",
                rx.el.a(line["title"], href=line["link"], class_name=f"{what} hover:underline"),
                rx.el.span(line["title"], class_name=what),
            ),
            rx.el.p(
                line["reason"],
                rx.el.span(" ", line["date"], class_name="md:hidden"),
                class_name=f"{theme.SMALL} text-text-2",
            ),
            class_name="min-w-0",
        ),
        rx.el.span(line["in"], class_name=f"fact !text-ok text-right {_AMOUNT}"),
        rx.el.span(line["out"], class_name=f"fact text-text-1 text-right {_AMOUNT}"),
        rx.el.span(line["balance"], class_name="fact text-text-1 text-right hidden md:block"),
        rx.el.span(line["reference"], class_name=f"fact {_REFERENCE}"),
        key=line["id"],
        class_name=f"{_COLUMNS} min-h-[56px] border-b border-line",
    )
