"""The shapes of what a workspace's owner answers. Made from src/sdk/openrpc.json by `npm run protocol`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Literal, Optional, Tuple, Union

@dataclass(frozen=True)
class HomeInfoResult:
    home: str
    version: str


@dataclass(frozen=True)
class OwnerPlace:
    """Where a workspace's owner is."""

    name: str
    database: str
    """The database file; absolute."""
    created_at: str
    """RFC 3339 in UTC."""
    socket: str
    """Unix socket; absolute."""
    pid: int
    kind: Literal["background", "in-process"]
    """
    `background`: a process of its own; `in-process`: a program or a command that owns while it
    runs.
    """


@dataclass(frozen=True)
class WorkspacePlace:
    name: str
    database: str
    """The database file; absolute."""
    created_at: str
    """RFC 3339 in UTC."""


@dataclass(frozen=True)
class MountInfo:
    workspace: str
    mountpoint: str
    driver: str
    read_only: bool
    pid: int
    """The process that serves it."""
    since: str
    """RFC 3339 in UTC."""


@dataclass(frozen=True)
class OwnerInfo:
    workspace: str
    database: str
    pid: int
    kind: Literal["background", "in-process"]
    """
    `background`: a process of its own; `in-process`: a program or a command that owns while it
    runs.
    """
    version: str
    protocol: int
    since: str
    """RFC 3339 in UTC."""
    clients: int
    mounts: Tuple[MountInfo, ...]
    remotes: Tuple[str, ...]
    """Names of the remotes whose mode keeps an owner running."""
    stays_for: Tuple[str, ...]
    """Why a background owner goes on: any of `mount`, `sync`, `clients`."""


@dataclass(frozen=True)
class HomeListResultWorkspaces:
    owner: Optional[OwnerInfo]
    name: str
    database: str
    """The database file; absolute."""
    created_at: str
    """RFC 3339 in UTC."""


@dataclass(frozen=True)
class HomeListResult:
    workspaces: Tuple[HomeListResultWorkspaces, ...]


@dataclass(frozen=True)
class HomeDeleteResult:
    kept: Optional[str]


FileKind = Literal["file", "directory", "symlink", "fifo", "socket", "block", "character"]


@dataclass(frozen=True)
class Timespec:
    """A time as struct timespec has it."""

    sec: int
    """Seconds since 1970-01-01T00:00:00Z; may be negative."""
    nsec: int
    """The rest, nanoseconds."""


@dataclass(frozen=True)
class StatRecord:
    """What stat(2) tells, as data."""

    ino: int
    kind: FileKind
    mode: int
    """Type and permission bits."""
    nlink: int
    uid: int
    gid: int
    rdev: int
    size: int
    """Bytes."""
    atime: Timespec
    mtime: Timespec
    ctime: Timespec


@dataclass(frozen=True)
class FsExistsResult:
    exists: bool


@dataclass(frozen=True)
class FsRealpathResult:
    path: str


@dataclass(frozen=True)
class FsReadFileResult:
    data: Union[bytes, str]
    size: int


@dataclass(frozen=True)
class FsWriteFileResult:
    size: int


@dataclass(frozen=True)
class FsOpenResult:
    handle: int
    stat: StatRecord


@dataclass(frozen=True)
class FsReadResult:
    data: Union[bytes, str]


@dataclass(frozen=True)
class FsWriteResult:
    written: int


@dataclass(frozen=True)
class ListedEntry:
    name: str
    ino: int
    kind: FileKind
    stat: Optional[StatRecord] = None


@dataclass(frozen=True)
class FsReaddirResult:
    entries: Tuple[ListedEntry, ...]
    next: Optional[int]


@dataclass(frozen=True)
class FsMkdirResult:
    created: bool
    first: Optional[str] = None


@dataclass(frozen=True)
class FsRmResult:
    removed: int


@dataclass(frozen=True)
class FsReadlinkResult:
    target: str


