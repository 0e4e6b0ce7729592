"""Verifies a log: that its entries are the ones that were signed, today and at earlier times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from passerby.audit.checkpoint import LogCheckpoint, StoredCheckpoint, parsed_checkpoint, signed_checkpoint
from passerby.audit.entry import AuditKind, decoded
from passerby.audit.log_reader import LogReader
from passerby.audit.note import Note, NoteKey
from passerby.audit.tile import CHECKPOINT_FILE, tile_path
from passerby.audit.tree import TILE_HEIGHT, TILE_WIDTH, FullTile, TreeEdge, leaf_hash
from passerby.errors import AuditError, UsageError

_CUT = f'"kind":"{AuditKind.LOG_CUT}"'.encode()


@dataclass(frozen=True, slots=True)
class LogProblem:
    """Something that does not hold.

    Args:
        entry: Index of the first entry that it concerns; None = none in particular.
        text: What is wrong.
        last: The first entry that it concerns may be as late as this; None = it is `entry`.
    """

    entry: int | None
    text: str
    last: int | None = None


@dataclass(slots=True)
class LogReport:
    """What the verification of a log found.

    Args:
        key: By which its checkpoint was checked.
        size: Number of entries below its checkpoint.
        root: Of the tree above them, hexadecimal.
        newer: Number of entries that no checkpoint covers yet.
        erased: Number of entries that retention erased; their hashes are there and were checked.
        agreed: Names of the checkpoints from elsewhere that the log agrees with.
        problems: What does not hold.
    """

    key: NoteKey
    size: int = 0
    root: str = ""
    newer: int = 0
    erased: int = 0
    agreed: list[str] = field(default_factory=list)
    problems: list[LogProblem] = field(default_factory=list)

    @property
    def first_bad(self) -> int | None:
        """Index of the first entry that does not hold; None = all hold, or none in particular is wrong."""
        return min((each.entry for each in self.problems if each.entry is not None), default=None)

    @property
    def first_bad_text(self) -> str:
        """The first entry that does not hold, or between which two it is; "" = none in particular."""
        first = self.first_bad
        if first is None:
            return ""
        last = min(first if each.last is None else each.last for each in self.problems if each.entry == first)
        return str(first) if last == first else f"between {first} and {last}"


def check_log(
    reader: LogReader, key: NoteKey, stored: Sequence[StoredCheckpoint] = (), witnesses: Sequence[NoteKey] = ()
) -> LogReport:
    """Verify a log.

    Args:
        reader: Of the log.
        key: Public key of the log.
        stored: Checkpoints that were kept elsewhere.
        witnesses: Public keys of witnesses; each must have cosigned the newest checkpoint or one from elsewhere.

    Raises:
        UsageError: A checkpoint from elsewhere is none.
        AuditError: A file of the log cannot be read.
    """
    check = _LogCheck(reader, key)
    try:
        check.read_checkpoints(stored)
        check.require_witnesses(witnesses)
        check.read_entries()
    except OSError as error:
        msg = f"{error.filename or reader.folder}: the audit log cannot be read ({error.strerror}); check the disk"
        raise AuditError(msg) from error
    check.judge()
    return check.report


class _LogCheck:
    """One verification."""

    def __init__(self, reader: LogReader, key: NoteKey) -> None:
        self.report = LogReport(key)
        self._reader = reader
        self._key = key
        self._marks: list[tuple[str, LogCheckpoint]] = []
        self._notes: list[Note] = []
        self._own: LogCheckpoint | None = None
        self._roots: dict[int, bytes] = {}
        self._edge = TreeEdge()
        self._missing: list[tuple[int, int]] = []
        self._cut = 0

    def read_checkpoints(self, stored: Sequence[StoredCheckpoint]) -> None:
        own = self._reader.folder / CHECKPOINT_FILE
        data = self._reader.tiles.checkpoint() or b""
        try:
            self._own, note = parsed_checkpoint(data)
            signed_checkpoint(data, self._key)
        except ValueError as error:
            self._report(None, f"{own}: {error}")
        else:
            self._notes.append(note)
        for each in stored:
            try:
                checkpoint, note = parsed_checkpoint(each.data)
            except ValueError as error:
                msg = f"{each.name}: {error}"
                raise UsageError(msg) from error
            try:
                signed_checkpoint(each.data, self._key)
            except ValueError as error:
                self._report(None, f"{each.name}: {error}: another log, or one whose key was exchanged")
            else:
                self._marks.append((each.name, checkpoint))
                self._notes.append(note)
        self._marks.sort(key=lambda mark: mark[1].size)
        if self._own is not None:
            self.report.size = self._own.size
        elif self._marks:
            self.report.size = self._marks[-1][1].size

    def require_witnesses(self, witnesses: Sequence[NoteKey]) -> None:
        for witness in witnesses:
            if all(witness.cosigned_s(note) is None for note in self._notes):
                self._report(None, f"no checkpoint is cosigned by the witness {witness.name}")

    def read_entries(self) -> None:
        """Hash all entries, and compare them with the tiles on the way."""
        sizes = sorted({0, self.report.size, *(checkpoint.size for _, checkpoint in self._marks)})
        for begin in range(0, self.report.size, TILE_WIDTH):
            hashes = self._bundle(begin, min(TILE_WIDTH, self.report.size - begin))
            if hashes is None:
                break
            self._grow(hashes, sizes)
        else:
            self._compare_partial()
            try:
                newer = self._reader.newer(self.report.size)
            except AuditError as error:
                self._report(self.report.size, str(error))
                newer = []
            self.report.newer = len(newer)
            self._roots[self._edge.size] = self._edge.root()
            self._grow([leaf_hash(each) for each in newer], sizes)

    def judge(self) -> None:
        """Compare what the entries make up with what was signed."""
        for first, end in self._missing:
            lawful = min(end, self._cut)
            self.report.erased += max(0, lawful - first)
            if (begin := max(first, self._cut)) < end:
                self._report(begin, _missing(begin, end))
        good = 0
        own = [] if self._own is None else [(str(self._reader.folder / CHECKPOINT_FILE), self._own)]
        for name, said in [*self._marks, *own]:
            found = self._roots.get(said.size)
            if found == said.root:
                good = max(good, said.size)
                if own and (name, said) != own[0]:
                    self.report.agreed.append(name)
            elif self._edge.size < said.size:
                there = self._edge.size
                text = f"{_missing(there, said.size)}: cut off, or an older copy was put back"
                self._report(there, f"{name}: {text}")
            else:
                self._report_root(name, good, said.size)
        if self.report.size in self._roots:
            self.report.root = self._roots[self.report.size].hex()

    def _report_root(self, name: str, good: int, size: int) -> None:
        """Report that the first entries are not those that were signed; the first `good` ones are."""
        known = [each.entry for each in self.report.problems if each.entry is not None and good <= each.entry < size]
        text = f"{name}: the first {size} entries are not those that were signed"
        if known:
            self._report(min(known), text, size - 1)
        elif good < size:
            self._report(good, f"{text}; the first that is not is between {good} and {size - 1}", size - 1)
        else:
            self._report(None, text)

    def _bundle(self, begin: int, width: int) -> list[bytes] | None:
        """Return the hashes of a bundle's entries; None = nothing is known of them."""
        number = begin // TILE_WIDTH
        tiles = self._reader.tiles
        stored = tiles.hashes(0, number, width)
        entries = tiles.bundle(number, width)
        if entries is None:
            self._missing.append((begin, begin + width))
            return stored if stored is not None and len(stored) == width else None
        hashes = [leaf_hash(each) for each in entries]
        for each in entries:
            if _CUT in each:
                self._cut = max(self._cut, _first_left(each))
        if stored == hashes and len(hashes) == width:
            return hashes
        if stored is None or len(stored) < width:
            self._report(begin, f"{tile_path(0, number, width)} is missing or cut short")
            return hashes if len(hashes) == width else None
        self._report_difference(begin, hashes, stored)
        return stored

    def _report_difference(self, begin: int, hashes: list[bytes], stored: list[bytes]) -> None:
        at = next(
            (at for at, (one, other) in enumerate(zip(hashes, stored, strict=False)) if one != other), len(hashes)
        )
        if len(hashes) < len(stored):
            what = "is missing: it was removed"
        elif hashes[at] in stored:
            what = "is not in its place: the order was changed"
        else:
            what = "was changed"
        self._report(begin + at, f"entry {begin + at} {what}; its hash in the tile is another one")

    def _grow(self, hashes: Sequence[bytes], sizes: Sequence[int]) -> None:
        """Add hashes to the tree, and note the root at each size that somebody signed."""
        begin, at = self._edge.size, 0
        for size in (*(each for each in sizes if begin <= each < begin + len(hashes)), begin + len(hashes)):
            for tile in self._edge.add(hashes[at : size - begin]):
                self._compare(tile)
            at = size - begin
            if size in sizes:
                self._roots[size] = self._edge.root()

    def _compare_partial(self) -> None:
        for tile in self._edge.partial():
            self._compare(tile)

    def _compare(self, tile: FullTile) -> None:
        """Compare a tile above the lowest level with its file."""
        if not tile.level:
            return
        stored = self._reader.tiles.hashes(tile.level, tile.number, len(tile.hashes)) or []
        if stored != list(tile.hashes):
            at = next((at for at, each in enumerate(tile.hashes) if at >= len(stored) or each != stored[at]), 0)
            span = 1 << TILE_HEIGHT * tile.level
            first = (tile.number * TILE_WIDTH + at) * span
            name = tile_path(tile.level, tile.number, len(tile.hashes))
            last = first + span - 1
            self._report(first, f"{name}: entries {first} to {last} are not those that it was made of", last)

    def _report(self, entry: int | None, text: str, last: int | None = None) -> None:
        self.report.problems.append(LogProblem(entry, text, last))


def _missing(begin: int, end: int) -> str:
    """Return that the entries from `begin` to before `end` are missing, in words."""
    return f"entry {begin} is missing" if end == begin + 1 else f"entries {begin} to {end - 1} are missing"


def _first_left(data: bytes) -> int:
    """Return which entry was the first that retention left; 0 = the entry does not say so."""
    try:
        entry = decoded(data)
    except ValueError:
        return 0
    first = entry.details.get("first")
    return first if entry.kind is AuditKind.LOG_CUT and isinstance(first, int) else 0
