//! An open file, as Tokio's traits have it, in bounded memory.
//!
//! It is one of its connection's: a handle means nothing to the next owner. What is read in a row is asked for ahead,
//! what is written is gathered and sent while more comes; before anything else is done, what was written is answered.

use std::collections::VecDeque;
use std::fmt;
use std::future::{poll_fn, Future};
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::call::Request;
use crate::connection::{Answer, Connection, Pending};
use crate::error::Error;
use crate::frame::{ByteMark, MAX_DATA_BYTES};
use crate::link::Link;
use crate::models::{ErrorCode, StatRecord};
use crate::requests::{FsClose, FsOpen, FsOpenAnswer, FsRead, FsStat, FsTruncate, FsWrite, OwnerFlush};

/// What one call of a stream carries.
const SLICE_BYTES: usize = 512 * 1024;
/// The first call of what may become a stream.
const FIRST_BYTES: usize = 64 * 1024;
/// Slices that are on their way at once.
const WINDOW: usize = 4;

/// An open file of a workspace: [`Workspace::open`](crate::Workspace::open).
///
/// It means the same file through renames and pulls, as long as its owner lives; after that its methods fail with
/// [`EBADF`](crate::ErrorCode::EBADF). It is read and written by Tokio's traits. As with `tokio::fs::File`, what was
/// written is there for others after `flush` or `shutdown`, and a failed write is told by the next call. Dropped without,
/// it sends what it has and closes, and nobody hears of a failure.
///
/// ```no_run
/// # async fn example(workspace: agentfs::Workspace) -> Result<(), Box<dyn std::error::Error>> {
/// use tokio::io::{AsyncReadExt, AsyncSeekExt};
///
/// let mut file = workspace.open("/large.bin").await?;
/// file.seek(std::io::SeekFrom::End(-4)).await?;
/// let last = file.read_u32().await?;
/// # Ok(())
/// # }
/// ```
pub struct File {
    connection: Arc<Connection>,
    handle: u64,
    path: String,
    /// Writes go to the end, one after another.
    append: bool,
    position: u64,
    reading: Reading,
    writing: Writing,
    seek: Option<(SeekFrom, Option<Pending>)>,
    closing: Option<Pending>,
    closed: bool,
}

#[derive(Default)]
struct Reading {
    /// What came, and where in the file it begins.
    slice: Vec<u8>,
    offset: u64,
    /// What is asked for after it, in a row.
    ahead: VecDeque<(u64, usize, Pending)>,
    /// Where reading in a row would go on, and how many slices were read so.
    next: u64,
    streak: usize,
}

#[derive(Default)]
struct Writing {
    gathered: Vec<u8>,
    offset: u64,
    /// Sent and not answered.
    sent: VecDeque<Pending>,
    failure: Option<Error>,
}

impl File {
    pub(crate) async fn open(link: &Link, path: &str, flags: &'static str, mode: Option<u32>) -> Result<Self, Error> {
        let request = FsOpen { path: path.to_owned(), flags: Some(flags), mode };
        let (connection, answer) = link.call_on(FsOpen::METHOD, &request, &[]).await?;
        let FsOpenAnswer { handle, stat } = answer.shaped(FsOpen::METHOD)?;
        let append = flags.starts_with('a');
        Ok(Self {
            connection,
            handle,
            path: path.to_owned(),
            append,
            position: if append { stat.size } else { 0 },
            reading: Reading::default(),
            writing: Writing::default(),
            seek: None,
            closing: None,
            closed: false,
        })
    }

    /// What stat(2) tells, also when the file has another name by now, or none.
    pub async fn stat(&mut self) -> Result<StatRecord, Error> {
        self.settle().await?;
        let answer = self.begin(&FsStat { handle: Some(self.handle), ..Default::default() }, &[])?.await;
        self.told(answer)?.shaped(FsStat::METHOD)
    }

