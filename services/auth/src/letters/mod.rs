//! Letters to accounts: what they are about, and how they get into the queue that `workers::letters` sends.

mod text;

use std::{fmt, sync::Arc};

use kino_domain::{Language, fold};
use kino_engine::{Mail, database::DbErr};
use sea_orm::ConnectionTrait;
use tokio::sync::Notify;

pub(crate) use text::compose;

use crate::{
    Auth,
    account::Named,
    one_time::Purpose,
    store::{QueuedLetter, User, letters},
};

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Asks to prove that the account's address is theirs.
    VerifyEmail,
    /// Lets them choose a new password.
    ResetPassword,
    /// Tells that the password changed.
    PasswordChanged,
    /// Tells the address that was that there is another now.
    EmailChanged,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::ResetPassword, Self::PasswordChanged, Self::EmailChanged];

    /// The word in the queue.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
        }
    }

    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What the token in the letter opens, where there is one.
    pub(crate) const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::VerifyEmail => Some(Purpose::VerifyEmail),
            Self::ResetPassword => Some(Purpose::ResetPassword),
            Self::PasswordChanged | Self::EmailChanged => None,
        }
    }
}

/// The way letters go.
pub(crate) struct Post {
    pub(crate) mail: Arc<dyn Mail>,
    /// What links begin with: scheme, host and port of the site.
    pub(crate) site: String,
    written: Notify,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("mail", &self.mail).field("site", &self.site).finish_non_exhaustive()
    }
}

impl Post {
    pub(crate) fn new(mail: Arc<dyn Mail>, site: String) -> Self {
        Self { mail, site, written: Notify::new() }
    }

    /// Tells the worker that a transaction with a letter was committed.
    pub(crate) fn wake(&self) {
        self.written.notify_one();
    }

    /// Waits until a letter was written.
    pub(crate) async fn written(&self) {
        self.written.notified().await;
    }
}

impl Auth {
    /// Puts a letter to an account into the queue, in the transaction of what causes it. Call [`Post::wake`] after the
    /// commit. Who never told their language is written to in that of the request.
    pub(crate) async fn write_to(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        kind: Kind,
        language: Language,
    ) -> Result<(), DbErr> {
        let address = Named { text: user.email.clone(), key: fold(&user.email) };
        let queued = self.queued(kind, address, user.language.unwrap_or(language));
        letters::insert(tx, QueuedLetter { user_id: Some(user.id), ..queued }).await
    }

    /// Puts a letter into the queue for the account with this address, if there is one: that is found out when it is
    /// sent, so that writing it costs the same.
    pub(crate) async fn write_to_address(
        &self,
        tx: &impl ConnectionTrait,
        address: Named,
        kind: Kind,
        language: Language,
    ) -> Result<(), DbErr> {
        letters::insert(tx, self.queued(kind, address, language)).await
    }

    fn queued(&self, kind: Kind, address: Named, language: Language) -> QueuedLetter {
        let now = self.clock.now();
        QueuedLetter {
            id: self.entropy.uuid_v7(now),
            kind,
            address,
            user_id: None,
            language,
            due_at: now,
            attempts: 0,
            created_at: now,
        }
    }
}
