"""Wrappers of the client components under ``assets/``. Each file documents why it is written in JavaScript."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

PLAY_BUTTON = "$/public/src/player/play_button.jsx"
WAVEFORM = "$/public/src/player/waveform.jsx"
PLAYER_BAR = "$/public/src/player/player_bar.jsx"
CONTROLS = "$/public/src/shared/controls.jsx"
FILTERS = "$/public/src/search/filters.jsx"
TEMPO_FILTER = "$/public/src/search/tempo_filter.jsx"
SOUND_QUERY = "$/public/src/search/sound_query.jsx"
SEARCH_BOX = "$/public/src/search/search_box.jsx"
STUDIO = "$/public/src/studio/studio.jsx"
COMMANDS = "$/public/src/shared/commands.jsx"
UPLOADER = "$/public/src/studio/uploader.jsx"
TIME_ZONES = "$/public/src/studio/time_zones.jsx"
REVIEW_KEYS = "$/public/src/studio/review_keys.jsx"
SPOTIFY = "$/public/src/spotify/widget.jsx"


def _two_texts(first: rx.Var[str], second: rx.Var[str]) -> tuple[rx.Var[str], rx.Var[str]]:
    return first, second


class PlayButton(Component):
    """Plays one sound; with ``is_queue_item=False``, the list that contains it."""

    library = PLAY_BUTTON
    tag = "PlayButton"
    track: rx.Var[Any]
    size: rx.Var[int]
    label: rx.Var[str]
    is_queue_item: rx.Var[bool]


class SoundScope(Component):
    """Sets ``data-current`` and ``data-playing`` on a row or card whose sound is loaded in the player."""

    library = PLAY_BUTTON
    tag = "SoundScope"
    track: rx.Var[Any]


class Waveform(Component):
    """Draws stored peaks; a click seeks."""

    library = WAVEFORM
    tag = "Waveform"
    track: rx.Var[Any]
    peaks: rx.Var[str]
    bar: rx.Var[int]
    gap: rx.Var[int]
    ground: rx.Var[str]


class AddToQueue(Component):
    """Adds a sound to the player's queue."""

    library = "$/public/src/player/add_to_queue.jsx"
    tag = "AddToQueue"
    track: rx.Var[Any]


class PlayTogether(Component):
    """Plays a sound matched to a reference simultaneously with it; ``match`` is a ``schemas.search.Match``."""

    library = "$/public/src/player/play_together.jsx"
    tag = "PlayTogether"
    # Loaded with the first pair of sounds: https://signalsmith-audio.co.uk/code/stretch/ (MIT)
    lib_dependencies: list[str] = ["signalsmith-stretch@1.3.2"]
    track: rx.Var[Any]
    reference: rx.Var[Any]
    match: rx.Var[Any]


class PlayerBar(Component):
    """The player bar at the bottom of every page."""

    library = PLAYER_BAR
    tag = "PlayerBar"


class PlayingTrack(Component):
    """Sends the id of the playing sound to the state."""

    library = "$/public/src/player/playing_track.jsx"
    tag = "PlayingTrack"
    on_play: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class ViewReports(Component):
    """Reports opened pages and packs seen on them, for their creators' figures."""

    library = "$/public/src/analytics/view_reports.jsx"
    tag = "ViewReports"


class CommandMenu(Component):
    """The command menu opened with Ctrl+K or Cmd+K; ``places`` are pairs of label and path."""

    library = COMMANDS
    tag = "CommandMenu"
    places: rx.Var[list[tuple[str, str]]]


class Dialog(Component):
    """A native modal dialog that a flag opens and closes."""

    library = CONTROLS
    tag = "Dialog"
    is_open: rx.Var[bool]
    opens_on: rx.Var[str]
    turn: rx.Var[int]
    is_lazy: rx.Var[bool]
    label: rx.Var[str]
    on_dismiss: rx.EventHandler[rx.event.no_args_event_spec]


class FocusKeeper(Component):
    """Restores focus when the focused element disappears; Escape activates a small form's cancel button."""

    library = "$/public/src/shared/focus.jsx"
    tag = "FocusKeeper"


class PostForm(Component):
    """A form post that shows errors without leaving the page."""

    library = CONTROLS
    tag = "PostForm"
    action: rx.Var[str]
    success: rx.Var[str]
    mailed: rx.Var[str]
    reload: rx.Var[bool]
    role: rx.Var[str]
    problems: rx.Var[Any]


class PasswordField(Component):
    """A password input with a button that reveals it."""

    library = CONTROLS
    tag = "PasswordField"
    name: rx.Var[str]
    auto_complete: rx.Var[str]
    min_length: rx.Var[int]


class Go(Component):
    """A link within the site. A navigation that only changes the URL query does not re-render it."""

    library = CONTROLS
    tag = "Go"
    to: rx.Var[str]
    keep_scroll: rx.Var[bool]


class FilterGroup(Component):
    """Links of one filter as a single tab stop, with arrow keys to move between them."""

    library = "$/public/src/search/filter_group.jsx"
    tag = "FilterGroup"
    label: rx.Var[str]


class FilterLink(Component):
    """A link that sets or clears one filter in the URL."""

    library = FILTERS
    tag = "FilterLink"
    name: rx.Var[str]
    value: rx.Var[str]
    is_fallback: rx.Var[bool]
    on_class_name: rx.Var[str]
    label: rx.Var[str]


class FilterChips(Component):
    """Removable chips of the active filters."""

    library = FILTERS
    tag = "FilterChips"
    chips: rx.Var[Any]
    clear_class_name: rx.Var[str]


