"""Registration page."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms
from askchopper.states.accounts import RegisterState
from askchopper.views.auth_layout import auth_layout, goal, other_form
from askchopper.views.provider_sign_in import provider_buttons


def register() -> rx.Component:
    return auth_layout(
        "Create an account",
        rx.fragment("Already have an account? ", other_form("Sign in", routes.LOGIN)),
        forms.registration_form(needs_code=RegisterState.needs_code),
        provider_buttons(),
        note=goal(),
    )
