//! Problems: errors as RFC 9457 `application/problem+json`, in the caller's language.

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use kino_domain::{Language, Refusal};
use kino_engine::{
    cache::CacheError,
    database::{self, DbErr},
    log::LogError,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::FieldError;

/// An error that a client is told of.
///
/// As a response it carries itself along; [`crate::house_rules`] writes the body, knowing the language and the
/// request's id.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    ru: Cow<'static, str>,
    en: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of a problem response (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody<'a> {
    /// Identifies the kind of problem: `urn:kino:problem:<code>`.
    #[serde(rename = "type")]
    #[schema(example = "urn:kino:problem:film_requires_subscription")]
    kind: String,
    /// The status in words.
    #[schema(example = "Forbidden")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 403)]
    status: u16,
    /// What happened and what to do, in Russian or English.
    detail: &'a str,
    /// A stable word for programs.
    #[schema(example = "film_requires_subscription")]
    code: &'a str,
    /// The request, as the logs know it.
    request_id: &'a str,
    /// The fields that are wrong, where fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldErrorBody<'a>>,
}

/// A field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldErrorBody<'a> {
    /// The field's name, with dots and indexes where it is nested.
    field: &'a str,
    /// A stable word for programs.
    code: &'a str,
    /// What is wrong with it, in Russian or English.
    message: &'a str,
}

impl Problem {
    /// A problem with its text in both languages.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, ru: ru.into(), en: en.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// 400: the request cannot be read.
    pub fn malformed(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, ru, en)
    }

    /// 401, with the challenge that the status requires.
    pub fn unauthorized(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        // Only where a token was shown is a token wrong (RFC 6750).
        let challenge = match code {
            "token_invalid" | "token_expired" | "token_stale" | "token_revoked" => {
                HeaderValue::from_static("Bearer error=\"invalid_token\"")
            }
            _ => HeaderValue::from_static("Bearer"),
        };
        Self::new(StatusCode::UNAUTHORIZED, code, ru, en).with_header(header::WWW_AUTHENTICATE, challenge)
    }

    /// 403: the caller is known (or anonymous) and may not.
    pub fn forbidden(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, ru, en)
    }

    /// 404.
    pub fn not_found(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, ru, en)
    }

    /// 409: the request clashes with what is there.
    pub fn conflict(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, ru, en)
    }

    /// 412: what is there is not what `If-Match` names.
    pub fn precondition_failed(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, code, ru, en)
    }

    /// 422: fields are wrong; each is named.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "validation_failed",
            "Некоторые поля заполнены неверно; каждое названо в errors.",
            "Some fields are wrong; each is named in errors.",
        );
        problem.errors = errors;
        problem
    }

    /// 429: try again after so many seconds.
    pub fn too_many(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
        retry_after: u64,
    ) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, ru, en).with_retry_after(retry_after)
    }

    /// 503: something the request needs is down or busy; try again after so many seconds.
    pub fn unavailable(
        code: &'static str,
        ru: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
        retry_after: u64,
    ) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, ru, en).with_retry_after(retry_after)
    }

    /// 503: an engine does not answer. The cause goes to the log, not to the client.
    pub fn engine_down(error: &dyn std::error::Error) -> Self {
        tracing::warn!(%error, "an engine does not answer");
        Self::unavailable(
            "engine_unavailable",
            "Сервис временно недоступен. Повторите запрос чуть позже.",
            "The service is unavailable for the moment. Try again shortly.",
            2,
        )
    }

    /// 500: a fault of ours. The cause goes to the log, not to the client.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed for a reason of ours");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Внутренняя ошибка. Мы записали её; сообщите request_id, если она повторится.",
            "An error of ours. It is in the logs; tell us the request_id if it happens again.",
        )
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The stable word.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    fn with_retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The body: for an answer that tells of several things, each with a problem of its own.
    pub fn body<'a>(&'a self, language: Language, request_id: &'a str) -> ProblemBody<'a> {
        let detail = match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        };
        let errors = self
            .errors
            .iter()
            .map(|error| FieldErrorBody {
                field: &error.field,
                code: error.code,
                message: error.message.get(language).unwrap_or_default(),
            })
            .collect();
        ProblemBody {
            kind: format!("urn:kino:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail,
            code: self.code,
            request_id,
            errors,
        }
    }

    /// The response as the client gets it.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let body = self.body(language, request_id);
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers.iter().cloned());
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        if database::is_unavailable(&error) { Self::engine_down(&error) } else { Self::internal(&error) }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        Self::engine_down(&error)
    }
}

impl From<CacheError> for Problem {
    fn from(error: CacheError) -> Self {
        Self::engine_down(&error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RequiresSubscription => Self::forbidden(
                "film_requires_subscription",
                "Этот фильм доступен по подписке.",
                "This film needs a subscription.",
            ),
            Refusal::Archived => Self::forbidden(
                "film_archived",
                "Этот фильм в архиве и пока недоступен.",
                "This film is archived and not available now.",
            ),
        }
    }
}
