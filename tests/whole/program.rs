//! The built program as child processes: the server, killed and started again on the same data, and the commands
//! beside it. All end with the test, even when the test program itself is killed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use kino_testkit::{Answer, Client, free_port, used};
use serde_json::json;
use tempfile::TempDir;

use crate::app::{AUTH, MOVIES, PASSWORD, Person, until};

/// Waits for its standard input to close (which the end of the test program does), then ends the child by its id.
const WATCHMAN: &str = "trap '' INT TERM HUP; cat >/dev/null; kill -KILL \"$1\" 2>/dev/null";
/// An import of thousands of films by an unoptimised program may take half a minute on a busy machine.
const ENDS_WITHIN: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A child process, whose output goes into files.
pub(crate) struct Running {
    process: Child,
    watchman: Child,
    files: TempDir,
}

/// What a child process left when it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    pub(crate) fn start(mut command: Command, input: &str) -> Self {
        let files = TempDir::new().unwrap();
        let file = |name: &str| File::create(files.path().join(name)).unwrap();
        fs::write(files.path().join("stdin"), input).unwrap();
        command.stdin(File::open(files.path().join("stdin")).unwrap());
        let process = command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        let watchman = Command::new("sh")
            .args(["-c", WATCHMAN, "watchman", &process.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, watchman, files }
    }

    /// What it has written to its standard error so far: the log.
    pub(crate) fn log(&self) -> String {
        self.read("stderr")
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(mut self) -> Ended {
        for _ in 0..ENDS_WITHIN.as_millis() / LOOK_EVERY.as_millis() {
            if self.has_ended() {
                return self.end();
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("it did not end within {ENDS_WITHIN:?}: {}", self.log());
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) -> Ended {
        self.process.kill().unwrap();
        self.end()
    }

    /// Asks it politely to end, and waits.
    pub(crate) async fn terminate(self) -> Ended {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.ended().await
    }

    fn end(&mut self) -> Ended {
        let code = self.process.wait().unwrap().code();
        Ended { code, stdout: self.read("stdout"), stderr: self.read("stderr") }
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.files.path().join(name)).unwrap()).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The watchman first: once the child is reaped, its id may be another's.
        for child in [&mut self.watchman, &mut self.process] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Ended {
    /// Checks that it ended well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }
}

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

    fn launch(&mut self) {
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
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
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

    /// How many films the administrator's list has.
    pub(crate) async fn count_of_films(&self, administrator: &Person) -> u64 {
        let request = self.client.get(&format!("{MOVIES}/films?page_size=1")).bearer(&administrator.access);
        request.send().await.is(200).json()["total"].as_u64().unwrap()
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
