//! What can be asked, a struct for each method: what a [`Call`] carries. Made from src/sdk/openrpc.json by
//! `npm run protocol`.

use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::call::{sealed, seconds, Call, Request};
use crate::error::{Error, SyncError};
use crate::frame::ByteMark;
use crate::models;
use crate::references::{ConflictReference, TimeChange};

/// `home.info`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeInfo {}

/// What `HomeInfo` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HomeInfoAnswer {
    /// Home.
    pub home: String,
    /// Version.
    pub version: String,
}

impl sealed::Sealed for HomeInfo {}

impl Request for HomeInfo {
    const METHOD: &'static str = "home.info";
    type Answer = HomeInfoAnswer;
    type Output = HomeInfoAnswer;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `home.create`: Makes a workspace, or opens one that is there, and sees to it that it has an
/// owner: this process, if need be.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeCreate {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) db: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exist: Option<&'static str>,
}

impl sealed::Sealed for HomeCreate {}

impl Request for HomeCreate {
    const METHOD: &'static str = "home.create";
    type Answer = models::OwnerPlace;
    type Output = models::OwnerPlace;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `home.get`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeGet {
    pub(crate) name: String,
}

impl sealed::Sealed for HomeGet {}

impl Request for HomeGet {
    const METHOD: &'static str = "home.get";
    type Answer = models::WorkspacePlace;
    type Output = models::WorkspacePlace;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `home.list`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeList {}

/// What `HomeList` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HomeListAnswer {
    /// Workspaces.
    pub workspaces: Vec<models::WorkspaceEntry>,
}

impl sealed::Sealed for HomeList {}

impl Request for HomeList {
    const METHOD: &'static str = "home.list";
    type Answer = HomeListAnswer;
    type Output = Vec<models::WorkspaceEntry>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.workspaces
    }
}

/// `home.delete`: `kept`: the database that `db` had put elsewhere. WORKSPACE_BUSY while it is in
/// use.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeDelete {
    pub(crate) name: String,
}

/// What `HomeDelete` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HomeDeleteAnswer {
    /// Kept.
    pub kept: Option<String>,
}

impl sealed::Sealed for HomeDelete {}

impl Request for HomeDelete {
    const METHOD: &'static str = "home.delete";
    type Answer = HomeDeleteAnswer;
    type Output = Option<String>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.kept
    }
}

/// `home.open`: Finds the owner, or becomes it until `home.close` or the end. Asked again when the
/// owner has gone.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeOpen {
    pub(crate) name: String,
}

impl sealed::Sealed for HomeOpen {}

impl Request for HomeOpen {
    const METHOD: &'static str = "home.open";
    type Answer = models::OwnerPlace;
    type Output = models::OwnerPlace;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `home.close`: Ends what this process has of the workspace; what was acknowledged is durable
/// then.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeClose {
    pub(crate) name: String,
}

impl sealed::Sealed for HomeClose {}

impl Request for HomeClose {
    const METHOD: &'static str = "home.close";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `home.startOwner`: Has a background owner take over, which alone can mount, and goes on without
/// this process.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeStartOwner {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<bool>,
}

impl sealed::Sealed for HomeStartOwner {}

impl Request for HomeStartOwner {
    const METHOD: &'static str = "home.startOwner";
    type Answer = models::OwnerPlace;
    type Output = models::OwnerPlace;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `fs.stat`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsStat {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsStat {}

impl Request for FsStat {
    const METHOD: &'static str = "fs.stat";
    type Answer = models::StatRecord;
    type Output = models::StatRecord;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<FsStat> {
    /// Follow.
    pub fn follow(mut self, follow: bool) -> Self {
        self.params.follow = Some(follow);
        self
    }
}

/// `fs.exists`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsExists {
    pub(crate) path: String,
}

/// What `FsExists` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsExistsAnswer {
    /// Exists.
    pub exists: bool,
}

impl sealed::Sealed for FsExists {}

impl Request for FsExists {
    const METHOD: &'static str = "fs.exists";
    type Answer = FsExistsAnswer;
    type Output = bool;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.exists
    }
}

