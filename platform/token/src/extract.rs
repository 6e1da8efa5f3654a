//! Who calls, as an argument of a handler: holding the value proves that the check ran.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use kino_domain::{Permission, PermissionSet, UserId};
use kino_http::Problem;

use crate::{Claims, TokenError, TokenGate};

/// Anyone: a visitor without a token, or the bearer of a good one. A bad token is refused, not ignored.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What the token says; none for a visitor.
    pub claims: Option<Arc<Claims>>,
    /// What the caller may do.
    pub permissions: PermissionSet,
}

impl Caller {
    /// The account, where there is one.
    pub fn user_id(&self) -> Option<UserId> {
        self.claims.as_ref().map(|claims| claims.user_id)
    }
}

/// The bearer of a good token.
#[derive(Clone, Debug)]
pub struct Authenticated(pub Arc<Claims>);

impl Deref for Authenticated {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

/// The bearer of a token whose session goes on, though its rights may have changed since: for what needs no right, such
/// as signing out.
#[derive(Clone, Debug)]
pub struct InSession(pub Arc<Claims>);

impl Deref for InSession {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

/// The bearer of a good token that carries the right `R`.
#[derive(Clone, Debug)]
pub struct Authorized<R> {
    claims: Arc<Claims>,
    right: PhantomData<R>,
}

impl<R> Deref for Authorized<R> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.claims
    }
}

/// A permission as a type.
pub trait Right: Send + Sync {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! right {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("The right `Permission::", stringify!($name), "`.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Right for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

right!(CrudRole, AssignRole, CrudFilms);

impl<S> FromRequestParts<S> for Caller
where
    S: AsRef<TokenGate> + Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gate = state.as_ref();
        let Some(token) = bearer_token(parts)? else {
            return Ok(Self { claims: None, permissions: gate.anonymous() });
        };
        let claims = gate.check(token).await?;
        // Whoever is signed in may do what visitors may: they could leave the token out.
        let permissions = claims.permissions.union(gate.anonymous());
        Ok(Self { claims: Some(claims), permissions })
    }
}

impl<S> FromRequestParts<S> for Authenticated
where
    S: AsRef<TokenGate> + Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.claims.map(Self).ok_or_else(require_token_problem)
    }
}

impl<S> FromRequestParts<S> for InSession
where
    S: AsRef<TokenGate> + Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer_token(parts)?.ok_or_else(require_token_problem)?;
        Ok(Self(state.as_ref().check_even_stale(token).await?))
    }
}

impl<S, R> FromRequestParts<S> for Authorized<R>
where
    S: AsRef<TokenGate> + Send + Sync,
    R: Right,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Authenticated(claims) = Authenticated::from_request_parts(parts, state).await?;
        if !claims.permissions.contains(R::PERMISSION) {
            let code = R::PERMISSION.code();
            return Err(Problem::forbidden(
                "permission_denied",
                format!("Нужно право {code}."),
                format!("This needs the permission {code}."),
            ));
        }
        Ok(Self { claims, right: PhantomData })
    }
}

/// 401 for a route that needs a token and got none.
pub fn require_token_problem() -> Problem {
    Problem::unauthorized(
        "token_missing",
        "Войдите: нужен заголовок Authorization: Bearer <access_token>.",
        "Sign in: the header Authorization: Bearer <access_token> is needed.",
    )
}

fn bearer_token(parts: &Parts) -> Result<Option<&str>, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token.map(Some).ok_or_else(|| TokenError::Invalid.into())
}
