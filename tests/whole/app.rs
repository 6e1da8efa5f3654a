//! A platform of a test's own, and its people.

use std::{collections::HashMap, path::PathBuf, sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kino::{Platform, Settings, SettingsSource};
use kino_auth::{SuperuserForm, create_superuser};
use kino_domain::{Clock, Entropy};
use kino_node::Lifecycle;
use kino_testkit::{Answer, Client, ReceivedLetter, Request, TestDatabase};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const AUTH: &str = "/auth/api/v1";
pub(crate) const MOVIES: &str = "/async/api/v1";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A platform with the demo films, on a clock that the test moves.
pub(crate) struct TestApp {
    pub(crate) clock: Clock,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    platform: Platform,
    database: TestDatabase,
    /// How many letters of an address were read.
    read: Mutex<HashMap<String, usize>>,
    _data: TempDir,
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl TestApp {
    pub(crate) async fn start(database: TestDatabase) -> Self {
        Self::with(database, &[]).await
    }

    /// A platform with some settings changed.
    pub(crate) async fn with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let data = TempDir::new().unwrap();
        let mut environment = vec![
            ("KINO_DATA_DIR".to_owned(), data.path().display().to_string()),
            ("KINO_DATABASE".to_owned(), database.url().to_owned()),
            ("KINO_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("KINO_DEMO".to_owned(), "true".to_owned()),
        ];
        // The pair that grows together: PostgreSQL with Redis, SQLite with memory.
        if database.is_postgres()
            && let Some(redis) = kino_testkit::redis().await
        {
            environment.push(("KINO_CACHE".to_owned(), redis));
        }
        environment.retain(|(name, _)| settings.iter().all(|(changed, _)| changed != name));
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = SettingsSource { environment, ..SettingsSource::default() }.settings().unwrap();
        // The time of day matters to nothing; that it is not the machine's shows whoever asks the machine.
        let clock = Clock::manual(DateTime::<Utc>::from_timestamp(1_790_000_000, 123_456_000).unwrap());
        let platform = start(&settings, &clock).await;
        let client = Client::new(&platform.address);
        let read = Mutex::default();
        let app = Self { clock, client, settings, platform, database, read, _data: data };
        app.until_ready().await;
        app
    }

    /// Stops the platform and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(std::future::ready(())).await
    }

    /// The same with something between the two.
    pub(crate) async fn restart_after(mut self, meanwhile: impl Future<Output = ()>) -> Self {
        self.platform.stop().await;
        meanwhile.await;
        self.platform = start(&self.settings, &self.clock).await;
        self.client = Client::new(&self.platform.address);
        self.until_ready().await;
        self
    }

    pub(crate) async fn stop(self) {
        self.platform.stop().await;
        drop(self.database);
    }

    /// Where the site is, as a browser says it that makes passkeys.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.platform.address.port())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// All letters so far, in the order of sending.
    pub(crate) fn letters(&self) -> Vec<ReceivedLetter> {
        kino_testkit::letters(&self.settings.data_dir.join("mail"))
    }

    /// The next letter to this address, waited for: each call reads one.
    pub(crate) async fn letter_to(&self, address: &str) -> ReceivedLetter {
        let number = *self.read.lock().unwrap().get(address).unwrap_or(&0);
        let letter = until(&format!("a letter comes to {address}"), async || {
            self.letters().into_iter().filter(|letter| letter.to == address).nth(number)
        })
        .await;
        self.read.lock().unwrap().insert(address.to_owned(), number + 1);
        letter
    }

    /// The files of the keys that sign tokens, oldest first.
    pub(crate) fn key_files(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.settings.keys_folder()).unwrap().map(|file| file.unwrap().path());
        let mut keys: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|extension| extension == "pem")).collect();
        keys.sort();
        keys
    }

    async fn until_ready(&self) {
        until("the platform is ready", async || {
            let answer = self.client.get("/readyz").send().await;
            answer.status.is_success().then_some(())
        })
        .await;
    }

    /// Registers someone.
    pub(crate) async fn register(&self, username: &str) -> Person {
        let body =
            json!({"username": username, "email": format!("{username}@example.org"), "password": PASSWORD});
        let answer =
            self.client.post(&format!("{AUTH}/sessions/register"), &body).send().await.is(201).json();
        Person::of(&answer["session"])
    }

    /// Makes an administrator and signs them in.
    pub(crate) async fn administrator(&self) -> Person {
        let database = self.settings.open_database("auth").await.unwrap();
        let form = SuperuserForm {
            username: "boss".into(),
            email: "boss@example.org".into(),
            password: PASSWORD.into(),
        };
        let keys = self.settings.keys_folder();
        create_superuser(&database, &keys, form, &self.clock, &Entropy::system()).await.unwrap();
        database.close().await.unwrap();
        self.sign_in("boss").await
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Person {
        Person::of(&self.try_sign_in(login, PASSWORD).await.is(200).json())
    }

    pub(crate) async fn try_sign_in(&self, login: &str, password: &str) -> Answer {
        let body = json!({"login": login, "password": password});
        self.client.post(&format!("{AUTH}/sessions/login"), &body).send().await
    }

    /// The auth database, for what no endpoint shows. To be closed before the app is stopped.
    pub(crate) async fn auth_database(&self) -> kino_engine::Database {
        self.settings.open_database("auth").await.unwrap()
    }

    pub(crate) async fn try_refresh(&self, refresh_token: &str) -> Answer {
        let body = json!({"refresh_token": refresh_token});
        self.client.post(&format!("{AUTH}/sessions/refresh"), &body).send().await
    }

    pub(crate) async fn refresh(&self, person: &Person) -> Person {
        Person::of(&self.try_refresh(&person.refresh).await.is(200).json())
    }

    pub(crate) fn me(&self, access: &str) -> Request {
        self.client.get(&format!("{AUTH}/users/me")).bearer(access)
    }

    pub(crate) async fn change_role(
        &self,
        by: &Person,
        method: http::Method,
        who: &Person,
        role: &str,
    ) -> Answer {
        let path = format!("{AUTH}/users/{}/roles/{role}", who.id);
        self.client.request(method, &path).bearer(&by.access).send().await
    }

    /// GET of the Movies API, perhaps with a token, in English.
    pub(crate) async fn movies(&self, path: &str, as_whom: Option<&Person>) -> Answer {
        let request = self.client.get(&format!("{MOVIES}{path}"));
        match as_whom {
            Some(person) => request.bearer(&person.access).send().await,
            None => request.send().await,
        }
    }

    /// The id of the film of this English title, as an administrator finds it.
    pub(crate) async fn film(&self, administrator: &Person, title: &str) -> String {
        let query: String = title.replace(' ', "+").replace('&', "%26").replace(':', "%3A");
        let found =
            self.movies(&format!("/films/search?query={query}"), Some(administrator)).await.is(200).json();
        let items = found["items"].as_array().unwrap();
        let film =
            items.iter().find(|film| film["title"] == title).unwrap_or_else(|| panic!("{title}: {found}"));
        film["id"].as_str().unwrap().to_owned()
    }
}

impl Person {
    pub(crate) fn of(session: &Value) -> Self {
        let text = |name: &str| {
            session[name].as_str().unwrap_or_else(|| panic!("no {name} in {session}")).to_owned()
        };
        Self { id: text("user_id"), access: text("access_token"), refresh: text("refresh_token") }
    }
}

async fn start(settings: &Settings, clock: &Clock) -> Platform {
    Platform::start(settings, clock.clone(), Entropy::system(), Lifecycle::new()).await.unwrap()
}

/// The token in the link of a letter, which leads to this page of the site.
#[track_caller]
pub(crate) fn token_of(letter: &ReceivedLetter, page: &str) -> String {
    let link = letter.text.lines().find(|line| line.starts_with("http")).expect("a link");
    let (before, token) = link.split_once("?token=").expect("a token");
    assert!(before.starts_with("http://localhost:") && before.ends_with(page), "{link}");
    assert!(letter.html.as_ref().unwrap().contains(link), "the page has the same link");
    token.to_owned()
}

/// Asks again and again, at most a minute, until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came about that {what}");
}
