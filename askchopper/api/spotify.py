"""The Spotify remote over HTTP, in the words of Spotify's own Web API. Errors carry a ``kind`` beside the sentence."""

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
    """What plays, and how long ago that was seen; all tabs of a member share one look."""

    playback: Playback
    age_ms: int


class Genre(BaseModel):
    """Genre of ours that the playing artist comes closest to; empty if none."""

    genre: str


class DeviceList(BaseModel):
    """What could play."""

    items: tuple[Device, ...]
    next_cursor: None = None


class Queue(BaseModel):
    """What comes next."""

    items: tuple[Item, ...]
    next_cursor: None = None


class PlaylistList(BaseModel):
    """The member's playlists; ``next_cursor`` asks for those that follow."""

    items: tuple[Playlist, ...]
    next_cursor: str | None


class PlayRequest(BaseModel, extra="forbid"):
    """Nothing: play on. Or a list, or tracks; on a device or where it plays now."""

    device_id: DeviceId | None = None
    context_uri: Uri | None = None
    uris: Annotated[list[Uri] | None, Field(max_length=player.MOST_URIS)] = None


class SeekRequest(BaseModel, extra="forbid"):
    """A place in the track."""

    position_ms: StrictInt


class VolumeRequest(BaseModel, extra="forbid"):
    """0 to 100."""

    volume_percent: StrictInt


class ShuffleRequest(BaseModel, extra="forbid"):
    """On or off."""

    state: StrictBool


class RepeatRequest(BaseModel, extra="forbid"):
    """What to repeat."""

    state: Literal["off", "context", "track"]


class TransferRequest(BaseModel, extra="forbid"):
    """Where to go on."""

    device_id: DeviceId
    play: StrictBool = True


class TrackRequest(BaseModel, extra="forbid"):
    """A track or an episode."""

    uri: Uri


@router.get("/current-track")
async def current_track(viewer: SignedIn, anew: bool = False) -> CurrentTrack:  # noqa: FBT001, FBT002 - a query parameter
    """Tell what plays, with a local age instead of a time: clocks differ. ``anew`` looks now, whatever was seen before."""
    look = await player.get_playback(viewer, is_anew=anew)
    return CurrentTrack(playback=look.playback, age_ms=look.age_ms)


@router.delete("/connection", status_code=204)
async def disconnect(viewer: SignedIn) -> Response:
    """Disconnect: delete the tokens."""
    async with transaction() as session:
        await connection.disconnect(session, viewer)
    return Response(status_code=204)


@router.get("/genre")
async def genre(viewer: SignedIn) -> Genre:
    """Name a genre of ours that fits the playing artist."""
    return Genre(genre=await player.genre(viewer))


@router.put("/play", status_code=204)
async def play(viewer: SignedIn, wanted: PlayRequest | None = None) -> Response:
    """Play on, or play something."""
    asked = wanted or PlayRequest()
    await player.play(viewer, device_id=asked.device_id, context_uri=asked.context_uri, uris=asked.uris)
    return Response(status_code=204)


@router.put("/pause", status_code=204)
async def pause(viewer: SignedIn) -> Response:
    """Pause."""
    await player.pause(viewer)
    return Response(status_code=204)


@router.post("/next", status_code=204)
async def skip(viewer: SignedIn) -> Response:
    """Go to the next track."""
    await player.next_track(viewer)
    return Response(status_code=204)


@router.post("/previous", status_code=204)
async def previous(viewer: SignedIn) -> Response:
    """Go back."""
    await player.previous_track(viewer)
    return Response(status_code=204)


@router.put("/seek", status_code=204)
async def seek(viewer: SignedIn, wanted: SeekRequest) -> Response:
    """Go to a place in the track."""
    await player.seek(viewer, position_ms=wanted.position_ms)
    return Response(status_code=204)


@router.put("/volume", status_code=204)
async def volume(viewer: SignedIn, wanted: VolumeRequest) -> Response:
    """Set the volume."""
    await player.set_volume(viewer, volume_percent=wanted.volume_percent)
    return Response(status_code=204)


@router.put("/shuffle", status_code=204)
async def shuffle(viewer: SignedIn, wanted: ShuffleRequest) -> Response:
    """Shuffle, or play in order."""
    await player.shuffle(viewer, is_on=wanted.state)
    return Response(status_code=204)


@router.put("/repeat", status_code=204)
async def repeat(viewer: SignedIn, wanted: RepeatRequest) -> Response:
    """Repeat nothing, the list or the track."""
    await player.repeat(viewer, what=wanted.state)
    return Response(status_code=204)


@router.get("/devices")
async def devices(viewer: SignedIn) -> DeviceList:
    """List what could play."""
    return DeviceList(items=await player.devices(viewer))


@router.put("/transfer", status_code=204)
async def transfer(viewer: SignedIn, wanted: TransferRequest) -> Response:
    """Go on playing somewhere else."""
    await player.transfer(viewer, device_id=wanted.device_id, is_playing=wanted.play)
    return Response(status_code=204)


@router.get("/queue")
async def queue(viewer: SignedIn) -> Queue:
    """List what comes next."""
    return Queue(items=await player.queue(viewer))


@router.post("/queue", status_code=204)
async def add_to_queue(viewer: SignedIn, wanted: TrackRequest) -> Response:
    """Play a track after this one."""
    await player.add_to_queue(viewer, uri=wanted.uri)
    return Response(status_code=204)


@router.get("/playlists")
async def playlists(viewer: SignedIn, cursor: Annotated[int, Query(ge=0, le=player.MOST_OFFSET)] = 0) -> PlaylistList:
    """List the member's playlists."""
    items, following = await player.playlists(viewer, offset=cursor)
    return PlaylistList(items=items, next_cursor=None if following is None else str(following))


@router.put("/like", status_code=204)
async def like(viewer: SignedIn, wanted: TrackRequest) -> Response:
    """Keep a track in the member's library at Spotify."""
    await player.like(viewer, uri=wanted.uri)
    return Response(status_code=204)


@router.delete("/like", status_code=204)
async def unlike(viewer: SignedIn, uri: Uri) -> Response:
    """Take a track out of the member's library at Spotify."""
    await player.like(viewer, uri=uri, is_liked=False)
    return Response(status_code=204)
