"""The four steps of the wizard: files, details, licence and price, review."""

import reflex as rx

from askchopper.components import buttons, catalogue, forms, marks, theme
from askchopper.components.client import CoverField, ReleaseField, SavedAt, Uploader
from askchopper.schemas.studio import DraftRow
from askchopper.states.wizard import WizardState
from askchopper.views import draft_rows
from askchopper.vocabulary import GENRES, KEY_NAMES

_STEPS = (("files", "Files"), ("details", "Details"), ("price", "Licence and price"), ("review", "Review"))
_KINDS = (("loop", "Loop"), ("one-shot", "One-shot"), ("track", "Track"))
_CELL = "w-full min-h-[36px] max-md:min-h-[44px] rounded-ctl border border-transparent bg-transparent px-2 text-[14px] hover:border-control focus:border-control focus:bg-surface-2"
_MARKED = "relative [&>:is(i,svg)]:absolute [&>:is(i,svg)]:right-full [&>:is(i,svg)]:top-1/2 [&>:is(i,svg)]:-translate-y-1/2 [&>:is(i,svg)]:-mr-1 max-md:[&>:is(i,svg)]:hidden"
_LICENCES = (
    ("Standard", "Any number of own songs, beats and streams up to 100,000 plays each. No resale of the sounds themselves."),
    ("Broadcast", "Everything in Standard, without a limit on plays, and film, radio, television and games."),
)  # fmt: skip


def stepper() -> rx.Component:
    """The four steps; on a phone one line that says where one is."""
    return rx.fragment(
        rx.el.nav(
            *(
                rx.el.button(
                    rx.el.span(
                        str(number),
                        class_name=rx.cond(
                            WizardState.step == step,
                            "size-[22px] rounded-[4px] grid place-items-center fact bg-text-1 !text-on-amber",
                            "size-[22px] rounded-[4px] grid place-items-center fact bg-surface-2",
                        ),
                        aria_hidden="true",
                    ),
                    label,
                    type="button",
                    on_click=WizardState.go(step),
                    aria_current=rx.cond(WizardState.step == step, "step", "false"),
                    class_name=rx.cond(
                        WizardState.step == step,
                        "inline-flex items-center gap-2.5 min-h-[48px] font-semibold text-text-1 shadow-[inset_0_-2px_0_var(--text-1)] cursor-pointer",
                        "inline-flex items-center gap-2.5 min-h-[48px] font-semibold text-text-2 hover:text-text-1 cursor-pointer",
                    ),
                )
                for number, (step, label) in enumerate(_STEPS, 1)
            ),
            aria_label="Steps",
            class_name="hidden sm:flex gap-7 border-b border-line mb-7",
        ),
        rx.el.div(
            *(
                rx.el.button(
                    rx.el.span(f"Step {number} of {len(_STEPS)}: {label}", class_name="sr-only"),
                    type="button",
                    on_click=WizardState.go(step),
                    class_name=rx.cond(WizardState.step == step, "h-[44px] flex-1 border-b-[3px] border-text-1", "h-[44px] flex-1 border-b-[3px] border-line-strong"),
                )
                for number, (step, label) in enumerate(_STEPS, 1)
            ),
            class_name="sm:hidden flex gap-1 mb-5 -mt-4",
        ),
    )  # fmt: skip


