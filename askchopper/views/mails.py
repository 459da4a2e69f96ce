"""E-mail settings."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms, theme
from askchopper.components.switches import switch_list
from askchopper.states.mails import MailsState


def email_section() -> rx.Component:
    """Render the e-mail address with the forms that verify and change it."""
    return rx.el.div(
        rx.el.p(
            rx.el.span(MailsState.email, class_name="wrap-anywhere"),
            rx.cond(
                MailsState.is_verified,
                rx.el.span("Verified", class_name="text-ok text-[13px]"),
                rx.el.span("Not verified", class_name="text-text-3 text-[13px]"),
            ),
            class_name="flex flex-wrap items-baseline gap-x-3",
        ),
        rx.cond(
            MailsState.is_verified,
            rx.fragment(),
            rx.el.div(
                forms.post_form(
                    routes.AUTH_EMAIL,
                    rx.el.input(type="hidden", name="email", value=MailsState.email, read_only=True),
                    submit="Verify this email",
                    kind="secondary",
                    is_wide=False,
                ),
                class_name="mt-4",
            ),
        ),
        rx.el.div(
            forms.post_form(
                routes.AUTH_EMAIL,
                forms.text_field("New email", "email", id="new-email", type="email", auto_complete="email", required=True, max_length=254, hint="We send a link to this address. Your email changes when you open it."),
                rx.cond(
                    MailsState.needs_password,
                    forms.password_field("Password", "password", id="email-password", auto_complete="current-password", hint="You signed in a while ago, so we ask again."),
                    rx.fragment(),
                ),
                submit="Change email",
                kind="secondary",
                is_wide=False,
            ),
            class_name="mt-6",
        ),
    )  # fmt: skip


def mails_section() -> rx.Component:
    """Render a switch for each kind of notification mail."""
    return rx.el.div(
        rx.el.p(
            rx.cond(
                MailsState.sends_mails,
                "We email you unread notifications, at most once an hour.",
                "This site does not send emails right now. Your choice is saved.",
            ),
            class_name="text-text-2 mb-2",
        ),
        switch_list(MailsState.kinds, MailsState.set_kind),
    )


def unsubscribe_form() -> rx.Component:
    """Render the unsubscribe button for the page that a mailed link opens."""
    return rx.el.div(
        forms.post_form(routes.AUTH_UNSUBSCRIBE, submit="Unsubscribe", reload=False),
        rx.el.p(rx.el.a("Choose which emails you get", href=routes.MAILS, class_name=theme.LINK), class_name="mt-6"),
    )
