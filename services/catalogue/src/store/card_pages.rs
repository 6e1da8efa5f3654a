//! Reading every film as the index keeps it, page by page. The index is made anew from this, so only the columns that it
//! keeps are read, and links without their rows: all that it asks of them stands in their keys.

use std::{collections::HashMap, iter::Peekable, sync::Arc, vec};

use kino_domain::{FilmId, GenreId, Localized, PersonId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select, SelectGetableTuple, Selector, TryGetable,
};
use uuid::Uuid;

use super::{
    entity::{film, film_country, film_genre, film_person},
    film_pages::{Range, films_behind},
    films::{keywords_of, level_of},
    genres,
    remembered::Remembered,
};
use crate::{
    film::PersonRole,
    search::{FilmCard, Named},
};

/// Where the reading is.
#[derive(Debug, Default)]
pub(crate) struct CardPages {
    /// The rows of the next page, which are read beside what belongs to the one before. None before the first.
    ahead: Option<Vec<Row>>,
    genres: HashMap<GenreId, Arc<Named<GenreId>>>,
    people: Remembered<Named<PersonId>>,
}

/// Of a film what the index keeps.
#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "film::Entity")]
struct Row {
    id: Uuid,
    version: i64,
    title_ru: Option<String>,
    title_en: Option<String>,
    original_title: Option<String>,
    description_ru: Option<String>,
    description_en: Option<String>,
    keywords: Option<String>,
    year: Option<i32>,
    access: String,
    imdb_rating: Option<f64>,
    votes: i64,
}

impl CardPages {
    /// The next films in the order of their ids; none at the end.
    pub(crate) async fn next(
        &mut self,
        connection: &impl ConnectionTrait,
        limit: u64,
    ) -> Result<Vec<FilmCard>, DbErr> {
        let rows = match self.ahead.take() {
            Some(rows) => rows,
            None => films_behind(None, limit).into_partial_model().all(connection).await?,
        };
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
        let range = Range { first: first.id, last: last.id };
        // Two at a time: the database is busy while rows are taken in here, and others may ask it too.
        let others = async {
            let ahead = films_behind(Some(range.last), limit).into_partial_model().all(connection).await?;
            let genres = genres_of(connection, range, &mut self.genres).await?;
            Ok::<_, DbErr>((ahead, genres, countries_of(connection, range).await?))
        };
        let people = people_of(connection, range, &mut self.people);
        let (mut people, (ahead, mut genres, mut countries)) = futures::try_join!(people, others)?;
        self.ahead = Some(ahead);
        let of_genre = |genre| self.genres.get(&GenreId(genre)).map(Arc::clone);
        Ok(rows
            .into_iter()
            .map(|row| FilmCard {
                id: FilmId(row.id),
                version: row.version,
                title: Localized { ru: row.title_ru, en: row.title_en },
                original_title: row.original_title,
                description: Localized { ru: row.description_ru, en: row.description_en },
                keywords: keywords_of(row.keywords),
                year: row.year,
                access: level_of(&row.access),
                imdb_rating: row.imdb_rating,
                votes: row.votes,
                countries: countries.of(row.id).collect(),
                genres: genres.of(row.id).filter_map(of_genre).collect(),
                people: people.of(row.id).filter_map(|person| self.people.get(&person)).collect(),
            })
            .collect())
    }
}

async fn genres_of(
    connection: &impl ConnectionTrait,
    range: Range,
    known: &mut HashMap<GenreId, Arc<Named<GenreId>>>,
) -> Result<Links<Uuid>, DbErr> {
    use film_genre::Column as C;
    let links: Vec<(Uuid, Uuid)> =
        links(range.of::<film_genre::Entity>(C::FilmId), C::FilmId, C::GenreId).all(connection).await?;
    if !links.iter().all(|(_, genre)| known.contains_key(&GenreId(*genre))) {
        let all = genres::all(connection).await?;
        *known = all.iter().map(|(id, genre)| (*id, Arc::new(genre.into()))).collect();
    }
    Ok(Links::new(links))
}

