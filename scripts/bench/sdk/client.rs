//! What the rows of the SDKs time, in Rust: `bench HOME WORKSPACE ROUND_TRIPS MIB` prints the figures as JSON.

use std::time::Instant;

use agentfs::AgentFs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MIB: usize = 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let arguments: Vec<String> = std::env::args().collect();
    let [_, home, name, round_trips, mib] = &arguments[..] else {
        return Err("four arguments".into());
    };
    let (round_trips, mib): (usize, usize) = (round_trips.parse()?, mib.parse()?);

    let afs = AgentFs::with_home(home);
    let workspace = afs.workspace().get(name).await?;
    workspace.exists("/").await?;
    let connect = begun.elapsed().as_secs_f64() * 1e3;

    let page = vec![b'p'; 4096];
    let mut micros = Vec::with_capacity(round_trips);
    for _ in 0..round_trips {
        let begun = Instant::now();
        workspace.write_file("/rust-page", &page).await?;
        if workspace.read_file("/rust-page").await? != page {
            return Err("not what was written".into());
        }
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    micros.sort_by(f64::total_cmp);

    let mut block = vec![b'b'; MIB];
    let begun = Instant::now();
    let mut file = workspace
        .open("/rust-stream")
        .write(true)
        .create(true)
        .truncate(true)
        .await?;
    for _ in 0..mib {
        file.write_all(&block).await?;
    }
    file.close().await?;
    let write = begun.elapsed();

    let begun = Instant::now();
    let mut file = workspace.open("/rust-stream").await?;
    let mut length = 0;
    loop {
        match file.read(&mut block).await? {
            0 => break,
            read => length += read,
        }
    }
    let read = begun.elapsed();
    if length != mib * MIB {
        return Err("not as long as what was written".into());
    }
    afs.close().await?;
    let rate = |seconds: f64| length as f64 / 1e6 / seconds;
    let (write, read) = (rate(write.as_secs_f64()), rate(read.as_secs_f64()));
    println!(
        r#"{{"connect":{connect},"roundTrip":{},"write":{write},"read":{read}}}"#,
        micros[round_trips / 2]
    );
    Ok(())
}