/// `fs.realpath`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRealpath {
    pub(crate) path: String,
}

/// What `FsRealpath` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsRealpathAnswer {
    /// Path.
    pub path: String,
}

impl sealed::Sealed for FsRealpath {}

impl Request for FsRealpath {
    const METHOD: &'static str = "fs.realpath";
    type Answer = FsRealpathAnswer;
    type Output = String;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.path
    }
}

/// `fs.readFile`: Whole files up to MAX_DATA_BYTES; EFBIG beyond, where `fs.open` and `fs.read` go
/// on.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsReadFile {
    pub(crate) path: String,
}

/// What `FsReadFile` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsReadFileAnswer {
    /// Size.
    pub size: u64,
}

impl sealed::Sealed for FsReadFile {}

impl Request for FsReadFile {
    const METHOD: &'static str = "fs.readFile";
    type Answer = FsReadFileAnswer;
    type Output = u64;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.size
    }
}

/// `fs.writeFile`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsWriteFile {
    pub(crate) path: String,
    pub(crate) data: ByteMark,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flag: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<u32>,
}

/// What `FsWriteFile` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsWriteFileAnswer {
    /// Size.
    pub size: u64,
}

impl sealed::Sealed for FsWriteFile {}

impl Request for FsWriteFile {
    const METHOD: &'static str = "fs.writeFile";
    type Answer = FsWriteFileAnswer;
    type Output = u64;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.size
    }
}

/// `fs.open`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsOpen {
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flags: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<u32>,
}

/// What `FsOpen` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsOpenAnswer {
    /// Handle.
    pub handle: u64,
    /// Stat.
    pub stat: models::StatRecord,
}

impl sealed::Sealed for FsOpen {}

impl Request for FsOpen {
    const METHOD: &'static str = "fs.open";
    type Answer = FsOpenAnswer;
    type Output = FsOpenAnswer;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `fs.close`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsClose {
    pub(crate) handle: u64,
}

impl sealed::Sealed for FsClose {}

impl Request for FsClose {
    const METHOD: &'static str = "fs.close";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.read`: At most MAX_DATA_BYTES a call; short only at the end of the file.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRead {
    pub(crate) offset: u64,
    pub(crate) length: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsRead {}

impl Request for FsRead {
    const METHOD: &'static str = "fs.read";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.write`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsWrite {
    pub(crate) offset: u64,
    pub(crate) data: ByteMark,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

/// What `FsWrite` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsWriteAnswer {
    /// Written.
    pub written: u32,
}

impl sealed::Sealed for FsWrite {}

impl Request for FsWrite {
    const METHOD: &'static str = "fs.write";
    type Answer = FsWriteAnswer;
    type Output = u32;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.written
    }
}

/// `fs.truncate`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsTruncate {
    pub(crate) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsTruncate {}

impl Request for FsTruncate {
    const METHOD: &'static str = "fs.truncate";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.readdir`: Pages of at most `limit` entries; `next` null at the end, else the `after` of the
/// next page.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsReaddir {
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stat: Option<bool>,
}

/// What `FsReaddir` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsReaddirAnswer {
    /// Entries.
    pub entries: Vec<models::ListedEntry>,
    /// Next.
    pub next: Option<u64>,
}

impl sealed::Sealed for FsReaddir {}

impl Request for FsReaddir {
    const METHOD: &'static str = "fs.readdir";
    type Answer = FsReaddirAnswer;
    type Output = FsReaddirAnswer;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `fs.mkdir`: `first`: the outermost directory that was made.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsMkdir {
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recursive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<u32>,
}

/// What `FsMkdir` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsMkdirAnswer {
    /// Created.
    pub created: bool,
    /// First.
    pub first: Option<String>,
}

impl sealed::Sealed for FsMkdir {}

impl Request for FsMkdir {
    const METHOD: &'static str = "fs.mkdir";
    type Answer = FsMkdirAnswer;
    type Output = bool;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.created
    }
}

impl Call<FsMkdir> {
    /// Recursive.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.params.recursive = Some(recursive);
        self
    }

    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub fn mode(mut self, mode: u32) -> Self {
        self.params.mode = Some(mode);
        self
    }
}

