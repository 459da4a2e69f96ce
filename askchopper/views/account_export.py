"""Data export settings."""

import reflex as rx

from askchopper import policy
from askchopper.components import buttons, forms, theme
from askchopper.states.account_export import ExportDataState


def section() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "A zip of all your data as JSON, with your own sounds and documents,"
            f" up to {policy.MAX_EXPORT_BYTES >> 30} GB.",
            class_name="text-text-2 mb-4",
        ),
        rx.cond(
            ExportDataState.href != "",
            rx.el.p(
                buttons.file_link(
                    "Download, " + ExportDataState.size, href=ExportDataState.href,
                    class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['primary']}",
                ),
                rx.el.span("Until " + ExportDataState.until, class_name=f"{theme.SMALL} text-text-2"),
                class_name="flex flex-wrap items-center gap-4 mb-4",
            ),
            rx.fragment(),
        ),
        rx.cond(
            ExportDataState.state == "waiting",
            rx.el.p("Your export is being made. We'll notify you when it's ready.", role="status", class_name="text-text-2"),
            rx.el.form(
                rx.cond(
                    ExportDataState.needs_password,
                    forms.password_field("Password", "password", id="export-password", auto_complete="current-password", hint="You signed in a while ago, so we ask again."),
                    rx.fragment(),
                ),
                rx.cond(ExportDataState.problem != "", rx.el.p(ExportDataState.problem, role="alert", class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5"), rx.fragment()),
                rx.el.div(buttons.button("Export my data", type="submit")),
                on_submit=ExportDataState.request,
                reset_on_submit=True,
                class_name="grid gap-3",
            ),
        ),
    )  # fmt: skip