class FilterSelect(Component):
    """A select whose value is in the URL."""

    library = FILTERS
    tag = "FilterSelect"
    name: rx.Var[str]
    options: rx.Var[Any]
    fallback: rx.Var[str]
    label: rx.Var[str]


class TimeZoneSelect(Component):
    """A select of time zones for a form."""

    library = TIME_ZONES
    tag = "TimeZoneSelect"
    name: rx.Var[str]
    zone: rx.Var[str]


class FilterText(Component):
    """A search field whose text is in the URL."""

    library = FILTERS
    tag = "FilterText"
    name: rx.Var[str]
    label: rx.Var[str]
    placeholder: rx.Var[str]


class TempoFilter(Component):
    """A tempo range: two thumbs over a histogram, two number fields, and tap tempo."""

    library = TEMPO_FILTER
    tag = "TempoFilter"
    bins: rx.Var[list[int]]
    field_class_name: rx.Var[str]
    tap_class_name: rx.Var[str]


class FilterSwitch(Component):
    """A switch whose value is in the URL."""

    library = FILTERS
    tag = "FilterSwitch"
    name: rx.Var[str]
    value: rx.Var[str]
    label: rx.Var[str]
    is_inverted: rx.Var[bool]


class SoundQuery(Component):
    """A button to search by sound; a file can also be dropped anywhere on the page."""

    library = SOUND_QUERY
    tag = "SoundQuery"
    button_class_name: rx.Var[str]


class SearchBox(Component):
    """A search form with completions that opens the browse page."""

    library = SEARCH_BOX
    tag = "SearchBox"
    input_class_name: rx.Var[str]
    is_member: rx.Var[bool]
    placeholder: rx.Var[str]


class ServerHtml(Component):
    """A placeholder for HTML that ``api.site`` inserts into the page."""

    library = CONTROLS
    tag = "ServerHtml"


class LocalSwitch(Component):
    """A switch for a preference stored in this browser."""

    library = CONTROLS
    tag = "LocalSwitch"
    storage_key: rx.Var[str]
    label: rx.Var[str]


class ForPath(Component):
    """Shows its first child if the state describes the current page, else the second: a skeleton."""

    library = CONTROLS
    tag = "ForPath"
    path: rx.Var[str]


class KeepQuery(Component):
    """A link that keeps the page's query parameters, such as ``next``."""

    library = CONTROLS
    tag = "KeepQuery"
    to: rx.Var[str]


class RouteVoice(Component):
    """Announces page changes to screen readers and moves focus to the heading."""

    library = CONTROLS
    tag = "RouteVoice"


class ServerHead(Component):
    """Removes the server-rendered head tags once the page has set its own."""

    library = "$/public/src/shared/server_head.jsx"
    tag = "ServerHead"


class CopyButton(Component):
    """Copies text to the clipboard."""

    library = CONTROLS
    tag = "CopyButton"
    text: rx.Var[str]


class Uploader(Component):
    """Uploads sounds for a pack, by file dialog or drag and drop; its child, if any, illustrates the drop target.

    ``listed`` are the ids of uploads that already have a row on the page; they get no progress row here. ``on_stored`` gets the
    id and the name of each completely uploaded file. Without a ``pack``, files wait until ``on_need_pack`` has led to one.
    """

    library = UPLOADER
    tag = "Uploader"
    pack: rx.Var[str]
    label: rx.Var[str]
    listed: rx.Var[list[str]]
    on_stored: rx.EventHandler[_two_texts]
    on_cover_stored: rx.EventHandler[rx.event.no_args_event_spec]
    on_need_pack: rx.EventHandler[rx.event.no_args_event_spec]


class SavedAt(Component):
    """Shows when the draft was last saved, in the user's local time."""

    library = STUDIO
    tag = "SavedAt"
    at: rx.Var[str]


class ReleaseField(Component):
    """A date and time input that submits the creator's time zone with the value."""

    library = STUDIO
    tag = "ReleaseField"
    value: rx.Var[str]
    on_plan: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class CoverField(Component):
    """A button that uploads the cover of a draft."""

    library = STUDIO
    tag = "CoverField"
    pack: rx.Var[str]
    on_stored: rx.EventHandler[rx.event.no_args_event_spec]
    on_need_pack: rx.EventHandler[rx.event.no_args_event_spec]


class PictureField(Component):
    """A button that uploads the member's picture."""

    library = STUDIO
    tag = "PictureField"
    label: rx.Var[str]
    on_stored: rx.EventHandler[rx.event.no_args_event_spec]


class ReviewKeys(Component):
    """Single-key shortcuts for the moderation queue, with a hint that lists them.

    They act on elements with these attributes: ``data-review-entry`` (``aria-current`` on the open one), ``data-review-sounds``,
    ``data-review-approve`` and ``data-review-send-back``; ``reason_id`` is the field for the reason, required to return a pack.
    """

    library = REVIEW_KEYS
    tag = "ReviewKeys"
    open_id: rx.Var[str]
    open_title: rx.Var[str]
    reason_id: rx.Var[str]


class SpotifyWidget(Component):
    """The Spotify remote: complete if ``place`` is ``corner``, else one line. ``outcomes`` maps result codes in the URL to messages."""

    library = SPOTIFY
    tag = "SpotifyWidget"
    word: rx.Var[str]
    is_signed_in: rx.Var[bool]
    place: rx.Var[str]
    outcomes: rx.Var[Any]
