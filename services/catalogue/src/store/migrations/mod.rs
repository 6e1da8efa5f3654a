//! How the tables came to be, one file a step.

mod m0001_films_genres_persons;
mod m0002_series_and_keywords;
mod m0003_film_revisions;
mod m0004_index_upkeep;

use sea_orm_migration::prelude::*;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_films_genres_persons::Begin),
            Box::new(m0002_series_and_keywords::SeriesAndKeywords),
            Box::new(m0003_film_revisions::FilmRevisions),
            Box::new(m0004_index_upkeep::IndexUpkeep),
        ]
    }
}
