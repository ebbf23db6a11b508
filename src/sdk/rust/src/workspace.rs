//! One workspace: its way to the owner, and what is asked of it besides files and sync.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::call::Call;
use crate::checkpoints::Checkpoints;
use crate::error::Error;
use crate::link::Link;
use crate::models::OwnerPlace;
use crate::mount::MountBuilder;
use crate::requests::{
    HistoryDiff, HistoryLog, HistoryRestore, MountList, MountRemove, OwnerFlush, OwnerInfo, OwnerStatistics, SyncAudit,
    WorkspaceCheck, WorkspaceInfo,
};
use crate::sync::WorkspaceSync;

/// A workspace, for any number of tasks at once; clones are the same one. Paths begin at its root: `/notes/a.md`.
///
/// Its methods find the process that owns the workspace, or have one started. When that goes away in the middle of a call,
/// the call fails with [`OwnerGone`](crate::ErrorCode::OwnerGone), since it may have run; the next one goes on with the
/// next owner.
#[derive(Clone)]
pub struct Workspace {
    pub(crate) link: Arc<Link>,
}

impl Workspace {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// Its name in its home.
    pub fn name(&self) -> &str {
        &self.link.name
    }

    /// What goes to the remote and comes from it.
    pub fn sync(&self) -> WorkspaceSync {
        WorkspaceSync::new(&self.link)
    }

    /// Names for states of the workspace.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(&self.link)
    }

    /// The workspace's commits, the latest first.
    pub fn history(&self) -> Call<HistoryLog> {
        Call::new(&self.link, HistoryLog::default())
    }

    /// Versions of a file across renames, with those that lost a conflict.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// for version in workspace.history_of("/plan.md").limit(10).await?.versions {
    ///     println!("{} {} {}", version.at, version.what, version.version);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn history_of(&self, path: impl AsRef<Path>) -> Call<HistoryLog> {
        Call::of_path(&self.link, path, |path| HistoryLog { path: Some(path), ..Default::default() })
    }

    /// What differs between two places in the past; from the last sync to now where none is given.
    pub fn diff(&self) -> Call<HistoryDiff> {
        Call::new(&self.link, HistoryDiff::default())
    }

    /// Brings a file or folder back as it was `at` a time or in a `version`, as a change made here; what it replaces stays
    /// in history.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// workspace.restore("/plan.md").at("2h ago").await?;
    /// workspace.restore("/src").version("checkpoint-v1").dry_run(true).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&self, path: impl AsRef<Path>) -> Call<HistoryRestore> {
        Call::of_path(&self.link, path, |path| HistoryRestore { path, ..Default::default() })
    }

    /// What was done to the workspace, by whom, the latest first.
    pub fn audit(&self) -> Call<SyncAudit> {
        Call::new(&self.link, SyncAudit::default())
    }

    /// Where it is, how large, and who owns it.
    pub fn info(&self) -> Call<WorkspaceInfo> {
        Call::new(&self.link, WorkspaceInfo {})
    }

    /// The process that owns it.
    pub fn owner(&self) -> Call<OwnerInfo> {
        Call::new(&self.link, OwnerInfo {})
    }

    /// What its owner has done, in counts.
    pub fn statistics(&self) -> Call<OwnerStatistics> {
        Call::new(&self.link, OwnerStatistics {})
    }

    /// What is wrong in the database, a line each; empty where it is sound. It reads all of it.
    pub fn check(&self) -> Call<WorkspaceCheck> {
        Call::new(&self.link, WorkspaceCheck {})
    }

    /// Makes everything written so far durable.
    pub fn flush(&self) -> Call<OwnerFlush> {
        Call::new(&self.link, OwnerFlush {})
    }

    /// Mounts it on an empty directory; a background process serves it, also when this program has ended.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// let mount = workspace.mount("/home/me/work").await?;
    /// std::process::Command::new("git").args(["-C", "/home/me/work", "init"]).status().ok();
    /// mount.unmount().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn mount(&self, directory: impl AsRef<Path>) -> MountBuilder {
        MountBuilder::new(&self.link, directory.as_ref())
    }

    /// Unmounts wherever it is mounted, or one `mountpoint`, as of any program. NOT_MOUNTED where it was not.
    pub fn unmount(&self) -> Call<MountRemove> {
        Call::new(&self.link, MountRemove::default())
    }

    /// Where it is mounted.
    pub fn mounts(&self) -> Call<MountList> {
        Call::new(&self.link, MountList {})
    }

    /// Has a background process own it, which goes on with the schedules of its remotes when this program has ended.
    pub async fn start_owner(&self) -> Result<OwnerPlace, Error> {
        self.link.start_owner(None).await
    }

    /// Asks the owner anything that it can be asked (src/sdk/openrpc.json), as JSON.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// let (answer, _) = workspace.call("fs.stat", &serde_json::json!({ "path": "/" }), &[]).await?;
    /// assert_eq!(answer["kind"], "directory");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `data` are the raw bytes of a method that takes some (its param `data` is then `{"$bytes": length}`); what is
    /// returned beside the answer are those of a method that gives some.
    pub async fn call(&self, method: &str, params: &impl Serialize, data: &[u8]) -> Result<(Value, Vec<u8>), Error> {
        let answer = self.link.call(method.to_owned(), params, data).await?;
        Ok((answer.shaped(method)?, answer.data))
    }

    /// Makes everything durable and leaves; its clones are closed, too, and later calls are
    /// [`Closed`](crate::ErrorCode::Closed). Idempotent.
    pub async fn close(&self) -> Result<(), Error> {
        self.link.close().await
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Workspace").field("name", &self.name()).finish_non_exhaustive()
    }
}
