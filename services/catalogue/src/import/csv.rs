//! Our own format as a table (CSV): the columns are the keys of JSON lines. A cell with several values is a JSON array
//! as there, or names separated by `|`.

use std::{collections::HashMap, path::Path};

use ::csv::StringRecord;
use kino_domain::AccessLevel;
use serde::de::DeserializeOwned;

use super::{
    ImportError,
    raw::{RawFilm, RawGenre, RawPerson},
    source::{BATCH, Batch, Source},
    table::{Column, Table},
};
use crate::{film::Kind, film_columns};

/// One of these must be there.
const TITLES: [&str; 3] = ["title", "title_en", "title_ru"];

/// A table of films in our own columns.
#[derive(Debug)]
pub(super) struct CsvFilms {
    table: Table,
    columns: HashMap<&'static str, Column>,
}

impl CsvFilms {
    /// Opens a table; columns that are not ours are passed over.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let table = Table::open(path)?;
        if !TITLES.iter().any(|title| table.column(title).is_there()) {
            table.needed("title")?;
        }
        let columns = columns().map(|name| (name, table.column(name))).collect();
        Ok(Self { table, columns })
    }

    fn film(&self, row: &StringRecord) -> Result<RawFilm, String> {
        let absent = |name: &'static str| Column::absent(name);
        let column = |name: &'static str| self.columns.get(name).copied().unwrap_or(absent(name));
        let text = |name: &'static str| column(name).text(row);
        Ok(RawFilm {
            id: text("id"),
            imdb_id: text("imdb_id"),
            tmdb_id: column("tmdb_id").number(row)?,
            kind: kind(column("kind").of(row))?,
            title: text("title"),
            title_en: text("title_en"),
            title_ru: text("title_ru"),
            original_title: text("original_title"),
            description: text("description"),
            description_en: text("description_en"),
            description_ru: text("description_ru"),
            year: column("year").number(row)?,
            access: text("access"),
            rating_imdb: column("rating_imdb").number(row)?,
            votes_imdb: column("votes_imdb").number(row)?,
            votes_tmdb: column("votes_tmdb").number(row)?,
            runtime_min: column("runtime_min").number(row)?,
            seasons: column("seasons").number(row)?,
            episodes: column("episodes").number(row)?,
            age_rating: text("age_rating"),
            poster_url: text("poster_url"),
            video_url: text("video_url"),
            countries: list(column("countries"), row, std::convert::identity)?,
            genres: list(column("genres"), row, RawGenre::named)?,
            keywords: list(column("keywords"), row, std::convert::identity)?,
            directors: list(column("directors"), row, RawPerson::named)?,
            writers: list(column("writers"), row, RawPerson::named)?,
            actors: list(column("actors"), row, RawPerson::named)?,
        })
    }
}

/// The columns that an import knows.
fn columns() -> impl Iterator<Item = &'static str> {
    film_columns::WRITTEN.into_iter().chain(film_columns::READ_BESIDES)
}

/// Whether a table with these columns is one of ours.
pub(super) fn is_ours(names: &[&str]) -> bool {
    names.iter().any(|name| TITLES.contains(name))
        && names.iter().all(|name| columns().any(|column| column == *name))
}

fn kind(cell: Option<&str>) -> Result<Option<Kind>, String> {
    match cell {
        None => Ok(None),
        Some("movie") => Ok(Some(Kind::Movie)),
        Some("series") => Ok(Some(Kind::Series)),
        Some(other) => Err(format!("kind is {other:?}, neither movie nor series")),
    }
}

fn list<T: DeserializeOwned>(
    column: Column,
    row: &StringRecord,
    named: impl Fn(String) -> T,
) -> Result<Vec<T>, String> {
    match column.of(row) {
        None => Ok(Vec::new()),
        Some(cell) if cell.trim_start().starts_with('[') => column.json(row),
        Some(cell) => Ok(cell.split('|').map(|name| named(name.trim().to_owned())).collect()),
    }
}

impl Source for CsvFilms {
    fn size(&self) -> u64 {
        self.table.size()
    }

    fn read(&self) -> u64 {
        self.table.bytes_read()
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        let mut batch = Batch::default();
        let mut row = StringRecord::new();
        for _ in 0..BATCH {
            match self.table.next(&mut row) {
                Ok(true) => batch.take(self.table.place(), self.film(&row), access),
                Ok(false) => {
                    batch.is_last = true;
                    break;
                }
                Err(reason) => batch.tell(self.table.place(), reason),
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::Localized;

    use super::{super::text_file::tests::file_of, *};

    fn read(text: &str) -> Batch {
        CsvFilms::open(file_of(text.as_bytes()).path()).unwrap().batch(AccessLevel::Free).unwrap()
    }

    #[test]
    fn a_row_gives_the_film_that_its_json_line_gives() {
        let batch = read(concat!(
            "title_en,title_ru,kind,year,genres,actors,seasons\n",
            "Solaris,Солярис,movie,1972,Drama | Mystery,\"[\"\"Ada\"\",{\"\"name\"\":\"\"Ben\"\",\"\"source_id\"\":\"\"tmdb:5\"\"}]\",\n",
            "Night Shift,,series,,,Ada|Ben,3\n",
        ));
        assert_eq!(batch.bad, []);
        let [solaris, night] = &batch.films[..] else { panic!("{:?}", batch.films) };
        assert_eq!(solaris.title, Localized::both("Солярис", "Solaris"));
        assert_eq!((solaris.year, solaris.genres.len(), solaris.actors.len()), (Some(1972), 2, 2));
        assert_eq!(solaris.actors[1].source_id.as_deref(), Some("tmdb:5"));
        assert_eq!((night.kind, night.seasons, night.actors.len()), (Kind::Series, Some(3), 2));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let batch = read("title,year,kind,genres\nA,MCM,,\nB,,show,\nC,,,[1\nD,2000,,\n");
        let told: Vec<_> = batch.bad.iter().map(ToString::to_string).collect();
        for (told, part) in
            told.iter().zip([":2: year is \"MCM\"", ":3: kind is \"show\"", ":4: genres is not as expected"])
        {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!((batch.bad.len(), batch.films.len()), (3, 1));
        let error = CsvFilms::open(file_of(b"name,year\n").path()).unwrap_err().to_string();
        assert!(error.contains("no column `title`"), "{error}");
    }
}
