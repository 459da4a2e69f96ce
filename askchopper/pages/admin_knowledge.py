"""Knowledge for administrators: the web search, outcomes of questions, and reported artist pages."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, theme
from askchopper.components.client import Go
from askchopper.components.figures import figure_list
from askchopper.schemas.view_models.knowledge import ReportedRow, TopicRow
from askchopper.states.admin_knowledge import AdminKnowledgeState
from askchopper.views.admin_frame import admin_page

_SECTION = "mb-12"


def admin_knowledge() -> rx.Component:
    return admin_page(
        "Knowledge",
        _reported(),
        _web_search(),
        _answered(),
        _unanswered(),
        _dead_links(),
        is_missing=AdminKnowledgeState.is_missing,
        is_loaded=AdminKnowledgeState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )


def _heading(title: str, sentence: str = "") -> rx.Component:
    return rx.fragment(
        rx.el.h2(title, class_name=theme.TITLE_2),
        rx.el.p(sentence, class_name=f"{theme.SMALL} text-text-2 mt-1 mb-2 max-w-prose") if sentence else rx.fragment(),
    )


def _reported() -> rx.Component:
    return rx.el.section(
        _heading("Reported artists", "Hidden until you decide."),
        rx.cond(
            AdminKnowledgeState.reported,
            rx.el.ul(rx.foreach(AdminKnowledgeState.reported, _reported_row), aria_label="Reported artists"),
            rx.el.p("No page is reported.", class_name="text-text-2 py-3"),
        ),
        class_name=_SECTION,
    )


def _reported_row(row: rx.Var[ReportedRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, rx.el.span(row.state, class_name=f"{theme.SMALL} text-text-3 ml-3"), class_name="font-semibold"),
            rx.el.p(row.reasons, class_name=f"{theme.SMALL} text-text-2 break-words"),
            class_name="min-w-0",
        ),
        rx.el.div(
            buttons.button("Show again", aria_label=rx.Var.create("Show again: ") + row.name, on_click=AdminKnowledgeState.keep(row.slug)),
            rx.cond(
                row.is_removed,
                rx.fragment(),
                buttons.button("Remove", kind="danger", aria_label=rx.Var.create("Remove: ") + row.name, on_click=AdminKnowledgeState.remove(row.slug)),
            ),
            class_name="flex gap-2 sm:ml-auto shrink-0",
        ),
        key=row.slug,
        class_name=f"flex max-sm:flex-col sm:items-center gap-x-6 gap-y-2 py-3 {theme.HAIRLINE}",
    )  # fmt: skip


def _web_search() -> rx.Component:
    return rx.el.section(
        _heading("Web search"),
        rx.cond(
            AdminKnowledgeState.figures,
            figure_list(AdminKnowledgeState.figures),
            rx.el.p(
                "Not set up: it needs BRAVE_API_KEY. Answers say that only the marketplace was searched.",
                class_name="text-text-2 py-3",
            ),
        ),
        class_name=_SECTION,
    )


def _answered() -> rx.Component:
    return rx.el.section(
        _heading(
            "Questions about music",
            "The last 30 days, by what the tools found. Partly: one tool found something, another did not.",
        ),
        rx.cond(
            AdminKnowledgeState.topics,
            rx.el.ul(rx.foreach(AdminKnowledgeState.topics, _topic), aria_label="Questions by topic"),
            rx.el.p("No questions yet.", class_name="text-text-2 py-3"),
        ),
        class_name=_SECTION,
    )


def _topic(row: rx.Var[TopicRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.topic, class_name="font-semibold"),
            rx.el.span(row.total, class_name=f"{theme.SMALL} fact text-text-2 ml-auto"),
            class_name="flex items-baseline gap-4",
        ),
        rx.el.div(
            _part(row.answered, "bg-ok"),
            _part(row.partly, "bg-amber"),
            _part(row.unanswered, "bg-wave-idle"),
            class_name="flex gap-0.5 h-[6px] mt-2 rounded-full overflow-hidden",
            aria_hidden="true",
        ),
        rx.el.p(
            row.answered, "% answered, ", row.partly, "% partly, ", row.unanswered, "% not",
            class_name=f"{theme.SMALL} text-text-2 mt-1.5",
        ),
        key=row.topic,
        class_name=f"py-3 {theme.HAIRLINE}",
    )  # fmt: skip


def _part(percent: rx.Var[int], colour: str) -> rx.Component:
    return rx.cond(percent != 0, rx.el.span(class_name=colour, style={"flexGrow": percent}), rx.fragment())


def _unanswered() -> rx.Component:
    return rx.el.section(
        _heading(
            "To write next",
            f"What at least {policy.UNANSWERED_SHOWN_FROM_MEMBERS} members asked about without an answer. Nobody sees who asked, or their words before that.",
        ),
        rx.cond(
            AdminKnowledgeState.subjects,
            rx.el.ul(
                rx.foreach(
                    AdminKnowledgeState.subjects,
                    lambda one: rx.el.li(
                        rx.el.span(one["subject"], class_name="font-semibold break-words min-w-0"),
                        rx.el.span(one["topic"], class_name=f"{theme.SMALL} text-text-3"),
                        rx.el.span(
                            one["questions"],
                            class_name=f"{theme.SMALL} fact text-text-2 ml-auto shrink-0",
                        ),
                        key=one["subject"],
                        class_name=f"flex items-baseline gap-4 py-3 {theme.HAIRLINE}",
                    ),
                ),
                aria_label="To write next",
            ),
            rx.el.p("Nothing that enough members asked about.", class_name="text-text-2 py-3"),
        ),
        rx.cond(
            AdminKnowledgeState.withheld > 0,
            rx.el.p(
                AdminKnowledgeState.withheld,
                " more that too few members asked about.",
                class_name=f"{theme.SMALL} text-text-3 mt-3",
            ),
            rx.fragment(),
        ),
        Go.create(
            "Read the glossary", to=routes.LEARN, class_name=f"{theme.LINK} inline-flex items-center min-h-[44px]"
        ),
        class_name=_SECTION,
    )


def _dead_links() -> rx.Component:
    return rx.el.section(
        _heading("Dead links", "Learning pages that failed at several checks in a row. They are hidden; correct or remove them in resources.toml."),
        rx.cond(
            AdminKnowledgeState.dead_links,
            rx.el.ul(
                rx.foreach(
                    AdminKnowledgeState.dead_links,
                    lambda one: rx.el.li(
                        rx.el.a(one["title"], href=one["href"], target="_blank", rel="noreferrer", class_name=f"{theme.LINK} min-w-0 py-3 -my-3 break-words"),
                        rx.el.span(one["by"], class_name=f"{theme.SMALL} text-text-3"),
                        rx.el.span(one["status"], class_name=f"{theme.SMALL} fact text-text-2 ml-auto"),
                        key=one["href"],
                        class_name=f"flex flex-wrap items-baseline gap-x-4 py-3 {theme.HAIRLINE}",
                    ),
                ),
                aria_label="Dead links",
            ),
            rx.el.p("None.", class_name="text-text-2 py-3"),
        ),
        class_name=_SECTION,
    )  # fmt: skip
