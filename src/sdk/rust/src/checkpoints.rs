//! Names for states of a workspace.

use std::fmt;
use std::sync::Arc;

use crate::call::Call;
use crate::link::Link;
use crate::requests::{CheckpointCreate, CheckpointDelete, CheckpointList};

/// The checkpoints of a workspace: [`Workspace::checkpoints`](crate::Workspace::checkpoints).
///
/// ```no_run
/// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
/// workspace.checkpoints().create("checkpoint-v1").await?;
/// workspace.sync().pull().version("checkpoint-v1").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Checkpoints {
    link: Arc<Link>,
}

impl Checkpoints {
    pub(crate) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::clone(link) }
    }

    /// Pushes and pulls what is pending first, so that it names what is here.
    pub fn create(&self, name: impl Into<String>) -> Call<CheckpointCreate> {
        Call::new(&self.link, CheckpointCreate { name: name.into(), ..Default::default() })
    }

    /// The newest first.
    pub fn list(&self) -> Call<CheckpointList> {
        Call::new(&self.link, CheckpointList::default())
    }

    /// The name is forgotten; what it named stays.
    pub fn delete(&self, name: impl Into<String>) -> Call<CheckpointDelete> {
        Call::new(&self.link, CheckpointDelete { name: name.into(), ..Default::default() })
    }
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Checkpoints").field("workspace", &self.link.name).finish()
    }
}
