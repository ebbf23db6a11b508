//! One connection that is spoken JSON-RPC on, for any number of tasks.
//!
//! Every call that was begun ends exactly once: by its answer, by being dropped (the other end is told to stop), or, when
//! the connection ends, by OWNER_GONE, which says whether it surely did not run (after the other end's goodbye). A task
//! of its own reads; it lives as long as the connection.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::{broadcast, oneshot, OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use crate::error::Error;
use crate::frame::{encode, FrameReader, MAX_DATA_BYTES, PROTOCOL_VERSION};
use crate::models::ErrorCode;
use crate::outgoing::Outgoing;
use crate::transport::{Inlet, Outlet};

/// How many bytes of large messages may wait to be sent.
const MAX_UNSENT_BYTES: usize = 4 * MAX_DATA_BYTES;
/// Messages below it wait for nobody.
const SMALL_BYTES: usize = 64 * 1024;
/// Events that a slow listener may fall behind by.
const EVENTS_MAX: usize = 1024;

/// What a call was answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) json: Option<Box<RawValue>>,
    pub(crate) data: Vec<u8>,
}

impl Answer {
    /// The result as a shape of the protocol.
    pub(crate) fn shaped<'de, T: Deserialize<'de>>(&'de self, method: &str) -> Result<T, Error> {
        let json = self.json.as_ref().map_or("null", |json| json.get());
        serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::Internal, format!("the owner's answer cannot be understood: {error}"))
                .during(method)
                .hinting("Install releases of agentfs and of this crate that belong together.")
        })
    }
}

/// What the other end tells of its own accord.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) payload: Box<RawValue>,
}

/// Who answered the hello.
#[derive(Debug, Deserialize)]
struct Hello {
    protocol: u64,
    version: String,
    pid: u32,
}

#[derive(Serialize)]
struct Call<'a, P> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    params: &'a P,
}

enum Waiting {
    Caller(oneshot::Sender<Result<Answer, Error>>),
    /// Nobody waits any more, but the file that it opens must be closed.
    Opening,
}

struct Calls {
    next: u64,
    waiting: HashMap<u64, Waiting>,
    /// The other end begins nothing any more.
    goodbye: bool,
    closed: bool,
}

struct Shared {
    calls: Mutex<Calls>,
    outgoing: Arc<Outgoing>,
    /// None when nothing more will come.
    events: Mutex<Option<broadcast::Sender<Event>>>,
}

/// Closed when the last one that has it lets it go.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    /// Of a socket: reading ends with the connection. What comes from a process is read until it ends.
    reader: Option<AbortHandle>,
}

impl Connection {
    /// Says hello. PROTOCOL_MISMATCH where the other end is of another version.
    pub(crate) async fn open(inlet: Inlet, outlet: Outlet) -> Result<Arc<Self>, Error> {
        let calls = Calls { next: 0, waiting: HashMap::new(), goodbye: false, closed: false };
        let shared = Arc::new(Shared {
            calls: Mutex::new(calls),
            outgoing: Outgoing::new(outlet),
            events: Mutex::new(Some(broadcast::channel(EVENTS_MAX).0)),
        });
        let ending = Ending(Arc::clone(&shared));
        let is_socket = matches!(inlet, Inlet::Socket(_));
        let reader = tokio::spawn(read(inlet, ending)).abort_handle();
        let room = Arc::new(Semaphore::new(MAX_UNSENT_BYTES));
        let connection = Arc::new(Self { shared, room, reader: is_socket.then_some(reader) });
        connection.greet().await?;
        Ok(connection)
    }

    async fn greet(self: &Arc<Self>) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Greeting {
            protocol: u64,
            version: &'static str,
            pid: u32,
            role: &'static str,
        }
        let greeting = Greeting {
            protocol: PROTOCOL_VERSION,
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            role: "client",
        };
        let peer: Hello = self.begin("hello", &greeting, &[], None)?.await?.shaped("hello")?;
        if peer.protocol == PROTOCOL_VERSION {
            return Ok(());
        }
        let message = format!(
            "AgentFS {} (process {}) speaks protocol {}, and this program speaks {PROTOCOL_VERSION}",
            peer.version, peer.pid, peer.protocol
        );
        Err(Error::new(ErrorCode::ProtocolMismatch, message)
            .during("greet owner")
            .hinting("Install releases of agentfs and of its Rust crate that belong together."))
    }

    /// No call can be made on it any more.
    pub(crate) fn is_closed(&self) -> bool {
        let calls = self.shared.lock();
        calls.closed || calls.goodbye
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        match self.shared.events().as_ref() {
            Some(events) => events.subscribe(),
            None => broadcast::channel(1).1,
        }
    }

    /// Calls, and waits while too much waits to be sent.
    pub(crate) async fn call(
        self: &Arc<Self>,
        method: impl Into<Cow<'static, str>>,
        params: &impl Serialize,
        data: &[u8],
    ) -> Result<Answer, Error> {
        let mut permit = None;
        if data.len() > SMALL_BYTES {
            let wanted = u32::try_from(data.len().min(MAX_UNSENT_BYTES)).unwrap_or(u32::MAX);
            permit = Arc::clone(&self.room).acquire_many_owned(wanted).await.ok();
        }
        self.begin(method, params, data, permit)?.await
    }

    /// Sends a call at once; what is returned is its answer to come. OWNER_GONE where it cannot be sent.
    pub(crate) fn begin(
        self: &Arc<Self>,
        method: impl Into<Cow<'static, str>>,
        params: &impl Serialize,
        data: &[u8],
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Pending, Error> {
        let method = method.into();
        let (sender, receiver) = oneshot::channel();
        let Some(id) = self.shared.lock().register(Waiting::Caller(sender)) else {
            return Err(Error::gone(&method, true));
        };
        let pending = Pending { connection: Arc::clone(self), id, method, receiver, done: false };
        let method = &*pending.method;
        let head = encode(&Call { jsonrpc: "2.0", id, method, params }, data.len()).map_err(|error| {
            Error::new(ErrorCode::InvalidArgument, format!("params that are no JSON: {error}")).during(method)
        })?;
        self.shared.outgoing.send(head, data, permit);
        Ok(pending)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.outgoing.close();
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

/// An answer to come. Dropped before, it asks the other end to stop.
pub(crate) struct Pending {
    connection: Arc<Connection>,
    id: u64,
    method: Cow<'static, str>,
    receiver: oneshot::Receiver<Result<Answer, Error>>,
    done: bool,
}

impl Future for Pending {
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver).poll(context).map(|answer| {
            self.done = true;
            answer.unwrap_or_else(|_| {
                let goodbye = self.connection.shared.lock().goodbye;
                Err(Error::gone(&self.method, goodbye))
            })
        })
    }
}

