//! One PostgreSQL server per test program, a fresh database per test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::OnceCell;

use crate::{
    guard::{Guarded, free_port},
    report,
};

struct Server {
    port: u16,
    version: String,
    // The watchman lives as long as the test program.
    _process: Guarded,
}

static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();

/// The URL of a new, empty database.
pub(crate) async fn fresh_database() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let server = match SERVER.get_or_init(start).await {
        Ok(server) => server,
        Err(why) => {
            report::without("PostgreSQL", why);
            return None;
        }
    };
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&server.url("postgres")).await.expect("the server answers");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))))
        .await
        .expect("a database can be made");
    report::used(&server.version);
    Some(server.url(&name))
}

impl Server {
    fn url(&self, database: &str) -> String {
        format!("postgres://kino@127.0.0.1:{}/{database}", self.port)
    }
}

async fn start() -> Result<Server, String> {
    let programs = programs().ok_or("no PostgreSQL programs on this machine")?;
    let initdb = programs.join("initdb");
    let version = Command::new(programs.join("postgres"))
        .arg("--version")
        .output()
        .map_err(|error| error.to_string())?;
    let version = String::from_utf8_lossy(&version.stdout);
    let version = format!("PostgreSQL {}", version.split_whitespace().nth(2).unwrap_or("?"));

    let folder =
        tempfile::Builder::new().prefix("kino-postgres-").tempdir().map_err(|e| e.to_string())?.keep();
    let data = folder.join("data");
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(&folder))?;
    }
    let mut make = unprivileged(&initdb);
    make.args(["--auth=trust", "--username=kino", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-D"]);
    run(make.arg(&data).current_dir(&folder))?;

    let port = free_port().map_err(|error| error.to_string())?;
    let server = unprivileged(&programs.join("postgres"));
    let mut command: Vec<String> = std::iter::once(server.get_program())
        .chain(server.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    command.extend(
        [
            "-D",
            &data.to_string_lossy(),
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            &format!("unix_socket_directories={}", folder.display()),
            "-c",
            "fsync=off",
            "-c",
            "max_connections=400",
        ]
        .map(str::to_owned),
    );
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let process = Guarded::start(&folder, "INT", &command).map_err(|error| error.to_string())?;
    let server = Server { port, version, _process: process };
    for _ in 0..300 {
        if PgConnection::connect(&server.url("postgres")).await.is_ok() {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let output = std::fs::read_to_string(folder.join("output")).unwrap_or_default();
    Err(format!("the server did not answer within 15 s: {output}"))
}

/// The folder of the newest PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}
