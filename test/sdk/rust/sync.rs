//! Sync, its settings and its past, against a remote in a file.

use std::time::Duration;

use agentfs::{
    AgentFs, ConflictPolicy, ErrorCode, Resolution, SyncError, SyncEvent, SyncMode, SyncState,
    Workspace,
};

use crate::case::Case;

type Outcome = Result<(), SyncError>;

/// Both agents have changed `/f` and `/g` since they agreed; the second has not pushed.
pub async fn two_agents_in_conflict(case: &Case) -> Result<([AgentFs; 2], Workspace), SyncError> {
    let agents = [case.agent("a"), case.agent("b")];
    let [a, b] = [
        agents[0].workspace().create("shared").await?,
        agents[1].workspace().create("shared").await?,
    ];
    for ws in [&a, &b] {
        let enabled = ws
            .sync()
            .enable(case.remote(), "token")
            .mode(SyncMode::Manual);
        enabled.conflict_resolution(ConflictPolicy::Manual).await?;
    }
    for name in ["/f", "/g"] {
        a.write_file(name, "base").await?;
    }
    a.sync().push().await?;
    b.sync().pull().await?;
    for name in ["/f", "/g"] {
        a.write_file(name, "of a").await?;
        b.write_file(name, "of b").await?;
    }
    a.sync().push().await?;
    Ok((agents, b))
}

async fn close(agents: &[AgentFs]) -> Outcome {
    for afs in agents {
        afs.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn conflicts_are_told_with_both_sides_and_decided_in_each_way() -> Outcome {
    let case = Case::new();
    let (agents, ws) = two_agents_in_conflict(&case).await?;
    let Err(SyncError::Conflicts(told)) = ws.sync().push().await else {
        panic!("conflicts wait")
    };
    assert!(told.report().is_some());
    let [f, g] = ["/f", "/g"].map(|path| {
        told.iter()
            .find(|conflict| conflict.path == path)
            .expect("told")
            .clone()
    });
    assert_eq!(f.kind.as_str(), "modify/modify");
    let sizes = [&f.local, &f.remote].map(|side| side.as_ref().expect("a side").size);
    assert_eq!(sizes, [4, 4]);
    let error = SyncError::Conflicts(told);
    assert_eq!(error.code(), ErrorCode::SyncConflict);
    assert!(
        error.to_string().contains("/f") && error.hint().is_some(),
        "{error}"
    );
    let compared = ws.sync().compare(&f).await?;
    assert_eq!(compared.conflict.path, "/f");
    let report = ws
        .sync()
        .resolve_all(Resolution::Both)
        .conflicts([&f])
        .await?;
    assert_eq!((report.resolved.len(), report.remaining.len()), (1, 1));
    ws.sync().resolve("/g", Resolution::Remote).await?;
    let names = ws.readdir("/").await?;
    assert_eq!(
        names
            .iter()
            .filter(|entry| entry.name.starts_with('f'))
            .count(),
        2
    );
    let gone = ws
        .sync()
        .resolve(&g, Resolution::Local)
        .await
        .expect_err("decided");
    assert_eq!(gone.code(), ErrorCode::SyncConflictGone);
    assert!(ws.sync().conflicts().await?.is_empty());
    close(&agents).await
}

#[tokio::test]
async fn settings_are_changed_and_told() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    assert_eq!(
        ws.sync().status().await.expect_err("not enabled").code(),
        ErrorCode::SyncNotEnabled
    );
    let status = ws.sync().enable(case.remote(), "").await?;
    assert_eq!(
        (status.mode, status.workspace.as_str()),
        (SyncMode::RealTime, "demo")
    );
    let config = ws
        .sync()
        .config()
        .mode(SyncMode::Periodic)
        .interval(Duration::from_secs(60))
        .batch_size(100)
        .await?;
    assert_eq!(
        (config.mode, config.interval, config.batch_size),
        (SyncMode::Periodic, 60, 100)
    );
    let config = ws
        .sync()
        .config()
        .include(["*.py", "*.md"])
        .exclude(["*.pyc", "__pycache__/", ".git/"])
        .await?;
    assert_eq!(config.include, ["*.py", "*.md"]);
    assert!(!ws.sync().explain("/__pycache__/").await?.included);
    assert!(ws.sync().explain("/a.py").await?.included);
    assert_eq!(ws.sync().config().await?.interval, 60);
    assert_eq!(ws.sync().remotes().await?, ["origin"]);
    let unknown = ws
        .sync()
        .push()
        .remote("nowhere")
        .await
        .expect_err("no such remote");
    assert_eq!(unknown.code(), ErrorCode::SyncNotEnabled);
    ws.sync().disable().await?;
    assert!(ws.sync().remotes().await?.is_empty());
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn what_a_sync_did_is_told_and_heard_of() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.sync()
        .enable(case.remote(), "token")
        .mode(SyncMode::Manual)
        .await?;
    let mut events = ws.sync().events().await?;
    ws.write_file("/f", "x").await?;
    let planned = ws.sync().push().dry_run(true).await?;
    assert_eq!(planned.plan.expect("a plan")[0].path, "/f");
    let report = ws.sync().push().await?;
    assert!(report.pushed > 0);
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match events.next().await? {
                SyncEvent::Change(change) if change.revision == report.revision => {
                    return Ok(change)
                }
                _ => {}
            }
        }
    });
    let heard: Result<_, SyncError> = heard.await.expect("an event");
    assert_eq!(heard?.pushed, report.pushed);
    assert_eq!(ws.sync().metrics().await?.sync_operations, 1);
    assert!(ws.sync().verify().await?.ok);
    assert!(ws.sync().agents().await?.iter().any(|agent| agent.is_self));
    assert_eq!(ws.sync().status().await?.sync_status, SyncState::Synced);
    assert!(ws
        .audit()
        .await?
        .entries
        .iter()
        .any(|entry| entry.action.contains("enable")));
    ws.sync().reset().await?;
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn the_past_comes_back_by_checkpoint_and_by_version() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.sync()
        .enable(case.remote(), "token")
        .mode(SyncMode::Manual)
        .await?;
    ws.write_file("/f", "first").await?;
    let made = ws.checkpoints().create("checkpoint-v1").await?;
    assert_eq!(ws.checkpoints().list().await?[0].name, "checkpoint-v1");
    ws.write_file("/f", "second").await?;
    ws.sync().push().await?;
    ws.sync().pull().version("checkpoint-v1").await?;
    assert_eq!(ws.read_to_string("/f").await?, "first");
    ws.sync().push().await?;
    let early = ws
        .sync()
        .pull()
        .at("2024-01-15T10:30:00Z")
        .await
        .expect_err("before the beginning");
    assert_eq!(early.code(), ErrorCode::InvalidArgument);
    ws.restore("/f")
        .version((made.revision + 1).to_string())
        .await?;
    assert_eq!(ws.read_to_string("/f").await?, "second");
    let versions = ws.history_of("/f").await?.versions;
    assert_eq!(
        versions.last().map(|version| version.what.as_str()),
        Some("created")
    );
    assert!(!ws.history().await?.commits.is_empty());
    assert_eq!(ws.diff().await?.entries[0].path, "/f");
    ws.checkpoints().delete("checkpoint-v1").await?;
    afs.close().await?;
    Ok(())
}
