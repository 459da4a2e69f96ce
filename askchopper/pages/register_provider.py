"""Registration page for a new member from a sign-in provider."""

import reflex as rx

from askchopper import routes
from askchopper.views.auth_layout import auth_layout, other_form
from askchopper.views.provider_sign_in import new_member_form


def register_provider() -> rx.Component:
    return auth_layout(
        "Almost there",
        rx.fragment("Choose how others see you. Another account? ", other_form("Sign in", routes.LOGIN)),
        new_member_form(),
    )
