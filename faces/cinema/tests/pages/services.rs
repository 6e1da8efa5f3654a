//! Stand-ins for the services: they answer as the API promises, and note how they were called.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::account;

/// A film that anyone may see.
pub const FREE_FILM: &str = "01900000-0000-7000-8000-000000000001";
/// A film whose texts attack the page.
pub const HOSTILE_FILM: &str = "01900000-0000-7000-8000-000000000002";
/// A film that needs a subscription.
pub const PAID_FILM: &str = "01900000-0000-7000-8000-000000000003";
/// A film out of the catalogue.
pub const ARCHIVED_FILM: &str = "01900000-0000-7000-8000-000000000004";
/// The one genre.
pub const GENRE: &str = "01900000-0000-7000-8000-00000000000a";
/// A passkey in the list.
pub const PASSKEY: &str = "01900000-0000-7000-8000-0000000000aa";
/// One whose name attacks the page, and which is removed already when it is to be.
pub const HOSTILE_PASSKEY: &str = "01900000-0000-7000-8000-0000000000ab";
/// What breaks out of HTML where it is not escaped.
pub const HOSTILE: &str = "\"'><script>alert(1)</script>";

/// The calls that the services got: `METHOD path?query token`.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    /// Those that contain `text`.
    pub fn with(&self, text: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|call| call.contains(text)).cloned().collect()
    }
}

