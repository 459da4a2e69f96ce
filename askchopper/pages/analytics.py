"""Analytics page of a creator."""

import reflex as rx

from askchopper import routes
from askchopper.views import analytics as view
from askchopper.views.shell import frame


def analytics() -> rx.Component:
    return frame(view.overview(), active=routes.STUDIO)
