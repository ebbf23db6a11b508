//! Params that can be given in more than one form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::models::{FileKind, StatRecord, SyncConflict, Timespec};

/// Which conflict is meant: one as it was listed, or all at or below a path.
///
/// ```
/// use agentfs::ConflictReference;
///
/// let below: ConflictReference = "/src".into();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ConflictReference {
    /// What is at or below a path now.
    Path(String),
    /// One as it was listed: it is refused where it has changed since.
    Listed {
        /// Its id.
        id: String,
        /// Its path.
        path: String,
    },
}

impl ConflictReference {
    /// One that was listed, by what was kept of it.
    pub fn listed(id: impl Into<String>, path: impl Into<String>) -> Self {
        Self::Listed { id: id.into(), path: path.into() }
    }
}

impl From<&SyncConflict> for ConflictReference {
    fn from(conflict: &SyncConflict) -> Self {
        Self::Listed { id: conflict.id.clone(), path: conflict.path.clone() }
    }
}

impl From<SyncConflict> for ConflictReference {
    fn from(conflict: SyncConflict) -> Self {
        Self::Listed { id: conflict.id, path: conflict.path }
    }
}

impl From<&str> for ConflictReference {
    fn from(path: &str) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<String> for ConflictReference {
    fn from(path: String) -> Self {
        Self::Path(path)
    }
}

/// A time that a file is given.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum TimeChange {
    /// When the call runs.
    #[default]
    Now,
    /// That time.
    At(Timespec),
}

impl Serialize for TimeChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Now => serializer.serialize_str("now"),
            Self::At(time) => time.serialize(serializer),
        }
    }
}

impl From<SystemTime> for TimeChange {
    fn from(time: SystemTime) -> Self {
        Self::At(time.into())
    }
}

impl From<Timespec> for TimeChange {
    fn from(time: Timespec) -> Self {
        Self::At(time)
    }
}

impl From<SystemTime> for Timespec {
    /// Before 1970 seconds are negative and nanoseconds count on from them.
    fn from(time: SystemTime) -> Self {
        let (sec, nsec) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (whole(after), after.subsec_nanos()),
            Err(before) => match (whole(before.duration()), before.duration().subsec_nanos()) {
                (sec, 0) => (-sec, 0),
                (sec, nsec) => (-sec - 1, 1_000_000_000 - nsec),
            },
        };
        Self { sec, nsec }
    }
}

fn whole(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl From<Timespec> for SystemTime {
    fn from(time: Timespec) -> Self {
        let whole = Duration::from_secs(time.sec.unsigned_abs());
        let start = if time.sec < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
        start + Duration::from_nanos(time.nsec.into())
    }
}

impl StatRecord {
    /// A regular file.
    pub fn is_file(&self) -> bool {
        self.kind == FileKind::File
    }

    /// A directory.
    pub fn is_dir(&self) -> bool {
        self.kind == FileKind::Directory
    }

    /// A symbolic link itself (`follow(false)`).
    pub fn is_symlink(&self) -> bool {
        self.kind == FileKind::Symlink
    }

    /// When the content last changed.
    pub fn modified(&self) -> SystemTime {
        self.mtime.clone().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways_to_the_nanosecond_before_1970_too() {
        for (sec, nsec) in [(0, 0), (1, 999_999_999), (-1, 0), (-1, 1), (-62, 999_999_999), (2_209_075_200, 7)] {
            let there = Timespec { sec, nsec };
            assert_eq!(Timespec::from(SystemTime::from(there.clone())), there);
        }
    }

    #[test]
    fn what_is_meant_is_written_as_the_protocol_has_it() {
        assert_eq!(json(&ConflictReference::from("/a")), "\"/a\"");
        assert_eq!(json(&TimeChange::Now), "\"now\"");
        assert_eq!(json(&TimeChange::from(UNIX_EPOCH)), "{\"sec\":0,\"nsec\":0}");
    }

    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).expect("json")
    }
}
