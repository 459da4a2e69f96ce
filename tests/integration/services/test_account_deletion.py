"""Deleting an account: what is gone in every table and in the store, and what buyers keep."""

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.services import account_deletion, account_mails, accounts, storage_maintenance, wallet
from askchopper.services.knowledge import ingestion
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.services.search import text_query
from tests.support.clients import JSON, api_client
from tests.support.factories import PASSWORD, MadePack, balance_of, check_ledger, make_creator, make_pack, make_user
from tests.support.smtp import smtp_server
from tests.support.studio import new_draft, send, work
from tests.support.studio_sounds import hit

pytestmark = pytest.mark.integration
NAME, EMAIL = "Zelda Quillfeather", "zelda@quillfeather.test"
_REFERENCES = """
    SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass
"""
# Rows of the features that need a vendor or a model; the others are made through the product.
_ROWS = (
    "INSERT INTO password_resets (token_hash, user_id, expires_at) VALUES ('x', '{user}', now())",
    "INSERT INTO personal_tokens (id, user_id, name, token_hash) VALUES (gen_random_uuid(), '{user}', 'Quillfeather', 'x')",
    "INSERT INTO data_exports (id, user_id, state, size_bytes, store_key, expires_at)"
    " VALUES ('{one}', '{user}', 'ready', 1, 'exports/{one}.zip', now())",
    "INSERT INTO provider_identities (id, user_id, provider, issuer, subject, email)"
    " VALUES ('{one}', '{user}', 'oidc', 'https://id.test', 's', 'quillfeather@id.test')",
    "INSERT INTO provider_logins (state_hash, browser_hash, provider, nonce, verifier, user_id, next_path)"
    " VALUES ('x', 'x', 'oidc', 'n', 'v', '{user}', '/')",
    "INSERT INTO two_factor_secrets (user_id, secret, last_step) VALUES ('{user}', 's', 0)",
    "INSERT INTO recovery_codes (user_id, code_hash) VALUES ('{user}', 'c')",
    "INSERT INTO email_changes (token_hash, user_id, email) VALUES ('x', '{user}', 'quillfeather@new.test')",
    "INSERT INTO mail_choices (user_id, kind, is_on) VALUES ('{user}', 'news', true)",
    "INSERT INTO plays (id, user_id, pack_id, seconds_heard) SELECT gen_random_uuid(), '{user}', id, 9 FROM packs LIMIT 1",
    "INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary) VALUES ('{one}', '{user}', 'Quillfeather', false, false, false)",
    "INSERT INTO messages (id, conversation_id, role, status, writer, words, segments, document_ids, follow_ups, problem, model, rounds,"
    " input_tokens, output_tokens, cost_microdollars)"
    " VALUES ('{one}', '{one}', 'user', 'complete', 'model', 'Quillfeather', '[]', '{{}}', '{{}}', '', '', 0, 0, 0, 0)",
    "INSERT INTO memory_entities (id, user_id, name, entity_type) VALUES ('{one}', '{user}', 'Quillfeather', 'member')",
    "INSERT INTO memory_observations (id, user_id, entity_id, content, kind, origin, version, source_message_id)"
    " VALUES (gen_random_uuid(), '{user}', '{one}', 'Quillfeather', 'note', 'chat', 1, '{one}')",
    "INSERT INTO memory_relations (id, user_id, from_name, to_name, relation_type)"
    " VALUES (gen_random_uuid(), '{user}', 'Quillfeather', 'b', 'c')",
    "INSERT INTO memory_settings (user_id, is_paused, offers_open_points) VALUES ('{user}', false, true)",
    "INSERT INTO forgotten_facts (user_id, fingerprint) VALUES ('{user}', 'abc')",
    "INSERT INTO forgotten_messages (message_id, user_id) VALUES ('{one}', '{user}')",
    "INSERT INTO conversation_gists (conversation_id, user_id, gist, words, is_written, open_point)"
    " VALUES ('{one}', '{user}', 'Quillfeather', '', false, '')",
    "INSERT INTO answer_feedback (message_id, user_id, value, comment) VALUES ('{one}', '{user}', 1, 'Quillfeather')",
    "INSERT INTO user_feedback (id, user_id, source, message, reference, event_id, page)"
    " VALUES (gen_random_uuid(), '{user}', 'error', 'Quillfeather', '', '', '')",
    "INSERT INTO token_orders (id, user_id, tokens, cents, currency, status, idempotency_key, item_ref, licence_kind, price_tokens,"
    " checkout_url, charged_cents, refunded_cents, dispute_status, disputed_cents, reversed_tokens, adjustments, payer_hashes)"
    " VALUES (gen_random_uuid(), '{user}', 5, 50, 'EUR', 'expired', 'k', '', '', 0, '', 0, 0, 'none', 0, 0, 0, '{{quillfeather}}')",
    "INSERT INTO payouts (id, user_id, tokens, cents, currency, destination, status, reason, settled_at)"
    " VALUES (gen_random_uuid(), '{user}', 5, 50, 'EUR', '1234', 'refused', 'No', now())",
    "INSERT INTO chat_usage (user_id, day, model, answers, input_tokens, output_tokens, cost_microdollars)"
    " VALUES ('{user}', now(), 'm', 1, 1, 1, 1)",
    "INSERT INTO documents (id, user_id, title, kind, media_type, size_bytes, sha256, store_key, state, problem, characters,"
    " tokens_estimate, facts) VALUES ('{one}', '{user}', 'Quillfeather.txt', 'text', 'text/plain', 1, 'd', 'documents/{one}/o', 'reading',"
    " '', 0, 0, '{{}}')",
    "INSERT INTO query_sounds (id, user_id, name, embedding, embedding_version, facts)"
    " VALUES (gen_random_uuid(), '{user}', 'Quillfeather', '{{}}', 1, '{{}}')",
    "INSERT INTO saved_searches (id, user_id, name, query, new_count) VALUES (gen_random_uuid(), '{user}', 'Quillfeather', 'q=a', 0)",
    "INSERT INTO resource_marks (resource, user_id) VALUES ('sos-techniques', '{user}')",
    "INSERT INTO comments (id, pack_id, user_id, text) SELECT '{one}', id, '{user}', 'Quillfeather' FROM packs LIMIT 1",
    "INSERT INTO comment_edits (id, comment_id, text) VALUES (gen_random_uuid(), '{one}', 'Quillfeather')",
    "INSERT INTO ratings (id, pack_id, user_id, stars, text, basis, answer) SELECT gen_random_uuid(), id, '{user}', 5, 'Quillfeather', 'heard', ''"
    " FROM packs LIMIT 1",
    "INSERT INTO blocks (blocker_id, blocked_id) SELECT '{user}', id FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO blocks (blocker_id, blocked_id) SELECT id, '{user}' FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO reports (id, reporter_id, owner_id, target, target_id, reason, text, content, decided_by) SELECT gen_random_uuid(), '{user}', id,"
    " 'member', id, 'spam', '', '{{}}', '{user}' FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO reports (id, owner_id, target, target_id, reason, text, content) VALUES (gen_random_uuid(), '{user}', 'comment', '{one}', 'spam',"
    " '', '{{\"text\": \"Quillfeather\"}}')",
    "INSERT INTO takedowns (id, pack_id, reason, decided_by, lifted_at) SELECT gen_random_uuid(), id, 'r', '{user}', now() FROM packs LIMIT 1",
    "UPDATE reward_profiles SET code = 'quillfeather', streak = 1, longest_streak = 1 WHERE user_id = '{user}'",
    "INSERT INTO spotify_listening (user_id, day, seconds) VALUES ('{user}', current_date, 60)",
    "INSERT INTO rewards (id, user_id, kind, source, tokens, state, reason, decided_by)"
    " VALUES (gen_random_uuid(), '{user}', 'daily', '2026-11-29', 1, 'given', '', NULL)",
    "INSERT INTO rewards (id, user_id, kind, source, tokens, state, reason, decided_by) SELECT gen_random_uuid(), id, 'daily', 'x', 1, 'given',"
    " '', '{user}' FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO referrals (friend_id, referrer_id, suspicion) SELECT '{user}', id, '' FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO referrals (friend_id, referrer_id, suspicion) SELECT id, '{user}', '' FROM users WHERE id <> '{user}' LIMIT 1",
    "INSERT INTO artist_reports (id, slug, user_id, reason) VALUES (gen_random_uuid(), 'burial', '{user}', 'Quillfeather')",
    "INSERT INTO suspensions (user_id, reason) VALUES ('{user}', 'Quillfeather')",
    "INSERT INTO audit_log (actor_id, action, target, target_id, reason, before, after) VALUES ('{user}', 'a', 'member', 'x', '', '{{}}', '{{}}')",
    "INSERT INTO moderation_claims (item, user_id) VALUES ('draft:x', '{user}')",
    "INSERT INTO moderation_decisions (id, item, kind, verdict, actor_id, title, note, before)"
    " VALUES (gen_random_uuid(), 'draft:x', 'pack', 'returned', '{user}', 't', '', '{{}}')",
    "INSERT INTO moderation_decisions (id, item, kind, verdict, owner_id, title, note, before)"
    " VALUES ('{one}', 'draft:y', 'pack', 'returned', '{user}', 'Quillfeather', '', '{{}}')",
    "INSERT INTO moderation_messages (id, item, author_id, text, is_private) VALUES (gen_random_uuid(), 'draft:x', '{user}', 't', true)",
    "INSERT INTO moderation_messages (id, item, recipient_id, text, is_private)"
    " VALUES (gen_random_uuid(), 'draft:y', '{user}', 'Quillfeather', false)",
    "INSERT INTO appeals (id, decision_id, user_id, text, answer, decided_by)"
    " VALUES (gen_random_uuid(), '{one}', '{user}', 'Quillfeather', '', '{user}')",
    "INSERT INTO legal_notices (id, kind, pack_id, user_id, name, email, work, place, signature, answer, decided_by)"
    " SELECT gen_random_uuid(), 'counter', id, '{user}', 'Quillfeather', 'q@example.test', 'w', 'p', 's', '', '{user}' FROM packs LIMIT 1",
    "INSERT INTO spotify_tokens (user_id, scopes, client_id, own_client_id, is_shared_with_assistant, device_id, ended_because)"
    " VALUES ('{user}', '', '', '', false, '', '')",
    "INSERT INTO spotify_logins (state_hash, user_id, verifier, client_id, next_path) VALUES ('x', '{user}', 'x', '', '/')",
    "INSERT INTO likes (id, user_id, pack_id) SELECT gen_random_uuid(), '{user}', id FROM packs LIMIT 1",
    "INSERT INTO collections (id, user_id, slug, title, description, visibility, item_count)"
    " VALUES ('{one}', '{user}', 'quillfeather', 'Quillfeather', '', 'public', 0)",
    "INSERT INTO collection_items (id, collection_id, position, is_sound, title, note, added_by)"
    " VALUES ('{one}', '{one}', 0, false, 'Quillfeather', '', '{user}')",
    "INSERT INTO collection_members (collection_id, user_id) VALUES ('{one}', '{user}')",
    "INSERT INTO follows (id, user_id, collection_id) VALUES ('{one}', '{user}', '{one}')",
    "INSERT INTO feed_events (id, kind, source, collection_id) VALUES ('{one}', 'collection', 'x', '{one}')",
    "INSERT INTO feed_entries (user_id, event_id, follow_id) VALUES ('{user}', '{one}', '{one}')",
    "INSERT INTO feed_readings (user_id) VALUES ('{user}')",
    "INSERT INTO notification_choices (user_id, kind, is_on) VALUES ('{user}', 'like', false)",
    "INSERT INTO taste_signals (user_id, kind, traits) VALUES ('{user}', 'fact', '[]')",
    "INSERT INTO taste_weights (user_id, facet, value, kind, weight, times) VALUES ('{user}', 'genre', 'house', 'fact', 1, 1)",
    "INSERT INTO taste_profiles (user_id, half_life_days) VALUES ('{user}', 30)",
    "INSERT INTO taste_corrections (user_id, facet, value, choice) VALUES ('{user}', 'genre', 'house', 'more')",
    "INSERT INTO taste_dismissals (user_id, pack_id) SELECT '{user}', id FROM packs LIMIT 1",
    "INSERT INTO taste_picks (user_id, pack_id, position, why, is_exploration) SELECT '{user}', id, 0, 'w', false FROM packs LIMIT 1",
    "INSERT INTO recommendation_impressions (user_id, pack_id) SELECT '{user}', id FROM packs LIMIT 1",
    "INSERT INTO taste_inspections (id, user_id, admin_id, reason) VALUES (gen_random_uuid(), '{user}', '{user}', 'Quillfeather')",
    "UPDATE users SET bio = 'Quillfeather', links = '{{https://quillfeather.test}}', picture_key = 'quillfeather' WHERE id = '{user}'",
)


