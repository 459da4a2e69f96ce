"""Event handlers are remote procedures: called out of order, with wrong types, for objects of other users."""

import pytest
from reflex_base.registry import RegistrationContext

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services import accounts, sessions
from askchopper.services.purchases import checkout
from tests.support.events import full_name, tab, tabs
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.soak import sampled

MEMBER_HANDLERS = {
    "SessionState.open_notifications": {},
    "ResourcesState.toggle_helpful": {"slug": "x"},
    "AnalyticsState.load": {},
    "AnalyticsState.use_zone": {"zone": "Europe/Berlin"},
    "AnalyticsState.choose_zone": {"form": {"zone": "Europe/Berlin"}},
    "AnalyticsState.choose_days": {"form": {"from": "2026-01-01"}},
    "RewardsState.load": {},
    "RewardsState.show": {"zone": "UTC"},
    "RewardsState.refresh": {},
    "RewardsState.claim": {},
    "JobsState.load_more": {},
    "JobsState.retry": {"failure_id": "x"},
    "SiteState.flip": {"name": "uploads", "is_on": False},
    "SiteState.announce": {"form": {"text": "x"}},
    "SiteState.withdraw": {"announcement_id": "x"},
    "SiteState.save_template": {"form": {"title": "x", "text": "x"}},
    "SiteState.delete_template": {"template_id": "x"},
    "GlossaryEditState.find": {"form": {"name": "sidechain"}},
    "GlossaryEditState.save": {"form": {"term": "a", "kind": "theory", "text": "b"}},
    "GlossaryEditState.revert": {"slug": "sidechain"},
    "SynonymsState.search": {"words": "x"},
    "SynonymsState.load_more": {},
    "SynonymsState.add": {"form": {"word": "a", "means": "b"}},
    "SynonymsState.delete": {"word": "a", "means": "b"},
    "DecisionsState.load": {},
    "DecisionsState.appeal": {"form": {"text": "x"}},
    "TakenDownState.lift": {"slug": "x"},
    "ModerationState.show_kind": {"kind": "x"},
    "ModerationState.show_state": {"state": "x"},
    "ModerationState.load_more": {},
    "QueueItemState.open": {"item": "x"},
    "QueueItemState.insert_template": {"template_id": "x"},
    "QueueItemState.take": {},
    "QueueItemState.release": {},
    "QueueItemState.decide": {"verdict": "approved", "item": "draft:0"},
    "QueueItemState.undo": {"decision_id": "0"},
    "SelectionState.decide": {"verdict": "approved"},
    "QueueItemState.send_message": {"form": {"text": "x"}},
    "QueueItemState.set_trust": {"chosen": "trusted"},
    "MembersState.open": {"member_id": "x"},
    "MembersState.set_trust": {"chosen": "trusted"},
    "MembersState.search": {"words": "x"},
    "MembersState.load_more": {},
    "MembersState.suspend": {"form": {"id": "x", "reason": "Because"}},
    "MembersState.lift": {"member_id": "x"},
    "MembersState.set_role": {"member_id": "x", "role": "admin"},
    "MembersState.sign_out": {"member_id": "x"},
    "AuditState.show_action": {"action": "x"},
    "AuditState.load_more": {},
    "AuditState.show_entries": {"form": {"who": "x"}},
    "CommentsState.post": {"form": {"text": "x"}},
    "CommentsState.save": {"form": {"id": "x", "text": "x"}},
    "CommentsState.delete": {"comment_id": "x"},
    "CommentsState.restore": {},
    "RatingsState.rate": {"form": {"stars": "5"}},
    "RatingsState.withdraw": {},
    "RatingsState.save_answer": {"form": {"id": "x", "text": "x"}},
    "ReportState.open": {"target": "pack", "target_id": "x", "title": "x"},
    "ReportState.send": {"form": {"reason": "spam"}},
    "BlocksState.load": {},
    "BlocksState.block": {"member_id": "x", "name": "x"},
    "BlocksState.unblock": {"member_id": "x"},
    "AdminKnowledgeState.keep": {"slug": "x"},
    "AdminKnowledgeState.remove": {"slug": "x"},
    "ArtistState.report": {"form": {"reason": "x"}},
    "PurchaseState.refund": {},
    "PurchaseState.buy": {"attempt": "x"},
    "WalletState.load": {},
    "WalletState.filter_entries": {"kind": "all"},
    "WalletState.load_more": {},
    "WalletState.get_tokens": {"attempt": "x"},
    "PaymentState.load": {},
    "PaymentState.watch": {},
    "PaymentWatcher.watch": {},
    "LibraryState.load": {},
    "LibraryState.load_more": {},
    "LibraryState.toggle": {"row_id": "x"},
    "LibraryState.refund": {"purchase_id": "x"},
    "EarningsState.load": {},
    "EarningsState.load_more": {},
    "EarningsState.request_payout": {"form": {"destination": "x"}},
    "ProfileState.load": {},
    "ProfileState.save": {"form": {"name": "x"}},
    "ProfileState.refresh_picture": {},
    "ProfileState.remove_picture": {},
    "ProfileState.set_sampler_tags": {"is_on": True},
    "SettingsState.load": {},
    "SettingsState.revoke_session": {"session_id": "x"},
    "SettingsState.make_token": {"form": {"name": "x"}},
    "SettingsState.revoke_token": {"token_id": "x"},
    "DeletionState.load": {},
    "MailsState.load": {},
    "MemoryState.load": {},
    "MemoryState.refresh": {},
    "MemoryState.search": {"text": "x"},
    "MemoryState.show_kind": {"kind": "x"},
    "MemoryState.load_more": {},
    "MemoryEditState.add": {"form": {"text": "x"}},
    "MemoryEditState.save": {"form": {"id": "x", "text": "x"}},
    "MemoryEditState.delete": {"memory_id": "x"},
    "MemoryEditState.delete_all": {},
    "MemoryEditState.undo": {},
    "MemoryState.set_used": {"is_used": True},
    "MemoryState.set_open_points": {"is_offered": True},
    "UsedMemoryState.open": {"message_id": "x"},
    "UsedMemoryState.set_conversation": {"conversation_id": "x", "is_used": True},
    "MailsState.set_kind": {"kind": "x", "is_on": True},
    "TwoFactorState.load": {},
    "TwoFactorState.begin": {"form": {"password": "x"}},
    "TwoFactorState.confirm": {"form": {"authentication_code": "x"}},
    "TwoFactorState.renew_codes": {"form": {"authentication_code": "x"}},
    "TwoFactorState.turn_off": {"form": {"authentication_code": "x"}},
    "SignInMethodsState.load": {},
    "SignInMethodsState.unlink": {"provider": "x"},
    "ExportDataState.load": {},
    "ExportDataState.request": {"form": {"password": "x"}},
    "SpotifyState.load": {},
    "SpotifyState.toggle_confirmation": {},
    "SpotifyState.disconnect": {},
    "SpotifyState.set_own_app": {"form": {"client_id": "x"}},
    "SpotifyState.set_sharing": {"is_shared": True},
    "StudioState.load": {},
    "StudioState.withdraw": {"draft_id": "x"},
    "StudioState.discard": {"draft_id": "x"},
    "StudioState.restore_discarded": {"draft_id": "0"},
    "WizardState.load": {},
    "WizardState.start": {},
    "WizardState.draw_cover": {},
    "PackState.load_preview": {},
    "WizardState.refresh": {},
    "WizardState.finish_upload": {"upload_id": "x", "name": "x"},
    "BrowseState.dismiss": {"pack_id": "x"},
    "BrowseState.save": {},
    "BrowseState.list_saved": {},
    "SavedSearchState.edit_name": {"search_id": "x"},
    "SavedSearchState.rename": {"form": {"name": "x"}},
    "SavedSearchState.remove": {"search_id": "x"},
    "SavedSearchState.restore": {"search_id": "0"},
    "WizardState.save": {"field": "title", "value": "x"},
    "WizardState.schedule_release": {"moment": "x"},
    "WizardState.set_file_field": {"file_id": "x", "field": "bpm", "value": "x"},
    "WizardState.set_selected_field": {"field": "bpm", "value": "x"},
    "WizardState.save_typed_value": {"file_id": "x", "field": "bpm", "value": "x"},
    "WizardState.clear_override": {"file_id": "x", "field": "bpm"},
    "WizardState.dismiss_finding": {"file_id": "x", "code": "x"},
    "WizardState.retry_analysis": {"file_id": "x"},
    "WizardState.remove": {"file_id": "x"},
    "WizardState.restore_files": {"first_id": "0"},
    "WizardState.move": {"file_id": "x", "direction": "up"},
    "WizardState.publish": {},
    "WizardState.edit": {},
    "AnalysisWatcher.watch": {},
    "ChatState.refresh": {},
    "ChatState.show_earlier": {},
    "ChatState.finish_answer": {},
    "ChatState.show_title": {},
    "ChatState.send": {"key": "x", "text": "x", "document_ids": ["x"], "page": {"path": "x"}},
    "ChatState.resend": {"form": {"id": "x", "text": "x"}, "page": {}},
    "ChatState.regenerate": {"message_id": "x", "page": {}},
    "ChatState.continue_answer": {"message_id": "x", "page": {}},
    "ChatState.stop": {},
    "ChatState.choose_version": {"message_id": "x"},
    "ChatState.rate": {"message_id": "x", "value": 1},
    "ChatState.comment": {"form": {"comment": "x"}},
    "ChatState.keep": {},
    "ChatState.decline": {"message_id": "x", "ref": "x"},
    "SourceState.open": {"message_id": "x", "number": 1},
    "HistoryState.load": {},
    "HistoryState.open": {},
    "HistoryState.search": {"text": "x"},
    "HistoryState.load_more": {},
    "HistoryState.rename": {"form": {"title": "x"}},
    "HistoryState.pin": {"conversation_id": "x", "is_pinned": True},
    "HistoryState.remove": {"conversation_id": "x"},
    "HistoryState.restore": {},
    "DocumentsState.load": {},
    "DocumentsState.load_more": {},
    "DocumentsState.attach": {"document_id": "x"},
    "DocumentsState.remove": {"document_id": "x"},
    "UsageState.load": {},
    "LikesState.load": {},
    "LikesState.load_more": {},
    "CollectionsState.create": {"form": {"title": "x"}},
    "CollectionState.move": {"entry_id": "x", "place": 0},
    "CollectionState.remove_entry": {"entry_id": "x"},
    "CollectionState.annotate": {"form": {"entry": "x", "note": "x"}},
    "CollectionState.join": {},
    "CollectionState.leave": {},
    "CollectionOwnerState.save": {"form": {"title": "x"}},
    "CollectionOwnerState.delete": {},
    "CollectionOwnerState.invite": {},
    "CollectionOwnerState.withdraw_invitation": {},
    "CollectionOwnerState.remove_collaborator": {"user_id": "x"},
    "CollectionPurchaseState.open": {},
    "CollectionPurchaseState.buy": {"attempt": "x"},
    "FeedState.load": {},
    "FeedState.load_more": {},
    "NotificationsState.load": {},
    "NotificationsState.load_more": {},
    "NotificationsState.switch": {"kind": "x", "is_on": True},
    "CreatorPageState.load": {},
    "CreatorPageState.save_address": {"form": {"slug": "x"}},
    "CreatorPageState.feature": {"slug": "x", "is_on": True},
    "CreatorPageState.refresh": {},
    "CreatorPageState.remove_banner": {},
    "TasteState.load": {},
    "TasteState.correct": {"facet": "genre", "value": "x", "choice": "more"},
    "TasteState.reset_taste": {},
    "TasteState.undo": {},
    "TasteState.finish_import": {},
    "ForYouState.dismiss": {"pack_id": "x"},
    "ForYouState.restore": {"pack_id": "0"},
    "InspectionState.inspect": {"form": {"email": "x", "reason": "x"}},
}

