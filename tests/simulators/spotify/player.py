"""The player of the simulated Spotify account."""

import time
from typing import Any

TITLES = (
    ("The Long Way Down", "Marlow Vance", 221), ("Paper Lanterns", "Juno Hale", 184), ("Slow Machines", "The Kelvin Room", 247),
    ("Nine Rivers", "Ada Quill", 201), ("Concrete Garden with a Rather Long Name That Does Not Fit", "Tiled Pool and the Ever Longer Artists", 263),
)  # fmt: skip


def device(number: int, name: str, kind: str, **changes: Any) -> dict[str, Any]:
    base = {"id": f"device{number}", "name": name, "type": kind, "is_active": False, "is_private_session": False,
            "is_restricted": False, "supports_volume": True, "volume_percent": 55}  # fmt: skip
    return {**base, **changes}


class Player:
    def __init__(self) -> None:
        self.index, self.at_ms, self.since = 0, 92_000.0, time.monotonic()
        self.is_playing, self.shuffle, self.repeat = True, False, "off"
        self.devices = [device(1, "Studio monitors", "Speaker", is_active=True), device(2, "Phone", "Smartphone")]
        self.queue: list[dict[str, Any]] = []
        self.liked: list[str] = []
        self.kind = "track"
        self.artist = ""  # of every track, instead of its own
        self.disallows: dict[str, bool] = {}

    def active(self) -> dict[str, Any] | None:
        return next((one for one in self.devices if one["is_active"]), None)

    def position(self) -> float:
        at = self.at_ms + ((time.monotonic() - self.since) * 1000 if self.is_playing else 0)
        while at >= self.item()["duration_ms"]:
            at -= self.item()["duration_ms"]
            self.at_ms, self.since = at, time.monotonic()
            if self.repeat != "track":
                self.index = (self.index + 1) % len(TITLES)
        return at

    def go(self, at_ms: float) -> None:
        self.at_ms, self.since = at_ms, time.monotonic()

    def item(self) -> dict[str, Any]:
        if self.kind == "episode":
            return {"uri": "spotify:episode:ep1", "type": "episode", "name": "How samplers were built", "duration_ms": 1_800_000,
                    "show": {"name": "Tape Hiss Weekly"}, "images": [], "external_urls": {}}  # fmt: skip
        playing = track(self.index)
        if self.artist:
            playing["artists"] = [{"id": "artist", "name": self.artist}]
        return playing

    def answer(self, base: str) -> dict[str, Any] | None:
        active = self.active()
        if active is None:
            return None
        at = self.position()
        item = None if self.kind == "ad" else with_art(self.item(), base, self.index)
        return {
            "device": active, "shuffle_state": self.shuffle, "repeat_state": self.repeat, "timestamp": 0,
            "context": {"uri": "spotify:playlist:list0"}, "progress_ms": round(at), "item": item,
            "currently_playing_type": self.kind, "is_playing": self.is_playing,
            "actions": {"disallows": {**self.disallows, "pausing" if not self.is_playing else "resuming": True}},
        }  # fmt: skip


def track(index: int) -> dict[str, Any]:
    title, artist, seconds = TITLES[index]
    return {
        "uri": f"spotify:track:track{index}", "type": "track", "name": title, "duration_ms": seconds * 1000,
        "artists": [{"id": f"artist{index}", "name": artist}], "album": {"images": []},
        "external_urls": {"spotify": f"https://open.spotify.com/track/track{index}"},
    }  # fmt: skip


def with_art(item: dict[str, Any], base: str, index: int) -> dict[str, Any]:
    art = [{"url": f"{base}/art/{index}.svg", "width": 64, "height": 64}]
    return {**item, "album": {"images": art}} if "album" in item else {**item, "images": art}
