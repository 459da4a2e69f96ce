"""Settings page: account, security, playback and personal access tokens."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, catalogue, forms, theme
from askchopper.components.client import CopyButton, LocalSwitch, PictureField, PostForm
from askchopper.components.switches import Switch
from askchopper.states.accounts import SettingsState
from askchopper.states.profile import ProfileState
from askchopper.states.session import SessionState
from askchopper.views import (
    account_deletion,
    account_export,
    creator_settings,
    mails,
    provider_sign_in,
    reports,
    spotify_player,
    two_factor,
)
from askchopper.views.shell import frame

_MCP_SCOPES = (
    ("catalogue", "Catalogue: search packs and sounds"),
    ("library", "Library: see what you own, and your wallet"),
    ("memory", "Memory: read and change what Chopper remembers"),
    ("spotify", "Spotify: see what is playing"),
)


def settings() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Settings", class_name=theme.TITLE_1),
            account_deletion.notice(),
            _section("Profile", _profile(), id="profile"),
            _section("Creator page", creator_settings.section(), id="creator-page"),
            _section("Account", _account()),
            _section("Email", mails.email_section(), id="email"),
            _section("Password", _password()),
            _section("Sign-in methods", provider_sign_in.sign_in_methods(), id="sign-in-methods"),
            _section("Two-factor authentication", two_factor.section(), id="two-factor"),
            _section("Devices", _sessions()),
            _section("Connections", spotify_player.connections(), id="connections"),
            _section("Email notifications", mails.mails_section(), id="mails"),
            _section("Blocked members", reports.blocked_members(), id="blocked"),
            _section("Playback", _playback()),
            _section("Downloads", _downloads(), id="downloads"),
            _section("API keys", _tokens()),
            _section("Your data", account_export.section(), id="your-data"),
            _section("Delete account", account_deletion.section(), id="delete-account"),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.SETTINGS,
        has_own_remote=True,
    )


def _section(title: str, *content: rx.Component, **props: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=theme.TITLE_3),
        rx.el.div(*content, class_name="max-w-[560px]"),
        class_name="grid md:grid-cols-[232px_1fr] gap-4 md:gap-8 py-8 border-b border-line last:border-0",
        **props,
    )


def _profile() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            catalogue.avatar(ProfileState.picture, ProfileState.initials, size=80, class_name="size-[80px] bg-surface-3 text-[24px]"),
            PictureField.create(
                on_stored=ProfileState.refresh_picture,
                label=rx.cond(ProfileState.picture == "", "Choose picture", "Change picture"),
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
            ),
            rx.cond(
                ProfileState.picture != "",
                buttons.button("Remove picture", kind="quiet", on_click=ProfileState.remove_picture),
                rx.fragment(),
            ),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-3 mb-6",
        ),
        rx.el.form(
            rx.el.div(
                forms.text_field("Display name", "name", id="profile-name", default_value=ProfileState.name, required=True, max_length=policy.MAX_DISPLAY_NAME_CHARACTERS, auto_complete="nickname"),
                forms.field(
                    "About you",
                    rx.el.textarea(id="profile-bio", dir="auto", name="bio", default_value=ProfileState.bio, max_length=policy.MAX_BIO_CHARACTERS, rows="4", class_name=f"{theme.FIELD} py-2.5 leading-[22px]"),
                    for_id="profile-bio",
                ),
                forms.field(
                    "Links",
                    rx.el.textarea(id="profile-links", dir="auto", name="links", default_value=ProfileState.links, rows="3", class_name=f"{theme.FIELD} py-2.5 leading-[22px]", custom_attrs={"aria-describedby": "profile-links-hint", "spellCheck": "false"}),
                    for_id="profile-links",
                    hint=f"One per line, up to {policy.MAX_PROFILE_LINKS}, starting with https://",
                ),
                class_name="grid gap-5",
                key=ProfileState.version.to_string(),
            ),
            rx.el.div(
                buttons.button("Save profile", type="submit"),
                rx.el.span(ProfileState.saved, role="status", class_name="text-ok"),
                class_name="flex items-center gap-4 mt-5",
            ),
            rx.cond(ProfileState.problem != "", rx.el.p(ProfileState.problem, role="alert", class_name="rounded-ctl bg-bad-tint text-bad px-3 py-2.5 mt-4"), rx.fragment()),
            on_submit=ProfileState.save,
        ),
        rx.cond(
            SessionState.creator_href != "",
            rx.el.a("View your creator page", href=SessionState.creator_href, class_name=f"{theme.LINK} inline-block mt-5"),
            rx.el.p("Your creator page opens with your first published pack.", class_name=f"{theme.SMALL} text-text-3 mt-5"),
        ),
    )  # fmt: skip


def _account() -> rx.Component:
    return rx.el.div(
        rx.el.p(SessionState.name, dir="auto", class_name="font-semibold wrap-anywhere"),
        rx.el.div(
            PostForm.create(buttons.button("Sign out", type="submit"), action=routes.AUTH_LOGOUT),
            PostForm.create(
                buttons.button("Sign out everywhere", kind="danger", type="submit"),
                action=routes.AUTH_LOGOUT_EVERYWHERE,
            ),
            class_name="flex flex-wrap gap-3 mt-4",
        ),
        rx.el.p("Signing out everywhere also revokes your API keys.", class_name=f"{theme.SMALL} text-text-3 mt-3"),
    )


def _password() -> rx.Component:
    return forms.post_form(
        routes.AUTH_PASSWORD,
        forms.password_field("Current password", "current", auto_complete="current-password"),
        forms.password_field(
            "New password",
            "new",
            auto_complete="new-password",
            hint=f"At least {policy.MIN_PASSWORD_CHARACTERS} characters. You'll be signed out on other devices.",
        ),
        forms.checkbox("Revoke my API keys, too", "revoke_tokens", id="revoke-tokens"),
        submit="Change password",
        kind="secondary",
        is_wide=False,
        success="Password changed. You are signed out on other devices.",
    )


def _sessions() -> rx.Component:
    def line(session: rx.Var[dict[str, Any]]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(session["device"], class_name="font-semibold truncate"),
                rx.el.p(
                    "Signed in ", session["since"], " · ", session["seen"], class_name=f"{theme.SMALL} text-text-2"
                ),
                class_name="min-w-0",
            ),
            rx.cond(
                session["is_current"],
                rx.el.span("Active now", class_name="text-ok text-[13px] whitespace-nowrap"),
                buttons.button("Sign out", kind="quiet", on_click=SettingsState.revoke_session(session["id"].to(str))),
            ),
            key=session["id"].to(str),
            class_name="flex items-center justify-between gap-4 min-h-[64px] border-b border-line",
        )

    return rx.el.ul(rx.foreach(SettingsState.sessions, line))


def _playback() -> rx.Component:
    return LocalSwitch.create(
        storage_key="keys",
        label="Single-key shortcuts, such as L for loop",
        class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
    )


def _downloads() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            Switch.create(
                is_on=ProfileState.has_sampler_tags, label="Write note, tempo and key into WAV files",
                on_switch=ProfileState.set_sampler_tags,
            ),
            rx.el.span("Write note, tempo and key into WAV files"),
            class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
        ),
        rx.el.p(
            "Samplers then map one-shots to their root note, and sequencers know the tempo of loops. The note is added to the file name.",
            class_name=f"{theme.SMALL} text-text-2",
        ),
    )  # fmt: skip


def _time(days: int) -> str:
    return "1 year" if days == 365 else f"{days} days"


def _tokens() -> rx.Component:
    def line(token: rx.Var[dict[str, str]]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(token["name"], class_name="font-semibold truncate"),
                rx.el.p(
                    token["access"],
                    rx.cond(token["until"] == "", "", " · expires " + token["until"]),
                    " · last used " + token["used"],
                    class_name=f"{theme.SMALL} text-text-2",
                ),
                class_name="min-w-0",
            ),
            buttons.button("Revoke", kind="danger", on_click=SettingsState.revoke_token(token["id"])),
            key=token["id"],
            class_name="flex items-center justify-between gap-4 min-h-[64px] border-b border-line",
        )

    return rx.fragment(
        rx.el.p("For scripts that use the API, and for AI assistants that use MCP, on your behalf. The MCP address is ", rx.el.code(SettingsState.mcp_address, class_name="fact break-all"), ".", class_name="text-text-2 mb-4"),
        rx.el.form(
            rx.el.input(name="name", dir="auto", aria_label="Key name", placeholder="What is it for?", required=True, max_length=60, class_name=theme.FIELD),
            rx.el.div(
                forms.select("API access", "access", (("write", "Read and write"), ("read", "Read only"), ("none", "None")), id="key-access"),
                forms.select("Expires in", "days", [(str(days), _time(days)) for days in policy.TOKEN_DAYS], id="key-days", default_value=str(policy.TOKEN_DAYS[1])),
                class_name="grid sm:grid-cols-2 gap-3",
            ),
            rx.el.fieldset(
                rx.el.legend("MCP access, for AI assistants that you connect", class_name=f"{theme.LABEL} text-text-2 mb-1"),
                *(forms.checkbox(label, f"mcp-{scope}", id=f"key-mcp-{scope}") for scope, label in _MCP_SCOPES),
            ),
            rx.cond(SettingsState.may_give_admin, forms.checkbox("Acts with your administrator rights", "admin", id="key-admin"), rx.fragment()),
            rx.cond(
                SettingsState.needs_password,
                forms.password_field("Password", "password", id="key-password", auto_complete="current-password", hint="You signed in a while ago, so we ask again."),
                rx.fragment(),
            ),
            rx.el.div(buttons.button("Create key", type="submit")),
            on_submit=SettingsState.make_token,
            reset_on_submit=True,
            class_name="grid gap-3",
        ),
        rx.cond(
            SettingsState.new_token != "",
            rx.el.div(
                rx.el.p("Copy it now; it is not shown again.", class_name="font-semibold mb-2"),
                rx.el.code(SettingsState.new_token, class_name="fact text-text-1 break-all block mb-3 select-all"),
                CopyButton.create("Copy", text=SettingsState.new_token, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"),
                class_name="rounded-ctl bg-surface-2 p-4 mt-4",
                role="status",
            ),
            rx.fragment(),
        ),
        rx.el.ul(rx.foreach(SettingsState.tokens, line), class_name="mt-2"),
    )  # fmt: skip
