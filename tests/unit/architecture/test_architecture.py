"""Architecture rules: one site map, every handler wrapped by error handling, every setting documented."""

import ast
import re
import sys
from pathlib import Path

from askchopper.pages import PAGES
from askchopper.settings import Settings
from askchopper.states.error_handling import Access

ROOT = Path(__file__).parents[3]
PAGE_BUILT_IN = ("reflex", "reflex_base")


def _handlers() -> dict[str, object]:
    from reflex_base.registry import RegistrationContext

    import askchopper.askchopper  # noqa: F401 - registers every state

    found = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        function = registered.handler.fn
        if not (getattr(function, "__module__", "") or "").startswith(PAGE_BUILT_IN):
            found[name] = function
    return found


def test_site_map_paths_are_unique():
    paths = [page.path for page in PAGES]
    assert len(paths) == len(set(paths))


def test_every_handler_uses_error_handling():
    unguarded = [name for name, function in _handlers().items() if not hasattr(function, "__access__")]
    assert unguarded == []


# Handlers that anonymous visitors may call. A new one needs a line and a reason.
PUBLIC_HANDLERS = {
    "FeedbackState.open",  # these open and close a form that is posted to a route
    "FeedbackState.close",
    "SessionState.load",  # the header of every page
    "LandingState.load",
    "GlossaryState.load",  # what everybody may read: terms, cards, trends
    "GlossaryState.search",
    "GlossaryState.choose_topic",
    "TermState.load",
    "ArtistState.load",
    "ArtistState.toggle_report",
    "ResourcesState.load",
    "TrendsState.load",
    "WheelState.load",
    "WheelState.choose",
    "ScaleState.load",
    "ScaleState.choose_tonic",
    "ScaleState.choose_scale",
    "ProgressionState.load",
    "ProgressionState.choose_genre",
    "ProgressionState.choose_tonic",
    "DelayState.load",
    "DelayState.set_tempo",
    "PitchState.load",
    "PitchState.set_old",
    "PitchState.set_new",
    "PitchState.set_key",
    "NoteState.look_up",
    "ListenState.follow",  # sounds on sale
    "ForYouState.load",  # the viewer's own recommendations; none for visitors
    "ModerationState.load",  # only that the page does not exist, for others
    "QueueItemState.set_note",
    "TakenDownState.load",
    "DecisionsState.open",
    "AnnouncementState.dismiss",  # what is announced to everybody
    "OverviewState.load",  # only that the page does not exist, for others
    "JobsState.load",
    "SiteState.load",
    "GlossaryEditState.load",
    "SynonymsState.load",
    "NoticeState.load",  # the form of a notice
    "SelectionState.toggle",  # what is selected on the page
    "InspectionState.load",  # only whether the viewer is an administrator
    "AdminKnowledgeState.load",  # the services answer administrators only
    "MembersState.load",  # these two answer administrators only
    "AuditState.load",
    "MetricsState.load",  # the service answers administrators only
    "BrowseState.load",
    "BrowseState.load_more",
    "PackState.load",
    "CommentsState.load",  # comments and reviews are public
    "CommentsState.sort_by",
    "CommentsState.load_more",
    "CommentsState.answer",  # these open and close forms
    "CommentsState.edit",
    "RatingsState.load",
    "RatingsState.load_more",
    "RatingsState.answer",
    "ReportState.close",
    "ShareState.open",  # a link to a public page
    "ShareState.choose_size",
    "ShareState.close",
    "PurchaseState.open",  # prices are public; the wallet is the own
    "PurchaseState.open_from_address",  # an order is looked up for its owner only
    "PurchaseState.close",
    "CreatorState.load",
    "PortfolioState.load",
    "FollowState.load_creator",  # whether the viewer follows; visitors follow nothing
    "FollowState.load_tag",
    "FollowState.load_collection",
    "FollowState.clear",
    "NewsState.refresh",  # the viewer's own counts; none for visitors
    "CollectionsState.load",  # public collections and the viewer's own
    "CollectionState.load",  # a private one for its owner and collaborators only
    "CollectionState.load_more",
    "CollectionPurchaseState.close",
    "CategoryState.load_genre",
    "CategoryState.load_tag",
    "CertificateState.load",  # anyone can check a licence
    "RegisterState.load",
    "ReturnState.load",
    "ProvidersState.load",  # names of providers
    "SiteTextState.load",  # reads a public file
    "WalletState.choose_bundle",  # only changes a selection
    "WizardState.go_to_step",  # these change a selection, or play a sound on the page
    "WizardState.select",
    "WizardState.select_all",
    "WizardState.open_row",
    "WizardState.replace_file",
    "WizardState.audition",
    "ChatState.load",  # the page is public; a conversation is loaded for its owner only
    "ChatState.edit",  # these open and close elements of the page
    "ChatState.close_comment",
    "MemoryEditState.edit",
    "MemoryEditState.close_undo",
    "UsedMemoryState.close",
    "ChatState.resume",
    "ChatState.leave",
    "DocumentsState.ask_to_remove",
    "SourceState.close",
    "ChatState.new",
    "ChatState.set_temporary",
    "PanelState.toggle",
    "PanelState.close",
    "HistoryState.reset_search",
    "HistoryState.begin_rename",
    "HistoryState.forget_removed",
    "DocumentsState.detach",
    "DocumentsState.detach_all",
}


