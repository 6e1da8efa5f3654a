//! A mail server of a test's own: aiosmtpd, with a handler that keeps what it takes.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    guard::{Guarded, free_port},
    letters::{ReceivedLetter, letters},
    report,
};

const SINK: &str = include_str!("smtp_sink.py");

/// How a mail server encrypts. Its certificate is its own work: only [`MailServer::certificate`] proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    None,
    /// When it is asked to.
    StartTls,
    /// From the start.
    Implicit,
}

/// A mail server on 127.0.0.1, which ends when it is dropped. It takes letters with and without the account `kino`,
/// whose password is `p@ss/word`; `nobody@` any domain is refused for good, `full@` for now.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    folder: PathBuf,
    _process: Guarded,
}

impl MailServer {
    /// A new server; none where there is no aiosmtpd.
    pub async fn start(encryption: Encryption) -> Option<Self> {
        let port = free_port().map_err(|error| error.to_string());
        Self::reported(async { start(port?, encryption).await }.await)
    }

    /// A new server where another was that has ended.
    pub async fn start_again(port: u16) -> Option<Self> {
        Self::reported(start(port, Encryption::None).await)
    }

    fn reported(started: Result<(Self, String), String>) -> Option<Self> {
        match started {
            Ok((server, version)) => {
                report::used(&version);
                Some(server)
            }
            Err(why) => {
                report::without("aiosmtpd", &why);
                None
            }
        }
    }

    /// Where it listens, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file of the certificate that proves it, as `127.0.0.1` and `localhost`.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// What it took so far, in that order.
    pub fn letters(&self) -> Vec<ReceivedLetter> {
        letters(&self.folder)
    }
}

async fn start(port: u16, encryption: Encryption) -> Result<(MailServer, String), String> {
    let version = output(python().args(["-c", "import aiosmtpd; print(aiosmtpd.__version__)"]))?;
    let version = format!("aiosmtpd {}", version.trim());
    let folder = tempfile::Builder::new().prefix("kino-mail-").tempdir().map_err(|e| e.to_string())?.keep();
    let sink = folder.join("sink.py");
    std::fs::write(&sink, SINK).map_err(|error| error.to_string())?;
    if encryption != Encryption::None {
        make_certificate(&folder)?;
    }
    let path = format!("PYTHONPATH={}", python_path().to_string_lossy());
    let encryption = match encryption {
        Encryption::None => "none",
        Encryption::StartTls => "starttls",
        Encryption::Implicit => "implicit",
    };
    let (sink, place) = (sink.to_string_lossy(), folder.to_string_lossy());
    let command = ["env", &path, "python3", &sink, &port.to_string(), &place, encryption];
    let process = Guarded::start(&folder, "TERM", &command).map_err(|error| error.to_string())?;
    for _ in 0..400 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok((MailServer { port, folder, _process: process }, version));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let output = std::fs::read_to_string(folder.join("output")).unwrap_or_default();
    Err(format!("{version} did not answer within 20 s: {output}"))
}

/// A certificate that is its own authority.
fn make_certificate(folder: &Path) -> Result<(), String> {
    let openssl = [
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost",
        "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE",
        "-keyout key.pem -out cert.pem",
    ]
    .join(" ");
    output(Command::new("sh").args(["-c", &openssl]).current_dir(folder)).map(drop)
}

/// Python with what `scripts/engines` installed for it.
fn python() -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", python_path());
    python
}

fn python_path() -> OsString {
    let own = env::home_dir().unwrap_or_default().join(".cache/kinoservice/python");
    let others = env::var_os("PYTHONPATH").unwrap_or_default();
    env::join_paths(std::iter::once(own).chain(env::split_paths(&others))).unwrap_or_default()
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).lines().next_back().unwrap_or_default().to_owned())
}
