"""All SQL of Hevesy stands here, so that another database may follow."""

from __future__ import annotations

CREATE = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE entry (
    sequence       INTEGER PRIMARY KEY,
    recorded_at    TEXT NOT NULL,
    who            TEXT NOT NULL,
    action         TEXT NOT NULL,
    source_sha256  TEXT,
    line           INTEGER,
    key            TEXT NOT NULL,
    content        TEXT,
    reason         TEXT,
    previous_hash  TEXT NOT NULL,
    hash           TEXT NOT NULL
) STRICT;
CREATE TRIGGER entry_is_never_updated BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: an entry is never updated'); END;
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: an entry is never deleted'); END;
CREATE TRIGGER entry_continues_the_chain BEFORE INSERT ON entry
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry)
  OR NEW.previous_hash IS NOT coalesce((SELECT hash FROM entry ORDER BY sequence DESC LIMIT 1), '')
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: an entry continues the chain at its end'); END;
"""
"""An INSERT OR REPLACE reaches neither the update nor the delete trigger; the chain check of the insert stops it."""

ON_OPEN = "PRAGMA synchronous = FULL"
WAIT_FOR_WRITER = "PRAGMA busy_timeout = 10000"
BEGIN = "BEGIN IMMEDIATE"
COMMIT = "COMMIT"
ROLLBACK = "ROLLBACK"
COLUMNS = "sequence, recorded_at, who, action, source_sha256, line, key, content, reason, previous_hash, hash"
"""In the order of ledger.Entry."""
APPEND = f"INSERT INTO entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
LAST_TIME = "SELECT recorded_at FROM entry ORDER BY sequence DESC LIMIT 1"
STATE = "SELECT max(sequence) FROM entry WHERE substr(hash, 1, ?) = ?"
SINCE = "SELECT who, count(*), max(recorded_at) FROM entry WHERE sequence > ? GROUP BY who ORDER BY max(sequence) DESC"
ALL_INTO_ONE_FILE = "PRAGMA wal_checkpoint(TRUNCATE)"
SCHEMA = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)
ALL = f"SELECT {COLUMNS} FROM entry ORDER BY sequence"
HEAD = "SELECT sequence, hash FROM entry ORDER BY sequence DESC LIMIT 1"
