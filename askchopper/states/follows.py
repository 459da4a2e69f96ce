"""States of following and of the feed."""

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.schemas.view_models.feed import FeedRow, feed_row
from askchopper.services import activity
from askchopper.services.community import feed, follows
from askchopper.services.rewards import loyalty
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.news import NewsState

_REPLIES, _REPLIES_SHOWN = ("reply", "mention"), 4
_LINKS = {"creator": "/creator/", "tag": "/tag/", "collection": "/collection/"}


class FollowState(rx.State):
    """Whether the viewer follows the subject of the page."""

    path: str = ""  # path of the page's subject below the API's base path
    is_following: bool = False

    @rx.event
    @handler(Access.PUBLIC)
    async def load_creator(self) -> None:
        slug = identity.route_parameter(self, "slug")
        async with read_only() as session:
            self.is_following = await follows.is_following(session, identity.viewer(), creator=slug)
        self.path = f"creators/{slug}"

    @rx.event
    @handler(Access.PUBLIC)
    async def load_tag(self) -> None:
        slug = identity.route_parameter(self, "slug")
        async with read_only() as session:
            self.is_following = await follows.is_following(session, identity.viewer(), tag=slug)
        self.path = f"tags/{slug}"

    @rx.event
    @handler(Access.PUBLIC)
    async def load_collection(self) -> None:
        slug = identity.route_parameter(self, "slug")
        async with read_only() as session:
            self.is_following = await follows.is_following(session, identity.viewer(), collection=slug)
        self.path = f"collections/{slug}"

    @rx.event
    @handler(Access.OPEN)
    async def clear(self) -> None:
        """Hide the follow button, as genres cannot be followed."""
        self.path = ""


class FeedState(rx.State):
    """The member's feed; entries are marked as read when shown."""

    is_loaded: bool = False
    rows: list[FeedRow] = []
    followed: list[dict[str, str]] = []
    replies: list[dict[str, str]] = []  # latest answers and mentions
    has_more: bool = False
    _cursor: str | None = None
    _early_hours: int = 0

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            page = await feed.list_feed(session, viewer)
            followed = await follows.list_followed(session, viewer)
            replies = await activity.list_notifications(session, viewer, kinds=_REPLIES, limit=_REPLIES_SHOWN)
            self._early_hours = (await loyalty.tier(session, viewer.user_id)).early_hours
        self.rows = [feed_row(item, self._early_hours) for item in page.items]
        self.replies = [
            {"id": one.id, "sentence": one.sentence, "href": one.link, "date": f"{one.created_at:%-d %B}"}
            for one in replies.items
        ]
        self.followed = [{"label": one.name, "href": f"{_LINKS[one.kind]}{one.slug}"} for one in followed[:60]]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        self.is_loaded = True
        if any(row.is_new for row in self.rows):
            async with transaction() as session:
                await feed.mark_read(session, viewer)
            (await self.get_state(NewsState)).feed_unread = 0

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self._cursor is None:
            return
        async with read_only() as session:
            page = await feed.list_feed(session, identity.require_viewer(), cursor=self._cursor)
        self.rows = self.rows + [feed_row(item, self._early_hours) for item in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
