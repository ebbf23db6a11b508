//! Each method of the protocol as the Rust SDK has it: its own method, and what that returns in the protocol's shape. What
//! has no method of its own goes by the generic call.

use std::time::Duration;

use agentfs::{ConflictPolicy, Error, Resolution, SyncMode, TimeChange, Timespec};
use serde::de::DeserializeOwned;
use serde_json::{json, Value};

use crate::list::Filled;
use crate::Agent;

pub struct Answer {
    pub json: Value,
    pub data: Option<Vec<u8>>,
}

/// Sets those options of a call that are given.
macro_rules! with {
    ($call:expr, $params:expr $(, $option:ident: $name:literal as $type:ty)*) => {{
        let call = $call;
        $(let call = match option::<$type>($params, $name) {
            Some(value) => call.$option(value),
            None => call,
        };)*
        call
    }};
}

pub async fn ask(agent: &Agent, step: &Value, params: &Filled) -> Result<Answer, Error> {
    let method = step["call"].as_str().unwrap_or_default();
    let raw = step["raw"] == true;
    if !raw {
        if let Some(answer) = ask_for_data(agent, method, params).await? {
            return Ok(answer);
        }
        let p = &params.0;
        let json = match method.split('.').next() {
            Some("home") => of_a_home(agent, method, p).await?,
            Some("sync") => of_sync(agent, method, p).await?,
            Some("fs") => of_files(agent, method, p).await?,
            _ => of_the_rest(agent, method, p).await?,
        };
        if let Some(json) = json {
            return Ok(Answer { json, data: None });
        }
    }
    let params = (
        if params.0.is_null() {
            json!({})
        } else {
            params.0.clone()
        },
        params.1.as_deref().unwrap_or_default(),
    );
    if method.starts_with("home.") {
        return Ok(Answer {
            json: agent.afs.call(method, &params.0).await?,
            data: None,
        });
    }
    let (json, data) = agent
        .workspace()
        .await
        .call(method, &params.0, params.1)
        .await?;
    Ok(Answer {
        json,
        data: Some(data),
    })
}

