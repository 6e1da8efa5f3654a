//! The program itself, as a child process: what a whole process takes, with nothing of the bench in it.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    cinema::until_ready,
    machine::{Machine, process_memory},
};

const SPEAKS_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The program beside this one.
pub(crate) fn program() -> Outcome<PathBuf> {
    let name = format!("kino{}", env::consts::EXE_SUFFIX);
    let program = env::current_exe()?.with_file_name(name);
    if program.is_file() {
        return Ok(program);
    }
    let problem = "is not there; build it with the same profile: `cargo build --release` (`make bench` does)";
    Err(format!("{} {problem}", program.display()).into())
}

/// The program as a child process; ends with this value.
pub(crate) struct Kino(Child);

impl Kino {
    /// Starts it on the folder `data` of this one and waits until it is ready; answers where it listens and how long that took.
    pub(crate) fn start(
        machine: &Machine,
        program: &Path,
        folder: &Path,
    ) -> Outcome<(Self, SocketAddr, Duration)> {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KINO_")) {
            command.env_remove(name);
        }
        command.args(["--listen", "127.0.0.1:0", "--data-dir", "data"]).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let started = Instant::now();
        let mut kino = Self(command.spawn()?);
        let stdout = kino.0.stdout.take().ok_or("the program has no output")?;
        let address =
            address(stdout).ok_or("the program does not say where it listens; run it by hand to see why")?;
        machine.client.block_on(until_ready(address))?;
        Ok((kino, address, started.elapsed()))
    }

    /// A figure of its memory, in MB; none where the system does not tell.
    pub(crate) fn memory(&self, figure: &str) -> Option<f64> {
        process_memory(self.0.id(), figure)
    }

    /// Asks it politely to end, and waits.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status()?;
        let asked = Instant::now();
        while asked.elapsed() < ENDS_WITHIN {
            if self.0.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err("the program did not end when it was asked to".into())
    }
}

impl Drop for Kino {
    fn drop(&mut self) {
        // It has ended already, unless something failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address that it prints when it runs. All else that it prints is read and forgotten.
fn address(stdout: ChildStdout) -> Option<SocketAddr> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("Health          http://") {
                let _ = tell.send(address.split('/').next()?.parse().ok()?);
            }
        }
        Some(())
    });
    told.recv_timeout(SPEAKS_WITHIN).ok()
}
