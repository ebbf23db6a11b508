//! Workspaces for AI agents: a directory in one SQLite file, synced to Turso (libSQL).
//!
//! A client of [AgentFS](https://github.com/tursodatabase/agentfs). Everything is asked of the process that owns a
//! workspace, over its socket; where there is none, the command `agentfs` is started for it.
//!
//! ```no_run
//! use agentfs::{AgentFs, SyncError};
//!
//! # async fn example() -> Result<(), agentfs::Error> {
//! let afs = AgentFs::new();
//! let workspace = afs.workspace().create("my-workspace").await?;
//! workspace.write_file("/plan.md", "first the tests").await?;
//! workspace.sync().enable("libsql://mydb-org.turso.io", "your-auth-token").await?;
//! match workspace.sync().push().await {
//!     Err(SyncError::Conflicts(conflicts)) => println!("{} conflicts wait", conflicts.len()),
//!     report => println!("{} pushed", report?.pushed),
//! }
//! afs.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Options are methods of what a method returns: a [`Call`] is made when it is awaited. A call whose future is dropped is
//! abandoned: the owner stops what it can. Errors are [`Error`], with a code, a path and a hint; those of sync are
//! [`SyncError`], which sets conflicts apart. Everything needs a Tokio runtime with I/O and time enabled.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

mod call;
mod checkpoints;
mod client;
mod command;
mod connection;
mod error;
mod events;
mod file;
mod files;
mod frame;
mod link;
#[rustfmt::skip]
pub mod models;
mod mount;
mod open;
mod outgoing;
mod read_dir;
mod references;
#[rustfmt::skip]
pub mod requests;
mod sync;
mod transport;
mod words;
mod workspace;

pub use call::{Call, Request};
pub use checkpoints::Checkpoints;
pub use client::{AgentFs, CreateWorkspace, Workspaces};
pub use error::{Conflicts, Error, SyncError};
pub use events::{SyncEvent, SyncEvents};
pub use file::File;
pub use files::WriteFile;
pub use models::{
    Checkpoint, ConflictPolicy, ConflictSide, ConflictType, ErrorCode, FileKind, ListedEntry, Resolution, StatRecord,
    SyncConflict, SyncMetrics, SyncMode, SyncReport, SyncState, SyncStatus, Timespec,
};
pub use mount::{Mount, MountBuilder};
pub use open::OpenFile;
pub use read_dir::ReadDir;
pub use references::{ConflictReference, TimeChange};
pub use sync::WorkspaceSync;
pub use workspace::Workspace;

/// The examples of the README are run, too.
#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
