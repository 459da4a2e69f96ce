"""State of the dialog that shares a pack."""

from html import escape
from urllib.parse import quote

import reflex as rx

from askchopper import routes, settings
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
    """The dialog that shares the pack of this page: link, networks, embedded player, QR code."""

    is_open: bool = False
    title: str = ""
    link: str = ""
    qr: str = ""
    code: str = ""
    size: str = SIZES[1]
    networks: list[dict[str, str]] = []

    @rx.event
    @handler(Access.OPEN)
    async def open(self) -> None:
        pack = await self.get_state(PackState)
        if pack.card is None:
            return
        base, slug = settings.get().base_url, pack.card.slug
        self.title, self.is_open = f"{pack.card.title} by {pack.card.creator}", True
        self.link = base + routes.short_pack(pack.card.id)
        self.qr = f"{routes.embed_pack(slug)}/qr.svg"
        self.networks = [
            {"label": name, "href": address.format(text=quote(self.title, safe=""), url=quote(base + routes.shared_pack(slug, name.lower()), safe=""))}
            for name, address in _NETWORKS
        ]  # fmt: skip
        self._embed(slug)

    @rx.event
    @handler(Access.OPEN)
    async def choose_size(self, size: str) -> None:
        pack = await self.get_state(PackState)
        if size in SIZES and pack.card is not None:
            self.size = size
            self._embed(pack.card.slug)

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False

    def _embed(self, slug: str) -> None:
        width, height = routes.EMBED_SIZES[self.size]
        source = f"{settings.get().base_url}{routes.embed_pack(slug)}?size={self.size}"
        self.code = (
            f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{escape(self.title)}" loading="lazy"'
            ' style="border:0"></iframe>'
        )
