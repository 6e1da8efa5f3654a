//! The demo films: real films told in our own words, so that a new catalogue is not empty.

use kino_domain::{AccessLevel, Clock, Entropy};
use kino_engine::Database;
use tokio_util::sync::CancellationToken;

use crate::import::{ImportError, ImportReport, Importer, Lines};

const NAME: &str = "the demo films";
const FILMS: &str = include_str!("../demo/films.jsonl");

/// Loads the demo films into a catalogue that has no film; says what it did, or nothing.
pub async fn load_demo(
    database: Database,
    clock: Clock,
    entropy: Entropy,
) -> Result<Option<ImportReport>, ImportError> {
    let mut importer = Importer::open(database, AccessLevel::Free, clock, entropy).await?;
    if !importer.is_empty().await? {
        return Ok(None);
    }
    importer.run(Lines::of(NAME, FILMS), &CancellationToken::new(), |_, _| ()).await.map(Some)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::import::Source as _;

    #[test]
    fn every_demo_film_is_whole() {
        let batch = Lines::of(NAME, FILMS).batch(AccessLevel::Free).unwrap();
        assert_eq!(batch.bad, []);
        assert!(batch.films.len() >= 120, "{}", batch.films.len());
        let ids: HashSet<_> = batch.films.iter().map(|film| film.id).collect();
        assert_eq!(ids.len(), batch.films.len(), "no film twice");
        for film in &batch.films {
            let whole = film.title.ru.is_some()
                && film.title.en.is_some()
                && film.description.ru.is_some()
                && film.description.en.is_some()
                && film.year.is_some()
                && film.duration_minutes.is_some()
                && film.imdb_rating.is_some()
                && !film.genres.is_empty()
                && !film.countries.is_empty()
                && !film.directors.is_empty();
            assert!(whole, "{:?}", film.title);
        }
        for level in AccessLevel::ALL {
            let count = batch.films.iter().filter(|film| film.access == level).count();
            assert!(count >= 10, "{count} {level}");
        }
    }
}
