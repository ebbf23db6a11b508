//! One agent's home and the workspaces in it.

use std::env;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::path_text;
use crate::error::Error;
use crate::link::{Home, Link};
use crate::models::WorkspaceEntry;
use crate::requests::{HomeCreate, HomeDelete, HomeGet, HomeList};
use crate::workspace::Workspace;

/// One agent: a home with workspaces. Two homes are two agents, also on one machine.
///
/// It needs the command `agentfs`, which is found by `AGENTFS_BIN`, on the `PATH`, or in the checkout that this crate is
/// part of; it is started only where no process owns a workspace yet, and ends with this program. All methods must be
/// called within a Tokio runtime.
///
/// ```no_run
/// # async fn example() -> Result<(), agentfs::Error> {
/// use agentfs::AgentFs;
///
/// let afs = AgentFs::new();
/// let workspace = afs.workspace().create("my-workspace").await?;
/// workspace.write_file("/notes.md", "first").await?;
/// afs.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AgentFs {
    workspaces: Workspaces,
}

impl AgentFs {
    /// The home is `AGENTFS_HOME`, then `$XDG_DATA_HOME/agentfs`, then `~/.local/share/agentfs`.
    pub fn new() -> Self {
        Self::with_home(default_home())
    }

    /// The agent whose home that is; it is made with the first workspace.
    ///
    /// ```
    /// let afs = agentfs::AgentFs::with_home("/srv/agents/a");
    /// assert_eq!(afs.home(), std::path::Path::new("/srv/agents/a"));
    /// ```
    pub fn with_home(home: impl AsRef<Path>) -> Self {
        let home = std::path::absolute(home.as_ref()).unwrap_or_else(|_| home.as_ref().to_owned());
        Self { workspaces: Workspaces { home: Home::new(home), opened: Arc::default() } }
    }

    /// The directory that holds all state of this agent.
    pub fn home(&self) -> &Path {
        &self.workspaces.home.directory
    }

    /// The workspaces of this agent.
    pub fn workspace(&self) -> &Workspaces {
        &self.workspaces
    }

    /// Asks `agentfs rpc` anything that it can be asked (`home.…` of src/sdk/openrpc.json), as JSON.
    pub async fn call(&self, method: &str, params: &impl Serialize) -> Result<Value, Error> {
        self.workspaces.home.call(method, params).await?.shaped(method)
    }

    /// Closes the workspaces, too: everything that was written is durable when it returns. A program that ends without it
    /// loses nothing either, but does not know when.
    pub async fn close(&self) -> Result<(), Error> {
        let opened = std::mem::take(&mut *self.workspaces.opened.lock().unwrap_or_else(PoisonError::into_inner));
        let mut closed = Ok(());
        for link in opened.iter().filter_map(Weak::upgrade) {
            closed = closed.and(link.close().await);
        }
        self.workspaces.home.close().await;
        closed
    }
}

impl Default for AgentFs {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AgentFs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AgentFs").field("home", &self.home()).finish_non_exhaustive()
    }
}

/// The workspaces of one home: [`AgentFs::workspace`].
#[derive(Clone)]
pub struct Workspaces {
    home: Arc<Home>,
    opened: Arc<Mutex<Vec<Weak<Link>>>>,
}

impl Workspaces {
    /// Makes a workspace and opens it; one that is there is opened.
    ///
    /// ```no_run
    /// # async fn example(afs: agentfs::AgentFs) -> Result<(), agentfs::Error> {
    /// let workspace = afs.workspace().create("task-1").await?;
    /// let fresh = afs.workspace().create("task-2").db("/data/task-2.db").exclusive(true).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, name: impl Into<String>) -> CreateWorkspace {
        CreateWorkspace { workspaces: self.clone(), name: name.into(), db: None, exclusive: false }
    }

    /// One that is there; WORKSPACE_NOT_FOUND else. Its owner is found at the first call.
    pub async fn get(&self, name: impl Into<String>) -> Result<Workspace, Error> {
        let name = name.into();
        let place = (self.home.directory.clone(), name.clone());
        let known = tokio::task::spawn_blocking(move || database_of(&place.0, &place.1)).await.ok().flatten();
        let database = match known {
            Some(database) => database,
            None => self.home.ask(&HomeGet { name: name.clone() }).await?.database.into(),
        };
        Ok(self.opened(name, database))
    }

    /// All of them by name, each with the process that owns it now.
    pub async fn list(&self) -> Result<Vec<WorkspaceEntry>, Error> {
        self.home.ask(&HomeList {}).await
    }

    /// Removes a workspace with everything in it; WORKSPACE_BUSY while it is in use. A database that
    /// [`db`](CreateWorkspace::db) had put elsewhere stays: its path is returned.
    pub async fn delete(&self, name: impl Into<String>) -> Result<Option<PathBuf>, Error> {
        Ok(self.home.ask(&HomeDelete { name: name.into() }).await?.map(PathBuf::from))
    }

    fn opened(&self, name: String, database: PathBuf) -> Workspace {
        let link = Link::new(Arc::clone(&self.home), name, database);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|link| link.strong_count() > 0);
        opened.push(Arc::downgrade(&link));
        Workspace::new(link)
    }
}

impl fmt::Debug for Workspaces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Workspaces").field("home", &self.home.directory).finish_non_exhaustive()
    }
}

/// [`Workspaces::create`], to be awaited.
#[derive(Debug)]
#[must_use = "a workspace is made when this is awaited"]
pub struct CreateWorkspace {
    workspaces: Workspaces,
    name: String,
    db: Option<PathBuf>,
    exclusive: bool,
}

impl CreateWorkspace {
    /// Where the database is or shall be, instead of in the home.
    pub fn db(mut self, db: impl Into<PathBuf>) -> Self {
        self.db = Some(db.into());
        self
    }

    /// A workspace that is there already is WORKSPACE_EXISTS.
    pub fn exclusive(mut self, exclusive: bool) -> Self {
        self.exclusive = exclusive;
        self
    }

    async fn make(self) -> Result<Workspace, Error> {
        let db = match self.db {
            Some(db) => Some(path_text(&std::path::absolute(&db).unwrap_or(db))?),
            None => None,
        };
        let exist = Some(if self.exclusive { "error" } else { "open" });
        let place = self.workspaces.home.ask(&HomeCreate { name: self.name, db, exist }).await?;
        Ok(self.workspaces.opened(place.name, place.database.into()))
    }
}

impl IntoFuture for CreateWorkspace {
    type Output = Result<Workspace, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

fn default_home() -> PathBuf {
    let given = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("AGENTFS_HOME").unwrap_or_else(|| {
        let data = given("XDG_DATA_HOME");
        data.unwrap_or_else(|| given("HOME").unwrap_or_else(|| "/".into()).join(".local/share")).join("agentfs")
    })
}

/// Nothing where this cannot tell, so that `agentfs rpc` is asked and says why.
fn database_of(home: &Path, name: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Record {
        database: Option<PathBuf>,
    }
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return None;
    }
    let directory = home.join("workspaces").join(name);
    let record: Record = serde_json::from_slice(&std::fs::read(directory.join("workspace.json")).ok()?).ok()?;
    Some(record.database.unwrap_or_else(|| directory.join("workspace.db")))
}
