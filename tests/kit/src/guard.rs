//! A process that ends with ours, even when ours is killed.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Waits for its standard input to close (which the end of the test program does, whatever ends it), then stops the
/// engine by its own id and removes its folder.
const WATCHMAN: &str = r#"
trap : INT TERM HUP
folder=$1; signal=$2; shift 2
"$@" >"$folder/output" 2>&1 </dev/null &
pid=$!
cat >/dev/null
kill "-$signal" "$pid" 2>/dev/null
tries=0
while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL "$pid" 2>/dev/null
wait "$pid"
rm -rf "$folder"
"#;

/// A process under a watchman, and its folder. Dropping it stops the process and removes the folder.
#[derive(Debug)]
pub struct Guarded {
    watchman: Child,
}

impl Guarded {
    /// Starts `command` (program and arguments), to be stopped with `signal` (e.g. "TERM") and to leave nothing in
    /// `folder`, where its output goes too.
    pub fn start(folder: &Path, signal: &str, command: &[&str]) -> std::io::Result<Self> {
        let watchman = Command::new("sh")
            .args(["-c", WATCHMAN, "watchman"])
            .arg(folder)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { watchman })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.watchman.stdin.take() {
            let _ = stdin.flush();
        }
        let _ = self.watchman.wait();
    }
}

/// A port of 127.0.0.1 that is free now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
