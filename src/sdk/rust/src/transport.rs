//! The two ways to another process, an owner's socket and the pipes of `agentfs rpc`, as one kind of stream each way.

use std::io::{self, IoSlice};
use std::sync::Arc;

use tokio::net::unix::pipe;
use tokio::net::UnixStream;

/// Where to write to, without waiting.
pub(crate) enum Outlet {
    Socket(Arc<UnixStream>),
    Pipe(pipe::Sender),
}

impl Outlet {
    pub(crate) fn try_write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.try_write_vectored(parts),
            Self::Pipe(pipe) => pipe.try_write_vectored(parts),
        }
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Socket(socket) => socket.writable().await,
            Self::Pipe(pipe) => pipe.writable().await,
        }
    }
}

/// Where to read from.
pub(crate) enum Inlet {
    Socket(Arc<UnixStream>),
    Pipe(pipe::Receiver),
}

impl Inlet {
    /// 0 at the end.
    pub(crate) async fn read(&self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Socket(socket) => socket.try_read(space),
                Self::Pipe(pipe) => pipe.try_read(space),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => match self {
                    Self::Socket(socket) => socket.readable().await?,
                    Self::Pipe(pipe) => pipe.readable().await?,
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}