/// Methods whose bytes go beside the JSON.
async fn ask_for_data(
    agent: &Agent,
    method: &str,
    (p, data): &Filled,
) -> Result<Option<Answer>, Error> {
    let ws = agent.workspace().await;
    let (path, name) = (text(p, "path"), text(p, "name"));
    let answer = match (method, data) {
        ("fs.readFile", _) => Answer {
            json: json!({}),
            data: Some(ws.read_file(path).await?),
        },
        ("fs.getxattr", _) => Answer {
            json: json!({}),
            data: Some(ws.getxattr(path, name).await?),
        },
        ("fs.setxattr", Some(data)) => {
            ws.setxattr(path, name, data).await?;
            Answer {
                json: json!({}),
                data: None,
            }
        }
        ("fs.writeFile", Some(data)) => {
            let flag = option::<String>(p, "flag").unwrap_or_default();
            let call = if flag.starts_with('a') {
                ws.append_file(path, data)
            } else {
                ws.write_file(path, data)
            };
            with!(call.exclusive(flag.ends_with('x')), p, mode: "mode" as u32).await?;
            Answer {
                json: json!({}),
                data: None,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

async fn of_files(agent: &Agent, method: &str, p: &Value) -> Result<Option<Value>, Error> {
    let ws = agent.workspace().await;
    let (path, from, to) = (text(p, "path"), text(p, "from"), text(p, "to"));
    let json = match method {
        "fs.stat" => json!(with!(ws.stat(path), p, follow: "follow" as bool).await?),
        "fs.exists" => json!({ "exists": ws.exists(path).await? }),
        "fs.realpath" => json!({ "path": ws.realpath(path).await? }),
        "fs.readdir" if p["stat"] == true => {
            let mut directory = ws.read_dir(path).stat(true);
            let mut entries = Vec::new();
            while let Some(entry) = directory.next_entry().await? {
                entries.push(entry);
            }
            json!({ "entries": entries })
        }
        "fs.readdir" => json!({ "entries": ws.readdir(path).await? }),
        "fs.mkdir" => {
            json!({ "created": with!(ws.mkdir(path), p, recursive: "recursive" as bool, mode: "mode" as u32).await? })
        }
        "fs.rmdir" => json!(ws.rmdir(path).await?),
        "fs.unlink" => json!(ws.unlink(path).await?),
        "fs.rm" => {
            json!({ "removed": with!(ws.rm(path), p, recursive: "recursive" as bool, force: "force" as bool).await? })
        }
        "fs.rename" => {
            json!(with!(ws.rename(from, to), p, no_replace: "noReplace" as bool, exchange: "exchange" as bool).await?)
        }
        "fs.copyFile" => {
            json!({ "size": with!(ws.copy_file(from, to), p, no_replace: "noReplace" as bool).await? })
        }
        "fs.link" => json!(ws.link(text(p, "existing"), path).await?),
        "fs.symlink" => json!(ws.symlink(text(p, "target"), path).await?),
        "fs.readlink" => json!({ "target": ws.readlink(path).await? }),
        "fs.chmod" => json!(ws.chmod(path, number(p, "mode")).await?),
        "fs.chown" => json!(ws.chown(path, number(p, "uid"), number(p, "gid")).await?),
        "fs.utimes" => json!(ws.utimes(path, time(p, "atime"), time(p, "mtime")).await?),
        "fs.truncate" if p.get("path").is_some() => json!(
            ws.truncate(path, option(p, "size").unwrap_or_default())
                .await?
        ),
        "fs.listxattr" => json!({ "names": ws.listxattr(path).await? }),
        "fs.removexattr" => json!(ws.removexattr(path, text(p, "name")).await?),
        "fs.statfs" => json!(ws.statfs().await?),
        _ => return Ok(None),
    };
    Ok(Some(json))
}

async fn of_sync(agent: &Agent, method: &str, p: &Value) -> Result<Option<Value>, Error> {
    let ws = agent.workspace().await;
    let sync = ws.sync();
    let json = match method {
        "sync.enable" => {
            let call = sync.enable(text(p, "tursoDb"), text(p, "token"));
            let call = with!(call, p, mode: "mode" as SyncMode, remote: "remote" as String);
            json!(
                with!(call, p, conflict_resolution: "conflictResolution" as ConflictPolicy).await?
            )
        }
        "sync.disable" => json!(with!(sync.disable(), p, remote: "remote" as String).await?),
        "sync.push" => {
            let call = with!(sync.push(), p, remote: "remote" as String, force: "force" as bool);
            json!(with!(call, p, dry_run: "dryRun" as bool).await?)
        }
        "sync.pull" => {
            let call = with!(sync.pull(), p, remote: "remote" as String, force: "force" as bool);
            json!(with!(call, p, at: "at" as String, version: "version" as String).await?)
        }
        "sync.config" => {
            let changes = &p["changes"];
            let call = with!(sync.config(), changes, mode: "mode" as SyncMode, batch_size: "batchSize" as u64);
            let call = with!(call, changes, include: "include" as Vec<String>, exclude: "exclude" as Vec<String>);
            let call = match option(changes, "interval") {
                Some(seconds) => call.interval(Duration::from_secs(seconds)),
                None => call,
            };
            json!(with!(call, changes, compression: "compression" as bool).await?)
        }
        "sync.explain" => json!(sync.explain(text(p, "path")).await?),
        "sync.status" => json!(with!(sync.status(), p, remote: "remote" as String).await?),
        "sync.conflicts" => json!({ "conflicts": sync.conflicts().await? }),
        "sync.audit" => json!(with!(ws.audit(), p, limit: "limit" as u32).await?),
        "sync.verify" => json!(sync.verify().await?),
        "sync.metrics" => json!(sync.metrics().await?),
        "sync.agents" => json!({ "agents": sync.agents().await? }),
        "sync.reset" => json!(sync.reset().await?),
        "sync.compare" => json!(sync.compare(text(p, "conflict")).await?),
        "sync.resolve" => resolve(agent, p).await?,
        _ => return Ok(None),
    };
    Ok(Some(json))
}

async fn resolve(agent: &Agent, p: &Value) -> Result<Value, Error> {
    let sync = agent.workspace().await.sync();
    let resolution = match (
        p["useLocal"] == true,
        p["useRemote"] == true,
        option(p, "strategy"),
    ) {
        (true, ..) => Resolution::Local,
        (_, true, _) => Resolution::Remote,
        (.., strategy) => strategy.unwrap_or(Resolution::Unknown),
    };
    let conflict = &p["conflict"];
    let call = match (conflict.as_str(), conflict["id"].as_str()) {
        (Some(path), _) => sync.resolve(path, resolution),
        (_, Some(id)) => {
            let listed = agentfs::ConflictReference::listed(id, text(conflict, "path"));
            sync.resolve(listed, resolution)
        }
        _ => sync.resolve_all(resolution),
    };
    Ok(json!(call.await?))
}

async fn of_the_rest(agent: &Agent, method: &str, p: &Value) -> Result<Option<Value>, Error> {
    let ws = agent.workspace().await;
    let json = match method {
        "events.subscribe" => json!(agent.listen().await?),
        "checkpoint.create" => json!(ws.checkpoints().create(text(p, "name")).await?),
        "checkpoint.list" => json!({ "checkpoints": ws.checkpoints().list().await? }),
        "checkpoint.delete" => json!(ws.checkpoints().delete(text(p, "name")).await?),
        "history.log" if p.get("path").is_some() => json!(ws.history_of(text(p, "path")).await?),
        "history.log" => json!(with!(ws.history(), p, limit: "limit" as u32).await?),
        "history.diff" => json!(ws.diff().await?),
        "history.restore" => {
            let call = with!(ws.restore(text(p, "path")), p, version: "version" as String, at: "at" as String);
            json!(with!(call, p, dry_run: "dryRun" as bool).await?)
        }
        "owner.info" => json!(ws.owner().await?),
        "owner.statistics" => json!(ws.statistics().await?),
        "owner.flush" => json!(ws.flush().await?),
        "workspace.info" => json!(ws.info().await?),
        "workspace.check" => json!({ "problems": ws.check().await? }),
        "mount.add" => json!(ws.mount(text(p, "mountpoint")).await?.info()),
        "mount.list" => json!({ "mounts": ws.mounts().await? }),
        "mount.remove" => json!(
            with!(ws.unmount(), p, mountpoint: "mountpoint" as String)
                .await?
                .removed
        ),
        _ => return Ok(None),
    };
    Ok(Some(json))
}

async fn of_a_home(agent: &Agent, method: &str, p: &Value) -> Result<Option<Value>, Error> {
    let workspaces = agent.afs.workspace();
    let name = text(p, "name");
    let json = match method {
        "home.create" => {
            let call = with!(workspaces.create(name), p, db: "db" as String)
                .exclusive(p["exist"] == "error");
            json!({ "name": call.await?.name() })
        }
        "home.get" => json!({ "name": workspaces.get(name).await?.name() }),
        "home.list" => json!({ "workspaces": workspaces.list().await? }),
        "home.delete" => json!({ "kept": workspaces.delete(name).await? }),
        _ => return Ok(None),
    };
    Ok(Some(json))
}

fn option<T: DeserializeOwned>(params: &Value, name: &str) -> Option<T> {
    params
        .get(name)
        .map(|value| serde_json::from_value(value.clone()).expect("a param of its type"))
}

fn text(params: &Value, name: &str) -> String {
    option(params, name).unwrap_or_default()
}

fn number(params: &Value, name: &str) -> u32 {
    option(params, name).unwrap_or_default()
}

fn time(params: &Value, name: &str) -> TimeChange {
    match params.get(name) {
        Some(time) if time.is_object() => {
            TimeChange::At(option::<Timespec>(params, name).expect("a time"))
        }
        _ => TimeChange::Now,
    }
}
