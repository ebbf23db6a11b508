//! What goes wrong: [`Error`] everywhere, and for sync [`SyncError`], which sets conflicts apart.

use std::io;
use std::ops::Deref;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::models::{ErrorCode, SyncConflict, SyncReport};

/// An error with a code of a closed set, what it is about, and what to do.
///
/// ```
/// use agentfs::{Error, ErrorCode};
///
/// fn explain(error: &Error) -> String {
///     match error.code() {
///         ErrorCode::ENOENT => format!("nothing at {:?}", error.path()),
///         _ => format!("{} ({})", error.message(), error.hint().unwrap_or("no hint")),
///     }
/// }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{}", .0.message, .0.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default())]
pub struct Error(Box<Details>);

/// As an error crosses the socket.
#[derive(Clone, Debug, Deserialize)]
struct Details {
    code: ErrorCode,
    message: String,
    #[serde(default)]
    operation: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    data: Value,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            operation: None,
            path: None,
            hint: None,
            data: Value::Null,
        }))
    }

    pub(crate) fn during(mut self, operation: impl Into<String>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    pub(crate) fn about(mut self, path: impl AsRef<Path>) -> Self {
        self.0.path = Some(path.as_ref().to_string_lossy().into_owned());
        self
    }

    pub(crate) fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_data(mut self, data: Value) -> Self {
        self.0.data = data;
        self
    }

    /// Of the error object of an answer; one without an AgentFS error in it still gives a usable one.
    pub(crate) fn of_answer(method: &str, json: &str) -> Self {
        #[derive(Deserialize)]
        struct Answered {
            message: String,
            #[serde(default)]
            data: Option<Value>,
        }
        let Ok(answered) = serde_json::from_str::<Answered>(json) else {
            return Self::new(ErrorCode::Internal, format!("an error that cannot be read: {json}")).during(method);
        };
        let details = answered.data.and_then(|data| serde_json::from_value::<Details>(data).ok());
        match details {
            Some(details) => Self(Box::new(details)),
            None => Self::new(ErrorCode::Internal, answered.message).during(method),
        }
    }

    /// The owner went away; `not_executed` where the call surely did not run.
    pub(crate) fn gone(method: &str, not_executed: bool) -> Self {
        Self::new(ErrorCode::OwnerGone, "the process that owns the workspace went away")
            .during(method)
            .hinting("Repeat the call: the next one opens the workspace again. See owner.log for why it ended.")
            .with_data(serde_json::json!({ "notExecuted": not_executed }))
    }

    pub(crate) fn is_not_executed(&self) -> bool {
        self.code() == ErrorCode::OwnerGone && self.0.data["notExecuted"] == Value::Bool(true)
    }

    /// What kind of error it is.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What happened, as a sentence, without the hint that `Display` adds.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What was being done.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The path in the workspace, or of the file on disk, that it is about.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What to do, where there is something to be done.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Facts for programs; `Null` where there are none.
    pub fn data(&self) -> &Value {
        &self.0.data
    }

    /// The kind that the standard library has for it.
    ///
    /// ```
    /// # fn example(error: agentfs::Error) {
    /// if error.kind() == std::io::ErrorKind::NotFound {
    ///     println!("{:?} is not there", error.path());
    /// }
    /// # }
    /// ```
    pub fn kind(&self) -> io::ErrorKind {
        match self.code() {
            ErrorCode::ENOENT | ErrorCode::WorkspaceNotFound => io::ErrorKind::NotFound,
            ErrorCode::EEXIST | ErrorCode::WorkspaceExists => io::ErrorKind::AlreadyExists,
            ErrorCode::EACCES | ErrorCode::EPERM | ErrorCode::RemoteAuth => io::ErrorKind::PermissionDenied,
            ErrorCode::EINVAL | ErrorCode::InvalidArgument | ErrorCode::WorkspaceInvalidName => {
                io::ErrorKind::InvalidInput
            }
            ErrorCode::EAGAIN => io::ErrorKind::WouldBlock,
            ErrorCode::OwnerGone => io::ErrorKind::ConnectionReset,
            ErrorCode::OwnerUnreachable | ErrorCode::RemoteUnreachable => io::ErrorKind::ConnectionRefused,
            ErrorCode::Closed => io::ErrorKind::NotConnected,
            ErrorCode::EOPNOTSUPP | ErrorCode::ENOSYS | ErrorCode::Unsupported => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::Other,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        io::Error::new(error.kind(), error)
    }
}

/// What a method of [`sync`](crate::Workspace::sync) fails with.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// Conflicts wait for a person (policy `manual`): neither side was touched there, everything else went through.
    #[error("conflicts wait to be resolved: {}", .0.paths())]
    Conflicts(Conflicts),
    /// Everything else.
    #[error(transparent)]
    Other(Error),
}

impl SyncError {
    /// What kind of error it is.
    pub fn code(&self) -> ErrorCode {
        self.error().code()
    }

    /// The path in the workspace that it is about.
    pub fn path(&self) -> Option<&str> {
        self.error().path()
    }

    /// What to do, where there is something to be done.
    pub fn hint(&self) -> Option<&str> {
        self.error().hint()
    }

    /// It as any other error.
    pub fn error(&self) -> &Error {
        match self {
            Self::Conflicts(conflicts) => &conflicts.error,
            Self::Other(error) => error,
        }
    }
}

impl From<Error> for SyncError {
    fn from(error: Error) -> Self {
        if error.code() != ErrorCode::SyncConflict {
            return Self::Other(error);
        }
        match Deserialize::deserialize(&error.data()["conflicts"]) {
            Ok(list) => Self::Conflicts(Conflicts { list, error }),
            Err(_) => Self::Other(error),
        }
    }
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Conflicts(conflicts) => conflicts.error,
            SyncError::Other(error) => error,
        }
    }
}

impl From<SyncError> for io::Error {
    fn from(error: SyncError) -> Self {
        io::Error::new(error.error().kind(), error)
    }
}

/// The conflicts that wait: a slice of [`SyncConflict`], to be looped over.
#[derive(Clone, Debug)]
pub struct Conflicts {
    list: Vec<SyncConflict>,
    error: Error,
}

impl Conflicts {
    /// What the sync did besides, where it got that far.
    pub fn report(&self) -> Option<SyncReport> {
        SyncReport::deserialize(&self.error.data()["report"]).ok()
    }

    fn paths(&self) -> String {
        match self.list.as_slice() {
            [] => "unknown".to_owned(),
            [only] => only.path.clone(),
            [first, others @ ..] => format!("{} and {} more", first.path, others.len()),
        }
    }
}

impl Deref for Conflicts {
    type Target = [SyncConflict];

    fn deref(&self) -> &[SyncConflict] {
        &self.list
    }
}

impl IntoIterator for Conflicts {
    type Item = SyncConflict;
    type IntoIter = std::vec::IntoIter<SyncConflict>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Conflicts {
    type Item = &'a SyncConflict;
    type IntoIter = std::slice::Iter<'a, SyncConflict>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}
