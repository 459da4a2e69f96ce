"""The Spotify remote over HTTP, in the terms of Spotify's Web API. Errors carry a ``kind``."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StrictBool, StrictInt
from starlette.responses import Response

from askchopper.api.dependencies import SignedIn
from askchopper.database import transaction
from askchopper.schemas.spotify import Device, Item, Playback, Playlist
from askchopper.services.spotify import connection, player

router = APIRouter(prefix="/spotify", tags=["spotify"])
DeviceId = Annotated[str, Field(max_length=100)]
Uri = Annotated[str, Field(max_length=100)]


class CurrentTrack(BaseModel):
    """Playback state and its age; all tabs of a member share one cached value."""

    playback: Playback
    age_ms: int


class Genre(BaseModel):
    """The closest genre of our catalogue; empty if none is close."""

    genre: str


class DeviceList(BaseModel):
    items: tuple[Device, ...]
    next_cursor: None = None


class Queue(BaseModel):
    items: tuple[Item, ...]
    next_cursor: None = None


class PlaylistList(BaseModel):
    """The member's playlists; ``next_cursor`` requests the next page."""

    items: tuple[Playlist, ...]
    next_cursor: str | None


class PlayRequest(BaseModel, extra="forbid"):
    """What to play: empty to resume, or a context or tracks; optionally on a device."""

    device_id: DeviceId | None = None
    context_uri: Uri | None = None
    uris: Annotated[list[Uri] | None, Field(max_length=player.MOST_URIS)] = None


class SeekRequest(BaseModel, extra="forbid"):
    position_ms: StrictInt


class VolumeRequest(BaseModel, extra="forbid"):
    volume_percent: StrictInt


class ShuffleRequest(BaseModel, extra="forbid"):
    state: StrictBool


class RepeatRequest(BaseModel, extra="forbid"):
    state: Literal["off", "context", "track"]


class TransferRequest(BaseModel, extra="forbid"):
    device_id: DeviceId
    play: StrictBool = True


class TrackRequest(BaseModel, extra="forbid"):
    uri: Uri


@router.get("/current-track")
async def current_track(viewer: SignedIn, refresh: bool = False) -> CurrentTrack:  # noqa: FBT001, FBT002 - a query parameter
    """Return the playback state and its age in milliseconds, since clocks differ. `refresh` bypasses the cache."""
    snapshot = await player.get_playback(viewer, force_refresh=refresh)
    return CurrentTrack(playback=snapshot.playback, age_ms=snapshot.age_ms)


@router.delete("/connection", status_code=204)
async def disconnect(viewer: SignedIn) -> Response:
    """Disconnect and delete the tokens."""
    async with transaction() as session:
        await connection.disconnect(session, viewer)
    return Response(status_code=204)


@router.get("/genre")
async def genre(viewer: SignedIn) -> Genre:
    """Return the genre of our catalogue closest to the playing artist."""
    return Genre(genre=await player.genre(viewer))


@router.put("/play", status_code=204)
async def play(viewer: SignedIn, wanted: PlayRequest | None = None) -> Response:
    """Resume, or play something."""
    asked = wanted or PlayRequest()
    await player.play(viewer, device_id=asked.device_id, context_uri=asked.context_uri, uris=asked.uris)
    return Response(status_code=204)


@router.put("/pause", status_code=204)
async def pause(viewer: SignedIn) -> Response:
    await player.pause(viewer)
    return Response(status_code=204)


@router.post("/next", status_code=204)
async def skip(viewer: SignedIn) -> Response:
    """Skip to the next track."""
    await player.next_track(viewer)
    return Response(status_code=204)


@router.post("/previous", status_code=204)
async def previous(viewer: SignedIn) -> Response:
    """Skip to the previous track."""
    await player.previous_track(viewer)
    return Response(status_code=204)


@router.put("/seek", status_code=204)
async def seek(viewer: SignedIn, wanted: SeekRequest) -> Response:
    await player.seek(viewer, position_ms=wanted.position_ms)
    return Response(status_code=204)


@router.put("/volume", status_code=204)
async def volume(viewer: SignedIn, wanted: VolumeRequest) -> Response:
    await player.set_volume(viewer, volume_percent=wanted.volume_percent)
    return Response(status_code=204)


@router.put("/shuffle", status_code=204)
async def shuffle(viewer: SignedIn, wanted: ShuffleRequest) -> Response:
    """Switch shuffle on or off."""
    await player.shuffle(viewer, is_on=wanted.state)
    return Response(status_code=204)


@router.put("/repeat", status_code=204)
async def repeat(viewer: SignedIn, wanted: RepeatRequest) -> Response:
    """Set the repeat mode."""
    await player.repeat(viewer, what=wanted.state)
    return Response(status_code=204)


@router.get("/devices")
async def devices(viewer: SignedIn) -> DeviceList:
    """List the available devices."""
    return DeviceList(items=await player.devices(viewer))


@router.put("/transfer", status_code=204)
async def transfer(viewer: SignedIn, wanted: TransferRequest) -> Response:
    """Transfer playback to a device."""
    await player.transfer(viewer, device_id=wanted.device_id, is_playing=wanted.play)
    return Response(status_code=204)


@router.get("/queue")
async def queue(viewer: SignedIn) -> Queue:
    """List the queue."""
    return Queue(items=await player.queue(viewer))


@router.post("/queue", status_code=204)
async def add_to_queue(viewer: SignedIn, wanted: TrackRequest) -> Response:
    """Add a track to the queue."""
    await player.add_to_queue(viewer, uri=wanted.uri)
    return Response(status_code=204)


@router.get("/playlists")
async def playlists(viewer: SignedIn, cursor: Annotated[int, Query(ge=0, le=player.MOST_OFFSET)] = 0) -> PlaylistList:
    """List the member's playlists."""
    items, following = await player.playlists(viewer, offset=cursor)
    return PlaylistList(items=items, next_cursor=None if following is None else str(following))


@router.put("/like", status_code=204)
async def like(viewer: SignedIn, wanted: TrackRequest) -> Response:
    """Save a track to the member's library on Spotify."""
    await player.like(viewer, uri=wanted.uri)
    return Response(status_code=204)


@router.delete("/like", status_code=204)
async def unlike(viewer: SignedIn, uri: Uri) -> Response:
    """Remove a track from the member's library on Spotify."""
    await player.like(viewer, uri=uri, is_liked=False)
    return Response(status_code=204)
