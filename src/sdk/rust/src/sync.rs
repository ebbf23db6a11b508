//! What goes to the remote and comes from it, and what to do where both sides changed.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::call::Call;
use crate::error::SyncError;
use crate::events::SyncEvents;
use crate::link::Link;
use crate::models::Resolution;
use crate::references::ConflictReference;
use crate::requests::{
    SyncAgents, SyncCompare, SyncConfig, SyncConflicts, SyncDisable, SyncEnable, SyncExplain, SyncMetrics, SyncPull,
    SyncPush, SyncRemotes, SyncReset, SyncResolve, SyncStatus, SyncVerify,
};

/// The sync of a workspace: [`Workspace::sync`](crate::Workspace::sync). Every call takes `remote(name)` for another remote
/// than `origin`.
///
/// ```no_run
/// use agentfs::{Resolution, SyncError, Workspace};
///
/// async fn push(workspace: &Workspace) -> Result<(), SyncError> {
///     match workspace.sync().push().await {
///         Ok(report) => println!("{} pushed", report.pushed),
///         Err(SyncError::Conflicts(conflicts)) => {
///             for conflict in conflicts {
///                 workspace.sync().resolve(&conflict, Resolution::Both).await?;
///             }
///         }
///         Err(error) => return Err(error),
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct WorkspaceSync {
    link: Arc<Link>,
}

impl WorkspaceSync {
    pub(crate) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::clone(link) }
    }

    /// Connects the workspace to a libSQL database. A relative `file:` address is one of this process's directory.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// use agentfs::{ConflictPolicy, SyncMode};
    /// use std::time::Duration;
    ///
    /// workspace
    ///     .sync()
    ///     .enable("libsql://mydb-org.turso.io", "your-auth-token")
    ///     .mode(SyncMode::Periodic)
    ///     .interval(Duration::from_secs(60))
    ///     .conflict_resolution(ConflictPolicy::Manual)
    ///     .exclude(["*.pyc", "__pycache__/"])
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn enable(&self, turso_db: impl Into<String>, token: impl Into<String>) -> Call<SyncEnable> {
        let turso_db = absolute_address(turso_db.into());
        let token = Some(token.into()).filter(|token| !token.is_empty());
        Call::new(&self.link, SyncEnable { turso_db, token, ..Default::default() })
    }

    /// Forgets the remote here; what is on either side stays.
    pub fn disable(&self) -> Call<SyncDisable> {
        Call::new(&self.link, SyncDisable::default())
    }

    /// Changes what is set on the call, and returns all that is set then.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::SyncError> {
    /// let config = workspace.sync().config().mode(agentfs::SyncMode::Manual).batch_size(100).await?;
    /// assert_eq!(config.batch_size, 100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(&self) -> Call<SyncConfig> {
        Call::new(&self.link, SyncConfig::default())
    }

    /// Which include or exclude pattern decides about a path; one that is not here is a directory if it ends in a slash.
    pub fn explain(&self, path: impl AsRef<Path>) -> Call<SyncExplain> {
        Call::of_path(&self.link, path, |path| SyncExplain { path, ..Default::default() })
    }

    /// [`SyncError::Conflicts`] where conflicts wait for a person; everything else was pushed.
    pub fn push(&self) -> Call<SyncPush> {
        Call::new(&self.link, SyncPush::default())
    }

    /// With `at` (RFC 3339, a date, "2h ago") or `version` (a checkpoint, a revision): the workspace as it was.
    pub fn pull(&self) -> Call<SyncPull> {
        Call::new(&self.link, SyncPull::default())
    }

    /// Where it stands.
    pub fn status(&self) -> Call<SyncStatus> {
        Call::new(&self.link, SyncStatus::default())
    }

    /// What the syncs with the remote have cost since it was enabled.
    pub fn metrics(&self) -> Call<SyncMetrics> {
        Call::new(&self.link, SyncMetrics::default())
    }

    /// Compares every hash on both sides; changes nothing.
    pub fn verify(&self) -> Call<SyncVerify> {
        Call::new(&self.link, SyncVerify::default())
    }

    /// Forgets what was agreed with the remote; every file stays, and the next sync joins both sides anew.
    pub fn reset(&self) -> Call<SyncReset> {
        Call::new(&self.link, SyncReset::default())
    }

    /// Who syncs this workspace, the latest seen first.
    pub fn agents(&self) -> Call<SyncAgents> {
        Call::new(&self.link, SyncAgents::default())
    }

    /// Names of the remotes that are enabled.
    pub async fn remotes(&self) -> Result<Vec<String>, SyncError> {
        Ok(self.link.ask(&SyncRemotes {}).await?.remotes)
    }

    /// Conflicts that wait to be resolved.
    pub fn conflicts(&self) -> Call<SyncConflicts> {
        Call::new(&self.link, SyncConflicts::default())
    }

    /// Decides a conflict, or all at or below a path, and syncs. `Local` pushes this version over the remote's, `Remote`
    /// takes the remote's, `Both` keeps the remote's beside this one, `Merge` joins two texts whose edits do not overlap.
    /// SYNC_CONFLICT_CHANGED where it is not as it was listed any more.
    pub fn resolve(&self, conflict: impl Into<ConflictReference>, resolution: Resolution) -> Call<SyncResolve> {
        let (conflict, strategy) = (Some(conflict.into()), Some(resolution));
        Call::new(&self.link, SyncResolve { conflict, strategy, ..Default::default() })
    }

    /// Decides all, or those of `conflicts`. What could not be done is in `refused`.
    pub fn resolve_all(&self, resolution: Resolution) -> Call<SyncResolve> {
        Call::new(&self.link, SyncResolve { strategy: Some(resolution), ..Default::default() })
    }

    /// What the versions of a conflict contain, where that is text.
    pub fn compare(&self, conflict: impl Into<ConflictReference>) -> Call<SyncCompare> {
        Call::new(&self.link, SyncCompare { conflict: conflict.into(), remote: None })
    }

    /// Hears of syncs as they happen, from now on.
    pub async fn events(&self) -> Result<SyncEvents, SyncError> {
        Ok(SyncEvents::open(&self.link).await?)
    }
}

impl fmt::Debug for WorkspaceSync {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WorkspaceSync").field("workspace", &self.link.name).finish()
    }
}

/// The owner may be in another directory.
fn absolute_address(address: String) -> String {
    match address.strip_prefix("file:") {
        Some(path) if !path.starts_with('/') => {
            match std::path::absolute(path).ok().as_deref().and_then(Path::to_str) {
                Some(absolute) => format!("file:{absolute}"),
                None => address,
            }
        }
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::absolute_address;

    #[test]
    fn a_relative_file_is_one_of_this_directory() {
        let here = std::env::current_dir().expect("a directory");
        assert_eq!(absolute_address("file:shared.db".into()), format!("file:{}/shared.db", here.display()));
        for address in ["file:/tmp/shared.db", "file:///tmp/shared.db", "libsql://db.turso.io"] {
            assert_eq!(absolute_address(address.into()), address);
        }
    }
}
