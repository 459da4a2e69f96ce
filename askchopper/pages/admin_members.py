"""Members for administrators: search, roles, suspension, signing out."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, forms, theme
from askchopper.states.administration import MembersState
from askchopper.views import moderation
from askchopper.views.admin_frame import admin_page, paged_list
from askchopper.vocabulary import Role

_SMALL = f"{theme.SMALL} text-text-2"


def admin_members() -> rx.Component:
    return admin_page(
        "Members",
        rx.el.input(
            type="search", dir="auto", placeholder="Name, email or id", aria_label="Search members", max_length=200,
            value=MembersState.words, on_change=MembersState.search.debounce(250), class_name=f"{theme.FIELD} sm:max-w-[360px] mb-4",
        ),
        paged_list(
            MembersState.rows, _member, label="Members", empty="No member starts with this.", next_cursor=MembersState.next_cursor,
            load_more=MembersState.load_more,
        ),
        is_missing=MembersState.is_missing,
        is_loaded=MembersState.is_loaded,
        actions=(buttons.link_button("Audit log", href=routes.ADMIN_AUDIT, kind="quiet"),),
    )  # fmt: skip


def _member(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(
                    rx.el.span(row["name"], dir="auto", class_name="font-semibold"),
                    rx.cond(row["role"] != "member", rx.el.span(row["role"], class_name=f"{theme.BADGE} ml-2"), rx.fragment()),
                    rx.cond(row["deleted"] != "", rx.el.span("deleted", class_name=f"{theme.BADGE} ml-2"), rx.fragment()),
                ),
                rx.el.p(row["email"], class_name=f"{_SMALL} truncate"),
                rx.el.p(row["facts"], class_name=_SMALL),
                rx.cond(row["suspended"] != "", rx.el.p(row["suspended"], dir="auto", class_name="text-warn mt-1"), rx.fragment()),
                class_name="min-w-0",
            ),
            buttons.button("Manage", aria_label=rx.Var.create("Manage ") + row["name"], on_click=MembersState.open(row["id"])),
            class_name="flex items-start justify-between gap-4",
        ),
        rx.cond(MembersState.open_id == row["id"], _tools(row), rx.fragment()),
        key=row["id"],
        class_name="py-3 border-b border-line",
    )  # fmt: skip


def _tools(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2("Manage ", row["name"], class_name="sr-only"),
        _account_tools(row),
        _devices(),
        rx.cond(MembersState.trust["level"] != "", moderation.trust_section(MembersState.trust, MembersState.set_trust), rx.fragment()),
        class_name="mt-4 rounded-cover bg-surface-1 p-4",
    )  # fmt: skip


def _devices() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Sessions", class_name=f"{theme.LABEL} text-text-2 mt-5 mb-1"),
        rx.cond(
            MembersState.devices,
            rx.el.ul(
                rx.foreach(
                    MembersState.devices,
                    lambda one: rx.el.li(
                        rx.el.span(one["device"]), rx.el.span(one["facts"], class_name=_SMALL), key=one["id"],
                        class_name="flex flex-wrap justify-between gap-x-4 py-1.5 border-b border-line",
                    ),
                ),
                aria_label="Sessions",
            ),
            rx.el.p("Not signed in anywhere.", class_name=_SMALL),
        ),
        class_name="max-w-[624px]",
    )  # fmt: skip


def _account_tools(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            forms.select("Role", "role", [(role.value, role.value.capitalize()) for role in Role], id="member-role", value=row["role"], on_change=lambda role: MembersState.set_role(row["id"], role)),
            buttons.button("Sign out everywhere", on_click=MembersState.sign_out(row["id"])),
            class_name="grid gap-3 justify-items-start content-start",
        ),
        rx.cond(
            row["suspended"] != "",
            rx.el.div(buttons.button("End suspension", on_click=MembersState.lift(row["id"]))),
            rx.el.form(
                rx.el.input(type="hidden", name="id", value=row["id"]),
                forms.text_field("Reason", "reason", id="suspension-reason", required=True, max_length=300, hint="It is kept in the audit log."),
                forms.text_field("Until", "until", id="suspension-until", type="date", hint="Leave empty for no end date."),
                buttons.button("Suspend", kind="danger", type="submit", class_name="-ml-4"),
                on_submit=MembersState.suspend,
                class_name="grid gap-3 justify-items-start [&>div]:w-full",
            ),
        ),
        class_name="grid sm:grid-cols-[200px_minmax(0,400px)] gap-6",
    )  # fmt: skip
