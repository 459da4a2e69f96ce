"""Form fields with label, hint and error, and forms that post."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import theme
from askchopper.components.buttons import button
from askchopper.components.client import PasswordField, PostForm
from askchopper.schemas import form_errors


def field(
    label: str, control: rx.Component, *, for_id: str, hint: str = "", aside: rx.Component | None = None
) -> rx.Component:
    """Render a labelled control with an optional hint below and an optional link to the right of the label."""
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=for_id, class_name=theme.LABEL),
            aside or rx.fragment(),
            class_name="flex justify-between items-baseline",
        ),
        control,
        rx.el.p(hint, id=f"{for_id}-hint", class_name=f"{theme.SMALL} text-text-3") if hint else rx.fragment(),
        class_name="grid gap-1.5",
    )


def text_field(label: str, name: str, *, hint: str = "", id: str = "", **props: Any) -> rx.Component:  # noqa: A002
    """Render a single-line text input with its label."""
    field_id = id or f"field-{name}"
    props.setdefault("dir", "auto")
    if hint:
        props["aria_describedby"] = f"{field_id}-hint"
    return field(
        label, rx.el.input(id=field_id, name=name, class_name=theme.FIELD, **props), for_id=field_id, hint=hint
    )


def password_field(
    label: str,
    name: str,
    *,
    auto_complete: str,
    hint: str = "",
    aside: rx.Component | None = None,
    id: str = "",  # noqa: A002
) -> rx.Component:
    """Render a password input with a button that reveals it."""
    field_id = id or f"field-{name}"
    control = PasswordField.create(
        id=field_id,
        name=name,
        auto_complete=auto_complete,
        min_length=8 if auto_complete == "new-password" else 1,
        class_name=theme.FIELD,
    )
    return field(label, control, for_id=field_id, hint=hint, aside=aside)


def select(label: str, name: str, options: Iterable[tuple[str, str]], *, id: str, **props: Any) -> rx.Component:  # noqa: A002
    """Render a select with its label; options are pairs of value and text."""
    control = rx.el.select(
        *(rx.el.option(text, value=value) for value, text in options), id=id, name=name, class_name=theme.FIELD, **props
    )
    return field(label, control, for_id=id)


def checkbox(label: str, name: str, *, id: str) -> rx.Component:  # noqa: A002
    """Render a checkbox with its label to the right; the whole line is clickable."""
    return rx.el.label(
        rx.el.input(type="checkbox", id=id, name=name, value="on"),
        label,
        html_for=id,
        class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
    )


def post_form(
    action: str, *children: Any, submit: str, success: str = "", is_wide: bool = True, **props: Any
) -> rx.Component:
    """Render a form with one button, as wide as the fields or as its label. Errors appear below it, and the fields keep their values."""
    kind = props.pop("kind", "primary")
    return PostForm.create(
        *children,
        button(submit, kind=kind, type="submit", class_name="min-h-[48px] w-full" if is_wide else "justify-self-start"),
        action=action,
        success=success,
        problems=form_errors.SENTENCES,
        class_name="grid gap-5",
        **props,
    )


def feedback_form(*children: Any, id_prefix: str) -> rx.Component:
    """Render the form to describe what led to an error; ``children`` are hidden fields."""
    return post_form(
        routes.FEEDBACK,
        *children,
        field(
            "What were you doing?",
            rx.el.textarea(
                id=f"{id_prefix}-message", name="message", dir="auto", rows="4", required=True,
                max_length=policy.MAX_FEEDBACK_CHARACTERS, class_name=f"{theme.FIELD} py-2.5",
                aria_describedby=f"{id_prefix}-message-hint",
            ),
            for_id=f"{id_prefix}-message",
            hint="For example, what you pressed and what you expected. Leave passwords out.",
        ),
        submit="Send",
        success="Thank you. We read every message.",
        reload=False,
    )  # fmt: skip


def registration_form(*children: Any, needs_code: rx.Var[bool], id_prefix: str = "field") -> rx.Component:
    """Render the form that creates an account; ``children`` are additional fields, hidden ones included."""
    return post_form(
        routes.AUTH_REGISTER,
        *children,
        text_field(
            "Display name", "display_name", id=f"{id_prefix}-name", auto_complete="nickname", required=True,
            max_length=policy.MAX_DISPLAY_NAME_CHARACTERS,
        ),
        text_field("Email", "email", id=f"{id_prefix}-email", type="email", auto_complete="username", required=True, max_length=254),
        password_field(
            "Password",
            "password",
            id=f"{id_prefix}-password",
            auto_complete="new-password",
            hint=f"At least {policy.MIN_PASSWORD_CHARACTERS} characters. Three or four random words work well.",
        ),
        rx.cond(
            needs_code,
            text_field(
                "Verification code", "code", id=f"{id_prefix}-code", auto_complete="off", required=True, max_length=100,
                hint="Enter the code you were given.",
            ),
            rx.fragment(),
        ),
        _consent(),
        submit="Create account",
        mailed=form_errors.MAILED,
    )  # fmt: skip


def _consent() -> rx.Component:
    link = "underline underline-offset-4 text-text-1"
    return rx.el.p(
        "By creating an account, you accept the ", rx.el.a("terms", href=routes.TERMS, target="_blank", class_name=link),
        " and the ", rx.el.a("privacy policy", href=routes.PRIVACY, target="_blank", class_name=link), ".",
        class_name=f"{theme.SMALL} text-text-2",
    )  # fmt: skip
