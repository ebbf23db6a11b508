//! A second remote as a backup, and the way back when the machine is gone.
//!
//!     TURSO_DATABASE_URL=libsql://mydb-org.turso.io BACKUP_URL=file:/mnt/backup/agents.db TURSO_AUTH_TOKEN=… \
//!         cargo run --example backup

use std::env;
use std::time::Duration;

use agentfs::{AgentFs, SyncMode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let backup = env::var("BACKUP_URL")?;
    let machines = env::temp_dir().join(format!("machines-{}", std::process::id()));

    let machine = machines.join("first");
    let afs = AgentFs::with_home(&machine);
    let ws = afs.workspace().create("project").await?;
    let (url, token) = (
        env::var("TURSO_DATABASE_URL")?,
        env::var("TURSO_AUTH_TOKEN")?,
    );
    ws.sync().enable(url, token).mode(SyncMode::Manual).await?;
    // Every hour, without what can be made again. A background owner keeps to it: ws.start_owner().
    ws.sync()
        .enable(&backup, "")
        .remote("backup")
        .mode(SyncMode::Periodic)
        .interval(Duration::from_secs(3600))
        .exclude(["node_modules/"])
        .await?;

    ws.mkdir("/node_modules").await?;
    ws.write_file("/node_modules/big.js", "made again by npm")
        .await?;
    ws.write_file("/report.md", "three weeks of work").await?;
    ws.sync().push().remote("backup").await?;
    let verified = ws.sync().verify().remote("backup").await?;
    println!("backed up; problems: {}", verified.problems.len());
    afs.close().await?;

    // The machine burns down.
    std::fs::remove_dir_all(machine)?;

    // Another one takes what the backup has.
    let afs = AgentFs::with_home(machines.join("second"));
    let ws = afs.workspace().create("project").await?;
    ws.sync()
        .enable(&backup, "")
        .remote("backup")
        .mode(SyncMode::Manual)
        .await?;
    ws.sync().pull().remote("backup").await?;
    let names: Vec<_> = ws
        .readdir("/")
        .await?
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    println!(
        "restored: {}: {}",
        names.join(", "),
        ws.read_to_string("/report.md").await?
    );
    afs.close().await?;
    Ok(())
}
