"""The purchase dialog: item, licence, price and remaining balance."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, catalogue, theme
from askchopper.components.client import Dialog
from askchopper.states.catalogue import PurchaseState


def purchase_dialog() -> rx.Component:
    """Render the dialog that confirms a purchase, or links to the wallet if tokens are missing."""
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Confirm purchase", class_name=theme.TITLE_2, id="confirm-title"),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-start",
            ),
            rx.el.div(
                catalogue.cover(PurchaseState.goods["cover"], size=64, class_name="size-[64px] rounded-ctl"),
                rx.el.div(
                    rx.el.p(PurchaseState.goods["title"], class_name="font-semibold truncate"),
                    rx.el.p(PurchaseState.goods["creator"], class_name=f"{theme.SMALL} text-text-2"),
                    class_name="min-w-0",
                ),
                class_name="flex gap-4 items-center my-5",
            ),
            rx.el.dl(
                _line("Licence", rx.el.span(PurchaseState.goods["licence"], class_name=f"{theme.UI} font-ui")),
                _line("Price", rx.el.span(PurchaseState.price)),
                _line("Your balance", rx.el.span(PurchaseState.balance)),
                rx.cond(
                    PurchaseState.missing_tokens > 0,
                    _line("Missing", rx.el.span(PurchaseState.missing_tokens, class_name="text-bad"), is_strong=True),
                    _line(
                        "Balance after",
                        rx.el.span(
                            brand.token(is_own=True),
                            PurchaseState.balance - PurchaseState.price,
                            class_name="inline-flex items-center gap-2",
                        ),
                        is_strong=True,
                    ),
                ),
                class_name="border-y border-line py-2",
            ),
            rx.cond(
                PurchaseState.problem != "",
                rx.el.p(
                    PurchaseState.problem,
                    role="alert",
                    class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5 mt-5 text-[13px] leading-[18px]",
                ),
                rx.fragment(),
            ),
            rx.cond(
                PurchaseState.missing_tokens > 0,
                rx.el.p(
                    "Get tokens first; this page will be here when you come back.",
                    role="alert",
                    class_name=f"{theme.SMALL} text-text-2 my-5",
                ),
                rx.el.p(
                    f"You can undo this for {policy.REFUND_HOURS} hours as long as nothing has been downloaded.",
                    class_name=f"{theme.SMALL} text-text-2 my-5",
                ),
            ),
            rx.el.div(
                buttons.button("Not now", kind="quiet", custom_attrs={"data-dismiss": ""}),
                rx.cond(
                    PurchaseState.missing_tokens > 0,
                    buttons.link_button("Get tokens", href=routes.WALLET, kind="primary"),
                    buttons.button(
                        "Confirm purchase",
                        kind="primary",
                        is_busy=PurchaseState.is_busy_buying,
                        on_click=PurchaseState.buy(PurchaseState.attempt),
                        auto_focus=True,
                    ),
                ),
                class_name="flex justify-end gap-3",
            ),
            class_name="p-6",
        ),
        is_open=PurchaseState.is_dialog_open,
        on_dismiss=PurchaseState.close_dialog,
        label="Confirm purchase",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )


def _line(label: str, value: rx.Component, *, is_strong: bool = False) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="font-semibold text-text-1" if is_strong else "text-text-2"),
        rx.el.dd(value, class_name="fact text-text-1"),
        class_name="flex justify-between items-center min-h-[36px]",
    )
