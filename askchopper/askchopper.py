"""Composition root: builds ``app`` from the site map, mounts the HTTP API and registers lifespan tasks."""

import reflex as rx
from fastapi import FastAPI
from reflex_components_core.base.error_boundary import ErrorBoundary
from starlette.middleware import Middleware

from askchopper import lifespan, observability, routes, settings
from askchopper.api.app import create_app
from askchopper.api.site import Site
from askchopper.components import theme
from askchopper.components.chat_client import PanelKeys
from askchopper.components.purchase import PurchaseRequests
from askchopper.page_titles import SITE_NAME
from askchopper.pages import COMMAND_PLACES, FRAME_LOAD, PAGES
from askchopper.states import abandoned, error_handling, news
from askchopper.states.assistant import PanelState
from askchopper.states.identity import OwnerMiddleware
from askchopper.states.purchase import PurchaseState
from askchopper.views import shell
from askchopper.views.chat_panel import chat_panel
from askchopper.views.crash_screen import crash_screen
from askchopper.views.feedback_dialog import feedback_dialog
from askchopper.views.purchase_dialog import purchase_dialog
from askchopper.views.reports import report_dialog

_settings = settings.get()
observability.configure(level=_settings.log_level)
if _settings.sentry_dsn:
    observability.report_to(
        _settings.sentry_dsn.get_secret_value(),
        environment=_settings.environment,
        has_model=_settings.anthropic_api_key is not None,
        release=_settings.release,
    )


def absolute(path: str | rx.Var[str]) -> rx.Var[str]:
    """Return the absolute URL of a path, for link previews; only the browser knows the origin.

    The server itself inserts the origin into the HTML (``api.site``).
    """
    return rx.Var("(globalThis.location?.origin ?? '')").to(str) + rx.Var.create(path).to(str)


def _head() -> list[rx.Component]:
    return [
        rx.el.style("html{background:#0d0d0d;color-scheme:dark}"),
        rx.el.meta(name="theme-color", content=theme.COLOURS["base"]),
        rx.el.link(rel="preload", href="/fonts/bricolage-latin.woff2", type="font/woff2", custom_attrs={"as": "font"}, cross_origin="anonymous"),
        rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icon-180.png"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.meta(custom_attrs={"property": "og:site_name", "content": SITE_NAME}),
        rx.el.meta(name="twitter:card", content="summary_large_image"),
    ]  # fmt: skip


def _api() -> FastAPI:
    """Return the API with the pages as innermost middleware, so that the API's middleware applies to them too."""
    api = create_app()
    api.user_middleware.append(Middleware(Site))
    return api


app = rx.App(
    html_lang="en",
    stylesheets=["/tokens.css"],
    head_components=_head(),
    toaster=rx.toast.provider(
        position="bottom-left",
        theme="dark",
        rich_colors=False,
        offset="calc(var(--player-h) + var(--tabs-h) + var(--bar-h) + 16px)",
    ),
    extra_app_wraps={
        (20, "Player"): lambda _is_stateful: rx.fragment(
            shell.player(COMMAND_PLACES),
            chat_panel(),
            purchase_dialog(),
            feedback_dialog(),
            report_dialog(),
            PurchaseRequests.create(on_open=PurchaseState.open_from_address),
            PanelKeys.create(on_toggle=PanelState.toggle, on_close=PanelState.close),
        )
    },
    api_transformer=_api(),
    frontend_exception_handler=observability.report_browser_error,
    backend_exception_handler=error_handling.report_event_error,
)
app.app_wraps[5, "Overlay"] = lambda is_stateful: shell.offline_banner() if is_stateful else None
app.app_wraps[55, "ErrorBoundary"] = lambda _is_stateful: ErrorBoundary.create(fallback_render=crash_screen())
app.add_middleware(OwnerMiddleware())
for page in PAGES:
    if page.is_development_only and _settings.is_production:
        continue
    app.add_page(
        page.component,
        route=page.path,
        title=page.title,
        description=page.description,
        # Reflex wants a plain string for this page.
        image=page.image if page.path == routes.NOT_FOUND else absolute(page.image),  # pyright: ignore[reportArgumentType] - annotated as a string, put into a tag as it is
        meta=[
            {"property": "og:title", "content": page.title},
            {"property": "og:description", "content": page.description},
        ],
        on_load=[FRAME_LOAD, *page.on_load],
    )
app.register_lifespan_task(lifespan.run)
app.register_lifespan_task(abandoned.free_forever, app=app)
app.register_lifespan_task(news.watch, app=app)
