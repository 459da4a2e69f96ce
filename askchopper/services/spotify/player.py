"""Playback state and commands. Each command counts against the member's rate limit before Spotify is called.

Every function that calls Spotify can raise the errors in ``errors``, and ``RateLimitedError`` for too many calls.
"""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.integrations.spotify import SpotifyFaultError
from askchopper.models.spotify import SpotifyTokens
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.spotify import Device, Item, NowPlaying, Permission, Playback, Playlist
from askchopper.services import limits
from askchopper.services.spotify import connection, errors, listening, parsing, playback_cache, tokens
from askchopper.services.spotify.playback_cache import Snapshot

MOST_MS = 86_400_000
MOST_URIS = 100
AT_ONCE = 50  # Spotify's maximum
MOST_OFFSET = 100_000
REPEATS = ("off", "context", "track")
_DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TRACK = re.compile(r"spotify:(track|episode):[A-Za-z0-9]{1,40}")
_CONTEXT = re.compile(r"spotify:(album|artist|playlist|show):[A-Za-z0-9]{1,40}")
Result = TypeVar("Result")


async def get_playback(viewer: Viewer, *, force_refresh: bool = False) -> Snapshot:
    """Return playback that is at most a few seconds old; shared by all tabs of a member.

    Args:
        viewer: the member.
        force_refresh: bypass the cache; counts against the rate limit.

    Raises:
        AskChopperError: one of ``errors``.
    """
    if force_refresh:
        await _count_read(viewer)
    return await _playback(await tokens.load(viewer), force_refresh=force_refresh)


async def now_playing(viewer: Viewer) -> NowPlaying | None:
    """Return the current track or episode, with its genre, for the assistant; None if there is none.

    The genre is empty if it is unknown or cannot be fetched.

    Raises:
        NoConsentError: the member has not consented.
        AskChopperError: one of ``errors``.
    """
    row = await tokens.find(viewer.user_id)
    found = connection.describe(row)
    if row is None or not found.is_connected:
        raise errors.NotConfiguredError if found.word == "off" else errors.NotConnectedError
    if not found.is_shared_with_assistant:
        raise errors.NoConsentError
    playback = (await _playback(row)).playback
    if playback.item is None:
        return None
    try:
        await _count_read(viewer)
        known = await _genre(row, playback)
    except AskChopperError:  # title and artist are enough for a query
        known = ""
    return NowPlaying(playback.item.title, playback.item.artist, playback.is_playing, playback.kind, known)


async def play(
    viewer: Viewer, *, device_id: str | None = None, context_uri: str | None = None, uris: list[str] | None = None
) -> None:
    """Resume, or play a context or tracks. If no device is active or given, retry once on the fallback device.

    Raises:
        InvalidInputError: an invalid id or URI, both a context and tracks, or a wrong number of tracks.
        AskChopperError: one of ``errors``.
    """
    if context_uri is not None and uris is not None:
        raise InvalidInputError("Specify a list or tracks, not both.", field="uris")
    _check(_CONTEXT, context_uri, "context_uri")
    for uri in (uris or [])[: MOST_URIS + 1]:
        _check(_TRACK, uri, "uris")
    if uris is not None and not 0 < len(uris) <= MOST_URIS:
        raise InvalidInputError(f"Specify 1 to {MOST_URIS} tracks.", field="uris")
    _check(_DEVICE_ID, device_id, "device_id")

    def start(on: str | None) -> Callable[[Any], Any]:
        return lambda client: client.start_playback(device_id=on, context_uri=context_uri, uris=uris)

    async def retry(row: SpotifyTokens, error: errors.NoDeviceError) -> None:
        candidate = _fallback_device(row, error.devices) if device_id is None else None
        if candidate is None:
            raise error
        try:
            await _ask(row, "play", start(candidate))
        except errors.NoDeviceError:
            raise error from None

    is_resume = context_uri is None and uris is None and device_id is None
    await _command(viewer, "play", start(device_id), without_device=retry, is_done=_plays if is_resume else None)


async def pause(viewer: Viewer) -> None:
    """Pause playback; no error if nothing is playing."""
    await _command(viewer, "pause", lambda client: client.pause_playback(), is_done=lambda found: not _plays(found))


async def next_track(viewer: Viewer) -> None:
    await _command(viewer, "next", lambda client: client.next_track())


async def previous_track(viewer: Viewer) -> None:
    """Skip to the previous track, or restart the current one after its first seconds; Spotify decides."""
    await _command(viewer, "previous", lambda client: client.previous_track())


async def seek(viewer: Viewer, *, position_ms: int) -> None:
    """Seek within the track.

    Raises:
        InvalidInputError: the position is out of range.
    """
    _check_number(position_ms, MOST_MS, "position_ms")
    await _command(viewer, "seek", lambda client: client.seek_track(position_ms))


