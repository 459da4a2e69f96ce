"""Keyboard shortcuts available on every page: the displayed key and its action."""

PLAY = "Space"
LOOP = "L"
MUTE = "M"
OPEN_PLAYING = "Enter"
ADD_TO_QUEUE = "Q"
LIKE = "F"

SHORTCUTS: tuple[tuple[str, str], ...] = (
    ("↑ ↓", "Select and play"),
    (PLAY, "Play or pause"),
    ("← →", "Back or forward 5 seconds"),
    ("Home", "Restart"),
    (LOOP, "Loop on or off"),
    (MUTE, "Mute"),
    ("S", "Find similar"),
    (LIKE, "Like"),
    (ADD_TO_QUEUE, "Add to queue"),
    ("B", "Buy"),
    (OPEN_PLAYING, "Open what is playing"),
    ("/", "Search"),
    ("/ then A", "Open chat panel"),
    ("Ctrl K", "Commands"),
    ("?", "This list"),
    ("Esc", "Close"),
)