/// `fs.rmdir`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRmdir {
    pub(crate) path: String,
}

impl sealed::Sealed for FsRmdir {}

impl Request for FsRmdir {
    const METHOD: &'static str = "fs.rmdir";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.unlink`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsUnlink {
    pub(crate) path: String,
}

impl sealed::Sealed for FsUnlink {}

impl Request for FsUnlink {
    const METHOD: &'static str = "fs.unlink";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.rm`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRm {
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recursive: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
}

/// What `FsRm` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsRmAnswer {
    /// Removed.
    pub removed: u64,
}

impl sealed::Sealed for FsRm {}

impl Request for FsRm {
    const METHOD: &'static str = "fs.rm";
    type Answer = FsRmAnswer;
    type Output = u64;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.removed
    }
}

impl Call<FsRm> {
    /// Recursive.
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.params.recursive = Some(recursive);
        self
    }

    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }
}

/// `fs.rename`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRename {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) no_replace: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exchange: Option<bool>,
}

impl sealed::Sealed for FsRename {}

impl Request for FsRename {
    const METHOD: &'static str = "fs.rename";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<FsRename> {
    /// No replace.
    pub fn no_replace(mut self, no_replace: bool) -> Self {
        self.params.no_replace = Some(no_replace);
        self
    }

    /// Exchange.
    pub fn exchange(mut self, exchange: bool) -> Self {
        self.params.exchange = Some(exchange);
        self
    }
}

/// `fs.link`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsLink {
    pub(crate) existing: String,
    pub(crate) path: String,
}

impl sealed::Sealed for FsLink {}

impl Request for FsLink {
    const METHOD: &'static str = "fs.link";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.symlink`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsSymlink {
    pub(crate) target: String,
    pub(crate) path: String,
}

impl sealed::Sealed for FsSymlink {}

impl Request for FsSymlink {
    const METHOD: &'static str = "fs.symlink";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.readlink`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsReadlink {
    pub(crate) path: String,
}

/// What `FsReadlink` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsReadlinkAnswer {
    /// Target.
    pub target: String,
}

impl sealed::Sealed for FsReadlink {}

impl Request for FsReadlink {
    const METHOD: &'static str = "fs.readlink";
    type Answer = FsReadlinkAnswer;
    type Output = String;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.target
    }
}

/// `fs.chmod`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsChmod {
    pub(crate) mode: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsChmod {}

impl Request for FsChmod {
    const METHOD: &'static str = "fs.chmod";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<FsChmod> {
    /// Follow.
    pub fn follow(mut self, follow: bool) -> Self {
        self.params.follow = Some(follow);
        self
    }
}

/// `fs.chown`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsChown {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsChown {}

impl Request for FsChown {
    const METHOD: &'static str = "fs.chown";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<FsChown> {
    /// Follow.
    pub fn follow(mut self, follow: bool) -> Self {
        self.params.follow = Some(follow);
        self
    }
}

/// `fs.utimes`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsUtimes {
    pub(crate) atime: TimeChange,
    pub(crate) mtime: TimeChange,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) handle: Option<u64>,
}

impl sealed::Sealed for FsUtimes {}

impl Request for FsUtimes {
    const METHOD: &'static str = "fs.utimes";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<FsUtimes> {
    /// Follow.
    pub fn follow(mut self, follow: bool) -> Self {
        self.params.follow = Some(follow);
        self
    }
}

/// `fs.copyFile`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsCopyFile {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) no_replace: Option<bool>,
}

/// What `FsCopyFile` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsCopyFileAnswer {
    /// Size.
    pub size: u64,
}

impl sealed::Sealed for FsCopyFile {}

impl Request for FsCopyFile {
    const METHOD: &'static str = "fs.copyFile";
    type Answer = FsCopyFileAnswer;
    type Output = u64;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.size
    }
}

impl Call<FsCopyFile> {
    /// No replace.
    pub fn no_replace(mut self, no_replace: bool) -> Self {
        self.params.no_replace = Some(no_replace);
        self
    }
}

