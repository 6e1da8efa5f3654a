//! What the provider answers.

use std::{collections::HashMap, time::Duration};

use axum::{
    Form, Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::stream;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, CLIENT_SECRET, Fault, Grant, Shared};

type Fields = HashMap<String, String>;

/// VK's name for every device.
const DEVICE: &str = "device-1";

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/oidc/.well-known/openid-configuration", get(discovery))
        .route("/oidc/keys", get(keys))
        .route("/{kind}/authorize", get(authorize))
        .route("/oidc/token", post(token))
        .route("/oidc/userinfo", get(user_info))
        .route("/vk/oauth2/auth", post(vk_token))
        .route("/vk/oauth2/user_info", post(vk_user_info))
        .route("/yandex/token", post(yandex_token))
        .route("/yandex/info", get(yandex_info))
        .layer(middleware::from_fn_with_state(shared.clone(), going_wrong))
        .with_state(shared)
}

/// Notes what is asked, and answers in its place where the fault is in the answering.
async fn going_wrong(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let fault = {
        let mut state = shared.state.lock().unwrap();
        state.asked.push(path.clone());
        state.fault
    };
    // The viewer's own browser gets through.
    if path.ends_with("/authorize") {
        return next.run(request).await;
    }
    match fault {
        Some(Fault::ServerError) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::NotJson) => "<html>Hello</html>".into_response(),
        Some(Fault::Huge) => {
            let chunks = std::iter::repeat_with(|| Ok::<_, std::io::Error>(" ".repeat(64 * 1024)));
            Body::from_stream(stream::iter(chunks)).into_response()
        }
        Some(Fault::RedirectLoop) => Redirect::temporary(&path).into_response(),
        Some(Fault::Slow) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            next.run(request).await
        }
        _ => next.run(request).await,
    }
}

async fn discovery(State(shared): State<Shared>) -> Json<Value> {
    let fault = shared.state.lock().unwrap().fault;
    let base = match fault {
        Some(Fault::UnsafeEndpoints) => "http://identity.example".to_owned(),
        _ => shared.issuer(),
    };
    let issuer = if fault == Some(Fault::AnotherDocument) {
        "https://another.example".into()
    } else {
        shared.issuer()
    };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/authorize", shared.issuer()),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let keys: Vec<_> = shared.state.lock().unwrap().keys.iter().map(super::SigningKey::published).collect();
    Json(json!({"keys": keys}))
}

/// Nobody is asked: whoever sits there has said yes or no.
async fn authorize(
    State(shared): State<Shared>,
    Path(kind): Path<String>,
    Query(query): Query<Fields>,
) -> Response {
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    let mut state = shared.state.lock().unwrap();
    let is_good = get("response_type") == "code"
        && get("client_id") == CLIENT_ID
        && state.redirect_uris.contains(&get("redirect_uri"))
        && get("code_challenge_method") == "S256"
        && get("code_challenge").len() == 43
        && get("state").len() >= 32
        && (kind != "oidc"
            || get("nonce").len() >= 32 && get("scope").split(' ').any(|scope| scope == "openid"));
    if !is_good {
        return (StatusCode::BAD_REQUEST, format!("refused: {query:?}")).into_response();
    }
    let mut back = Url::parse(&get("redirect_uri")).unwrap();
    back.query_pairs_mut().append_pair("state", &get("state"));
    match state.user.clone() {
        None => {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "<b>no</b>");
        }
        Some(user) => {
            let grant = Grant {
                client_id: get("client_id"),
                redirect_uri: get("redirect_uri"),
                challenge: get("code_challenge"),
                nonce: query.get("nonce").cloned(),
                user,
            };
            let code = state.code_for(grant);
            back.query_pairs_mut().append_pair("code", &code);
        }
    }
    match kind.as_str() {
        "vk" => {
            back.query_pairs_mut().append_pair("device_id", DEVICE).append_pair("type", "code_v2");
        }
        "oidc" => {
            let another = state.fault == Some(Fault::AnotherSender);
            let issuer = if another { "https://another.example".to_owned() } else { shared.issuer() };
            back.query_pairs_mut().append_pair("iss", &issuer);
        }
        _ => {}
    }
    Redirect::to(back.as_str()).into_response()
}

