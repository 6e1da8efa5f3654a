//! Sends the letters of the queue. What is in a letter is made when it is sent: a token that opens an account is
//! never at rest anywhere but in the letter.
//!
//! Of several processes one sends a letter. One that is killed after sending and before it took the letter out of the
//! queue leaves it to be sent a second time.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use kino_domain::{Language, fold};
use kino_engine::{
    database::DbErr,
    mail::{Letter, MailError},
};
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

use crate::{
    Auth,
    letters::{Kind, compose},
    store::{QueuedLetter, User, letters, users},
};

const BATCH: usize = 32;
/// No more connections to a mail server than this.
const AT_ONCE: usize = 4;
/// How often the worker looks when nothing wakes it: for letters that were put off, and those of other processes.
const POLL: Duration = Duration::from_secs(1);
/// Longer than any mail engine takes over one letter.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(5);
const FIRST_DELAY: TimeDelta = TimeDelta::minutes(1);
const LONGEST_DELAY: TimeDelta = TimeDelta::hours(1);
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(1);

pub(crate) async fn run(auth: Auth, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match send_due(&auth, &stop).await {
            // A full batch: more may be waiting.
            Ok(BATCH) => {}
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "letters wait; trying again");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = auth.post.written() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
    }
}

/// Sends a batch of what is due; how many letters it was.
async fn send_due(auth: &Auth, stop: &CancellationToken) -> Result<usize, DbErr> {
    let due = letters::due(auth.database.read(), auth.clock.now(), BATCH as u64).await?;
    for few in due.chunks(AT_ONCE) {
        if stop.is_cancelled() {
            break;
        }
        for outcome in join_all(few.iter().map(|queued| send(auth, queued))).await {
            outcome?;
        }
    }
    Ok(due.len())
}

async fn send(auth: &Auth, queued: &QueuedLetter) -> Result<(), DbErr> {
    let Some(letter) = claim(auth, queued).await? else { return Ok(()) };
    let (kind, id, attempt) = (queued.kind.code(), queued.id, queued.attempts + 1);
    let outcome = match auth.post.mail.send(&letter).await {
        Ok(()) => "sent",
        Err(MailError::Refused(why)) => {
            tracing::warn!(kind, letter = %id, why = without_addresses(&why), "a letter was refused and is dropped");
            "refused"
        }
        Err(MailError::Later(why)) => {
            let why = without_addresses(&why);
            if let Some(delay) = next_delay(auth.clock.now() - queued.created_at, attempt) {
                tracing::warn!(kind, letter = %id, attempt, why, "a letter could not be sent and waits");
                let tx = auth.database.begin().await?;
                letters::put_off(&tx, id, auth.clock.now() + delay).await?;
                return tx.commit().await;
            }
            tracing::error!(kind, letter = %id, attempt, why, "a letter could not be sent for a day and is dropped");
            "given_up"
        }
    };
    metrics::counter!("kino_auth_letters_total", "kind" => kind, "outcome" => outcome).increment(1);
    let tx = auth.database.begin().await?;
    letters::remove(&tx, id).await?;
    tx.commit().await
}

/// Takes a letter out of others' reach and writes it; none where another process was quicker, or where it has become
/// pointless. Nothing is held while it is sent.
async fn claim(auth: &Auth, queued: &QueuedLetter) -> Result<Option<Letter>, DbErr> {
    let tx = auth.database.begin().await?;
    // The account before the letter, as everywhere.
    let recipient = recipient(auth, &tx, queued).await?;
    if !letters::claim(&tx, queued, auth.clock.now() + CLAIMED_FOR).await? {
        return Ok(None);
    }
    let Some(Recipient { address, language, user }) = recipient else {
        letters::remove(&tx, queued.id).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let token = match (queued.kind.purpose(), &user) {
        (Some(purpose), Some(user)) => Some(auth.issue_token(&tx, user, purpose).await?),
        _ => None,
    };
    tx.commit().await?;
    Ok(Some(compose(queued.kind, language, address, &auth.post.site, token.as_deref())))
}

struct Recipient {
    address: String,
    language: Language,
    /// Locked, where the letter opens the account.
    user: Option<User>,
}

/// Whom a letter goes to, if anyone still wants it.
async fn recipient(
    auth: &Auth,
    tx: &impl ConnectionTrait,
    queued: &QueuedLetter,
) -> Result<Option<Recipient>, DbErr> {
    let id = match queued.kind {
        // News of what was: told whatever happened since.
        Kind::PasswordChanged | Kind::EmailChanged => {
            let address = queued.address.text.clone();
            return Ok(Some(Recipient { address, language: queued.language, user: None }));
        }
        Kind::VerifyEmail => queued.user_id,
        Kind::ResetPassword => users::find_by_login(tx, &queued.address.key).await?.map(|user| user.id),
    };
    let Some(id) = id else { return Ok(None) };
    let user = users::lock(tx, id, auth.clock.now()).await?.filter(|user| {
        user.blocked_at.is_none()
            && match queued.kind {
                Kind::VerifyEmail => !user.email_verified && user.email == queued.address.text,
                _ => fold(&user.email) == queued.address.key,
            }
    });
    // To the address as the account has it: one that only looks alike may be another person's.
    Ok(user.map(|user| Recipient {
        address: user.email.clone(),
        language: user.language.unwrap_or(queued.language),
        user: Some(user),
    }))
}

/// When to try again a letter of this age after so many attempts; none where it is given up.
fn next_delay(age: TimeDelta, attempts: i32) -> Option<TimeDelta> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    let delay = (FIRST_DELAY * (1 << doublings)).min(LONGEST_DELAY);
    (age + delay < GIVEN_UP_AFTER).then_some(delay)
}

/// What a mail server says of a letter often names whom it is for.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains('@') { "[address]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
