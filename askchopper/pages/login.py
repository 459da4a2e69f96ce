"""Sign-in page."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms, theme
from askchopper.views.auth_layout import auth_layout, goal, other_form
from askchopper.views.provider_sign_in import provider_buttons


def login() -> rx.Component:
    return auth_layout(
        "Sign in",
        rx.fragment("New here? ", other_form("Create an account", routes.REGISTER)),
        forms.post_form(
            routes.AUTH_LOGIN,
            forms.text_field("Email", "email", type="email", auto_complete="username", required=True, max_length=254),
            forms.password_field(
                "Password",
                "password",
                auto_complete="current-password",
                aside=rx.el.a("Forgot password?", href=routes.FORGOT, class_name=f"{theme.SMALL} text-text-2 hover:text-text-1"),
            ),
            submit="Sign in",
        ),
        provider_buttons(),
        note=goal(),
    )  # fmt: skip