async fn token(State(shared): State<Shared>, headers: HeaderMap, Form(form): Form<Fields>) -> Response {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let wanted = format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET));
    let wanted = format!("Basic {}", BASE64_STANDARD.encode(wanted));
    if headers.get(header::AUTHORIZATION).is_none_or(|given| *given != *wanted) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let Some(grant) = shared.spend(&form) else { return refused(StatusCode::BAD_REQUEST, "invalid_grant") };
    let access_token = shared.access_token(&grant);
    let state = shared.state.lock().unwrap();
    let id_token = state.id_token(&grant, &shared.issuer());
    let access_token = (state.fault != Some(Fault::NoAccessToken)).then_some(access_token);
    Json(json!({"access_token": access_token, "token_type": "Bearer", "id_token": id_token})).into_response()
}

async fn user_info(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let Some(mut user) = shared.whom(&headers, "Bearer ") else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_token");
    };
    if shared.state.lock().unwrap().fault == Some(Fault::TellsOfAnother) {
        user["sub"] = json!("another");
    }
    // The ID token may leave out what stands here.
    if let Some(email) = user["email_here"].as_str().map(str::to_owned) {
        user["email"] = json!(email);
    }
    Json(user).into_response()
}

async fn vk_token(State(shared): State<Shared>, Form(form): Form<Fields>) -> Response {
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    let is_good = is("client_id", CLIENT_ID) && is("device_id", DEVICE) && form.contains_key("state");
    let Some(grant) = shared.spend(&form).filter(|_| is_good) else {
        // As VK does it: an error with status 200.
        return refused(StatusCode::OK, "invalid_grant");
    };
    let access_token = shared.access_token(&grant);
    Json(json!({"access_token": access_token, "token_type": "Bearer", "state": form["state"], "user_id": 1}))
        .into_response()
}

async fn vk_user_info(State(shared): State<Shared>, Form(form): Form<Fields>) -> Response {
    let state = shared.state.lock().unwrap();
    let user = form.get("access_token").and_then(|token| state.tokens.get(token));
    let Some(user) = user.filter(|_| form.get("client_id").is_some_and(|id| id == CLIENT_ID)) else {
        return refused(StatusCode::OK, "invalid_token");
    };
    Json(json!({"user": {
        "user_id": user["sub"], "first_name": user["given_name"], "last_name": user["family_name"],
        "email": user["email"], "verified": true,
    }}))
    .into_response()
}

async fn yandex_token(State(shared): State<Shared>, Form(form): Form<Fields>) -> Response {
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    if !(is("client_id", CLIENT_ID) && is("client_secret", CLIENT_SECRET)) {
        return refused(StatusCode::BAD_REQUEST, "invalid_client");
    }
    let Some(grant) = shared.spend(&form) else { return refused(StatusCode::BAD_REQUEST, "invalid_grant") };
    Json(json!({"access_token": shared.access_token(&grant), "token_type": "bearer"})).into_response()
}

async fn yandex_info(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let Some(user) = shared.whom(&headers, "OAuth ") else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_token");
    };
    Json(json!({
        "id": user["sub"], "client_id": CLIENT_ID, "login": user["preferred_username"],
        "first_name": user["given_name"], "last_name": user["family_name"], "default_email": user["email"],
    }))
    .into_response()
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

impl Shared {
    fn issuer(&self) -> String {
        format!("http://{}/oidc", self.address)
    }

    /// The grant of a code, once, to whom it was given, where it was sent, with what proves that they asked for it.
    fn spend(&self, form: &Fields) -> Option<Grant> {
        let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let grant = self.state.lock().unwrap().codes.remove(get("code"))?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier")));
        let is_good = get("grant_type") == "authorization_code"
            && grant.client_id == CLIENT_ID
            && grant.redirect_uri == get("redirect_uri")
            && grant.challenge == challenge;
        is_good.then_some(grant)
    }

    fn access_token(&self, grant: &Grant) -> String {
        let mut state = self.state.lock().unwrap();
        let token = state.next("token");
        state.tokens.insert(token.clone(), grant.user.clone());
        token
    }

    /// Whom the token of a request tells of.
    fn whom(&self, headers: &HeaderMap, scheme: &str) -> Option<Value> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(scheme)?;
        self.state.lock().unwrap().tokens.get(token).cloned()
    }
}
