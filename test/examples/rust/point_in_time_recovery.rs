//! Back to what was: one file, by its versions, and the whole workspace, by a checkpoint. Each return is a change made now,
//! so that it can be taken back as well.
//!
//!     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… cargo run --example point_in_time_recovery

use std::env;

use agentfs::{AgentFs, SyncMode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (
        env::var("TURSO_DATABASE_URL")?,
        env::var("TURSO_AUTH_TOKEN")?,
    );
    let afs = AgentFs::with_home(env::temp_dir().join(format!("agent-{}", std::process::id())));
    let ws = afs.workspace().create("book").await?;
    ws.sync().enable(url, token).mode(SyncMode::Manual).await?;

    ws.write_file("/chapter-1.md", "first draft").await?;
    ws.write_file("/chapter-2.md", "an idea").await?;
    // Pushes what is pending, and gives that state a name.
    ws.checkpoints().create("draft").await?;

    ws.write_file("/chapter-1.md", "worse").await?;
    ws.sync().push().await?;
    ws.rm("/chapter-2.md").await?;
    ws.sync().push().await?;

    // One file: its versions, the newest first. `restore` takes one of them, a checkpoint or a time.
    let versions = ws.history_of("/chapter-1.md").await?.versions;
    let what: Vec<_> = versions
        .iter()
        .map(|version| version.what.as_str())
        .collect();
    println!("versions: {}", what.join(", "));
    let first = versions
        .last()
        .ok_or("a file that was pushed has a version")?;
    ws.restore("/chapter-1.md").version(&first.version).await?;
    println!("chapter 1: {}", ws.read_to_string("/chapter-1.md").await?);
    ws.sync().push().await?;

    // The whole workspace, first only told: `pull().at("2024-01-15T10:30:00Z")` goes by a time.
    if let Some(past) = ws.sync().pull().version("draft").dry_run(true).await?.past {
        println!(
            "returning to the draft changes {} files and names",
            past.changed
        );
    }
    ws.sync().pull().version("draft").await?;
    let names: Vec<_> = ws
        .readdir("/")
        .await?
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    println!("files: {}", names.join(", "));
    ws.sync().push().await?;
    afs.close().await?;
    Ok(())
}
