//! The shapes of what a workspace's owner answers. Made from src/sdk/openrpc.json by `npm run protocol`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// `background`: a process of its own; `in-process`: a program or a command that owns while it
    /// runs.
    OwnerKind {
        Background = "background",
        InProcess = "in-process",
    }
}

/// Where a workspace's owner is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerPlace {
    /// Name.
    pub name: String,
    /// The database file; absolute.
    pub database: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Unix socket; absolute.
    pub socket: String,
    /// Pid.
    pub pid: u32,
    /// `background`: a process of its own; `in-process`: a program or a command that owns while it
    /// runs.
    pub kind: OwnerKind,
}

/// Workspace place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspacePlace {
    /// Name.
    pub name: String,
    /// The database file; absolute.
    pub database: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
}

/// Mount info.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MountInfo {
    /// Workspace.
    pub workspace: String,
    /// Mountpoint.
    pub mountpoint: String,
    /// Driver.
    pub driver: String,
    /// Read only.
    pub read_only: bool,
    /// The process that serves it.
    pub pid: u32,
    /// RFC 3339 in UTC.
    pub since: String,
}

/// Owner info.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerInfo {
    /// Workspace.
    pub workspace: String,
    /// Database.
    pub database: String,
    /// Pid.
    pub pid: u32,
    /// `background`: a process of its own; `in-process`: a program or a command that owns while it
    /// runs.
    pub kind: OwnerKind,
    /// Version.
    pub version: String,
    /// Protocol.
    pub protocol: u64,
    /// RFC 3339 in UTC.
    pub since: String,
    /// Clients.
    pub clients: u64,
    /// Mounts.
    pub mounts: Vec<MountInfo>,
    /// Names of the remotes whose mode keeps an owner running.
    pub remotes: Vec<String>,
    /// Why a background owner goes on: any of `mount`, `sync`, `clients`.
    pub stays_for: Vec<String>,
}

/// Workspace entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspaceEntry {
    /// Owner.
    pub owner: Option<OwnerInfo>,
    /// Name.
    pub name: String,
    /// The database file; absolute.
    pub database: String,
    /// RFC 3339 in UTC.
    pub created_at: String,
}

words! {
    /// File kind.
    FileKind {
        File = "file",
        Directory = "directory",
        Symlink = "symlink",
        Fifo = "fifo",
        Socket = "socket",
        Block = "block",
        Character = "character",
    }
}

/// A time as struct timespec has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Timespec {
    /// Seconds since 1970-01-01T00:00:00Z; may be negative.
    pub sec: i64,
    /// The rest, nanoseconds.
    pub nsec: u32,
}

/// What stat(2) tells, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatRecord {
    /// Ino.
    pub ino: u64,
    /// Kind.
    pub kind: FileKind,
    /// Type and permission bits.
    pub mode: u32,
    /// Nlink.
    pub nlink: u32,
    /// Uid.
    pub uid: u32,
    /// Gid.
    pub gid: u32,
    /// Rdev.
    pub rdev: u64,
    /// Bytes.
    pub size: u64,
    /// A time as struct timespec has it.
    pub atime: Timespec,
    /// A time as struct timespec has it.
    pub mtime: Timespec,
    /// A time as struct timespec has it.
    pub ctime: Timespec,
}

/// Listed entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedEntry {
    /// Name.
    pub name: String,
    /// Ino.
    pub ino: u64,
    /// Kind.
    pub kind: FileKind,
    /// What stat(2) tells, as data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stat: Option<StatRecord>,
}

/// Filesystem record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FilesystemRecord {
    /// Block size.
    pub block_size: u64,
    /// Blocks.
    pub blocks: u64,
    /// Blocks free.
    pub blocks_free: u64,
    /// Blocks available.
    pub blocks_available: u64,
    /// Files.
    pub files: u64,
    /// Files free.
    pub files_free: u64,
    /// Name max.
    pub name_max: u64,
}

