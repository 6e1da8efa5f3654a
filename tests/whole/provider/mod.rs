//! A provider of identities, over real HTTP: OpenID Connect, and the ways of VK and Yandex. It is honest and strict,
//! unless a test gives it a [`Fault`].

mod faults;
mod routes;
mod tokens;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::DateTime;
use kino_domain::Clock;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) use faults::Fault;
use tokens::SigningKey;

pub(crate) const CLIENT_ID: &str = "kino:site";
pub(crate) const CLIENT_SECRET: &str = "se cret%&";

/// A running provider. It ends with the test.
pub(crate) struct IdentityProvider {
    pub(crate) address: String,
    shared: Shared,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    address: String,
    state: Arc<Mutex<State>>,
}

struct State {
    clock: Clock,
    /// The exact addresses that viewers are sent back to.
    redirect_uris: Vec<String>,
    /// Who sits before the browser; none who says no.
    user: Option<Value>,
    fault: Option<Fault>,
    codes: HashMap<String, Grant>,
    /// Whom an access token tells of.
    tokens: HashMap<String, Value>,
    keys: Vec<SigningKey>,
    /// Paths that were asked for, in their order.
    asked: Vec<String>,
    made: u32,
}

/// What a code is good for.
#[derive(Clone, Debug)]
struct Grant {
    client_id: String,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    user: Value,
}

impl IdentityProvider {
    /// Starts one that knows the site of these addresses.
    pub(crate) async fn start(redirect_uris: &[String]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = State {
            clock: Clock::manual(DateTime::default()),
            redirect_uris: redirect_uris.to_vec(),
            user: Some(anna()),
            fault: None,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            keys: vec![SigningKey::rsa("first")],
            asked: Vec::new(),
            made: 0,
        };
        let shared = Shared { address: address.clone(), state: Arc::new(Mutex::new(state)) };
        let router = routes::router(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, shared, server }
    }

    /// The address that `kind` (oidc, vk, yandex) is configured with.
    pub(crate) fn url(&self, kind: &str) -> String {
        format!("http://{}/{kind}", self.address)
    }

    /// From now on its time is that of the platform.
    pub(crate) fn follow(&self, clock: &Clock) {
        self.state().clock = clock.clone();
    }

    /// Whoever comes next.
    pub(crate) fn seat(&self, user: Value) {
        self.state().user = Some(user);
    }

    /// Whoever comes next says no.
    pub(crate) fn deny(&self) {
        self.state().user = None;
    }

    pub(crate) fn misbehave(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    pub(crate) fn behave(&self) {
        self.state().fault = None;
    }

    /// Signs with another key from now on, of another kind.
    pub(crate) fn rotate_keys(&self) {
        self.state().keys = vec![SigningKey::ed25519("second")];
    }

    /// A code that was given to another client of the provider.
    pub(crate) fn code_of_another_client(&self) -> String {
        let grant = Grant {
            client_id: "another".to_owned(),
            redirect_uri: "https://another.example/callback".to_owned(),
            challenge: String::new(),
            nonce: None,
            user: anna(),
        };
        self.state().code_for(grant)
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|asked| *asked == path).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn code_for(&mut self, grant: Grant) -> String {
        let code = self.next("code");
        self.codes.insert(code.clone(), grant);
        code
    }

    /// A word that was not given before.
    fn next(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }
}

/// Someone with an address that the provider has proven.
pub(crate) fn anna() -> Value {
    json!({
        "sub": "1000", "email": "anna@example.org", "email_verified": true, "preferred_username": "anna",
        "given_name": "Анна", "family_name": "Каренина",
    })
}

/// Someone else.
pub(crate) fn person(sub: &str, name: &str) -> Value {
    json!({
        "sub": sub, "email": format!("{name}@example.org"), "email_verified": true, "preferred_username": name,
    })
}
