"""Choose a new password with the link from the mail."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms
from askchopper.views.auth_frame import auth_frame


def reset() -> rx.Component:
    """Compose the page that takes the new password; the link's token is in the address's fragment."""
    return auth_frame(
        "New password",
        rx.fragment("It signs you out everywhere else."),
        forms.post_form(
            routes.AUTH_RESET,
            forms.password_field(
                "New password",
                "password",
                auto_complete="new-password",
                hint=f"{policy.MIN_PASSWORD_CHARACTERS} characters at least.",
            ),
            submit="Save the password",
        ),
    )
