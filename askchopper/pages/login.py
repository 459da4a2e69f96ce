"""Sign-in page."""

import reflex as rx

from askchopper import routes
from askchopper.components import forms, theme
from askchopper.views.auth_layout import auth_layout


def login() -> rx.Component:
    return auth_layout(
        "Sign in",
        rx.fragment("New here? ", rx.el.a("Create an account", href=routes.REGISTER, class_name="font-semibold text-text-1 underline underline-offset-4")),
        forms.post_form(
            routes.AUTH_LOGIN,
            forms.text_field("Email", "email", type="email", auto_complete="username", required=True, max_length=254),
            forms.password_field(
                "Password",
                "password",
                auto_complete="current-password",
                aside=rx.el.a("Forgotten?", href=routes.FORGOT, class_name=f"{theme.SMALL} text-text-2 hover:text-text-1"),
            ),
            submit="Sign in",
        ),
    )  # fmt: skip
