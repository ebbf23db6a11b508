//! What an owner tells of its own accord.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::connection::{Connection, Event};
use crate::error::Error;
use crate::link::Link;
use crate::models::{EventName, SyncConflict, SyncProgress, SyncReport, SyncStatus};
use crate::requests::EventsSubscribe;
use crate::Request;

/// Something that happened with a sync.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SyncEvent {
    /// A sync changed something, here or there.
    Change(SyncReport),
    /// New conflicts wait.
    Conflict(Vec<SyncConflict>),
    /// What `status` answers is another now.
    Status(Box<SyncStatus>),
    /// How far a sync is.
    Progress(SyncProgress),
}

/// Syncs as they happen: [`WorkspaceSync::events`](crate::WorkspaceSync::events). It goes on with the next owner.
///
/// ```no_run
/// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
/// use agentfs::SyncEvent;
///
/// let mut events = workspace.sync().events().await?;
/// while let SyncEvent::Change(report) = events.next().await? {
///     println!("{} here, {} there", report.pulled, report.pushed);
/// }
/// # Ok(())
/// # }
/// ```
pub struct SyncEvents {
    link: Arc<Link>,
    /// Of its own, so that an owner that is told of nothing else stays.
    connection: Arc<Connection>,
    events: broadcast::Receiver<Event>,
}

impl SyncEvents {
    pub(crate) async fn open(link: &Arc<Link>) -> Result<Self, Error> {
        let connection = link.connect().await?;
        let events = connection.events();
        let names =
            vec![EventName::SyncChange, EventName::SyncConflict, EventName::SyncStatus, EventName::SyncProgress];
        connection.call(EventsSubscribe::METHOD, &EventsSubscribe { names }, &[]).await?;
        Ok(Self { link: Arc::clone(link), connection, events })
    }

    /// Waits for the next one. Who is more than a thousand behind misses the oldest. May be dropped while it waits.
    pub async fn next(&mut self) -> Result<SyncEvent, Error> {
        loop {
            match self.events.recv().await {
                Ok(event) => {
                    if let Some(event) = SyncEvent::of(&event) {
                        return Ok(event);
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => {
                    let next = Self::open(&self.link).await?;
                    (self.connection, self.events) = (next.connection, next.events);
                }
            }
        }
    }
}

impl SyncEvent {
    /// Nothing where only a newer owner knows what it is.
    fn of(event: &Event) -> Option<Self> {
        match event.name.as_str() {
            "sync.change" => read(&event.payload).map(Self::Change),
            "sync.conflict" => read(&event.payload).map(Self::Conflict),
            "sync.status" => read(&event.payload).map(Box::new).map(Self::Status),
            "sync.progress" => read(&event.payload).map(Self::Progress),
            _ => None,
        }
    }
}

fn read<T: DeserializeOwned>(payload: &RawValue) -> Option<T> {
    serde_json::from_str(payload.get()).ok()
}

impl fmt::Debug for SyncEvents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SyncEvents").field("workspace", &self.link.name).finish_non_exhaustive()
    }
}