    /// Cuts it off, or makes it longer by zeros.
    pub async fn set_len(&self, size: u64) -> Result<(), Error> {
        let answer = self.begin(&FsTruncate { handle: Some(self.handle), size, path: None }, &[])?.await;
        self.told(answer)?;
        Ok(())
    }

    /// Up to `length` bytes at a position; fewer at the end of the file only. The position of reading stays.
    pub async fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let wanted = length.min(MAX_DATA_BYTES);
        let answer = self.begin_read(offset, wanted)?.await;
        let mut data = self.told(answer)?.data;
        while data.len() < length && data.len() % MAX_DATA_BYTES == 0 && !data.is_empty() {
            let answer = self.begin_read(offset + data.len() as u64, (length - data.len()).min(MAX_DATA_BYTES))?.await;
            let more = self.told(answer)?.data;
            if more.is_empty() {
                break;
            }
            data.extend_from_slice(&more);
        }
        Ok(data)
    }

    /// Writes all of it at a position; others see it when this returns. The position of writing stays.
    pub async fn write_at(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let mut offset = offset;
        for slice in data.chunks(MAX_DATA_BYTES) {
            let answer = self.begin_write(offset, slice)?.await;
            self.told(answer)?;
            offset += slice.len() as u64;
        }
        Ok(())
    }

    /// Returns when all that was written, here and elsewhere in the workspace, is durable.
    pub async fn sync_all(&mut self) -> Result<(), Error> {
        self.settle().await?;
        let answer = self.begin(&OwnerFlush {}, &[])?.await;
        self.told(answer)?;
        Ok(())
    }

    /// Sends what is gathered and closes; tells what failed.
    pub async fn close(mut self) -> Result<(), Error> {
        poll_fn(|context| self.poll_close(context)).await
    }

    async fn settle(&mut self) -> Result<(), Error> {
        poll_fn(|context| self.poll_settle(context)).await
    }

    fn begin<R: Request>(&self, request: &R, data: &[u8]) -> Result<Pending, Error> {
        if self.closed {
            return Err(Error::new(ErrorCode::EBADF, "EBADF: the file is closed").during(R::METHOD).about(&self.path));
        }
        self.connection.begin(R::METHOD, request, data, None).map_err(|_| self.lost(R::METHOD))
    }

    fn begin_read(&self, offset: u64, length: usize) -> Result<Pending, Error> {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.begin(&FsRead { offset, length, handle: Some(self.handle), path: None }, &[])
    }

    fn begin_write(&self, offset: u64, data: &[u8]) -> Result<Pending, Error> {
        self.begin(&FsWrite { offset, data: ByteMark(data.len()), handle: Some(self.handle), path: None }, data)
    }

    /// An error names the file.
    fn told(&self, answer: Result<Answer, Error>) -> Result<Answer, Error> {
        answer.map_err(|error| if error.path().is_none() { error.about(&self.path) } else { error })
    }

    fn lost(&self, method: &str) -> Error {
        Error::new(ErrorCode::EBADF, "EBADF: the process that had the file open went away")
            .during(method)
            .about(&self.path)
            .hinting("Open the file again: the next call opens the workspace.")
    }

    /// Sends what is gathered.
    fn send_gathered(&mut self) {
        if self.writing.gathered.is_empty() {
            return;
        }
        match self.begin_write(self.writing.offset, &self.writing.gathered) {
            Ok(pending) => self.writing.sent.push_back(pending),
            Err(error) => self.writing.failure = Some(error),
        }
        self.writing.gathered.clear();
    }

    /// Waits until at most so many writes are unanswered.
    fn poll_answered(&mut self, context: &mut Context<'_>, most: usize) -> Poll<()> {
        while self.writing.sent.len() > most {
            let Some(oldest) = self.writing.sent.front_mut() else { break };
            let answer = ready!(Pin::new(oldest).poll(context));
            self.writing.sent.pop_front();
            if let Err(error) = self.told(answer) {
                self.writing.failure.get_or_insert(error);
            }
        }
        Poll::Ready(())
    }

    /// Everything written is answered. A failure is told once.
    fn poll_settle(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.send_gathered();
        ready!(self.poll_answered(context, 0));
        Poll::Ready(self.writing.failure.take().map_or(Ok(()), Err))
    }

    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.closed {
            return Poll::Ready(Ok(()));
        }
        if self.closing.is_none() {
            ready!(self.poll_settle(context))?;
            match self.begin(&FsClose { handle: self.handle }, &[]) {
                Ok(pending) => self.closing = Some(pending),
                Err(error) => {
                    // With the owner the handle has gone, and all that was written is answered.
                    self.closed = true;
                    return Poll::Ready(if error.code() == ErrorCode::EBADF { Ok(()) } else { Err(error) });
                }
            }
        }
        let Some(closing) = &mut self.closing else { return Poll::Ready(Ok(())) };
        let answer = ready!(Pin::new(closing).poll(context));
        self.closed = true;
        Poll::Ready(match self.told(answer) {
            Err(error) if error.code() != ErrorCode::OwnerGone => Err(error),
            _ => Ok(()),
        })
    }

    /// Has the slice hold what stands at the position; it is empty at the end of the file.
    fn poll_slice(&mut self, context: &mut Context<'_>, wanted: usize) -> Poll<Result<(), Error>> {
        let end = self.reading.offset + self.reading.slice.len() as u64;
        if (self.reading.offset..end).contains(&self.position) {
            return Poll::Ready(Ok(()));
        }
        if self.reading.ahead.front().is_none_or(|(offset, ..)| *offset != self.position) {
            self.reading.ahead.clear();
            self.reading.streak = if self.position == self.reading.next { self.reading.streak + 1 } else { 0 };
            let first = if self.reading.streak > 0 { SLICE_BYTES } else { wanted.clamp(FIRST_BYTES, SLICE_BYTES) };
            self.ask_ahead(self.position, first)?;
        }
        let Some((offset, length, pending)) = self.reading.ahead.front_mut() else { return Poll::Ready(Ok(())) };
        let (offset, length) = (*offset, *length);
        let answer = ready!(Pin::new(pending).poll(context));
        self.reading.ahead.pop_front();
        let slice = match self.told(answer) {
            Ok(answer) => answer.data,
            Err(error) => {
                self.reading = Reading::default();
                return Poll::Ready(Err(error));
            }
        };
        self.reading.next = offset + slice.len() as u64;
        if slice.len() < length {
            self.reading.ahead.clear();
        } else {
            self.reading.streak += 1;
            while self.reading.streak > 1 && self.reading.ahead.len() < WINDOW {
                let next = self.reading.ahead.back().map_or(self.reading.next, |(at, length, _)| at + *length as u64);
                self.ask_ahead(next, SLICE_BYTES)?;
            }
        }
        (self.reading.slice, self.reading.offset) = (slice, offset);
        Poll::Ready(Ok(()))
    }

    fn ask_ahead(&mut self, offset: u64, length: usize) -> Result<(), Error> {
        let pending = self.begin_read(offset, length)?;
        self.reading.ahead.push_back((offset, length, pending));
        Ok(())
    }

    fn forget_read(&mut self) {
        self.reading.ahead.clear();
        self.reading.slice.clear();
    }

    fn poll_seek(&mut self, context: &mut Context<'_>) -> Poll<Result<u64, Error>> {
        let Some((target, size)) = &mut self.seek else { return Poll::Ready(Ok(self.position)) };
        let target = *target;
        let (start, distance) = match target {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => {
                if let Some(size) = size {
                    let answer = ready!(Pin::new(size).poll(context));
                    self.seek = None;
                    (self.told(answer)?.shaped::<StatRecord>(FsStat::METHOD)?.size, distance)
                } else {
                    ready!(self.poll_settle(context))?;
                    let pending = self.begin(&FsStat { handle: Some(self.handle), ..Default::default() }, &[])?;
                    self.seek = Some((target, Some(pending)));
                    return self.poll_seek(context);
                }
            }
        };
        self.seek = None;
        self.position = start.checked_add_signed(distance).ok_or_else(|| {
            Error::new(ErrorCode::EINVAL, "EINVAL: a position before the beginning").during("seek").about(&self.path)
        })?;
        Poll::Ready(Ok(self.position))
    }
}

