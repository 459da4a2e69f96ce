"""Settings of a creator's page: banner, address, featured packs."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, reactions, theme
from askchopper.components.plurals import noun
from askchopper.states.creators import CreatorPageState


def section() -> rx.Component:
    """Render the settings; for members without a creator page, explain how to get one."""
    return rx.cond(
        CreatorPageState.is_creator,
        rx.el.div(_banner(), _address(), _featured(), class_name="grid gap-8"),
        rx.el.p(
            "You have a page once you have published a pack. ",
            rx.el.a("Go to the studio", href=routes.STUDIO, class_name=f"{theme.LINK} underline"),
            class_name="text-text-2",
        ),
    )


def _banner() -> rx.Component:
    return rx.el.div(
        rx.cond(
            CreatorPageState.banner != "",
            rx.el.img(
                src=f"{routes.MEDIA_COVER}/{CreatorPageState.banner}/640.webp",
                alt="Your banner",
                class_name="w-full h-[120px] object-cover rounded-cover",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            reactions.BannerField.create(
                on_stored=CreatorPageState.refresh,
                label=rx.cond(CreatorPageState.banner == "", "Choose banner", "Change banner"),
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
            ),
            rx.cond(
                CreatorPageState.banner != "",
                buttons.button("Remove banner", kind="quiet", on_click=CreatorPageState.remove_banner),
                rx.fragment(),
            ),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="grid gap-3",
    )


def _address() -> rx.Component:
    return rx.el.form(
        forms.text_field(
            "Address of your page", "slug", id="creator-slug", default_value=CreatorPageState.slug, required=True, max_length=60,
            hint=f"Lower-case letters, digits and hyphens. It can be changed {policy.MAX_ADDRESS_CHANGES} times; your previous address redirects here.",
        ),
        rx.el.p(
            rx.el.span(CreatorPageState.changes_left, class_name="fact text-text-1"), noun(CreatorPageState.changes_left, "change"), " left",
            class_name=f"{theme.SMALL} text-text-2",
        ),
        rx.cond(CreatorPageState.problem != "", rx.el.p(CreatorPageState.problem, role="alert", class_name="text-bad"), rx.fragment()),
        rx.cond(CreatorPageState.saved != "", rx.el.p(CreatorPageState.saved, role="status", class_name="text-ok"), rx.fragment()),
        buttons.button("Change address", type="submit", class_name="justify-self-start"),
        on_submit=CreatorPageState.save_address,
        key=CreatorPageState.slug,
        class_name="grid gap-3",
    )  # fmt: skip


def _featured() -> rx.Component:
    def line(pack: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=pack["is_featured"].to(bool),
                on_change=lambda is_on: CreatorPageState.feature(pack["slug"].to(str), is_on),
            ),
            rx.el.span(pack["title"], dir="auto", class_name="truncate"),
            key=pack["slug"].to(str),
            class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
        )

    return rx.el.fieldset(
        rx.el.legend(
            f"Featured packs, up to {policy.MAX_FEATURED_PACKS}", class_name=f"{theme.LABEL} text-text-2 mb-1"
        ),
        rx.foreach(CreatorPageState.packs, line),
    )
