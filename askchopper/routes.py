"""All paths of the site, as constants or builders. Imports nothing, so that every layer can use it.

A new page has its path here and an entry in ``pages.PAGES``, the site map.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlencode

HOME = "/"
BROWSE = "/browse"
PACK = "/pack/[slug]"
CREATOR = "/creator/[slug]"
GENRE = "/genre/[slug]"
TAG = "/tag/[slug]"
CHAT = "/chat"
CONVERSATION = "/chat/[conversation]"
USAGE = "/settings/usage"
MEMORY = "/memory"
WALLET = "/wallet"
LIBRARY = "/library"
STUDIO = "/studio"
UPLOAD = "/studio/upload"
DRAFT_PREVIEW = "/studio/preview"
EARNINGS = "/studio/earnings"
ANALYTICS = "/studio/analytics"
PACK_ANALYTICS = "/studio/analytics/[sold_pack]"
ANALYTICS_CSV = "/api/v1/studio/analytics/export.csv"
EMBED_PACK = "/embed/pack"
QR_CODE = "/embed/qr.svg"
SHORT_LINK = "/s"
_ID_END = 12  # hexadecimal digits
# Width and height in pixels; on a narrow page the width is the page's.
EMBED_SIZES = {"small": (480, 80), "medium": (480, 120), "large": (480, 472)}
REWARDS = "/rewards"
REWARD_RULES = "/rewards/rules"
MODERATION = "/moderation"
DECISIONS = "/decisions"
TAKEDOWN = "/takedown"
LEGAL_NOTICES = "/legal-notices"
SETTINGS = "/settings"
TASTE = "/taste"
LIKES = "/likes"
FEED = "/feed"
NOTIFICATIONS = "/notifications"
COLLECTIONS = "/collections"
COLLECTION = "/collection/[slug]"
ADMIN = "/admin"
ADMIN_JOBS = "/admin/jobs"
ADMIN_SITE = "/admin/site"
ADMIN_SEARCH = "/admin/search"
ADMIN_GLOSSARY = "/admin/glossary"
ADMIN_MEMBERS = "/admin/members"
ADMIN_AUDIT = "/admin/audit"
ADMIN_METRICS = "/admin/metrics"
ADMIN_TASTE = "/admin/taste"
ADMIN_KNOWLEDGE = "/admin/knowledge"
DELETE_ACCOUNT = "/settings#delete-account"
YOUR_DATA = "/settings#your-data"
LOGIN = "/login"
SECOND_STEP = "/login/code"
MAILS = "/settings#mails"
UNSUBSCRIBE = "/unsubscribe"
CONFIRM_EMAIL = "/confirm-email"
TWO_FACTOR = "/settings#two-factor"
REGISTER = "/register"
REGISTER_PROVIDER = "/register/provider"
SIGN_IN_METHODS = "/settings#sign-in-methods"
FORGOT = "/forgot"
TERMS = "/terms"
PRIVACY = "/privacy"
LICENCES = "/licences"
HELP = "/help"
CONTACT = "/contact"
CSP_REPORTS = "/csp-reports"
SECURITY_TXT = "/.well-known/security.txt"
STATUS_PAGE = "/status-page"
RESET = "/reset"
CONFIRM = "/confirm"
VERIFY = "/verify/[uuid]"
ARTIST = "/artist/[artist]"
LEARN = "/learn"
TERM = "/learn/[term]"
LEARN_CARDS = "/learn/cards"
TRENDS = "/trends"
GALLERY = "/gallery"
NOT_FOUND = "404"

AUTH_LOGIN = "/auth/login"
AUTH_REGISTER = "/auth/register"
AUTH_LOGOUT = "/auth/logout"
AUTH_LOGOUT_EVERYWHERE = "/auth/logout-everywhere"
AUTH_PASSWORD = "/auth/password"  # noqa: S105 - a path, not a password
AUTH_FORGOT = "/auth/forgot"
AUTH_RESET = "/auth/reset"
AUTH_CONFIRM = "/auth/confirm"
AUTH_REGISTER_PROVIDER = "/auth/register-provider"
OAUTH_LOGIN = "/auth/oauth/{provider}/login"
OAUTH_CALLBACK = "/auth/oauth/{provider}/callback"
AUTH_EMAIL = "/auth/email"
AUTH_CONFIRM_EMAIL = "/auth/confirm-email"
AUTH_UNSUBSCRIBE = "/auth/unsubscribe"
AUTH_SECOND_STEP = "/auth/second-step"
AUTH_DELETE_ACCOUNT = "/auth/delete-account"
AUTH_KEEP_ACCOUNT = "/auth/keep-account"

SPOTIFY_LOGIN = "/spotify/login"
SPOTIFY_CALLBACK = "/spotify/callback"
SPOTIFY_REFRESH = "/spotify/refresh-token"

FEEDBACK = "/feedback"
MCP = "/mcp"
MCP_METADATA = "/.well-known/oauth-protected-resource/mcp"
STRIPE_EVENTS = "/webhooks/stripe"

API = "/api/v1"
TASTE_EXPORT = "/api/v1/me/taste/export"
TASTE_IMPORT = "/api/v1/me/taste/import"
EXPORT_FILE = "/api/v1/me/exports/{export_id}"
HEALTH = "/health"
STATUS = "/status"
SOCIAL_IMAGE = "/social.jpg"
MEDIA_COVER = "/media/covers"
MEDIA_DEMO = "/media/demos"
MEDIA_DOWNLOAD = "/media/download"


FROM, FROM_RECOMMENDATIONS, FROM_SPOTIFY = "from", "for-you", "spotify"


def with_query(path: str, **parameters: str) -> str:
    """Add query parameters to a path."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode(parameters)}"


