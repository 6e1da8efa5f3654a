//! What every engine does alike: tests of the port, written once and run on each engine.

mod access;
mod audit;
mod filters;
mod orders;
mod rebuilding;
mod sharing;
mod storage;
mod words;

use std::{ops::Deref, sync::Arc};

use chrono::DateTime;
use kino_domain::{AccessLevel, FilmId, GenreId, Localized, PersonId};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    IndexError, PersonCard, SearchUrl,
    engine::{
        Batch, Engine, Found, LogPlace, Order, PageStart, Place, SuggestWanted, Suggested, Wanted,
        WantedFacets,
    },
    library::{cards, wanted},
};
use crate::film::{Credit, Film, Genre, Kind, Person, PersonRole};

/// An engine of a test's own, empty.
pub(super) struct TestEngine {
    engine: Engine,
    url: SearchUrl,
    // Removed when the test ends.
    folder: Option<TempDir>,
}

impl TestEngine {
    pub(super) async fn tantivy() -> Self {
        let folder = TempDir::new().unwrap();
        kino_testkit::used("tantivy (embedded)");
        Self::open(SearchUrl::Tantivy(folder.path().join("search")), Some(folder)).await
    }

    /// None where there is no OpenSearch.
    pub(super) async fn opensearch() -> Option<Self> {
        let url = kino_testkit::opensearch().await?;
        Some(Self::open(url.parse().unwrap(), None).await)
    }

    async fn open(url: SearchUrl, folder: Option<TempDir>) -> Self {
        Self { engine: super::open(&url).await.unwrap(), url, folder }
    }

    /// As a process does that ends and starts again, on the same log.
    async fn reopen(self) -> Self {
        let Self { engine, url, folder } = self;
        engine.close().await.unwrap();
        drop(engine);
        let reopened = Self::open(url, folder).await;
        if reopened.engine.place().await.unwrap() != Place::Empty {
            reopened.engine.trust();
        }
        reopened
    }

    /// Another process beside this one.
    async fn beside(&self) -> Engine {
        super::open(&self.url).await.unwrap()
    }

    /// Built of these documents.
    async fn with(self, films: &[Film], persons: &[PersonCard]) -> Self {
        let batch = Batch { films: cards(films), persons: persons.to_vec(), ..Batch::default() };
        let mut making = self.engine.rebuild().await.unwrap();
        assert_eq!(making.add(batch).await.unwrap(), []);
        making.finish(place(1)).await.unwrap();
        self
    }
}

impl Deref for TestEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// Makes, of `async fn name(engine: TestEngine)`, one test on each engine.
macro_rules! on_every_engine {
    ($($name:ident),+ $(,)?) => {
        mod tantivy {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(super::super::TestEngine::tantivy().await).await;
                }
            )+
        }
        mod opensearch {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    if let Some(engine) = super::super::TestEngine::opensearch().await {
                        super::$name(engine).await;
                    }
                }
            )+
        }
    };
}
use on_every_engine;

const LOG: Uuid = Uuid::from_u128(0x0106);

fn place(position: i64) -> LogPlace {
    LogPlace { log: LOG, position }
}

fn film_id(number: u128) -> FilmId {
    FilmId(Uuid::from_u128(0x0f11_0000_0000_7000_8000_0000_0000_0000 | number))
}

fn genre_id(number: u128) -> GenreId {
    GenreId(Uuid::from_u128(number))
}

fn person_id(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

/// A film that everyone may see.
fn film(number: u128, ru: &str, en: &str) -> Film {
    Film {
        id: film_id(number),
        kind: Kind::Movie,
        title: Localized::both(ru, en),
        original_title: None,
        description: Localized::default(),
        year: None,
        access: AccessLevel::Free,
        imdb_rating: None,
        votes: 0,
        duration_minutes: None,
        seasons: None,
        episodes: None,
        age_rating: None,
        poster_url: None,
        video_url: None,
        countries: Vec::new(),
        genres: Vec::new(),
        keywords: Vec::new(),
        people: Vec::new(),
        version: 1,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn genre(number: u128, ru: &str, en: &str) -> Genre {
    Genre { id: genre_id(number), name: Localized::both(ru, en) }
}

fn director(number: u128, ru: &str, en: &str) -> Credit {
    let person = Person { id: person_id(number), full_name: Localized::both(ru, en) };
    Credit { person: Arc::new(person), role: PersonRole::Director }
}

fn card(number: u128, ru: &str, en: &str, levels: &[AccessLevel]) -> PersonCard {
    let full_name = Localized::both(ru, en);
    PersonCard { id: person_id(number), full_name, votes: 0, levels: levels.to_vec() }
}

/// The numbers of the films that are found, in their order.
async fn numbers(engine: &Engine, wanted: Wanted) -> Vec<u128> {
    numbers_in(&engine.search(wanted).await.unwrap())
}

fn numbers_in(found: &Found) -> Vec<u128> {
    found.films.iter().map(|film| number_of(*film)).collect()
}

fn number_of(film: FilmId) -> u128 {
    film.0.as_u128() & 0xffff_ffff
}

async fn suggested(engine: &Engine, query: &str, visible: &[AccessLevel]) -> Vec<Suggested> {
    let wanted = SuggestWanted { query: query.to_owned(), visible: visible.to_vec(), limit: 10 };
    engine.suggest(wanted).await.unwrap()
}
