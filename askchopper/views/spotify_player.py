"""The Spotify remote and its settings."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import CopyButton, SpotifyWidget
from askchopper.components.switches import Switch
from askchopper.schemas import spotify
from askchopper.states.session import SessionState
from askchopper.states.spotify import SpotifyState


def corner() -> rx.Component:
    """Render the full remote: in the corner of the landing page, or as a row on phones."""
    # The row keeps its place while it is not known which one it will be.
    return rx.el.div(_widget("corner"), class_name="max-md:[html[data-spotify]_&]:min-h-[68px]")


def mini() -> rx.Component:
    """Render the one-line remote for all other pages once Spotify is connected."""
    return _widget("mini")


def chat_line() -> rx.Component:
    """Render the remote as a row above the chat."""
    return _widget("chat")


def _widget(place: str) -> rx.Component:
    return SpotifyWidget.create(
        word=SessionState.spotify, is_signed_in=SessionState.is_signed_in, place=place, outcomes=spotify.OUTCOMES
    )


def connections() -> rx.Component:
    """Render the Spotify settings: connection, the member's own client id, and consent for the assistant."""
    return rx.el.section(
        rx.el.h3("Spotify", class_name=f"{theme.UI} font-semibold"),
        _widget("settings"),
        rx.match(
            SessionState.spotify,
            ("connected", _connected()),
            ("ended", _connect(SpotifyState.ended, "Reconnect Spotify")),
            ("none", _connect("Control what plays on your devices. Controls need Spotify Premium.", "Connect Spotify")),
            ("off", rx.el.p(_off(), class_name="text-text-2")),
            rx.fragment(),
        ),
        rx.cond(SpotifyState.is_allowed, rx.fragment(_own_app(), _consent()), rx.fragment()),
        aria_label="Spotify",
        class_name="grid gap-4",
    )


def _off() -> rx.Var[str]:
    return rx.cond(
        SpotifyState.is_allowed,
        "This site has no Spotify app. You can use your own app below.",
        "Spotify is not available on this site.",
    )


def _connected() -> rx.Component:
    row = "flex flex-wrap items-center justify-between gap-3"
    return rx.cond(
        SpotifyState.is_asked,
        rx.el.form(
            rx.el.p("Disconnect Spotify?", class_name="text-text-2"),
            rx.el.div(
                buttons.button("Disconnect", kind="danger", type="submit"),
                # Last, at the position of the clicked button: a double click changes nothing.
                buttons.button(
                    "Keep",
                    kind="quiet",
                    auto_focus=True,
                    on_click=SpotifyState.toggle_confirmation,
                    custom_attrs={"data-escape": ""},
                ),
                class_name="flex gap-2",
            ),
            on_submit=SpotifyState.disconnect,
            aria_label="Disconnect Spotify?",
            class_name=row,
        ),
        rx.el.div(
            rx.el.p("Connected.", class_name="text-text-2"),
            buttons.button("Disconnect Spotify", on_click=SpotifyState.toggle_confirmation),
            class_name=row,
        ),
    )


def _connect(sentence: str | rx.Var[str], label: str) -> rx.Component:
    return rx.el.div(
        rx.el.p(sentence, class_name="text-text-2"),
        # A button that leaves the site: the router has no page for it.
        buttons.button(
            label,
            custom_attrs={"onClick": rx.Var(f"() => location.assign('{routes.spotify_login(routes.SETTINGS)}')")},
        ),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


def _own_app() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            "An app of your own",
            rx.icon("chevron-down", size=18, stroke_width=1.5, aria_hidden="true", class_name="group-open:rotate-180"),
            class_name="min-h-[44px] flex items-center justify-between cursor-pointer text-text-2 hover:text-text-1",
        ),
        rx.el.p(
            "New Spotify apps are limited to five listed users. To connect without waiting, create your own at"
            " developer.spotify.com, give it this redirect address, and enter its client id here. No secret is needed.",
            class_name=f"{theme.SMALL} text-text-2 mb-3",
        ),
        rx.el.div(
            rx.el.code(SpotifyState.redirect_address, class_name="fact text-text-1 break-all flex-1"),
            CopyButton.create(
                "Copy",
                text=SpotifyState.redirect_address,
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
            ),
            class_name="flex items-center gap-3 rounded-ctl bg-surface-2 p-3 mb-4",
        ),
        rx.el.form(
            forms.text_field(
                "Client id",
                "client_id",
                id="spotify-client-id",
                default_value=SpotifyState.own_client_id,
                key=SpotifyState.own_client_id,
                auto_complete="off",
                spell_check=False,
                max_length=64,
                hint="Changing this disconnects Spotify. Leave empty to use our app.",
            ),
            rx.el.div(
                buttons.button("Save", type="submit"),
                rx.el.span(
                    rx.cond(SpotifyState.is_saved, "Saved", ""), role="status", class_name="text-ok text-[13px]"
                ),
                class_name="flex items-center gap-3 mt-3",
            ),
            on_submit=SpotifyState.set_own_app,
        ),
        class_name="group border-t border-line pt-2",
        open=SpotifyState.own_client_id != "",
    )


def _consent() -> rx.Component:
    return rx.el.label(
        Switch.create(
            is_on=SpotifyState.is_shared,
            label="The assistant may see what is playing",
            on_switch=SpotifyState.set_sharing,
        ),
        rx.el.span("The assistant may see what is playing"),
        class_name="flex items-center gap-3 min-h-[44px] cursor-pointer border-t border-line pt-3",
    )
