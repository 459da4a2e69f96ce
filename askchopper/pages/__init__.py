"""The site map: every page with its path, its words for search engines, and what it loads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.pages.browse import browse
from askchopper.pages.chat import chat
from askchopper.pages.creator import creator
from askchopper.pages.forgot import forgot
from askchopper.pages.gallery import gallery
from askchopper.pages.landing import landing
from askchopper.pages.library import library
from askchopper.pages.login import login
from askchopper.pages.moderation import moderation
from askchopper.pages.not_found import not_found
from askchopper.pages.pack import pack
from askchopper.pages.register import register
from askchopper.pages.reset import reset
from askchopper.pages.settings import settings
from askchopper.pages.studio import studio
from askchopper.pages.upload import upload
from askchopper.pages.usage import usage
from askchopper.pages.verify import verify
from askchopper.pages.wallet import wallet
from askchopper.states.accounts import RegisterState, SettingsState
from askchopper.states.assistant import ChatState
from askchopper.states.catalogue import CreatorState, LandingState, PackState
from askchopper.states.library import CertificateState, LibraryState
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.states.spotify import SpotifyState
from askchopper.states.studio import ModerationState, StudioState
from askchopper.states.usage import UsageState
from askchopper.states.wallet import WalletState
from askchopper.states.wizard import WizardState

_SITE = "Ask Chopper"


@dataclass(frozen=True)
class Page:
    """One route of the site."""

    path: str
    title: Any
    component: Callable[[], rx.Component]
    description: str = ""
    on_load: tuple[Any, ...] = ()
    is_development_only: bool = False
    commands: tuple[tuple[str, str], ...] = ()  # label and path in the command menu


PAGES: tuple[Page, ...] = (
    Page(routes.HOME, f"{_SITE}: find the sound you can hear in your head", landing, "Beats, loops and sample packs from independent makers. Say what you need, hear it in full, pay with tokens.", (LandingState.load,), commands=(("Home", routes.HOME),)),
    Page(routes.BROWSE, f"Browse sounds and packs · {_SITE}", browse, "Loops, one-shots and packs by tempo, key, genre and price.", (BrowseState.load,), commands=(("Browse sounds", routes.browse(view="list")), ("Browse packs", routes.browse(view="grid")), ("Free packs", routes.browse(price_max="0", view="grid")))),
    Page(routes.PACK, rx.cond(PackState.title != "", PackState.title + f" · {_SITE}", _SITE), pack, on_load=(PackState.load,)),
    Page(routes.CREATOR, rx.cond(CreatorState.name != "", CreatorState.name + f" · {_SITE}", _SITE), creator, on_load=(CreatorState.load,)),
    Page(routes.CHAT, f"Ask · {_SITE}", chat, "Ask about sounds, keys, licences and your own files.", (ChatState.load,), commands=(("Ask Chopper", routes.CHAT),)),
    Page(routes.CONVERSATION, rx.cond(ChatState.title != "", ChatState.title + f" · {_SITE}", _SITE), chat, on_load=(ChatState.load,)),
    Page(routes.USAGE, f"Usage · {_SITE}", usage, "What your questions took.", (UsageState.load,)),
    Page(routes.WALLET, f"Wallet · {_SITE}", wallet, "Your tokens and every movement of them.", (WalletState.load,), commands=(("Wallet", routes.WALLET),)),
    Page(routes.LIBRARY, f"Library · {_SITE}", library, "The packs and sounds you own.", (LibraryState.load,), commands=(("Library", routes.LIBRARY),)),
    Page(routes.STUDIO, f"Studio · {_SITE}", studio, "Your packs, what is to do and what they earned.", (StudioState.load,), commands=(("Studio", routes.STUDIO),)),
    Page(routes.UPLOAD, f"New pack · {_SITE}", upload, "From files to a finished pack.", (WizardState.load,), commands=(("New pack", routes.UPLOAD),)),
    Page(routes.MODERATION, f"Review queue · {_SITE}", moderation, "Packs that wait for a review.", (ModerationState.load,)),
    Page(routes.SETTINGS, f"Settings · {_SITE}", settings, "Account, security and playback.", (SettingsState.load, SpotifyState.load), commands=(("Settings", routes.SETTINGS),)),
    Page(routes.LOGIN, f"Sign in · {_SITE}", login, "Sign in to Ask Chopper."),
    Page(routes.REGISTER, f"Create an account · {_SITE}", register, "Join Ask Chopper.", (RegisterState.load,)),
    Page(routes.FORGOT, f"Forgotten password · {_SITE}", forgot, "Get a link to choose a new password."),
    Page(routes.RESET, f"New password · {_SITE}", reset, "Choose a new password."),
    Page(routes.VERIFY, f"Licence certificate · {_SITE}", verify, "Check a licence.", (CertificateState.load,)),
    Page(routes.GALLERY, f"Components · {_SITE}", gallery, "Every component in every state.", is_development_only=True),
    Page(routes.NOT_FOUND, f"Not found · {_SITE}", not_found),
)  # fmt: skip

FRAME_LOAD = SessionState.load
COMMAND_PLACES = tuple(place for page in PAGES for place in page.commands)
