//! A workspace's lasting way to its owner: finds it, or has `agentfs rpc` be it, and finds the next one when it goes.
//!
//! A call that may have run is never repeated (it ends with OWNER_GONE, and the next call opens the workspace again); one
//! that surely did not run is repeated on the new owner without the caller seeing it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout, Instant};

use crate::call::Request;
use crate::command::HomeProcess;
use crate::connection::{Answer, Connection};
use crate::error::Error;
use crate::models::{ErrorCode, OwnerPlace};
use crate::requests::{HomeClose, HomeOpen, HomeStartOwner};
use crate::transport::{Inlet, Outlet};

/// For connecting and the hello together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An owner that is ending listens until it has closed the database, and refuses what comes: that may take a while.
const REPEAT_FOR: Duration = Duration::from_secs(10);
const REPEAT_AFTER: Duration = Duration::from_millis(15);

/// One agent's home, and the `agentfs rpc` that answers for it: started when it is first needed.
pub(crate) struct Home {
    pub(crate) directory: PathBuf,
    process: tokio::sync::Mutex<Option<HomeProcess>>,
}

impl Home {
    pub(crate) fn new(directory: PathBuf) -> Arc<Self> {
        Arc::new(Self { directory, process: tokio::sync::Mutex::new(None) })
    }

    pub(crate) async fn ask<R: Request>(&self, params: &R) -> Result<R::Output, Error> {
        Ok(R::output(self.call(R::METHOD, params).await?.shaped(R::METHOD)?))
    }

    pub(crate) async fn call(&self, method: &str, params: &impl Serialize) -> Result<Answer, Error> {
        let connection = self.connected().await?;
        match connection.call(method.to_owned(), params, &[]).await {
            Err(error) if error.is_not_executed() || is_gone_from(&error, method) => {
                self.connected().await?.call(method.to_owned(), params, &[]).await
            }
            answer => answer,
        }
    }

    /// Returns when all that its process owned is durable, and that has gone.
    pub(crate) async fn close(&self) {
        let process = self.process.lock().await.take();
        if let Some(process) = process {
            process.close().await;
        }
    }

    async fn connected(&self) -> Result<Arc<Connection>, Error> {
        let mut process = self.process.lock().await;
        match process.as_ref() {
            Some(running) if !running.connection.is_closed() => Ok(Arc::clone(&running.connection)),
            _ => {
                let started = HomeProcess::start(&self.directory).await?;
                Ok(Arc::clone(&process.insert(started).connection))
            }
        }
    }

    async fn runs(&self) -> bool {
        self.process.lock().await.as_ref().is_some_and(|running| !running.connection.is_closed())
    }
}

pub(crate) struct Link {
    pub(crate) name: String,
    home: Arc<Home>,
    database: PathBuf,
    state: Mutex<State>,
    /// Held by the one that connects for all.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    connection: Option<Arc<Connection>>,
    closed: bool,
}

impl Link {
    pub(crate) fn new(home: Arc<Home>, name: String, database: PathBuf) -> Arc<Self> {
        Arc::new(Self { name, home, database, state: Mutex::default(), connecting: tokio::sync::Mutex::default() })
    }

    pub(crate) async fn ask<R: Request>(&self, params: &R) -> Result<R::Output, Error> {
        Ok(R::output(self.call(R::METHOD, params, &[]).await?.shaped(R::METHOD)?))
    }

    pub(crate) async fn call(
        &self,
        method: impl Into<Cow<'static, str>> + Clone,
        params: &impl Serialize,
        data: &[u8],
    ) -> Result<Answer, Error> {
        Ok(self.call_on(method, params, data).await?.1)
    }

    /// With the connection that answered, for what is that one's alone.
    pub(crate) async fn call_on(
        &self,
        method: impl Into<Cow<'static, str>> + Clone,
        params: &impl Serialize,
        data: &[u8],
    ) -> Result<(Arc<Connection>, Answer), Error> {
        let mut deadline = None;
        loop {
            let connection = self.connected().await?;
            match connection.call(method.clone(), params, data).await {
                Err(error) if error.code() == ErrorCode::OwnerGone => {
                    self.forget(&connection);
                    let now = Instant::now();
                    if !error.is_not_executed() || now >= *deadline.get_or_insert(now + REPEAT_FOR) {
                        return Err(error);
                    }
                    sleep(REPEAT_AFTER).await;
                }
                answer => return Ok((connection, answer?)),
            }
        }
    }

