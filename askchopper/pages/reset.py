"""Page to set a new password with a reset link."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms
from askchopper.views.auth_layout import auth_layout


def reset() -> rx.Component:
    return auth_layout(
        "New password",
        rx.fragment("You'll be signed out on other devices."),
        forms.post_form(
            routes.AUTH_RESET,
            forms.password_field(
                "New password",
                "password",
                auto_complete="new-password",
                hint=f"At least {policy.MIN_PASSWORD_CHARACTERS} characters.",
            ),
            submit="Save password",
        ),
    )