async fn note(State(calls): State<Calls>, request: Request, next: Next) -> Response {
    let call = format!("{} {} {}", request.method(), request.uri(), token(request.headers()).unwrap_or("-"));
    calls.0.lock().unwrap().push(call);
    next.run(request).await
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

pub fn problem(status: u16, code: &str, detail: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let body = json!({ "type": "about:blank", "status": status.as_u16(), "code": code, "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// A pair of tokens whose names begin with `name`; access for ten minutes, refresh for a day, from the test's start.
pub fn tokens(name: &str) -> Value {
    json!({
        "access_token": format!("{name}-access"), "refresh_token": format!("{name}-refresh"), "token_type": "Bearer",
        "expires_at": "2026-01-01T00:10:00Z", "refresh_expires_at": "2026-01-02T00:00:00Z",
        "session_id": FREE_FILM, "user_id": FREE_FILM,
    })
}

fn film(id: &str, title: &str, access: &str) -> Value {
    json!({
        "id": id, "title": title, "original_title": "Solaris", "year": 1972, "imdb_rating": 8.0, "access": access,
        "genres": [{ "id": GENRE, "name": "Фантастика" }], "poster_url": null, "age_rating": "12+",
    })
}

/// The catalogue: 30 films in lists, none for the query `nothing`.
pub fn catalogue(calls: Calls) -> Router {
    Router::new()
        .route(
            "/async/api/v1/genres",
            get(async || Json(list(&[json!({ "id": GENRE, "name": "Фантастика" })], 1))),
        )
        .route(
            "/async/api/v1/films",
            get(async || {
                let mut shown = film(FREE_FILM, "Солярис", "FREE");
                shown["poster_url"] = json!("/files/solaris.jpg");
                Json(list(&[shown, film(HOSTILE_FILM, HOSTILE, "PAID")], 30))
            }),
        )
        .route(
            "/async/api/v1/films/search",
            get(async |request: Request| {
                if request.uri().query().is_some_and(|query| query.contains("query=nothing")) {
                    return Json(list(&[], 0));
                }
                let mut found = film(FREE_FILM, "Солярис", "FREE");
                found["highlight"] = json!({ "title": "<em>Соля</em>рис", "description": "<img src=x>" });
                Json(list(&[found], 1))
            }),
        )
        .route("/async/api/v1/films/{id}", get(one_film))
        .layer(middleware::from_fn(refuse_bad_tokens))
        .layer(middleware::from_fn_with_state(calls, note))
}

fn list(items: &[Value], total: u32) -> Value {
    json!({ "items": items, "total": total, "page_number": 1, "page_size": 24 })
}

async fn one_film(Path(id): Path<String>) -> Response {
    match id.as_str() {
        FREE_FILM | HOSTILE_FILM => {
            let mut film = film(&id, if id == FREE_FILM { "Солярис" } else { HOSTILE }, "FREE");
            film["description"] =
                json!(if id == FREE_FILM { "Учёный летит к океану." } else { HOSTILE });
            film["duration_minutes"] = json!(167);
            film["countries"] = json!(["SU", "XX"]);
            film["directors"] = json!([{ "id": GENRE, "full_name": "Андрей Тарковский" }]);
            film["actors"] = json!([]);
            film["writers"] = json!([]);
            film["video_url"] = json!((id == HOSTILE_FILM).then_some("javascript:alert(1)"));
            Json(film).into_response()
        }
        PAID_FILM => problem(403, "film_requires_subscription", "Нужна подписка."),
        ARCHIVED_FILM => problem(403, "film_archived", "В архиве."),
        _ => problem(404, "not_found", "Нет."),
    }
}

async fn refuse_bad_tokens(request: Request, next: Next) -> Response {
    if token(request.headers()).is_some_and(|token| !is_good(token)) {
        return problem(401, "token_expired", "Токен истёк.");
    }
    next.run(request).await
}

fn is_good(token: &str) -> bool {
    matches!(token, "good-access" | "new-access")
}

/// The accounts. `old-refresh` is changed for `new-access`, `down-refresh` finds them down, any other is refused.
pub fn auth(calls: Calls) -> Router {
    Router::new()
        .route(
            "/auth/api/v1/users/me",
            get(async |headers: HeaderMap| match token(&headers) {
                Some(token) if is_good(token) => Json(account::profile()).into_response(),
                _ => problem(401, "token_expired", "Токен истёк."),
            })
            .merge(
                MethodRouter::new()
                    .patch(account::change)
                    .delete(account::close)
                    .layer(middleware::from_fn(refuse_strangers)),
            ),
        )
        .route(
            "/auth/api/v1/sessions/refresh",
            post(async |Json(body): Json<Value>| match body["refresh_token"].as_str() {
                Some("old-refresh") => Json(tokens("new")).into_response(),
                Some("down-refresh") => problem(503, "engine_unavailable", "Позже."),
                _ => problem(401, "refresh_reused", "Сессия завершена."),
            }),
        )
        .route(
            "/auth/api/v1/sessions/login",
            post(async |Json(body): Json<Value>| match (body["login"].as_str(), body["password"].as_str()) {
                (Some("anna"), Some("right password")) => Json(tokens("good")).into_response(),
                (Some("careful"), _) => {
                    Json(json!({ "mfa_required": true, "mfa_token": "waiting", "methods": ["totp"] }))
                        .into_response()
                }
                (Some("hasty"), _) => {
                    let mut refusal = problem(429, "too_many_attempts", "Слишком часто.");
                    refusal.headers_mut().insert(header::RETRY_AFTER, 30.into());
                    refusal
                }
                _ => problem(401, "bad_credentials", "Неверное имя или пароль."),
            }),
        )
        .route(
            "/auth/api/v1/sessions/mfa",
            post(async |Json(body): Json<Value>| match (body["mfa_token"].as_str(), body["code"].as_str()) {
                (Some("waiting"), Some("123 456")) => Json(tokens("good")).into_response(),
                (Some("waiting"), _) => problem(401, "bad_code", "Неверный код."),
                _ => problem(401, "mfa_token_invalid", "Войдите снова."),
            }),
        )
        .route(
            "/auth/api/v1/sessions/register",
            post(async |Json(body): Json<Value>| match body["email"].as_str() {
                Some("odd") => {
                    let error = json!({ "field": "email", "code": "invalid", "message": "Это не адрес." });
                    let body =
                        json!({ "code": "validation_failed", "detail": "См. errors.", "errors": [error] });
                    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
                }
                Some("taken@example.org") => problem(409, "email_taken", "Адрес уже занят."),
                _ => (StatusCode::CREATED, Json(json!({ "user": {}, "session": tokens("good") })))
                    .into_response(),
            }),
        )
        .route(
            "/auth/api/v1/sessions/logout",
            post(async |headers: HeaderMap| match token(&headers) {
                Some(token) if is_good(token) => StatusCode::NO_CONTENT.into_response(),
                _ => problem(401, "token_missing", "Войдите."),
            }),
        )
        .merge(passkeys())
        .merge(account::owner())
        .merge(account::anyone())
        .layer(middleware::from_fn_with_state(calls, note))
}

/// Passkeys: the password is asked for, the ceremony is `c1`, the right answer is `{"id": "good"}`.
fn passkeys() -> Router {
    let begun = || Json(json!({ "ceremony_id": "c1", "options": { "challenge": "x" } })).into_response();
    let confirmed = |body: &Value| body["password"] == "right password";
    let refusal = |body: &Value| {
        if body["password"].is_null() {
            return problem(403, "fresh_sign_in_required", "Пришлите пароль в поле password.");
        }
        let error = json!({ "field": "password", "code": "wrong", "message": "Неверный пароль." });
        let body = json!({ "code": "validation_failed", "detail": "См. errors.", "errors": [error] });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    };
    let is_right = |body: &Value| body["ceremony_id"] == "c1" && body["credential"]["id"] == "good";
    Router::new()
        .route(
            "/auth/api/v1/passkeys",
            get(async || {
                Json(json!({ "items": [
                    { "id": PASSKEY, "name": "Телефон", "created_at": "2026-01-01T10:00:00Z",
                      "last_used_at": "2026-01-02T10:00:00Z" },
                    { "id": HOSTILE_PASSKEY, "name": HOSTILE, "created_at": "2026-01-01T10:00:00Z",
                      "last_used_at": null },
                ] }))
            }),
        )
        .route(
            "/auth/api/v1/passkeys/registration",
            post(
                async move |Json(body): Json<Value>| if confirmed(&body) { begun() } else { refusal(&body) },
            ),
        )
        .route(
            "/auth/api/v1/passkeys/registration/finish",
            post(async move |Json(body): Json<Value>| {
                let is_named = body["name"] == "Phone" || body["name"].is_null();
                if is_right(&body) && is_named {
                    (StatusCode::CREATED, Json(json!({}))).into_response()
                } else {
                    problem(409, "passkey_exists", "Уже добавлен.")
                }
            }),
        )
        .route(
            "/auth/api/v1/passkeys/{id}",
            delete(async move |Path(id): Path<String>, Json(body): Json<Value>| match id.as_str() {
                _ if !confirmed(&body) => refusal(&body),
                PASSKEY => StatusCode::NO_CONTENT.into_response(),
                _ => problem(404, "passkey_not_found", "Нет."),
            }),
        )
        .layer(middleware::from_fn(refuse_strangers))
        .route("/auth/api/v1/sessions/passkey", post(async move || begun()))
        .route(
            "/auth/api/v1/sessions/passkey/finish",
            post(async move |Json(body): Json<Value>| {
                if is_right(&body) {
                    Json(tokens("good")).into_response()
                } else {
                    problem(401, "passkey_rejected", "Ключ не подошёл.")
                }
            }),
        )
}

pub async fn refuse_strangers(request: Request, next: Next) -> Response {
    if !token(request.headers()).is_some_and(is_good) {
        return problem(401, "token_missing", "Войдите.");
    }
    next.run(request).await
}
