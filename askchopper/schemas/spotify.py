"""The Spotify remote: connection, playback, devices, and messages after a sign-in."""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    """OAuth scope groups: playback is requested first, the others when first needed."""

    PLAYBACK = "playback"
    PLAYLISTS = "playlists"
    LIBRARY = "library"


SCOPES: dict[Permission, tuple[str, ...]] = {
    Permission.PLAYBACK: ("user-read-playback-state", "user-modify-playback-state", "user-read-currently-playing"),
    Permission.PLAYLISTS: ("playlist-read-private", "playlist-read-collaborative"),
    Permission.LIBRARY: ("user-library-read", "user-library-modify"),
}

# How a sign-in ended, by the code in the URL. Only these can be displayed, whatever a link says.
OUTCOMES: dict[str, str] = {
    "connected": "Spotify is connected.",
    "denied": "You said no at Spotify, so nothing was changed.",
    "mismatched": "Spotify's response does not match this sign-in. Try again.",
    "replayed": "This sign-in link was already used. If you are not connected, try again.",
    "other-browser": "The sign-in was started in another browser or by another account. Start it again here.",
    "expired": "The sign-in took longer than ten minutes. Try again.",
    "incomplete": "Spotify's response was incomplete. Try again.",
    "unavailable": "Spotify is not responding. Try again in a moment.",
    "refused": "Spotify refused the connection. Check the client id and the redirect address of the app.",
    "not-configured": "Spotify is not set up on this site. You can use your own app: add it in Settings.",
    "cross-site": "This connection was started from another site. If you started it, press the button here.",
    "too-many": "Too many attempts to connect. Try again later.",
}

# Why a connection ended, by its stored code.
ENDINGS: dict[str, str] = {
    "revoked": "Spotify ended the connection.",
    "app-gone": "Spotify no longer accepts your own app.",
    "key-lost": "The stored connection can no longer be read.",
}


@dataclass(frozen=True)
class Connection:
    """Connection status of a viewer."""

    is_allowed: bool  # an encryption key is configured
    has_app: bool  # the site's, or the member's own
    is_connected: bool = False
    ended_because: str = ""
    own_client_id: str = ""
    is_shared_with_assistant: bool = False
    scopes: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """Status code for the widget: ``off``, ``none``, ``ended`` or ``connected``."""
        if self.is_connected:
            return "connected"
        if not (self.is_allowed and self.has_app):
            return "off"
        return "ended" if self.ended_because else "none"


@dataclass(frozen=True)
class Device:
    """A playback device."""

    id: str
    name: str
    kind: str
    is_active: bool
    is_restricted: bool
    is_private: bool
    has_volume: bool
    volume_percent: int | None


@dataclass(frozen=True)
class Item:
    """A track or an episode."""

    uri: str
    title: str
    artist: str
    artist_id: str = ""
    artist_href: str = ""  # of our page on the artist, if there is one
    art_url: str = ""
    link: str = ""
    duration_ms: int = 0
    is_likeable: bool = False  # only Spotify's own tracks; files of the member's have no id


@dataclass(frozen=True)
class Playback:
    """Playback state, and the controls that Spotify currently disallows, each with the reason."""

    kind: str = "nothing"  # track, episode, ad, unknown, nothing
    is_playing: bool = False
    item: Item | None = None
    progress_ms: int = 0
    device: Device | None = None
    is_shuffled: bool = False
    repeat: str = "off"
    blocked: dict[str, str] = field(default_factory=dict[str, str])
    note: str = ""
    context_uri: str = ""
    is_liked: bool | None = None  # None: not likeable, or unknown


@dataclass(frozen=True)
class Playlist:
    """A playlist of the member."""

    uri: str
    name: str
    owner: str
    art_url: str
    tracks: int


@dataclass(frozen=True)
class NowPlaying:
    """Playback details given to the assistant with the member's consent; ``genre`` is one of our catalogue, or empty."""

    title: str
    artist: str
    is_playing: bool
    kind: str
    genre: str = ""
