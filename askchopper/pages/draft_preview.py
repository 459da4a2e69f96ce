"""Preview of a draft as a pack page, for its creator, moderators, and members with early access to a planned release."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.states.catalogue import PackState
from askchopper.views import pack_page
from askchopper.views.shell import frame


def draft_preview() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.icon("eye", size=18, stroke_width=1.5, aria_hidden="true", class_name="shrink-0"),
                rx.el.p(
                    rx.cond(
                        PackState.is_early,
                        "Early listen. This pack is not out yet; your tier lets you hear it now. You can buy it once it is released.",
                        "Preview. Only you and the moderators see this page. The pack preview is mixed when you publish.",
                    ),
                    class_name="min-w-0 flex-1 basis-[240px]",
                ),
                rx.cond(
                    PackState.is_early,
                    buttons.link_button("Back to the feed", href=routes.FEED),
                    buttons.link_button("Back to the draft", href=PackState.facts["draft_href"]),
                ),
                class_name=f"{theme.PAGE} flex flex-wrap items-center gap-3 py-2.5",
            ),
            role="status",
            class_name="bg-info-tint text-info border-b border-line",
        ),
        pack_page.content(),
        active=routes.STUDIO,
    )
