"""What the ledger adds up to does not depend on how the rows arrived, only on the last row of each key."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from hevesy.record.ledger import Entry
from tests.conftest import played

keys = st.sampled_from([f"source|{name}" for name in "abcde"])
values = st.dictionaries(st.sampled_from(["x", "y"]), st.one_of(st.none(), st.text(max_size=3)), min_size=1)
actions = st.lists(st.tuples(st.sampled_from(["deliver", "deliver", "withdraw"]), keys, values), max_size=40)


def entries_of(
    steps: list[tuple[str, str, dict[str, str | None]]],
) -> tuple[list[Entry], dict[str, dict[str, str | None]], set[str]]:
    """Entries as an import would write them, and the plain dictionary they should add up to."""
    state: dict[str, dict[str, str | None]] = {}
    gone: set[str] = set()
    entries: list[Entry] = []

    def write(action: str, key: str, content: str | None) -> None:
        number = len(entries) + 1
        entries.append(
            Entry(sequence=number, recorded_at=f"2026-01-01T00:00:{number:02d}.000000Z", who="t", action=action, source_sha256=None, line=None,
                  key=key, content=content, reason="r", previous_hash="", hash=f"{number:064x}")
        )  # fmt: skip

    for step, key, row in steps:
        if step == "withdraw":
            if key in state:
                write("withdrawal", key, None)
                del state[key]
                gone.add(key)
        elif state.get(key) != row:
            write("correction" if key in state else "row", key, json.dumps(row))
            state[key] = row
            gone.discard(key)
    return entries, state, gone


@given(actions)
def test_the_state_is_the_last_row_of_each_key(steps: list[tuple[str, str, dict[str, str | None]]]) -> None:
    entries, state, gone = entries_of(steps)
    recorded = played(entries)
    assert {key: dict(row.values) for key, row in recorded.rows.items()} == state
    assert recorded.withdrawn == gone
    assert recorded.entries == len(entries)


@given(actions, st.integers(0, 40))
def test_known_at_is_the_state_after_the_first_entries(
    steps: list[tuple[str, str, dict[str, str | None]]], first: int
) -> None:
    entries, _, _ = entries_of(steps)
    first = min(first, len(entries))
    moment = entries[first - 1].recorded_at if first else "2000"
    known, cut_off = played(entries, moment), played(entries[:first])
    assert known == cut_off
