//! One OpenSearch server per test program, names of a test's own for its indices.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    guard::{Guarded, free_port},
    http::Client,
    report,
};

const PROGRAM: &str = include_str!("OpenSearch.java");
/// Where `scripts/engines` puts the jars.
const JARS: &str = ".cache/kinoservice/opensearch";
/// A second processor for the compiler of Java would be taken from the tests.
const BESIDE_TESTS: [&str; 2] = ["-Xmx1g", "-XX:TieredStopAtLevel=1"];
/// As operators run it: compiled as well as can be, its heap of one size.
const MEASURED: [&str; 2] = ["-Xms2g", "-Xmx2g"];

#[derive(Debug)]
struct Server {
    port: u16,
    version: String,
    // The watchman lives as long as the test program.
    process: Guarded,
    data: TempDir,
}

static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();

/// The setting `search` for a real OpenSearch server that has no index of ours yet; none where there is no OpenSearch.
pub async fn opensearch() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let data = || TempDir::with_prefix("kino-opensearch-data-").map_err(|error| error.to_string());
    match SERVER
        .get_or_init(async || {
            start(free_port().map_err(|error| error.to_string())?, data()?, BESIDE_TESTS).await
        })
        .await
    {
        Ok(server) => {
            report::used(&server.version);
            Some(format!("{}/test-{}", url(server.port), NEXT.fetch_add(1, Ordering::Relaxed)))
        }
        Err(why) => {
            report::without("OpenSearch", why);
            None
        }
    }
}

/// An OpenSearch server of a test's own, to be killed and started again.
#[derive(Debug)]
pub struct OwnOpenSearch {
    server: Server,
}

/// The port and the disk of an OpenSearch server that was killed.
#[derive(Debug)]
pub struct KilledOpenSearch {
    port: u16,
    data: TempDir,
}

impl OwnOpenSearch {
    /// A new server; none where there is no OpenSearch.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub async fn start() -> Option<Self> {
        Self::new(BESIDE_TESTS).await
    }

    /// The same, as fast as it can be.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub async fn start_to_measure() -> Option<Self> {
        Self::new(MEASURED).await
    }

    async fn new(options: [&str; 2]) -> Option<Self> {
        let data = TempDir::with_prefix("kino-opensearch-data-").expect("a temporary folder");
        Self::at(free_port().expect("a free port"), data, options).await
    }

    /// The setting `search`.
    pub fn url(&self) -> String {
        url(self.server.port)
    }

    /// Ends it as `kill -9` does.
    pub fn kill(self) -> KilledOpenSearch {
        let Server { port, data, process, .. } = self.server;
        drop(process);
        KilledOpenSearch { port, data }
    }

    async fn at(port: u16, data: TempDir, options: [&str; 2]) -> Option<Self> {
        match start(port, data, options).await {
            Ok(server) => {
                report::used(&server.version);
                Some(Self { server })
            }
            Err(why) => {
                report::without("OpenSearch", &why);
                None
            }
        }
    }
}

impl KilledOpenSearch {
    /// Starts it again, where and as it was.
    pub async fn start(self) -> Option<OwnOpenSearch> {
        OwnOpenSearch::at(self.port, self.data, BESIDE_TESTS).await
    }
}

fn url(port: u16) -> String {
    format!("opensearch+http://127.0.0.1:{port}")
}

async fn start(port: u16, data: TempDir, options: [&str; 2]) -> Result<Server, String> {
    let jars = jars()?;
    let java = Command::new("java").arg("-version").output().map_err(|error| format!("java: {error}"))?;
    if !java.status.success() {
        return Err("java does not run".to_owned());
    }
    let folder =
        tempfile::Builder::new().prefix("kino-opensearch-").tempdir().map_err(|e| e.to_string())?.keep();
    let program = folder.join("OpenSearch.java");
    fs::write(&program, PROGRAM).map_err(|error| error.to_string())?;
    let (program, place) = (program.to_string_lossy(), data.path().to_string_lossy());
    let transport = free_port().map_err(|error| error.to_string())?.to_string();
    let (jars, http) = (format!("{}/*", jars.display()), port.to_string());
    let [heap, speed] = options;
    let command = ["java", heap, speed, "-cp", &jars, &program, &place, &http, &transport];
    // Nothing is to be kept but by the test that kills it itself, and that looks at what is left then.
    let process = Guarded::start(&folder, "KILL", &command).map_err(|error| error.to_string())?;
    let client = Client::new(&format!("127.0.0.1:{port}"));
    for _ in 0..1200 {
        if let Ok(answer) = client.get("/_cluster/health?wait_for_status=yellow&timeout=1s").try_send().await
            && answer.status.is_success()
        {
            let version =
                client.get("/").send().await.json()["version"]["number"].as_str().map(str::to_owned);
            let version = format!("OpenSearch {}", version.unwrap_or_default());
            return Ok(Server { port, version, process, data });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let output = fs::read_to_string(folder.join("output")).unwrap_or_default();
    Err(format!("the server did not answer within two minutes: {output}"))
}

fn jars() -> Result<PathBuf, String> {
    let jars = env::home_dir().unwrap_or_default().join(JARS);
    let is_there = fs::read_dir(&jars).is_ok_and(|mut files| files.next().is_some());
    if is_there {
        Ok(jars)
    } else {
        Err(format!("no jars in ~/{}; scripts/engines fetches them", Path::new(JARS).display()))
    }
}
