"""State of the share dialog."""

from html import escape
from urllib.parse import quote

import reflex as rx

from askchopper import routes, settings
from askchopper.schemas.view_models.catalogue import Card
from askchopper.states.catalogue import PackState
from askchopper.states.error_handling import Access, handler

SIZES = tuple(routes.EMBED_SIZES)
# Plain links: no script of another site runs here.
_NETWORKS = (
    ("Bluesky", "https://bsky.app/intent/compose?text={text}%20{url}"),
    ("X", "https://x.com/intent/post?text={text}&url={url}"),
    ("Reddit", "https://www.reddit.com/submit?title={text}&url={url}"),
    ("WhatsApp", "https://wa.me/?text={text}%20{url}"),
    ("Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    ("Email", "mailto:?subject={text}&body={url}"),
)


class ShareState(rx.State):
    """The share dialog: link, networks, QR code and, for a pack, the embedded player."""

    is_open: bool = False
    title: str = ""
    link: str = ""
    qr: str = ""
    code: str = ""  # of the player; empty on other pages
    size: str = SIZES[1]
    networks: list[dict[str, str]] = []

    @rx.event
    @handler(Access.OPEN)
    async def open(self, title: str = "") -> None:
        """Open the dialog for the current page; a pack's own title replaces ``title``."""
        base, path = settings.get().base_url, self.router.url.path.rstrip("/") or "/"
        card = await self._pack(path)
        self.title, self.is_open = f"{card.title} by {card.creator}" if card else str(title)[:200], True
        self.link = base + (routes.short_pack(card.id) if card else path)
        self.qr = routes.qr_code(path)
        self.networks = [
            {"label": name, "href": address.format(text=quote(self.title, safe=""), url=quote(base + routes.shared(path, name.lower()), safe=""))}
            for name, address in _NETWORKS
        ]  # fmt: skip
        self._embed(card)

    @rx.event
    @handler(Access.OPEN)
    async def choose_size(self, size: str) -> None:
        if size in SIZES:
            self.size = size
            self._embed(await self._pack(self.router.url.path))

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False

    async def _pack(self, path: str) -> Card | None:
        return (await self.get_state(PackState)).card if path.startswith(routes.pack("")) else None

    def _embed(self, card: Card | None) -> None:
        if card is None:
            self.code = ""
            return
        width, height = routes.EMBED_SIZES[self.size]
        source = f"{settings.get().base_url}{routes.embed_pack(card.slug)}?size={self.size}"
        self.code = (
            f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{escape(self.title)}" loading="lazy"'
            ' style="border:0"></iframe>'
        )
