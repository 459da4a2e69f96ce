"""Second step of a sign-in: a code from an authenticator app."""

import reflex as rx

from askchopper import routes
from askchopper.views.auth_layout import auth_layout, other_form
from askchopper.views.two_factor import second_step_form


def second_step() -> rx.Component:
    return auth_layout(
        "Enter your code",
        rx.fragment("Open your authenticator app. Not you? ", other_form("Start again", routes.LOGIN)),
        second_step_form(),
    )
