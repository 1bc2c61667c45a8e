"""The door of a study's record: begin it, examine it, write to it, and where its plan and readouts lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hevesy.errors import CannotAnswerError, DeliveryError, RuleError
from hevesy.record import archive, ledger
from hevesy.record.examine import Examined, Witness, examine
from hevesy.record.folder import (
    DATABASE,
    KEPT,
    PROTOCOL,
    READOUTS,
    SOURCES_TOML,
    WAIT_FOR_WRITER_S,
    clear_leftovers,
    private_folder,
    write_private,
    writing,
)
from hevesy.record.kept import keeping, kept_file, kept_files, settle
from hevesy.record.ledger import Draft, Ledger
from hevesy.record.objects import Files, object_of, settle_objects, storing
from hevesy.record.readouts import MadeReadout, made_readouts
from hevesy.record.replay import KeptObject, Recorded, Replay
from hevesy.record.verify import head_fault

PlanKind = Literal["protocol", "sources"]
SHORTEST_STATE = 8
"""Characters of the hash of a state that a writer names: those that a readout's folder ends with."""
LONGEST_NAME = 100
"""Characters of an object's name."""
_PLANS: dict[str, str] = {"protocol": PROTOCOL, "sources": SOURCES_TOML}


def plan_draft(action: PlanKind, text: str, reason: str | None = None) -> Draft:
    """The entry of a version of protocol.toml or sources.toml."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Draft(action=action, key=_PLANS[action], content=text, source_sha256=digest, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The record after something was written: its entries, its head, and what is to be said of the clock."""

    entries: int
    head: str
    clock_fault: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a study, by the study's folder. Nothing is held open between two calls."""

    folder: Path

    @property
    def exists(self) -> bool:
        """Whether the folder holds a record."""
        return (self.folder / DATABASE).is_file()

    def refuse_unless_there(self) -> None:
        """Refuse a folder that is no study."""
        if not self.exists:
            raise CannotAnswerError(f"{self.folder} is not a study: it has no {DATABASE}; create one with ⟦study init⟧")

    @property
    def protocol_file(self) -> Path:
        """Where the plan lies, for people to change; what counts is the version that was recorded."""
        return self.folder / PROTOCOL

    @property
    def sources_file(self) -> Path:
        """Where the mapping of its files lies, likewise."""
        return self.folder / SOURCES_TOML

    @property
    def readouts(self) -> Path:
        """The folder of its readouts."""
        return self.folder / READOUTS

    def made_readouts(self) -> list[MadeReadout]:
        """The readouts in the folder, the newest cut first."""
        return made_readouts(self.readouts)

    def kept(self, digest: str) -> Path | None:
        """The kept copy of a delivered file by its SHA-256, whatever is in it by now; None where there is none."""
        return kept_file(self.folder / KEPT, digest)

    def files(self) -> list[Path]:
        """The plan, the mapping and the kept copies of deliveries that lie in the folder, for who may read it."""
        plans = [path for path in (self.protocol_file, self.sources_file) if path.is_file()]
        return [*plans, *kept_files(self.folder / KEPT)]

    def head(self) -> str:
        """The hash of the last entry as it stands there, whatever the record is worth."""
        with Ledger(self.folder / DATABASE) as opened:
            return opened.head()[1]

    def stamp(self) -> tuple[tuple[int, int, int], ...]:
        """What changes on the disk whenever something is written to the record; empty where none is there.

        Who only reads makes an empty log beside the database and takes it away: that is no change.
        """
        database = self.folder / DATABASE
        found = []
        for path in (database, database.with_name(f"{DATABASE}-wal")):
            with suppress(FileNotFoundError):
                told = path.stat()
                if path is database or told.st_size > 0:
                    found.append((told.st_ino, told.st_size, told.st_mtime_ns))
        return tuple(found)

    def plans_on_disk(self, recorded: Recorded) -> list[str]:
        """A line for each of protocol.toml and sources.toml that says something else on the disk than as recorded."""
        told = []
        for path, known in ((self.protocol_file, recorded.protocol_text), (self.sources_file, recorded.sources_text)):
            if path.is_file() and path.read_bytes() != (known or "").encode():
                told.append(
                    f"{path.name} was changed and is not recorded so: what is answered follows the recorded one until "
                    "an import takes it in"
                )
        return told

    def examine(
        self,
        witness_of: Callable[[Replay], Witness],
        known_at: str | None = None,
        head: str | None = None,
        hash_objects: bool = False,
    ) -> Examined:
        """The one check of the record, and its state; see `hevesy.record.examine`."""
        return examine(self.folder, witness_of, known_at, head, hash_objects)

    def begin(self, drafts: Sequence[Draft], who: str) -> Written:
        """Begin the record with these entries, and write the plan and mapping among them into the folder.

        Refused where one is, or where another plan lies in the folder. Nobody but its owner can read the folder.
        """
        plans = {draft.key: (draft.content or "").encode() for draft in drafts if draft.action in _PLANS}
        private_folder(self.folder)
        with self.writing():
            if (self.folder / DATABASE).exists():
                raise DeliveryError(f"{self.folder} is a study already")
            clear_leftovers(self.folder)
            for name, content in plans.items():
                path = self.folder / name
                if path.is_file() and path.read_bytes() != content:
                    raise DeliveryError(f"{path} is there already and says something else; nothing was written")
            self.folder.chmod(0o700)
            private_folder(self.folder / KEPT)
            for name, content in plans.items():
                write_private(self.folder / name, content)
            with Ledger.create(self.folder / DATABASE, drafts, who) as begun:
                entries, head = begun.head()
        return Written(entries=entries, head=head)

    @contextmanager
    def writing(self, wait_s: float = WAIT_FOR_WRITER_S) -> Iterator[None]:
        """Only one at a time writes to a study: the others wait, and are told if it takes long."""
        with writing(self.folder, wait_s):
            yield

    def refuse_moved(self, recorded: Recorded, head: str | None) -> None:
        """Refuse where the record is no longer in the state that somebody decided on (its hash, or 8 characters of it).

        For writers, so that nobody writes between this and what they write.
        """
        if head is None:
            return
        if (wrong := head_fault(head, SHORTEST_STATE)) is not None:
            raise RuleError(wrong, field="head")
        state = head.lower()
        if recorded.head.startswith(state):
            return
        with Ledger(self.folder / DATABASE) as opened:
            since = opened.since(state)
        if since is None:
            raise CannotAnswerError(f"the record does not contain the state {head}; nothing was written, look again")
        raise CannotAnswerError(
            f"the record has moved since the state {head}: {since.entries} "
            f"entr{'y was' if since.entries == 1 else 'ies were'} written since by {' and '.join(since.who)}, the last "
            f"at {since.until}; nothing was written here, look again at what is there now"
        )

    def settle(self, examined: Examined) -> None:
        """Put what killed runs left into its place if entries name it, remove it if none does. For writers."""
        clear_leftovers(self.folder)
        settle(self.folder, examined.delivered)
        settle_objects(self.folder, examined.objects)

    def put_back(self, digest: str, name: str, content: bytes) -> None:
        """Put a kept copy that is gone or was altered back. For writers."""
        with keeping(self.folder, {digest: (name, content)}):
            return

    def append(
        self,
        drafts: Iterable[Draft],
        who: str,
        *,
        after: str,
        copies: Mapping[str, tuple[str, bytes]] | None = None,
        sources_text: str | None = None,
    ) -> Written:
        """Write entries at the end of a chain whose head is `after`, all of them or none.

        `copies` (by SHA-256: name and content) are kept with them, and `sources_text` becomes sources.toml. For
        writers.
        """
        if sources_text is not None:
            # Before the entry: should the machine stop between the two, the next import asks for a reason again.
            write_private(self.sources_file, sources_text.encode())
        with keeping(self.folder, copies or {}), Ledger(self.folder / DATABASE) as opened:
            told = opened.clock_fault(ledger.utc_now())
            opened.append(drafts, who, expected_head=after)
            entries, head = opened.head()
        return Written(entries=entries, head=head, clock_fault=told)

    def keep_object(self, name: str, files: Files, who: str, *, after: str, reason: str | None = None) -> KeptObject:
        """Keep a derived array or a delivered folder of images, with an entry of that name. For writers.

        The same files are one object, whatever names they are kept under.
        """
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise DeliveryError(f"an object is named in 1 to {LONGEST_NAME} characters that can be printed: {name!a}")
        with storing(self.folder, files) as stored, Ledger(self.folder / DATABASE) as opened:
            told = json.dumps({"files": stored.files, "bytes": stored.size_bytes})
            draft = Draft(
                action="object", key=f"object|{name}", content=told, source_sha256=stored.sha256, reason=reason
            )
            opened.append([draft], who, expected_head=after)
            entries, _ = opened.head()
            when = opened.last_time() or ""
        return KeptObject(
            sequence=entries,
            recorded_at=when,
            who=who,
            name=name,
            sha256=stored.sha256,
            files=stored.files,
            size_bytes=stored.size_bytes,
            reason=reason,
        )

    def object_files(self, digest: str) -> Path:
        """The folder of an object's files, each hashed now; refused where one is not what was kept."""
        return object_of(self.folder, digest)

    def write_archive(self, file: Path) -> None:
        """Write the study as one tar archive, without its readouts. For writers."""
        archive.write_archive(self.folder, file)
