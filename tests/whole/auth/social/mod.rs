//! Signing in at a provider, which the tests run themselves.

mod accounts;
mod attacks;
mod journeys;
mod linking;

use kino_testkit::{Answer, Client, Request, TestDatabase};
use sea_orm::{ConnectionTrait as _, prelude::Uuid, sea_query::Query};
use serde_json::Value;
use url::form_urlencoded;

use crate::{
    app::{AUTH, Person, TestApp},
    provider::{CLIENT_ID, CLIENT_SECRET, IdentityProvider},
};

/// Where the site says it is. Nobody is there: the test is the browser, and knows better.
const SITE: &str = "https://cinema.example";
const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const JSON: &str = "application/json";

/// A platform whose viewers may sign in at a provider: as `idp`, `vk` and `yandex`.
struct Site {
    app: TestApp,
    provider: IdentityProvider,
}

/// Someone on the way to the provider.
#[derive(Clone, Debug)]
struct Away {
    authorize_url: String,
    /// What was handed out, as a request carries it.
    cookie: String,
}

impl Site {
    async fn start(database: TestDatabase) -> Self {
        Self::with(database, &[]).await
    }

    async fn with(database: TestDatabase, more: &[(&str, &str)]) -> Self {
        let callback = |name: &str| format!("{SITE}{AUTH}/social/{name}/callback");
        let provider = IdentityProvider::start(&["idp", "vk", "yandex"].map(callback)).await;
        let (oidc, vk, yandex) = (provider.url("oidc"), provider.url("vk"), provider.url("yandex"));
        let mut settings = vec![
            ("KINO_PUBLIC_URL", SITE),
            ("KINO_SOCIAL__IDP__ISSUER", &oidc),
            ("KINO_SOCIAL__IDP__CLIENT_ID", CLIENT_ID),
            ("KINO_SOCIAL__IDP__CLIENT_SECRET", CLIENT_SECRET),
            ("KINO_SOCIAL__VK__ISSUER", &vk),
            ("KINO_SOCIAL__VK__CLIENT_ID", CLIENT_ID),
            ("KINO_SOCIAL__VK__CLIENT_SECRET", CLIENT_SECRET),
            ("KINO_SOCIAL__YANDEX__ISSUER", &yandex),
            ("KINO_SOCIAL__YANDEX__CLIENT_ID", CLIENT_ID),
            ("KINO_SOCIAL__YANDEX__CLIENT_SECRET", CLIENT_SECRET),
        ];
        settings.extend(more);
        let app = TestApp::with(database, &settings).await;
        provider.follow(&app.clock);
        Self { app, provider }
    }

    /// Begins at the site.
    async fn try_leave(&self, name: &str, query: &str, accept: &str, as_whom: Option<&Person>) -> Answer {
        let path = format!("{AUTH}/social/{name}/login{query}");
        let request = self.app.client.get(&path).header("accept", accept);
        match as_whom {
            Some(person) => request.bearer(&person.access).send().await,
            None => request.send().await,
        }
    }

    async fn leave(&self, name: &str, accept: &str) -> Away {
        Away::of(&self.try_leave(name, "", accept, None).await)
    }

    async fn leave_to_link(&self, name: &str, accept: &str, person: &Person) -> Away {
        Away::of(&self.try_leave(name, "?link=true&redirect_to=/films", accept, Some(person)).await)
    }

    /// Goes to the provider and does as it says; gives the path to come back by.
    async fn visit_provider(&self, away: &Away) -> String {
        let path = away.authorize_url.strip_prefix(&format!("http://{}", self.provider.address)).unwrap();
        let answer = Client::new(&self.provider.address).get(path).send().await.is(303);
        answer.header("location").strip_prefix(SITE).unwrap().to_owned()
    }

    /// A request of a program that comes back.
    fn come_back(&self, path: &str) -> Request {
        self.app.client.get(path).header("accept", JSON).header("accept-language", "en")
    }

    /// A request of a browser that comes back, and carries a cookie.
    fn come_back_browsing(&self, path: &str, cookie: &str) -> Request {
        self.app
            .client
            .get(path)
            .header("accept", HTML)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "cross-site")
            .header("cookie", cookie)
    }

    /// The whole way, as a program.
    async fn try_sign_in(&self, name: &str) -> Answer {
        let away = self.leave(name, JSON).await;
        let path = self.visit_provider(&away).await;
        self.come_back(&path).send().await
    }

    async fn sign_in(&self, name: &str) -> Person {
        Person::of(&self.try_sign_in(name).await.is(200).json())
    }

    /// Links whoever sits at the provider to an account, as a program.
    async fn try_link(&self, name: &str, person: &Person) -> Answer {
        let away = self.leave_to_link(name, JSON, person).await;
        let path = self.visit_provider(&away).await;
        self.come_back(&path).bearer(&person.access).send().await
    }

    async fn unlink(&self, name: &str, person: &Person) -> Answer {
        let path = format!("{AUTH}/social/{name}");
        self.app.client.request(http::Method::DELETE, &path).bearer(&person.access).send().await
    }

    /// The providers that know someone.
    async fn links(&self, person: &Person) -> Vec<String> {
        let links = self
            .app
            .client
            .get(&format!("{AUTH}/social/links"))
            .bearer(&person.access)
            .send()
            .await
            .is(200)
            .json();
        let items = links["items"].as_array().unwrap();
        items.iter().map(|link| link["provider"].as_str().unwrap().to_owned()).collect()
    }

    async fn me(&self, person: &Person) -> Value {
        self.app.me(&person.access).send().await.is(200).json()
    }

    async fn stop(self) {
        self.app.stop().await;
    }
}

impl Away {
    fn of(answer: &Answer) -> Self {
        let answer = answer.clone().is(303);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { authorize_url: answer.header("location").to_owned(), cookie }
    }
}

/// Gives an account a passkey, without the ceremony.
async fn insert_passkey(app: &TestApp, person: &Person) {
    let auth = app.auth_database().await;
    let tx = auth.begin().await.unwrap();
    let (id, now) = (Uuid::from_u128(7), app.clock.now());
    let columns = ["id", "user_id", "credential_id", "transports", "key", "state", "name", "created_at"];
    let (user_id, bytes): (Uuid, Vec<u8>) = (person.id.parse().unwrap(), vec![1]);
    let row = [
        id.into(),
        user_id.into(),
        bytes.clone().into(),
        0i16.into(),
        bytes.clone().into(),
        bytes.into(),
        "Phone".into(),
        now.into(),
    ];
    tx.execute(Query::insert().into_table("passkeys").columns(columns).values_panic(row)).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
}

/// A parameter of an address.
fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// An address with a parameter changed.
fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let (path, query) = address.split_once('?').unwrap();
    let mut changed = form_urlencoded::Serializer::new(String::new());
    for (own, old) in form_urlencoded::parse(query.as_bytes()) {
        changed.append_pair(&own, if own == name { value } else { &old });
    }
    format!("{path}?{}", changed.finish())
}
