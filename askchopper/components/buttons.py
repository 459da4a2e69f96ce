"""Buttons, and links styled as buttons."""

from typing import Any, Literal

import reflex as rx

from askchopper.components import theme

Kind = Literal["primary", "secondary", "quiet", "danger", "danger-filled"]


def _classes(kind: Kind, extra: str) -> str:
    return f"{theme.BUTTON} {theme.BUTTON_KIND[kind]} {extra}"


def meter() -> rx.Component:
    """Render the progress indicator of a busy button or chip: three animated bars."""
    return rx.el.span(
        rx.el.i(), rx.el.i(), rx.el.i(), class_name="meter inline-flex items-end gap-[3px] h-[14px]", aria_hidden="true"
    )


def button(
    *children: Any,
    kind: Kind = "secondary",
    is_busy: rx.Var[bool] | bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Render a button. While busy, it keeps its width and focus and shows the progress indicator."""
    props.setdefault("type", "button")
    if is_busy is False:
        return rx.el.button(*children, class_name=_classes(kind, class_name), **props)
    return rx.el.button(
        rx.el.span(*children, class_name=rx.cond(is_busy, "invisible", "contents")),
        rx.cond(is_busy, rx.el.span(meter(), class_name="absolute"), None),
        class_name=_classes(kind, f"relative {class_name}"),
        aria_busy=is_busy,
        **props,
    )


def link_button(
    *children: Any, href: Any, kind: Kind = "secondary", class_name: str = "", **props: Any
) -> rx.Component:
    """Render a link styled as a button."""
    return rx.el.a(*children, href=href, class_name=_classes(kind, class_name), **props)


def skip_button(label: str, target_id: str) -> rx.Component:
    """Render a button that moves the focus to an element; visible only while focused."""
    # A button: the router would treat a fragment link as a page.
    return rx.el.button(
        label,
        type="button",
        class_name=f"{_classes('secondary', '')} sr-only focus:not-sr-only focus:!fixed focus:z-50 focus:top-2 focus:left-2 focus:!bg-surface-3",
        on_click=rx.call_script(f"document.getElementById('{target_id}').focus()"),
    )


def icon_button(icon: str, label: str, *, class_name: str = "", **props: Any) -> rx.Component:
    """Render a square icon button; the label is its accessible name and tooltip."""
    props.setdefault("type", "button")
    return rx.el.button(
        rx.icon(icon, size=20, stroke_width=1.5, aria_hidden="true"),
        aria_label=label,
        title=label,
        class_name=f"{theme.ICON_BUTTON} {class_name}",
        **props,
    )


def file_link(*children: Any, href: Any, class_name: str = "", **props: Any) -> rx.Component:
    """Render a link to a file as a plain anchor, since the client-side router would treat its path as a page."""
    attributes = {"reloadDocument": True, **props.pop("custom_attrs", {})}
    return rx.el.a(*children, href=href, download=True, class_name=class_name, custom_attrs=attributes, **props)