/// `fs.getxattr`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsGetxattr {
    pub(crate) path: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
}

impl sealed::Sealed for FsGetxattr {}

impl Request for FsGetxattr {
    const METHOD: &'static str = "fs.getxattr";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.setxattr`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsSetxattr {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) data: ByteMark,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) create: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replace: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
}

impl sealed::Sealed for FsSetxattr {}

impl Request for FsSetxattr {
    const METHOD: &'static str = "fs.setxattr";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.listxattr`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsListxattr {
    pub(crate) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
}

/// What `FsListxattr` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FsListxattrAnswer {
    /// Names.
    pub names: Vec<String>,
}

impl sealed::Sealed for FsListxattr {}

impl Request for FsListxattr {
    const METHOD: &'static str = "fs.listxattr";
    type Answer = FsListxattrAnswer;
    type Output = Vec<String>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.names
    }
}

/// `fs.removexattr`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsRemovexattr {
    pub(crate) path: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<bool>,
}

impl sealed::Sealed for FsRemovexattr {}

impl Request for FsRemovexattr {
    const METHOD: &'static str = "fs.removexattr";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `fs.statfs`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FsStatfs {}

impl sealed::Sealed for FsStatfs {}

impl Request for FsStatfs {
    const METHOD: &'static str = "fs.statfs";
    type Answer = models::FilesystemRecord;
    type Output = models::FilesystemRecord;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `sync.enable`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncEnable {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<models::SyncMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conflict_resolution: Option<models::ConflictPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exclude: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compression: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keep: Option<String>,
    pub(crate) turso_db: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncEnable {}

impl Request for SyncEnable {
    const METHOD: &'static str = "sync.enable";
    type Answer = models::SyncStatus;
    type Output = models::SyncStatus;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncEnable> {
    /// Mode.
    pub fn mode(mut self, mode: models::SyncMode) -> Self {
        self.params.mode = Some(mode);
        self
    }

    /// Seconds between periodic syncs, 5 to 86 400.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.params.interval = Some(seconds(interval));
        self
    }

    /// Conflict resolution.
    pub fn conflict_resolution(mut self, conflict_resolution: models::ConflictPolicy) -> Self {
        self.params.conflict_resolution = Some(conflict_resolution);
        self
    }

    /// Files a commit, 1 to 100 000.
    pub fn batch_size(mut self, batch_size: u64) -> Self {
        self.params.batch_size = Some(batch_size);
        self
    }

    /// Include.
    pub fn include(mut self, include: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params.include = Some(include.into_iter().map(Into::into).collect());
        self
    }

    /// Exclude.
    pub fn exclude(mut self, exclude: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params.exclude = Some(exclude.into_iter().map(Into::into).collect());
        self
    }

    /// Compression.
    pub fn compression(mut self, compression: bool) -> Self {
        self.params.compression = Some(compression);
        self
    }

    /// Seconds a request may take, 1 to 3 600.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.params.timeout = Some(seconds(timeout));
        self
    }

    /// How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or
    /// `everything`.
    pub fn keep(mut self, keep: impl Into<String>) -> Self {
        self.params.keep = Some(keep.into());
        self
    }

    /// Token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.params.token = Some(token.into());
        self
    }

    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.disable`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncDisable {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncDisable {}

impl Request for SyncDisable {
    const METHOD: &'static str = "sync.disable";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = SyncError;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<SyncDisable> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.push`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncPush {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u64>,
}

impl sealed::Sealed for SyncPush {}

impl Request for SyncPush {
    const METHOD: &'static str = "sync.push";
    type Answer = models::SyncReport;
    type Output = models::SyncReport;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncPush> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }

    /// Dry run.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.params.dry_run = Some(dry_run);
        self
    }

    /// Seconds a request may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.params.timeout = Some(seconds(timeout));
        self
    }
}

/// `sync.pull`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncPull {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dry_run: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
}

impl sealed::Sealed for SyncPull {}