@dataclass(frozen=True)
class FsCopyFileResult:
    size: int


@dataclass(frozen=True)
class FsGetxattrResult:
    data: Union[bytes, str]


@dataclass(frozen=True)
class FsListxattrResult:
    names: Tuple[str, ...]


@dataclass(frozen=True)
class FilesystemRecord:
    block_size: int
    blocks: int
    blocks_free: int
    blocks_available: int
    files: int
    files_free: int
    name_max: int


SyncMode = Literal["real-time", "periodic", "manual"]


SyncState = Literal[
    "synced",
    "pending",
    "syncing",
    "conflicts",
    "offline",
    "auth",
    "error",
    "disabled",
]


@dataclass(frozen=True)
class SyncStatusError:
    code: str
    message: str
    hint: Optional[str] = None
    brake: Optional[Literal["deletions", "emptied", "rolled-back", "recreated", "twin", "copied"]] = None
    """Of SYNC_BRAKE: what stopped it."""


@dataclass(frozen=True)
class QuarantineSummaryFirst:
    path: str
    reason: str
    revision: int


@dataclass(frozen=True)
class QuarantineSummary:
    count: int
    """Rows that cannot be believed, and paths that wait for one of those."""
    waiting: int
    first: Tuple[QuarantineSummaryFirst, ...]
    """The first of them. Paths come from the remote and may hold anything."""


@dataclass(frozen=True)
class SyncStatus:
    workspace: str
    remote: str
    url: str
    mode: SyncMode
    interval: int
    last_sync: Optional[str]
    """RFC 3339 in UTC, or null before the first sync."""
    pending_changes: int
    pending_conflicts: int
    sync_status: SyncState
    revision: int
    """The remote revision this workspace has."""
    agent: str
    """This agent's id."""
    error: Optional[SyncStatusError] = None
    quarantined: Optional[QuarantineSummary] = None
    """What the remote sent and is not believed; absent where there is nothing."""


@dataclass(frozen=True)
class PlannedChange:
    """One line of what a dry run would do."""

    action: Literal["create", "change", "move", "remove", "attributes"]
    """`attributes`: mode, owner, times or extended attributes alone."""
    path: str
    kind: str
    size: int
    """Bytes."""
    from_: Optional[str] = None
    """Of a move."""


ConflictType = Literal[
    "modify/modify",
    "delete/modify",
    "modify/delete",
    "create/create",
    "rename/rename",
    "move/cycle",
    "directory/deleted",
    "type/type",
]


NodeKind = Literal["file", "directory", "symlink", "fifo", "socket", "block", "character"]


@dataclass(frozen=True)
class ConflictSide:
    """One side's version of what is in conflict."""

    kind: NodeKind
    size: int
    """Bytes."""
    mtime: str
    """RFC 3339 in UTC, to the millisecond."""
    hash: str
    """Content hash, 64 hex digits; '' where there is no content."""
    mode: int
    """Permission bits."""
    agent: Optional[str] = None
    """Who made it; absent where it is this agent's, not pushed yet."""
    revision: Optional[int] = None
    """The remote's revision that made it; absent where it is not on the remote."""


@dataclass(frozen=True)
class SyncConflict:
    """A side is null where it is deleted, and where there is no common ancestor (`base`)."""

    id: str
    path: str
    """Beginning with a slash, as it is here (else on the remote)."""
    type: ConflictType
    base: Optional[ConflictSide]
    local: Optional[ConflictSide]
    remote: Optional[ConflictSide]
    winner: Optional[Literal["local", "remote"]] = None
    """Who won; absent while it waits for a person."""
    remote_path: Optional[str] = None
    """Where the remote has it at another path."""


@dataclass(frozen=True)
class PastReport:
    """What a return to the past did. It is a change made here: pushed like any other."""

    revision: int
    """0 where the version was never live."""
    at: str
    changed: int
    """Files, directories and names that changed here."""
    kept: int
    """Versions that no remote had and that were replaced: history has them."""


