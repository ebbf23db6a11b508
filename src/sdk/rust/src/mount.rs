//! A workspace as a directory.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use crate::call::path_text;
use crate::error::Error;
use crate::link::Link;
use crate::models::{MountDriver, MountInfo};
use crate::requests::{MountAdd, MountRemove};

/// [`Workspace::mount`](crate::Workspace::mount), to be awaited.
#[must_use = "nothing is mounted before this is awaited"]
pub struct MountBuilder {
    link: Arc<Link>,
    directory: PathBuf,
    options: MountAdd,
    cache_size_bytes: Option<u64>,
}

impl MountBuilder {
    pub(crate) fn new(link: &Arc<Link>, directory: &Path) -> Self {
        let directory = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
        Self { link: Arc::clone(link), directory, options: MountAdd::default(), cache_size_bytes: None }
    }

    /// Nothing can be changed through the mount.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.options.read_only = Some(read_only);
        self
    }

    /// Other users may use the mount.
    pub fn allow_other(mut self, allow_other: bool) -> Self {
        self.options.allow_other = Some(allow_other);
        self
    }

    /// Which FUSE driver serves it.
    pub fn driver(mut self, driver: MountDriver) -> Self {
        self.options.driver = Some(driver);
        self
    }

    /// How much a background process that is started for it may cache.
    pub fn cache_size_bytes(mut self, cache_size_bytes: u64) -> Self {
        self.cache_size_bytes = Some(cache_size_bytes);
        self
    }

    async fn mount(mut self) -> Result<Mount, Error> {
        self.options.mountpoint = path_text(&self.directory)?;
        self.link.start_owner(self.cache_size_bytes).await?;
        let info = self.link.ask(&self.options).await?;
        Ok(Mount { link: self.link, info })
    }
}

impl IntoFuture for MountBuilder {
    type Output = Result<Mount, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.mount())
    }
}

impl fmt::Debug for MountBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MountBuilder").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// A mounted directory. It stays when this is dropped.
pub struct Mount {
    link: Arc<Link>,
    info: MountInfo,
}

impl Mount {
    /// Where it is, and which process serves it.
    pub fn info(&self) -> &MountInfo {
        &self.info
    }

    /// Returns when everything is durable and the mount is gone. MOUNTPOINT_BUSY while in use.
    pub async fn unmount(self) -> Result<(), Error> {
        self.remove(None).await
    }

    /// Unmounts although it is in use.
    pub async fn force_unmount(self) -> Result<(), Error> {
        self.remove(Some(true)).await
    }

    async fn remove(self, force: Option<bool>) -> Result<(), Error> {
        let mountpoint = Some(self.info.mountpoint);
        self.link.ask(&MountRemove { mountpoint, force }).await?;
        Ok(())
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mount").field("info", &self.info).finish_non_exhaustive()
    }
}
