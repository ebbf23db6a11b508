//! How a file is opened: `std::fs::OpenOptions`, as the protocol's flags.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use crate::call::path_text;
use crate::error::Error;
use crate::file::File;
use crate::link::Link;
use crate::models::ErrorCode;

/// Between two looks somebody else may make or remove the file.
const ATTEMPTS: usize = 16;

/// [`Workspace::open`](crate::Workspace::open), to be awaited. Without `write` or `append` the file is read.
#[must_use = "nothing is opened before this is awaited"]
pub struct OpenFile {
    link: Arc<Link>,
    path: Result<String, Error>,
    options: Options,
    mode: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Options {
    read: bool,
    write: bool,
    append: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
}

/// What to open a file with, and what where it is not there.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plan {
    flags: &'static str,
    otherwise: Option<&'static str>,
    truncate: bool,
}

impl OpenFile {
    pub(crate) fn new(link: &Arc<Link>, path: &Path) -> Self {
        Self { link: Arc::clone(link), path: path_text(path), options: Options::default(), mode: None }
    }

    /// It is read.
    pub fn read(mut self, read: bool) -> Self {
        self.options.read = read;
        self
    }

    /// It is written.
    pub fn write(mut self, write: bool) -> Self {
        self.options.write = write;
        self
    }

    /// It is written at its end, wherever that is by then. Needs `create` or `create_new`.
    pub fn append(mut self, append: bool) -> Self {
        self.options.append = append;
        self
    }

    /// What is in it goes.
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.options.truncate = truncate;
        self
    }

    /// It is made where it is not there.
    pub fn create(mut self, create: bool) -> Self {
        self.options.create = create;
        self
    }

    /// It is made; EEXIST where it is there.
    pub fn create_new(mut self, create_new: bool) -> Self {
        self.options.create_new = create_new;
        self
    }

    /// Permission bits of a new file; 0o644 else.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    async fn open(self) -> Result<File, Error> {
        let path = self.path?;
        let plan = self.options.plan().ok_or_else(|| {
            Error::new(ErrorCode::EINVAL, "EINVAL: options of open that go not together")
                .about(&path)
                .hinting("Ask for read, write or append; truncate and create need write, append needs create.")
        })?;
        for _ in 0..ATTEMPTS {
            let found = File::open(&self.link, &path, plan.flags, self.mode).await;
            let otherwise = match (&found, plan.otherwise) {
                (Err(error), Some(otherwise)) if error.code() == ErrorCode::ENOENT => otherwise,
                _ => {
                    let file = found?;
                    if plan.truncate {
                        file.set_len(0).await?;
                    }
                    return Ok(file);
                }
            };
            match File::open(&self.link, &path, otherwise, self.mode).await {
                Err(error) if error.code() == ErrorCode::EEXIST => {}
                made => return made,
            }
        }
        Err(Error::new(ErrorCode::EBUSY, "EBUSY: others make and remove the file").about(&path))
    }
}

impl Options {
    fn plan(self) -> Option<Plan> {
        let plan = |flags| Some(Plan { flags, otherwise: None, truncate: false });
        let Self { read, write, append, truncate, create, create_new } = self;
        if append {
            return match (create_new, create, read) {
                _ if truncate => None,
                (true, _, false) => plan("ax"),
                (true, _, true) => plan("ax+"),
                (false, true, false) => plan("a"),
                (false, true, true) => plan("a+"),
                (false, false, _) => None,
            };
        }
        if !write {
            return if truncate || create || create_new { None } else { plan("r") };
        }
        match (create_new, create, truncate, read) {
            (true, _, _, false) => plan("wx"),
            (true, _, _, true) => plan("wx+"),
            (false, true, true, false) => plan("w"),
            (false, true, true, true) => plan("w+"),
            (false, true, false, _) => Some(Plan { flags: "r+", otherwise: Some("wx+"), truncate }),
            (false, false, _, _) => Some(Plan { flags: "r+", otherwise: None, truncate }),
        }
    }
}

impl IntoFuture for OpenFile {
    type Output = Result<File, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        formatter.debug_struct("OpenFile").field("path", path).field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_the_flags_that_the_protocol_has_for_them() {
        let none = Options::default();
        let flags = |options: Options| options.plan().map(|plan| (plan.flags, plan.otherwise));
        assert_eq!(flags(none), Some(("r", None)));
        assert_eq!(flags(Options { write: true, ..none }), Some(("r+", None)));
        assert_eq!(flags(Options { write: true, create: true, ..none }), Some(("r+", Some("wx+"))));
        assert_eq!(flags(Options { write: true, create: true, truncate: true, ..none }), Some(("w", None)));
        assert_eq!(flags(Options { read: true, write: true, create_new: true, ..none }), Some(("wx+", None)));
        assert_eq!(flags(Options { append: true, create: true, ..none }), Some(("a", None)));
        assert_eq!(flags(Options { append: true, truncate: true, create: true, ..none }), None);
        assert_eq!(flags(Options { create: true, ..none }), None);
    }
}