@dataclass(frozen=True)
class SyncReport:
    """What one push or pull did. Counts that do not depend on the machine."""

    remote: str
    revision: int
    pushed: int
    """Nodes and entries changed on the remote, and here."""
    pulled: int
    bytes_sent: int
    bytes_received: int
    round_trips: int
    rows_written: int
    chunks_sent: int
    chunks_reused: int
    duration_ms: float
    conflicts: Tuple[SyncConflict, ...]
    """Those that the policy or a person decided carry their winner; the others wait."""
    conflicts_resolved: int
    """How many were decided and carried out by this run."""
    plan: Optional[Tuple[PlannedChange, ...]] = None
    """Of a dry run: the first 1000 things that would be done, by path."""
    past: Optional[PastReport] = None
    """
    Of a pull of the past: what that changed here. `revision` is what the workspace was at before.
    """


ConflictPolicy = Literal["last-write-wins", "local-wins", "remote-wins", "manual"]


@dataclass(frozen=True)
class SyncConfig:
    mode: SyncMode
    interval: int
    """Seconds between periodic syncs, 5 to 86 400."""
    conflict_resolution: ConflictPolicy
    batch_size: int
    """Files a commit, 1 to 100 000."""
    include: Tuple[str, ...]
    exclude: Tuple[str, ...]
    compression: bool
    timeout: int
    """Seconds a request may take, 1 to 3 600."""
    keep: str
    """
    How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or
    `everything`.
    """


@dataclass(frozen=True)
class FilterRule:
    list: Literal["include", "exclude"]
    pattern: str
    matches: str
    """Which part of the path it matches: the path itself or a directory above."""


@dataclass(frozen=True)
class FilterExplanation:
    """Why a path is synced, or not."""

    included: bool
    rule: Optional[FilterRule]
    """null where no pattern had a say."""
    reason: str
    """A sentence for a person."""
    path: str
    """From the root, beginning with a slash."""
    remote: str
    is_directory: bool


@dataclass(frozen=True)
class SyncConflictsResult:
    conflicts: Tuple[SyncConflict, ...]


@dataclass(frozen=True)
class AuditEntry:
    at: str
    """RFC 3339 in UTC."""
    agent: str
    self: bool
    """It is this one."""
    action: str
    """What was done: `push` and other commits, `sync.enable`, `sync.config`, `sync.reset`, …"""
    detail: str
    """In words, or as JSON. It may come from another agent and may hold anything."""
    revision: Optional[int] = None
    """Of a commit."""


@dataclass(frozen=True)
class AuditLog:
    entries: Tuple[AuditEntry, ...]
    """The latest first."""
    complete: bool
    """False where the remote could not be asked: what others did is not among them."""


@dataclass(frozen=True)
class VerifyProblem:
    """What `sync verify` found, as plain JSON-compatible data."""

    kind: Literal["missing", "different", "corrupt", "orphaned"]
    """
    `corrupt` and `orphaned` are the remote's; `missing` and `different` say where in `detail`.
    """
    path: str
    """
    In the workspace; an id where no path leads there. It comes from the remote and may hold
    anything.
    """
    detail: str


@dataclass(frozen=True)
class VerifyReport:
    workspace: str
    remote: str
    url: str
    latency_ms: float
    """A round trip, the middle one of three, milliseconds."""
    clock_offset_ms: float
    """What to add to this machine's clock to get the server's, milliseconds."""
    may_write: bool
    """The token allows to push."""
    schema_version: int
    revision: int
    """The remote's revision, and the one that this workspace has."""
    cursor: int
    files_here: int
    """Files, directories and others."""
    files_there: int
    bytes_checked: int
    """Bytes of content whose hash was made, here and of the remote's chunks."""
    pending_here: int
    """What differs since it is still to be pushed, and to be pulled: no problem."""
    pending_there: int
    missing: int
    different: int
    corrupt: int
    orphaned: int
    problems: Tuple[VerifyProblem, ...]
    """At most a thousand, by path."""
    ok: bool


