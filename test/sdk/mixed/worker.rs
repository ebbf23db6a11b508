//! The worker in Rust: for each task of the workspace `queue` it writes a claim, says `ready` and waits for a line before it
//! pushes, so that others have claimed the task, too. It prints the tasks that it did as JSON. Its home is AGENTFS_HOME.

use std::{env, io};

use agentfs::{AgentFs, ConflictPolicy, SyncMode};
use serde_json::{json, Value};

const NAME: &str = "rust";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let afs = AgentFs::new();
    let queue = afs.workspace().create("queue").await?;
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

    let mut done = Vec::new();
    for entry in queue.readdir("/tasks").await? {
        let claim = format!("/claims/{}", entry.name);
        queue.write_file(&claim, NAME).await?;
        println!("ready");
        io::stdin().read_line(&mut String::new())?;
        queue.sync().push().await?;
        queue.sync().pull().await?;
        // The claim that was pushed first is here now, mine or another's.
        if queue.read_to_string(&claim).await? != NAME {
            continue;
        }
        let task: Value =
            serde_json::from_slice(&queue.read_file(format!("/tasks/{}", entry.name)).await?)?;
        let number = task["number"].as_u64().ok_or("a task has a number")?;
        let result = json!({ "square": number.pow(2), "by": NAME });
        queue
            .write_file(format!("/results/{}", entry.name), result.to_string())
            .await?;
        queue.sync().push().await?;
        done.push(entry.name);
    }
    println!("{}", json!(done));
    afs.close().await?;
    Ok(())
}