words! {
    /// Sync mode.
    SyncMode {
        RealTime = "real-time",
        Periodic = "periodic",
        Manual = "manual",
    }
}

words! {
    /// Conflict policy.
    ConflictPolicy {
        LastWriteWins = "last-write-wins",
        LocalWins = "local-wins",
        RemoteWins = "remote-wins",
        Manual = "manual",
    }
}

words! {
    /// Sync state.
    SyncState {
        Synced = "synced",
        Pending = "pending",
        Syncing = "syncing",
        Conflicts = "conflicts",
        Offline = "offline",
        Auth = "auth",
        Error = "error",
        Disabled = "disabled",
    }
}

words! {
    /// Of SYNC_BRAKE: what stopped it.
    SyncBrake {
        Deletions = "deletions",
        Emptied = "emptied",
        RolledBack = "rolled-back",
        Recreated = "recreated",
        Twin = "twin",
        Copied = "copied",
    }
}

/// Sync status error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncStatusError {
    /// Code.
    pub code: String,
    /// Message.
    pub message: String,
    /// Hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Of SYNC_BRAKE: what stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake: Option<SyncBrake>,
}

/// Quarantine summary first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QuarantineSummaryFirst {
    /// Path.
    pub path: String,
    /// Reason.
    pub reason: String,
    /// Revision.
    pub revision: u64,
}

/// Quarantine summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QuarantineSummary {
    /// Rows that cannot be believed, and paths that wait for one of those.
    pub count: u64,
    /// Waiting.
    pub waiting: u64,
    /// The first of them. Paths come from the remote and may hold anything.
    pub first: Vec<QuarantineSummaryFirst>,
}

/// Sync status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncStatus {
    /// Workspace.
    pub workspace: String,
    /// Remote.
    pub remote: String,
    /// Url.
    pub url: String,
    /// Mode.
    pub mode: SyncMode,
    /// Interval.
    pub interval: u64,
    /// RFC 3339 in UTC, or null before the first sync.
    pub last_sync: Option<String>,
    /// Pending changes.
    pub pending_changes: u64,
    /// Pending conflicts.
    pub pending_conflicts: u64,
    /// Sync status.
    pub sync_status: SyncState,
    /// Error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<SyncStatusError>,
    /// The remote revision this workspace has.
    pub revision: u64,
    /// This agent's id.
    pub agent: String,
    /// What the remote sent and is not believed; absent where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<QuarantineSummary>,
}

words! {
    /// `attributes`: mode, owner, times or extended attributes alone.
    PlannedChangeAction {
        Create = "create",
        Change = "change",
        Move = "move",
        Remove = "remove",
        Attributes = "attributes",
    }
}

/// One line of what a dry run would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedChange {
    /// `attributes`: mode, owner, times or extended attributes alone.
    pub action: PlannedChangeAction,
    /// Path.
    pub path: String,
    /// Of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Kind.
    pub kind: String,
    /// Bytes.
    pub size: u64,
}

words! {
    /// Conflict type.
    ConflictType {
        ModifyModify = "modify/modify",
        DeleteModify = "delete/modify",
        ModifyDelete = "modify/delete",
        CreateCreate = "create/create",
        RenameRename = "rename/rename",
        MoveCycle = "move/cycle",
        DirectoryDeleted = "directory/deleted",
        TypeType = "type/type",
    }
}

/// One side's version of what is in conflict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConflictSide {
    /// Kind.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// RFC 3339 in UTC, to the millisecond.
    pub mtime: String,
    /// Content hash, 64 hex digits; '' where there is no content.
    pub hash: String,
    /// Permission bits.
    pub mode: u32,
    /// Who made it; absent where it is this agent's, not pushed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The remote's revision that made it; absent where it is not on the remote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

words! {
    /// Who won; absent while it waits for a person.
    SyncConflictWinner {
        Local = "local",
        Remote = "remote",
    }
}

