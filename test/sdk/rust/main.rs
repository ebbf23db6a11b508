//! The Rust SDK against the real command: one program, so that it is linked once.

mod case;
mod connection;
mod files;
mod mission;
mod streams;
mod sync;

use agentfs::{AgentFs, Workspace};

impl case::Case {
    /// An agent and a fresh workspace of it.
    pub async fn workspace(&self) -> (AgentFs, Workspace) {
        let afs = self.agent("a");
        let workspace = afs.workspace().create("demo").await.expect("a workspace");
        (afs, workspace)
    }
}
