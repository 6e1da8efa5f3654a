//! The pair of tables known as "TMDB 5000": `tmdb_5000_movies.csv`, `tmdb_5000_credits.csv`, packed or not, with JSON in
//! their cells. TMDB's own rating is not IMDb's and is left out; its votes count as votes.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use chrono::{Datelike as _, NaiveDate};
use csv::StringRecord;
use kino_domain::AccessLevel;
use serde::Deserialize;

use super::{
    ImportError,
    raw::{RawFilm, RawGenre, RawPerson},
    source::{BATCH, Batch, Source},
    table::{Column, Table},
};

/// Of a film's cast, in billing order.
const ACTORS: usize = 20;
const WRITING: [&str; 3] = ["Writer", "Screenplay", "Story"];

/// The two tables.
#[derive(Debug)]
pub(super) struct Tmdb {
    films: Films,
    /// Read first.
    credits: Option<CreditsTable>,
    known: HashMap<i64, Credits>,
    size: u64,
    credits_size: u64,
}

#[derive(Debug)]
struct Films {
    table: Table,
    id: Column,
    imdb_id: Column,
    title: Column,
    original_title: Column,
    overview: Column,
    release_date: Column,
    runtime: Column,
    vote_count: Column,
    genres: Column,
    keywords: Column,
    countries: Column,
}

#[derive(Debug)]
struct CreditsTable {
    table: Table,
    id: Column,
    cast: Column,
    crew: Column,
}

/// The people of a film.
#[derive(Debug, Default)]
struct Credits {
    directors: Vec<RawPerson>,
    writers: Vec<RawPerson>,
    actors: Vec<RawPerson>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Country {
    iso_3166_1: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct CastEntry {
    id: Option<i64>,
    name: String,
    #[serde(default)]
    order: i64,
}

#[derive(Deserialize)]
struct CrewEntry {
    id: Option<i64>,
    name: String,
    #[serde(default)]
    job: String,
}

impl Tmdb {
    /// The table of films in a folder.
    pub(super) fn find(folder: &Path) -> Option<PathBuf> {
        let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        let mut films: Vec<_> =
            entries.filter(|path| is_csv(path) && credits_beside(path).is_some()).collect();
        films.sort();
        films.into_iter().next()
    }

    /// Whether a table with these columns is one of films.
    pub(super) fn is_film_table<'a>(names: impl Iterator<Item = &'a str>) -> bool {
        let names: Vec<_> = names.collect();
        ["id", "title", "overview", "production_countries"].iter().all(|name| names.contains(name))
    }

    /// Opens the table of films, and that of credits where it lies beside.
    pub(super) fn open(films: &Path) -> Result<Self, ImportError> {
        let credits = credits_beside(films).map(|path| CreditsTable::open(&path)).transpose()?;
        let films = Films::open(films)?;
        let credits_size = credits.as_ref().map_or(0, |credits| credits.table.size());
        let size = films.table.size() + credits_size;
        Ok(Self { films, credits, known: HashMap::new(), size, credits_size })
    }
}

/// The table of credits that belongs to one of films: its name differs by that word.
fn credits_beside(films: &Path) -> Option<PathBuf> {
    let name = films.file_name()?.to_str()?;
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let beside = plain.contains("movies").then(|| plain.replace("movies", "credits"))?;
    let beside = films.with_file_name(beside);
    let packed = PathBuf::from(format!("{}.gz", beside.display()));
    [beside, packed].into_iter().find(|path| path.is_file())
}

fn is_csv(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    [".csv", ".csv.gz"].iter().any(|end| name.ends_with(end))
}

impl Films {
    fn open(path: &Path) -> Result<Self, ImportError> {
        let table = Table::open(path)?;
        Ok(Self {
            id: table.needed("id")?,
            imdb_id: table.column("imdb_id"),
            title: table.needed("title")?,
            original_title: table.column("original_title"),
            overview: table.column("overview"),
            release_date: table.column("release_date"),
            runtime: table.column("runtime"),
            vote_count: table.column("vote_count"),
            genres: table.column("genres"),
            keywords: table.column("keywords"),
            countries: table.column("production_countries"),
            table,
        })
    }

    fn film(&self, row: &StringRecord, known: &mut HashMap<i64, Credits>) -> Result<RawFilm, String> {
        let id: i64 = self.id.number(row)?.ok_or("the id is missing")?;
        let credits = known.remove(&id).unwrap_or_default();
        let named = |column: Column| {
            let entries = column.json::<Named>(row)?;
            Ok::<_, String>(entries.into_iter().map(|entry| entry.name))
        };
        let countries = self.countries.json::<Country>(row)?.into_iter();
        Ok(RawFilm {
            imdb_id: self.imdb_id.text(row),
            tmdb_id: Some(id),
            title: self.title.text(row),
            original_title: self.original_title.text(row),
            description: self.overview.text(row),
            year: self.release_date.of(row).map(year).transpose()?,
            votes_tmdb: self.vote_count.number(row)?,
            runtime_min: self.runtime.number::<f64>(row)?.map(whole),
            genres: named(self.genres)?.map(RawGenre::named).collect(),
            keywords: named(self.keywords)?.collect(),
            countries: countries.filter_map(|country| country.iso_3166_1.or(country.name)).collect(),
            directors: credits.directors,
            writers: credits.writers,
            actors: credits.actors,
            ..RawFilm::default()
        })
    }
}

impl CreditsTable {
    fn open(path: &Path) -> Result<Self, ImportError> {
        let table = Table::open(path)?;
        let (id, cast) = (table.needed("movie_id")?, table.needed("cast")?);
        Ok(Self { id, cast, crew: table.needed("crew")?, table })
    }

