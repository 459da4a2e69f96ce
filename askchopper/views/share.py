"""The share button, and the dialog with link, networks, QR code and, for a pack, the embedded player."""

import reflex as rx

from askchopper.components import buttons, forms, theme
from askchopper.components.client import CopyButton, Dialog
from askchopper.components.community import ShareButton
from askchopper.states.share import SIZES, ShareState

_COPY = f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} shrink-0"


def share_button(title: rx.Var[str], *, url: rx.Var[str] | str = "") -> rx.Component:
    """Render the share button and its dialog, for the current page or for ``url``."""
    return rx.fragment(
        ShareButton.create(
            rx.icon("share-2", size=16, stroke_width=1.5, aria_hidden="true"),
            "Share",
            title=title,
            url=url,
            on_open=ShareState.open(title),
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
        ),
        _dialog(),
    )


def _dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Share", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", class_name="-my-2 -mr-2", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-4",
            ),
            rx.cond(ShareState.is_open, _content(), rx.fragment()),
            class_name="p-6",
        ),
        is_open=ShareState.is_open,
        on_dismiss=ShareState.close,
        label="Share",
        class_name=f"{theme.FLOATING} rounded-sheet w-[520px]",
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.input(value=ShareState.link, read_only=True, aria_label="Link", dir="auto", class_name=theme.FIELD),
            CopyButton.create("Copy", text=ShareState.link, class_name=_COPY),
            class_name="flex gap-2",
        ),
        rx.el.ul(
            rx.foreach(
                ShareState.networks,
                lambda one: rx.el.li(
                    rx.el.a(one["label"], href=one["href"], target="_blank", rel="noopener noreferrer", class_name=theme.CHIP),
                    key=one["label"],
                ),
            ),
            aria_label="Networks",
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.div(
            rx.cond(
                ShareState.code == "",
                rx.fragment(),
                rx.el.div(
                forms.select("Embed player", "size", tuple((size, size.capitalize()) for size in SIZES), id="embed-size", value=ShareState.size, on_change=ShareState.choose_size),
                rx.el.textarea(value=ShareState.code, read_only=True, rows="3", aria_label="Embed code", dir="auto", class_name=f"{theme.FIELD} py-2 !text-[13px] font-mono break-all"),
                CopyButton.create("Copy code", text=ShareState.code, class_name=_COPY),
                class_name="grid gap-2 justify-items-start min-w-0",
                ),
            ),
            rx.el.img(src=ShareState.qr, alt="QR code of this page", custom_attrs={"width": 132, "height": 132}, class_name="rounded-ctl bg-white"),
            class_name=rx.cond(ShareState.code == "", "", "grid sm:grid-cols-[minmax(0,1fr)_132px] gap-5"),
        ),
        class_name="grid gap-5",
    )  # fmt: skip
