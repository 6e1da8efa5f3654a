//! A film as rows: its own, and those that link it with its genres, people and countries.

use chrono::{DateTime, Utc};
use kino_domain::FilmId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use super::{
    ROWS_AT_ONCE,
    entity::{film, film_country, film_genre, film_person},
};
use crate::{film_content::FilmContent, revision::Carried};

/// The row of a film, but for what the film carries.
pub(super) fn film(id: FilmId, content: &FilmContent, version: i64, now: DateTime<Utc>) -> film::ActiveModel {
    film::ActiveModel {
        id: Set(id.0),
        kind: Set(content.kind.code().to_owned()),
        title_ru: Set(content.title.ru.clone()),
        title_en: Set(content.title.en.clone()),
        original_title: Set(content.original_title.clone()),
        description_ru: Set(content.description.ru.clone()),
        description_en: Set(content.description.en.clone()),
        year: Set(content.year),
        access: Set(content.access.code().to_owned()),
        imdb_rating: Set(content.imdb_rating),
        duration_minutes: Set(content.duration_minutes),
        seasons: Set(content.seasons),
        episodes: Set(content.episodes),
        age_rating: Set(content.age_rating.clone()),
        poster_url: Set(content.poster_url.clone()),
        video_url: Set(content.video_url.clone()),
        keywords: Set(keywords_json(&content.keywords)),
        version: Set(version),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// The whole row.
pub(super) fn with_carried(film: film::ActiveModel, carried: &Carried) -> film::ActiveModel {
    film::ActiveModel { votes: Set(carried.votes), import_hash: Set(carried.import_hash.clone()), ..film }
}

fn keywords_json(keywords: &[String]) -> Option<String> {
    if keywords.is_empty() { None } else { serde_json::to_string(keywords).ok() }
}

/// The rows that link films with what belongs to them.
#[derive(Default)]
pub(super) struct Links {
    genres: Vec<film_genre::ActiveModel>,
    people: Vec<film_person::ActiveModel>,
    countries: Vec<film_country::ActiveModel>,
}

impl Links {
    pub(super) fn of<'a>(films: impl IntoIterator<Item = (FilmId, &'a FilmContent)>) -> Self {
        let mut links = Self::default();
        for (FilmId(id), content) in films {
            links.genres.extend((0..).zip(&content.genres).map(|(position, genre)| {
                film_genre::ActiveModel { film_id: Set(id), genre_id: Set(genre.0), position: Set(position) }
            }));
            links.people.extend((0..).zip(content.credits()).map(|(position, (person, role))| {
                film_person::ActiveModel {
                    film_id: Set(id),
                    person_id: Set(person.0),
                    role: Set(role.code().to_owned()),
                    position: Set(position),
                }
            }));
            links.countries.extend((0..).zip(&content.countries).map(|(position, country)| {
                film_country::ActiveModel {
                    film_id: Set(id),
                    country: Set(country.clone()),
                    position: Set(position),
                }
            }));
        }
        links
    }

    pub(super) async fn insert(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        for rows in self.genres.chunks(ROWS_AT_ONCE) {
            film_genre::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for rows in self.people.chunks(ROWS_AT_ONCE) {
            film_person::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for rows in self.countries.chunks(ROWS_AT_ONCE) {
            film_country::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        Ok(())
    }
}

/// Deletes the links of these films: no more than go into one statement.
pub(super) async fn unlink(tx: &impl ConnectionTrait, films: &[Uuid]) -> Result<(), DbErr> {
    let films = || films.iter().copied();
    film_genre::Entity::delete_many().filter(film_genre::Column::FilmId.is_in(films())).exec(tx).await?;
    film_person::Entity::delete_many().filter(film_person::Column::FilmId.is_in(films())).exec(tx).await?;
    film_country::Entity::delete_many().filter(film_country::Column::FilmId.is_in(films())).exec(tx).await?;
    Ok(())
}