def files_step() -> rx.Component:
    """Drop sounds in, watch them being sent and listened to, and settle what was found."""
    return _step(
        "files",
        "Files",
        rx.cond(
            WizardState.is_locked,
            rx.fragment(),
            Uploader.create(
                marks.chop_drawing(),
                pack=WizardState.draft_id,
                listed=WizardState.listed,
                on_stored=WizardState.arrived,
                on_cover_stored=WizardState.refresh,
            ),
        ),
        rx.foreach(
            WizardState.unpacking,
            lambda name: rx.el.p(buttons.meter(), "Unpacking ", name, role="status", class_name="flex items-center gap-3 min-h-[52px] border-b border-line text-text-2"),
        ),
        rx.cond(
            (WizardState.note != "") & ~WizardState.is_locked,
            rx.el.p(rx.icon("message-circle", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5"), WizardState.note, role="status", class_name="flex gap-2 bg-info-tint text-info rounded-ctl px-3 py-2.5 mt-5"),
            rx.fragment(),
        ),
        rx.cond(
            WizardState.rows,
            rx.el.section(
                rx.el.div(
                    rx.el.p(rx.el.span(WizardState.totals["count"]), " ", WizardState.totals["noun"], class_name=theme.TITLE_2),
                    rx.el.span(WizardState.totals["size"], class_name="fact"),
                    rx.el.span(WizardState.totals["ready"], class_name="text-text-2", role="status"),
                    rx.el.span(
                        rx.el.i(class_name="size-[7px] rounded-full bg-ok"), "sure",
                        rx.el.i(class_name="size-[7px] rounded-full shadow-[inset_0_0_0_2px_var(--ok)] ml-2"), "check this",
                        class_name=f"{theme.SMALL} text-text-2 ml-auto hidden sm:inline-flex items-center gap-1.5",
                        aria_hidden="true",
                    ),
                    class_name="flex items-baseline gap-4 mt-8 mb-2",
                ),
                rx.el.ul(
                    rx.foreach(WizardState.rows, lambda item: rx.el.li(draft_rows.row(item), key=item.id)),
                    aria_label="Sounds",
                ),
                custom_attrs={"data-queue": ""},
            ),
            rx.el.p("Tempo, key, loudness and faults are measured for you. Nothing is on sale before you publish.", class_name="text-text-2 mt-6"),
        ),
    )  # fmt: skip


def details_step() -> rx.Component:
    """Title, description, genre, tags and cover, prefilled; and all sounds in one table."""
    return _step(
        "details",
        "Details",
        rx.el.div(
            rx.el.div(
                _text("Title", "title", max_length=80),
                _text("Summary", "summary", max_length=200, hint="One line under the title in lists."),
                _area("Description", "description"),
                rx.el.div(
                    _genre(),
                    _text("Tags", "tags", hint="Separated by commas, twelve at most."),
                    class_name="grid sm:grid-cols-2 gap-5",
                ),
                class_name="grid gap-5 min-w-0",
                key=WizardState.form_version.to_string(),
            ),
            rx.el.div(
                catalogue.cover(WizardState.cover, size=240, class_name="size-[160px] md:size-[240px] rounded-cover"),
                rx.cond(
                    WizardState.is_locked,
                    rx.fragment(),
                    CoverField.create(
                        pack=WizardState.draft_id,
                        on_stored=WizardState.refresh,
                        class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
                    ),
                ),
                rx.el.p(
                    "Drop a square picture anywhere on this page, 500 pixels or more. Without one we draw a cover.",
                    class_name=f"{theme.SMALL} text-text-2 max-w-[240px]",
                ),
                class_name="grid gap-3 content-start justify-items-start",
            ),
            class_name="grid gap-8 md:grid-cols-[minmax(0,1fr)_240px] max-w-[960px]",
        ),
        _table(),
    )


def price_step() -> rx.Component:
    """What the pack costs under each licence, and when it comes out."""
    return _step(
        "price",
        "Licence and price",
        rx.el.div(
            rx.el.div(
                _text("Price of the pack in tokens", "price_tokens", hint=WizardState.price_help, is_number=True),
                _text("Price of a single sound in tokens", "sound_price_tokens", is_number=True),
                _text(
                    "Price with the broadcast licence",
                    "broadcast_price_tokens",
                    hint=rx.Var.create("Left empty: ")
                    + WizardState.broadcast_hint
                    + " tokens. 0 means that it is not offered.",
                    is_number=True,
                ),
                ReleaseField.create(
                    value=WizardState.release_at,
                    on_plan=WizardState.plan,
                    class_name=f"{theme.FIELD} [color-scheme:dark]",
                ),
                class_name="grid gap-5 max-w-[420px]",
                key=WizardState.form_version.to_string(),
            ),
            rx.el.div(
                *(
                    rx.el.div(
                        rx.el.h3(f"{name} licence", class_name=theme.TITLE_3),
                        rx.el.p(sentence, class_name="text-text-2 mt-1"),
                        class_name="py-4 border-b border-line",
                    )
                    for name, sentence in _LICENCES
                ),
                rx.el.p("You get 80 % of every price in tokens, at once.", class_name="text-text-2 py-4"),
                class_name="border-t border-line content-start",
            ),
            class_name="grid gap-10 md:grid-cols-2 max-w-[960px]",
        ),
    )


def review_step() -> rx.Component:
    """What is missing, the card as buyers will see it, and publishing."""
    return _step(
        "review",
        "Review",
        rx.el.div(
            rx.el.div(
                rx.cond(WizardState.card, rx.el.div(catalogue.pack_card(WizardState.card), class_name="w-[240px] pointer-events-none", custom_attrs={"inert": ""}), rx.fragment()),
                rx.el.p("The card as buyers will see it.", class_name=f"{theme.SMALL} text-text-3 mt-3"),
            ),
            rx.el.div(
                rx.match(
                    WizardState.state,
                    ("draft", _ready_or_not()),
                    ("publishing", _message("Publishing", "We make the preview of the pack and put everything on sale. This takes a few seconds.", rx.el.span(buttons.meter(), class_name="text-text-2"))),
                    ("in_review", _message("In review", "A person listens to first packs, usually within a day. You will be told.", _edit("Take it back"))),
                    ("scheduled", _message("Scheduled", "The pack comes out at the time that you chose.", _edit("Take it back"))),
                    ("published", _message("Published", "It can take a minute to appear in search.", buttons.link_button("Open the pack", href=WizardState.pack_href, kind="primary"), _edit("Edit"))),
                    _message("Off sale", "Whoever bought it keeps it.", _edit("Edit and publish again")),
                ),
                rx.el.dl(
                    *(
                        rx.fragment(rx.el.dt(label, class_name="text-text-2"), rx.el.dd(WizardState.totals[name], class_name="fact text-text-1"))
                        for label, name in (("Sounds", "count"), ("Length", "time"), ("Tempo", "bpm"), ("Keys", "keys"), ("Size", "size"))
                    ),
                    class_name="grid grid-cols-[100px_1fr] gap-y-2 mt-8",
                ),
                rx.el.p(
                    "By publishing you confirm that you made these sounds or hold every right to sell them.",
                    class_name=f"{theme.SMALL} text-text-3 mt-8 max-w-[52ch]",
                ),
                class_name="min-w-0",
            ),
            class_name="grid gap-8 md:grid-cols-[240px_minmax(0,1fr)]",
        ),
    )  # fmt: skip


def bottom_bar() -> rx.Component:
    """What to do next, in the same place at every step."""
    return rx.el.div(
        rx.el.div(
            rx.cond(
                WizardState.is_listening,
                rx.el.p("Details can be filled in while files are still being listened to.", class_name="text-text-2 hidden md:block mr-auto"),
                rx.fragment(),
            ),
            buttons.link_button("Save and close", href="/studio", kind="quiet", class_name="max-sm:!hidden"),
            rx.match(
                WizardState.step,
                ("files", _next("Continue to details", "details")),
                ("details", _next("Continue to price", "price")),
                ("price", _next("Continue to review", "review")),
                rx.cond(
                    WizardState.is_locked,
                    rx.fragment(),
                    buttons.button("Publish", kind="primary", is_busy=WizardState.is_busy_publishing, disabled=WizardState.problems.length() > 0, on_click=WizardState.publish, class_name="min-h-[48px] md:min-h-[40px] flex-1 sm:flex-none sm:min-w-[160px]"),
                ),
            ),
            class_name=f"{theme.PAGE} !max-w-[1102px] flex items-center justify-end gap-3 min-h-[72px]",
        ),
        class_name="fixed inset-x-0 bottom-[calc(var(--player-h)+var(--tabs-h))] z-30 bg-base border-t border-line",
        custom_attrs={"data-bottom-bar": ""},
    )  # fmt: skip


def saved() -> rx.Component:
    """When the draft was last saved, in the clock of the reader."""
    return SavedAt.create(at=WizardState.saved_at, class_name="text-text-2 ml-auto whitespace-nowrap")


def _step(step: str, title: str, *content: rx.Component) -> rx.Component:
    # Hidden, not taken away: files can be dropped and sent at every step.
    return rx.el.section(
        rx.el.h2(title, tab_index=-1, class_name=f"{theme.TITLE_2} mb-5 sm:sr-only focus:outline-none"),
        *content,
        hidden=WizardState.step != step,
        aria_label=title,
        custom_attrs={"data-step": step},
    )


def _next(label: str, step: str) -> rx.Component:
    return buttons.button(
        label,
        kind="primary",
        on_click=WizardState.go(step),
        class_name="min-h-[48px] md:min-h-[40px] flex-1 sm:flex-none",
    )


def _message(title: str, sentence: str, *actions: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h3(title, class_name=theme.TITLE_2),
        rx.el.p(sentence, class_name="text-text-2 mt-1 mb-4"),
        rx.el.div(*actions, class_name="flex flex-wrap gap-3 items-center"),
        role="status",
    )


def _edit(label: str) -> rx.Component:
    return buttons.button(label, on_click=WizardState.edit)


def _ready_or_not() -> rx.Component:
    return rx.fragment(
        rx.cond(
            WizardState.note != "",
            rx.el.p(rx.icon("message-circle", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5"), WizardState.note, class_name="flex gap-2 bg-info-tint text-info rounded-ctl px-3 py-2.5 mb-5"),
            rx.fragment(),
        ),
        rx.cond(
            WizardState.problems.length() > 0,
            rx.fragment(
                rx.el.h3("Before you can publish", class_name=theme.TITLE_2),
                rx.el.ul(
                    rx.foreach(WizardState.problems, lambda problem: rx.el.li(rx.icon("circle-alert", size=16, stroke_width=1.5, class_name="text-bad mt-0.5 shrink-0", aria_hidden="true"), problem, class_name="flex gap-2 py-2.5 border-b border-line")),
                    class_name="mt-2",
                ),
            ),
            _message("Ready", "Everything is in place. Published packs appear in browse and search.",),
        ),
    )  # fmt: skip


def _problem(field: str) -> rx.Component:
    return rx.cond(
        WizardState.field_problem.get(field, "") != "",
        rx.el.p(WizardState.field_problem[field], role="alert", class_name=f"{theme.SMALL} text-bad"),
        rx.fragment(),
    )


def _saving(field: str) -> dict[str, object]:
    """Save while typing pauses, and at the latest when the field is left."""
    return {
        "on_change": WizardState.save(field).debounce(800),
        "on_blur": WizardState.save(field),
        "disabled": WizardState.is_locked,
    }


def _text(
    label: str, name: str, *, hint: rx.Var[str] | str = "", max_length: int = 600, is_number: bool = False
) -> rx.Component:
    field_id = f"draft-{name}"
    attributes = {"inputMode": "numeric"} if is_number else {}
    return rx.el.div(
        forms.field(
            label,
            rx.el.input(
                id=field_id, default_value=WizardState.form[name], max_length=max_length, class_name=theme.FIELD,
                custom_attrs=attributes, **_saving(name),
            ),
            for_id=field_id,
        ),
        rx.el.p(hint, class_name=f"{theme.SMALL} text-text-3 mt-1.5"),
        _problem(name),
    )  # fmt: skip


def _area(label: str, name: str) -> rx.Component:
    field_id = f"draft-{name}"
    area = rx.el.textarea(
        id=field_id, default_value=WizardState.form[name], max_length=4000, rows="5",
        class_name=f"{theme.FIELD} py-2.5 leading-[22px]", **_saving(name),
    )  # fmt: skip
    return rx.el.div(forms.field(label, area, for_id=field_id), _problem(name))


def _genre() -> rx.Component:
    select = rx.el.select(
        rx.el.option("Choose a genre", value=""),
        *(rx.el.option(name, value=slug) for slug, name in GENRES.items()),
        id="draft-genre_slug",
        default_value=WizardState.form["genre_slug"],
        on_change=WizardState.save("genre_slug"),
        disabled=WizardState.is_locked,
        class_name=theme.FIELD,
    )
    return rx.el.div(forms.field("Genre", select, for_id="draft-genre_slug"), _problem("genre_slug"))


def _table() -> rx.Component:
    head = "text-[12px] text-text-3 font-normal text-left px-2"
    return rx.el.div(
        rx.el.div(
            rx.el.h3("Sounds", class_name=theme.TITLE_3),
            rx.el.label(
                rx.el.input(type="checkbox", checked=WizardState.is_all_selected, on_change=WizardState.select_all),
                "Select all sounds",
                class_name="inline-flex items-center gap-2.5 min-h-[44px] cursor-pointer",
            ),
            rx.cond(WizardState.selected, _bulk(), rx.fragment()),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2 min-h-[48px] mt-8",
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(rx.el.span("Selected", class_name="sr-only"), class_name="w-[36px] text-left"),
                    rx.el.th("Title", class_name=head),
                    rx.el.th("Kind", class_name=f"{head} md:w-[128px]"),
                    rx.el.th("BPM", class_name=f"{head} md:w-[96px]"),
                    rx.el.th("Key", class_name=f"{head} md:w-[144px]"),
                    rx.el.th("Tokens", class_name=f"{head} md:w-[88px]"),
                    class_name="h-[32px] border-b border-line max-md:sr-only",
                )
            ),
            rx.el.tbody(rx.foreach(WizardState.rows, _table_row)),
            class_name="w-full border-collapse max-md:block [&>tbody]:max-md:block",
            aria_label="Sounds and what is said about them",
        ),
    )  # fmt: skip


def _table_row(item: rx.Var[DraftRow]) -> rx.Component:
    mono = "font-mono"
    off = WizardState.is_locked | item.is_waiting
    cell = "max-md:block"
    return rx.el.tr(
        rx.el.td(rx.el.input(type="checkbox", checked=WizardState.selected.contains(item.id), on_change=WizardState.select(item.id), aria_label=rx.Var.create("Select ") + item.title), class_name=f"{cell} max-md:row-span-2 max-md:pt-3"),
        rx.el.td(
            rx.el.input(default_value=item.title, max_length=100, on_blur=lambda value: WizardState.typed(item.id, "title", value), disabled=WizardState.is_locked, aria_label=rx.Var.create("Title of ") + item.name, class_name=f"{_CELL} font-semibold", key=item.title),
            class_name=f"{cell} max-md:col-span-3",
        ),
        rx.el.td(
            rx.el.select(
                rx.cond(item.kind == "", rx.el.option("-", value=""), rx.fragment()),
                *(rx.el.option(label, value=kind) for kind, label in _KINDS),
                value=item.kind, on_change=lambda value: WizardState.state_file(item.id, "kind", value), disabled=off,
                aria_label=rx.Var.create("Kind of ") + item.title, class_name=_CELL,
            ),
            class_name=cell,
        ),
        rx.el.td(
            draft_rows.mark(item.bpm_mark),
            rx.el.input(default_value=item.bpm, placeholder="-", on_blur=lambda value: WizardState.typed(item.id, "bpm", value), disabled=off, aria_label=rx.Var.create("BPM of ") + item.title, class_name=f"{_CELL} {mono}", custom_attrs={"inputMode": "decimal"}, key=item.bpm),
            class_name=f"{cell} {_MARKED}",
        ),
        rx.el.td(
            draft_rows.mark(item.key_mark),
            rx.el.select(
                rx.el.option("-", value=""),
                *(rx.el.option(name, value=name) for name in KEY_NAMES),
                value=item.key_name, on_change=lambda value: WizardState.state_file(item.id, "key", value), disabled=off,
                aria_label=rx.Var.create("Key of ") + item.title, class_name=f"{_CELL} {mono}",
            ),
            class_name=f"{cell} {_MARKED}",
        ),
        rx.el.td(
            rx.el.input(default_value=item.price, placeholder=WizardState.form["sound_price_tokens"], on_blur=lambda value: WizardState.typed(item.id, "price_tokens", value), disabled=WizardState.is_locked, aria_label=rx.Var.create("Price in tokens of ") + item.title, class_name=f"{_CELL} {mono}", custom_attrs={"inputMode": "numeric"}, key=item.price),
            class_name=f"{cell} max-md:hidden",
        ),
        key=item.id,
        class_name="border-b border-line h-[48px] max-md:grid max-md:grid-cols-[36px_1fr_1fr_1fr] max-md:h-auto max-md:py-2",
    )  # fmt: skip


def _bulk() -> rx.Component:
    field = "min-h-[40px] max-md:min-h-[44px] rounded-ctl border border-control bg-surface-2 px-2 text-[14px]"
    return rx.fragment(
        rx.el.span(WizardState.selected.length(), " selected", class_name="text-text-2", role="status"),
        rx.el.select(
            rx.el.option("Kind", value=""), *(rx.el.option(label, value=kind) for kind, label in _KINDS),
            value="", on_change=lambda value: WizardState.state_selected("kind", value), aria_label="Kind of all selected", class_name=field,
        ),
        rx.el.select(
            rx.el.option("Key", value=""), rx.el.option("None", value="none"), *(rx.el.option(name, value=name) for name in KEY_NAMES),
            value="", on_change=lambda value: WizardState.state_selected("key", value), aria_label="Key of all selected", class_name=field,
        ),
        rx.el.input(placeholder="BPM", on_blur=lambda value: WizardState.state_selected("bpm", value), aria_label="BPM of all selected", class_name=f"{field} w-[84px] font-mono", custom_attrs={"inputMode": "decimal"}),
    )  # fmt: skip