impl Pending {
    /// Lets it run without waiting for the answer.
    pub(crate) fn detach(mut self) {
        self.done = true;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.done {
            self.connection.shared.abandon(self.id, &self.method);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> MutexGuard<'_, Option<broadcast::Sender<Event>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn abandon(&self, id: u64, method: &str) {
        let mut calls = self.lock();
        if calls.waiting.remove(&id).is_none() {
            return;
        }
        if method == "fs.open" {
            calls.waiting.insert(id, Waiting::Opening);
        }
        drop(calls);
        #[derive(Serialize)]
        struct Params {
            id: u64,
        }
        self.notify("$/cancel", &Params { id });
    }

    fn notify(&self, method: &str, params: &impl Serialize) {
        #[derive(Serialize)]
        struct Notification<'a, P> {
            jsonrpc: &'static str,
            method: &'a str,
            params: &'a P,
        }
        if let Ok(head) = encode(&Notification { jsonrpc: "2.0", method, params }, 0) {
            self.outgoing.send(head, &[], None);
        }
    }

    /// False where what came is no message.
    fn settle(&self, json: &[u8], data: Vec<u8>) -> bool {
        #[derive(Deserialize)]
        struct Message<'a> {
            #[serde(borrow, default)]
            id: Option<&'a RawValue>,
            #[serde(borrow, default)]
            method: Option<&'a RawValue>,
            #[serde(borrow, default)]
            params: Option<&'a RawValue>,
            #[serde(default)]
            result: Option<Box<RawValue>>,
            #[serde(borrow, default)]
            error: Option<&'a RawValue>,
        }
        let Ok(message) = serde_json::from_slice::<Message<'_>>(json) else { return false };
        if let Some(method) = message.method {
            self.hear(method.get(), message.params);
            return true;
        }
        let Some(id) = message.id.and_then(|id| id.get().parse().ok()) else { return false };
        let waiting = self.lock().waiting.remove(&id);
        match waiting {
            Some(Waiting::Caller(caller)) => {
                let answer = match message.error {
                    Some(error) => Err(Error::of_answer("call owner", error.get())),
                    None => Ok(Answer { json: message.result, data }),
                };
                // Who does not wait any more needs no answer.
                let _ = caller.send(answer);
            }
            Some(Waiting::Opening) => self.close_unwanted(message.result.as_deref()),
            None => {}
        }
        true
    }

    fn hear(&self, method: &str, params: Option<&RawValue>) {
        match method {
            "\"$/goodbye\"" => self.lock().goodbye = true,
            "\"event\"" => {
                if let Some(Ok(event)) = params.map(|params| serde_json::from_str(params.get())) {
                    if let Some(events) = self.events().as_ref() {
                        // Nobody may be listening any more.
                        let _ = events.send(event);
                    }
                }
            }
            _ => {}
        }
    }

    /// A file was opened for somebody who is gone.
    fn close_unwanted(&self, opened: Option<&RawValue>) {
        #[derive(Serialize, Deserialize)]
        struct Opened {
            handle: u64,
        }
        let opened = opened.and_then(|json| serde_json::from_str::<Opened>(json.get()).ok());
        if let Some(opened) = opened {
            let id = self.lock().number();
            if let Ok(head) = encode(&Call { jsonrpc: "2.0", id, method: "fs.close", params: &opened }, 0) {
                self.outgoing.send(head, &[], None);
            }
        }
    }
}

impl Calls {
    /// The number of a new call; nothing where none can be made any more.
    fn register(&mut self, waiting: Waiting) -> Option<u64> {
        if self.closed || self.goodbye {
            return None;
        }
        let id = self.number();
        self.waiting.insert(id, waiting);
        Some(id)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// However reading ends, those who wait are told.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        let waiting = {
            let mut calls = self.0.lock();
            calls.closed = true;
            std::mem::take(&mut calls.waiting)
        };
        drop(waiting);
        *self.0.events() = None;
        self.0.outgoing.close();
    }
}

async fn read(inlet: Inlet, ending: Ending) {
    let mut reader = FrameReader::new();
    while let Ok(length @ 1..) = inlet.read(reader.space()).await {
        reader.advance(length);
        loop {
            match reader.next() {
                Ok(Some(frame)) => {
                    if !ending.0.settle(&frame.json, frame.data) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}