async fn people_of(
    connection: &impl ConnectionTrait,
    range: Range,
    known: &mut Remembered<Named<PersonId>>,
) -> Result<Links<Uuid>, DbErr> {
    use film_person::Column as C;
    // A role that is not known is none.
    let credits = range
        .of::<film_person::Entity>(C::FilmId)
        .filter(C::Role.is_in(PersonRole::ALL.map(PersonRole::code)));
    let mut links: Vec<(Uuid, Uuid)> = links(credits, C::FilmId, C::PersonId).all(connection).await?;
    // Who did several things for a film is linked with it several times.
    links.dedup();
    known.learn(connection, links.iter().map(|(_, person)| *person), |person| (&person).into()).await?;
    Ok(Links::new(links))
}

async fn countries_of(connection: &impl ConnectionTrait, range: Range) -> Result<Links<String>, DbErr> {
    use film_country::Column as C;
    let countries = range.of::<film_country::Entity>(C::FilmId);
    Ok(Links::new(links(countries, C::FilmId, C::Country).all(connection).await?))
}

/// What films are linked with, in the order of both, which is that of the key.
fn links<E: EntityTrait, T: TryGetable>(
    select: Select<E>,
    film: E::Column,
    other: E::Column,
) -> Selector<SelectGetableTuple<(Uuid, T)>> {
    select.select_only().columns([film, other]).order_by_asc(film).order_by_asc(other).into_tuple()
}

/// Links in the order of their films, to be taken film by film in the same order.
struct Links<T>(Peekable<vec::IntoIter<(Uuid, T)>>);

impl<T> Links<T> {
    fn new(links: Vec<(Uuid, T)>) -> Self {
        Self(links.into_iter().peekable())
    }

    /// What a film is linked with; those of films before it, which have come or gone meanwhile, are passed over.
    fn of(&mut self, film: Uuid) -> impl Iterator<Item = T> {
        while self.0.next_if(|(other, _)| *other < film).is_some() {}
        std::iter::from_fn(move || self.0.next_if(|(other, _)| *other == film).map(|(_, link)| link))
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::{AccessLevel, Clock, Entropy};
    use kino_engine::Database;
    use kino_testkit::{TestDatabase, on_every_database};
    use tokio_util::sync::CancellationToken;

    use super::{super::film_pages::FilmPages, *};
    use crate::{Importer, generate};

    on_every_database!(a_card_is_what_the_whole_film_would_make);

    async fn a_card_is_what_the_whole_film_would_make(database: TestDatabase) {
        let database = Database::open(database.url(), "catalogue").await.unwrap();
        let (clock, entropy) = (Clock::system(), Entropy::system());
        crate::load_demo(database.clone(), clock.clone(), entropy.clone()).await.unwrap();
        let importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await.unwrap();
        importer.untold().run(generate(3, 0..300), &CancellationToken::new(), |_, _| ()).await.unwrap();

        let (mut films, mut cards) = (FilmPages::default(), CardPages::default());
        let mut count = 0;
        loop {
            let films = films.next(database.read(), 70).await.unwrap();
            let mut pages = cards.next(database.read(), 70).await.unwrap();
            let mut made: Vec<FilmCard> = films.iter().map(FilmCard::from).collect();
            // These have no order of their own.
            for card in made.iter_mut().chain(&mut pages) {
                card.genres.sort_unstable_by_key(|genre| genre.id);
                card.people.sort_unstable_by_key(|person| person.id);
                card.countries.sort_unstable();
            }
            assert_eq!(pages, made);
            count += pages.len();
            if pages.is_empty() {
                break;
            }
        }
        assert!(count > 420, "{count}");
        database.close().await.unwrap();
    }

    #[test]
    fn each_film_has_its_links_and_none_of_others() {
        let [one, two, three, four] = [1, 2, 3, 4].map(Uuid::from_u128);
        let mut links = Links::new(vec![(one, 'a'), (one, 'b'), (two, 'c'), (four, 'd')]);
        let mut of = |film| links.of(film).collect::<String>();
        assert_eq!([of(one), of(three), of(four)], ["ab", "", "d"]);
    }
}