/// A side is null where it is deleted, and where there is no common ancestor (`base`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncConflict {
    /// Id.
    pub id: String,
    /// Beginning with a slash, as it is here (else on the remote).
    pub path: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: ConflictType,
    /// Base.
    pub base: Option<ConflictSide>,
    /// Local.
    pub local: Option<ConflictSide>,
    /// Remote.
    pub remote: Option<ConflictSide>,
    /// Who won; absent while it waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner: Option<SyncConflictWinner>,
    /// Where the remote has it at another path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_path: Option<String>,
}

/// What a return to the past did. It is a change made here: pushed like any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PastReport {
    /// 0 where the version was never live.
    pub revision: u64,
    /// At.
    pub at: String,
    /// Files, directories and names that changed here.
    pub changed: u64,
    /// Versions that no remote had and that were replaced: history has them.
    pub kept: u64,
}

/// What one push or pull did. Counts that do not depend on the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncReport {
    /// Remote.
    pub remote: String,
    /// Revision.
    pub revision: u64,
    /// Nodes and entries changed on the remote, and here.
    pub pushed: u64,
    /// Pulled.
    pub pulled: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Round trips.
    pub round_trips: u64,
    /// Rows written.
    pub rows_written: u64,
    /// Chunks sent.
    pub chunks_sent: u64,
    /// Chunks reused.
    pub chunks_reused: u64,
    /// Duration ms.
    pub duration_ms: f64,
    /// Of a dry run: the first 1000 things that would be done, by path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Vec<PlannedChange>>,
    /// Those that the policy or a person decided carry their winner; the others wait.
    pub conflicts: Vec<SyncConflict>,
    /// How many were decided and carried out by this run.
    pub conflicts_resolved: u64,
    /// Of a pull of the past: what that changed here. `revision` is what the workspace was at
    /// before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past: Option<PastReport>,
}

/// A new token is stored where tokens are, and shown nowhere.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConfigChanges {
    /// Mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<SyncMode>,
    /// Seconds between periodic syncs, 5 to 86 400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<u64>,
    /// Conflict resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict_resolution: Option<ConflictPolicy>,
    /// Files a commit, 1 to 100 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<u64>,
    /// Include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// Exclude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
    /// Compression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<bool>,
    /// Seconds a request may take, 1 to 3 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or
    /// `everything`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// Token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Sync config.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncConfig {
    /// Mode.
    pub mode: SyncMode,
    /// Seconds between periodic syncs, 5 to 86 400.
    pub interval: u64,
    /// Conflict resolution.
    pub conflict_resolution: ConflictPolicy,
    /// Files a commit, 1 to 100 000.
    pub batch_size: u64,
    /// Include.
    pub include: Vec<String>,
    /// Exclude.
    pub exclude: Vec<String>,
    /// Compression.
    pub compression: bool,
    /// Seconds a request may take, 1 to 3 600.
    pub timeout: u64,
    /// How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or
    /// `everything`.
    pub keep: String,
}

words! {
    /// Filter rule list.
    FilterRuleList {
        Include = "include",
        Exclude = "exclude",
    }
}

/// Filter rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FilterRule {
    /// List.
    pub list: FilterRuleList,
    /// Pattern.
    pub pattern: String,
    /// Which part of the path it matches: the path itself or a directory above.
    pub matches: String,
}

/// Why a path is synced, or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FilterExplanation {
    /// Included.
    pub included: bool,
    /// null where no pattern had a say.
    pub rule: Option<FilterRule>,
    /// A sentence for a person.
    pub reason: String,
    /// From the root, beginning with a slash.
    pub path: String,
    /// Remote.
    pub remote: String,
    /// Is directory.
    pub is_directory: bool,
}

