//! The mail port: letters to people, sent by a mail server or kept as files.

mod file;
mod letter;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;
use kino_domain::{Clock, Entropy};

use self::letter::Composer;
pub use self::letter::{Letter, Sender, WrongSender};
use crate::OpenError;

/// What every mail engine does.
#[async_trait]
pub trait Mail: Send + Sync + std::fmt::Debug {
    /// Hands a letter over. Once this returns, the engine has it for good; after an error it may have it all the
    /// same, when the answer was lost.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;

    /// Asks the engine for an answer.
    async fn ping(&self) -> Result<(), MailError>;

    /// The engine's name, for people.
    fn engine_name(&self) -> &'static str;
}

/// Why a letter did not go.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Trying this letter again brings nothing: its address or its content is refused.
    #[error("the letter was refused: {0}")]
    Refused(String),
    /// Not now, and not for the letter's sake: it may go when it is tried again.
    #[error("mail cannot be sent now: {0}")]
    Later(String),
}

/// Opens the mail at `url`: `file:FOLDER`, `smtp://USER:PASSWORD@HOST:PORT` or `smtps://...`. A mail server need not
/// run yet.
pub fn open(url: &str, sender: Sender, clock: Clock, entropy: Entropy) -> Result<Arc<dyn Mail>, OpenError> {
    let composer = Composer { sender, clock, entropy };
    if let Some(folder) = url.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
        return Ok(Arc::new(file::FileMail::open(folder, composer)?));
    }
    if url.starts_with("smtp://") || url.starts_with("smtps://") {
        return Ok(Arc::new(smtp::SmtpMail::open(url, composer)?));
    }
    let advice = "use \"file:FOLDER\", \"smtp://USER:PASSWORD@HOST:587\" or \"smtps://USER:PASSWORD@HOST\"";
    Err(OpenError::new("mail", url, "no such kind of mail", advice))
}