@dataclass(frozen=True)
class SyncMetrics:
    """What a remote's syncs have cost since it was enabled."""

    remote: str
    sync_operations: int
    """Syncs that moved something or were asked for."""
    bytes_pushed: int
    """Bytes sent and received, as they went over the network."""
    bytes_pulled: int
    average_latency_ms: float
    """Of a sync, from its beginning to its end."""
    p50_ms: float
    p99_ms: float
    conflicts_resolved: int
    """Decided by the policy or by a person."""
    conflicts_pending: int
    round_trips: int
    rows_written: int
    chunks_sent: int
    chunks_reused: int
    retries: int
    """Syncs that failed for the network, and were tried again."""


@dataclass(frozen=True)
class AgentInfo:
    """Somebody who syncs this workspace."""

    agent: str
    host: str
    last_seen: str
    """RFC 3339 in UTC, the server's clock."""
    revision: int
    """What it had when it was last seen."""
    self: bool
    """It is this one."""


@dataclass(frozen=True)
class SyncAgentsResult:
    agents: Tuple[AgentInfo, ...]


@dataclass(frozen=True)
class Checkpoint:
    name: str
    revision: int
    created_at: str
    """When it was named."""
    agent: str
    """Who made the revision, and when."""
    committed_at: str


@dataclass(frozen=True)
class CheckpointListResult:
    checkpoints: Tuple[Checkpoint, ...]


@dataclass(frozen=True)
class CommitEntry:
    revision: int
    at: str
    agent: str
    kind: str
    added: int
    """Files, directories and others that it made, changed and removed."""
    modified: int
    removed: int
    entries: int
    """Names that appeared or went."""
    checkpoints: Tuple[str, ...]


@dataclass(frozen=True)
class VersionEntry:
    version: str
    """What `restore` takes: a revision, or `lost-…` for a version that was never live."""
    revision: Optional[int]
    """null for a version that no remote has yet."""
    at: str
    agent: str
    path: str
    what: Literal["created", "modified", "attributes", "renamed", "deleted", "lost"]
    """`lost`: another version won over it (`why`); it was never live."""
    kind: NodeKind
    size: int
    hash: str
    mode: int
    from_: Optional[str] = None
    """Of a rename: the path before."""
    why: Optional[Union[ConflictType, Literal["restore"], Literal["overwritten"], str]] = None
    """Of a version that lost: the type of the conflict, `restore`, or `overwritten`."""


@dataclass(frozen=True)
class HistoryLog:
    workspace: str
    remote: str
    path: Optional[str]
    """null: of the whole workspace."""
    commits: Tuple[CommitEntry, ...]
    """Of the whole workspace: its commits, the newest first."""
    versions: Tuple[VersionEntry, ...]
    """Of a file: its versions, the newest first. Of the whole workspace: those that lost."""


@dataclass(frozen=True)
class DiffReportFrom:
    """null: what is here now."""

    revision: int
    at: str


@dataclass(frozen=True)
class DiffReportTo1:
    revision: int
    at: str


@dataclass(frozen=True)
class DiffSide:
    path: str
    kind: NodeKind
    size: int
    hash: str
    mode: int


@dataclass(frozen=True)
class DiffEntry:
    path: str
    what: Literal["added", "removed", "modified", "renamed", "attributes"]
    before: Optional[DiffSide]
    """null where it is not there. `renamed` may have changed besides."""
    after: Optional[DiffSide]
    binary: bool
    """Content of either side that is no text, or too large to be compared as one."""
    patch: Optional[str] = None
    """A unified diff, where both sides are text and differ."""


