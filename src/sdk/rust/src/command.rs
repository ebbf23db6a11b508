//! `agentfs rpc`: which command it is, and one as a child of this program.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::thread;

use tokio::net::unix::pipe;
use tokio::sync::watch;

use crate::connection::Connection;
use crate::error::Error;
use crate::models::ErrorCode;
use crate::transport::{Inlet, Outlet};

/// What is kept of what the command complains of.
const COMPLAINT_BYTES: u64 = 16 * 1024;

/// A running `agentfs rpc`. It ends, with all that it owns durable, when the connection is let go.
pub(crate) struct HomeProcess {
    pub(crate) connection: Arc<Connection>,
    ended: watch::Receiver<Option<String>>,
}

impl HomeProcess {
    pub(crate) async fn start(home: &Path) -> Result<Self, Error> {
        let (mut child, program) = spawn(home)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let ended = watch_over(child, pipes.2);
        let (Some(input), Some(output)) = (pipes.0, pipes.1) else {
            return Err(Error::new(ErrorCode::Internal, "a child without pipes"));
        };
        let outlet = pipe::Sender::from_owned_fd(input.into()).map_err(|error| unusable(&program, &error))?;
        let inlet = pipe::Receiver::from_owned_fd(output.into()).map_err(|error| unusable(&program, &error))?;
        match Connection::open(Inlet::Pipe(inlet), Outlet::Pipe(outlet)).await {
            Ok(connection) => Ok(Self { connection, ended }),
            Err(error) if error.code() == ErrorCode::OwnerGone => {
                let complaint = complaint_of(ended).await;
                Err(Error::new(ErrorCode::OwnerUnreachable, format!("agentfs rpc ended at once: {complaint}"))
                    .during("start agentfs rpc")
                    .hinting(format!("Run it by hand to see why: {} rpc --help", program.to_string_lossy())))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns when all that it owned is durable and the process has gone.
    pub(crate) async fn close(self) {
        drop(self.connection);
        complaint_of(self.ended).await;
    }
}

async fn complaint_of(mut ended: watch::Receiver<Option<String>>) -> String {
    let told = ended.wait_for(Option::is_some).await;
    told.ok().and_then(|complaint| complaint.clone()).unwrap_or_default()
}

fn spawn(home: &Path) -> Result<(Child, OsString), Error> {
    let (program, arguments) = find_command()?;
    let child = Command::new(&program)
        .args(arguments)
        .args(["rpc", "--home"])
        .arg(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| missing(&format!("cannot run {}: {error}", program.to_string_lossy()), &[]))?;
    Ok((child, program))
}

/// A thread of its own, so that no zombie is left whatever becomes of this program's runtime. What it sends when the child
/// has ended is what that wrote to its standard error.
fn watch_over(mut child: Child, errors: Option<ChildStderr>) -> watch::Receiver<Option<String>> {
    let (sender, receiver) = watch::channel(None);
    thread::spawn(move || {
        let mut complaint = Vec::new();
        if let Some(mut errors) = errors {
            // What cannot be read is not told; the child is waited for all the same.
            let _ = errors.by_ref().take(COMPLAINT_BYTES).read_to_end(&mut complaint);
            let _ = io::copy(&mut errors, &mut io::sink());
        }
        let _ = child.wait();
        sender.send_replace(Some(String::from_utf8_lossy(&complaint).trim().to_owned()));
    });
    receiver
}

/// How to run `agentfs`: AGENTFS_BIN, the PATH, or the checkout that this crate is part of.
fn find_command() -> Result<(OsString, Option<OsString>), Error> {
    if let Some(named) = env::var_os("AGENTFS_BIN").filter(|named| !named.is_empty()) {
        let is_script = Path::new(&named).extension().is_some_and(|extension| extension == "js");
        if named.as_encoded_bytes().contains(&b'/') && !Path::new(&named).exists() {
            return Err(missing(
                "the command agentfs is not there",
                &[format!("AGENTFS_BIN ({})", named.to_string_lossy())],
            ));
        }
        return Ok(if is_script { ("node".into(), Some(named)) } else { (named, None) });
    }
    if let Some(found) = on_path("agentfs") {
        return Ok((found.into(), None));
    }
    let mut looked = vec!["AGENTFS_BIN (not set)".to_owned(), "agentfs on the PATH".to_owned()];
    if let Some(beside) = beside_the_crate() {
        if beside.exists() {
            return Ok(("node".into(), Some(beside.into())));
        }
        looked.push(beside.display().to_string());
    }
    Err(missing("the command agentfs is not there", &looked))
}

fn on_path(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let is_program =
        |path: &PathBuf| path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(name)).find(is_program)
}

/// Where the checkout has the command, if this crate was built in one.
fn beside_the_crate() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let is_checkout = checkout.join("src/sdk/rust").join("Cargo.toml").exists();
    is_checkout.then(|| checkout.join("dist/cli/main.js"))
}

fn missing(message: &str, looked: &[String]) -> Error {
    let looked = if looked.is_empty() { String::new() } else { format!("; looked for: {}", looked.join(", ")) };
    Error::new(ErrorCode::OwnerUnreachable, format!("{message}{looked}"))
        .during("start agentfs rpc")
        .hinting("Install AgentFS (npm start in its checkout), or set AGENTFS_BIN to its dist/cli/main.js.")
}

fn unusable(program: &OsString, error: &io::Error) -> Error {
    Error::new(ErrorCode::OwnerUnreachable, format!("cannot talk to {}: {error}", program.to_string_lossy()))
        .during("start agentfs rpc")
}
