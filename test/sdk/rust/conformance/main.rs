//! The conformance list (test/sdk/conformance/*.json; CONTRIBUTING.md says what its words mean) on the Rust SDK, against a
//! real owner, and the server of AGENTFS_TEST_SERVER where there is one. Each case is told as a test of cargo's.

#[path = "../case.rs"]
mod case;
mod expected;
mod list;
mod surface;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use agentfs::{AgentFs, Error, SyncEvent, SyncEvents, Workspace};
use serde_json::{json, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use case::Case;
use expected::{check, found};
use list::{cases, filled, ListedCase, Variables};

const CASES_AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    // As cargo's own tests: only what has one of the arguments in its name.
    let wanted: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let turns = Arc::new(Semaphore::new(CASES_AT_ONCE));
    let mut running = JoinSet::new();
    for (number, listed) in cases().into_iter().enumerate() {
        if !wanted.is_empty()
            && !wanted
                .iter()
                .any(|part| listed.title.contains(part.as_str()))
        {
            continue;
        }
        let turns = Arc::clone(&turns);
        running.spawn(async move {
            let _turn = turns.acquire_owned().await;
            if let Some(missing) = listed.needs.iter().find_map(|need| missing(need)) {
                println!("test conformance: {} ... ignored, {missing}", listed.title);
                return true;
            }
            let outcome = run(&listed, number).await;
            println!(
                "test conformance: {} ... {}",
                listed.title,
                if outcome.is_ok() { "ok" } else { "FAILED" }
            );
            if let Err(problem) = &outcome {
                println!("---- {} ----\n{problem}\n", listed.title);
            }
            outcome.is_ok()
        });
    }
    let passed = running.join_all().await.into_iter().all(|passed| passed);
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn missing(need: &str) -> Option<&'static str> {
    match need {
        "server" if env::var_os("AGENTFS_TEST_SERVER").is_none() => {
            Some("it needs a server: AGENTFS_TEST_SERVER is not set")
        }
        "mount"
            if fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open("/dev/fuse")
                .is_err() =>
        {
            Some("it needs a mount: /dev/fuse is not there")
        }
        _ => None,
    }
}

async fn run(listed: &ListedCase, number: usize) -> Result<(), String> {
    let case = Case::new();
    fs::create_dir(case.directory.join("mnt")).map_err(|error| error.to_string())?;
    let given = |name: &str, otherwise: &str| {
        json!(env::var(name).unwrap_or_else(|_| otherwise.to_owned()))
    };
    let workspace = format!("case-rust-{}-{number}", process::id());
    let mut variables = Variables::from([
        ("directory".to_owned(), json!(case.directory)),
        ("workspace".to_owned(), json!(workspace)),
        (
            "remote".to_owned(),
            given("AGENTFS_TEST_SERVER", &case.remote()),
        ),
        ("token".to_owned(), given("AGENTFS_TEST_TOKEN", "token")),
        (
            "expiredToken".to_owned(),
            given("AGENTFS_TEST_EXPIRED_TOKEN", ""),
        ),
    ]);
    let mut agents = HashMap::new();
    let mut outcome = Ok(());
    for step in &listed.steps {
        let name = step["agent"].as_str().unwrap_or("a");
        let done = match agent(&case, &mut agents, name, &workspace).await {
            Ok(agent) => carry_out(step, agent, &mut variables).await,
            Err(error) => Err(error.to_string()),
        };
        if let Err(problem) = done {
            outcome = Err(format!("{problem}\nin the step {step}"));
            break;
        }
    }
    for agent in agents.values() {
        // A background owner that a step asked for is nobody else's to end.
        let stopped = agent
            .workspace()
            .await
            .call("owner.stop", &json!({ "force": true }), &[])
            .await;
        drop(stopped);
        let closed = agent.afs.close().await.map_err(|error| error.to_string());
        outcome = outcome.and(closed);
    }
    outcome
}

/// One home, and the workspace in it.
pub struct Agent {
    pub afs: AgentFs,
    name: String,
    workspace: Mutex<Workspace>,
    events: Mutex<Option<SyncEvents>>,
}

impl Agent {
    pub async fn workspace(&self) -> Workspace {
        self.workspace.lock().await.clone()
    }

    pub async fn listen(&self) -> Result<(), Error> {
        *self.events.lock().await = Some(self.workspace().await.sync().events().await?);
        Ok(())
    }