impl Request for SyncPull {
    const METHOD: &'static str = "sync.pull";
    type Answer = models::SyncReport;
    type Output = models::SyncReport;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncPull> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }

    /// Dry run.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.params.dry_run = Some(dry_run);
        self
    }

    /// Seconds a request may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.params.timeout = Some(seconds(timeout));
        self
    }

    /// Of a pull: what the workspace becomes, as a change made here; RFC 3339, a date, or `2h ago`.
    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.params.at = Some(at.into());
        self
    }

    /// Of a pull: the same by a checkpoint or a revision.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.params.version = Some(version.into());
        self
    }
}

/// `sync.config`: Without `changes`: what is set.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<models::ConfigChanges>,
}

impl sealed::Sealed for SyncConfig {}

impl Request for SyncConfig {
    const METHOD: &'static str = "sync.config";
    type Answer = models::SyncConfig;
    type Output = models::SyncConfig;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncConfig> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Mode.
    pub fn mode(mut self, mode: models::SyncMode) -> Self {
        self.params.changes.get_or_insert_with(Default::default).mode = Some(mode);
        self
    }

    /// Seconds between periodic syncs, 5 to 86 400.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.params.changes.get_or_insert_with(Default::default).interval = Some(seconds(interval));
        self
    }

    /// Conflict resolution.
    pub fn conflict_resolution(mut self, conflict_resolution: models::ConflictPolicy) -> Self {
        self.params.changes.get_or_insert_with(Default::default).conflict_resolution = Some(conflict_resolution);
        self
    }

    /// Files a commit, 1 to 100 000.
    pub fn batch_size(mut self, batch_size: u64) -> Self {
        self.params.changes.get_or_insert_with(Default::default).batch_size = Some(batch_size);
        self
    }

    /// Include.
    pub fn include(mut self, include: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params.changes.get_or_insert_with(Default::default).include = Some(include.into_iter().map(Into::into).collect());
        self
    }

    /// Exclude.
    pub fn exclude(mut self, exclude: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params.changes.get_or_insert_with(Default::default).exclude = Some(exclude.into_iter().map(Into::into).collect());
        self
    }

    /// Compression.
    pub fn compression(mut self, compression: bool) -> Self {
        self.params.changes.get_or_insert_with(Default::default).compression = Some(compression);
        self
    }

    /// Seconds a request may take, 1 to 3 600.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.params.changes.get_or_insert_with(Default::default).timeout = Some(seconds(timeout));
        self
    }

    /// How long replaced and removed versions are kept: `30d`, `12h`, `2w`, at least an hour; or
    /// `everything`.
    pub fn keep(mut self, keep: impl Into<String>) -> Self {
        self.params.changes.get_or_insert_with(Default::default).keep = Some(keep.into());
        self
    }

    /// Token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.params.changes.get_or_insert_with(Default::default).token = Some(token.into());
        self
    }
}

/// `sync.explain`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncExplain {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    pub(crate) path: String,
}

impl sealed::Sealed for SyncExplain {}

impl Request for SyncExplain {
    const METHOD: &'static str = "sync.explain";
    type Answer = models::FilterExplanation;
    type Output = models::FilterExplanation;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncExplain> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.status`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncStatus {}

impl Request for SyncStatus {
    const METHOD: &'static str = "sync.status";
    type Answer = models::SyncStatus;
    type Output = models::SyncStatus;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncStatus> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.conflicts`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncConflicts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

/// What `SyncConflicts` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncConflictsAnswer {
    /// Conflicts.
    pub conflicts: Vec<models::SyncConflict>,
}

impl sealed::Sealed for SyncConflicts {}

impl Request for SyncConflicts {
    const METHOD: &'static str = "sync.conflicts";
    type Answer = SyncConflictsAnswer;
    type Output = Vec<models::SyncConflict>;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.conflicts
    }
}

