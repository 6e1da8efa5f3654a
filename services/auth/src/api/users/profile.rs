//! `PATCH /users/me`: the caller changes their own account.

use std::time::Duration;

use axum::extract::State;
use kino_domain::{InvalidationReason, Language};
use kino_http::{ClientAddress, Fields, Json, Problem, ProblemBody, RequestLanguage};
use kino_token::{Authenticated, require_token_problem};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    Auth, account,
    allowance::Allowance,
    api::sessions::UserResponse,
    audit::Action,
    letters::Kind,
    store::{Change, Gender, ProfileChange, User, one_time_tokens, roles, users},
};

/// Changes of address of one account: each sends two letters.
const EMAIL_CHANGES: Allowance =
    Allowance { name: "email_changes", times: 5, within: Duration::from_hours(1) };

/// What is to change. A field that is left out stays; `null` clears one that may be empty.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChangeProfileRequest {
    /// 3 to 30 letters, digits, `.`, `_`, `-`.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "anna")]
    username: Option<String>,
    /// A new one needs `current_password`, and is to be verified.
    #[serde(default, deserialize_with = "given")]
    #[schema(example = "anna@example.org")]
    email: Option<String>,
    current_password: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Анна")]
    first_name: Change<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    last_name: Change<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Gender>)]
    gender: Change<Gender>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Europe/Moscow")]
    timezone: Change<String>,
    /// The language of letters to the account.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Language>)]
    language: Change<Language>,
}

/// Tells `null` from a field that is not there.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl ChangeProfileRequest {
    /// What differs from the account as it is, if every field is as it may be.
    fn check(&self, user: &User) -> Result<ProfileChange, Problem> {
        let mut fields = Fields::new();
        let username = self.username.as_deref().and_then(|text| fields.check(account::username(text)));
        let email = self.email.as_deref().and_then(|text| fields.check(account::email(text)));
        let mut name = |field, wish: &Change<String>| {
            wish.as_ref().and_then(|text| fields.check(account::personal_name(field, text.as_deref())))
        };
        let (first_name, last_name) =
            (name("first_name", &self.first_name), name("last_name", &self.last_name));
        let timezone =
            self.timezone.as_ref().and_then(|zone| fields.check(account::timezone(zone.as_deref())));
        fields.finish()?;
        Ok(ProfileChange {
            username: username.filter(|new| new.text != user.username),
            email: email.filter(|new| new.text != user.email),
            first_name: first_name.filter(|new| *new != user.first_name),
            last_name: last_name.filter(|new| *new != user.last_name),
            gender: self.gender.filter(|new| *new != user.gender),
            timezone: timezone.filter(|new| *new != user.timezone),
            language: self.language.filter(|new| *new != user.language),
        })
    }
}

#[utoipa::path(
    patch,
    path = "/auth/api/v1/users/me",
    tag = "users",
    request_body = ChangeProfileRequest,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "The account as it is now. After a change of `username`, access tokens issued before are refused (`token_stale`): refresh", body = UserResponse),
        (status = 401, description = "No token, or a bad one", body = ProblemBody),
        (status = 403, description = "`fresh_sign_in_required`: for a new address, an account without a password shows a token from a sign-in, not from a refresh", body = ProblemBody),
        (status = 409, description = "`email_taken` or `username_taken`; `password_changed`: for a new address, elsewhere at the same time", body = ProblemBody),
        (status = 422, description = "Fields are wrong, `current_password` among them", body = ProblemBody),
        (status = 429, description = "`too_many_attempts`, `too_many_sign_ins` or `too_many_requests`; Retry-After says when", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(auth): State<Auth>,
    caller: Authenticated,
    source: ClientAddress,
    RequestLanguage(language): RequestLanguage,
    Json(mut request): Json<ChangeProfileRequest>,
) -> Result<Json<UserResponse>, Problem> {
    let before =
        users::find(auth.database.read(), caller.user_id).await?.ok_or_else(require_token_problem)?;
    let change = request.check(&before)?;
    let (is_renamed, has_moved) = (change.username.is_some(), change.email.is_some());
    if has_moved {
        let shown = ("current_password", request.current_password.take());
        auth.confirm_password(&caller, &before, shown, source.0).await?;
        auth.allowances.spend_own(EMAIL_CHANGES, before.id).await?;
    }

    let tx = auth.database.begin().await?;
    let before = if has_moved {
        // The password that was shown must be the password still.
        auth.lock_unchanged(&tx, &before).await?
    } else {
        users::lock(&tx, before.id, auth.clock.now()).await?.ok_or_else(require_token_problem)?
    };
    let changed = change.fields();
    let user = users::change(&tx, before.id, change).await?;
    let mut events = Vec::new();
    if has_moved {
        one_time_tokens::void(&tx, user.id, None).await?;
        auth.write_to(&tx, &user, Kind::VerifyEmail, language).await?;
        auth.write_to(&tx, &before, Kind::EmailChanged, language).await?;
    }
    if is_renamed {
        // Tokens carry the name: a refresh brings the new one.
        events.push(auth.invalidate_tokens(&tx, &user, InvalidationReason::RightsChanged).await?);
    }
    let held = roles::held_by(&tx, user.id, auth.clock.now()).await?;
    if !changed.is_empty() {
        let action = if has_moved { Action::EmailChanged } else { Action::ProfileChanged };
        auth.note(&tx, Some(user.id), action, user.id, &json!({"fields": changed})).await?;
        events.push(user.changed());
    }
    auth.commit(tx, &events).await?;
    auth.post.wake();
    Ok(Json(UserResponse::new(user, held.into_iter().map(|held| held.role.code).collect())))
}
