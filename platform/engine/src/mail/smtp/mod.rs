//! Mail through a mail server.

mod server;

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use lettre::{
    Message,
    transport::smtp::{
        Error as SmtpError,
        client::AsyncSmtpConnection,
        commands::{Data, Mail as MailFrom, Rcpt, Rset},
        extension::{Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use self::server::Server;
use super::{Letter, Mail, MailError, letter::Composer};
use crate::OpenError;

/// How many letters are on their way at once; servers do not like many connections from one place.
const AT_ONCE: usize = 4;
/// How long a letter waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(30);
/// How long each step up to an open connection may take together, and each command after that.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A server that looks into letters needs its time, and who gives up early sends a letter twice.
const TAKE_WITHIN: Duration = Duration::from_mins(1);
/// How long an idle connection is used again. Servers close them after minutes.
const IDLE_FOR: Duration = Duration::from_secs(30);

pub(super) struct SmtpMail {
    server: Server,
    composer: Composer,
    turns: Semaphore,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl fmt::Debug for SmtpMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpMail({}:{})", self.server.host, self.server.port)
    }
}

/// Why a step failed.
enum Failure {
    /// The server refuses this letter for good.
    Refused(String),
    /// The server says no, for now or for a reason that is not the letter's.
    Later(String),
    /// The connection is of no more use.
    Broken(String),
}

impl From<Failure> for MailError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(problem) => Self::Refused(problem),
            Failure::Later(problem) | Failure::Broken(problem) => Self::Later(problem),
        }
    }
}

impl SmtpMail {
    pub(super) fn open(url: &str, composer: Composer) -> Result<Self, OpenError> {
        let server = Server::from_url(url, composer.sender.domain()).map_err(|problem| {
            let advice = "write it as smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST; in user and \
                          password, @ is written %40, : %3A, / %2F, ? %3F, # %23, % %25";
            OpenError::new("mail", url, problem, advice)
        })?;
        Ok(Self { server, composer, turns: Semaphore::new(AT_ONCE), idle: Mutex::default() })
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, MailError> {
        let turn = timeout(TURN_WITHIN, self.turns.acquire()).await;
        turn.ok()
            .and_then(Result::ok)
            .ok_or_else(|| MailError::Later("too many letters are waiting".to_owned()))
    }

    /// A connection that works: an idle one, or else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut idle) = self.take_idle() {
            // Shows that it lives, and makes the server forget a letter that it refused half-way.
            if within(ANSWER_WITHIN, idle.command(Rset)).await.is_ok() {
                return Ok(idle);
            }
        }
        // No letter is to blame when this fails.
        within(ANSWER_WITHIN, self.server.connect()).await.map_err(Failure::not_for_the_letter)
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE_FOR);
        idle.pop().map(|(_, connection)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), connection));
    }
}

#[async_trait]
impl Mail for SmtpMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = self.composer.compose(letter)?;
        let _turn = self.turn().await?;
        let mut connection = self.connection().await?;
        let sent = deliver(&mut connection, &message).await;
        // A connection that was left in the middle of a letter is closed, not kept.
        if !matches!(sent, Err(Failure::Broken(_))) {
            self.keep(connection);
        }
        Ok(sent?)
    }

    async fn ping(&self) -> Result<(), MailError> {
        let _turn = self.turn().await?;
        let connection = self.connection().await?;
        self.keep(connection);
        Ok(())
    }

    fn engine_name(&self) -> &'static str {
        "SMTP"
    }
}

/// One letter over an open connection.
async fn deliver(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let envelope = message.envelope();
    let content = message.formatted();
    let mut parameters = Vec::new();
    // Everything but the name in an address is encoded.
    if !content.is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::Refused("the mail server takes addresses in Latin letters only".to_owned()));
        }
        parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
    }
    let from = MailFrom::new(envelope.from().cloned(), parameters);
    // A sender who is refused is a matter of the settings.
    within(ANSWER_WITHIN, connection.command(from)).await.map_err(Failure::not_for_the_letter)?;
    for to in envelope.to() {
        within(ANSWER_WITHIN, connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    within(ANSWER_WITHIN, connection.command(Data)).await?;
    within(TAKE_WITHIN, connection.message(&content)).await?;
    Ok(())
}

async fn within<T>(limit: Duration, step: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is_permanent() => Err(Failure::Refused(error.to_string())),
        Ok(Err(error)) if error.is_transient() => Err(Failure::Later(error.to_string())),
        Ok(Err(error)) => Err(Failure::Broken(error.to_string())),
        Err(_) => Err(Failure::Broken(format!("the mail server gave no answer within {limit:?}"))),
    }
}

impl Failure {
    fn not_for_the_letter(self) -> Self {
        match self {
            Self::Refused(problem) => Self::Later(problem),
            other => other,
        }
    }
}