async def set_volume(viewer: Viewer, *, volume_percent: int) -> None:
    """Set the volume of the active device.

    Raises:
        InvalidInputError: not 0 to 100.
    """
    _check_number(volume_percent, 100, "volume_percent")
    await _command(viewer, "volume", lambda client: client.volume(volume_percent))


async def shuffle(viewer: Viewer, *, is_on: bool) -> None:
    """Switch shuffle on or off."""
    await _command(viewer, "shuffle", lambda client: client.shuffle(is_on))


async def repeat(viewer: Viewer, *, what: str) -> None:
    """Set the repeat mode.

    Raises:
        InvalidInputError: there is no such mode.
    """
    if what not in REPEATS:
        raise InvalidInputError("Choose off, context or track.", field="state")
    await _command(viewer, "repeat", lambda client: client.repeat(what))


async def devices(viewer: Viewer) -> tuple[Device, ...]:
    """List the member's Spotify devices, restricted ones too."""
    await _count_read(viewer)
    return await _devices(await tokens.load(viewer))


async def transfer(viewer: Viewer, *, device_id: str, is_playing: bool) -> None:
    """Transfer playback to another device.

    Raises:
        InvalidInputError: not a device id.
        NoDeviceError: the device is gone; carries the available ones.
    """
    _check(_DEVICE_ID, device_id, "device_id")
    await _command(viewer, "transfer", lambda client: client.transfer_playback(device_id, force_play=is_playing))


async def queue(viewer: Viewer) -> tuple[Item, ...]:
    """List the next tracks and episodes in the queue."""
    await _count_read(viewer)
    return parsing.queue(await _ask(await tokens.load(viewer), "queue", lambda client: client.queue()))


async def add_to_queue(viewer: Viewer, *, uri: str) -> None:
    """Add a track or episode to the queue.

    Raises:
        InvalidInputError: not the URI of a track or episode.
    """
    _check(_TRACK, uri, "uri")
    await _command(viewer, "queue_add", lambda client: client.add_to_queue(uri))


async def playlists(viewer: Viewer, *, offset: int = 0) -> tuple[tuple[Playlist, ...], int | None]:
    """List the member's playlists, starting at an offset.

    Returns:
        One page, and the offset of the next one; None after the last.

    Raises:
        InvalidInputError: the offset is out of range.
        MissingScopeError: the scope was not granted yet.
    """
    _check_number(offset, MOST_OFFSET, "cursor")
    await _count_read(viewer)
    answer = await _ask(
        await tokens.load(viewer),
        "playlists",
        lambda client: client.current_user_playlists(limit=AT_ONCE, offset=offset),
        Permission.PLAYLISTS,
    )
    has_more = parsing.has_more(answer) and offset + AT_ONCE <= MOST_OFFSET
    return parsing.playlists(answer), offset + AT_ONCE if has_more else None


async def like(viewer: Viewer, *, uri: str, is_liked: bool = True) -> None:
    """Like or unlike a track or episode in the member's Spotify library.

    Raises:
        InvalidInputError: not the URI of a track or episode.
        MissingScopeError: the scope was not granted yet.
    """
    _check(_TRACK, uri, "uri")

    def change(client: Any) -> Any:
        word = client.current_user_saved_tracks_add if is_liked else client.current_user_saved_tracks_delete
        return word([uri])

    await _command(viewer, "like" if is_liked else "unlike", change, Permission.LIBRARY)
    playback_cache.remember_liked(viewer.user_id, uri, is_liked=is_liked)


async def genre(viewer: Viewer) -> str:
    """Return the slug of a catalogue genre among the Spotify genres of the current artist; empty if there is none.

    Spotify's audio features (tempo, key, energy) are closed to new apps; the genre is all that is available.
    """
    await _count_read(viewer)
    row = await tokens.load(viewer)
    return await _genre(row, (await _playback(row)).playback)


async def _playback(row: SpotifyTokens, *, force_refresh: bool = False) -> Snapshot:
    async def fetch() -> tuple[Playback, float]:
        before = playback_cache.entry(row.user_id).snapshot
        playback, at = await _fetch_playback(row)
        with suppress(AskChopperError):  # show playback even if the listening time cannot be stored
            await listening.record(row.user_id, before, playback, at)
        return playback, at

    return await playback_cache.get(row.user_id, row.updated_at, fetch, force_refresh=force_refresh)


