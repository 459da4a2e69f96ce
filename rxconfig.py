"""Reflex's own configuration: one origin, npm from the virtual environment, no telemetry, no badge."""

import os
import sysconfig
from typing import Any

# Reflex looks for node and npm on PATH and would fetch bun unless told otherwise, both before it reads this config.
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ.get("PATH", "")

import reflex as rx
from reflex_base.plugins import Plugin

from askchopper import settings
from askchopper.components import theme

_settings = settings.get()
_ROUTES = 'import { readFileSync } from "node:fs";\nconst routes = JSON.parse(readFileSync(new URL("routes.json", import.meta.url)));\n'
_PATHS = (
    '({ getStaticPaths }) => [...getStaticPaths(), ...routes.filter((route) => route.includes("["))'
    '.map((route) => "/" + route.replace(/\\[\\w+\\]/g, "_"))]'
)


class SamplePages(Plugin):
    """Prerenders each route with a parameter once, with ``_`` for the parameter; the server sends that page for all of the route.

    Reflex prerenders other routes only, and a page that is not prerendered paints nothing before its scripts run.
    """

    def pre_compile(self, **context: Any) -> None:
        """Extend the router's configuration that Reflex writes."""
        context["add_modify_task"](
            "react-router.config.js",
            lambda written: _ROUTES + written.replace('"prerender": true', f'"prerender": {_PATHS}'),
        )


config = rx.Config(
    app_name="askchopper",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_port=_settings.port,
    backend_port=_settings.port,
    cors_allowed_origins=list(_settings.origins),
    redis_url=_settings.redis_url.get_secret_value() if _settings.redis_url else None,
    state_manager_mode="redis" if _settings.redis_url else "memory",
    default_color_mode="dark",
    frontend_lazy_bundled_libraries=True,
    frontend_compression_formats=["brotli", "gzip"],
    plugins=[rx.plugins.TailwindV4Plugin(theme.TAILWIND), SamplePages()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
