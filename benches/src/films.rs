//! Films for a catalogue of some size: the real ones of the test data where they are there, else made ones, always
//! the same.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::Outcome;

const MADE: u32 = 15_000;
const FIRST: [&str; 16] = [
    "Star", "Silent", "Broken", "Golden", "Inter", "Hidden", "Last", "Crimson", "Northern", "Paper",
    "Winter", "Electric", "Distant", "Burning", "Velvet", "Stone",
];
const SECOND: [&str; 16] = [
    "Wars", "River", "Stellar", "Garden", "Love", "Mirror", "Station", "Empire", "Letters", "Harbor",
    "Machine", "Orchard", "Signal", "Crossing", "Summer", "Kingdom",
];
const RUSSIAN: [(&str, &str); 6] = [
    ("Звёздные", "войны"),
    ("Тихий", "сад"),
    ("Последний", "сигнал"),
    ("Северная", "станция"),
    ("Зимнее", "лето"),
    ("Далёкие", "письма"),
];
const NAMES: [&str; 12] = [
    "Anna", "Boris", "Clara", "Quentin", "Dmitri", "Elena", "Frank", "Greta", "Hugo", "Irina", "James",
    "Keiko",
];
const SURNAMES: [&str; 12] = [
    "Petrova",
    "Tarantino",
    "Novak",
    "Okafor",
    "Lindgren",
    "Moreau",
    "Sato",
    "Ivanov",
    "Garcia",
    "Weber",
    "Rossi",
    "Kim",
];
const GENRES: [&str; 6] = ["Drama", "Comedy", "Action", "Adventure", "Romance", "Thriller"];

/// A file of films, and what they are. Made films are put into `folder`.
pub(crate) fn file(folder: &Path) -> Outcome<(PathBuf, &'static str)> {
    let data = std::env::var_os("KINO_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let real = data.join("catalog/films.jsonl.gz");
    if real.is_file() {
        return Ok((real, "the real films"));
    }
    let made = folder.join("films.jsonl");
    fs::write(&made, make())?;
    Ok((made, "made films (the real ones of ../shared/data are not there)"))
}

/// The same films each time.
fn make() -> String {
    let mut dice = Dice(1);
    let mut lines = String::new();
    for n in 0..MADE {
        let title = format!("{} {} {n}", dice.of(&FIRST), dice.of(&SECOND));
        let (first, second) = RUSSIAN[dice.below(RUSSIAN.len())];
        let mut people = |count: usize| -> Vec<_> {
            (0..count)
                .map(|_| json!({"name": format!("{} {}", dice.of(&NAMES), dice.of(&SURNAMES))}))
                .collect()
        };
        let (directors, writers, actors) = (people(1), people(2), people(8));
        let description: Vec<String> = (0..45).map(|_| dice.word().to_lowercase()).collect();
        let line = json!({
            "imdb_id": format!("tt{n:07}"),
            "title": title,
            "title_ru": format!("{first} {second} {n}"),
            "description": description.join(" "),
            "year": 1950 + dice.below(75),
            "rating_imdb": f64::from(n % 100) / 10.0,
            "votes_imdb": n * 7,
            "runtime_min": 60 + dice.below(120),
            "genres": [dice.of(&GENRES)],
            "countries": ["US"],
            "directors": directors,
            "writers": writers,
            "actors": actors,
        });
        let _ = writeln!(lines, "{line}");
    }
    lines
}

/// A linear congruential generator (Knuth's constants): the same throws each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn word(&mut self) -> &'static str {
        let words = if self.below(2) == 0 { &FIRST } else { &SECOND };
        self.of(words)
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }
}
