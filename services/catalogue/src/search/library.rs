//! Films to test engines with: the demo films, and the real ones of the test data.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::Arc,
};

use chrono::DateTime;
use kino_domain::{AccessLevel, FilmId, GenreId, Localized, PersonId, fold};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Batch, FilmCard, LogPlace, Order, PageStart, PersonCard, Tantivy, Wanted, WantedFacets,
    engine::SearchEngine,
};
use crate::{
    film::{Credit, Film, Genre, Person, PersonRole},
    genre_names,
    import::{ImportedFilm, ImportedGenre, ImportedPerson, Lines, Source as _},
};

/// A page of all that someone finds who may see everything.
pub(crate) fn wanted(query: &str) -> Wanted {
    Wanted {
        query: query.to_owned(),
        visible: AccessLevel::ALL.to_vec(),
        access: None,
        genres: Vec::new(),
        person: None,
        country: None,
        year_from: None,
        year_to: None,
        order: Order::Relevance,
        start: PageStart::Offset(0),
        limit: 50,
        facets: WantedFacets::default(),
    }
}

/// Films and their people, as the database would tell an engine of them.
pub(crate) struct Library {
    pub(crate) films: Vec<Film>,
    pub(crate) persons: Vec<PersonCard>,
}

impl Library {
    pub(crate) fn demo() -> Self {
        Self::of(Lines::of("the demo films", include_str!("../../demo/films.jsonl")))
    }

    /// The 15 thousand real films of the test data, where they are there.
    pub(crate) fn real() -> Option<Self> {
        let data = kino_testkit::test_data()?;
        Some(Self::of(Lines::open(&data.join("catalog/films.jsonl.gz")).unwrap()))
    }

    fn of(mut lines: Lines) -> Self {
        let mut films = Vec::new();
        loop {
            let batch = lines.batch(AccessLevel::Free).unwrap();
            assert_eq!(batch.bad, []);
            films.extend(batch.films.into_iter().map(film));
            if batch.is_last {
                break;
            }
        }
        let mut persons: BTreeMap<PersonId, PersonCard> = BTreeMap::new();
        for film in &films {
            for credit in &film.people {
                let Person { id, full_name } = Person::clone(&credit.person);
                let card =
                    persons.entry(id).or_insert(PersonCard { id, full_name, votes: 0, levels: Vec::new() });
                card.votes = card.votes.max(film.votes);
                let levels: BTreeSet<_> = card.levels.iter().copied().chain([film.access]).collect();
                card.levels = levels.into_iter().collect();
            }
        }
        Self { films, persons: persons.into_values().collect() }
    }

    /// Puts all of it into an empty engine.
    pub(crate) async fn put_into(&self, engine: &dyn SearchEngine) {
        let (films, persons) = (cards(&self.films), self.persons.clone());
        let place = LogPlace { log: Uuid::nil(), position: 0 };
        engine.rebuild().await.unwrap().finish(place).await.unwrap();
        engine.put(Batch { films, persons, ..Batch::default() }).await.unwrap();
        engine.commit(place).await.unwrap();
    }

    /// An index with all of it.
    pub(crate) async fn in_tantivy(&self) -> (Tantivy, TempDir) {
        let folder = TempDir::new().unwrap();
        let engine = Tantivy::open(Path::new(folder.path())).unwrap();
        self.put_into(&engine).await;
        (engine, folder)
    }

    /// The film of this English title.
    #[track_caller]
    pub(crate) fn film(&self, title: &str) -> &Film {
        let same = |film: &&Film| film.title.en.as_deref() == Some(title);
        self.films.iter().find(same).unwrap_or_else(|| panic!("no film {title}"))
    }

    /// "Solaris (1972)", or without the year where it is not known.
    pub(crate) fn name(film: &Film) -> String {
        let title = film.title.en.as_deref().or(film.title.ru.as_deref()).unwrap_or_default();
        film.year.map_or_else(|| title.to_owned(), |year| format!("{title} ({year})"))
    }

    /// The names of films, for people to read.
    pub(crate) fn names(&self, ids: &[FilmId]) -> Vec<String> {
        let films: HashMap<FilmId, &Film> = self.films.iter().map(|film| (film.id, film)).collect();
        ids.iter().map(|id| Self::name(films[id])).collect()
    }

    /// The English name of a person.
    pub(crate) fn person(&self, id: PersonId) -> &str {
        let person = self.persons.iter().find(|person| person.id == id).unwrap();
        person.full_name.en.as_deref().unwrap_or_default()
    }
}

/// Films as an engine is told of them.
pub(crate) fn cards(films: &[Film]) -> Vec<FilmCard> {
    films.iter().map(FilmCard::from).collect()
}

fn film(line: ImportedFilm) -> Film {
    let credits = |people: Vec<ImportedPerson>, role| {
        people.into_iter().map(move |imported| Credit { person: Arc::new(person(imported)), role })
    };
    Film {
        id: line.id,
        kind: line.kind,
        title: line.title,
        original_title: line.original_title,
        description: line.description,
        year: line.year,
        access: line.access,
        imdb_rating: line.imdb_rating,
        votes: line.votes,
        duration_minutes: line.duration_minutes,
        seasons: line.seasons,
        episodes: line.episodes,
        age_rating: line.age_rating,
        poster_url: line.poster_url,
        video_url: line.video_url,
        countries: line.countries,
        genres: line.genres.iter().map(genre).collect(),
        keywords: line.keywords,
        people: credits(line.directors, PersonRole::Director)
            .chain(credits(line.writers, PersonRole::Writer))
            .chain(credits(line.actors, PersonRole::Actor))
            .collect(),
        version: 1,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn genre(imported: &ImportedGenre) -> Genre {
    let name = imported.name.en.as_deref().or(imported.name.ru.as_deref()).unwrap_or_default();
    let (key, name) = genre_names::recognize(name);
    Genre { id: GenreId(named("genre", &key)), name }
}

fn person(imported: ImportedPerson) -> Person {
    let Localized { ru, en } = &imported.name;
    let name = fold(en.as_deref().or(ru.as_deref()).unwrap_or_default());
    Person { id: PersonId(named("person", &name)), full_name: imported.name }
}

fn named(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::nil(), format!("{kind}:{name}").as_bytes())
}
