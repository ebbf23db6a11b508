//! What waits to be sent on one connection: written at once by whoever sends, as far as the kernel takes it, and what is
//! left by a task that lives as long as something is left. So a caller that goes away leaves no half message behind.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use crate::transport::Outlet;

/// A part of a message; the permit is given back when it is sent.
type Part = (Vec<u8>, Option<OwnedSemaphorePermit>);

struct Queue {
    outlet: Option<Arc<Outlet>>,
    waiting: VecDeque<Part>,
    /// Of the first part, what is sent already.
    sent: usize,
    pumping: bool,
}

pub(crate) struct Outgoing {
    runtime: Handle,
    queue: Mutex<Queue>,
}

impl Outgoing {
    pub(crate) fn new(outlet: Outlet) -> Arc<Self> {
        let outlet = Some(Arc::new(outlet));
        let queue = Queue { outlet, waiting: VecDeque::new(), sent: 0, pumping: false };
        Arc::new(Self { runtime: Handle::current(), queue: Mutex::new(queue) })
    }

    /// Sends a message in its order. What cannot be sent is dropped: whoever reads the connection sees why.
    pub(crate) fn send(self: &Arc<Self>, head: Vec<u8>, data: &[u8], permit: Option<OwnedSemaphorePermit>) {
        let mut queue = self.lock();
        let Some(outlet) = queue.outlet.clone() else { return };
        let mut sent = 0;
        while !queue.pumping && sent < head.len() + data.len() {
            let parts =
                [IoSlice::new(&head[sent.min(head.len())..]), IoSlice::new(&data[sent.saturating_sub(head.len())..])];
            match outlet.try_write(&parts) {
                Ok(length) => sent += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return,
            }
        }
        let rest = data.get(sent.saturating_sub(head.len())..).unwrap_or_default();
        if sent < head.len() {
            queue.waiting.push_back((head[sent..].to_vec(), None));
        }
        if !rest.is_empty() {
            queue.waiting.push_back((rest.to_vec(), permit));
        }
        if !queue.waiting.is_empty() && !queue.pumping {
            queue.pumping = true;
            self.runtime.spawn(pump(Arc::clone(self), outlet));
        }
    }

    /// Sends what is queued, then ends this direction.
    pub(crate) fn close(&self) {
        self.lock().outlet = None;
    }

    /// Writes as much as goes; true when nothing is left.
    fn advance(&self, outlet: &Outlet) -> bool {
        let mut queue = self.lock();
        while let Some((part, _)) = queue.waiting.front() {
            match outlet.try_write(&[IoSlice::new(&part[queue.sent..])]) {
                Ok(length) if queue.sent + length < part.len() => queue.sent += length,
                Ok(_) => {
                    queue.waiting.pop_front();
                    queue.sent = 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(_) => queue.waiting.clear(),
            }
        }
        queue.pumping = false;
        true
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn pump(outgoing: Arc<Outgoing>, outlet: Arc<Outlet>) {
    while outlet.writable().await.is_ok() && !outgoing.advance(&outlet) {}
}
