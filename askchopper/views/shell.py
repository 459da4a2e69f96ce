"""Page shell: header, account menu, phone tabs, footer, global dialogs."""

from collections.abc import Sequence

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from askchopper import routes
from askchopper.components import brand, buttons, catalogue, reactions, shortcuts, theme
from askchopper.components.client import (
    CommandMenu,
    Dialog,
    FocusKeeper,
    Go,
    PlayerBar,
    PostForm,
    RouteVoice,
    SearchBox,
    ServerHead,
    ViewReports,
)
from askchopper.components.learning_client import TermCards
from askchopper.components.plurals import noun
from askchopper.states.news import NewsState
from askchopper.states.session import SessionState
from askchopper.views import announcement, spotify_player

_MENU = f"{theme.FLOATING} rounded-sheet p-2 w-[260px] fixed top-[60px] right-4 md:right-7 left-auto"
NEWS_SECONDS = 120  # in case a tab was not told, for example because its socket moved to another process
_MENU_ITEM = "flex items-center gap-3 w-full text-left rounded-ctl px-3 min-h-[44px] text-text-1 hover:bg-surface-4 cursor-pointer"


def frame(
    *content: rx.Component, active: str = "", is_bare: bool = False, has_own_remote: bool = False
) -> rx.Component:
    """Wrap a page's content in the shell.

    Args:
        content: content of ``main``.
        active: path of the navigation entry to underline.
        is_bare: without footer, for pages that fill the screen.
        has_own_remote: whether the page renders the Spotify remote itself.
    """
    return rx.fragment(
        _header(active),
        announcement.banner(),
        rx.el.main(
            *content,
            id="content",
            class_name="min-h-[calc(100dvh-56px-89px-var(--player-h)-var(--tabs-h))] pb-20",
            tab_index=-1,
        ),
        rx.fragment() if is_bare else _footer(),
        _tabs(active),
        _keys_dialog(),
        rx.fragment() if has_own_remote else spotify_player.mini(),
    )


def player(places: Sequence[tuple[str, str]]) -> rx.Component:
    """Render the components that stay mounted across pages: player, command menu, page-change announcer, focus manager.

    Args:
        places: label and path of each destination in the command menu.
    """
    return rx.fragment(
        PlayerBar.create(),
        CommandMenu.create(places=list(places)),
        RouteVoice.create(),
        FocusKeeper.create(),
        ServerHead.create(),
        ViewReports.create(),
        TermCards.create(),
        reactions.collect_dialog(),
    )


