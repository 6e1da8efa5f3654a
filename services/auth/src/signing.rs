//! Signing access tokens, beside the async threads: requests that need no signature do not wait for one.
//!
//! A signature of RSA takes longer than all else that a refresh is made of. So it is begun as soon as the refresh token is
//! known to be genuine, for the access token that comes of it if nothing has changed since; the transaction says whether
//! that is so.

use std::{num::NonZero, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt as _, TryFutureExt as _, future::BoxFuture};
use kino_http::Problem;
use kino_token::{Claims, TokenType};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Auth, keys::KeyError};

/// Who waited longer for the database is stamped with the moment at which the wait ended.
const LATE: TimeDelta = TimeDelta::seconds(1);

/// Who may sign ahead at a time: one a processor. A signature that comes too early for many is none the sooner, and takes the
/// processors from those who need none.
pub(crate) fn room_ahead() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)))
}

/// An access token that is being signed. It is worth nothing until it is handed out.
#[must_use]
pub(crate) struct Signing {
    claims: Claims,
    token: BoxFuture<'static, Result<String, Problem>>,
}

impl Signing {
    /// Whether it claims this, as a token of its own: the id may be another one of the same moment.
    fn claims_the_same(&self, claims: &Claims) -> bool {
        let jti = self.claims.jti;
        self.claims.issued_at() == claims.issued_at() && self.claims == Claims { jti, ..claims.clone() }
    }

    /// The moment that its bearer is served at; none where that is long ago.
    pub(crate) fn moment(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(self.claims.issued_at()).filter(|moment| now - moment < LATE)
    }

    /// The token, once it is signed.
    pub(crate) async fn token(self) -> Result<String, Problem> {
        self.token.await
    }
}

impl Auth {
    /// Begins to sign an access token. That of a sign-in is signed by the threads that compared its password, so that a storm
    /// of sign-ins delays nobody else.
    pub(crate) fn sign(&self, claims: Claims) -> Signing {
        self.begin_to_sign(claims, None)
    }

    fn begin_to_sign(&self, claims: Claims, place: Option<OwnedSemaphorePermit>) -> Signing {
        let (auth, signed) = (self.clone(), claims.clone());
        let sign = move || {
            let token = auth.keys.sign(&signed);
            drop(place);
            token
        };
        let token = if claims.fresh {
            let signing = self.hashing.run(sign).map_err(Problem::from);
            async { signing.await?.map_err(Problem::from) }.boxed()
        } else {
            let signing = tokio::task::spawn_blocking(sign);
            async { signing.await.map_err(|error| Problem::internal(&error))?.map_err(KeyError::into) }
                .boxed()
        };
        Signing { claims, token }
    }

