//! What every mail engine does, and what only a mail server can do.

mod every;
mod files;
mod servers;

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use kino_domain::{Clock, Entropy};
use kino_engine::{
    Mail,
    mail::{self, Letter},
};
use kino_testkit::{Encryption, MailServer, ReceivedLetter};
use tempfile::TempDir;

/// A mail engine, and where its letters arrive.
struct Post {
    mail: Arc<dyn Mail>,
    letterbox: Letterbox,
}

enum Letterbox {
    Folder(TempDir),
    Server(MailServer),
}

impl Post {
    fn files() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("file:{}", folder.path().join("post/mail").display());
        Self { mail: open(&url), letterbox: Letterbox::Folder(folder) }
    }

    async fn server() -> Option<Self> {
        let server = MailServer::start(Encryption::None).await?;
        let mail = open(&format!("smtp://127.0.0.1:{}", server.port()));
        Some(Self { mail, letterbox: Letterbox::Server(server) })
    }

    fn letters(&self) -> Vec<ReceivedLetter> {
        match &self.letterbox {
            Letterbox::Folder(_) => kino_testkit::letters(&self.folder()),
            Letterbox::Server(server) => server.letters(),
        }
    }

    /// The folder of the letters that are kept as files.
    fn folder(&self) -> PathBuf {
        let Letterbox::Folder(folder) = &self.letterbox else { panic!("it is a server") };
        folder.path().join("post/mail")
    }
}

fn open(url: &str) -> Arc<dyn Mail> {
    let sender = "Киносервис <no-reply@cinema.example>".parse().unwrap();
    mail::open(url, sender, Clock::manual(standing_time()), Entropy::system()).unwrap()
}

/// The clock of these tests stands still.
fn standing_time() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_795_262_400_123_456).unwrap()
}

fn letter(to: &str, subject: &str) -> Letter {
    Letter { to: to.into(), subject: subject.into(), text: "Hello!\n".into(), ..Letter::default() }
}

#[test]
fn a_wrong_url_says_what_to_do() {
    for (url, advice) in [
        ("pigeon:", "use \"file:FOLDER\""),
        ("file:", "use \"file:FOLDER\""),
        ("file:/dev/null/mail", "a folder that this user may write to"),
        ("smtp://", "write it as smtp://"),
        ("smtp://kino:secret@mail.example.org:mail", "write it as smtp://"),
        ("smtp://kino:secret/word@mail.example.org", "written %40"),
        ("smtp://kino@mail.example.org", "a user and a password go together"),
        ("smtp://mail.example.org/inbox", "neither ?tls=required nor ?ca=FILE"),
        ("smtp://mail.example.org?tls=maybe", "`tls` is neither"),
        ("smtps://kino:secret@mail.example.org?ca=/nowhere.pem", "ca=/nowhere.pem"),
    ] {
        let sender = "no-reply@cinema.example".parse().unwrap();
        let error = mail::open(url, sender, Clock::system(), Entropy::system()).unwrap_err().to_string();
        assert!(error.contains(advice) && error.starts_with("mail = "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}