async def plan(viewer: Viewer, password: str = "") -> None:
    async with transaction() as session:
        await account_deletion.plan(session, viewer, password=password)


async def end_grace(viewer: Viewer) -> None:
    async with transaction() as session:
        await session.execute(
            text("UPDATE users SET delete_after = now() - interval '1 second' WHERE id = :id"), {"id": viewer.user_id}
        )


async def finish_due() -> None:
    for user_id in await account_deletion.list_due():
        await account_deletion.finish(user_id)


async def delete_account(viewer: Viewer) -> None:
    await plan(viewer)
    await end_grace(viewer)
    await finish_due()


async def buy(buyer: Viewer, pack: MadePack, *, file_id: str | None = None) -> str:
    async with transaction() as session:
        receipt = await checkout.buy(
            session, buyer, pack_slug=None if file_id else pack.slug, file_id=file_id, price_tokens=5 if file_id else pack.price_tokens,
            key=uuid.uuid4().hex,
        )  # fmt: skip
    return receipt.purchase_id


async def download(viewer: Viewer, file_id: str) -> None:
    async with transaction() as session:
        await downloads.start_file_download(session, viewer, file_id=file_id)


async def delete_files(data_dir: Path) -> None:
    """Run what deletes files and words: jobs of documents, released files, and the nightly jobs, as if a day had passed."""
    for name, arguments in await work():
        if name == "forget_document":
            await ingestion.delete_files(uuid.UUID(arguments["document_id"]))
    await storage_maintenance.delete_released(store())
    yesterday = time.time() - 2 * 86_400
    for path in (data_dir / "files").rglob("*"):
        os.utime(path, (yesterday, yesterday))
    await storage_maintenance.collect_garbage(store(), is_dry_run=False)
    async with transaction() as session:
        await text_query.refresh_vocabulary(session)