def pack_analytics(slug: str) -> str:
    """Return the path of a pack's analytics page."""
    return f"{ANALYTICS}/{quote(slug, safe='')}"


def pack(slug: str) -> str:
    """Page of a pack."""
    return f"/pack/{quote(slug, safe='')}"


def recommended_pack(slug: str) -> str:
    """Page of a recommended pack; a query parameter records that the visit came from a recommendation."""
    return with_query(pack(slug), **{FROM: FROM_RECOMMENDATIONS})


def pack_slug(path: str) -> str:
    """Slug in a path returned by ``pack``; empty for other paths."""
    _, is_pack, slug = path.partition("?")[0].partition("/pack/")
    return unquote(slug) if is_pack and "/" not in slug else ""


def counter_notice(slug: str) -> str:
    """Form of a counter-notice about a pack that was taken down."""
    return with_query(TAKEDOWN, kind="counter", pack=slug)


AUDIT_EXPORT = f"{API}/admin/audit.csv"
MEMORY_EXPORT = f"{API}/me/memories/export"
MEMORY_IMPORT = f"{API}/me/memories/import"


def chat(conversation_id: str) -> str:
    """Page of a conversation."""
    return f"{CHAT}/{quote(conversation_id, safe='')}"


def message(conversation_id: str, message_id: str) -> str:
    """Anchor of a message on the page of its conversation."""
    return f"{chat(conversation_id)}#m-{quote(message_id, safe='')}"


def export(conversation_id: str, form: str) -> str:
    """Download of a conversation."""
    return f"{API}/conversations/{quote(conversation_id, safe='')}/export?{urlencode({'format': form})}"


def export_file(export_id: str) -> str:
    """Download of a data export."""
    return EXPORT_FILE.format(export_id=quote(export_id, safe=""))


def embed_pack(slug: str) -> str:
    """Embeddable player of a pack."""
    return f"{EMBED_PACK}/{quote(slug, safe='')}"


def short_pack(pack_id: str) -> str:
    """Short link of a pack: the last 48 bits of its id, all of which are random."""
    return f"{SHORT_LINK}/{urlsafe_b64encode(bytes.fromhex(pack_id[-_ID_END:])).decode()}"


def id_end_of(code: str) -> str:
    """Return the hexadecimal end of the id encoded in a short link; empty if the code is invalid."""
    try:
        return urlsafe_b64decode(code).hex()
    except ValueError:
        return ""


def shared(path: str, medium: str) -> str:
    """URL of a page with UTM parameters for the medium by which it was shared."""
    return f"{path}?utm_source=askchopper&utm_medium={quote(medium, safe='')}"


def shared_pack(slug: str, medium: str) -> str:
    """URL of a pack page with UTM parameters for the medium by which it was shared."""
    return shared(pack(slug), medium)


def qr_code(path: str) -> str:
    """QR code image of a page."""
    return f"{QR_CODE}?path={quote(path, safe='')}"


def referral(code: str) -> str:
    """Referral link of a member."""
    return f"/r/{quote(code, safe='')}"


def creator(slug: str) -> str:
    """Page of a creator."""
    return f"/creator/{quote(slug, safe='')}"


def creator_feed(slug: str) -> str:
    """RSS feed of a creator."""
    return f"{API}/creators/{quote(slug, safe='')}/feed.xml"


def collection(slug: str) -> str:
    """Page of a collection."""
    return f"/collection/{quote(slug, safe='')}"


def invitation(slug: str, token: str) -> str:
    """Page of a collection as opened by an invitation link, to join as a collaborator."""
    return with_query(collection(slug), invite=token)


def genre(slug: str) -> str:
    """Page of a genre."""
    return f"/genre/{quote(slug, safe='')}"


def tag(slug: str) -> str:
    """Page of a tag."""
    return f"/tag/{quote(slug, safe='')}"