impl Call<SyncConflicts> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.audit`: What was done to the workspace, by whom, the latest first.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncAudit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

impl sealed::Sealed for SyncAudit {}

impl Request for SyncAudit {
    const METHOD: &'static str = "sync.audit";
    type Answer = models::AuditLog;
    type Output = models::AuditLog;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncAudit> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Rows of the audit log.
    pub fn limit(mut self, limit: u32) -> Self {
        self.params.limit = Some(limit);
        self
    }
}

/// `sync.verify`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncVerify {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncVerify {}

impl Request for SyncVerify {
    const METHOD: &'static str = "sync.verify";
    type Answer = models::VerifyReport;
    type Output = models::VerifyReport;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncVerify> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.metrics`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncMetrics {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncMetrics {}

impl Request for SyncMetrics {
    const METHOD: &'static str = "sync.metrics";
    type Answer = models::SyncMetrics;
    type Output = models::SyncMetrics;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncMetrics> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.agents`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncAgents {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

/// What `SyncAgents` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncAgentsAnswer {
    /// Agents.
    pub agents: Vec<models::AgentInfo>,
}

impl sealed::Sealed for SyncAgents {}

impl Request for SyncAgents {
    const METHOD: &'static str = "sync.agents";
    type Answer = SyncAgentsAnswer;
    type Output = Vec<models::AgentInfo>;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.agents
    }
}

impl Call<SyncAgents> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.reset`: Forgets what was agreed with a remote; every file on both sides stays, and the
/// next sync joins them anew.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncReset {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_id: Option<bool>,
}

impl sealed::Sealed for SyncReset {}

impl Request for SyncReset {
    const METHOD: &'static str = "sync.reset";
    type Answer = models::SyncStatus;
    type Output = models::SyncStatus;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncReset> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// New id.
    pub fn new_id(mut self, new_id: bool) -> Self {
        self.params.new_id = Some(new_id);
        self
    }
}

/// `checkpoint.create`: Pushes and pulls what is pending first.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointCreate {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for CheckpointCreate {}

impl Request for CheckpointCreate {
    const METHOD: &'static str = "checkpoint.create";
    type Answer = models::Checkpoint;
    type Output = models::Checkpoint;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<CheckpointCreate> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `checkpoint.list`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointList {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

/// What `CheckpointList` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CheckpointListAnswer {
    /// Checkpoints.
    pub checkpoints: Vec<models::Checkpoint>,
}

impl sealed::Sealed for CheckpointList {}

impl Request for CheckpointList {
    const METHOD: &'static str = "checkpoint.list";
    type Answer = CheckpointListAnswer;
    type Output = Vec<models::Checkpoint>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.checkpoints
    }
}

impl Call<CheckpointList> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `checkpoint.delete`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointDelete {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for CheckpointDelete {}

impl Request for CheckpointDelete {
    const METHOD: &'static str = "checkpoint.delete";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<CheckpointDelete> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `history.log`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryLog {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<u64>,
}

impl sealed::Sealed for HistoryLog {}

impl Request for HistoryLog {
    const METHOD: &'static str = "history.log";
    type Answer = models::HistoryLog;
    type Output = models::HistoryLog;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<HistoryLog> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Path.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.params.path = Some(path.into());
        self
    }

    /// At most so many commits or versions; default 50.
    pub fn limit(mut self, limit: u32) -> Self {
        self.params.limit = Some(limit);
        self
    }

    /// Commits before this revision.
    pub fn before(mut self, before: u64) -> Self {
        self.params.before = Some(before);
        self
    }
}

/// `history.diff`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryDiff {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

impl sealed::Sealed for HistoryDiff {}

impl Request for HistoryDiff {
    const METHOD: &'static str = "history.diff";
    type Answer = models::DiffReport;
    type Output = models::DiffReport;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<HistoryDiff> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Only what is at or below it.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.params.path = Some(path.into());
        self
    }

    /// A revision, a checkpoint or a time; absent: what was last synced.
    pub fn from(mut self, from: impl Into<String>) -> Self {
        self.params.from = Some(from.into());
        self
    }

    /// The same; absent: what is here now.
    pub fn to(mut self, to: impl Into<String>) -> Self {
        self.params.to = Some(to.into());
        self
    }
}

/// `history.restore`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryRestore {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dry_run: Option<bool>,
    pub(crate) path: String,
}

