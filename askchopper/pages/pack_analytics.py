"""Analytics page of one pack."""

import reflex as rx

from askchopper import routes
from askchopper.views import analytics as view
from askchopper.views.shell import frame


def pack_analytics() -> rx.Component:
    return frame(view.of_pack(), active=routes.STUDIO)
