"""Two-factor settings, and the form for the second step of a sign-in."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import CopyButton
from askchopper.components.plurals import noun
from askchopper.states.two_factor import TwoFactorState


def second_step_form() -> rx.Component:
    """Render the form for a two-factor code after the password."""
    return forms.post_form(
        routes.AUTH_SECOND_STEP,
        _code_field("field-code", hint="The 6 digits that your app shows, or one of your recovery codes."),
        submit="Sign in",
    )


def section() -> rx.Component:
    return rx.el.div(
        rx.cond(
            TwoFactorState.is_demanded,
            rx.el.p(
                "Administrators need two-factor authentication. Set it up to open the administration pages.",
                role="status",
                class_name="rounded-ctl bg-surface-2 px-3 py-2.5 mb-4",
            ),
            rx.fragment(),
        ),
        rx.cond(
            TwoFactorState.problem != "",
            rx.el.p(TwoFactorState.problem, role="alert", class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5 mb-4"),
            rx.fragment(),
        ),
        rx.cond(TwoFactorState.codes.length() > 0, _codes(), rx.fragment()),
        rx.cond(TwoFactorState.is_on, _on(), rx.cond(TwoFactorState.key != "", _setup(), _off())),
    )  # fmt: skip


def _off() -> rx.Component:
    return rx.el.form(
        rx.el.p(
            "After your password, we ask for a code from an app on your phone. A stolen password is then not enough.",
            class_name="text-text-2",
        ),
        rx.cond(
            TwoFactorState.needs_password,
            forms.password_field("Password", "password", id="two-factor-password", auto_complete="current-password", hint="You signed in a while ago, so we ask again."),
            rx.fragment(),
        ),
        rx.el.div(buttons.button("Set up two-factor authentication", type="submit")),
        on_submit=TwoFactorState.begin,
        reset_on_submit=True,
        class_name="grid gap-3",
    )  # fmt: skip


def _setup() -> rx.Component:
    return rx.el.div(
        rx.el.ol(
            rx.el.li(
                rx.el.p("Scan this with your authenticator app:"),
                rx.el.img(src=TwoFactorState.picture, alt="QR code for your authenticator app", width="208", height="208", class_name="rounded-ctl my-3 size-[208px]"),
            ),
            rx.el.li(
                rx.el.p("Or type this key:"),
                rx.el.code(TwoFactorState.key, class_name="fact text-text-1 block rounded-ctl bg-surface-2 p-3 my-3 wrap-anywhere select-all"),
            ),
            rx.el.li(
                "Enter the code that the app shows now:",
                _form(TwoFactorState.confirm, "Turn on", "setup-code"),
            ),
            class_name="grid gap-4 list-decimal pl-5",
        ),
    )  # fmt: skip


def _on() -> rx.Component:
    return rx.el.div(
        rx.el.p("On", class_name="text-ok font-semibold"),
        rx.el.p(
            TwoFactorState.codes_left, noun(TwoFactorState.codes_left, "recovery code"),
            " left. Each works once. Use one if you lose your phone.",
            class_name="text-text-2 mb-2",
        ),
        _disclosure("New recovery codes", _form(TwoFactorState.renew_codes, "Replace recovery codes", "renew-code")),
        _disclosure("Turn off two-factor authentication", _form(TwoFactorState.turn_off, "Turn off", "off-code", kind="danger")),
    )  # fmt: skip


def _codes() -> rx.Component:
    return rx.el.div(
        rx.el.p("Keep these recovery codes safe; they are not shown again.", class_name="font-semibold mb-3"),
        rx.el.ul(
            rx.foreach(TwoFactorState.codes, lambda code: rx.el.li(rx.el.code(code, class_name="fact text-text-1"))),
            aria_label="Recovery codes",
            class_name="grid sm:grid-cols-2 gap-x-6 gap-y-1 mb-4 select-all",
        ),
        CopyButton.create("Copy", text=TwoFactorState.codes.join("\n"), class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"),
        class_name="rounded-ctl bg-surface-2 p-4 mb-4",
        role="status",
    )  # fmt: skip


def _disclosure(label: str, content: rx.Component) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            label,
            rx.icon("chevron-down", size=18, stroke_width=1.5, aria_hidden="true", class_name="group-open:rotate-180"),
            class_name="min-h-[44px] flex items-center justify-between cursor-pointer text-text-2 hover:text-text-1",
        ),
        rx.el.div(content, class_name="pb-4"),
        class_name="group border-t border-line",
    )


def _form(on_submit: Any, submit: str, code_id: str, *, kind: buttons.Kind = "secondary") -> rx.Component:
    return rx.el.form(
        _code_field(code_id),
        rx.el.div(buttons.button(submit, type="submit", kind=kind)),
        on_submit=on_submit,
        reset_on_submit=True,
        class_name="grid gap-3 mt-2",
    )


def _code_field(code_id: str, *, hint: str = "") -> rx.Component:
    return forms.text_field(
        "Authentication code", "authentication_code", id=code_id, auto_complete="one-time-code", required=True,
        max_length=40, spell_check=False, hint=hint,
    )  # fmt: skip