    fn credits(&self, row: &StringRecord) -> Result<(i64, Credits), String> {
        let id = self.id.number(row)?.ok_or("movie_id is missing")?;
        let mut cast = self.cast.json::<CastEntry>(row)?;
        cast.sort_by_key(|entry| entry.order);
        let crew = self.crew.json::<CrewEntry>(row)?;
        let doing = |jobs: &[&str]| {
            let of_job = crew.iter().filter(|entry| jobs.contains(&&*entry.job));
            of_job.map(|entry| person(entry.id, &entry.name)).collect()
        };
        let actors = cast.iter().take(ACTORS).map(|entry| person(entry.id, &entry.name)).collect();
        Ok((id, Credits { directors: doing(&["Director"]), writers: doing(&WRITING), actors }))
    }
}

fn person(id: Option<i64>, name: &str) -> RawPerson {
    RawPerson { source_id: id.map(|id| format!("tmdb:{id}")), ..RawPerson::named(name) }
}

fn year(date: &str) -> Result<i32, String> {
    let parsed = NaiveDate::parse_from_str(date.trim(), "%Y-%m-%d");
    parsed.map(|date| date.year()).map_err(|_| format!("release_date is {date:?}, which is no date"))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates, and the range is checked after it"
)]
fn whole(minutes: f64) -> i32 {
    minutes.round() as i32
}

impl Source for Tmdb {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self) -> u64 {
        let credits = self.credits.as_ref().map_or(self.credits_size, |credits| credits.table.bytes_read());
        credits + self.films.table.bytes_read()
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        let mut batch = Batch::default();
        let mut row = StringRecord::new();
        for _ in 0..BATCH {
            let table = self.credits.as_mut().map_or(&mut self.films.table, |credits| &mut credits.table);
            let read = table.next(&mut row);
            let place = table.place();
            match (read, &self.credits) {
                (Err(reason), _) => batch.tell(place, reason),
                (Ok(true), Some(credits)) => match credits.credits(&row) {
                    Ok((id, credits)) => {
                        self.known.insert(id, credits);
                    }
                    Err(reason) => batch.tell(place, reason),
                },
                (Ok(false), Some(_)) => self.credits = None,
                (Ok(true), None) => batch.take(place, self.films.film(&row, &mut self.known), access),
                (Ok(false), None) => {
                    batch.is_last = true;
                    break;
                }
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILMS: &str = "id,title,original_title,overview,release_date,runtime,vote_count,genres,keywords,production_countries\n\
        862,Toys,Toys,They live.,1995-10-30,81.0,5269,\"[{\"\"id\"\": 16, \"\"name\"\": \"\"Animation\"\"}]\",\"[{\"\"id\"\": 1, \"\"name\"\": \"\"toy\"\"}]\",\"[{\"\"iso_3166_1\"\": \"\"US\"\", \"\"name\"\": \"\"United States\"\"}]\"\n\
        863,Bad,Bad,,1995-13-30,,,[],[],[]\n\
        864,Worse,Worse,,1996-01-01,,,\"[{'name': 'Drama'}]\",[],[]\n\
        865,Bare,Bare,,,,,[],[],[]\n";
    const CREDITS: &str = "movie_id,title,cast,crew\n\
        862,Toys,\"[{\"\"id\"\": 2, \"\"name\"\": \"\"Second\"\", \"\"order\"\": 1}, {\"\"id\"\": 1, \"\"name\"\": \"\"First\"\", \"\"order\"\": 0}]\",\"[{\"\"id\"\": 3, \"\"name\"\": \"\"Boss\"\", \"\"job\"\": \"\"Director\"\"}, {\"\"id\"\": 3, \"\"name\"\": \"\"Boss\"\", \"\"job\"\": \"\"Story\"\"}, {\"\"id\"\": 4, \"\"name\"\": \"\"Light\"\", \"\"job\"\": \"\"Gaffer\"\"}]\"\n\
        865,Bare,nonsense,[]\n";

    #[test]
    fn the_two_tables_give_whole_films_and_bad_rows_are_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tmdb_5000_movies.csv"), FILMS).unwrap();
        fs::write(folder.path().join("tmdb_5000_credits.csv"), CREDITS).unwrap();
        let films = Tmdb::find(folder.path()).unwrap();
        let batch = Tmdb::open(&films).unwrap().batch(AccessLevel::Paid).unwrap();
        let told: Vec<_> = batch.bad.iter().map(ToString::to_string).collect();
        for (told, wanted) in told.iter().zip([
            "tmdb_5000_credits.csv:3: cast is not",
            "tmdb_5000_movies.csv:3: release_date is \"1995-13-30\"",
            "tmdb_5000_movies.csv:4: genres is not",
        ]) {
            assert!(told.starts_with(wanted), "{told}");
        }
        assert_eq!((batch.bad.len(), batch.films.len(), batch.is_last), (3, 2, true));
        let toys = &batch.films[0];
        assert_eq!((toys.year, toys.duration_minutes, toys.votes), (Some(1995), Some(81), 5269));
        assert_eq!(
            (&toys.keywords[..], &toys.countries[..]),
            (&["toy".to_owned()][..], &["US".to_owned()][..])
        );
        let names: Vec<_> = toys.actors.iter().filter_map(|actor| actor.name.en.as_deref()).collect();
        assert_eq!(names, ["First", "Second"]);
        assert_eq!((toys.directors.len(), &toys.writers), (1, &toys.directors));
        assert_eq!(toys.directors[0].source_id.as_deref(), Some("tmdb:3"));
        assert!(batch.films[1].actors.is_empty());
    }
}