async def _fetch_playback(row: SpotifyTokens) -> tuple[Playback, float]:
    answer = await _ask(row, "playback", lambda client: client.current_playback(additional_types="track,episode"))
    at, playback = time.monotonic(), parsing.playback(answer)
    place = playback.device
    if place and place.is_active and place.id and playback.is_playing and row.device_id != place.id:
        await connection.remember_device(row.user_id, place.id)
    if playback.kind != "track" or playback.item is None or not connection.allows(row.scopes, Permission.LIBRARY):
        return playback, at
    return replace(playback, is_liked=await _is_liked(row, playback.item.uri)), at


async def _is_liked(row: SpotifyTokens, uri: str) -> bool | None:
    known = playback_cache.liked(row.user_id, uri)
    if known is not None or not _TRACK.fullmatch(uri):
        return known
    try:
        answer = await _ask(row, "liked", lambda client: client.current_user_saved_tracks_contains([uri]))
    except AskChopperError:
        return None  # an unknown like status is no reason to hide the player
    is_liked = parsing.is_first_true(answer)
    playback_cache.remember_liked(row.user_id, uri, is_liked=is_liked)
    return is_liked


async def _genre(row: SpotifyTokens, playback: Playback) -> str:
    if playback.kind != "track" or playback.item is None or not _DEVICE_ID.fullmatch(playback.item.artist_id):
        return ""
    artist_id = playback.item.artist_id
    return parsing.genre(await _ask(row, "artist", lambda client: client.artist(artist_id)))


async def _devices(row: SpotifyTokens) -> tuple[Device, ...]:
    return parsing.devices(await _ask(row, "devices", lambda client: client.devices()))


def _fallback_device(row: SpotifyTokens, found: tuple[Device, ...]) -> str | None:
    """Return the id of the device to activate: the last used or the only one, else None, as another might be in a public place."""
    usable = [device.id for device in found if not device.is_restricted]
    if row.device_id in usable:
        return row.device_id
    return usable[0] if len(usable) == 1 else None


async def _count_read(viewer: Viewer) -> None:
    await limits.hit((limits.SPOTIFY_READ, str(viewer.user_id)))


async def _command(
    viewer: Viewer,
    op: str,
    work: Callable[[Any], Any],
    permission: Permission = Permission.PLAYBACK,
    without_device: Callable[[SpotifyTokens, errors.NoDeviceError], Awaitable[None]] | None = None,
    is_done: Callable[[Playback], bool] | None = None,
) -> None:
    """Run a command: count it against the rate limit, call Spotify, and invalidate the cached playback, even on failure.

    Without an active device, ``without_device`` may retry. Spotify refuses to pause paused playback or to resume active
    playback (403 "Restriction violated"), for example after a change in another app. ``is_done`` returns whether the
    current playback already has the intended state, so that the refusal is no error.
    """
    await limits.hit((limits.SPOTIFY, str(viewer.user_id)))
    row = await tokens.load(viewer)
    try:
        await _ask(row, op, work, permission)
    except errors.NoDeviceError:
        error = errors.NoDeviceError(await _devices_if_permitted(row))
        if without_device is None:
            raise error from None
        await without_device(row, error)
    except errors.RestrictedError:
        if is_done is None or not await _is_now(row, is_done):
            raise
    finally:
        await connection.invalidate(viewer.user_id)


def _plays(found: Playback) -> bool:
    return found.is_playing


async def _is_now(row: SpotifyTokens, is_done: Callable[[Playback], bool]) -> bool:
    try:
        found, _ = await _fetch_playback(row)
    except AskChopperError:  # the error of the command is the more useful one
        return False
    return is_done(found)


async def _devices_if_permitted(row: SpotifyTokens) -> tuple[Device, ...]:
    try:
        return await _devices(row)
    except AskChopperError:  # "no active device" is the more useful error
        return ()


async def _ask(
    row: SpotifyTokens, op: str, work: Callable[[Any], Result], permission: Permission = Permission.PLAYBACK
) -> Result:
    # Scopes beyond playback are asked for when first needed. For a lost key the call's own error is more precise.
    is_asked_later = permission is not Permission.PLAYBACK
    if is_asked_later and not connection.allows(row.scopes, permission) and tokens.is_readable(row):
        raise errors.MissingScopeError(permission)
    try:
        return await tokens.use(row, op, work)
    except SpotifyFaultError as error:
        told: AskChopperError = errors.from_fault(error, permission=permission)
        raise told from error


def _check(pattern: re.Pattern[str], value: str | None, field: str) -> None:
    if value is not None and not pattern.fullmatch(value):
        raise InvalidInputError("Spotify did not recognise this value.", field=field)


def _check_number(value: int, most: int, field: str) -> None:
    if not 0 <= value <= most:
        raise InvalidInputError(f"Choose a number from 0 to {most:,}.", field=field)