# The first, the fourth and the last are sent in the gate.
JUNK = ("\x00\ud800", None, -1, {"a": [1]}, 1e308, "x" * 20_000, "' OR 1=1 --")


def test_every_member_handler_has_a_row_in_the_matrix():
    import askchopper.askchopper  # noqa: F401 - registers every state

    member = {
        entry.handler.fn.__qualname__
        for entry in RegistrationContext.get().event_handlers.values()
        if getattr(entry.handler.fn, "__access__", None) == "member"
    }
    assert member == set(MEMBER_HANDLERS)


@pytest.mark.parametrize("state", sorted({handler.partition(".")[0] for handler in MEMBER_HANDLERS}))
async def test_anonymous_is_redirected_to_sign_in(db: None, state: str):
    private = ("items", "lines", "sessions", "tokens", "new_token", "notices", "total", "is_dialog_open")
    for handler in [one for one in MEMBER_HANDLERS if one.startswith(f"{state}.")]:
        async with tab() as visitor:
            changed = await visitor.send(handler, "/wallet", **MEMBER_HANDLERS[handler])
            assert "/login?next=%2Fwallet" in visitor.told(), handler
        assert [name for name in private if changed.get(name)] == [], handler


@pytest.mark.parametrize("handler", MEMBER_HANDLERS)
async def test_invalid_arguments_never_break_a_handler(db: None, handler: str):
    names = MEMBER_HANDLERS[handler]
    for junk in sampled(JUNK) if names else JUNK[:1]:  # without arguments, each call is the same
        async with tab(await make_user(tokens=5)) as member:
            await member.send(handler, "/wallet", **dict.fromkeys(names, junk))
            assert "Reference" not in member.told(), junk