@pytest.fixture
def references(as_owner) -> Callable[[uuid.UUID], dict[str, int]]:
    """Count the rows that refer to a user, by column."""

    def count(user_id: uuid.UUID) -> dict[str, int]:
        columns = as_owner(_REFERENCES)
        return {
            f"{table}.{column}": as_owner(f"SELECT count(*) FROM {table} WHERE {column} = '{user_id}'")[0][0]
            for table, column in columns
        }

    return count


@pytest.fixture
def all_rows(as_owner) -> Callable[[], dict[str, str]]:
    """Return every row of every table as text."""

    def read() -> dict[str, str]:
        tables = as_owner(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'jobs')"
        )
        return {table: str(as_owner(f"SELECT t::text FROM {table} t")) for (table,) in tables}

    return read


async def full_account(as_owner) -> tuple[Viewer, MadePack, MadePack, Viewer]:
    """A creator with rows in every table that refers to users, one sold and one unsold pack, and their buyer."""
    member = await make_creator(name=NAME, slug="quillfeather")
    buyer = await make_user(tokens=100)
    async with transaction() as session:
        await session.execute(text("UPDATE users SET email = :e WHERE id = :id"), {"e": EMAIL, "id": member.user_id})
    async with transaction() as session:
        await wallet.grant(session, user_id=member.user_id, tokens=9, is_bonus=False, key="start", memo="Start")
    sold, unsold = await make_pack(member, files=3, description="Quillfeather"), await make_pack(member, files=2)
    await buy(buyer, sold, file_id=sold.file_ids[0])
    other = await make_pack(await make_creator(), price=0)
    await buy(member, other)
    await download(member, other.file_ids[0])
    draft_id = await new_draft(member)
    await send(member, draft_id, "quillfeather.wav", hit(seed=7))
    await work()
    one = uuid.uuid4()
    as_owner(*(row.format(user=member.user_id, one=one) for row in _ROWS))
    await store().put(f"documents/{one}/o", b"Quillfeather")
    await store().put(f"exports/{one}.zip", b"Quillfeather")
    await store().put("covers/quillfeather/320.webp", b"picture")
    return member, sold, unsold, buyer