impl AsyncRead for File {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_settle(context))?;
        ready!(self.poll_slice(context, buffer.remaining()))?;
        let Reading { slice, offset, .. } = &self.reading;
        let start = usize::try_from(self.position.saturating_sub(*offset)).unwrap_or(usize::MAX);
        let there = slice.get(start..).unwrap_or_default();
        let taken = there.len().min(buffer.remaining());
        buffer.put_slice(&there[..taken]);
        self.position += taken as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for File {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(failure) = self.writing.failure.take() {
            return Poll::Ready(Err(failure.into()));
        }
        self.forget_read();
        let gathered = self.writing.gathered.len();
        if gathered == SLICE_BYTES || self.writing.offset + gathered as u64 != self.position {
            self.send_gathered();
        }
        let most = if self.append { 0 } else { WINDOW - 1 };
        ready!(self.poll_answered(context, most));
        if let Some(failure) = self.writing.failure.take() {
            return Poll::Ready(Err(failure.into()));
        }
        if self.writing.gathered.is_empty() {
            self.writing.offset = self.position;
        }
        let taken = data.len().min(SLICE_BYTES - self.writing.gathered.len());
        self.writing.gathered.extend_from_slice(&data[..taken]);
        self.position += taken as u64;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_settle(context).map_err(Into::into)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_close(context).map_err(Into::into)
    }
}