/// Audit entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEntry {
    /// RFC 3339 in UTC.
    pub at: String,
    /// Agent.
    pub agent: String,
    /// It is this one.
    #[serde(rename = "self")]
    pub is_self: bool,
    /// What was done: `push` and other commits, `sync.enable`, `sync.config`, `sync.reset`, …
    pub action: String,
    /// Of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// In words, or as JSON. It may come from another agent and may hold anything.
    pub detail: String,
}

/// Audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditLog {
    /// The latest first.
    pub entries: Vec<AuditEntry>,
    /// False where the remote could not be asked: what others did is not among them.
    pub complete: bool,
}

words! {
    /// `corrupt` and `orphaned` are the remote's; `missing` and `different` say where in `detail`.
    VerifyProblemKind {
        Missing = "missing",
        Different = "different",
        Corrupt = "corrupt",
        Orphaned = "orphaned",
    }
}

/// What `sync verify` found, as plain JSON-compatible data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VerifyProblem {
    /// `corrupt` and `orphaned` are the remote's; `missing` and `different` say where in `detail`.
    pub kind: VerifyProblemKind,
    /// In the workspace; an id where no path leads there. It comes from the remote and may hold
    /// anything.
    pub path: String,
    /// Detail.
    pub detail: String,
}

/// Verify report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VerifyReport {
    /// Workspace.
    pub workspace: String,
    /// Remote.
    pub remote: String,
    /// Url.
    pub url: String,
    /// A round trip, the middle one of three, milliseconds.
    pub latency_ms: f64,
    /// What to add to this machine's clock to get the server's, milliseconds.
    pub clock_offset_ms: f64,
    /// The token allows to push.
    pub may_write: bool,
    /// Schema version.
    pub schema_version: u64,
    /// The remote's revision, and the one that this workspace has.
    pub revision: u64,
    /// Cursor.
    pub cursor: u64,
    /// Files, directories and others.
    pub files_here: u64,
    /// Files there.
    pub files_there: u64,
    /// Bytes of content whose hash was made, here and of the remote's chunks.
    pub bytes_checked: u64,
    /// What differs since it is still to be pushed, and to be pulled: no problem.
    pub pending_here: u64,
    /// Pending there.
    pub pending_there: u64,
    /// Missing.
    pub missing: u64,
    /// Different.
    pub different: u64,
    /// Corrupt.
    pub corrupt: u64,
    /// Orphaned.
    pub orphaned: u64,
    /// At most a thousand, by path.
    pub problems: Vec<VerifyProblem>,
    /// Ok.
    pub ok: bool,
}

/// What a remote's syncs have cost since it was enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncMetrics {
    /// Remote.
    pub remote: String,
    /// Syncs that moved something or were asked for.
    pub sync_operations: u64,
    /// Bytes sent and received, as they went over the network.
    pub bytes_pushed: u64,
    /// Bytes pulled.
    pub bytes_pulled: u64,
    /// Of a sync, from its beginning to its end.
    pub average_latency_ms: f64,
    /// P50 ms.
    pub p50_ms: f64,
    /// P99 ms.
    pub p99_ms: f64,
    /// Decided by the policy or by a person.
    pub conflicts_resolved: u64,
    /// Conflicts pending.
    pub conflicts_pending: u64,
    /// Round trips.
    pub round_trips: u64,
    /// Rows written.
    pub rows_written: u64,
    /// Chunks sent.
    pub chunks_sent: u64,
    /// Chunks reused.
    pub chunks_reused: u64,
    /// Syncs that failed for the network, and were tried again.
    pub retries: u64,
}

/// Somebody who syncs this workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AgentInfo {
    /// Agent.
    pub agent: String,
    /// Host.
    pub host: String,
    /// RFC 3339 in UTC, the server's clock.
    pub last_seen: String,
    /// What it had when it was last seen.
    pub revision: u64,
    /// It is this one.
    #[serde(rename = "self")]
    pub is_self: bool,
}

/// Checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Checkpoint {
    /// Name.
    pub name: String,
    /// Revision.
    pub revision: u64,
    /// When it was named.
    pub created_at: String,
    /// Who made the revision, and when.
    pub agent: String,
    /// Committed at.
    pub committed_at: String,
}