async def _bought(pack, buyer: Viewer) -> str:
    async with transaction() as session:
        receipt = await checkout.buy(
            session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="a-key-of-enough-length"
        )
    return receipt.purchase_id


async def test_purchases_of_other_members_are_protected(db: None):
    pack = await make_pack(await make_creator())
    buyer, other = await make_user(tokens=500), await make_user(tokens=500)
    purchase_id = await _bought(pack, buyer)
    async with tab(other) as other_tab:
        await other_tab.send("LibraryState.refund", "/library", purchase_id=purchase_id)
        assert "toast" in other_tab.told()
        await other_tab.send("LibraryState.toggle", "/library", row_id=pack.slug)
        assert other_tab.vars.get("open_id", "") == ""


async def test_sessions_of_other_members_are_protected(db: None):
    victim, attacker = await make_user(), await make_user()
    async with tab(attacker) as attack:
        await attack.send("SettingsState.revoke_session", "/settings", session_id=str(victim.session_id))
    async with transaction() as session:
        lines = await sessions.list_sessions(session, victim)
    assert [line.id for line in lines] == [str(victim.session_id)]


async def test_sign_out_revokes_every_open_tab(db: None):
    member = await make_user(tokens=10)
    async with tabs(member) as (open_tab,):
        await open_tab.send("WalletState.load", "/wallet")
        assert open_tab.vars["total"] == "10"
        async with transaction() as session:
            await accounts.sign_out_everywhere(session, member)
        await open_tab.send("WalletState.load", "/wallet")
        assert "/login" in open_tab.told()