impl AsyncSeek for File {
    fn start_seek(mut self: Pin<&mut Self>, target: SeekFrom) -> io::Result<()> {
        self.seek = Some((target, None));
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.poll_seek(context).map_err(Into::into)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        self.send_gathered();
        self.writing.sent.drain(..).for_each(Pending::detach);
        match self.closing.take() {
            Some(closing) => closing.detach(),
            // An owner that is gone has closed it.
            None => {
                let _ = self.begin(&FsClose { handle: self.handle }, &[]).map(Pending::detach);
            }
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, position) = (&self.path, self.position);
        formatter.debug_struct("File").field("path", path).field("position", &position).finish_non_exhaustive()
    }
}

/// A file that is larger than one answer.
pub(crate) async fn read_whole(link: &Link, path: String) -> Result<Vec<u8>, Error> {
    let mut file = File::open(link, &path, "r", None).await?;
    let mut content = Vec::new();
    file.reading.streak = 1;
    loop {
        poll_fn(|context| file.poll_slice(context, SLICE_BYTES)).await?;
        let slice = &file.reading.slice;
        if slice.is_empty() {
            file.close().await?;
            return Ok(content);
        }
        content.extend_from_slice(slice);
        file.position += slice.len() as u64;
    }
}

/// A content that is larger than one call.
pub(crate) async fn write_whole(
    link: &Link,
    (path, flag, mode): (String, &'static str, Option<u32>),
    data: &[u8],
) -> Result<(), Error> {
    let mut file = File::open(link, &path, flag, mode).await?;
    let most = if file.append { 0 } else { WINDOW - 1 };
    for slice in data.chunks(SLICE_BYTES) {
        poll_fn(|context| file.poll_answered(context, most)).await;
        if let Some(failure) = file.writing.failure.take() {
            return Err(failure);
        }
        let pending = file.begin_write(file.position, slice)?;
        file.writing.sent.push_back(pending);
        file.position += slice.len() as u64;
    }
    file.close().await
}
