"""A database and upload folder of the old application, with the names of its tables, in any size."""

import hashlib
import sqlite3
from pathlib import Path

SCHEMA = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT, password_hash TEXT, created_at TEXT, favourite_colour TEXT);
    CREATE TABLE audio_packs (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT, description TEXT, genre TEXT, price INTEGER, tags TEXT, created_at TEXT);
    CREATE TABLE audio_files (id INTEGER PRIMARY KEY, pack_id INTEGER, filename TEXT, file_path TEXT);
    CREATE TABLE chat_messages (id INTEGER PRIMARY KEY, user_id INTEGER, session_id TEXT, thread_id TEXT, role TEXT, content TEXT, created_at TEXT);
    CREATE TABLE user_tokens (id INTEGER PRIMARY KEY, user_id INTEGER, balance INTEGER);
    CREATE TABLE user_downloads (id INTEGER PRIMARY KEY, user_id INTEGER, pack_id INTEGER, downloaded_at TEXT);
    CREATE TABLE user_activity (id INTEGER PRIMARY KEY, user_id INTEGER, activity_type TEXT, details TEXT, created_at TEXT);
    CREATE TABLE feedback (id INTEGER PRIMARY KEY, user_id INTEGER, rating INTEGER, message TEXT, created_at TEXT);
    CREATE TABLE documents (id INTEGER PRIMARY KEY, user_id INTEGER, filename TEXT, file_path TEXT, created_at TEXT);
"""
PASSWORD = "an old password"


def scrypt_hash(password: str, salt: str = "saltsaltsaltsalt") -> str:
    """Hash as werkzeug 3 does, with its default settings."""
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), n=32768, r=8, p=1, maxmem=132 * 32768 * 8 + 2**20)
    return f"scrypt:32768:8:1${salt}${digest.hex()}"


def pbkdf2_hash(password: str, salt: str = "abcdEFGH") -> str:
    """Hash as werkzeug 2 does."""
    return (
        f"pbkdf2:sha256:260000${salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), 260_000).hex()}"
    )


def make(folder: Path, *, members: int = 5, messages: int = 40) -> tuple[Path, Path]:
    """Create the database and the uploads; returns their paths."""
    database, uploads = folder / "ask_chopper.db", folder / "uploads"
    (uploads / "audio").mkdir(parents=True)
    (uploads / "documents").mkdir()
    for number in range(4):
        (uploads / "audio" / f"loop{number}.wav").write_bytes(b"RIFF" + bytes([number]) * 2000)
    (uploads / "audio" / "empty.wav").write_bytes(b"")
    (uploads / "audio" / "tool.exe").write_bytes(b"MZ")
    (uploads / "documents" / "notes.txt").write_text("Keep the bass under the kick.")
    hashes = [scrypt_hash(PASSWORD), pbkdf2_hash(PASSWORD), "md5$x$1234", None]
    connection = sqlite3.connect(database)
    connection.executescript(SCHEMA)
    _fill(connection, "users", [
        (n, f"Member {n}", f"Member{n}@Old.example", hashes[min(n - 1, 3)], "2024-02-03 04:05:06", "green") for n in range(1, members + 1)
    ] + [(members + 1, "Nobody", "no address", None, None, None), (members + 2, "Twice", "member1@old.example", None, "x", None)])  # fmt: skip
    _fill(connection, "audio_packs", [
        (1, 1, "Night Bus", "Slow.", "Hip-Hop", 45, "dusty, slow", "2024-03-01"), (2, 2, "Second", None, "polka", None, None, None),
        (3, 999, "Orphan", "", "", 1, "", None),
    ])  # fmt: skip
    _fill(connection, "audio_files", [
        (1, 1, "Loop One.wav", "uploads/audio/loop0.wav"), (2, 1, "Loop Two.wav", "/srv/app/uploads/audio/loop1.wav"),
        (3, 2, "loop2.wav", "loop2.wav"), (4, 1, "gone.wav", "uploads/audio/gone.wav"), (5, 1, "empty.wav", "uploads/audio/empty.wav"),
        (6, 1, "tool.exe", "uploads/audio/tool.exe"), (7, 3, "loop3.wav", "uploads/audio/loop3.wav"),
        (8, 1, "again.wav", "uploads/audio/loop0.wav"), (9, 1, "escape", "../ask_chopper.db"), (10, 1, "escape", "/etc/passwd"),
    ])  # fmt: skip
    _fill(connection, "user_tokens", [(1, 1, 120), (2, 2, 0), (3, 3, 7), (4, 999, 5)])
    _fill(connection, "chat_messages", [
        (n, 1 + n % members, "s", f"t{n % 3}", ("user", "assistant")[n // members % 2], f"Words {n}\x00", f"2024-05-01 10:{n % 60:02}:00")
        for n in range(messages)
    ])  # fmt: skip
    _fill(connection, "user_downloads", [(1, 3, 1, "2024-06-01"), (2, 4, 3, None)])
    _fill(connection, "user_activity", [(1, 1, "login", '{"ip": "x"}', "2024-06-01"), (2, 999, "login", None, None)])
    _fill(connection, "feedback", [(1, 2, 5, "Great.", "2024-06-02"), (2, None, None, "", None)])
    _fill(
        connection,
        "documents",
        [(1, 1, "notes.txt", "uploads/documents/notes.txt", None), (2, 1, "x", "nothing.pdf", None)],
    )
    connection.commit()
    connection.close()
    return database, uploads


def _fill(connection: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
