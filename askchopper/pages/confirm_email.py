"""Page that verifies an e-mail with a mailed link."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms
from askchopper.views.auth_layout import auth_layout


def confirm_email() -> rx.Component:
    return auth_layout(
        "Confirm your email",
        rx.fragment("From then on you sign in with it."),
        forms.post_form(routes.AUTH_CONFIRM_EMAIL, submit="Confirm"),
    )