/// Commit entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CommitEntry {
    /// Revision.
    pub revision: u64,
    /// At.
    pub at: String,
    /// Agent.
    pub agent: String,
    /// Kind.
    pub kind: String,
    /// Files, directories and others that it made, changed and removed.
    pub added: u64,
    /// Modified.
    pub modified: u64,
    /// Removed.
    pub removed: u64,
    /// Names that appeared or went.
    pub entries: u64,
    /// Checkpoints.
    pub checkpoints: Vec<String>,
}

words! {
    /// `lost`: another version won over it (`why`); it was never live.
    VersionEntryWhat {
        Created = "created",
        Modified = "modified",
        Attributes = "attributes",
        Renamed = "renamed",
        Deleted = "deleted",
        Lost = "lost",
    }
}

/// Version entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VersionEntry {
    /// What `restore` takes: a revision, or `lost-…` for a version that was never live.
    pub version: String,
    /// null for a version that no remote has yet.
    pub revision: Option<u64>,
    /// At.
    pub at: String,
    /// Agent.
    pub agent: String,
    /// Path.
    pub path: String,
    /// `lost`: another version won over it (`why`); it was never live.
    pub what: VersionEntryWhat,
    /// Kind.
    pub kind: FileKind,
    /// Size.
    pub size: u64,
    /// Hash.
    pub hash: String,
    /// Mode.
    pub mode: u32,
    /// Of a rename: the path before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of a version that lost: the type of the conflict, `restore`, or `overwritten`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// History log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryLog {
    /// Workspace.
    pub workspace: String,
    /// Remote.
    pub remote: String,
    /// null: of the whole workspace.
    pub path: Option<String>,
    /// Of the whole workspace: its commits, the newest first.
    pub commits: Vec<CommitEntry>,
    /// Of a file: its versions, the newest first. Of the whole workspace: those that lost.
    pub versions: Vec<VersionEntry>,
}

/// null: what is here now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffReportFrom {
    /// Revision.
    pub revision: u64,
    /// At.
    pub at: String,
}

/// Diff report to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffReportTo {
    /// Revision.
    pub revision: u64,
    /// At.
    pub at: String,
}

words! {
    /// Diff entry what.
    DiffEntryWhat {
        Added = "added",
        Removed = "removed",
        Modified = "modified",
        Renamed = "renamed",
        Attributes = "attributes",
    }
}

/// Diff side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffSide {
    /// Path.
    pub path: String,
    /// Kind.
    pub kind: FileKind,
    /// Size.
    pub size: u64,
    /// Hash.
    pub hash: String,
    /// Mode.
    pub mode: u32,
}

/// Diff entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffEntry {
    /// Path.
    pub path: String,
    /// What.
    pub what: DiffEntryWhat,
    /// null where it is not there. `renamed` may have changed besides.
    pub before: Option<DiffSide>,
    /// After.
    pub after: Option<DiffSide>,
    /// Content of either side that is no text, or too large to be compared as one.
    pub binary: bool,
    /// A unified diff, where both sides are text and differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// Diff report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffReport {
    /// null: what is here now.
    pub from: DiffReportFrom,
    /// To.
    pub to: Option<DiffReportTo>,
    /// By path.
    pub entries: Vec<DiffEntry>,
}

/// Restore report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreReport {
    /// 0 where the version was never live.
    pub revision: u64,
    /// At.
    pub at: String,
    /// Files, directories and names that changed here.
    pub changed: u64,
    /// Versions that no remote had and that were replaced: history has them.
    pub kept: u64,
    /// Path.
    pub path: String,
}

words! {
    /// Resolution.
    Resolution {
        Local = "local",
        Remote = "remote",
        Both = "both",
        Merge = "merge",
    }
}

