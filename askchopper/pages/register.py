"""Registration page."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import forms
from askchopper.states.accounts import RegisterState
from askchopper.views.auth_layout import auth_layout


def register() -> rx.Component:
    return auth_layout(
        "Create an account",
        rx.fragment("Have one? ", rx.el.a("Sign in", href=routes.LOGIN, class_name="font-semibold text-text-1 underline underline-offset-4")),
        forms.post_form(
            routes.AUTH_REGISTER,
            forms.text_field("Display name", "display_name", auto_complete="nickname", required=True, max_length=60),
            forms.text_field("Email", "email", type="email", auto_complete="username", required=True, max_length=254),
            forms.password_field(
                "Password",
                "password",
                auto_complete="new-password",
                hint=f"{policy.MIN_PASSWORD_CHARACTERS} characters at least; three or four words are easy to keep and hard to guess.",
            ),
            rx.cond(
                RegisterState.needs_code,
                forms.text_field(
                    "Verification code", "code", auto_complete="off", required=True, max_length=100,
                    hint="This installation asks for the code you were given.",
                ),
                rx.fragment(),
            ),
            submit="Create account",
        ),
    )  # fmt: skip