    /// Begins to sign the access token that a refresh token is traded for now, if account and roles are as they were when it
    /// was issued. None where others are at it.
    pub(crate) fn sign_ahead(&self, shown: &Claims, now: DateTime<Utc>) -> Option<Signing> {
        let place = Arc::clone(&self.ahead).try_acquire_owned().ok()?;
        let claims = Claims {
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + self.gate.policy().access_lifetime).timestamp(),
            jti: self.entropy.uuid_v7(now),
            token_type: TokenType::Access,
            fresh: false,
            ..shown.clone()
        };
        Some(self.begin_to_sign(claims, Some(place)))
    }

    /// Goes on with what was signed ahead where it claims this; begins anew where not.
    pub(crate) fn take_or_sign(&self, claims: Claims, ahead: Option<Signing>) -> Signing {
        ahead.filter(|ahead| ahead.claims_the_same(&claims)).unwrap_or_else(|| self.sign(claims))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use kino_domain::{Clock, UserId};
    use sea_orm::DatabaseTransaction;

    use super::*;
    use crate::{
        role::Role,
        session::{Begins, Traded},
        store::{Device, roles, users},
        testing::TestService,
    };

    /// One account's session, and its refresh token.
    struct Scene {
        service: TestService,
        shown: Claims,
    }

    impl Scene {
        async fn start() -> Self {
            let service = TestService::start().await;
            let auth = &service.auth;
            let tx = auth.database.begin().await.unwrap();
            let anna = users::find_by_login(&tx, "anna").await.unwrap().unwrap();
            roles::give(&tx, anna.id, "UNSUB_USER", None, None, service.clock.now()).await.unwrap();
            let user = users::lock(&tx, anna.id, service.clock.now()).await.unwrap().unwrap();
            let device = Device { user_agent: "Kino/1.0".into(), ip: "127.0.0.1".into() };
            let pair = auth.begin_session(&tx, &user, device, Begins::AtOnce).await.unwrap().unwrap();
            let tokens = auth.commit_and_sign(tx, &[], pair, None).await.unwrap();
            let shown = auth.keys.check_refresh(&tokens.refresh_token, auth.gate.policy()).unwrap();
            service.clock.advance(TimeDelta::minutes(10));
            Self { service, shown }
        }

        /// Whether the token that is signed before `meanwhile` happens is the one that the refresh token is then traded for.
        async fn is_ahead(&self, meanwhile: impl AsyncFnOnce(&Auth, &Clock, UserId)) -> bool {
            let auth = &self.service.auth;
            let ahead = auth.sign_ahead(&self.shown, self.service.clock.now()).unwrap();
            meanwhile(auth, &self.service.clock, self.shown.user_id).await;
            let now = self.service.clock.now();
            let tx = auth.database.begin().await.unwrap();
            let traded = auth.trade(&tx, &self.shown, ahead.moment(now).unwrap_or(now)).await.unwrap();
            let Traded::For(pair) = traded else { panic!("the token is good") };
            let (id, claims) = (ahead.claims.jti, pair.access.clone());
            let handed_out = claims_of(&auth.take_or_sign(pair.access, Some(ahead)).token().await.unwrap());
            assert_eq!(
                handed_out,
                Claims { jti: handed_out.jti, ..claims },
                "it claims what the transaction says"
            );
            handed_out.jti == id
        }

        /// The same where these rows are written meanwhile.
        async fn is_ahead_of(&self, write: impl AsyncFnOnce(&DatabaseTransaction, &Clock, UserId)) -> bool {
            self.is_ahead(async |auth: &Auth, clock: &Clock, id| {
                let tx = auth.database.begin().await.unwrap();
                write(&tx, clock, id).await;
                tx.commit().await.unwrap();
            })
            .await
        }
    }

    fn claims_of(token: &str) -> Claims {
        let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }

    #[tokio::test]
    async fn what_was_signed_ahead_is_handed_out_if_nothing_has_changed() {
        assert!(Scene::start().await.is_ahead(async |_, _, _| ()).await);
    }

    #[tokio::test]
    async fn other_roles_make_another_token() {
        let given = async |tx: &DatabaseTransaction, clock: &Clock, id| {
            roles::give(tx, id, "SUB_USER", None, None, clock.now()).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead_of(given).await);
        let taken = async |tx: &DatabaseTransaction, _: &Clock, id| {
            roles::take(tx, id, "UNSUB_USER").await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead_of(taken).await);
        let changed = async |tx: &DatabaseTransaction, _: &Clock, _| {
            let role = roles::find(tx, "UNSUB_USER").await.unwrap().unwrap();
            roles::update(tx, &Role { version: role.version + 1, ..role }).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead_of(changed).await);
    }

    #[tokio::test]
    async fn a_role_that_ends_soon_makes_a_shorter_token() {
        let lapsing = async |tx: &DatabaseTransaction, clock: &Clock, id| {
            let soon = clock.now() + TimeDelta::minutes(1);
            roles::give(tx, id, "UNSUB_USER", Some(soon), None, clock.now()).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead_of(lapsing).await);
    }

    #[tokio::test]
    async fn tokens_made_stale_meanwhile_make_a_newer_one() {
        let invalidated = async |tx: &DatabaseTransaction, clock: &Clock, id| {
            users::stamp(tx, id, clock.now() + TimeDelta::milliseconds(1)).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead_of(invalidated).await);
    }

    #[tokio::test]
    async fn who_waited_long_gets_a_token_of_the_end_of_the_wait() {
        let waited = async |_: &Auth, clock: &Clock, _| clock.advance(TimeDelta::seconds(2));
        assert!(!Scene::start().await.is_ahead(waited).await);
        let briefly = async |_: &Auth, clock: &Clock, _| clock.advance(TimeDelta::milliseconds(500));
        assert!(Scene::start().await.is_ahead(briefly).await);
    }

    /// As they were before they named roles.
    #[tokio::test]
    async fn a_refresh_token_that_names_no_roles_is_traded_all_the_same() {
        let mut scene = Scene::start().await;
        scene.shown.roles.clear();
        assert!(!scene.is_ahead(async |_, _, _| ()).await);
    }

    #[tokio::test]
    async fn no_more_than_the_processors_can_take_are_signed_ahead() {
        let scene = Scene::start().await;
        let (auth, now) = (&scene.service.auth, scene.service.clock.now());
        let room = Arc::clone(&auth.ahead);
        let all = room.try_acquire_many(u32::try_from(room.available_permits()).unwrap()).unwrap();
        assert!(auth.sign_ahead(&scene.shown, now).is_none());
        drop(all);
        let room_before = room.available_permits();
        auth.sign_ahead(&scene.shown, now).unwrap().token().await.unwrap();
        assert_eq!(room.available_permits(), room_before, "what is signed makes room");
    }
}