words! {
    /// Resolve refusal reason.
    ResolveRefusalReason {
        Gone = "gone",
        Changed = "changed",
        Waits = "waits",
        Impossible = "impossible",
    }
}

/// `gone`: it is no conflict any more; `changed`: one of the sides is not as it was listed;
/// `waits`: another conflict has to be resolved with it; `impossible`: the strategy cannot be had
/// for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResolveRefusal {
    /// Id.
    pub id: String,
    /// Path.
    pub path: String,
    /// Reason.
    pub reason: ResolveRefusalReason,
    /// Message.
    pub message: String,
    /// Hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// As it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<SyncConflict>,
}

/// Resolve report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResolveReport {
    /// With their winners; also those that were decided along, since they are about the same file.
    pub resolved: Vec<SyncConflict>,
    /// Refused.
    pub refused: Vec<ResolveRefusal>,
    /// What still waits for a person.
    pub remaining: Vec<SyncConflict>,
}

/// Conflict content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConflictContent {
    /// Text.
    Text {
        /// Text.
        text: String,
    },
    /// Symlink.
    Symlink {
        /// Target.
        target: String,
    },
    /// Binary.
    Binary,
    /// Large.
    Large,
    /// None.
    None,
    /// Changed.
    Changed,
    /// Lost.
    Lost,
    /// Something that only a newer owner knows.
    #[serde(other)]
    Unknown,
}

/// Conflict contents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConflictContents {
    /// A side is null where it is deleted, and where there is no common ancestor (`base`).
    pub conflict: SyncConflict,
    /// Base.
    pub base: Option<ConflictContent>,
    /// Local.
    pub local: Option<ConflictContent>,
    /// Remote.
    pub remote: Option<ConflictContent>,
}

words! {
    /// Mount driver.
    MountDriver {
        Native = "native",
        FuseNative = "fuse-native",
    }
}

/// Transactions, rows written in them, and syncs to disk of the workspace database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerStatisticsStore {
    /// Commits.
    pub commits: u64,
    /// Rows written.
    pub rows_written: u64,
    /// Syncs.
    pub syncs: u64,
}

/// Owner statistics mounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerStatisticsMounts {
    /// Mountpoint.
    pub mountpoint: String,
    /// Requests.
    pub requests: BTreeMap<String, u64>,
}

/// Counts since the owner began, that do not depend on the machine: for benchmarks and tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerStatistics {
    /// Transactions, rows written in them, and syncs to disk of the workspace database.
    pub store: OwnerStatisticsStore,
    /// FUSE requests by opcode, a mount each; with fuse-native by callback.
    pub mounts: Vec<OwnerStatisticsMounts>,
}

/// Workspace info.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspaceInfo {
    /// Name.
    pub name: String,
    /// Database.
    pub database: String,
    /// Bytes of the database file and its write-ahead log.
    pub database_bytes: u64,
    /// Agent.
    pub agent: String,
    /// Created at.
    pub created_at: String,
    /// Filesystem.
    pub filesystem: FilesystemRecord,
    /// Owner.
    pub owner: OwnerInfo,
}

words! {
    /// Event name.
    EventName {
        SyncChange = "sync.change",
        SyncConflict = "sync.conflict",
        SyncStatus = "sync.status",
        SyncProgress = "sync.progress",
    }
}

words! {
    /// Sync progress phase.
    SyncProgressPhase {
        Push = "push",
        Pull = "pull",
        Verify = "verify",
    }
}

/// How far a push or a pull is, told a few times a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncProgress {
    /// Remote.
    pub remote: String,
    /// Phase.
    pub phase: SyncProgressPhase,
    /// Files, directories and others that are there by now, and in all as far as that is known (0:
    /// not at all).
    pub done: u64,
    /// Total.
    pub total: u64,
    /// Bytes of content, which need not all be sent, and in all as far as that is known.
    pub bytes: u64,
    /// Total bytes.
    pub total_bytes: u64,
    /// Where the remote has not answered for a second: milliseconds until the request is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_left_ms: Option<f64>,
}

