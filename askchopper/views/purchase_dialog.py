"""The purchase dialog: item, licence and price; then registration, purchase, or download."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, catalogue, feedback, forms, theme
from askchopper.components.client import Dialog
from askchopper.components.plurals import noun
from askchopper.components.purchase import BUY_EVENT
from askchopper.states.purchase import CONFIRM, DONE, JOIN, PAYING, PurchaseState

_IS_FREE = PurchaseState.price == 0


def _facts(*lines: rx.Component) -> rx.Component:
    return rx.el.dl(
        _line("Licence", rx.el.span(PurchaseState.goods["licence"], class_name=f"{theme.UI} font-ui")),
        rx.cond(
            PurchaseState.goods["paid"] != "",
            _line("You've already paid", rx.el.span(PurchaseState.goods["paid"])),
            rx.fragment(),
        ),
        _line("Price", _price()),
        *lines,
        class_name="border-y border-line py-2",
    )


def _price() -> rx.Component:
    return rx.cond(
        _IS_FREE,
        rx.el.span("Free", class_name=f"{theme.UI} font-ui"),
        rx.el.span(
            rx.el.span(PurchaseState.goods["money"], class_name="text-text-3 mr-3"),
            brand.tokens(PurchaseState.price.to_string()),
        ),
    )


def _join() -> rx.Component:
    """Render the registration form, which returns to this dialog."""
    return rx.fragment(
        _facts(),
        rx.el.p("Create an account to continue. It takes a minute and costs nothing.", class_name="text-text-2 my-4"),
        forms.registration_form(
            rx.el.input(type="hidden", name="next", value=PurchaseState.goods["return_path"]),
            needs_code=PurchaseState.goods["needs_code"] != "",
            id_prefix="buy",
        ),
        rx.el.p(
            "Already have an account? ",
            rx.el.a(
                "Sign in",
                href=PurchaseState.goods["login_href"],
                class_name="font-semibold text-text-1 underline underline-offset-4",
            ),
            class_name="text-text-2 mt-4",
        ),
    )


def _confirm() -> rx.Component:
    balance_after = PurchaseState.balance - PurchaseState.price
    return rx.fragment(
        _facts(
            rx.cond(_IS_FREE, rx.fragment(), _line("Your balance", rx.el.span(PurchaseState.balance))),
            rx.cond(
                PurchaseState.missing_tokens > 0,
                rx.fragment(
                    _line(
                        "You need",
                        rx.el.span(PurchaseState.missing_tokens, " more", class_name="text-warn"),
                        is_strong=True,
                    ),
                    rx.cond(
                        PurchaseState.top_up["owed"],
                        _line("Of which you owe", rx.el.span(PurchaseState.top_up["owed"])),
                        rx.fragment(),
                    ),
                    rx.cond(
                        PurchaseState.top_up,
                        _line(
                            "Add tokens",
                            rx.el.span(PurchaseState.top_up["tokens"], " for ", PurchaseState.top_up["money"]),
                        ),
                        rx.fragment(),
                    ),
                ),
                rx.cond(
                    _IS_FREE,
                    rx.fragment(),
                    _line(
                        "Balance after",
                        rx.el.span(
                            brand.token(is_own=True), balance_after, class_name="inline-flex items-center gap-2"
                        ),
                        is_strong=True,
                    ),
                ),
            ),
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
        rx.el.p(
            rx.cond(
                _IS_FREE,
                "Same licence, certificate and downloads as a pack you pay for.",
                f"Full refund within {policy.REFUND_HOURS} hours if you haven't downloaded anything.",
            ),
            rx.cond(PurchaseState.top_up["way"] == "test", " Test mode: no real payment is taken.", ""),
            rx.cond(PurchaseState.top_up["way"] == "stripe", " You'll pay on Stripe's page and come back here.", ""),
            class_name=f"{theme.SMALL} text-text-2 my-5",
        ),
        rx.el.div(
            buttons.button("Not now", kind="quiet", custom_attrs={"data-dismiss": ""}),
            rx.cond(
                (PurchaseState.missing_tokens > 0) & ~PurchaseState.top_up.bool(),
                buttons.link_button("Get tokens", href=routes.WALLET, kind="primary", custom_attrs={"data-dismiss": ""}),
                buttons.button(
                    rx.cond(
                        _IS_FREE,
                        "Get for free",
                        rx.cond(
                            PurchaseState.top_up,
                            rx.fragment("Add ", PurchaseState.top_up["tokens"], noun(PurchaseState.top_up["tokens"], "token"), " and buy"),
                            rx.fragment("Buy for ", PurchaseState.price, noun(PurchaseState.price, "token")),
                        ),
                    ),
                    kind="primary",
                    is_busy=PurchaseState.is_busy_buying,
                    on_click=PurchaseState.buy(PurchaseState.attempt),
                    auto_focus=True,
                    custom_attrs={"data-autofocus": ""},
                ),
            ),
            class_name="flex justify-end gap-3",
        ),
    )  # fmt: skip


def _paying() -> rx.Component:
    return rx.fragment(
        _facts(),
        rx.el.p(
            rx.icon("loader", size=18, stroke_width=1.5, aria_hidden="true"),
            "Waiting for your payment to be confirmed. Your purchase then completes automatically.",
            role="status",
            class_name="flex items-center gap-2 rounded-ctl bg-info-tint text-info px-3 py-2.5 mt-5",
        ),
    )


def _done() -> rx.Component:
    """Render the download, links to the licence and the library, and the refund button."""
    return rx.fragment(
        rx.el.p(
            rx.icon("circle-check", size=18, stroke_width=1.5, aria_hidden="true"),
            rx.cond(
                PurchaseState.receipt_title == "",
                "You own this.",
                rx.cond(_IS_FREE, "Added to your library.", "Bought. It is in your library."),
            ),
            role="status",
            class_name="flex items-center gap-2 rounded-ctl bg-ok-tint text-ok px-3 py-2.5",
        ),
        rx.el.div(
            buttons.file_link(
                rx.icon("download", size=18, stroke_width=1.5, aria_hidden="true"),
                "Download, ",
                PurchaseState.goods["size"],
                href=PurchaseState.goods["download"],
                auto_focus=True,
                custom_attrs={"data-autofocus": ""},
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['primary']} min-h-[48px]",
            ),
            rx.el.div(
                rx.cond(
                    PurchaseState.goods["licence_href"] != "",
                    _leave("Licence", PurchaseState.goods["licence_href"]),
                    rx.fragment(),
                ),
                _leave("Go to library", routes.LIBRARY),
                rx.cond(
                    PurchaseState.purchase_id != "",
                    buttons.button(rx.cond(_IS_FREE, "Undo", "Refund"), kind="quiet", on_click=PurchaseState.refund),
                    rx.fragment(),
                ),
                class_name="flex flex-wrap justify-center gap-1",
            ),
            class_name="grid gap-3 mt-5",
        ),
        rx.cond(
            (PurchaseState.purchase_id != "") & ~_IS_FREE,
            rx.el.p(
                f"You can get a full refund within {policy.REFUND_HOURS} hours, until you download.",
                class_name=f"{theme.SMALL} text-text-3 mt-3 text-center",
            ),
            rx.fragment(),
        ),
    )


def _leave(label: str, href: rx.Var[str] | str) -> rx.Component:
    """Render a link to another page that also closes the dialog."""
    return buttons.link_button(label, href=href, kind="quiet", custom_attrs={"data-dismiss": ""})


def _line(label: str, value: rx.Component, *, is_strong: bool = False) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="font-semibold text-text-1" if is_strong else "text-text-2"),
        rx.el.dd(value, class_name="fact text-text-1"),
        class_name="flex justify-between items-center min-h-[36px]",
    )


def _offer() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            catalogue.cover(PurchaseState.goods["cover"], size=64, class_name="size-[64px] rounded-ctl"),
            rx.el.div(
                rx.el.p(PurchaseState.goods["title"], class_name="font-semibold truncate"),
                rx.el.p(PurchaseState.goods["creator"], class_name=f"{theme.SMALL} text-text-2"),
                class_name="min-w-0",
            ),
            class_name="flex gap-4 items-center my-5",
        ),
        rx.match(
            PurchaseState.step,
            (JOIN, _join()),
            (CONFIRM, _confirm()),
            (PAYING, _paying()),
            (DONE, _done()),
            rx.fragment(),
        ),
    )


def _loading() -> rx.Component:
    """Render a placeholder until the server has sent the offer."""
    return rx.el.div(
        rx.el.div(
            feedback.skeleton("size-[64px] !rounded-ctl"), feedback.skeleton("h-[16px] w-[160px]"),
            class_name="flex gap-4 items-center my-5",
        ),
        feedback.skeleton("h-[146px] w-full"),
        feedback.skeleton("h-[36px] w-full my-5"),
        feedback.skeleton("h-[44px] md:h-[40px] w-[160px] ml-auto"),
        aria_busy="true",
    )  # fmt: skip


@rx.memo
def purchase_dialog_content() -> rx.Component:
    """Render the dialog. Compiled to a separate chunk that the browser loads when it is first opened."""
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2(
                    rx.cond(
                        PurchaseState.step == DONE,
                        "In your library",
                        rx.cond((PurchaseState.step != "") & _IS_FREE, "Get", "Buy"),
                    ),
                    class_name=theme.TITLE_2,
                ),
                buttons.icon_button("x", "Close", class_name="-my-2 -mr-2", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center",
            ),
            rx.cond(PurchaseState.step != "", _offer(), _loading()),
            class_name="p-6",
        ),
        is_open=PurchaseState.step != "",
        opens_on=BUY_EVENT,
        turn=PurchaseState.turn,
        on_dismiss=PurchaseState.close,
        label=rx.cond(PurchaseState.step != "", rx.Var.create("Buy ") + PurchaseState.goods["title"], "Buy"),
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )


class PurchaseDialogContent(rx.NoSSRComponent):
    """The compiled ``purchase_dialog_content``, imported by the browser when it is first shown."""

    library = purchase_dialog_content().library
    tag = purchase_dialog_content().tag


def purchase_dialog() -> rx.Component:
    return rx.cond(PurchaseState.goods, PurchaseDialogContent.create(), rx.fragment())
