//! Signing access tokens, beside the async threads: requests that need no signature do not wait for one.
//!
//! A signature of RSA takes longer than all else that a refresh is made of. So it is begun as soon as the refresh token is
//! known to be genuine, for the access token that comes of it if nothing has changed since; the transaction says whether
//! that is so.

use chrono::{DateTime, Utc};
use futures::{FutureExt as _, TryFutureExt as _, future::BoxFuture};
use kino_http::Problem;
use kino_token::{Claims, TokenType};

use crate::{Auth, keys::KeyError};

/// An access token that is being signed. It is worth nothing until it is handed out.
#[must_use]
pub(crate) struct Signing {
    claims: Claims,
    token: BoxFuture<'static, Result<String, Problem>>,
}

impl Signing {
    /// Whether it claims this, as a token of its own: the id may be another one of the same moment.
    fn claims_the_same(&self, claims: &Claims) -> bool {
        let Claims { jti, .. } = self.claims;
        self.claims.issued_at() == claims.issued_at() && self.claims == Claims { jti, ..claims.clone() }
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
        let (auth, signed) = (self.clone(), claims.clone());
        let sign = move || auth.keys.sign(&signed);
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
    /// was issued.
    pub(crate) fn sign_ahead(&self, shown: &Claims, now: DateTime<Utc>) -> Signing {
        self.sign(Claims {
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + self.gate.policy().access_lifetime).timestamp(),
            jti: self.entropy.uuid_v7(now),
            token_type: TokenType::Access,
            fresh: false,
            ..shown.clone()
        })
    }

    /// Goes on with what was signed ahead where it claims this; begins anew where not.
    pub(crate) fn sign_unless_ahead(&self, claims: Claims, ahead: Option<Signing>) -> Signing {
        ahead.filter(|ahead| ahead.claims_the_same(&claims)).unwrap_or_else(|| self.sign(claims))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kino_domain::{Clock, UserId};

    use super::*;
    use crate::{
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
            let (auth, now) = (&self.service.auth, self.service.clock.now());
            let ahead = auth.sign_ahead(&self.shown, now);
            meanwhile(auth, &self.service.clock, self.shown.user_id).await;
            let tx = auth.database.begin().await.unwrap();
            let Traded::For(pair) = auth.trade(&tx, &self.shown, now).await.unwrap() else {
                panic!("the token is good")
            };
            let (id, claims) = (ahead.claims.jti, pair.access.clone());
            let signing = auth.sign_unless_ahead(pair.access, Some(ahead));
            let is_ahead = signing.claims.jti == id;
            let handed_out = Claims { jti: signing.claims.jti, ..claims };
            assert_eq!(signing.claims, handed_out, "what is handed out is what the transaction says");
            assert!(signing.token().await.unwrap().starts_with("ey"));
            is_ahead
        }
    }

    #[tokio::test]
    async fn what_was_signed_ahead_is_handed_out_if_nothing_has_changed() {
        assert!(Scene::start().await.is_ahead(async |_, _, _| ()).await);
    }

    #[tokio::test]
    async fn a_role_that_came_makes_another_token() {
        let given = async |auth: &Auth, clock: &Clock, id| {
            roles::give(auth.database.read(), id, "SUB_USER", None, None, clock.now()).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead(given).await);
    }

    #[tokio::test]
    async fn a_role_that_ends_soon_makes_a_shorter_token() {
        let lapsing = async |auth: &Auth, clock: &Clock, id| {
            let soon = clock.now() + TimeDelta::minutes(1);
            roles::give(auth.database.read(), id, "UNSUB_USER", Some(soon), None, clock.now()).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead(lapsing).await);
    }

    #[tokio::test]
    async fn tokens_made_stale_meanwhile_make_a_newer_one() {
        let invalidated = async |auth: &Auth, clock: &Clock, id| {
            users::stamp(auth.database.read(), id, clock.now() + TimeDelta::milliseconds(1)).await.unwrap();
        };
        assert!(!Scene::start().await.is_ahead(invalidated).await);
    }
}
