"""Page that finishes a registration with a mailed link."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms
from askchopper.views.auth_layout import auth_layout, other_form


def confirm() -> rx.Component:
    return auth_layout(
        "Confirm your email address",
        rx.fragment("Then your account is ready. Link expired? ", other_form("Register again", routes.REGISTER)),
        forms.post_form(routes.AUTH_CONFIRM, submit="Confirm and sign in"),
    )
