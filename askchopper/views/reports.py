"""The report dialog, and the list of blocked members."""

from typing import Any

import reflex as rx

from askchopper import policy
from askchopper.components import buttons, forms, theme
from askchopper.components.client import Dialog
from askchopper.schemas.view_models.community import REASON_WORDS
from askchopper.states.reports import BlocksState, ReportState


def report_dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Report", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", class_name="-my-2 -mr-2", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-2",
            ),
            rx.el.p(ReportState.title, dir="auto", class_name="text-text-2 mb-4 truncate"),
            rx.cond(
                ReportState.is_open,
                rx.el.form(
                    rx.el.fieldset(
                        rx.el.legend("What is wrong?", class_name=f"{theme.LABEL} text-text-2"),
                        *(
                            rx.el.label(
                                rx.el.input(type="radio", name="reason", value=reason.value, required=True), words,
                                class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
                            )
                            for reason, words in REASON_WORDS.items()
                        ),
                    ),
                    forms.field(
                        "Anything else?",
                        rx.el.textarea(id="report-text", name="text", dir="auto", rows="2", max_length=policy.MAX_REPORT_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
                        for_id="report-text",
                    ),
                    buttons.button("Send report", kind="primary", type="submit"),
                    on_submit=ReportState.send,
                    class_name="grid gap-4",
                ),
                rx.fragment(),
            ),
            class_name="p-6",
        ),
        is_open=ReportState.is_open,
        on_dismiss=ReportState.close,
        label="Report",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )  # fmt: skip


def blocked_members() -> rx.Component:
    """Render the members whom the viewer has blocked."""

    def line(member: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(member["name"], dir="auto", class_name="font-semibold truncate"),
                rx.el.p("Since ", member["since"], class_name=f"{theme.SMALL} text-text-2"),
                class_name="min-w-0",
            ),
            buttons.button(
                "Unblock",
                kind="quiet",
                aria_label=rx.Var.create("Unblock ") + member["name"],
                on_click=BlocksState.unblock(member["id"]),
            ),
            key=member["id"],
            class_name="flex items-center justify-between gap-4 min-h-[64px] border-b border-line",
        )

    return rx.cond(
        BlocksState.members,
        rx.el.ul(rx.foreach(BlocksState.members, line), aria_label="Blocked members"),
        rx.el.p("No one. You can block someone from any of their comments; then neither of you sees what the other writes.", class_name="text-text-2"),
    )  # fmt: skip
