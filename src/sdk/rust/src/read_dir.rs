//! A directory's entries, a page at a time.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::call::path_text;
use crate::error::Error;
use crate::link::Link;
use crate::models::ListedEntry;
use crate::requests::FsReaddir;

/// The entries of a directory: [`Workspace::read_dir`](crate::Workspace::read_dir).
pub struct ReadDir {
    link: Arc<Link>,
    path: Result<String, Error>,
    page: std::vec::IntoIter<ListedEntry>,
    /// Where the next page begins; None when there is none.
    after: Option<u64>,
    stat: bool,
}

impl ReadDir {
    pub(crate) fn new(link: &Arc<Link>, path: &Path) -> Self {
        let page = Vec::new().into_iter();
        Self { link: Arc::clone(link), path: path_text(path), page, after: Some(0), stat: false }
    }

    /// Whether entries come with their `stat`.
    pub fn stat(mut self, stat: bool) -> Self {
        self.stat = stat;
        self
    }

    /// The next entry; None at the end.
    pub async fn next_entry(&mut self) -> Result<Option<ListedEntry>, Error> {
        loop {
            if let Some(entry) = self.page.next() {
                return Ok(Some(entry));
            }
            let Some(after) = self.after else { return Ok(None) };
            let path = self.path.clone()?;
            let (after, stat) = (Some(after), Some(self.stat));
            let page = self.link.ask(&FsReaddir { path, after, limit: None, stat }).await?;
            self.page = page.entries.into_iter();
            self.after = page.next;
        }
    }
}

impl fmt::Debug for ReadDir {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReadDir").field("path", &self.path).finish_non_exhaustive()
    }
}
