//! The stand-in for what the accounts offer their owners. The right password is `right password`, the right code
//! `123456`, the good link `good-link`.

use axum::{
    Json, Router,
    extract::Path,
    http::StatusCode,
    middleware,
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use http::header;
use serde_json::{Value, json};

use crate::services::{HOSTILE, problem, refuse_strangers};

/// Another device that is signed in.
pub const DEVICE: &str = "01900000-0000-7000-8000-0000000000d2";

fn wrong(field: &str, message: &str) -> Response {
    let error = json!({ "field": field, "code": "wrong", "message": message });
    let body = json!({ "code": "validation_failed", "detail": "См. errors.", "errors": [error] });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn is_owner(body: &Value) -> bool {
    body["password"] == "right password"
}

/// What is for the owner alone.
pub fn owner() -> Router {
    Router::new()
        .route("/auth/api/v1/users/me/password", post(change_password))
        .route("/auth/api/v1/users/me/export", get(export))
        .route("/auth/api/v1/email/verify/send", post(async || StatusCode::ACCEPTED))
        .route("/auth/api/v1/sessions", get(devices))
        .route("/auth/api/v1/sessions/entry-history", get(history))
        .route(
            "/auth/api/v1/sessions/logout-all",
            post(
                async |Json(body): Json<Value>| {
                    if body["keep_current"] == true { done() } else { problem(400, "unexpected", "Все?") }
                },
            ),
        )
        .route(
            "/auth/api/v1/sessions/{id}",
            delete(
                async |Path(id): Path<String>| {
                    if id == DEVICE { done() } else { problem(404, "session_not_found", "Нет.") }
                },
            ),
        )
        .merge(authenticator())
        .route(
            "/auth/api/v1/social/links",
            get(async || {
                Json(json!({ "items": [{ "provider": "vk", "title": "VK ID", "email": HOSTILE,
                    "linked_at": "2026-01-01T10:00:00Z", "last_used_at": "2026-01-01T10:00:00Z" }] }))
            }),
        )
        .route(
            "/auth/api/v1/social/{provider}",
            delete(async |Path(name): Path<String>| match name.as_str() {
                "vk" => done(),
                _ => problem(409, "last_way_in", "Это единственный способ войти."),
            }),
        )
        .route("/auth/api/v1/social/{provider}/login", get(leave))
        .layer(middleware::from_fn(refuse_strangers))
}

/// What is for anyone.
pub fn anyone() -> Router {
    let spend = |body: &Value| {
        if body["token"] == "good-link" {
            done()
        } else {
            problem(422, "link_invalid", "Ссылка уже не работает.")
        }
    };
    Router::new()
        .route(
            "/auth/api/v1/password/forgot",
            post(async |Json(body): Json<Value>| match body["email"].as_str() {
                Some("anna@example.org") => StatusCode::ACCEPTED.into_response(),
                _ => wrong("email", "Это не адрес."),
            }),
        )
        .route(
            "/auth/api/v1/password/reset",
            post(async move |Json(body): Json<Value>| {
                if body["new_password"] == "password" {
                    wrong("new_password", "Слишком простой.")
                } else {
                    spend(&body)
                }
            }),
        )
        .route("/auth/api/v1/email/verify", post(async move |Json(body): Json<Value>| spend(&body)))
        .route(
            "/auth/api/v1/social",
            get(async || {
                Json(json!({ "items": [
                    { "name": "vk", "title": "VK ID", "login_url": "https://kino.example/vk" },
                    { "name": "yandex", "title": "Яндекс ID", "login_url": "https://kino.example/yandex" },
                ] }))
            }),
        )
}

/// The account of the good token.
pub fn profile() -> Value {
    json!({
        "username": "<anna>", "email": "anna@example.org", "email_verified": false, "first_name": "Анна",
        "last_name": null, "gender": null, "timezone": "Europe/Moscow", "language": "ru", "roles": ["SUB_USER"],
        "created_at": "2026-01-01T00:00:00Z",
    })
}

pub async fn change(Json(body): Json<Value>) -> Response {
    if body["username"] == "taken" {
        return problem(409, "username_taken", "Имя занято.");
    }
    if body["email"] != "anna@example.org" && body["current_password"] != "right password" {
        return wrong("current_password", "Нужен текущий пароль.");
    }
    match (&body["last_name"], body["language"].as_str()) {
        (Value::Null, Some("en")) => Json(profile()).into_response(),
        _ => problem(400, "unexpected", "Фамилия?"),
    }
}

pub async fn close(Json(body): Json<Value>) -> Response {
    if is_owner(&body) { done() } else { wrong("password", "Это не текущий пароль.") }
}

async fn change_password(Json(body): Json<Value>) -> Response {
    match (body["current_password"].as_str(), body["new_password"].as_str()) {
        (Some("right password"), Some("password")) => wrong("new_password", "Слишком простой."),
        (Some("right password"), Some(_)) => done(),
        _ => wrong("current_password", "Это не текущий пароль."),
    }
}

async fn export() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"kinoservice.json\""),
    ];
    (headers, "{\"auth\":{}}").into_response()
}

