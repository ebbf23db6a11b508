//! Two agents work on one plan: each has a home of its own, here on one machine, else on two. They meet in a database:
//!
//!     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… cargo run --example shared_workspace

use std::env;

use agentfs::{AgentFs, ConflictPolicy, Resolution, SyncError, SyncMode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (
        env::var("TURSO_DATABASE_URL")?,
        env::var("TURSO_AUTH_TOKEN")?,
    );
    let homes = env::temp_dir().join(format!("agents-{}", std::process::id()));
    let ana = AgentFs::with_home(homes.join("ana"));
    let ben = AgentFs::with_home(homes.join("ben"));

    // Ana begins. `Manual`: what goes to the others, and when, is hers to say; the default is real-time.
    let hers = ana.workspace().create("plan").await?;
    let enable = hers.sync().enable(&url, &token).mode(SyncMode::Manual);
    enable.conflict_resolution(ConflictPolicy::Manual).await?;
    hers.write_file("/plan.md", "# Plan\n\n1. Tests\n2. Code\n")
        .await?;
    hers.sync().push().await?;

    // Ben creates the workspace too, under the same name: it is the same one.
    let his = ben.workspace().create("plan").await?;
    let enable = his.sync().enable(&url, &token).mode(SyncMode::Manual);
    enable.conflict_resolution(ConflictPolicy::Manual).await?;
    his.sync().pull().await?;
    let plan = his.read_to_string("/plan.md").await?;
    println!("Ben reads: {}", plan.lines().next().unwrap_or_default());

    // Both change the same file, and Ben is first.
    his.write_file("/plan.md", "# Plan\n\n1. Tests\n2. Code\n3. Docs (Ben)\n")
        .await?;
    his.sync().push().await?;
    hers.write_file("/plan.md", "# Plan (Ana)\n\n1. Tests\n2. Code\n")
        .await?;
    match hers.sync().push().await {
        Err(SyncError::Conflicts(conflicts)) => {
            for conflict in conflicts {
                println!("Ana has a conflict: {} of {}", conflict.kind, conflict.path);
                // Their edits do not overlap. Others: Local, Remote, Both.
                hers.sync().resolve(conflict, Resolution::Merge).await?;
            }
        }
        report => println!("{} pushed", report?.pushed),
    }

    his.sync().pull().await?;
    println!("{}", his.read_to_string("/plan.md").await?);
    ana.close().await?;
    ben.close().await?;
    Ok(())
}
