"""Ask for a link to choose a new password."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms
from askchopper.views.auth_layout import auth_layout


def forgot() -> rx.Component:
    return auth_layout(
        "Forgotten password",
        rx.fragment("We send a link that works once, for ten minutes."),
        forms.post_form(
            routes.AUTH_FORGOT,
            forms.text_field("Email", "email", type="email", auto_complete="username", required=True, max_length=254),
            submit="Send the link",
            success="If an account has this address, the link is on its way.",
            reload=False,
        ),
    )
