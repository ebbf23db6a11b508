//! Files by path.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use crate::call::{path_text, Call, Request};
use crate::error::Error;
use crate::file::{read_whole, write_whole};
use crate::frame::{ByteMark, MAX_DATA_BYTES};
use crate::link::Link;
use crate::models::{ErrorCode, ListedEntry};
use crate::open::OpenFile;
use crate::read_dir::ReadDir;
use crate::references::TimeChange;
use crate::requests::{
    FsChmod, FsChown, FsCopyFile, FsExists, FsGetxattr, FsLink, FsListxattr, FsMkdir, FsReadFile, FsReadlink,
    FsRealpath, FsRemovexattr, FsRename, FsRm, FsRmdir, FsSetxattr, FsStat, FsStatfs, FsSymlink, FsTruncate, FsUnlink,
    FsUtimes, FsWriteFile,
};
use crate::workspace::Workspace;

/// Files by path. Symlinks are followed inside the workspace; errors have the codes of the system calls.
impl Workspace {
    /// The whole content.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// let bytes: Vec<u8> = workspace.read_file("/image.png").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_file(&self, path: impl AsRef<Path> + Send) -> Result<Vec<u8>, Error> {
        let path = path_text(path.as_ref())?;
        let request = FsReadFile { path };
        match self.link.call(FsReadFile::METHOD, &request, &[]).await {
            Ok(answer) => Ok(answer.data),
            Err(error) if error.code() == ErrorCode::EFBIG => read_whole(&self.link, request.path).await,
            Err(error) => Err(error),
        }
    }

    /// The whole content as text; EILSEQ where it is not UTF-8.
    pub async fn read_to_string(&self, path: impl AsRef<Path> + Send) -> Result<String, Error> {
        let path = path.as_ref();
        String::from_utf8(self.read_file(path).await?).map_err(|_| {
            Error::new(ErrorCode::EILSEQ, format!("EILSEQ: '{}' is not UTF-8", path.display())).about(path)
        })
    }

    /// Makes or replaces a file; up to 4 MiB at once for every reader.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// workspace.write_file("/notes.md", "first").await?;
    /// workspace.write_file("/key", [0_u8; 32]).mode(0o600).exclusive(true).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_file<'d, D: AsRef<[u8]> + 'd>(&self, path: impl AsRef<Path>, data: D) -> WriteFile<'d, D> {
        let (link, path) = (Arc::clone(&self.link), path_text(path.as_ref()));
        WriteFile { link, path, data, append: false, exclusive: false, mode: None, lifetime: PhantomData }
    }

    /// Adds to the end of a file, or makes it.
    pub fn append_file<'d, D: AsRef<[u8]> + 'd>(&self, path: impl AsRef<Path>, data: D) -> WriteFile<'d, D> {
        WriteFile { append: true, ..self.write_file(path, data) }
    }

    /// Opens a file: to read it, unless something else is asked for, as of `std::fs::OpenOptions`.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), Box<dyn std::error::Error>> {
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// let mut log = workspace.open("/log").append(true).create(true).await?;
    /// log.write_all(b"line\n").await?;
    /// log.shutdown().await?;
    ///
    /// let mut text = String::new();
    /// workspace.open("/log").await?.read_to_string(&mut text).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(&self, path: impl AsRef<Path>) -> OpenFile {
        OpenFile::new(&self.link, path.as_ref())
    }

    /// Whether something is there.
    pub fn exists(&self, path: impl AsRef<Path>) -> Call<FsExists> {
        Call::of_path(&self.link, path, |path| FsExists { path })
    }

    /// What stat(2) tells; of a symlink itself with `follow(false)`.
    pub fn stat(&self, path: impl AsRef<Path>) -> Call<FsStat> {
        Call::of_path(&self.link, path, |path| FsStat { path: Some(path), ..Default::default() })
    }

    /// All entries of a directory, by name.
    pub async fn readdir(&self, path: impl AsRef<Path> + Send) -> Result<Vec<ListedEntry>, Error> {
        let mut directory = self.read_dir(path.as_ref());
        let mut entries = Vec::new();
        while let Some(entry) = directory.next_entry().await? {
            entries.push(entry);
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// The entries of a directory as they are found, in no order, a page in memory at a time.
    ///
    /// ```no_run
    /// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
    /// let mut directory = workspace.read_dir("/src").stat(true);
    /// while let Some(entry) = directory.next_entry().await? {
    ///     println!("{} {:?}", entry.name, entry.stat.map(|stat| stat.size));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_dir(&self, path: impl AsRef<Path>) -> ReadDir {
        ReadDir::new(&self.link, path.as_ref())
    }

    /// True where it was made, which with `recursive(true)` it need not be.
    pub fn mkdir(&self, path: impl AsRef<Path>) -> Call<FsMkdir> {
        Call::of_path(&self.link, path, |path| FsMkdir { path, ..Default::default() })
    }

    /// Removes an empty directory.
    pub fn rmdir(&self, path: impl AsRef<Path>) -> Call<FsRmdir> {
        Call::of_path(&self.link, path, |path| FsRmdir { path })
    }

    /// Removes a name of a file.
    pub fn unlink(&self, path: impl AsRef<Path>) -> Call<FsUnlink> {
        Call::of_path(&self.link, path, |path| FsUnlink { path })
    }

    /// Removes a file, or with `recursive(true)` a directory and all in it; `force(true)` passes over what is not there.
    /// How many were removed.
    pub fn rm(&self, path: impl AsRef<Path>) -> Call<FsRm> {
        Call::of_path(&self.link, path, |path| FsRm { path, ..Default::default() })
    }

    /// Moves; what is at the new place is replaced, unless `no_replace(true)` or `exchange(true)`.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Call<FsRename> {
        Call::of_paths(&self.link, from, to, |from, to| FsRename { from, to, ..Default::default() })
    }

    /// Copies a file's content and mode; how many bytes.
    pub fn copy_file(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Call<FsCopyFile> {
        Call::of_paths(&self.link, from, to, |from, to| FsCopyFile { from, to, ..Default::default() })
    }

    /// Another name for a file.
    pub fn link(&self, existing: impl AsRef<Path>, path: impl AsRef<Path>) -> Call<FsLink> {
        Call::of_paths(&self.link, existing, path, |existing, path| FsLink { existing, path })
    }

    /// A symbolic link that says `target`.
    pub fn symlink(&self, target: impl AsRef<Path>, path: impl AsRef<Path>) -> Call<FsSymlink> {
        Call::of_paths(&self.link, target, path, |target, path| FsSymlink { target, path })
    }

    /// What a symbolic link says.
    pub fn readlink(&self, path: impl AsRef<Path>) -> Call<FsReadlink> {
        Call::of_path(&self.link, path, |path| FsReadlink { path })
    }

    /// The path without symlinks.
    pub fn realpath(&self, path: impl AsRef<Path>) -> Call<FsRealpath> {
        Call::of_path(&self.link, path, |path| FsRealpath { path })
    }

    /// Sets permission bits.
    pub fn chmod(&self, path: impl AsRef<Path>, mode: u32) -> Call<FsChmod> {
        Call::of_path(&self.link, path, |path| FsChmod { path: Some(path), mode, ..Default::default() })
    }

    /// Sets the owner and the group.
    pub fn chown(&self, path: impl AsRef<Path>, uid: u32, gid: u32) -> Call<FsChown> {
        Call::of_path(&self.link, path, |path| FsChown { path: Some(path), uid, gid, ..Default::default() })
    }

    /// Sets the times of the last access and the last change of the content: a `SystemTime`, a `Timespec`, or
    /// [`TimeChange::Now`].
    pub fn utimes(
        &self,
        path: impl AsRef<Path>,
        atime: impl Into<TimeChange>,
        mtime: impl Into<TimeChange>,
    ) -> Call<FsUtimes> {
        let (atime, mtime) = (atime.into(), mtime.into());
        Call::of_path(&self.link, path, |path| FsUtimes { path: Some(path), atime, mtime, ..Default::default() })
    }

    /// Cuts a file off, or makes it longer by zeros.
    pub fn truncate(&self, path: impl AsRef<Path>, size: u64) -> Call<FsTruncate> {
        Call::of_path(&self.link, path, |path| FsTruncate { path: Some(path), size, ..Default::default() })
    }

    /// An extended attribute; ENODATA where it is not there.
    pub async fn getxattr(
        &self,
        path: impl AsRef<Path> + Send,
        name: impl Into<String> + Send,
    ) -> Result<Vec<u8>, Error> {
        let request = FsGetxattr { path: path_text(path.as_ref())?, name: name.into(), follow: None };
        Ok(self.link.call(FsGetxattr::METHOD, &request, &[]).await?.data)
    }

    /// Makes or replaces an extended attribute.
    pub async fn setxattr(
        &self,
        path: impl AsRef<Path> + Send,
        name: impl Into<String> + Send,
        data: impl AsRef<[u8]> + Send,
    ) -> Result<(), Error> {
        let (path, name, bytes) = (path_text(path.as_ref())?, name.into(), data.as_ref());
        let request = FsSetxattr { path, name, data: ByteMark(bytes.len()), ..Default::default() };
        self.link.call(FsSetxattr::METHOD, &request, bytes).await?;
        Ok(())
    }

    /// Names of extended attributes.
    pub fn listxattr(&self, path: impl AsRef<Path>) -> Call<FsListxattr> {
        Call::of_path(&self.link, path, |path| FsListxattr { path, ..Default::default() })
    }

    /// Removes an extended attribute.
    pub fn removexattr(&self, path: impl AsRef<Path>, name: impl Into<String>) -> Call<FsRemovexattr> {
        Call::of_path(&self.link, path, |path| FsRemovexattr { path, name: name.into(), ..Default::default() })
    }

    /// How much room there is.
    pub fn statfs(&self) -> Call<FsStatfs> {
        Call::new(&self.link, FsStatfs {})
    }
}