def artist(slug: str) -> str:
    """Page of an artist."""
    return f"/artist/{quote(slug, safe='')}"


def term(slug: str) -> str:
    """Page of a glossary term."""
    return f"{LEARN}/{quote(slug, safe='')}"


def learn_card(name: str) -> str:
    """Page of a reference card."""
    return f"{LEARN_CARDS}/{name}"


def demo_sound(name: str) -> str:
    """Sound of a demonstration, such as ``swing-after``."""
    return f"{MEDIA_DEMO}/{name}.mp3"


def draft(draft_id: str) -> str:
    """Editor of a draft."""
    return f"{UPLOAD}?{urlencode({'draft': draft_id})}"


def draft_preview(draft_id: str) -> str:
    """Preview of a draft as its future pack page, for its creator."""
    return f"{DRAFT_PREVIEW}?{urlencode({'draft': draft_id})}"


def audition(file_id: str, **reading: str) -> str:
    """Audition of a draft's sound with a click track (``bpm``) or a drone (``key``)."""
    return f"{API}/drafts/files/{quote(file_id, safe='')}/audition?{urlencode(reading)}"


def verify(licence_id: str) -> str:
    """Public licence certificate."""
    return f"/verify/{quote(licence_id, safe='')}"


def confirm(token: str) -> str:
    """Page that completes a registration; the token is in the fragment."""
    return f"{CONFIRM}#token={quote(token, safe='')}"


def confirm_email(token: str) -> str:
    """Page that verifies an e-mail; the token is in the fragment."""
    return f"{CONFIRM_EMAIL}#token={quote(token, safe='')}"


def unsubscribe(token: str) -> str:
    """Page that turns mails off; the token is in the fragment."""
    return f"{UNSUBSCRIBE}#token={quote(token, safe='')}"


def unsubscribe_post(token: str) -> str:
    """Endpoint for one-click unsubscribe from mail programs."""
    return f"{AUTH_UNSUBSCRIBE}?{urlencode({'token': token})}"


def reset(token: str) -> str:
    """Password reset page; the token is in the fragment, which neither servers nor logs see."""
    return f"{RESET}#token={quote(token, safe='')}"


def login(next_path: str = "") -> str:
    """Sign-in page that redirects to ``next_path``."""
    return f"{LOGIN}?{urlencode({'next': next_path})}" if next_path else LOGIN


def oauth_login(provider: str, *, is_linking: bool = False) -> str:
    """Start of signing in with a provider, or of linking it."""
    path = OAUTH_LOGIN.format(provider=quote(provider, safe=""))
    return f"{path}?link=1" if is_linking else path


def oauth_callback(provider: str) -> str:
    """Callback path for a provider."""
    return OAUTH_CALLBACK.format(provider=quote(provider, safe=""))


def spotify_login(next_path: str, *, permission: str = "playback") -> str:
    """Start of the Spotify sign-in; redirects to ``next_path`` afterwards."""
    query = {"next": next_path} | ({"for": permission} if permission != "playback" else {})
    return f"{SPOTIFY_LOGIN}?{urlencode(query)}"


def browse(**filters: str) -> str:
    """Browse page with filters in the query."""
    return f"{BROWSE}?{urlencode(filters)}" if filters else BROWSE


def file_preview(file_id: str) -> str:
    """Preview audio of a file."""
    return f"{API}/files/{file_id}/preview"


def file_peaks(file_id: str) -> str:
    """Waveform peaks of a file, as JSON."""
    return f"{API}/files/{file_id}/peaks"


def pack_preview(slug: str) -> str:
    """Preview audio of a pack."""
    return f"{API}/packs/{quote(slug, safe='')}/preview"


def file_download(file_id: str) -> str:
    """Download of an owned file; redirects to a short-lived link."""
    return f"{API}/library/files/{file_id}/download"


def pack_zip(slug: str) -> str:
    """Download of an owned pack as a zip."""
    return f"{API}/library/{quote(slug, safe='')}/zip"


def packs_zip(slugs: Iterable[str]) -> str:
    """Download of several owned packs as one zip."""
    return f"{API}/library/zip?{urlencode([('pack', slug) for slug in slugs])}"


def cover(cover_key: str, width: int) -> str:
    """Cover image in one of the stored widths: 96, 320, 640 pixels."""
    return f"{MEDIA_COVER}/{cover_key}/{width}.webp"


def social_card(cover_key: str, *, version: str) -> str:
    """Link-preview image, 1200 by 630 pixels. It is cached for long, so a new version needs a new URL."""
    return f"{MEDIA_COVER}/{cover_key}/social.jpg?v={version}"


def is_local_path(path: str) -> bool:
    """Return whether a ``next`` value is a path on this site: one leading slash, no scheme, host or control characters."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()