    async fn act(&self, what: &str) -> Result<(), Error> {
        let workspace = self.workspace().await;
        match what {
            "close" => workspace.close().await?,
            "open" => *self.workspace.lock().await = self.afs.workspace().get(&self.name).await?,
            "start-owner" => drop(workspace.start_owner().await?),
            "kill-owner" => {
                let pid = workspace.owner().await?.pid.to_string();
                assert!(process::Command::new("kill")
                    .args(["-9", &pid])
                    .status()
                    .is_ok_and(|status| status.success()));
            }
            _ => panic!("there is nothing called {what} to do"),
        }
        Ok(())
    }

    /// The payload of the next event of a name.
    async fn hear(&self, name: &str) -> Result<Value, String> {
        let mut events = self.events.lock().await;
        let events = events.as_mut().ok_or("nobody listens")?;
        let heard = tokio::time::timeout(PATIENCE, async {
            loop {
                let told = match events.next().await.map_err(|error| error.to_string())? {
                    SyncEvent::Change(report) => ("sync.change", json!(report)),
                    SyncEvent::Conflict(conflicts) => ("sync.conflict", json!(conflicts)),
                    SyncEvent::Status(status) => ("sync.status", json!(status)),
                    SyncEvent::Progress(progress) => ("sync.progress", json!(progress)),
                    _ => continue,
                };
                if told.0 == name {
                    return Ok(told.1);
                }
            }
        });
        heard.await.map_err(|_| format!("{name} was not heard"))?
    }
}

async fn agent<'a>(
    case: &Case,
    agents: &'a mut HashMap<String, Arc<Agent>>,
    name: &str,
    workspace: &str,
) -> Result<&'a Arc<Agent>, Error> {
    if !agents.contains_key(name) {
        let afs = case.agent(name);
        let made = Mutex::new(afs.workspace().create(workspace).await?);
        let agent = Agent {
            afs,
            name: workspace.to_owned(),
            workspace: made,
            events: Mutex::new(None),
        };
        agents.insert(name.to_owned(), Arc::new(agent));
    }
    Ok(&agents[name])
}

async fn carry_out(
    step: &Value,
    agent: &Arc<Agent>,
    variables: &mut Variables,
) -> Result<(), String> {
    if let Some(what) = step["do"].as_str() {
        return agent.act(what).await.map_err(|error| error.to_string());
    }
    if let Some(event) = step["hears"].as_str() {
        let (gives, _) = filled(&step["gives"], variables);
        return check(&agent.hear(event).await?, None, &gives);
    }
    let times = step["times"].as_u64().unwrap_or(1);
    let mut calls = JoinSet::new();
    for number in 0..times {
        let mut names = variables.clone();
        names.insert("i".to_owned(), json!(number));
        let (step, agent) = (step.clone(), Arc::clone(agent));
        calls.spawn(async move { (number, call(&step, &agent, &names).await) });
    }
    let mut first = Value::Null;
    while let Some(answered) = calls.join_next().await {
        let (number, answer) = answered.map_err(|error| error.to_string())?;
        let answer = answer?;
        if number == 0 {
            first = answer;
        }
    }
    for (name, place) in step["keep"].as_object().into_iter().flatten() {
        variables.insert(
            name.clone(),
            found(&first, place.as_str().unwrap_or_default())?.clone(),
        );
    }
    Ok(())
}

async fn call(step: &Value, agent: &Agent, variables: &Variables) -> Result<Value, String> {
    let params = filled(&step["with"], variables);
    let deadline = Instant::now() + PATIENCE;
    let answer = loop {
        match surface::ask(agent, step, &params).await {
            Err(error) if step["while"] == error.code().as_str() && Instant::now() < deadline => {}
            answer => break answer,
        }
    };
    match (answer, step.get("fails")) {
        (Ok(answer), None) => {
            let (gives, data) = filled(&step["gives"], variables);
            check(
                &answer.json,
                data.is_some().then_some((&answer.data, &data)),
                &gives,
            )?;
            Ok(answer.json)
        }
        (Err(error), Some(fails)) => {
            let told = json!({
                "code": error.code(), "message": error.message(), "path": error.path(), "hint": error.hint(),
                "data": error.data(),
            });
            check(&told, None, &filled(fails, variables).0)?;
            Ok(Value::Null)
        }
        (Ok(answer), Some(_)) => Err(format!("it did not fail, and gave {}", answer.json)),
        (Err(error), None) => Err(format!("{} {error}", error.code())),
    }
}