impl sealed::Sealed for HistoryRestore {}

impl Request for HistoryRestore {
    const METHOD: &'static str = "history.restore";
    type Answer = models::RestoreReport;
    type Output = models::RestoreReport;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<HistoryRestore> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// At.
    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.params.at = Some(at.into());
        self
    }

    /// A checkpoint, a revision, or `lost-…`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.params.version = Some(version.into());
        self
    }

    /// Dry run.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.params.dry_run = Some(dry_run);
        self
    }
}

/// `sync.resolve`: `conflict` is one (as it was listed, or a path) and what is refused is an error;
/// `conflicts` are several, none of both is all, and what is refused is in the result. One of
/// `useLocal`, `useRemote`, `strategy` says how.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncResolve {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conflict: Option<ConflictReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conflicts: Option<Vec<ConflictReference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) strategy: Option<models::Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u64>,
}

impl sealed::Sealed for SyncResolve {}

impl Request for SyncResolve {
    const METHOD: &'static str = "sync.resolve";
    type Answer = models::ResolveReport;
    type Output = models::ResolveReport;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncResolve> {
    /// Conflicts.
    pub fn conflicts(mut self, conflicts: impl IntoIterator<Item = impl Into<ConflictReference>>) -> Self {
        self.params.conflicts = Some(conflicts.into_iter().map(Into::into).collect());
        self
    }

    /// Strategy.
    pub fn strategy(mut self, strategy: models::Resolution) -> Self {
        self.params.strategy = Some(strategy);
        self
    }

    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }

    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }

    /// Seconds a request may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.params.timeout = Some(seconds(timeout));
        self
    }
}

/// `sync.compare`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncCompare {
    pub(crate) conflict: ConflictReference,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
}

impl sealed::Sealed for SyncCompare {}

impl Request for SyncCompare {
    const METHOD: &'static str = "sync.compare";
    type Answer = models::ConflictContents;
    type Output = models::ConflictContents;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<SyncCompare> {
    /// Remote.
    pub fn remote(mut self, remote: impl Into<String>) -> Self {
        self.params.remote = Some(remote.into());
        self
    }
}

/// `sync.remotes`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncRemotes {}

/// What `SyncRemotes` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncRemotesAnswer {
    /// Remotes.
    pub remotes: Vec<String>,
    /// Needs owner.
    pub needs_owner: bool,
}

impl sealed::Sealed for SyncRemotes {}

impl Request for SyncRemotes {
    const METHOD: &'static str = "sync.remotes";
    type Answer = SyncRemotesAnswer;
    type Output = SyncRemotesAnswer;
    type Error = SyncError;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `mount.add`: Only a background owner mounts; an in-process one answers UNSUPPORTED (start one
/// with startOwner).
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MountAdd {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) driver: Option<models::MountDriver>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_other: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dev: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suid: Option<bool>,
    pub(crate) mountpoint: String,
}

impl sealed::Sealed for MountAdd {}

impl Request for MountAdd {
    const METHOD: &'static str = "mount.add";
    type Answer = models::MountInfo;
    type Output = models::MountInfo;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<MountAdd> {
    /// Driver.
    pub fn driver(mut self, driver: models::MountDriver) -> Self {
        self.params.driver = Some(driver);
        self
    }

    /// Read only.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.params.read_only = Some(read_only);
        self
    }

    /// Allow other.
    pub fn allow_other(mut self, allow_other: bool) -> Self {
        self.params.allow_other = Some(allow_other);
        self
    }

    /// Let device nodes, and set-user-id bits, work on the mount. Root only.
    pub fn dev(mut self, dev: bool) -> Self {
        self.params.dev = Some(dev);
        self
    }

    /// Suid.
    pub fn suid(mut self, suid: bool) -> Self {
        self.params.suid = Some(suid);
        self
    }
}

/// `mount.remove`: Returns when everything is durable and the mount is gone. NOT_MOUNTED where
/// nothing was.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MountRemove {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mountpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
}

