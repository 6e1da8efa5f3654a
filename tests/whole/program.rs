//! The built program: its server, killed and started again on the same data, and its commands beside it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use kino::{Settings, SettingsSource};
use kino_testkit::{Answer, Client, free_port, used};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    app::{AUTH, MOVIES, PASSWORD, Person, until},
    child::{Ended, Running},
};

/// The program on a data folder of its own, on SQLite, without demo films unless the settings want them.
pub(crate) struct Program {
    /// Speaks to the server that was started last.
    pub(crate) client: Client,
    folder: TempDir,
    settings: Vec<(String, String)>,
    listen: String,
    server: Option<Running>,
}

impl Program {
    /// Not started yet.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Self {
        used("SQLite (embedded)");
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data").display().to_string();
        let settings = [("KINO_DATA_DIR", data.as_str()), ("KINO_DEMO", "false")]
            .iter()
            .chain(settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let listen = free_address();
        Self { client: Client::new(&listen), folder, settings, listen, server: None }
    }

    /// Started and ready.
    pub(crate) async fn started(settings: &[(&str, &str)]) -> Self {
        let mut program = Self::new(settings);
        program.start().await;
        program
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        self.launch();
        self.until(async |client| {
            client.get("/readyz").try_send().await.is_ok_and(|answer| answer.status == 200)
        })
        .await;
    }

    /// Starts the server and waits until it answers at all.
    pub(crate) async fn start_halfway(&mut self) {
        self.launch();
        self.until(async |client| client.get("/healthz").try_send().await.is_ok()).await;
    }

    /// Starts the server and waits for nothing.
    pub(crate) fn launch(&mut self) {
        assert!(self.server.is_none(), "it runs");
        self.listen = free_address();
        self.client = Client::new(&self.listen);
        self.server = Some(self.begin(&[], ""));
    }

    async fn until(&mut self, is_so: impl AsyncFn(&Client) -> bool) {
        let (client, server) = (&self.client, self.server.as_mut().unwrap());
        until("the program serves", async || {
            assert!(!server.has_ended(), "it ended: {}", server.log());
            is_so(client).await.then_some(())
        })
        .await;
    }

    /// `kill -9` of the server.
    pub(crate) fn kill(&mut self) {
        let ended = self.server.take().expect("it runs").kill();
        assert_eq!(ended.code, None, "it had ended before: {}", ended.stderr);
    }

    /// Asks the server to end, and waits.
    pub(crate) async fn stop(&mut self) -> Ended {
        self.server.take().expect("it runs").terminate().await
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.as_ref().expect("it runs").log()
    }

    /// A command in the environment of the server.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let others = std::env::vars_os().map(|(name, _)| name);
        for name in others.filter(|name| name.to_string_lossy().starts_with("KINO_")) {
            command.env_remove(name);
        }
        command
            .env("KINO_LISTEN", &self.listen)
            .envs(self.settings.iter().cloned())
            .current_dir(self.folder());
        command
    }

    /// Begins `kino` with these arguments.
    pub(crate) fn begin(&self, arguments: &[&str], input: &str) -> Running {
        let mut command = self.command(env!("CARGO_BIN_EXE_kino"));
        command.args(arguments);
        Running::start(command, input)
    }

    /// Runs `kino` with these arguments to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.begin(arguments, "").ended().await
    }

    /// The settings that it runs with.
    pub(crate) fn settings(&self) -> Settings {
        SettingsSource { environment: self.settings.clone(), ..SettingsSource::default() }.settings().unwrap()
    }

    /// Host and port of the server.
    pub(crate) fn address(&self) -> &str {
        &self.listen
    }

    /// A folder for this test's files; the data folder lies in it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// Makes an administrator and signs them in.
    pub(crate) async fn administrator(&self) -> Person {
        let arguments =
            ["create-superuser", "--username", "boss", "--email", "boss@example.org", "--password-stdin"];
        self.begin(&arguments, &format!("{PASSWORD}\n")).ended().await.well();
        Person::of(&self.sign_in("boss").await.is(200).json())
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Answer {
        let body = json!({"login": login, "password": PASSWORD});
        self.client.post(&format!("{AUTH}/sessions/login"), &body).send().await
    }

    /// How many films the catalogue has, found by search already or not.
    pub(crate) async fn count_of_films(&self, administrator: &Person) -> u64 {
        let request = self.client.get(&format!("{MOVIES}/admin/index")).bearer(&administrator.access);
        request.send().await.is(200).json()["database"]["films"].as_u64().unwrap()
    }

    /// Whether search brings a film of this title; not while the index is being built.
    pub(crate) async fn finds(&self, title: &str) -> bool {
        let path = format!("{MOVIES}/films/search?query={}", title.replace(' ', "+"));
        let answer = self.client.get(&path).send().await;
        if answer.code() == "index_building" {
            return false;
        }
        let found = answer.is(200).json();
        found["items"].as_array().unwrap().iter().any(|film| film["title"] == title)
    }
}

fn free_address() -> String {
    format!("127.0.0.1:{}", free_port().unwrap())
}