    /// CLOSED after `close`.
    pub(crate) async fn connected(&self) -> Result<Arc<Connection>, Error> {
        if let Some(connection) = self.current()? {
            return Ok(connection);
        }
        let _turn = self.connecting.lock().await;
        if let Some(connection) = self.current()? {
            return Ok(connection);
        }
        let connection = self.connect().await?;
        let mut state = self.state();
        if state.closed {
            return Err(self.is_closed());
        }
        state.connection = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// A connection of its own to the owner, which is not kept.
    pub(crate) async fn connect(&self) -> Result<Arc<Connection>, Error> {
        if self.state().closed {
            return Err(self.is_closed());
        }
        if let Some(socket) = self.recorded_socket().await {
            match dial(&socket).await {
                Ok(connection) => return Ok(connection),
                Err(Refusal::Final(error)) => return Err(error),
                // Asking for it says why, or makes one.
                Err(Refusal::Absent(_)) => {}
            }
        }
        let place = self.home.ask(&HomeOpen { name: self.name.clone() }).await?;
        dial(Path::new(&place.socket)).await.map_err(|refusal| match refusal {
            Refusal::Final(error) | Refusal::Absent(error) => error,
        })
    }

    /// The next call connects anew.
    pub(crate) fn forget(&self, connection: &Arc<Connection>) {
        let mut state = self.state();
        if state.connection.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
            state.connection = None;
        }
    }

    /// Has a background process take over; the next call goes to it.
    pub(crate) async fn start_owner(&self, cache_size_bytes: Option<u64>) -> Result<OwnerPlace, Error> {
        let request = HomeStartOwner { name: self.name.clone(), cache_size_bytes, schedule: None };
        let place = self.home.ask(&request).await?;
        self.state().connection = None;
        Ok(place)
    }

    /// Returns when what was written is durable, as far as this program's process owns the workspace. Idempotent.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        {
            let mut state = self.state();
            if state.closed {
                return Ok(());
            }
            state.closed = true;
            state.connection = None;
        }
        if self.home.runs().await {
            self.home.ask(&HomeClose { name: self.name.clone() }).await?;
        }
        Ok(())
    }

    fn current(&self) -> Result<Option<Arc<Connection>>, Error> {
        let state = self.state();
        if state.closed {
            return Err(self.is_closed());
        }
        Ok(state.connection.as_ref().filter(|connection| !connection.is_closed()).cloned())
    }

    fn is_closed(&self) -> Error {
        Error::new(ErrorCode::Closed, format!("workspace '{}' is closed", self.name)).during("use workspace")
    }

    /// The owner tells in a file beside the database where its socket is.
    async fn recorded_socket(&self) -> Option<PathBuf> {
        #[derive(Deserialize)]
        struct Record {
            socket: PathBuf,
        }
        let database = self.database.clone();
        let read = move || {
            let mut record = fs::canonicalize(database).ok()?.into_os_string();
            record.push("-owner.json");
            serde_json::from_slice::<Record>(&fs::read(record).ok()?).ok()
        };
        Some(tokio::task::spawn_blocking(read).await.ok()??.socket)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Its process died under a call that may be made twice.
fn is_gone_from(error: &Error, method: &str) -> bool {
    error.code() == ErrorCode::OwnerGone && !matches!(method, "home.create" | "home.delete")
}

enum Refusal {
    /// Nobody answers there: another owner may.
    Absent(Error),
    Final(Error),
}

async fn dial(socket: &Path) -> Result<Arc<Connection>, Refusal> {
    let attempt = async {
        let stream = reach(socket).await.map_err(|error| Refusal::Absent(unreachable(socket, &error.to_string())))?;
        let told = |error: io::Error| Refusal::Final(unreachable(socket, &error.to_string()));
        let (own, peer) = (own_uid().map_err(told)?, stream.peer_cred().map_err(told)?.uid());
        if peer != own && peer != 0 && own != 0 {
            return Err(Refusal::Final(
                unreachable(socket, &format!("it belongs to another user (uid {peer})"))
                    .hinting("Nothing was sent to it. Remove it, or set XDG_RUNTIME_DIR to a directory of your own."),
            ));
        }
        let stream = Arc::new(stream);
        let opened = Connection::open(Inlet::Socket(Arc::clone(&stream)), Outlet::Socket(stream)).await;
        opened.map_err(|error| match error.code() {
            ErrorCode::OwnerGone => Refusal::Absent(error),
            _ => Refusal::Final(error),
        })
    };
    let silent = || unreachable(socket, "it does not answer").hinting("It may be busy or suspended: agentfs status.");
    timeout(CONNECT_TIMEOUT, attempt).await.unwrap_or_else(|_| Err(Refusal::Absent(silent())))
}

/// A queue that is full is no refusal.
async fn reach(socket: &Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(REPEAT_AFTER).await,
            reached => return reached,
        }
    }
}

fn unreachable(socket: &Path, why: &str) -> Error {
    Error::new(ErrorCode::OwnerUnreachable, format!("cannot reach the workspace's owner: {why}"))
        .during("connect to owner")
        .about(socket)
}

fn own_uid() -> io::Result<u32> {
    static OWN: OnceLock<u32> = OnceLock::new();
    if let Some(own) = OWN.get() {
        return Ok(*own);
    }
    let own = UnixStream::pair()?.0.peer_cred()?.uid();
    Ok(*OWN.get_or_init(|| own))
}
