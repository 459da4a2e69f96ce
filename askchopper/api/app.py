"""The HTTP API: route table and middleware."""

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, compile_path

from askchopper import routes
from askchopper.api import (
    account_deletion,
    account_export,
    administration,
    analytics,
    artists,
    catalogue,
    collections,
    community,
    content_policy,
    conversations,
    creator_feed,
    documents,
    drafts,
    embed,
    feedback,
    follows,
    health,
    learning,
    legal,
    library,
    likes,
    mails,
    media,
    memory,
    notifications,
    oauth,
    payments,
    plays,
    problems,
    profile,
    provider_sign_in,
    purchases,
    rewards,
    search,
    seo,
    session,
    spotify,
    taste,
    uploads,
    wallet,
)
from askchopper.api.mcp import server as mcp_server
from askchopper.api.middleware import Guard

_ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_OWN_FOLDERS = ("/api", "/auth", "/media", "/spotify", "/webhooks")


def create_app() -> FastAPI:
    """Build the HTTP application with all routers, the error handlers and the ``Guard`` middleware."""
    app = FastAPI(
        title="Ask Chopper",
        version="1",
        description="Find, hear, license and download beats, loops and sample packs.",
        openapi_url=f"{routes.API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for feature in (
        search,
        catalogue,
        library,
        purchases,
        wallet,
        plays,
        uploads,
        drafts,
        profile,
        notifications,
        documents,
        memory,  # before conversations, whose ``/conversations/{id}`` would match ``/conversations/search``
        conversations,
        spotify,
        taste,
        community,
        rewards,
        analytics,
        artists,
        administration,
        learning,
        likes,
        collections,
        follows,
        creator_feed,
    ):
        app.include_router(feature.router, prefix=routes.API)
    app.include_router(media.preview_router, prefix=routes.API)
    for router in (
        session.router,
        provider_sign_in.router,
        mails.router,
        account_deletion.router,
        account_export.router,
        oauth.router,
        payments.router,
        feedback.router,
        legal.router,
        media.router,
        learning.media_router,
        library.link_router,
        embed.router,
        rewards.link_router,
        health.router,
        seo.router,
        content_policy.router,
        mcp_server.router,
    ):
        app.include_router(router)
    app.router.routes.append(Route(routes.MCP, mcp_server.Endpoint(), methods=["GET", "POST", "DELETE"]))
    for folder in _OWN_FOLDERS:
        app.add_api_route(f"{folder}/{{rest:path}}", _unknown, methods=_ALL_METHODS, include_in_schema=False)
    problems.install(app)
    app.add_middleware(Guard)
    return app


async def _unknown(request: Request) -> Response:
    """Raise 404 for an unknown API path, which would otherwise be served as a page, or 405 if other methods of the path exist."""
    path: str = request.scope["path"]
    allowed = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path and "{rest:path}" not in route.path and compile_path(route.path)[0].match(path)
        for method in route.methods or ()
    }
    if allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
    raise HTTPException(404, "There is nothing here.")