def offline_banner() -> rx.Component:
    """Render the banner for a lost connection; loaded sounds keep playing."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            rx.icon("wifi-off", size=16, stroke_width=1.5, aria_hidden="true"),
            "Offline. What has loaded keeps playing.",
            role="status",
            custom_attrs={"data-offline": ""},
            class_name="fixed top-[56px] inset-x-0 z-50 h-[32px] bg-surface-3 border-b border-line text-text-2 text-[13px] flex items-center justify-center gap-2",
        ),
        rx.fragment(),
    )


def _nav_link(label: str, href: str, active: str, *, shown: str = "inline-flex") -> rx.Component:
    mark = "text-text-1 shadow-[inset_0_-2px_0_var(--text-1)]" if href == active else "text-text-2 hover:text-text-1"
    current = {"aria-current": "page"} if href == active else {}
    return Go.create(
        label, to=href, class_name=f"h-[56px] {shown} items-center font-semibold {mark}", custom_attrs=current
    )


def _header(active: str) -> rx.Component:
    search_field = "w-full h-[40px] rounded-ctl border border-control bg-surface-2 pl-10 pr-9 text-[14px] placeholder:text-text-3 hover:border-text-3"
    return rx.el.header(
        buttons.skip_button("Skip to content", "content"),
        rx.el.div(
            rx.el.a(brand.wordmark(), href=routes.HOME, aria_label="Ask Chopper, home", class_name="inline-flex"),
            SearchBox.create(
                rx.icon("search", size=18, stroke_width=1.5, class_name="absolute left-3 top-[11px] text-text-2 pointer-events-none", aria_hidden="true"),
                rx.el.kbd("/", class_name="fact absolute right-2 top-[9px] border border-control rounded-[4px] px-1.5 py-0.5", aria_hidden="true"),
                is_member=SessionState.is_signed_in,
                placeholder="Search packs and sounds",
                class_name="relative hidden md:block w-[340px]",
                input_class_name=search_field,
            ),
            rx.el.nav(
                _nav_link("Browse", routes.BROWSE, active),
                _nav_link("Ask", routes.CHAT, active),
                _nav_link("Sell", routes.STUDIO, active),
                _nav_link("Learn", routes.LEARN, active, shown="hidden lg:inline-flex"),
                _nav_link("Trends", routes.TRENDS, active, shown="hidden lg:inline-flex"),
                rx.cond(
                    SessionState.is_signed_in,
                    rx.fragment(
                        _nav_link("Library", routes.LIBRARY, active),
                        rx.el.span(
                            _nav_link("Feed", routes.FEED, active),
                            rx.cond(
                                NewsState.feed_unread > 0,
                                rx.el.span(
                                    rx.el.span(NewsState.feed_unread, " new", class_name="sr-only"),
                                    class_name="absolute top-[18px] -right-[10px] size-[8px] rounded-full bg-amber",
                                ),
                                rx.fragment(),
                            ),
                            class_name="relative hidden lg:inline-flex",
                        ),
                    ),
                    rx.fragment(),
                ),
                class_name="hidden md:flex gap-6",
                aria_label="Main",
            ),
            rx.el.div(_account(), class_name="ml-auto flex items-center gap-2 md:gap-3"),
            class_name=f"{theme.PAGE} h-[56px] flex items-center gap-5 md:gap-7",
        ),
        class_name="sticky top-0 z-30 h-[56px] bg-base border-b border-line",  # the hairline is one of the 56 pixels
    )  # fmt: skip


def _account() -> rx.Component:
    return rx.cond(
        SessionState.is_signed_in,
        rx.fragment(
            reactions.Ticker.create(on_tick=NewsState.refresh, seconds=NEWS_SECONDS),
            _notices(),
            rx.el.a(
                brand.token(is_own=True),
                rx.el.span(SessionState.balance),
                rx.el.span(noun(SessionState.balance, "token"), " in your wallet", class_name="sr-only"),
                href=routes.WALLET,
                class_name="fact text-text-1 inline-flex items-center gap-2 min-h-[44px] md:min-h-[36px] rounded-ctl bg-surface-2 hover:bg-surface-3 px-3",
            ),
            _account_menu(),
        ),
        rx.el.div(
            rx.el.a("Sign in", href=routes.LOGIN, class_name="inline-flex items-center min-h-[44px] px-2 font-semibold text-text-2 hover:text-text-1"),
            buttons.link_button("Join", href=routes.REGISTER, class_name="hidden sm:inline-flex"),
            # Until the viewer is known, reserve the space and claim nothing.
            class_name=rx.cond(SessionState.is_known, "flex items-center gap-2", "flex items-center gap-2 invisible"),
        ),
    )  # fmt: skip


def _notices() -> rx.Component:
    return rx.fragment(
        rx.el.button(
            rx.icon("bell", size=20, stroke_width=1.5, aria_hidden="true"),
            rx.cond(
                SessionState.unread > 0,
                rx.el.span(class_name="absolute top-[9px] right-[10px] size-[8px] rounded-full bg-amber"),
                rx.fragment(),
            ),
            rx.el.span(SessionState.unread, " unread", class_name="sr-only"),
            type="button",
            aria_label="Notifications",
            title="Notifications",
            class_name=f"{theme.ICON_BUTTON} relative hidden sm:inline-grid",
            custom_attrs={"popoverTarget": "notices"},
            on_click=SessionState.open_notifications,
        ),
        rx.el.div(
            rx.el.h2("Notifications", class_name=f"{theme.LABEL} px-3 py-2 text-text-2"),
            rx.cond(
                SessionState.notices,
                rx.el.ul(
                    rx.foreach(
                        SessionState.notices,
                        _notice,
                    )
                ),
                rx.el.p("Nothing new.", class_name="px-3 py-2.5 text-text-2"),
            ),
            rx.el.a("All notifications", href=routes.NOTIFICATIONS, class_name=f"{_MENU_ITEM} border-t border-line"),
            id="notices",
            class_name=f"{_MENU} !w-[320px] max-h-[60vh] overflow-y-auto",
            custom_attrs={"popover": "auto"},
        ),
    )


def _notice(notice: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        catalogue.cover(notice["cover"], size=40, class_name="size-[40px] rounded-ctl shrink-0"),
        rx.el.div(
            rx.cond(
                notice["link"] != "",
                rx.el.a(notice["sentence"], href=notice["link"], class_name="hover:underline"),
                notice["sentence"],
            ),
            rx.el.p(
                notice["date"],
                rx.cond(notice["count"] != "1", rx.fragment(" · ", notice["count"], " times"), rx.fragment()),
                class_name=f"{theme.SMALL} text-text-3",
            ),
            class_name="min-w-0",
        ),
        key=notice["id"],
        class_name="flex gap-3 px-3 py-2.5 border-t border-line",
    )


def _account_menu() -> rx.Component:
    return rx.fragment(
        rx.el.button(
            rx.cond(
                SessionState.picture != "",
                catalogue.portrait(SessionState.picture, size=44, class_name="absolute inset-0"),
                rx.fragment(),
            ),
            type="button",
            aria_label="Account",
            title="Account",
            aria_haspopup="menu",
            class_name="inline-grid place-items-center size-[44px] md:size-[36px] rounded-full bg-surface-4 text-[12px] font-semibold text-text-1 cursor-pointer shrink-0 relative before:content-[attr(data-initials)]",
            # As an attribute: text would have to be part of the button's name.
            custom_attrs={"popoverTarget": "account-menu", "data-initials": SessionState.initials},
        ),
        rx.el.div(
            rx.el.div(
                rx.el.p(SessionState.name, dir="auto", class_name="font-semibold truncate"),
                rx.el.p(SessionState.email, class_name=f"{theme.SMALL} text-text-2 truncate"),
                class_name="px-3 py-2 border-b border-line mb-1",
            ),
            rx.el.div(
                rx.el.a("Library", href=routes.LIBRARY, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Feed", href=routes.FEED, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Notifications", href=routes.NOTIFICATIONS, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Likes", href=routes.LIKES, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Collections", href=routes.COLLECTIONS, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Wallet", href=routes.WALLET, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Studio", href=routes.STUDIO, role="menuitem", class_name=_MENU_ITEM),
                rx.cond(
                    SessionState.is_moderator,
                    rx.el.a("Review queue", href=routes.MODERATION, role="menuitem", class_name=_MENU_ITEM),
                    rx.fragment(),
                ),
                rx.cond(
                    SessionState.creator_href != "",
                    rx.el.a("Your page", href=SessionState.creator_href, role="menuitem", class_name=_MENU_ITEM),
                    rx.fragment(),
                ),
                rx.el.a("Memory", href=routes.MEMORY, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Rewards", href=routes.REWARDS, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Your taste", href=routes.TASTE, role="menuitem", class_name=_MENU_ITEM),
                rx.el.a("Settings", href=routes.SETTINGS, role="menuitem", class_name=_MENU_ITEM),
                PostForm.create(
                    rx.el.button("Sign out", type="submit", role="menuitem", class_name=_MENU_ITEM),
                    action=routes.AUTH_LOGOUT,
                    role="none",
                ),
                role="menu",
                aria_label="Account",
            ),
            id="account-menu",
            class_name=_MENU,
            custom_attrs={"popover": "auto"},
        ),
    )


def _tabs(active: str) -> rx.Component:
    entries = (
        ("Home", "house", routes.HOME),
        ("Search", "search", routes.BROWSE),
        ("Ask", "message-circle", routes.CHAT),
        ("Library", "library", routes.LIBRARY),
        ("You", "user", routes.SETTINGS),
    )
    return rx.el.nav(
        *(
            Go.create(
                rx.icon(icon, size=22, stroke_width=1.5, aria_hidden="true"),
                label,
                to=href,
                class_name="grid justify-items-center content-center gap-1 text-[12px] leading-[16px] "
                + ("text-text-1 font-semibold" if href == active else "text-text-3"),
                custom_attrs={"aria-current": "page"} if href == active else {},
            )
            for label, icon, href in entries
        ),
        aria_label="Tabs",
        class_name="md:hidden fixed bottom-0 inset-x-0 z-40 h-[var(--tabs-h)] pb-[env(safe-area-inset-bottom)] grid grid-cols-5 bg-base border-t border-line",
    )


def _footer() -> rx.Component:
    link = "inline-flex items-center min-h-[44px] text-text-2 hover:text-text-1"
    return rx.el.footer(
        rx.el.div(
            rx.el.span(brand.logo(18), class_name="text-text-1 hidden sm:block"),
            rx.el.nav(
                Go.create("Browse", to=routes.BROWSE, class_name=link),
                Go.create("Free packs", to=routes.browse(price_max="0"), class_name=link),
                *(
                    Go.create(label, to=href, class_name=link)
                    for label, href in (
                        ("Collections", routes.COLLECTIONS),
                        ("Learn", routes.LEARN),
                        ("Trends", routes.TRENDS),
                        ("Help", routes.HELP),
                        ("Licences", routes.LICENCES),
                        ("Terms", routes.TERMS),
                        ("Privacy", routes.PRIVACY),
                        ("Contact", routes.CONTACT),
                        ("Status", routes.STATUS_PAGE),
                    )
                ),
                rx.el.a("API", href=f"{routes.API}/openapi.json", class_name=link, target="_blank"),
                class_name="flex flex-wrap gap-x-5 py-3",
                aria_label="Footer",
            ),
            rx.el.button(
                "Shortcuts",
                rx.el.kbd("?", class_name="fact border border-control rounded-[4px] px-1.5 py-0.5"),
                type="button",
                class_name=f"{link} gap-2 ml-auto cursor-pointer max-md:!hidden",
                on_click=rx.call_script("document.getElementById('keys').showModal()"),
            ),
            class_name=f"{theme.PAGE} min-h-[88px] flex items-center gap-6",
        ),
        class_name="border-t border-line mb-[calc(var(--player-h)+var(--tabs-h))]",
    )


def _keys_dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Shortcuts", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-2",
            ),
            rx.el.dl(
                *(
                    rx.el.div(
                        rx.el.dt(rx.el.kbd(keys, class_name="fact text-text-1")),
                        rx.el.dd(what, class_name="text-text-2"),
                        class_name="grid grid-cols-[80px_1fr] items-center min-h-[36px] border-b border-line last:border-0",
                    )
                    for keys, what in shortcuts.SHORTCUTS
                )
            ),
            rx.el.p(
                "Single keys do nothing while you type. Switch them off in settings.",
                class_name=f"{theme.SMALL} text-text-3 mt-4",
            ),
            class_name="p-6",
        ),
        id="keys",
        label="Shortcuts",
        class_name=f"{theme.FLOATING} rounded-sheet w-[400px]",
    )
