//! A platform of a bench's own: the whole program on a free port of the loopback, started in this process on the
//! serving runtime, its data in a temporary folder.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use kino::{Platform, Settings, SettingsSource};
use kino_domain::{Clock, Entropy};
use kino_node::Lifecycle;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Outcome,
    client::{Connection, get, post},
    machine::Machine,
};

pub(crate) const AUTH: &str = "/auth/api/v1";
pub(crate) const FILMS: &str = "/async/api/v1/films";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// A million films are indexed first.
const READY_WITHIN: Duration = Duration::from_mins(15);

/// How long a question waits for the next, at first.
const OFTEN: Duration = Duration::from_millis(2);

/// A running platform.
pub(crate) struct Cinema {
    pub(crate) settings: Settings,
    platform: Platform,
    _data: Option<TempDir>,
}

impl Cinema {
    /// Starts a platform, with demo films or without any, and waits until it is ready. Nobody's guessing is slowed
    /// down: the load comes from one address.
    pub(crate) fn start(machine: &Machine, with_demo: bool) -> Outcome<Self> {
        Self::with(machine, with_demo, &[])
    }

    /// The same with some settings changed: environment names and values.
    pub(crate) fn with(machine: &Machine, with_demo: bool, changed: &[(&str, &str)]) -> Outcome<Self> {
        let data = TempDir::new()?;
        let settings = Self::settings(data.path(), with_demo, changed)?;
        Ok(Self { _data: Some(data), ..Self::on(machine, settings)? })
    }

    /// The settings of a platform whose data lie in this folder.
    pub(crate) fn settings(folder: &Path, with_demo: bool, changed: &[(&str, &str)]) -> Outcome<Settings> {
        // An empty file: a kino.toml that lies about is not ours.
        let file = folder.join("bench.toml");
        fs::write(&file, "")?;
        let environment = [
            ("KINO_DATA_DIR", folder.join("data").display().to_string()),
            ("KINO_LISTEN", "127.0.0.1:0".to_owned()),
            ("KINO_DEMO", with_demo.to_string()),
            ("KINO_LIMITS__ENABLED", "false".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into_iter();
        let changed = changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = environment.chain(changed).collect();
        let source = SettingsSource { file: Some(file), environment, flags: Vec::new() };
        Ok(source.settings()?)
    }

    /// Starts a platform with these settings, and waits until it is ready.
    pub(crate) fn on(machine: &Machine, settings: Settings) -> Outcome<Self> {
        let start = Platform::start(&settings, Clock::system(), Entropy::system(), Lifecycle::new());
        let platform = machine.server.block_on(start)?;
        machine.client.block_on(until_ready(platform.address))?;
        Ok(Self { settings, platform, _data: None })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.platform.address
    }

    /// Stops it; its data go.
    pub(crate) fn stop(self, machine: &Machine) {
        machine.server.block_on(self.platform.stop());
    }
}

/// Waits until `/readyz` says so. Who waits long asks seldom, or the asking would be a good part of what is measured;
/// the answer is never late by more than a hundredth.
pub(crate) async fn until_ready(address: SocketAddr) -> Outcome<()> {
    let asking = async {
        let mut connection = Connection::open(address).await?;
        let started = Instant::now();
        while connection.ask(&get("/readyz", None)).await?.status != 200 {
            tokio::time::sleep(OFTEN.max(started.elapsed() / 100)).await;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(READY_WITHIN, asking).await.map_err(|_| "the platform does not become ready")?
}

/// Registers someone; answers their access token.
pub(crate) async fn register(connection: &mut Connection, username: &str) -> Outcome<String> {
    text(&session_of(connection, username).await?["access_token"])
}

/// Registers someone; answers their session.
pub(crate) async fn session_of(connection: &mut Connection, username: &str) -> Outcome<Value> {
    let body =
        json!({"username": username, "email": format!("{username}@example.org"), "password": PASSWORD});
    let request = post(&format!("{AUTH}/sessions/register"), &body, None);
    let mut registered = connection.ask(&request).await?.json(201)?;
    Ok(registered["session"].take())
}

/// The request by which someone signs in.
pub(crate) fn sign_in(username: &str) -> Bytes {
    let body = json!({"login": username, "password": PASSWORD});
    post(&format!("{AUTH}/sessions/login"), &body, None).into()
}

/// The path of a film that anyone may see.
pub(crate) async fn free_film(connection: &mut Connection) -> Outcome<String> {
    let page = connection.ask(&get(&format!("{FILMS}?access=FREE"), None)).await?.json(200)?;
    Ok(format!("{FILMS}/{}", text(&page["items"][0]["id"])?))
}

pub(crate) fn text(value: &Value) -> Outcome<String> {
    Ok(value.as_str().ok_or("an answer lacks what it should have")?.to_owned())
}
