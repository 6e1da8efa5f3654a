//! A child process of a test, whose output goes into files. It ends with the test, even when the test program itself
//! is killed.

use std::{
    fs::{self, File},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

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
        // The watchman first: when the child is reaped, its id may become another's.
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
