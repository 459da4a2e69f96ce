"""Members and the audit log for administrators, as JSON. Everyone else gets 404."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from askchopper.api.dependencies import MaybeViewer
from askchopper.api.responses import List, Moment
from askchopper.database import read_only, transaction
from askchopper.schemas.administration import AuditFilter
from askchopper.services import audit, members
from askchopper.vocabulary import Role

router = APIRouter(prefix="/admin", tags=["administration"])
_Cursor = Annotated[str | None, Query(max_length=400)]


class Member(BaseModel):
    """A member; ``suspended_because`` is empty unless they are suspended."""

    id: str
    name: str
    email: str
    role: Role
    created_at: Moment
    last_seen_at: Moment | None
    sessions: int
    has_second_factor: bool
    creator_slug: str
    is_deleted: bool
    suspended_because: str
    suspended_until: Moment | None


class Entry(BaseModel):
    """An entry of the audit log."""

    id: int
    actor: str
    action: str
    target: str
    target_id: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    created_at: Moment


class SuspensionRequest(BaseModel):
    """The reason and the end of a suspension; without an end it is permanent."""

    reason: Annotated[str, Field(max_length=1_000)]
    until: datetime | None = None


class RoleRequest(BaseModel):
    """The new role."""

    role: Annotated[str, Field(max_length=20)]


@router.get("/members")
async def list_members(
    viewer: MaybeViewer,
    q: Annotated[str, Query(max_length=200, description="Beginning of a name or email, or an id.")] = "",
    limit: Annotated[int, Query(ge=1, le=members.MAX_LIMIT)] = members.PAGE_SIZE,
    cursor: _Cursor = None,
) -> List[Member]:
    """List members, newest first."""
    async with read_only() as session:
        page = await members.search(session, viewer, words=q, cursor=cursor, limit=limit)
    return List(items=[Member(**vars(one)) for one in page.items], next_cursor=page.next_cursor)


@router.post("/members/{member_id}/suspend", status_code=204)
async def suspend(viewer: MaybeViewer, member_id: str, asked: SuspensionRequest | None = None) -> Response:
    """Suspend a member: sign them out everywhere and block sign-in until the end of the suspension."""
    async with transaction() as session:
        given = asked or SuspensionRequest(reason="")
        await members.suspend(session, viewer, member_id=member_id, reason=given.reason, until=given.until)
    return Response(status_code=204)


@router.delete("/members/{member_id}/suspend", status_code=204)
async def lift(viewer: MaybeViewer, member_id: str) -> Response:
    """End a suspension."""
    async with transaction() as session:
        await members.lift(session, viewer, member_id=member_id)
    return Response(status_code=204)


@router.put("/members/{member_id}/role", status_code=204)
async def set_role(viewer: MaybeViewer, member_id: str, asked: RoleRequest | None = None) -> Response:
    """Change a member's role."""
    async with transaction() as session:
        await members.set_role(session, viewer, member_id=member_id, role=asked.role if asked else "")
    return Response(status_code=204)


@router.post("/members/{member_id}/sign-out", status_code=204)
async def sign_out(viewer: MaybeViewer, member_id: str) -> Response:
    """End all sessions of a member and revoke their access tokens."""
    async with transaction() as session:
        await members.sign_out(session, viewer, member_id=member_id)
    return Response(status_code=204)


def _audit_filter(
    viewer: MaybeViewer,
    action: Annotated[
        str, Query(max_length=60, description="An action such as `member.suspended`, or a group such as `member`.")
    ] = "",
    who: Annotated[str, Query(max_length=200, description="Beginning of the name or email of who did it.")] = "",
    target: Annotated[str, Query(max_length=60, description="Id or kind of what was changed.")] = "",
    first: Annotated[str, Query(alias="from", max_length=10, description="First day, in UTC.")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="Last day, in UTC.")] = "",
) -> AuditFilter:
    audit.require_admin(
        viewer
    )  # before parsing, so that others get 404, not an error about a filter; and before a CSV stream starts
    return audit.parse_filter(action=action, who=who, target=target, first=first, last=last)


_Chosen = Annotated[AuditFilter, Depends(_audit_filter)]


@router.get("/audit")
async def list_entries(
    viewer: MaybeViewer,
    chosen: _Chosen,
    limit: Annotated[int, Query(ge=1, le=audit.MAX_LIMIT)] = audit.PAGE_SIZE,
    cursor: _Cursor = None,
) -> List[Entry]:
    """List the actions of administrators and moderators, newest first."""
    async with read_only() as session:
        page = await audit.entries(session, viewer, chosen, cursor=cursor, limit=limit)
    return List(items=[Entry(**vars(one)) for one in page.items], next_cursor=page.next_cursor)


@router.get("/audit.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def export(viewer: MaybeViewer, chosen: _Chosen) -> StreamingResponse:
    """Stream the entries that match a filter as CSV, newest first."""
    headers = {"Content-Disposition": 'attachment; filename="ask-chopper-audit.csv"'}
    return StreamingResponse(audit.stream_csv(viewer, chosen), media_type="text/csv; charset=utf-8", headers=headers)