@dataclass(frozen=True)
class DiffReport:
    from_: DiffReportFrom
    """null: what is here now."""
    to: Optional[DiffReportTo1]
    entries: Tuple[DiffEntry, ...]
    """By path."""


@dataclass(frozen=True)
class RestoreReport:
    revision: int
    """0 where the version was never live."""
    at: str
    changed: int
    """Files, directories and names that changed here."""
    kept: int
    """Versions that no remote had and that were replaced: history has them."""
    path: str


@dataclass(frozen=True)
class ResolveRefusal:
    """
    `gone`: it is no conflict any more; `changed`: one of the sides is not as it was listed;
    `waits`: another conflict has to be resolved with it; `impossible`: the strategy cannot be had
    for it.
    """

    id: str
    path: str
    reason: Literal["gone", "changed", "waits", "impossible"]
    message: str
    hint: Optional[str] = None
    conflict: Optional[SyncConflict] = None
    """As it is now."""


@dataclass(frozen=True)
class ResolveReport:
    resolved: Tuple[SyncConflict, ...]
    """
    With their winners; also those that were decided along, since they are about the same file.
    """
    refused: Tuple[ResolveRefusal, ...]
    remaining: Tuple[SyncConflict, ...]
    """What still waits for a person."""


@dataclass(frozen=True)
class ConflictContent1:
    kind: Literal["text"]
    text: str


@dataclass(frozen=True)
class ConflictContent2:
    kind: Literal["symlink"]
    target: str


@dataclass(frozen=True)
class ConflictContent3:
    kind: Literal["binary", "large", "none", "changed", "lost"]


ConflictContent = Union[ConflictContent1, ConflictContent2, ConflictContent3]


@dataclass(frozen=True)
class ConflictContents:
    conflict: SyncConflict
    base: Optional[ConflictContent]
    local: Optional[ConflictContent]
    remote: Optional[ConflictContent]


@dataclass(frozen=True)
class SyncRemotesResult:
    remotes: Tuple[str, ...]
    needs_owner: bool


@dataclass(frozen=True)
class MountRemoveResult:
    removed: Tuple[str, ...]
    owner_stays: bool


@dataclass(frozen=True)
class MountListResult:
    mounts: Tuple[MountInfo, ...]


@dataclass(frozen=True)
class OwnerStatisticsStore:
    """Transactions, rows written in them, and syncs to disk of the workspace database."""

    commits: int
    rows_written: int
    syncs: int


@dataclass(frozen=True)
class OwnerStatisticsMounts:
    mountpoint: str
    requests: Dict[str, int]


@dataclass(frozen=True)
class OwnerStatistics:
    """Counts since the owner began, that do not depend on the machine: for benchmarks and tests."""

    store: OwnerStatisticsStore
    """Transactions, rows written in them, and syncs to disk of the workspace database."""
    mounts: Tuple[OwnerStatisticsMounts, ...]
    """FUSE requests by opcode, a mount each; with fuse-native by callback."""


@dataclass(frozen=True)
class OwnerHandoverResult:
    handed_over: bool


@dataclass(frozen=True)
class WorkspaceInfo:
    name: str
    database: str
    database_bytes: int
    """Bytes of the database file and its write-ahead log."""
    agent: str
    created_at: str
    filesystem: FilesystemRecord
    owner: OwnerInfo


@dataclass(frozen=True)
class WorkspaceCheckResult:
    problems: Tuple[str, ...]


@dataclass(frozen=True)
class SyncProgress:
    """How far a push or a pull is, told a few times a second."""

    remote: str
    phase: Literal["push", "pull", "verify"]
    done: int
    """
    Files, directories and others that are there by now, and in all as far as that is known (0: not
    at all).
    """
    total: int
    bytes: int
    """Bytes of content, which need not all be sent, and in all as far as that is known."""
    total_bytes: int
    time_left_ms: Optional[float] = None
    """
    Where the remote has not answered for a second: milliseconds until the request is given up.
    """
