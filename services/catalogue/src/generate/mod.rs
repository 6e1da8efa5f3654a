//! Made films for benches and for trying things out: believable, in both languages, and always the same for a seed, on
//! any machine. The n-th film depends on the seed and on n alone, so a larger catalogue begins with the smaller one.

mod dice;
mod people;
mod stories;
mod titles;
mod words;

use std::{ops::Range, sync::Arc};

use chrono::DateTime;
use kino_domain::{AccessLevel, FilmId, GenreId};
use uuid::Uuid;

use self::{
    dice::{Dice, Subject},
    people::person,
};
use crate::{
    export::json_line,
    film::{Credit, Film, Genre, Kind, PersonRole},
    genre_names,
    import::{BATCH, Batch, ImportError, ImportedFilm, Source},
};

/// The moment that made ids are counted from, in milliseconds: 1 January 2020.
const EPOCH_MILLIS: u64 = 1_577_836_800_000;
const FIRST_PEOPLE: u32 = 40;
const MOST_VOTES: i64 = 2_800_000;
const GENRES: [&str; 20] = [
    "Drama",
    "Comedy",
    "Thriller",
    "Action",
    "Romance",
    "Adventure",
    "Crime",
    "Science Fiction",
    "Horror",
    "Family",
    "Fantasy",
    "Mystery",
    "Animation",
    "History",
    "War",
    "Documentary",
    "Music",
    "Biography",
    "Western",
    "Sport",
];
const COUNTRIES: [&str; 24] = [
    "US", "RU", "GB", "FR", "DE", "SU", "IN", "JP", "IT", "CA", "ES", "KR", "CN", "SE", "DK", "PL", "AU",
    "BR", "MX", "AR", "TR", "GE", "KZ", "FI",
];
const AGES: [&str; 5] = ["0+", "6+", "12+", "16+", "18+"];

/// Made films of a seed, one after the other.
#[derive(Clone, Debug)]
pub struct GeneratedFilms {
    seed: u64,
    numbers: Range<u64>,
    begun_at: u64,
}

/// The films of a seed with these numbers.
pub const fn generate(seed: u64, numbers: Range<u64>) -> GeneratedFilms {
    GeneratedFilms { seed, begun_at: numbers.start, numbers }
}

impl GeneratedFilms {
    /// The films as lines of our own format, for those who want them without a database.
    pub fn lines(self) -> impl Iterator<Item = String> {
        let Self { seed, numbers, .. } = self;
        numbers.map(move |number| json_line(&film(seed, number), &[].into()))
    }
}

impl Source for GeneratedFilms {
    fn size(&self) -> u64 {
        self.numbers.end - self.begun_at
    }

    fn read(&self) -> u64 {
        self.numbers.start - self.begun_at
    }

    fn batch(&mut self, _: AccessLevel) -> Result<Batch, ImportError> {
        let seed = self.seed;
        let numbers = self.numbers.by_ref().take(BATCH);
        let films = numbers.map(|number| ImportedFilm::from(film(seed, number))).collect();
        Ok(Batch { films, is_last: self.numbers.is_empty(), ..Batch::default() })
    }
}

