"""A member's taste profile for administrators; opening it requires a reason, which the member sees."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.states.taste import InspectionState
from askchopper.views.admin_frame import admin_page
from askchopper.views.taste import figures


def admin_taste() -> rx.Component:
    return admin_page(
        "Member profile access",
        rx.el.p(
            "Their taste and their memories. The member sees on both pages that you viewed them, when, and why.",
            class_name="text-text-2 mt-1 mb-6",
        ),
        rx.el.form(
            forms.field(
                "Email",
                rx.el.input(id="inspect-email", name="email", type="email", required=True, auto_complete="off", class_name=theme.FIELD),
                for_id="inspect-email",
            ),
            forms.field(
                "Reason",
                rx.el.input(id="inspect-reason", name="reason", dir="auto", required=True, max_length=policy.MAX_INSPECTION_REASON_CHARACTERS, auto_complete="off", class_name=theme.FIELD),
                for_id="inspect-reason",
            ),
            rx.cond(InspectionState.problem != "", rx.el.p(InspectionState.problem, role="alert", class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5"), rx.fragment()),
            rx.el.div(buttons.button("View profile", type="submit")),
            on_submit=InspectionState.inspect,
            class_name="grid gap-4 max-w-[480px] mb-10",
        ),
        rx.cond(
            InspectionState.is_loaded,
            rx.cond(
                InspectionState.is_known,
                rx.fragment(
                    rx.el.p(InspectionState.email, ", ", InspectionState.facts["signals"], " events", class_name="fact mb-6"),
                    figures(InspectionState, None),
                ),
                rx.el.p("Nothing is known about this member's taste.", role="status", class_name="text-text-2"),
            ),
            rx.fragment(),
        ),
        rx.cond(InspectionState.is_loaded, _memories(), rx.fragment()),
        is_missing=InspectionState.is_missing,
        is_loaded=InspectionState.is_admin,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )  # fmt: skip


def _memories() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Memories", class_name=f"{theme.TITLE_2} mt-12 mb-2"),
        rx.cond(
            InspectionState.memories,
            rx.el.ul(
                rx.foreach(
                    InspectionState.memories,
                    lambda row: rx.el.li(
                        rx.el.p(row.text, dir="auto", class_name="[overflow-wrap:anywhere]"),
                        rx.el.p(row.kind, " · ", row.date, " · ", row.origin, class_name=f"{theme.SMALL} text-text-3"),
                        key=row.id,
                        class_name="py-2 border-b border-line",
                    ),
                ),
                aria_label="Memories",
            ),
            rx.el.p("Nothing is remembered about this member.", class_name="text-text-2 py-2"),
        ),
        aria_label="Memories",
        class_name="max-w-[720px]",
    )