/// What `MountRemove` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MountRemoveAnswer {
    /// Removed.
    pub removed: Vec<String>,
    /// Owner stays.
    pub owner_stays: bool,
}

impl sealed::Sealed for MountRemove {}

impl Request for MountRemove {
    const METHOD: &'static str = "mount.remove";
    type Answer = MountRemoveAnswer;
    type Output = MountRemoveAnswer;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

impl Call<MountRemove> {
    /// Mountpoint.
    pub fn mountpoint(mut self, mountpoint: impl Into<String>) -> Self {
        self.params.mountpoint = Some(mountpoint.into());
        self
    }

    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }
}

/// `mount.list`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MountList {}

/// What `MountList` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MountListAnswer {
    /// Mounts.
    pub mounts: Vec<models::MountInfo>,
}

impl sealed::Sealed for MountList {}

impl Request for MountList {
    const METHOD: &'static str = "mount.list";
    type Answer = MountListAnswer;
    type Output = Vec<models::MountInfo>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.mounts
    }
}

/// `owner.info`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerInfo {}

impl sealed::Sealed for OwnerInfo {}

impl Request for OwnerInfo {
    const METHOD: &'static str = "owner.info";
    type Answer = models::OwnerInfo;
    type Output = models::OwnerInfo;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `owner.statistics`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerStatistics {}

impl sealed::Sealed for OwnerStatistics {}

impl Request for OwnerStatistics {
    const METHOD: &'static str = "owner.statistics";
    type Answer = models::OwnerStatistics;
    type Output = models::OwnerStatistics;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `owner.flush`: Makes everything applied so far durable.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerFlush {}

impl sealed::Sealed for OwnerFlush {}

impl Request for OwnerFlush {
    const METHOD: &'static str = "owner.flush";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

/// `owner.stop`: Unmounts, flushes, closes; answers when the database is closed, then the
/// connection ends.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerStop {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force: Option<bool>,
}

impl sealed::Sealed for OwnerStop {}

impl Request for OwnerStop {
    const METHOD: &'static str = "owner.stop";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}

impl Call<OwnerStop> {
    /// Force.
    pub fn force(mut self, force: bool) -> Self {
        self.params.force = Some(force);
        self
    }
}

/// `owner.handover`: An in-process owner gives the workspace up for a background one; a background
/// owner answers `handedOver` false.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerHandover {}

/// What `OwnerHandover` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnerHandoverAnswer {
    /// Handed over.
    pub handed_over: bool,
}

impl sealed::Sealed for OwnerHandover {}

impl Request for OwnerHandover {
    const METHOD: &'static str = "owner.handover";
    type Answer = OwnerHandoverAnswer;
    type Output = bool;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.handed_over
    }
}

/// `workspace.info`
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceInfo {}

impl sealed::Sealed for WorkspaceInfo {}

impl Request for WorkspaceInfo {
    const METHOD: &'static str = "workspace.info";
    type Answer = models::WorkspaceInfo;
    type Output = models::WorkspaceInfo;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer
    }
}

/// `workspace.check`: What is wrong in the database, a line each; it reads all of it and holds up
/// everyone else meanwhile.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceCheck {}

/// What `WorkspaceCheck` answers with.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspaceCheckAnswer {
    /// Problems.
    pub problems: Vec<String>,
}

impl sealed::Sealed for WorkspaceCheck {}

impl Request for WorkspaceCheck {
    const METHOD: &'static str = "workspace.check";
    type Answer = WorkspaceCheckAnswer;
    type Output = Vec<String>;
    type Error = Error;
    fn output(answer: Self::Answer) -> Self::Output {
        answer.problems
    }
}

/// `events.subscribe`: Events are sent as notifications `event` {name, payload} from now on, only
/// to those who asked.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventsSubscribe {
    pub(crate) names: Vec<models::EventName>,
}

impl sealed::Sealed for EventsSubscribe {}

impl Request for EventsSubscribe {
    const METHOD: &'static str = "events.subscribe";
    type Answer = IgnoredAny;
    type Output = ();
    type Error = Error;
    fn output(_: Self::Answer) -> Self::Output {}
}
