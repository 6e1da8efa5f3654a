//! One Redis server per test program, a numbered database per test.

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::sync::OnceCell;

use crate::{
    guard::{Guarded, free_port},
    report,
};

const DATABASES: u32 = 1000;

struct Server {
    port: u16,
    version: String,
    // The watchman lives as long as the test program.
    process: Guarded,
}

static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();

/// A Redis server of a test's own, to be stopped when the test likes: its URL, and the process, which ends when it is
/// dropped. None where there is no Redis.
pub async fn own_redis() -> Option<(String, Guarded)> {
    match start().await {
        Ok(server) => {
            report::used(&server.version);
            Some((format!("redis://127.0.0.1:{}", server.port), server.process))
        }
        Err(why) => {
            report::without("Redis", &why);
            None
        }
    }
}

/// The URL of an empty database on a real Redis server; none where there is no Redis.
pub async fn redis() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    match SERVER.get_or_init(start).await {
        Ok(server) => {
            report::used(&server.version);
            let database = NEXT.fetch_add(1, Ordering::Relaxed) % DATABASES;
            Some(format!("redis://127.0.0.1:{}/{database}", server.port))
        }
        Err(why) => {
            report::without("Redis", why);
            None
        }
    }
}

async fn start() -> Result<Server, String> {
    let version = Command::new("redis-server")
        .arg("--version")
        .output()
        .map_err(|error| format!("redis-server: {error}"))?;
    let version = String::from_utf8_lossy(&version.stdout);
    let version = version.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or("?");
    let version = format!("Redis {version}");

    let folder = tempfile::Builder::new().prefix("kino-redis-").tempdir().map_err(|e| e.to_string())?.keep();
    let port = free_port().map_err(|error| error.to_string())?;
    let command = [
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--dir",
        &folder.to_string_lossy(),
        "--save",
        "",
        "--databases",
        &DATABASES.to_string(),
    ];
    let process = Guarded::start(&folder, "TERM", &command).map_err(|error| error.to_string())?;
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(Server { port, version, process });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("{version} did not answer within 10 s"))
}
