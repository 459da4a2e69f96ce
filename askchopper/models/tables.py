"""The tables as SQLAlchemy objects, for statements that name columns instead of loading whole rows."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from askchopper.models import (
    accounts,
    activity,
    analysis,
    assistant,
    catalogue,
    drafts,
    knowledge,
    purchases,
    search,
    spotify,
    uploads,
    wallet,
)

# Tables exist in the metadata only once their modules are imported.
_ROOMS = (
    accounts,
    activity,
    analysis,
    assistant,
    catalogue,
    drafts,
    knowledge,
    purchases,
    search,
    spotify,
    uploads,
    wallet,
)
_TABLES: dict[str, Table] = dict(SQLModel.metadata.tables)

users = _TABLES["users"]
sessions = _TABLES["sessions"]
password_resets = _TABLES["password_resets"]
personal_tokens = _TABLES["personal_tokens"]

creators = _TABLES["creators"]
genres = _TABLES["genres"]
tags = _TABLES["tags"]
packs = _TABLES["packs"]
pack_tags = _TABLES["pack_tags"]
audio_files = _TABLES["audio_files"]
licence_texts = _TABLES["licence_texts"]
licence_offers = _TABLES["licence_offers"]

wallets = _TABLES["wallets"]
ledger_accounts = _TABLES["ledger_accounts"]
ledger_transactions = _TABLES["ledger_transactions"]
ledger_entries = _TABLES["ledger_entries"]

purchase_rows = _TABLES["purchases"]
licences = _TABLES["licences"]
downloads = _TABLES["downloads"]

upload_rows = _TABLES["uploads"]
draft_rows = _TABLES["drafts"]
draft_files = _TABLES["draft_files"]
analyses = _TABLES["analyses"]

documents = _TABLES["documents"]
document_pages = _TABLES["document_pages"]
document_passages = _TABLES["document_passages"]

plays = _TABLES["plays"]
activity_rows = _TABLES["activity"]
notifications = _TABLES["notifications"]
rate_limit_hits = _TABLES["rate_limit_hits"]
rate_limit_refusals = _TABLES["rate_limit_refusals"]

search_vocabulary = _TABLES["search_vocabulary"]
search_synonyms = _TABLES["search_synonyms"]
similarity_spaces = _TABLES["similarity_spaces"]
file_vectors = _TABLES["file_vectors"]
pack_vectors = _TABLES["pack_vectors"]
query_sounds = _TABLES["query_sounds"]
saved_searches = _TABLES["saved_searches"]

conversations = _TABLES["conversations"]
messages = _TABLES["messages"]
answer_feedback = _TABLES["answer_feedback"]
chat_usage = _TABLES["chat_usage"]

spotify_tokens = _TABLES["spotify_tokens"]
spotify_logins = _TABLES["spotify_logins"]