async fn devices() -> Json<Value> {
    let device = |id: &str, user_agent: &str, current: bool| {
        json!({ "id": id, "user_agent": user_agent, "device_type": "desktop", "ip": "192.0.2.7",
            "created_at": "2026-01-01T10:00:00Z", "last_seen_at": "2026-01-02T10:30:00Z", "current": current })
    };
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let items =
        [device("01900000-0000-7000-8000-0000000000d1", firefox, true), device(DEVICE, HOSTILE, false)];
    Json(json!({ "items": items, "total": 2, "page_number": 1, "page_size": 100 }))
}

async fn history() -> Json<Value> {
    let sign_in = |method: &str, success: bool| {
        json!({ "login_at": "2026-01-02T10:30:00Z", "user_agent": HOSTILE, "device_type": "other", "ip": "192.0.2.7",
            "method": method, "success": success })
    };
    let items = [sign_in("password+totp", true), sign_in("password", false)];
    Json(json!({ "items": items, "total": 45, "page_number": 1, "page_size": 20 }))
}

/// Not set up for `good-access`, set up for `new-access`: the caller is told apart by its token.
fn authenticator() -> Router {
    let codes = || Json(json!({ "recovery_codes": ["7K3D-9QXM-2B8T-R5WV"] })).into_response();
    Router::new()
        .route(
            "/auth/api/v1/mfa",
            get(async |headers: http::HeaderMap| {
                let is_set = headers[header::AUTHORIZATION] == "Bearer new-access";
                let since = is_set.then_some("2026-01-01T10:00:00Z");
                Json(json!({ "totp": is_set, "since": since, "recovery_codes_left": 7 }))
            }),
        )
        .route(
            "/auth/api/v1/mfa/totp/setup",
            post(async |Json(body): Json<Value>| {
                if is_owner(&body) {
                    Json(json!({ "secret": "GEZDGNBVGY3TQOJQ", "otpauth_url": "otpauth://totp/Kino:anna",
                    "qr_svg": "<svg onload=\"alert(1)\"/>" }))
                    .into_response()
                } else {
                    problem(403, "fresh_sign_in_required", "Пришлите пароль.")
                }
            }),
        )
        .route(
            "/auth/api/v1/mfa/totp/confirm",
            post(async move |Json(body): Json<Value>| match body["code"].as_str() {
                Some("123456") => codes(),
                Some("late") => problem(409, "totp_not_set_up", "Не подключено."),
                _ => wrong("code", "Неверный код."),
            }),
        )
        .route(
            "/auth/api/v1/mfa/recovery-codes",
            post(async move |Json(body): Json<Value>| {
                if is_owner(&body) || body["code"] == "123456" {
                    codes()
                } else {
                    wrong("password", "Неверный пароль.")
                }
            }),
        )
        .route(
            "/auth/api/v1/mfa/totp",
            delete(async move |Json(body): Json<Value>| {
                if is_owner(&body) { done() } else { wrong("password", "Неверный пароль.") }
            }),
        )
}

/// To the provider, or, where it does not answer, to the page that says so.
async fn leave(Path(provider): Path<String>, headers: http::HeaderMap, uri: http::Uri) -> Response {
    assert_eq!(uri.query(), Some("link=true&redirect_to=%2Faccount%2Fsecurity"));
    assert_eq!(headers[header::ACCEPT], "text/html");
    let away = |url: &str| {
        let headers = [(header::SET_COOKIE, "kino_social=secret; Path=/auth/api/v1/social".to_owned())];
        (StatusCode::SEE_OTHER, headers, Json(json!({ "authorize_url": url }))).into_response()
    };
    match provider.as_str() {
        "yandex" => away("https://provider.example/authorize?state=\"s\"&x=1"),
        "hostile" => away("javascript:alert(1)"),
        "down" => (StatusCode::SEE_OTHER, [(header::LOCATION, "/login?problem=x")]).into_response(),
        _ => problem(404, "provider_not_found", "Такого сервиса нет."),
    }
}
