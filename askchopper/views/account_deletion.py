"""Settings that delete the account, and the notice that cancels a scheduled deletion."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms, theme
from askchopper.states.account_deletion import DeletionState


def notice() -> rx.Component:
    """Render the date of a scheduled deletion and the button that cancels it."""
    return rx.cond(
        DeletionState.day != "",
        rx.el.section(
            rx.el.div(
                rx.el.h2("Your account will be deleted on " + DeletionState.day, class_name="font-semibold"),
                rx.el.p(
                    "Until then everything stays as it is, and you can change your mind.", class_name="text-text-2"
                ),
            ),
            forms.post_form(routes.AUTH_KEEP_ACCOUNT, submit="Keep my account", is_wide=False),
            aria_label="Planned deletion",
            class_name="flex flex-wrap items-center justify-between gap-x-8 gap-y-4 rounded-panel bg-bad-tint p-5 mt-6",
        ),
        rx.fragment(),
    )


def section() -> rx.Component:
    """Render what a deletion removes, and the form that schedules it."""
    return rx.cond(
        DeletionState.day != "",
        rx.el.p("Your account will be deleted on " + DeletionState.day + ".", class_name="text-text-2"),
        rx.el.div(
            rx.el.p(
                "Your packs go off sale, and your library, uploads, documents, conversations and tokens are deleted. Buyers"
                f" keep what they bought; their licences still name you as the creator. You have {policy.DELETION_GRACE_DAYS} days to change your mind.",
                class_name="text-text-2 mb-4",
            ),
            rx.cond(
                DeletionState.needs_sign_in,
                rx.el.p(
                    "You signed in a while ago. ",
                    rx.el.a("Sign in again", href=routes.login(routes.SETTINGS), class_name=theme.LINK),
                    " to delete your account.",
                ),
                forms.post_form(
                    routes.AUTH_DELETE_ACCOUNT,
                    rx.cond(
                        DeletionState.needs_password,
                        forms.password_field("Password", "password", id="delete-password", auto_complete="current-password", hint="You signed in a while ago, so we ask again."),
                        rx.fragment(),
                    ),
                    submit="Delete my account",
                    kind="danger",
                    is_wide=False,
                ),
            ),
        ),
    )  # fmt: skip