async def test_every_reference_is_deleted_or_kept_on_purpose(db, as_owner, references):
    member, *_ = await full_account(as_owner)
    await plan(member)  # notifies
    before = references(member.user_id)
    empty = {column for column, rows in before.items() if not rows} - {"released_files.user_id"}
    assert empty == set(), "give the account of this test a row in these columns"
    await end_grace(member)
    await finish_due()
    after = references(member.user_id)
    assert {column for column, rows in after.items() if rows} <= set(account_deletion.KEPT)
    handled = {
        f"{column.table.name}.{column.name}" for column in (*account_deletion.DELETED, *account_deletion.ANONYMISED)
    }
    assert handled | set(account_deletion.KEPT) == set(before)


async def test_no_row_and_no_file_tells_who_it_was(db, as_owner, all_rows, data_dir: Path):
    member, sold, unsold, _ = await full_account(as_owner)
    await delete_account(member)
    files_of_buyers = as_owner(f"SELECT master_key, preview_key FROM audio_files WHERE id = '{sold.file_ids[0]}'")[0]
    await delete_files(data_dir)
    licences = all_rows().pop("public.licences")
    assert NAME in licences  # as the creator, in the certificate of the buyer
    assert EMAIL not in licences
    for table, rows in all_rows().items():
        if table != "public.licences":
            assert "quillfeather" not in rows.lower(), table
    assert as_owner("SELECT count(*) FROM released_files") == [(0,)]
    stored = {stored.key async for stored in store().list_files()}
    others = as_owner("SELECT master_key FROM audio_files UNION SELECT preview_key FROM audio_files")
    assert {
        key for key in stored if key.startswith(("masters/", "previews/", "documents/", "covers/", "exports/"))
    } <= {key for (key,) in others}
    assert set(files_of_buyers) <= stored
    assert as_owner(f"SELECT count(*) FROM packs WHERE id = '{unsold.id}'") == [(0,)]


