//! What every test of the Rust SDK stands on: agents in a directory of their own, and a remote that needs no server.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use agentfs::AgentFs;

pub struct Case {
    pub directory: PathBuf,
}

impl Case {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("agentfs-rust-{}-{number}", process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        Self { directory }
    }

    /// Two names are two agents.
    pub fn agent(&self, name: &str) -> AgentFs {
        AgentFs::with_home(self.directory.join(name))
    }

    pub fn remote(&self) -> String {
        format!("file:{}", self.directory.join("remote.db").display())
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        // What a process of an agent that was not closed still writes makes it fail.
        while fs::remove_dir_all(&self.directory).is_err() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
