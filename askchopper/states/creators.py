"""States of a creator's page and of its settings."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card
from askchopper.schemas.view_models.creators import YearGroup, by_year, reach
from askchopper.services import profiles
from askchopper.services.catalogue import detail
from askchopper.services.community import creator_pages
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState


class CreatorState(rx.State):
    """State of a creator's page."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    name: str = ""
    initials: str = ""
    picture: str = ""
    links: list[dict[str, str]] = []
    place: str = ""
    bio: str = ""
    facts: dict[str, str] = {}
    years: list[YearGroup] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        viewer = identity.viewer()
        slug = identity.route_parameter(self, "slug")
        self.path = self.router.url.path.rstrip("/")
        try:
            async with read_only() as session:
                found = await detail.get_creator(session, viewer, slug=slug)
        except NotFoundError:
            self.is_missing, self.name = True, ""
            async with read_only() as session:
                present = await creator_pages.find_present_slug(session, slug=slug)
            return rx.redirect(routes.creator(present)) if present else None
        self.is_missing = False
        self.name, self.place, self.bio = found.name, found.place, found.bio
        self.initials = "".join(word[0] for word in found.name.split()[:2]).upper()
        self.picture = found.picture_key
        self.links = [{"href": link, "label": profiles.link_label(link)} for link in found.links]
        self.facts = {
            "image": catalogue.social_image(next((pack for pack in found.packs if pack.cover_key), None)),
            "packs": f"{found.pack_count:,}",
            "sounds": f"{found.file_count:,}",
            "since": f"{found.since:%B %Y}",
        }
        self.years = by_year(found.packs)


class PortfolioState(rx.State):
    """The content of a creator's page beyond the profile. It loads last; the page is shown once it has loaded."""

    path: str = ""  # of the page that these vars describe
    banner: str = ""
    reach: list[str] = []  # followers, rating, sales
    feed: str = ""  # address of the RSS feed
    tags: list[dict[str, str]] = []
    featured: list[Card] = []
    alike: list[Card] = []
    is_own: bool = False

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer, slug = identity.viewer(), identity.route_parameter(self, "slug")
        self.is_own = viewer is not None and viewer.creator_slug == slug
        try:
            async with read_only() as session:
                found = await creator_pages.get_portfolio(session, viewer, slug=slug)
        except NotFoundError:
            self.banner, self.featured, self.alike, self.tags = "", [], [], []
            return
        self.path = self.router.url.path.rstrip("/")
        self.banner, self.feed = found.banner_key, routes.creator_feed(slug)
        self.reach = reach(found)
        self.tags = [{"label": name[:1].upper() + name[1:], "href": routes.tag(tag)} for tag, name in found.tags]
        self.featured = [catalogue.card(pack) for pack in found.featured]
        self.alike = [catalogue.card(pack) for pack in found.alike]


class CreatorPageState(rx.State):
    """Settings of a creator's page."""

    is_creator: bool = False
    slug: str = ""
    changes_left: int = policy.MAX_ADDRESS_CHANGES
    banner: str = ""
    packs: list[dict[str, str | bool]] = []
    problem: str = ""
    saved: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.problem, self.saved = "", ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def save_address(self, form: dict[str, str]) -> None:
        self.problem, self.saved = "", ""
        try:
            async with transaction() as session:
                slug = await creator_pages.change_slug(
                    session, identity.require_viewer(), slug=str(form.get("slug", ""))[:200]
                )
        except (ConflictError, InvalidInputError) as error:
            self.problem = error.sentence
            return
        await self._read()
        self.saved = "Saved. Your previous address redirects here."
        (await self.get_state(SessionState)).creator_href = routes.creator(slug)

    @rx.event
    @handler(Access.MEMBER)
    async def feature(self, slug: str, is_on: bool) -> None:
        """Add a pack to the featured packs, or remove it."""
        chosen = [str(one["slug"]) for one in self.packs if one["is_featured"] and one["slug"] != slug]
        async with transaction() as session:
            await creator_pages.feature(
                session, identity.require_viewer(), slugs=[*chosen, slug[:100]] if is_on else chosen
            )
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> None:
        """Show the newly uploaded banner."""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def remove_banner(self) -> Any:
        async with transaction() as session:
            await creator_pages.set_banner(session, identity.require_viewer(), key="")
        await self._read()
        return rx.toast("Banner removed.")

    async def _read(self) -> None:
        async with read_only() as session:
            found = await creator_pages.get_settings(session, identity.require_viewer())
        self.is_creator = found is not None
        if found is not None:
            self.slug, self.changes_left, self.banner = found.slug, found.changes_left, found.banner_key
            self.packs = [
                {"slug": slug, "title": title, "is_featured": is_featured} for slug, title, is_featured in found.packs
            ]