async def test_buyers_keep_what_they_bought(db, as_owner, data_dir: Path):
    member, sold, _, buyer = await full_account(as_owner)
    refunded = await make_pack(member, files=1, price=0)
    purchase_id = await buy(buyer, refunded)
    async with transaction() as session:
        await refunds.refund(session, buyer, purchase_id=purchase_id)
    await delete_account(member)
    await delete_files(data_dir)
    async with api_client(buyer) as client:
        library = (await client.get("/api/v1/me/library")).json()["items"]
        assert [item["pack"]["title"] for item in library] == [f"{sold.slug.replace('pack-', 'Pack ')}"]
        assert library[0]["pack"]["creator"]["name"] == policy.DELETED_MEMBER
        answer = await client.get(f"/api/v1/library/files/{sold.file_ids[0]}/download")
        assert (await client.get(answer.headers["location"])).status_code == 200
        assert (await client.get(f"/api/v1/packs/{sold.slug}")).status_code == 404
        assert (await client.get("/api/v1/creators/quillfeather")).status_code == 404
    report = await check_ledger()
    assert report.problems == ()
    assert await balance_of(buyer) == 95


async def test_deleted_member_cannot_sign_in_and_the_address_is_free(db):
    member = await make_user(email=EMAIL, name=NAME)
    async with api_client(member) as client:
        await delete_account(member)
        assert (await client.get("/api/v1/me")).status_code == 401
        login = await client.post("/auth/login", data={"email": EMAIL, "password": PASSWORD}, headers=JSON)
        assert login.status_code == 401
        fields = {"email": EMAIL, "password": PASSWORD, "display_name": "New"}
        assert (await client.post("/auth/register", data=fields, headers=JSON)).status_code == 200


