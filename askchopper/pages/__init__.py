"""The site map: every page with its path, title, description and load events."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components.learning import CARDS
from askchopper.page_titles import SITE_NAME, pack_title, page_title
from askchopper.pages.admin import admin
from askchopper.pages.admin_audit import admin_audit
from askchopper.pages.admin_glossary import admin_glossary
from askchopper.pages.admin_jobs import admin_jobs
from askchopper.pages.admin_knowledge import admin_knowledge
from askchopper.pages.admin_members import admin_members
from askchopper.pages.admin_metrics import admin_metrics
from askchopper.pages.admin_search import admin_search
from askchopper.pages.admin_site import admin_site
from askchopper.pages.admin_taste import admin_taste
from askchopper.pages.analytics import analytics
from askchopper.pages.artist import artist
from askchopper.pages.browse import browse
from askchopper.pages.cards import card
from askchopper.pages.category import category
from askchopper.pages.chat import chat
from askchopper.pages.collection import collection
from askchopper.pages.collections import collections
from askchopper.pages.confirm import confirm
from askchopper.pages.confirm_email import confirm_email
from askchopper.pages.creator import creator
from askchopper.pages.decisions import decisions
from askchopper.pages.draft_preview import draft_preview
from askchopper.pages.earnings import earnings
from askchopper.pages.feed import feed
from askchopper.pages.forgot import forgot
from askchopper.pages.gallery import gallery
from askchopper.pages.landing import landing
from askchopper.pages.learn import learn
from askchopper.pages.library import library
from askchopper.pages.likes import likes
from askchopper.pages.login import login
from askchopper.pages.memory import memory
from askchopper.pages.moderation import moderation
from askchopper.pages.not_found import not_found
from askchopper.pages.notifications import notifications
from askchopper.pages.pack import pack
from askchopper.pages.pack_analytics import pack_analytics
from askchopper.pages.register import register
from askchopper.pages.register_provider import register_provider
from askchopper.pages.reset import reset
from askchopper.pages.reward_rules import reward_rules
from askchopper.pages.rewards import rewards
from askchopper.pages.second_step import second_step
from askchopper.pages.settings import settings
from askchopper.pages.site_text import site_text
from askchopper.pages.studio import studio
from askchopper.pages.takedown import takedown
from askchopper.pages.taste import taste
from askchopper.pages.term import term
from askchopper.pages.trends import trends
from askchopper.pages.unsubscribe import unsubscribe
from askchopper.pages.upload import upload
from askchopper.pages.usage import usage
from askchopper.pages.verify import verify
from askchopper.pages.wallet import wallet
from askchopper.states.account_deletion import DeletionState
from askchopper.states.account_export import ExportDataState
from askchopper.states.accounts import RegisterState, ReturnState, SettingsState
from askchopper.states.admin_knowledge import AdminKnowledgeState
from askchopper.states.administration import AuditState, MembersState
from askchopper.states.analytics import AnalyticsState
from askchopper.states.artists import ArtistState
from askchopper.states.assistant import ChatState
from askchopper.states.cards import DelayState, PitchState, ProgressionState, ScaleState, WheelState
from askchopper.states.catalogue import LandingState, PackState
from askchopper.states.categories import CategoryState
from askchopper.states.collections import CollectionsState, CollectionState
from askchopper.states.comments import CommentsState
from askchopper.states.creators import CreatorPageState, CreatorState, PortfolioState
from askchopper.states.decisions import DecisionsState, NoticeState
from askchopper.states.draft_editor import WizardState
from askchopper.states.earnings import EarningsState
from askchopper.states.follows import FeedState, FollowState
from askchopper.states.glossary_edits import GlossaryEditState
from askchopper.states.learning import GlossaryState, ResourcesState, TermState
from askchopper.states.library import CertificateState, LibraryState
from askchopper.states.likes import LikesState
from askchopper.states.mails import MailsState
from askchopper.states.memory import MemoryState
from askchopper.states.moderation import ModerationState, TakenDownState
from askchopper.states.notifications import NotificationsState
from askchopper.states.operations import JobsState, OverviewState, SiteState, SynonymsState
from askchopper.states.payments import PaymentState
from askchopper.states.profile import ProfileState
from askchopper.states.provider_sign_in import ProvidersState, SignInMethodsState
from askchopper.states.ratings import RatingsState
from askchopper.states.reports import BlocksState
from askchopper.states.rewards import RewardsState
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.states.site_texts import SiteTextState
from askchopper.states.spotify import SpotifyState
from askchopper.states.studio import StudioState
from askchopper.states.taste import ForYouState, InspectionState, MetricsState, TasteState
from askchopper.states.trends import TrendsState
from askchopper.states.two_factor import TwoFactorState
from askchopper.states.usage import UsageState
from askchopper.states.used_memory import UsedMemoryState
from askchopper.states.wallet import WalletState


@dataclass(frozen=True)
class Page:
    """A page of the site: path, title, component, description, and the events that run when it loads."""

    path: str
    title: Any
    component: Callable[[], rx.Component]
    description: Any = ""
    on_load: tuple[Any, ...] = ()
    image: Any = routes.SOCIAL_IMAGE  # path of the picture of link previews
    is_development_only: bool = False
    commands: tuple[tuple[str, str], ...] = ()  # label and path in the command menu


_CARD_LOADS: dict[str, Any] = {
    "camelot": WheelState.load, "scales": ScaleState.load, "progressions": ProgressionState.load, "delay": DelayState.load,
    "pitch-tempo": PitchState.load,
}  # fmt: skip
_CARD_PAGES = tuple(
    Page(one.href, page_title(one.title), partial(card, one.name), one.description, (_CARD_LOADS[one.name],) if one.name in _CARD_LOADS else (), commands=((one.title, one.href),))
    for one in CARDS
)  # fmt: skip
PAGES: tuple[Page, ...] = (
    Page(routes.HOME, f"{SITE_NAME}: find the sound you can hear in your head", landing, "Beats, loops and sample packs from independent creators. Say what you need, hear it in full, pay with tokens.", (LandingState.load, ForYouState.load), commands=(("Home", routes.HOME),)),
    Page(routes.BROWSE, rx.cond(BrowseState.is_loaded, page_title(BrowseState.heading), page_title("Browse sounds and packs")), browse, "Loops, one-shots and packs by tempo, key, genre and price.", (BrowseState.load,), commands=(("Browse sounds", routes.browse(view="list")), ("Browse packs", routes.browse(view="grid")), ("Free packs", routes.browse(price_max="0", view="grid")))),
    Page(routes.PACK, rx.cond(PackState.title != "", pack_title(PackState.title, PackState.card.creator), SITE_NAME), pack, rx.cond(PackState.title != "", PackState.facts["summary"], ""), (PackState.load, CommentsState.load, RatingsState.load), image=rx.cond(PackState.title != "", PackState.facts["image"], routes.SOCIAL_IMAGE)),
    Page(routes.CREATOR, rx.cond(CreatorState.name != "", page_title(CreatorState.name), SITE_NAME), creator, CreatorState.bio, (CreatorState.load, PortfolioState.load, FollowState.load_creator), image=rx.cond(CreatorState.name != "", CreatorState.facts["image"], routes.SOCIAL_IMAGE)),
    Page(routes.GENRE, rx.cond(CategoryState.name != "", page_title(CategoryState.name), SITE_NAME), category, CategoryState.sentence, (CategoryState.load_genre, FollowState.clear)),
    Page(routes.TAG, rx.cond(CategoryState.name != "", page_title(CategoryState.name), SITE_NAME), category, CategoryState.sentence, (CategoryState.load_tag, FollowState.load_tag)),
    Page(routes.CHAT, page_title("Ask"), chat, "Ask about sounds, keys, licences and your own files.", (ChatState.load, UsedMemoryState.close), commands=(("Ask Chopper", routes.CHAT),)),
    Page(routes.CONVERSATION, rx.cond(ChatState.title != "", page_title(ChatState.title), SITE_NAME), chat, on_load=(ChatState.load, UsedMemoryState.close)),
    Page(routes.USAGE, page_title("Usage"), usage, "How much the assistant has read and written for you.", (UsageState.load,)),
    Page(routes.MEMORY, page_title("Memory"), memory, "What Chopper remembers about you, and where each fact is from.", (MemoryState.load,), commands=(("Memory", routes.MEMORY),)),
    Page(routes.WALLET, page_title("Wallet"), wallet, "Your tokens and transactions.", (WalletState.load, PaymentState.load), commands=(("Wallet", routes.WALLET),)),
    Page(routes.LIBRARY, page_title("Library"), library, "The packs and sounds you own.", (LibraryState.load,), commands=(("Library", routes.LIBRARY),)),
    Page(routes.LIKES, page_title("Likes"), likes, "Sounds and packs that you like.", (LikesState.load,), commands=(("Likes", routes.LIKES),)),
    Page(routes.FEED, page_title("Feed"), feed, "New from creators, tags and collections that you follow.", (FeedState.load,), commands=(("Feed", routes.FEED),)),
    Page(routes.NOTIFICATIONS, page_title("Notifications"), notifications, "What happened to your packs, and who likes them.", (NotificationsState.load,), commands=(("Notifications", routes.NOTIFICATIONS),)),
    Page(routes.COLLECTIONS, page_title("Collections"), collections, "Sounds and packs that members put together.", (CollectionsState.load,), commands=(("Collections", routes.COLLECTIONS),)),
    Page(routes.COLLECTION, rx.cond(CollectionState.card, page_title(CollectionState.card.title), page_title("Collection")), collection, CollectionState.description, (CollectionState.load, FollowState.load_collection)),
    Page(routes.STUDIO, page_title("Studio"), studio, "Your packs, to-dos and earnings.", (StudioState.load,), commands=(("Studio", routes.STUDIO),)),
    Page(routes.UPLOAD, page_title("New pack"), upload, "From files to a finished pack.", (WizardState.load,), commands=(("New pack", routes.UPLOAD),)),
    Page(routes.DRAFT_PREVIEW, page_title("Preview"), draft_preview, "A pack as buyers will see it.", (PackState.load_preview,)),
    Page(routes.ANALYTICS, page_title("Analytics"), analytics, "How your packs are found, heard and bought.", (AnalyticsState.load,), commands=(("Analytics", routes.ANALYTICS),)),
    Page(routes.PACK_ANALYTICS, page_title("Analytics of a pack"), pack_analytics, "How this pack is found, heard and bought.", (AnalyticsState.load,)),
    Page(routes.EARNINGS, page_title("Earnings"), earnings, "What your packs earned.", (EarningsState.load,), commands=(("Earnings", routes.EARNINGS),)),
    Page(routes.DECISIONS, page_title("Decisions"), decisions, "Decisions of moderators about your content, and appeals.", (DecisionsState.load,)),
    Page(routes.TAKEDOWN, page_title("Takedown notice"), takedown, "Report unauthorised use of your work.", (NoticeState.load,)),
    Page(routes.MODERATION, page_title("Review queue"), moderation, "Packs that wait for a review.", (ModerationState.load, TakenDownState.load)),
    Page(routes.SETTINGS, page_title("Settings"), settings, "Account, security and playback.", (ProfileState.load, CreatorPageState.load, SettingsState.load, SignInMethodsState.load, TwoFactorState.load, MailsState.load, SpotifyState.load, BlocksState.load, DeletionState.load, ExportDataState.load), commands=(("Settings", routes.SETTINGS),)),
    Page(routes.TASTE, page_title("Your taste"), taste, "What you like, why we think so, and how to correct it.", (TasteState.load,), commands=(("Your taste", routes.TASTE),)),
    Page(routes.REWARDS, page_title("Rewards"), rewards, "Daily reward, challenges, badges, and your link for friends.", (RewardsState.load,), commands=(("Rewards", routes.REWARDS),)),
    Page(routes.REWARD_RULES, page_title("Reward rules"), reward_rules, "What brings bonus tokens here, and what they are worth."),
    Page(routes.ADMIN, page_title("Administration"), admin, "Waiting items, quotas and checks.", (OverviewState.load,)),
    Page(routes.ADMIN_JOBS, page_title("Jobs"), admin_jobs, "Jobs that failed, and jobs that are running.", (JobsState.load,)),
    Page(routes.ADMIN_SITE, page_title("Switches and texts"), admin_site, "Feature switches, announcements, templates.", (SiteState.load,)),
    Page(routes.ADMIN_GLOSSARY, page_title("Glossary"), admin_glossary, "Glossary terms written by administrators.", (GlossaryEditState.load,)),
    Page(routes.ADMIN_SEARCH, page_title("Search"), admin_search, "Synonyms, and what is searched for.", (SynonymsState.load,)),
    Page(routes.ADMIN_MEMBERS, page_title("Members"), admin_members, "Search, roles, suspensions.", (MembersState.load,)),
    Page(routes.ADMIN_AUDIT, page_title("Audit log"), admin_audit, "What administrators and moderators did.", (AuditState.load,)),
    Page(routes.ADMIN_METRICS, page_title("Metrics"), admin_metrics, "Product metrics.", (MetricsState.load,)),
    Page(routes.ADMIN_KNOWLEDGE, page_title("Knowledge"), admin_knowledge, "Web search, answered questions and reported pages.", (AdminKnowledgeState.load,)),
    Page(routes.ADMIN_TASTE, page_title("Member profile access"), admin_taste, "Read a member's taste and memory, with a reason.", (InspectionState.load,)),
    Page(routes.LOGIN, page_title("Sign in"), login, "Sign in to Ask Chopper.", (ReturnState.load, ProvidersState.load)),
    Page(routes.SECOND_STEP, page_title("Enter your code"), second_step, "Finish signing in."),
    Page(routes.REGISTER, page_title("Create an account"), register, "Join Ask Chopper.", (RegisterState.load, ReturnState.load, ProvidersState.load)),
    Page(routes.REGISTER_PROVIDER, page_title("Create an account"), register_provider, "Finish your registration.", (RegisterState.load,)),
    Page(routes.FORGOT, page_title("Reset your password"), forgot, "Get a link to choose a new password."),
    Page(routes.RESET, page_title("New password"), reset, "Choose a new password."),
    Page(routes.CONFIRM, page_title("Confirm your address"), confirm, "Finish your registration."),
    Page(routes.CONFIRM_EMAIL, page_title("Confirm your email"), confirm_email, "Verify your email."),
    Page(routes.UNSUBSCRIBE, page_title("Unsubscribe"), unsubscribe, "Stop getting these emails."),
    Page(routes.VERIFY, page_title("Licence certificate"), verify, "Check a licence.", (CertificateState.load,)),
    Page(routes.TERMS, page_title("Terms of use"), site_text, "The terms for buying, selling and using Ask Chopper.", (SiteTextState.load,)),
    Page(routes.PRIVACY, page_title("Privacy"), site_text, "What Ask Chopper stores about you, and why.", (SiteTextState.load,)),
    Page(routes.LICENCES, page_title("Licences"), site_text, "The standard and the broadcast licence, word for word.", (SiteTextState.load,)),
    Page(routes.HELP, page_title("Help"), site_text, "Finding, buying, refunds, selling and file formats.", (SiteTextState.load,), commands=(("Help", routes.HELP),)),
    Page(routes.CONTACT, page_title("Contact"), site_text, "How to reach the people who run this site.", (SiteTextState.load,)),
    Page(routes.STATUS_PAGE, page_title("Status"), site_text, "Whether the site is up, and incidents.", (SiteTextState.load,)),
    Page(routes.LEARN, page_title("Learn"), learn, "Terms of music production in plain words, with sounds that play, and cards for keys, chords and tempo.", (GlossaryState.load,), commands=(("Learn", routes.LEARN),)),
    Page(routes.TERM, rx.cond(TermState.title != "", page_title(TermState.title), page_title("Learn")), term, TermState.text, (TermState.load, ResourcesState.load)),
    *_CARD_PAGES,
    Page(routes.ARTIST, rx.cond(ArtistState.facts.length() > 0, page_title(ArtistState.facts["name"]), SITE_NAME), artist, rx.cond(ArtistState.facts.length() > 0, ArtistState.facts["summary"], ""), (ArtistState.load,)),
    Page(routes.TRENDS, rx.cond(TrendsState.is_loaded, page_title(TrendsState.heading), page_title("Trends")), trends, "What is played, downloaded and bought more than before: genres, keys, tempos, packs and sounds.", (TrendsState.load,), commands=(("Trends", routes.TRENDS),)),
    Page(routes.GALLERY, page_title("Components"), gallery, "Every component in every state.", is_development_only=True),
    Page(routes.NOT_FOUND, page_title("Not found"), not_found),
)  # fmt: skip

FRAME_LOAD = SessionState.load
COMMAND_PLACES = tuple(place for page in PAGES for place in page.commands)
