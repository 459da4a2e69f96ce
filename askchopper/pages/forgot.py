"""Page to request a password reset link."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms
from askchopper.views.auth_layout import auth_layout


def forgot() -> rx.Component:
    return auth_layout(
        "Reset your password",
        rx.fragment(f"We send a link that works once, for {policy.PASSWORD_RESET_MINUTES} minutes."),
        forms.post_form(
            routes.AUTH_FORGOT,
            forms.text_field("Email", "email", type="email", auto_complete="username", required=True, max_length=254),
            submit="Send the link",
            success="If that email has an account, we've sent a reset link.",
            reload=False,
        ),
    )