async def test_stolen_tab_token_gets_empty_state(db: None):
    owner, thief = await make_user(name="Owner Name", tokens=987_654), await make_user()
    async with tabs(owner, thief) as (first, second):
        await first.send("SessionState.load")
        await first.send("WalletState.load", "/wallet")
        second.token = first.token
        seen = await second.send("SessionState.load")
    assert seen["balance"] == "0"
    assert "Owner Name" not in str(seen)
    assert "987" not in str(seen)


async def test_framework_setter_is_disabled(db: None):
    async with tab(await make_user()) as member:
        name = full_name("WalletState.load").replace(".load", ".setvar")
        await member.send_raw(name, var_name="total", value="999")
        assert member.vars.get("total") != "999"


async def test_access_token_is_shown_once(db: None):
    async with tab(await make_user()) as member:
        await member.send("SettingsState.load", "/settings")
        await member.send("SettingsState.make_token", "/settings", form={"name": "backup script"})
        assert len(member.vars["new_token"]) > 30
        await member.send("SettingsState.load", "/settings")
        assert member.vars["new_token"] == ""
        assert member.vars["tokens"][0]["name"] == "backup script"
        await member.send("SettingsState.revoke_token", "/settings", token_id=member.vars["tokens"][0]["id"])
        assert member.vars["tokens"] == []
