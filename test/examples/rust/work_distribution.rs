//! A master distributes work, and workers take it: who pushes a claim first has it, since the others' claims lose against
//! what the remote has. Workers may be processes on any machine; here they are three homes, and run at the same time.
//!
//!     TURSO_DATABASE_URL=libsql://mydb-org.turso.io TURSO_AUTH_TOKEN=… cargo run --example work_distribution

use std::env;

use agentfs::{AgentFs, ConflictPolicy, SyncMode, Workspace};
use serde::{Deserialize, Serialize};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Serialize, Deserialize)]
struct Task {
    number: u32,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    square: u32,
    by: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let master = member("master").await?;
    for directory in ["/tasks", "/claims", "/results"] {
        master.mkdir(directory).await?;
    }
    for number in 1..=6 {
        let task = serde_json::to_vec(&Task { number })?;
        master
            .write_file(format!("/tasks/{number}.json"), task)
            .await?;
    }
    master.sync().push().await?;

    let (one, two, three) = tokio::try_join!(work("one"), work("two"), work("three"))?;
    println!("tasks done: {}", one + two + three);

    master.sync().pull().await?;
    let mut results = master.readdir("/results").await?;
    results.sort_by(|one, other| one.name.cmp(&other.name));
    for entry in results {
        let result = master.read_file(format!("/results/{}", entry.name)).await?;
        let Outcome { square, .. } = serde_json::from_slice(&result)?;
        println!("{}: {square}", entry.name);
    }
    master.close().await?;
    Ok(())
}

async fn member(name: &str) -> Result<Workspace> {
    let homes = env::temp_dir().join(format!("agents-{}", std::process::id()));
    let queue = AgentFs::with_home(homes.join(name))
        .workspace()
        .create("queue")
        .await?;
    queue
        .sync()
        .enable(
            env::var("TURSO_DATABASE_URL")?,
            env::var("TURSO_AUTH_TOKEN")?,
        )
        .mode(SyncMode::Manual)
        .conflict_resolution(ConflictPolicy::RemoteWins)
        .await?;
    queue.sync().pull().await?;
    Ok(queue)
}

/// Works until nothing is left to claim; returns how much it did.
async fn work(name: &str) -> Result<usize> {
    let queue = member(name).await?;
    let mut done = 0;
    for entry in queue.readdir("/tasks").await? {
        let claim = format!("/claims/{}", entry.name);
        queue.sync().pull().await?;
        if queue.exists(&claim).await? {
            continue;
        }
        queue.write_file(&claim, name).await?;
        queue.sync().push().await?;
        queue.sync().pull().await?;
        // The claim that was pushed first is here now, mine or another's.
        if queue.read_to_string(&claim).await? != name {
            continue;
        }
        let task = queue.read_file(format!("/tasks/{}", entry.name)).await?;
        let Task { number } = serde_json::from_slice(&task)?;
        let result = serde_json::to_vec(&Outcome {
            square: number.pow(2),
            by: name.to_owned(),
        })?;
        queue
            .write_file(format!("/results/{}", entry.name), result)
            .await?;
        queue.sync().push().await?;
        done += 1;
    }
    queue.close().await?;
    Ok(done)
}
