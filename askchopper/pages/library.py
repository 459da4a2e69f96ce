"""Library page: owned packs and sounds to play and download, with their licences."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, theme
from askchopper.components.client import PlayButton, SoundScope
from askchopper.states.library import LibraryState
from askchopper.views.shell import frame


def library() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Library", class_name=theme.TITLE_1),
            rx.el.p("Download again as often as you like.", class_name="text-text-2 mt-1"),
            rx.el.div(
                rx.el.input(
                    type="search",
                    placeholder="Search what you own",
                    aria_label="Search what you own",
                    on_change=LibraryState.search.debounce(300),
                    max_length=100,
                    class_name=theme.FIELD,
                ),
                class_name="max-w-[340px] my-5",
            ),
            rx.cond(
                LibraryState.is_loaded,
                rx.cond(
                    LibraryState.items,
                    rx.el.ul(
                        rx.foreach(LibraryState.items, lambda item: rx.el.li(_item(item), key=item["slug"])),
                        class_name="border-t border-line",
                        custom_attrs={"data-queue": ""},
                    ),
                    rx.cond(
                        LibraryState.text != "",
                        feedback.empty("Nothing you own matches that."),
                        feedback.empty(
                            "Nothing here yet. What you buy or get for free stays here for good.",
                            buttons.link_button("Find a pack", href=routes.BROWSE, kind="primary"),
                        ),
                    ),
                ),
                rx.fragment(*feedback.row_skeletons(5)),
            ),
            rx.cond(
                LibraryState.has_more,
                buttons.button("Load more", on_click=LibraryState.load_more, class_name="mt-6"),
                rx.fragment(),
            ),
            rx.el.p(
                "Every licence has a number and a public page where anyone can check it.",
                class_name=f"{theme.SMALL} text-text-3 mt-6",
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.LIBRARY,
    )


def _item(item: rx.Var[dict[str, Any]]) -> rx.Component:
    title = item["title"].to(str)
    return rx.fragment(
        SoundScope.create(
            rx.el.div(
                rx.cond(item["is_new"], rx.el.span("New", class_name="sr-only"), rx.fragment()),
                rx.el.span(
                    class_name=rx.cond(item["is_new"], "size-[6px] rounded-full bg-amber", "size-[6px]"), aria_hidden="true"
                ),
                PlayButton.create(
                    track=item["sound"], size=18,
                    class_name="inline-grid place-items-center size-[44px] rounded-ctl text-text-2 hover:text-text-1 data-[playing]:text-amber cursor-pointer",
                ),
                catalogue.cover(item["cover"].to(str), size=48, class_name="size-[44px] rounded-ctl hidden sm:block"),
                rx.el.div(
                    rx.el.a(title, href=item["href"].to(str), class_name="font-semibold block truncate group-data-[current]:text-amber hover:underline"),
                    rx.el.p(item["subtitle"], class_name=f"{theme.SMALL} text-text-2 truncate"),
                    class_name="min-w-0",
                ),
                rx.el.span(item["bpm"], class_name="fact text-right hidden md:block"),
                rx.el.span(item["key"], class_name="fact text-right hidden md:block"),
                rx.el.a(
                    rx.el.span(item["licence"]), rx.el.span(" licence", class_name="sr-only"),
                    href=item["licence_href"].to(str), class_name="underline decoration-line-strong underline-offset-4 text-text-2 hover:text-text-1 hidden md:block",
                ),
                rx.el.span(item["bought"], class_name="fact text-right hidden md:block"),
                rx.el.div(
                    rx.el.button(
                        rx.icon("chevron-down", size=20, stroke_width=1.5, aria_hidden="true"),
                        type="button",
                        aria_label=rx.Var.create("Sounds of ") + title,
                        aria_expanded=LibraryState.open_pack == item["slug"].to(str),
                        on_click=LibraryState.toggle(item["slug"].to(str)),
                        class_name=theme.ICON_BUTTON,
                    ),
                    buttons.file_link(
                        rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
                        rx.el.span("Download", class_name="hidden md:inline"),
                        href=item["zip_href"].to(str),
                        aria_label=rx.Var.create("Download pack ") + title,
                        class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} !px-3 md:!px-4",
                    ),
                    class_name="flex gap-1 justify-end",
                ),
                class_name="grid items-center gap-3 min-h-[64px] grid-cols-[6px_44px_minmax(0,1fr)_auto] sm:grid-cols-[6px_44px_44px_minmax(0,1fr)_auto] md:grid-cols-[6px_44px_44px_minmax(160px,1fr)_64px_64px_90px_100px_auto]",
            ),
            track=item["sound"],
            class_name="group border-b border-line hover:bg-surface-1",
            custom_attrs={"data-row": ""},
        ),
        rx.cond(LibraryState.open_pack == item["slug"].to(str), _opened(), rx.fragment()),
    )  # fmt: skip


def _opened() -> rx.Component:
    return rx.el.div(
        rx.el.ul(
            rx.foreach(
                LibraryState.open_rows,
                lambda row: rx.el.li(
                    catalogue.content_row(
                        row,
                        action=buttons.file_link(
                            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
                            rx.el.span("Get", class_name="font-ui font-semibold text-[14px]"),
                            href=catalogue.download_of(row),
                            aria_label=rx.Var.create("Download ") + row.sound.title,
                            class_name=f"{theme.PLATE} !bg-transparent !text-ok hover:!bg-ok-tint",
                        ),
                    ),
                    key=row.sound.id,
                ),
            )
        ),
        rx.el.ul(
            rx.foreach(LibraryState.open_licences, _licence_line),
            class_name="mt-4 grid gap-1",
        ),
        class_name="pl-0 md:pl-[62px] pb-6 bg-surface-1 rounded-ctl",
    )


def _licence_line(licence: rx.Var[dict[str, Any]]) -> rx.Component:
    return rx.el.li(
        rx.el.span(licence["number"], class_name="fact"),
        rx.el.span(licence["kind"], class_name="text-text-2"),
        rx.el.a(
            "Licence", href=licence["href"].to(str), class_name="underline underline-offset-4 decoration-line-strong"
        ),
        rx.cond(
            licence["is_refundable"],
            buttons.button(
                "Refund",
                kind="quiet",
                on_click=LibraryState.refund(licence["purchase_id"].to(str)),
            ),
            rx.fragment(),
        ),
        key=licence["number"].to(str),
        class_name="flex flex-wrap items-center gap-4 min-h-[44px] px-2",
    )
