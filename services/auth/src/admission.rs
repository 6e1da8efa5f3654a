//! Letting someone in: what every way of signing in ends with, once it knows who it is.

use kino_domain::{AuthEvent, UserId};
use kino_http::Problem;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Auth,
    known_source::Visitor,
    second_factor::{CodeKind, MfaRequired},
    session::{Begins, Pair, SessionTokens},
    store::{Device, SignIn, User, sign_ins, totp},
    user_agent::DeviceType,
};

/// How someone signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// By opening the account.
    Registration,
    Password,
    /// Two factors at once: having the authenticator, and being or knowing what unlocks it.
    Passkey,
    /// By what the history calls `first`, and a code.
    WithCode {
        first: String,
        code: CodeKind,
    },
    /// At a provider of this name.
    Social(String),
}

impl Method {
    /// The word in the history.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::Registration => "registration".to_owned(),
            Self::Password => "password".to_owned(),
            Self::Passkey => "passkey".to_owned(),
            Self::Social(provider) => format!("social:{provider}"),
            Self::WithCode { first, code } => format!("{first}+{}", code.code()),
        }
    }

    /// Whether it is one factor, to which an account with an authenticator app adds a code.
    const fn is_one_factor(&self) -> bool {
        match self {
            Self::Password | Self::Social(_) => true,
            Self::Registration | Self::Passkey | Self::WithCode { .. } => false,
        }
    }
}

/// What comes of having shown who one is.
pub(crate) enum Admission {
    /// A session, as soon as it is [welcomed](Auth::welcome).
    Entered(Box<Entered>),
    /// A code is wanted first. To be committed.
    SecondFactorNeeded(MfaRequired),
}

/// What someone who signs in is answered with.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SignedIn {
    /// A session.
    Session(SessionTokens),
    /// What is still wanted.
    SecondFactor(MfaRequired),
}

/// A session that is begun: written, not yet committed.
#[must_use]
pub(crate) struct Entered {
    pair: Pair,
    events: Vec<AuthEvent>,
}

impl Entered {
    /// Together with an event that belongs to the same transaction and comes first.
    pub(crate) fn after(mut self, event: AuthEvent) -> Self {
        self.events.insert(0, event);
        self
    }
}

fn blocked() -> Problem {
    Problem::forbidden(
        "account_blocked",
        "Эта учётная запись заблокирована. Обратитесь в поддержку.",
        "This account is blocked. Ask the support.",
    )
}

fn no_session() -> Problem {
    Problem::internal(&"a session did not begin though no code is wanted")
}

impl Auth {
    /// Lets the account in, or asks for more. The caller's transaction holds the account's lock.
    pub(crate) async fn admit(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        visitor: impl Into<Visitor>,
        method: Method,
    ) -> Result<Admission, Problem> {
        let begins = if method.is_one_factor() { Begins::UnlessCodeIsWanted } else { Begins::AtOnce };
        if let Some(entered) = self.begin(tx, user, visitor.into(), &method, begins).await? {
            return Ok(Admission::Entered(Box::new(entered)));
        }
        let totp = totp::find_confirmed(tx, user.id).await?.ok_or_else(no_session)?;
        let required = self.challenge(tx, user, &totp, &method).await?;
        Ok(Admission::SecondFactorNeeded(required))
    }

    /// Begins a session for an account that has shown all it must. The caller's transaction holds the account's lock
    /// (or has just made the account).
    pub(crate) async fn enter(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        visitor: impl Into<Visitor>,
        method: &Method,
    ) -> Result<Entered, Problem> {
        self.begin(tx, user, visitor.into(), method, Begins::AtOnce).await?.ok_or_else(no_session)
    }

    async fn begin(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        visitor: Visitor,
        method: &Method,
        begins: Begins,
    ) -> Result<Option<Entered>, Problem> {
        if user.blocked_at.is_some() {
            return Err(blocked());
        }
        let device = &visitor.device;
        let Some(pair) = self.begin_session(tx, user, device.clone(), begins).await? else { return Ok(None) };
        let sign_in = self.sign_in(user.id, device.clone(), method);
        let sign_in = SignIn { session_id: Some(pair.session_id()), success: true, ..sign_in };
        sign_ins::insert(tx, [sign_in]).await?;
        let events = self.recognise(tx, user.id, pair.session_id(), visitor).await?;
        Ok(Some(Entered { pair, events }))
    }

    /// Commits the transaction of an admission.
    pub(crate) async fn conclude(
        &self,
        tx: DatabaseTransaction,
        admission: Admission,
    ) -> Result<SignedIn, Problem> {
        match admission {
            Admission::Entered(entered) => {
                let tokens = self.welcome(tx, *entered).await?;
                metrics::counter!("kino_auth_logins_total", "outcome" => "signed_in").increment(1);
                Ok(SignedIn::Session(tokens))
            }
            Admission::SecondFactorNeeded(required) => {
                self.commit(tx, &[]).await?;
                Ok(SignedIn::SecondFactor(required))
            }
        }
    }

    /// Commits the transaction of a session that was begun, and signs its tokens.
    pub(crate) async fn welcome(
        &self,
        tx: DatabaseTransaction,
        entered: Entered,
    ) -> Result<SessionTokens, Problem> {
        self.commit_and_sign(tx, &entered.events, entered.pair, None).await
    }

    /// Notes in the history that someone failed to sign in to an account.
    pub(crate) fn note_failure(&self, user_id: UserId, device: Device, method: &Method) {
        self.failures.note(self.sign_in(user_id, device, method));
    }

    /// An attempt to sign in, now; a failed one as long as nobody says otherwise.
    fn sign_in(&self, user_id: UserId, device: Device, method: &Method) -> SignIn {
        let now = self.clock.now();
        SignIn {
            id: self.entropy.uuid_v7(now),
            user_id,
            login_at: now,
            session_id: None,
            device_type: DeviceType::of(&device.user_agent),
            method: method.code(),
            success: false,
            device,
        }
    }
}
