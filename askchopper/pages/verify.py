"""Public licence certificate page, printable."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.states.library import CertificateState
from askchopper.views.shell import frame


def verify() -> rx.Component:
    return frame(
        rx.el.article(
            rx.cond(
                CertificateState.is_missing,
                feedback.failure(
                    "We can't find this licence.",
                    "Check the address, or ask the person who sent it.",
                    buttons.link_button("Go to homepage", href=routes.HOME),
                ),
                rx.cond(CertificateState.facts.length() > 0, _certificate(), feedback.skeleton("h-[300px] w-full")),
            ),
            class_name="mx-auto w-full max-w-[720px] px-4 pt-10",
        )
    )


def _certificate() -> rx.Component:
    facts = CertificateState.facts
    return rx.fragment(
        rx.cond(
            CertificateState.is_revoked,
            rx.el.p(
                "This licence ended: the purchase was refunded.",
                role="alert", class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5 mb-6",
            ),
            rx.el.p(
                rx.icon("badge-check", size=18, stroke_width=1.5, aria_hidden="true"), "Valid licence",
                class_name="inline-flex items-center gap-2 rounded-ctl bg-ok-tint text-ok px-3 py-2 mb-6 font-semibold",
            ),
        ),
        rx.el.div(
            rx.el.div(
                rx.el.h1("Licence ", facts["number"], class_name=theme.TITLE_1),
                rx.el.p(facts["title"], class_name="text-text-2 mt-1"),
                rx.el.p("Issued by Ask Chopper. Check it at", class_name=f"{theme.SMALL} text-text-2 mt-4"),
                rx.el.p(facts["address"], class_name="fact text-text-1 break-all"),
                class_name="min-w-0",
            ),
            rx.el.img(
                src=facts["qr"], alt="QR code linking to this licence", width=112, height=112,
                class_name="size-[112px] rounded-ctl bg-[#fff] shrink-0",
            ),
            class_name="flex items-start justify-between gap-6",
        ),
        rx.el.dl(
            _fact("Pack", rx.el.a(facts["pack"], href=facts["pack_href"], class_name="underline underline-offset-4 decoration-line-strong")),
            _fact("Made by", facts["creator"]),
            _fact("Licensed to", rx.fragment(facts["buyer"], " (", facts["email"], ")")),
            _fact("Issued", facts["issued"]),
            _fact("Certificate", rx.el.span(facts["id"], class_name="fact break-all")),
            _fact("Text", rx.fragment("Version ", facts["version"], ", SHA-256 ", rx.el.span(facts["sha256"], class_name="fact break-all"))),
            class_name="my-8 border-t border-line",
        ),
        rx.el.h2("Sounds", class_name=f"{theme.TITLE_2} mb-2"),
        rx.el.ul(
            rx.foreach(
                CertificateState.files,
                lambda file: rx.el.li(
                    rx.el.span(file["title"], class_name="wrap-anywhere"), rx.el.span(file["sha256"], class_name="fact break-all text-text-3"),
                    key=file["sha256"], class_name="grid sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-4 py-2.5 border-b border-line",
                ),
            )
        ),
        rx.el.h2("Licence text", class_name=f"{theme.TITLE_2} mt-10 mb-3"),
        rx.html(CertificateState.body, class_name="prose-chat prose-page text-text-2 max-w-none"),
        buttons.button("Print", on_click=rx.call_script("window.print()"), class_name="mt-6 no-print"),
    )  # fmt: skip


def _fact(label: str, value: rx.Var[str] | rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-text-2"),
        rx.el.dd(value, class_name="min-w-0"),
        class_name="grid grid-cols-[110px_1fr] gap-4 py-3 border-b border-line",
    )