/// [`Workspace::write_file`] or [`Workspace::append_file`], to be awaited.
#[must_use = "nothing is written before this is awaited"]
pub struct WriteFile<'d, D> {
    link: Arc<Link>,
    path: Result<String, Error>,
    data: D,
    append: bool,
    exclusive: bool,
    mode: Option<u32>,
    lifetime: PhantomData<&'d ()>,
}

impl<D> WriteFile<'_, D> {
    /// Permission bits of a new file; 0o644 else.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// A file that is there already is EEXIST.
    pub fn exclusive(mut self, exclusive: bool) -> Self {
        self.exclusive = exclusive;
        self
    }

    fn flag(&self) -> &'static str {
        match (self.append, self.exclusive) {
            (false, false) => "w",
            (false, true) => "wx",
            (true, false) => "a",
            (true, true) => "ax",
        }
    }
}

impl<D: AsRef<[u8]>> WriteFile<'_, D> {
    async fn write(self) -> Result<(), Error> {
        let flag = self.flag();
        let (path, data) = (self.path?, self.data.as_ref());
        if data.len() > MAX_DATA_BYTES {
            return write_whole(&self.link, (path, flag, self.mode), data).await;
        }
        let request = FsWriteFile { path, data: ByteMark(data.len()), flag: Some(flag), mode: self.mode };
        self.link.call(FsWriteFile::METHOD, &request, data).await?;
        Ok(())
    }
}

impl<'d, D: AsRef<[u8]> + Send + 'd> IntoFuture for WriteFile<'d, D> {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'd>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.write())
    }
}

impl<D> fmt::Debug for WriteFile<'_, D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WriteFile").field("path", &self.path).finish_non_exhaustive()
    }
}
