//! A service of a test's own, without an API and without workers, and mail that answers as it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use kino_domain::{Clock, Entropy, Language, UserId};
use kino_engine::{
    Database, Mail, cache,
    mail::{Letter, MailError},
};
use kino_token::{KeySource, TokenGate, TokenPolicy, Visitors};
use kino_upstream::Upstreams;
use tempfile::TempDir;

use crate::{
    Auth, AuthParts, AuthSettings, SigningAlgorithm, account,
    letters::Kind,
    store::{NewUser, QueuedLetter, letters, users},
};

/// Mail that takes what it is given, unless it is told to answer otherwise.
#[derive(Debug, Default)]
pub(crate) struct TestMail {
    answers: Mutex<VecDeque<MailError>>,
    taken: Mutex<Vec<Letter>>,
}

#[async_trait]
impl Mail for TestMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        // Others get their turn in the middle of it.
        tokio::task::yield_now().await;
        let answer = self.answers.lock().unwrap().pop_front();
        if answer.is_none() {
            self.taken.lock().unwrap().push(letter.clone());
        }
        answer.map_or(Ok(()), Err)
    }

    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }

    fn engine_name(&self) -> &'static str {
        "test"
    }
}

impl TestMail {
    pub(crate) fn will_answer(&self, error: MailError) {
        self.answers.lock().unwrap().push_back(error);
    }

    pub(crate) fn taken(&self) -> Vec<Letter> {
        self.taken.lock().unwrap().clone()
    }
}

async fn open(folder: &Path, mail: &Arc<TestMail>, clock: &Clock) -> Auth {
    let policy = TokenPolicy {
        issuer: "test".into(),
        audience: "test".into(),
        access_lifetime: TimeDelta::minutes(20),
    };
    let upstreams = Upstreams::new();
    let keys = KeySource::new(upstreams.service("auth"));
    let visitors = Visitors::new(upstreams.service("auth"));
    Auth::open(AuthParts {
        database: Database::open(&format!("sqlite:{}", folder.display()), "auth").await.unwrap(),
        cache: cache::open("memory:").await.unwrap(),
        mail: Arc::clone(mail) as Arc<dyn Mail>,
        origin: "https://cinema.example".to_owned(),
        gate: TokenGate::new(keys, visitors, policy, clock.clone()),
        keys: folder.join("keys"),
        settings: AuthSettings {
            access_token_minutes: 20,
            refresh_token_days: 30,
            signing_algorithm: SigningAlgorithm::Rs256,
            rotate_keys_days: 0,
            keys_dir: PathBuf::new(),
            hashing_threads: 1,
            hashing_queue: 1,
            history_months: 12,
        },
        limits: true,
        social: BTreeMap::new(),
        secure_cookies: false,
        clock: clock.clone(),
        entropy: Entropy::system(),
    })
    .await
    .unwrap()
}

/// A service with one account: anna, anna@example.org, without a password.
pub(crate) struct TestService {
    pub(crate) auth: Auth,
    pub(crate) mail: Arc<TestMail>,
    pub(crate) clock: Clock,
    folder: TempDir,
}

impl TestService {
    pub(crate) async fn start() -> Self {
        let (folder, mail) = (TempDir::new().unwrap(), Arc::new(TestMail::default()));
        let clock = Clock::manual(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        let auth = open(folder.path(), &mail, &clock).await;
        let new = NewUser {
            id: UserId::generate(&clock, &auth.entropy),
            username: account::username("anna").unwrap(),
            email: account::email("anna@example.org").unwrap(),
            email_verified: false,
            password_hash: None,
            first_name: None,
            last_name: None,
            gender: None,
            timezone: None,
            language: None,
        };
        let tx = auth.database.begin().await.unwrap();
        users::insert(&tx, new, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        Self { auth, mail, clock, folder }
    }

    /// Another process of the same service, with the same mail.
    pub(crate) async fn beside(&self) -> Auth {
        open(self.folder.path(), &self.mail, &self.clock).await
    }

    /// Puts a letter that lets the account with this address choose a password into the queue.
    pub(crate) async fn ask_for_reset(&self, address: &str) {
        let tx = self.auth.database.begin().await.unwrap();
        let address = account::email(address).unwrap();
        self.auth.write_to_address(&tx, address, Kind::ResetPassword, Language::En).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The letters that wait, due or not.
    pub(crate) async fn waiting(&self) -> Vec<QueuedLetter> {
        let end_of_time = self.clock.now() + TimeDelta::days(365);
        letters::due(self.auth.database.read(), end_of_time, 1000).await.unwrap()
    }
}