words! {
    /// Error code.
    ErrorCode {
        EACCES = "EACCES",
        EAGAIN = "EAGAIN",
        EBADF = "EBADF",
        EBUSY = "EBUSY",
        EEXIST = "EEXIST",
        EFBIG = "EFBIG",
        EILSEQ = "EILSEQ",
        EINVAL = "EINVAL",
        EIO = "EIO",
        EISDIR = "EISDIR",
        ELOOP = "ELOOP",
        EMFILE = "EMFILE",
        EMLINK = "EMLINK",
        ENAMETOOLONG = "ENAMETOOLONG",
        ENFILE = "ENFILE",
        ENODATA = "ENODATA",
        ENODEV = "ENODEV",
        ENOENT = "ENOENT",
        ENOMEM = "ENOMEM",
        ENOSPC = "ENOSPC",
        ENOSYS = "ENOSYS",
        ENOTDIR = "ENOTDIR",
        ENOTEMPTY = "ENOTEMPTY",
        ENXIO = "ENXIO",
        EOPNOTSUPP = "EOPNOTSUPP",
        EOVERFLOW = "EOVERFLOW",
        EPERM = "EPERM",
        ERANGE = "ERANGE",
        EROFS = "EROFS",
        ESTALE = "ESTALE",
        ETXTBSY = "ETXTBSY",
        EXDEV = "EXDEV",
        E2BIG = "E2BIG",
        Usage = "USAGE",
        WorkspaceInvalidName = "WORKSPACE_INVALID_NAME",
        WorkspaceNotFound = "WORKSPACE_NOT_FOUND",
        WorkspaceExists = "WORKSPACE_EXISTS",
        WorkspaceBusy = "WORKSPACE_BUSY",
        DatabaseNotSqlite = "DATABASE_NOT_SQLITE",
        DatabaseNotAgentfs = "DATABASE_NOT_AGENTFS",
        DatabaseNewer = "DATABASE_NEWER",
        DatabaseDamaged = "DATABASE_DAMAGED",
        DatabaseReadonly = "DATABASE_READONLY",
        MountpointInvalid = "MOUNTPOINT_INVALID",
        MountpointBusy = "MOUNTPOINT_BUSY",
        MountFailed = "MOUNT_FAILED",
        NotMounted = "NOT_MOUNTED",
        AlreadyMounted = "ALREADY_MOUNTED",
        FuseUnavailable = "FUSE_UNAVAILABLE",
        OwnerUnreachable = "OWNER_UNREACHABLE",
        OwnerGone = "OWNER_GONE",
        ProtocolMismatch = "PROTOCOL_MISMATCH",
        UnknownMethod = "UNKNOWN_METHOD",
        InvalidArgument = "INVALID_ARGUMENT",
        Closed = "CLOSED",
        SyncNotEnabled = "SYNC_NOT_ENABLED",
        SyncConflict = "SYNC_CONFLICT",
        SyncConflictChanged = "SYNC_CONFLICT_CHANGED",
        SyncConflictGone = "SYNC_CONFLICT_GONE",
        SyncConflictWaits = "SYNC_CONFLICT_WAITS",
        SyncUnmergeable = "SYNC_UNMERGEABLE",
        SyncBrake = "SYNC_BRAKE",
        SyncBusy = "SYNC_BUSY",
        RemoteUnreachable = "REMOTE_UNREACHABLE",
        RemoteNotLibsql = "REMOTE_NOT_LIBSQL",
        RemoteAuth = "REMOTE_AUTH",
        RemoteRejected = "REMOTE_REJECTED",
        RemoteCorrupt = "REMOTE_CORRUPT",
        RemoteNewer = "REMOTE_NEWER",
        Cancelled = "CANCELLED",
        Unsupported = "UNSUPPORTED",
        Internal = "INTERNAL",
    }
}