/// A film of a seed.
pub(crate) fn film(seed: u64, number: u64) -> Film {
    let mut dice = Dice::of(seed, Subject::Film, number);
    let dice = &mut dice;
    let id = FilmId(made_id(number, dice.bytes()));
    let kind = if dice.chance(12) { Kind::Series } else { Kind::Movie };
    let title = titles::title(dice);
    let (description, keywords) = stories::story(dice);
    let countries = countries(dice);
    let is_ours = countries.iter().any(|country| matches!(country.as_str(), "RU" | "SU"));
    let original_title = if is_ours { title.ru.clone() } else { title.en.clone() };
    let seasons = (kind == Kind::Series).then(|| whole(1 + dice.zipf(9)));
    let episodes = seasons.map(|seasons| seasons * whole(dice.range(6, 22)));
    let (shortest, longest) = if kind == Kind::Series { (20, 65) } else { (62, 175) };
    Film {
        id,
        kind,
        title,
        original_title,
        description,
        // The later of two: films are made ever more often.
        year: Some(whole(dice.range(1930, 2025).max(dice.range(1930, 2025)))),
        access: access(dice),
        imdb_rating: rating(dice),
        // The n-th best known is n times less known than the best known.
        votes: MOST_VOTES / i64::from(1 + dice.below(1 << 18)),
        duration_minutes: Some(whole(dice.range(shortest, longest))),
        seasons,
        episodes,
        age_rating: Some(dice.one(&AGES).to_owned()),
        poster_url: None,
        video_url: None,
        countries,
        genres: genres(seed, dice),
        keywords,
        people: credits(seed, number, dice),
        version: 1,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

/// An id like that of something new (UUID v7): neighbours in time, and so in the tables.
fn made_id(number: u64, bytes: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(EPOCH_MILLIS + number, &bytes).into_uuid()
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn access(dice: &mut Dice) -> AccessLevel {
    match dice.below(100) {
        0..70 => AccessLevel::Free,
        70..95 => AccessLevel::Paid,
        _ => AccessLevel::Archived,
    }
}

/// Most are middling; some have none.
fn rating(dice: &mut Dice) -> Option<f64> {
    let tenths: u32 = (0..3).map(|_| dice.range(25, 99)).sum::<u32>() / 3;
    dice.chance(95).then(|| f64::from(tenths) / 10.0)
}

fn countries(dice: &mut Dice) -> Vec<String> {
    let wanted = 1 + dice.zipf(3);
    let drawn = (0..wanted).map(|_| COUNTRIES[dice.zipf(24) as usize].to_owned());
    let mut countries: Vec<String> = Vec::new();
    for country in drawn.collect::<Vec<_>>() {
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    countries
}

fn genres(seed: u64, dice: &mut Dice) -> Vec<Genre> {
    let mut numbers: Vec<u32> = (0..dice.range(1, 3)).map(|_| dice.zipf(20)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let genre = |number: u32| {
        let (_, name) = genre_names::recognize(GENRES[number as usize]);
        // A genre of this name that is there already keeps its own id.
        let seed = seed.to_be_bytes();
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&seed);
        Genre { id: GenreId(made_id(u64::from(number), bytes)), name }
    };
    numbers.into_iter().map(genre).collect()
}

fn credits(seed: u64, number: u64, dice: &mut Dice) -> Vec<Credit> {
    // A third as many people as films so far; a few of them are everywhere.
    let pool = FIRST_PEOPLE + u32::try_from(number / 6).unwrap_or(u32::MAX / 4);
    let cast = 1 + dice.below(15).min(dice.below(15));
    let crew = [(PersonRole::Director, 1 + dice.zipf(2)), (PersonRole::Writer, 1 + dice.zipf(3))];
    let mut drawn: Vec<(u32, PersonRole)> = Vec::new();
    for (role, wanted) in crew.into_iter().chain([(PersonRole::Actor, cast)]) {
        for _ in 0..wanted {
            // Those who play have even numbers.
            let person = dice.zipf(pool) * 2 + u32::from(role != PersonRole::Actor);
            if !drawn.contains(&(person, role)) {
                drawn.push((person, role));
            }
        }
    }
    drawn.into_iter().map(|(number, role)| Credit { person: Arc::new(person(seed, number)), role }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn a_seed_gives_the_same_films_on_any_machine() {
        let films: String = generate(7, 0..500).lines().collect();
        let digest: String = Sha256::digest(&films).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            digest, "4c0b142c9063909518b4e1b76416cd333b73fd8d81c686ca188fe34c1b769bda",
            "changed on purpose? then benches are not to be compared with older ones"
        );
        let later: Vec<_> = generate(7, 400..500).lines().collect();
        assert_eq!(later, generate(7, 0..500).lines().skip(400).collect::<Vec<_>>());
        assert_ne!(later, generate(8, 400..500).lines().collect::<Vec<_>>());
    }

    #[test]
    fn films_are_believable() {
        let films: Vec<Film> = (0..5000).map(|number| film(1, number)).collect();
        let share = |is_so: &dyn Fn(&Film) -> bool| films.iter().filter(|film| is_so(film)).count() / 50;
        assert!((67..=73).contains(&share(&|film| film.access == AccessLevel::Free)));
        assert!((22..=28).contains(&share(&|film| film.access == AccessLevel::Paid)));
        assert!((9..=15).contains(&share(&|film| film.kind == Kind::Series)));
        let ids: HashSet<_> = films.iter().map(|film| film.id).collect();
        assert_eq!(ids.len(), films.len());
        let titles: HashSet<_> = films.iter().map(|film| &film.title).collect();
        assert!(titles.len() > 4000, "{}", titles.len());
        let mut roles: HashMap<_, u32> = HashMap::new();
        for credit in films.iter().flat_map(|film| &film.people) {
            *roles.entry(credit.person.id).or_default() += 1;
        }
        let mut roles: Vec<_> = roles.into_values().collect();
        roles.sort_unstable();
        assert!((1000..2000).contains(&roles.len()), "{} people", roles.len());
        assert!(roles.last() > Some(&500) && roles[roles.len() / 2] < 30, "few are everywhere, most are not");
        for film in &films {
            assert!(film.title.ru.is_some() && film.description.en.is_some() && !film.genres.is_empty());
            assert!((2..=20).contains(&film.people.len()) && film.votes > 0 && !film.keywords.is_empty());
        }
    }
}
