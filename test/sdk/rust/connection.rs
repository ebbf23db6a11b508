//! Owners that come and go, calls at once, calls given up.

use std::process::Command;
use std::time::Duration;

use agentfs::{AgentFs, Error, ErrorCode};

use crate::case::Case;

type Outcome = Result<(), Error>;

#[tokio::test]
async fn what_was_written_is_there_for_the_next_program_and_a_closed_workspace_says_so() -> Outcome
{
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/f", "kept").await?;
    ws.close().await?;
    ws.close().await?;
    assert_eq!(
        ws.read_file("/f").await.expect_err("closed").code(),
        ErrorCode::Closed
    );
    assert_eq!(
        ws.clone().sync().events().await.expect_err("closed").code(),
        ErrorCode::Closed
    );
    afs.close().await?;
    let next = case.agent("a");
    assert_eq!(
        next.workspace()
            .get("demo")
            .await?
            .read_to_string("/f")
            .await?,
        "kept"
    );
    next.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_share_a_workspace() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let ws = ws.clone();
            tokio::spawn(async move {
                for round in 1..=10 {
                    let text = format!("{number} ").repeat(round * 1000);
                    ws.write_file(format!("/{number}"), &text).await?;
                    assert_eq!(ws.read_to_string(format!("/{number}")).await?, text);
                }
                Ok::<_, Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task")?;
    }
    assert_eq!(ws.readdir("/").await?.len(), 64);
    afs.close().await
}

#[tokio::test]
async fn sixty_four_large_calls_at_once_are_answered() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let large = vec![7; 1024 * 1024];
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let (ws, large) = (ws.clone(), large.clone());
            tokio::spawn(async move {
                ws.write_file(format!("/{number}"), &large).await?;
                Ok::<_, Error>(ws.read_file(format!("/{number}")).await? == large)
            })
        })
        .collect();
    for call in calls {
        assert!(call.await.expect("a task")?);
    }
    afs.close().await
}

#[tokio::test]
async fn a_call_whose_future_is_dropped_leaves_the_connection_sound() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let large = vec![7; 4 * 1024 * 1024];
    // More files than a connection may have open: those that nobody waits for are closed.
    for round in 0..1200 {
        let wait = Duration::from_micros(round % 200);
        let opening = ws.open("/opened").write(true).create(true);
        let _ = tokio::time::timeout(wait, opening).await;
        if round % 100 == 0 {
            let _ = tokio::time::timeout(wait, ws.write_file("/large", &large)).await;
        }
    }
    ws.write_file("/f", "sound").await?;
    assert_eq!(ws.read_to_string("/f").await?, "sound");
    ws.open("/f").await?.close().await?;
    afs.close().await
}

#[tokio::test]
async fn an_owner_that_was_killed_is_an_error_once_and_the_next_call_goes_on() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/f", "kept").await?;
    let mut open = ws.open("/f").await?;
    ws.flush().await?;
    kill(ws.owner().await?.pid);
    // Whether the call was cut off, or the owner was found dead before it: it is an error once at most.
    if let Err(error) = ws.read_file("/f").await {
        assert_eq!(error.code(), ErrorCode::OwnerGone);
    }
    assert_eq!(ws.read_to_string("/f").await?, "kept");
    let lost = open.stat().await.expect_err("its owner is gone");
    assert_eq!((lost.code(), lost.path()), (ErrorCode::EBADF, Some("/f")));
    assert!(lost.hint().is_some());
    open.close().await?;
    afs.close().await
}

fn kill(pid: u32) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill(1)").success());
}

#[tokio::test]
async fn a_workspace_lives_longer_than_the_runtime_that_opened_it() {
    let case = Case::new();
    let afs = case.agent("a");
    let other = afs.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            other
                .workspace()
                .create("demo")
                .await?
                .write_file("/f", "kept")
                .await
        })
    })
    .join()
    .expect("a thread")
    .expect("written");
    let ws = afs.workspace().get("demo").await.expect("there");
    assert_eq!(ws.read_to_string("/f").await.expect("read"), "kept");
    afs.close().await.expect("closed");
}

#[test]
fn a_command_that_is_not_there_is_told_with_where_it_was_looked_for() {
    let case = Case::new();
    let nothing = case.directory.join("nothing");
    for (name, value, told) in [
        (
            "AGENTFS_BIN",
            nothing.clone(),
            nothing.display().to_string(),
        ),
        ("PATH", nothing.clone(), "dist/cli/main.js".to_owned()),
    ] {
        // A process of its own: the environment is the whole process's.
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--ignored",
                "--exact",
                "connection::looks_for_the_command",
                "--nocapture",
            ])
            .env_remove("AGENTFS_BIN")
            .env(name, value)
            .output()
            .expect("this program again");
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(said.contains(&told), "{said}");
    }
}

#[tokio::test]
#[ignore = "a part of the test above"]
async fn looks_for_the_command() {
    let case = Case::new();
    let error = AgentFs::with_home(&case.directory)
        .workspace()
        .list()
        .await
        .expect_err("no command");
    assert_eq!(error.code(), ErrorCode::OwnerUnreachable);
    println!("{error}");
}
