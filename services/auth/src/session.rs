//! Beginning a session, trading its refresh token, ending it: what the endpoints share.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use kino_domain::{AuthEvent, InvalidationReason, SessionId, UserId};
use kino_engine::database::DbErr;
use kino_http::Problem;
use kino_token::{Claims, TokenType};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Auth, role,
    rotation::{Lineage, Verdict, child_of, hash},
    signing::Signing,
    store::{Device, Session, User, roles, sessions, users},
};

/// The tokens of a session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionTokens {
    /// For the header `Authorization: Bearer ...`.
    pub access_token: String,
    /// For `POST /sessions/refresh`, once.
    pub refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
    /// When the refresh token ends.
    pub refresh_expires_at: DateTime<Utc>,
    /// The session.
    pub session_id: SessionId,
    /// The account.
    pub user_id: UserId,
}

/// The claims of a pair of tokens, ready to be signed.
#[must_use]
pub(crate) struct Pair {
    pub(crate) access: Claims,
    refresh: Claims,
}

impl Pair {
    pub(crate) fn session_id(&self) -> SessionId {
        self.access.session_id
    }
}

/// When a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// All was shown that there is to show.
    AtOnce,
    /// One factor was shown: if the account has no other.
    UnlessCodeIsWanted,
}

/// What came of showing a refresh token.
pub(crate) enum Traded {
    For(Box<Pair>),
    /// It was spent before: the session has been ended, and this is its event.
    Reused(AuthEvent),
    /// The session, or the account, is gone.
    Gone,
}

impl Auth {
    /// Begins a session; none where a code is wanted first. The caller's transaction holds the account's lock (or has just
    /// made the account).
    pub(crate) async fn begin_session(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        device: Device,
        begins: Begins,
    ) -> Result<Option<Pair>, DbErr> {
        let stamp = user.tokens_stamp;
        let refresh_id = self.entropy.uuid_v7(stamp);
        let session = Session {
            id: SessionId(self.entropy.uuid_v7(stamp)),
            user_id: user.id,
            device,
            lineage: Lineage::begin(refresh_id, stamp),
            expires_at: stamp + self.settings.refresh_lifetime(),
            created_at: stamp,
        };
        match begins {
            Begins::AtOnce => sessions::insert(tx, &session).await?,
            Begins::UnlessCodeIsWanted => {
                if !sessions::insert_unless_code_is_wanted(tx, &session).await? {
                    return Ok(None);
                }
            }
        }
        self.pair(tx, user, &session, refresh_id, true).await.map(Some)
    }

    /// Trades a refresh token for the next pair, which is stamped with `moment` or later. The caller commits.
    pub(crate) async fn trade(
        &self,
        tx: &impl ConnectionTrait,
        shown: &Claims,
        moment: DateTime<Utc>,
    ) -> Result<Traded, DbErr> {
        let Some(user) = users::lock(tx, shown.user_id, moment).await? else {
            return Ok(Traded::Gone);
        };
        let now = self.clock.now();
        let (next, expires_at) = (Lineage::spent(shown.jti, now), now + self.settings.refresh_lifetime());
        // One statement for what nearly always happens: the current token is shown.
        let spent =
            sessions::spend(tx, user.id, shown.session_id, hash(shown.jti), &next, expires_at).await?;
        let session = if let Some(session) = spent {
            session
        } else {
            let live = sessions::find_live(tx, user.id, shown.session_id, now).await?;
            let Some(session) = live else { return Ok(Traded::Gone) };
            if session.lineage.judge(shown.jti, now) == Verdict::Reused {
                sessions::end(tx, session.id, now).await?;
                let event = AuthEvent::SessionRevoked { session_id: session.id, user_id: user.id };
                return Ok(Traded::Reused(event));
            }
            session
        };
        let pair = self.pair(tx, &user, &session, child_of(shown.jti), false).await?;
        Ok(Traded::For(Box::new(pair)))
    }

    /// Commits the transaction of a pair, and signs its access token meanwhile, unless that [was signed
    /// ahead](Self::sign_ahead). The tokens are handed out only when the commit is done.
    pub(crate) async fn commit_and_sign(
        &self,
        tx: DatabaseTransaction,
        events: &[AuthEvent],
        pair: Pair,
        ahead: Option<Signing>,
    ) -> Result<SessionTokens, Problem> {
        let Pair { access, refresh } = pair;
        let (expires_at, refresh_expires_at) = (access.expires_at(), refresh.expires_at());
        let (session_id, user_id) = (access.session_id, access.user_id);
        let signing = self.take_or_sign(access, ahead);
        let refresh_token = self.keys.sign(&refresh)?;
        self.commit(tx, events).await?;
        Ok(SessionTokens {
            access_token: signing.token().await?,
            refresh_token,
            token_type: "Bearer".to_owned(),
            expires_at,
            refresh_expires_at,
            session_id,
            user_id,
        })
    }

    /// Makes access tokens issued so far stale. The caller's transaction holds the account's lock.
    ///
    /// The bound lies behind every stamp that was given, whatever the clocks of two processes say.
    pub(crate) async fn invalidate_tokens(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        reason: InvalidationReason,
    ) -> Result<AuthEvent, DbErr> {
        let millisecond = TimeDelta::milliseconds(1);
        let before = user.tokens_stamp.trunc_subsecs(3) + millisecond;
        users::stamp(tx, user.id, before).await?;
        Ok(AuthEvent::UserTokensInvalidBefore { user_id: user.id, before, reason })
    }

    async fn pair(
        &self,
        tx: &impl ConnectionTrait,
        user: &User,
        session: &Session,
        refresh_id: Uuid,
        fresh: bool,
    ) -> Result<Pair, DbErr> {
        // The lock moved it here: not before any earlier stamp or bound of the account.
        let stamp = user.tokens_stamp;
        let held = roles::held_by(tx, user.id, stamp).await?;
        let (role_code, permissions) = role::combine(held.iter().map(|held| &held.role));
        let policy = self.gate.policy();
        // A token does not outlive a role that it rests on.
        let lapse = held.iter().filter_map(|held| held.expires_at).min();
        let access_ends = lapse.into_iter().fold(stamp + policy.access_lifetime, DateTime::min);
        let refresh_begins = session.lineage.rotated_at;
        let versions: BTreeMap<_, _> =
            held.iter().map(|held| (held.role.code.clone(), held.role.version)).collect();
        let claims = |jti: Uuid, token_type, begins: DateTime<Utc>, ends: DateTime<Utc>| Claims {
            iss: policy.issuer.clone(),
            aud: policy.audience.clone(),
            sub: session.id,
            iat: begins.timestamp(),
            nbf: begins.timestamp(),
            exp: ends.timestamp(),
            jti,
            token_type,
            fresh,
            user_id: user.id,
            session_id: session.id,
            username: user.username.clone(),
            user_agent: session.device.user_agent.clone(),
            role_code: role_code.clone(),
            permissions,
            roles: versions.clone(),
        };
        Ok(Pair {
            access: claims(self.entropy.uuid_v7(stamp), TokenType::Access, stamp, access_ends),
            refresh: claims(refresh_id, TokenType::Refresh, refresh_begins, session.expires_at),
        })
    }
}
