"""Buttons to sign in with a provider, and the settings that link and unlink them."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import KeepQuery
from askchopper.states.accounts import RegisterState
from askchopper.states.provider_sign_in import ProvidersState, SignInMethodsState


def provider_buttons() -> rx.Component:
    """Render a sign-in button below the form for each configured provider."""

    def button(provider: Any) -> rx.Component:
        # A plain link that keeps ``next``: it leaves the site.
        return KeepQuery.create(
            provider["label"],
            to=provider["href"],
            key=provider["id"],
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} min-h-[48px] w-full",
        )

    return rx.cond(
        ProvidersState.offered.length() > 0,
        rx.el.div(
            rx.el.p(
                "or",
                class_name="flex items-center gap-4 text-text-3 before:flex-1 before:h-px before:bg-line after:flex-1 after:h-px after:bg-line",
            ),
            rx.foreach(ProvidersState.offered, button),
            class_name="grid gap-4 mt-6",
        ),
        rx.fragment(),
    )


def new_member_form() -> rx.Component:
    """Render the registration form for a new member from a provider."""
    return forms.post_form(
        routes.AUTH_REGISTER_PROVIDER,
        forms.text_field("Display name", "display_name", auto_complete="nickname", required=True, max_length=60),
        rx.cond(
            RegisterState.needs_code,
            forms.text_field("Verification code", "code", auto_complete="off", required=True, max_length=100, hint="Enter the code you were given."),
            rx.fragment(),
        ),
        submit="Create account",
    )  # fmt: skip


def sign_in_methods() -> rx.Component:
    """Render the providers with buttons to link and unlink them."""

    def line(provider: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(provider["name"], class_name="font-semibold truncate"),
                rx.el.p(
                    rx.cond(
                        provider["is_linked"] == "",
                        "Not linked",
                        rx.cond(provider["email"] == "", "Linked", "Linked as " + provider["email"]),
                    ),
                    class_name=f"{theme.SMALL} text-text-2 wrap-anywhere",
                ),
                class_name="min-w-0",
            ),
            rx.cond(
                provider["is_linked"] != "",
                buttons.button(
                    "Unlink " + provider["name"], kind="quiet", on_click=SignInMethodsState.unlink(provider["id"])
                ),
                rx.cond(
                    provider["href"] != "",
                    buttons.link_button(
                        "Link " + provider["name"], href=provider["href"], custom_attrs={"reloadDocument": True}
                    ),
                    rx.fragment(),
                ),
            ),
            key=provider["id"],
            class_name="flex items-center justify-between gap-4 min-h-[64px] border-b border-line",
        )

    return rx.fragment(
        rx.cond(
            SignInMethodsState.notice != "",
            rx.el.p(
                SignInMethodsState.notice,
                role="status",
                class_name=rx.cond(
                    SignInMethodsState.is_problem,
                    "rounded-ctl bg-bad-tint text-bad px-3 py-2.5 mb-4",
                    "rounded-ctl bg-ok-tint text-ok px-3 py-2.5 mb-4",
                ),
            ),
            rx.fragment(),
        ),
        rx.cond(
            SignInMethodsState.has_password,
            rx.fragment(),
            rx.el.p(
                "You have no password. ",
                rx.el.a("Set one with a link by email", href=routes.FORGOT, class_name=theme.LINK),
                ".",
                class_name="text-text-2 mb-4",
            ),
        ),
        rx.cond(
            SignInMethodsState.providers.length() > 0,
            rx.el.ul(rx.foreach(SignInMethodsState.providers, line)),
            rx.cond(
                SignInMethodsState.has_password,
                rx.el.p("You sign in with your email and password.", class_name="text-text-2"),
                rx.fragment(),
            ),
        ),
    )  # fmt: skip