def test_public_handlers_are_listed():
    public = {
        function.__qualname__  # type: ignore[attr-defined]
        for function in _handlers().values()
        if function.__access__ is not Access.MEMBER  # type: ignore[attr-defined]
    }
    assert public == PUBLIC_HANDLERS


def test_every_setting_is_documented():
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    deployment = (ROOT / "DEPLOYMENT.md").read_text()
    assert names == example
    assert [name for name in sorted(names) if f"`{name}`" not in deployment] == []


def test_hex_colours_are_only_in_the_theme():
    offenders = [
        str(path.relative_to(ROOT))
        for folder in ("pages", "views", "components", "states")
        for path in (ROOT / "askchopper" / folder).rglob("*.py")
        if path.name != "theme.py" and re.search(r"#[0-9a-fA-F]{6}\b", path.read_text())
    ]
    assert offenders == []


def test_every_error_has_a_status_and_a_title():
    from askchopper.errors import AskChopperError

    def tree(kind: type[AskChopperError]) -> list[type[AskChopperError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]

    for kind in tree(AskChopperError):
        assert 400 <= kind.status < 600
        assert kind.title


def test_quality_rules_page_is_current():
    sys.path.insert(0, str(ROOT / "scripts"))
    import quality_rules

    assert quality_rules.PATH.read_text() == quality_rules.text()


def test_limits_page_is_current():
    sys.path.insert(0, str(ROOT / "scripts"))
    import limits_table

    assert limits_table.PATH.read_text() == limits_table.text()


def _lazy_media_imports(function: ast.AsyncFunctionDef) -> set[str]:
    """Modules of ``media`` that a function imports itself."""
    imports = [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
    found: set[str] = set()
    for node in imports:
        _, is_media, package = (node.module or "").partition("askchopper.media")
        if is_media:
            found |= {f"{package}.{alias.name}".removeprefix(".") for alias in node.names if alias.name.islower()}
            found |= {package.removeprefix(".") for alias in node.names if not alias.name.islower()}
    return found


def _loaded_modules(function: ast.AsyncFunctionDef) -> set[str]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if ast.unparse(call.func) == "lazy_imports.load"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_event_loop_never_waits_for_media_imports():
    """The first upload after a start stopped the server for three seconds while scipy was imported."""
    blocking: set[str] = set()
    for path in (ROOT / "askchopper" / "services").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "askchopper.media" not in text:
            continue  # parsing all of them takes seconds
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.AsyncFunctionDef):
                loaded = _loaded_modules(function)
                needed = _lazy_media_imports(function) - {"documents.extract"}  # comes with the reader
                blocking |= {f"{path.name}: {name}" for name in needed - loaded}
    assert blocking == set()
