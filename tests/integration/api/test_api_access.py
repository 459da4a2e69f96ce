"""Access matrix of the API. A route without a row fails the test."""

import pytest
from fastapi.routing import iter_route_contexts

from askchopper.api.app import create_app
from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.purchases import checkout
from askchopper.vocabulary import Role
from tests.support.clients import api_client, cookie_of
from tests.support.factories import MadePack, make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
PEOPLE = ("anonymous", "owner", "member", "creator", "other creator", "admin")
ALL_OPEN = (200,) * 6
SIGNED_IN = (401, 200, 200, 200, 200, 200)
NOT_CONNECTED = (401, 409, 409, 409, 409, 409)
OWNER_ONLY = (401, 200, 403, 403, 403, 403)
# Method and path, with the expected status for each of PEOPLE. The pack is published and owned by the owner; the draft is the creator's.
ROWS: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/api/v1/packs"): ALL_OPEN,
    ("GET", "/api/v1/search"): ALL_OPEN,
    ("GET", "/api/v1/search/facets"): ALL_OPEN,
    ("GET", "/api/v1/search/suggest"): ALL_OPEN,
    ("POST", "/api/v1/search/sounds"): (422,) * 6,
    ("GET", "/api/v1/packs/{slug}/similar"): ALL_OPEN,
    ("GET", "/api/v1/files/{file_id}/similar"): ALL_OPEN,
    ("GET", "/api/v1/files/{file_id}/compatible"): ALL_OPEN,
    ("GET", "/api/v1/me/searches"): SIGNED_IN,
    ("POST", "/api/v1/me/searches"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/me/searches/{search_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/packs/{slug}"): ALL_OPEN,
    ("GET", "/api/v1/packs/{slug}/preview"): ALL_OPEN,
    ("HEAD", "/api/v1/packs/{slug}/preview"): ALL_OPEN,
    ("GET", "/api/v1/packs/{slug}/peaks"): ALL_OPEN,
    ("GET", "/api/v1/files"): ALL_OPEN,
    ("GET", "/api/v1/files/{file_id}"): ALL_OPEN,
    ("GET", "/api/v1/files/{file_id}/preview"): ALL_OPEN,
    ("HEAD", "/api/v1/files/{file_id}/preview"): ALL_OPEN,
    ("GET", "/api/v1/files/{file_id}/peaks"): ALL_OPEN,
    ("GET", "/api/v1/creators/{slug}"): ALL_OPEN,
    ("GET", "/api/v1/packs/{slug}/comments"): ALL_OPEN,
    ("POST", "/api/v1/packs/{slug}/comments"): (401, 422, 422, 422, 422, 422),
    ("PATCH", "/api/v1/comments/{comment_id}"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/comments/{comment_id}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/comments/{comment_id}/restore"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/packs/{slug}/rating"): ALL_OPEN,
    ("PUT", "/api/v1/packs/{slug}/rating"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/packs/{slug}/rating"): SIGNED_IN,
    ("GET", "/api/v1/packs/{slug}/reviews"): ALL_OPEN,
    ("PUT", "/api/v1/reviews/{review_id}/answer"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/blocks"): SIGNED_IN,
    ("PUT", "/api/v1/members/{member_id}/block"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/members/{member_id}/block"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/reports"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/moderation/reports"): (401, 404, 404, 404, 404, 200),
    ("POST", "/api/v1/moderation/reports"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/rewards"): SIGNED_IN,
    ("POST", "/api/v1/views"): (422,) * 6,
    ("GET", "/api/v1/studio/analytics"): (401, 404, 404, 200, 200, 404),
    ("GET", "/api/v1/studio/analytics/export.csv"): (401, 404, 404, 200, 200, 404),
    ("POST", "/api/v1/me/rewards/daily"): SIGNED_IN,
    ("GET", "/api/v1/moderation/takedowns"): (401, 404, 404, 404, 404, 200),
    ("DELETE", "/api/v1/moderation/takedowns/{slug}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/moderation/rewards"): (401, 404, 404, 404, 404, 200),
    ("POST", "/api/v1/moderation/rewards/{reward_id}"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/admin/members"): (404, 404, 404, 404, 404, 200),
    ("POST", "/api/v1/admin/members/{member_id}/suspend"): (404, 404, 404, 404, 404, 422),
    ("DELETE", "/api/v1/admin/members/{member_id}/suspend"): (404,) * 6,
    ("PUT", "/api/v1/admin/members/{member_id}/role"): (404, 404, 404, 404, 404, 422),
    ("POST", "/api/v1/admin/members/{member_id}/sign-out"): (404,) * 6,
    ("GET", "/api/v1/admin/audit"): (404, 404, 404, 404, 404, 200),
    ("GET", "/api/v1/admin/audit.csv"): (404, 404, 404, 404, 404, 200),
    ("GET", "/api/v1/admin/rewards"): (401, 404, 404, 404, 404, 200),
    ("GET", "/r/{code}"): (303,) * 6,
    ("GET", "/s/{code}"): (404,) * 6,
    ("GET", "/embed/pack/{slug}"): ALL_OPEN,
    ("GET", "/embed/pack/{slug}/qr.svg"): ALL_OPEN,
    ("GET", "/embed/qr.svg"): (422, 422, 422, 422, 422, 422),
    ("GET", "/oembed"): (422,) * 6,
    ("GET", "/api/v1/artists/{slug}"): (404,) * 6,
    ("POST", "/api/v1/artists/{slug}/reports"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/files/{file_id}/like"): SIGNED_IN,
    ("DELETE", "/api/v1/files/{file_id}/like"): SIGNED_IN,
    ("PUT", "/api/v1/packs/{slug}/like"): SIGNED_IN,
    ("DELETE", "/api/v1/packs/{slug}/like"): SIGNED_IN,
    ("GET", "/api/v1/me/likes"): SIGNED_IN,
    ("PUT", "/api/v1/creators/{slug}/follow"): (401, 200, 200, 409, 200, 200),
    ("DELETE", "/api/v1/creators/{slug}/follow"): SIGNED_IN,
    ("PUT", "/api/v1/tags/{slug}/follow"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/tags/{slug}/follow"): (401, 404, 404, 404, 404, 404),
    ("PUT", "/api/v1/collections/{slug}/follow"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/collections/{slug}/follow"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/me/follows"): SIGNED_IN,
    ("GET", "/api/v1/me/feed"): SIGNED_IN,
    ("POST", "/api/v1/me/feed/read"): (401, 204, 204, 204, 204, 204),
    ("GET", "/api/v1/collections"): ALL_OPEN,
    ("GET", "/api/v1/me/collections"): SIGNED_IN,
    ("POST", "/api/v1/collections"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/collections/{slug}"): (404,) * 6,  # the slug is a pack's
    ("PATCH", "/api/v1/collections/{slug}"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/collections/{slug}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/collections/{slug}/items"): (401, 422, 422, 422, 422, 422),
    ("PATCH", "/api/v1/collections/{slug}/items/{item_id}"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/collections/{slug}/items/{item_id}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/collections/{slug}/invitation"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/collections/{slug}/invitation"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/collections/{slug}/collaborators"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/collections/{slug}/collaborators/{user_id}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/collections/{slug}/purchase"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/theory"): ALL_OPEN,
    ("GET", "/api/v1/trends"): ALL_OPEN,
    ("GET", "/api/v1/resources"): ALL_OPEN,
    ("PUT", "/api/v1/resources/{slug}/helpful"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/resources/{slug}/helpful"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/glossary"): ALL_OPEN,
    ("GET", "/api/v1/glossary/{slug}"): (404,) * 6,
    ("GET", "/media/demos/{name}.mp3"): (404,) * 6,
    ("HEAD", "/media/demos/{name}.mp3"): (404,) * 6,
    ("POST", "/api/v1/plays"): (422,) * 6,
    ("GET", "/api/v1/me"): SIGNED_IN,
    ("GET", "/api/v1/me/exports/{export_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/me/wallet"): SIGNED_IN,
    ("GET", "/api/v1/me/wallet/statement.csv"): SIGNED_IN,
    ("GET", "/api/v1/me/earnings/statement.csv"): SIGNED_IN,
    ("GET", "/api/v1/me/earnings/monthly.csv"): (401, 422, 422, 422, 422, 422),
    ("GET", "/.well-known/oauth-protected-resource/mcp"): ALL_OPEN,
    # A session is no key: only a token with a scope for MCP opens it.
    **{(method, "/mcp"): (401,) * 6 for method in ("GET", "HEAD", "POST", "DELETE")},
    ("GET", "/api/v1/me/library"): SIGNED_IN,
    ("GET", "/api/v1/me/memories"): SIGNED_IN,
    ("POST", "/api/v1/me/memories"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/me/memories"): SIGNED_IN,
    ("POST", "/api/v1/me/memories/restore"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/memories/export"): SIGNED_IN,
    ("POST", "/api/v1/me/memories/import"): (401, 422, 422, 422, 422, 422),
    ("PATCH", "/api/v1/me/memories/{memory_id}"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/me/memories/{memory_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/me/memory-settings"): SIGNED_IN,
    ("PATCH", "/api/v1/me/memory-settings"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/conversations/search"): SIGNED_IN,
    ("POST", "/api/v1/tokens/test-checkout"): (401, 422, 422, 422, 422, 422),
    ("POST", "/api/v1/purchases"): (401, 422, 422, 422, 422, 422),
    ("POST", "/api/v1/purchases/{purchase_id}/refund"): (401, 409, 404, 404, 404, 404),
    ("GET", "/api/v1/library/files/{file_id}/download"): (401, 303, 403, 403, 403, 403),
    ("GET", "/api/v1/library/zip"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/library/{slug}/zip"): OWNER_ONLY,
    ("POST", "/api/v1/uploads"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/uploads"): SIGNED_IN,
    ("HEAD", "/api/v1/uploads/{upload_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/uploads/{upload_id}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/uploads/{upload_id}/grant"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/uploads/{upload_id}/complete"): (401, 404, 404, 404, 404, 404),
    ("PUT", "/api/v1/uploads/{upload_id}"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/uploads/{upload_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/documents"): SIGNED_IN,
    ("GET", "/api/v1/documents/{document_id}"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/documents/{document_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/documents/{document_id}/passages/{passage_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/conversations"): SIGNED_IN,
    ("GET", "/api/v1/conversations/{conversation_id}"): (401, 404, 404, 404, 404, 404),
    ("PATCH", "/api/v1/conversations/{conversation_id}"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/conversations/{conversation_id}"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/conversations/{conversation_id}/events"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/conversations/{conversation_id}/export"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/questions"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/messages/{message_id}/text"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/messages/{message_id}/stop"): (401, 404, 404, 404, 404, 404),
    ("GET", "/api/v1/me/chat-usage"): SIGNED_IN,
    ("GET", "/api/v1/drafts/files/{file_id}/audition"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/drafts/{draft_id}/cover"): (401, 404, 404, 404, 404, 404),
    ("PUT", "/api/v1/me/picture"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/profile"): SIGNED_IN,
    ("PATCH", "/api/v1/me/profile"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/notifications"): SIGNED_IN,
    ("POST", "/api/v1/me/notifications/read"): (401, 204, 204, 204, 204, 204),
    ("GET", "/api/v1/me/notifications/switches"): SIGNED_IN,
    ("PUT", "/api/v1/me/notifications/switches"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/me/banner"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/me/banner"): (401, 404, 404, 204, 204, 404),
    ("GET", "/api/v1/creators/{slug}/feed.xml"): ALL_OPEN,
    ("DELETE", "/api/v1/me/picture"): (401, 204, 204, 204, 204, 204),
    ("GET", "/api/v1/me/taste"): SIGNED_IN,
    ("DELETE", "/api/v1/me/taste"): (401, 204, 204, 204, 204, 204),
    ("POST", "/api/v1/me/taste/undo"): (401, 204, 204, 204, 204, 204),  # of the reset before
    ("GET", "/api/v1/me/taste/export"): SIGNED_IN,
    ("POST", "/api/v1/me/taste/import"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/me/taste/corrections"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/me/recommendations"): SIGNED_IN,
    ("PUT", "/api/v1/me/recommendations/dismissed/{pack_id}"): (401, 404, 404, 404, 404, 404),
    ("DELETE", "/api/v1/me/recommendations/dismissed/{pack_id}"): (401, 404, 404, 404, 404, 404),
    ("POST", "/api/v1/admin/taste"): (401, 404, 404, 404, 404, 422),
    ("GET", "/api/v1/openapi.json"): ALL_OPEN,
    ("HEAD", "/api/v1/openapi.json"): ALL_OPEN,
    ("GET", "/media/covers/{cover_key}/{name}"): (404,) * 6,
    ("HEAD", "/media/covers/{cover_key}/{name}"): (404,) * 6,
    ("GET", "/media/download/{token}"): (404,) * 6,
    ("HEAD", "/media/download/{token}"): (404,) * 6,
    ("POST", "/auth/login"): (401,) * 6,
    ("POST", "/auth/register"): (422,) * 6,
    ("POST", "/auth/forgot"): ALL_OPEN,
    ("POST", "/auth/reset"): (422,) * 6,
    ("POST", "/auth/confirm"): (422,) * 6,
    ("POST", "/auth/password"): (401, 422, 422, 422, 422, 422),
    ("GET", "/auth/oauth/{provider}/login"): (404,) * 6,
    ("GET", "/auth/oauth/{provider}/callback"): (404,) * 6,
    ("POST", "/auth/register-provider"): (422,) * 6,
    ("POST", "/auth/second-step"): (401,) * 6,
    ("POST", "/auth/email"): (401, 422, 422, 422, 422, 422),
    ("POST", "/auth/confirm-email"): (422,) * 6,
    ("GET", "/auth/unsubscribe"): (303,) * 6,
    ("POST", "/auth/unsubscribe"): (404,) * 6,
    ("POST", "/auth/keep-account"): (401, 200, 200, 200, 200, 200),
    ("POST", "/auth/delete-account"): (401, 200, 200, 200, 200, 200),
    ("POST", "/auth/logout"): ALL_OPEN,
    ("POST", "/auth/logout-everywhere"): SIGNED_IN,
    ("GET", "/spotify/login"): (303,) * 6,
    ("GET", "/spotify/callback"): (303,) * 6,
    ("POST", "/spotify/refresh-token"): NOT_CONNECTED,
    ("GET", "/api/v1/spotify/current-track"): NOT_CONNECTED,
    ("DELETE", "/api/v1/spotify/connection"): (401, 204, 204, 204, 204, 204),
    ("GET", "/api/v1/spotify/genre"): NOT_CONNECTED,
    ("PUT", "/api/v1/spotify/play"): NOT_CONNECTED,
    ("PUT", "/api/v1/spotify/pause"): NOT_CONNECTED,
    ("POST", "/api/v1/spotify/next"): NOT_CONNECTED,
    ("POST", "/api/v1/spotify/previous"): NOT_CONNECTED,
    ("PUT", "/api/v1/spotify/seek"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/spotify/volume"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/spotify/shuffle"): (401, 422, 422, 422, 422, 422),
    ("PUT", "/api/v1/spotify/repeat"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/spotify/devices"): NOT_CONNECTED,
    ("PUT", "/api/v1/spotify/transfer"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/spotify/queue"): NOT_CONNECTED,
    ("POST", "/api/v1/spotify/queue"): (401, 422, 422, 422, 422, 422),
    ("GET", "/api/v1/spotify/playlists"): NOT_CONNECTED,
    ("PUT", "/api/v1/spotify/like"): (401, 422, 422, 422, 422, 422),
    ("DELETE", "/api/v1/spotify/like"): (401, 422, 422, 422, 422, 422),
    ("GET", "/health"): ALL_OPEN,
    ("HEAD", "/health"): ALL_OPEN,
    ("GET", "/status"): (401, 403, 403, 403, 403, 200),
    ("GET", "/metrics"): (401, 403, 403, 403, 403, 200),
    ("GET", "/robots.txt"): ALL_OPEN,
    ("HEAD", "/robots.txt"): ALL_OPEN,
    ("GET", "/sitemap.xml"): ALL_OPEN,
    ("GET", "/.well-known/security.txt"): ALL_OPEN,
    ("POST", "/csp-reports"): (422,) * 6,
    ("POST", "/feedback"): (422,) * 6,
    ("POST", "/legal-notices"): (422,) * 6,
    ("POST", "/webhooks/stripe"): (404,) * 6,  # not configured; its signature is its only access
    ("HEAD", "/sitemap.xml"): ALL_OPEN,
}
DRAFT_ROWS = {
    "/api/v1/packs/{slug}": (404, 404, 404, 200, 404, 200),
    "/api/v1/files/{file_id}": (404, 404, 404, 200, 404, 200),
    "/api/v1/files/{file_id}/preview": (404, 404, 404, 200, 404, 200),
    "/api/v1/files/{file_id}/peaks": (404, 404, 404, 200, 404, 200),
    "/api/v1/library/files/{file_id}/download": (401, 404, 404, 404, 404, 404),
    "/api/v1/library/{slug}/zip": (401, 404, 404, 404, 404, 404),
}


def registered() -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in iter_route_contexts(create_app().routes)
        if route.path and "{rest:path}" not in route.path
        for method in route.methods or ()
    }


def test_every_route_has_a_row_in_the_access_matrix():
    assert registered() == set(ROWS)


async def people() -> tuple[dict[str, Viewer | None], MadePack, MadePack, str]:
    creator = await make_creator(slug="velvet")
    pack = await make_pack(
        creator, price=3, preview_key="previews/mix.mp3", preview_peaks=bytes(100), preview_seconds=3.0
    )
    draft = await make_pack(creator, is_published=False)
    from askchopper import settings

    (settings.get().data_dir / "files" / "previews" / "mix.mp3").write_bytes(b"mix")
    owner = await make_user(tokens=9)
    async with transaction() as session:
        receipt = await checkout.buy(session, owner, pack_slug=pack.slug, price_tokens=3, key="key")
    seen: dict[str, Viewer | None] = {
        "anonymous": None,
        "owner": owner,
        "member": await make_user(),
        "creator": creator,
        "other creator": await make_creator(),
        "admin": await make_user(role=Role.ADMIN),
    }
    return seen, pack, draft, receipt.purchase_id


def filled(path: str, pack: MadePack, purchase_id: str) -> str:
    if "creators" in path:
        return path.replace("{slug}", "velvet")
    values = {
        "slug": pack.slug,
        "file_id": pack.file_ids[0],
        "purchase_id": purchase_id,
        "cover_key": "a",
        "name": "b",
        "token": "x",
        "upload_id": "x",
        "draft_id": "x",
        "document_id": "x",
        "conversation_id": "x",
        "message_id": "x",
        "passage_id": "x",
        "search_id": "x",
        "memory_id": "x",
        "pack_id": "x",
        "export_id": "x",
        "item_id": "x",
        "user_id": "x",
        "provider": "google",
        "comment_id": "x",
        "reward_id": "x",
        "code": "abc",
        "review_id": "x",
        "member_id": "x",
    }
    return path.format(**values)


async def cookie_header(viewer: Viewer | None) -> dict[str, str]:
    return {"Cookie": await cookie_of(viewer)} if viewer else {}


async def test_access_matrix(db):
    seen, pack, draft, purchase_id = await people()
    wrong: list[str] = []
    cookies = {person: await cookie_header(viewer) for person, viewer in seen.items()}
    # The refund is last, after the owner's download, so that its status does not depend on the order of rows.
    rows = sorted(ROWS.items(), key=lambda row: "refund" in row[0][1])
    for (method, path), expected in rows:
        for person, status in zip(PEOPLE, expected, strict=True):
            async with api_client() as client:
                answer = await client.request(
                    method, filled(path, pack, purchase_id), headers={"Accept": "application/json", **cookies[person]}
                )
            if method != "GET" and answer.is_success:  # it may have ended the session
                cookies[person] = await cookie_header(seen[person])
            if answer.status_code != status:
                wrong.append(f"{method} {path} by {person}: {answer.status_code}, not {status}")
    for path, expected in DRAFT_ROWS.items():
        for person, status in zip(PEOPLE, expected, strict=True):
            async with api_client() as client:
                answer = await client.get(filled(path, draft, purchase_id), headers=cookies[person])
            if answer.status_code != status:
                wrong.append(f"GET draft {path} by {person}: {answer.status_code}, not {status}")
    assert wrong == []
