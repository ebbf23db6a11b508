//! The Rust blocks of the users' documentation, word for word but for the address of the database, which a macro puts in
//! its place.

use agentfs::{Error, Resolution, SyncConflict, SyncError, SyncMode, SyncState, Workspace};

use crate::case::Case;
use crate::sync::two_agents_in_conflict;

/// The block with another address.
macro_rules! at {
    ($remote:expr, $workspace:ident.sync().enable($address:literal, $token:literal).await?;) => {
        assert_eq!($address, "libsql://mydb-org.turso.io");
        $workspace.sync().enable($remote, $token).await?;
    };
}

#[tokio::test]
#[rustfmt::skip]
async fn sdk_setup() -> Result<(), Error> {
    let case = Case::new();
    let afs = case.agent("a");
    let workspace = afs.workspace().create("my-workspace").await?;
    at! { case.remote(),
workspace.sync()
    .enable("libsql://mydb-org.turso.io", "your-auth-token")
    .await?;
    }
    let status = workspace.sync().status().await?;
    assert_eq!((status.mode, status.url), (SyncMode::RealTime, case.remote()));
    afs.close().await
}

enum Strategy {
    Local,
    Remote,
}

fn resolve_strategy(conflict: &SyncConflict) -> Strategy {
    if conflict.path == "/f" {
        Strategy::Local
    } else {
        Strategy::Remote
    }
}

#[rustfmt::skip]
async fn handling_conflicts_in_sdk(workspace: &Workspace) -> Result<(), Box<dyn std::error::Error>> {
match workspace.sync().push().await {
    Ok(_) => { /* success */ },
    Err(SyncError::Conflicts(conflicts)) => {
        for conflict in conflicts {
            match resolve_strategy(&conflict) {
                Strategy::Local => {
                    workspace.sync().resolve(&conflict, Resolution::Local).await?;
                }
                Strategy::Remote => {
                    workspace.sync().resolve(&conflict, Resolution::Remote).await?;
                }
            }
        }
    }
    Err(e) => return Err(e.into()),
}
    Ok(())
}

#[tokio::test]
async fn handling_conflicts() -> Result<(), Box<dyn std::error::Error>> {
    let case = Case::new();
    let (agents, workspace) = two_agents_in_conflict(&case).await?;
    handling_conflicts_in_sdk(&workspace).await?;
    assert_eq!(workspace.read_to_string("/f").await?, "of b");
    assert_eq!(workspace.read_to_string("/g").await?, "of a");
    assert!(workspace.sync().conflicts().await?.is_empty());
    assert_eq!(
        workspace.sync().status().await?.sync_status,
        SyncState::Synced
    );
    handling_conflicts_in_sdk(&workspace).await?;
    for afs in &agents {
        afs.close().await?;
    }
    Ok(())
}
