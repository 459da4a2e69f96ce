"""The viewer's library: the list, downloads of sounds through short-lived links, and of packs as zips."""

import uuid
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from askchopper import routes, security
from askchopper.api import files, responses, tagged_files
from askchopper.api.dependencies import SignedIn, refuse_cross_site
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.purchases import ZipPlan
from askchopper.services.purchases import downloads, library
from askchopper.services.rewards import loyalty

LINK_SECONDS = 600
_PURPOSE = "download"
router = APIRouter(tags=["library"])
link_router = APIRouter(include_in_schema=False)


@router.get("/me/library")
async def list_library(
    viewer: SignedIn,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> responses.List[responses.LibraryItem]:
    """List packs of which the viewer owns at least one sound, most recently purchased first."""
    async with read_only() as session:
        page = await library.list_library(session, viewer, text=q, limit=limit, cursor=cursor)
    return responses.List(items=[responses.LibraryItem.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.get(
    "/library/files/{file_id}/download",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(refuse_cross_site)],
)
async def download_file(viewer: SignedIn, file_id: str) -> Response:
    """Record the download and redirect to a link that is valid for ten minutes, also to resume the download."""
    async with read_only() as session:
        wanted = await downloads.list_targets(session, viewer, file_id=file_id)
    await files.check_presence(wanted)  # before the download is recorded, which makes the purchase non-refundable
    async with transaction() as session:
        await downloads.start_file_download(session, viewer, file_id=file_id)
    payload = {"user": str(viewer.user_id), "file": str(uuid.UUID(file_id))}
    link = f"{routes.MEDIA_DOWNLOAD}/{security.sign(payload, purpose=_PURPOSE)}"
    return RedirectResponse(link, status_code=303, headers={"Cache-Control": files.PRIVATE})


@router.get(
    "/library/zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    dependencies=[Depends(refuse_cross_site)],
)
async def download_packs(viewer: SignedIn, pack: Annotated[list[str], Query(min_length=1, max_length=100)]) -> Response:
    """Record the download and stream several packs as one zip; the viewer's tier limits their number."""
    slugs = list(dict.fromkeys(pack))
    async with read_only() as session:
        tier = await loyalty.tier(session, viewer.user_id)
        if len(slugs) > tier.zip_packs:
            raise InvalidInputError(
                f"Your tier, {tier.name}, puts up to {tier.zip_packs} packs into one zip.", field="pack"
            )
        wanted = [one for slug in slugs for one in await downloads.list_targets(session, viewer, pack_slug=slug)]
    await files.check_presence(wanted)
    patches = await tagged_files.plan_all(wanted)
    async with transaction() as session:
        plans = [
            await downloads.start_zip_download(session, viewer, pack_slug=slug, changed=patches.keys()) for slug in sorted(slugs)
        ]  # fmt: skip
    folders = [plan.folder for plan in plans]
    named = [
        plan if folders.count(plan.folder) == 1 else plan.within(slug) for plan, slug in zip(plans, sorted(slugs), strict=True)
    ]  # fmt: skip
    together = ZipPlan(
        f"{len(slugs)} packs.zip",
        files=tuple(chain.from_iterable(plan.files for plan in named)),
        texts=tuple(chain.from_iterable(plan.texts for plan in named)),
    )
    return files.archive(together, patches)


@router.get(
    "/library/{slug}/zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
    dependencies=[Depends(refuse_cross_site)],
)
async def download_pack(viewer: SignedIn, slug: str) -> Response:
    """Record the download and stream all owned sounds of a pack as a zip, with licence and table of contents."""
    async with read_only() as session:
        wanted = await downloads.list_targets(session, viewer, pack_slug=slug)
    await files.check_presence(wanted)
    patches = await tagged_files.plan_all(wanted)
    async with transaction() as session:
        plan = await downloads.start_zip_download(session, viewer, pack_slug=slug, changed=patches.keys())
    return files.archive(plan, patches)


@link_router.get(f"{routes.MEDIA_DOWNLOAD}/{{token}}")
@link_router.head(f"{routes.MEDIA_DOWNLOAD}/{{token}}", include_in_schema=False)
async def follow_link(request: Request, token: str) -> Response:
    """Send the file of a signed download link."""
    payload = security.unsign(token, purpose=_PURPOSE, max_age_seconds=LINK_SECONDS)
    if payload is None:
        raise NotFoundError("This link has expired. Download it again from your library.")
    async with read_only() as session:
        target = await downloads.get_download(
            session, user_id=uuid.UUID(payload["user"]), file_id=uuid.UUID(payload["file"])
        )
    return await files.attachment(request, target)
