//! One call as a builder: options are set on it, and awaiting it makes it.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::error::Error;
use crate::link::Link;
use crate::models::ErrorCode;

/// A method of the protocol with its params: one of [`requests`](crate::requests).
pub trait Request: Serialize + Send + Sync + sealed::Sealed + 'static {
    /// Its name in the protocol.
    const METHOD: &'static str;
    /// What the owner answers.
    type Answer: DeserializeOwned + Send;
    /// What is returned of it.
    type Output: Send;
    /// What it fails with.
    type Error: From<Error> + Send;
    /// Takes out of an answer what is returned.
    fn output(answer: Self::Answer) -> Self::Output;
}

/// Only what `npm run protocol` writes is a request.
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A call that is made when it is awaited. Its methods set what may be left out.
///
/// Dropping the future of a call that runs abandons it: the owner is told to stop. What it had done by then stays done.
///
/// ```no_run
/// # async fn example(workspace: agentfs::Workspace) -> Result<(), agentfs::Error> {
/// workspace.mkdir("/src/deep").recursive(true).mode(0o750).await?;
/// let report = workspace.sync().pull().dry_run(true).remote("backup").await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing before it is awaited"]
pub struct Call<R> {
    link: Arc<Link>,
    pub(crate) params: R,
    /// What was wrong with an argument.
    wrong: Option<Error>,
}

impl<R> Call<R> {
    pub(crate) fn new(link: &Arc<Link>, params: R) -> Self {
        Self { link: Arc::clone(link), params, wrong: None }
    }

    /// With params that are made of a path.
    pub(crate) fn of_path(link: &Arc<Link>, path: impl AsRef<Path>, params: impl FnOnce(String) -> R) -> Self {
        Self::of_paths(link, path, "", |path, _| params(path))
    }

    /// With params that are made of two paths.
    pub(crate) fn of_paths(
        link: &Arc<Link>,
        first: impl AsRef<Path>,
        second: impl AsRef<Path>,
        params: impl FnOnce(String, String) -> R,
    ) -> Self {
        let (first, second) = (path_text(first.as_ref()), path_text(second.as_ref()));
        let wrong = first.as_ref().err().or(second.as_ref().err()).cloned();
        let params = params(first.unwrap_or_default(), second.unwrap_or_default());
        Self { link: Arc::clone(link), params, wrong }
    }
}

impl<R: Request> IntoFuture for Call<R> {
    type Output = Result<R::Output, R::Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if let Some(wrong) = self.wrong {
                return Err(wrong.into());
            }
            self.link.ask(&self.params).await.map_err(Into::into)
        })
    }
}

impl<R: Request> fmt::Debug for Call<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without params: one may be a token.
        formatter.debug_struct("Call").field("method", &R::METHOD).finish_non_exhaustive()
    }
}

/// Workspaces have UTF-8 names only.
pub(crate) fn path_text(path: &Path) -> Result<String, Error> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Error::new(ErrorCode::EILSEQ, format!("EILSEQ: a name that is not UTF-8: {}", path.display())).about(path)
    })
}

/// Whole seconds, a part of one counted as one.
pub(crate) fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
