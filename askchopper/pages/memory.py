"""Memory page: every fact that Ask Chopper remembers, with its source."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import theme
from askchopper.components.taste import who_read
from askchopper.states.memory import MemoryState
from askchopper.views import memory as views
from askchopper.views.shell import frame


def memory() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("What Chopper remembers", class_name=theme.TITLE_1),
            rx.el.p(
                "Facts from what you said, with the message each one is from. They are private. An administrator can open them only by giving a reason, which you will see here. Deleted facts are not learnt again from old messages and can be restored for ",
                policy.MEMORY_UNDO_MINUTES, " minutes.",
                class_name=f"{theme.BODY} text-text-2 max-w-prose mt-1",
            ),
            rx.el.div(
                rx.el.section(
                    rx.el.h2(MemoryState.count_words, class_name=f"{theme.TITLE_3} mb-4"),
                    views.memory_list(),
                    aria_label="Your memories",
                ),
                rx.el.section(
                    rx.el.h2("Settings", class_name=f"{theme.TITLE_3} mb-4"),
                    views.tools(),
                    aria_label="Memory settings",
                ),
                class_name="grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_320px] gap-10 mt-8",
            ),
            who_read(MemoryState.looked),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.SETTINGS,
    )  # fmt: skip