async def test_grace_ends_only_for_those_who_do_not_keep_the_account(db):
    member = await make_user(email=EMAIL)
    async with api_client(member) as client:
        answer = await client.post("/auth/delete-account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings?done=deletion")
        await finish_due()
        login = await client.post("/auth/login", data={"email": EMAIL, "password": PASSWORD, "next": "/wallet"})
        assert login.headers["location"] == "/settings"
        assert (await client.post("/auth/keep-account")).status_code == 303
        await finish_due()
        assert (await client.get("/api/v1/me")).json()["email"] == EMAIL
        login = await client.post("/auth/login", data={"email": EMAIL, "password": PASSWORD, "next": "/wallet"})
        assert login.headers["location"] == "/wallet"


async def test_old_session_needs_the_password(db, as_owner):
    member = await make_user()
    as_owner("UPDATE sessions SET created_at = now() - interval '1 hour'")
    for wrong in ("", "wrong one"):
        with pytest.raises(InvalidInputError, match="The password is wrong"):
            await plan(member, wrong)
    await plan(member, PASSWORD)


async def test_deletion_that_failed_midway_is_repeated(db, as_owner, monkeypatch):
    member, *_ = await full_account(as_owner)
    tombstone = account_deletion._make_tombstone

    async def fail(*_words: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(account_deletion, "_make_tombstone", fail)
    with pytest.raises(RuntimeError):
        await delete_account(member)
    assert as_owner(f"SELECT count(*) FROM drafts WHERE user_id = '{member.user_id}'") == [(1,)]
    monkeypatch.setattr(account_deletion, "_make_tombstone", tombstone)
    await finish_due()
    await account_deletion.finish(member.user_id)
    assert as_owner(f"SELECT count(*) FROM drafts WHERE user_id = '{member.user_id}'") == [(0,)]
    assert await account_deletion.list_due() == ()


async def test_database_refuses_to_pseudonymise_an_account_that_stays(db):
    member = await make_user()
    with pytest.raises(Exception, match="not to be deleted"):
        async with transaction() as session:
            await session.execute(text("SELECT account_pseudonymise(:u, 'a', 'b')"), {"u": member.user_id})


async def test_owner_gets_mails(db):
    member = await make_user(email=EMAIL)
    with smtp_server() as mails:
        async with api_client(member) as client:
            await client.post("/auth/delete-account")
        await end_grace(member)
        await finish_due()
    assert ["Your account will be deleted" in mails[0], "Your account was deleted" in mails[1]] == [True, True]
    await account_mails.send_deleted(accounts.AccountMail(member.user_id, EMAIL, NAME))  # nothing without a mail server


async def test_plan_is_shown_in_the_settings(db):
    from tests.support.events import tab

    member = await make_user()
    await plan(member)
    async with tab(member) as opened:
        await opened.send("DeletionState.load", "/settings")
        async with read_only() as session:
            planned = await account_deletion.find_plan(session, member.user_id)
        assert planned
        assert opened.vars["day"] == planned.day
