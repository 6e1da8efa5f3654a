//! Each kind of query, asked about made films that are spread over the catalogue.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use kino_catalogue::generate;
use serde_json::Value;

use super::SEED;
use crate::{
    Outcome,
    cinema::FILMS,
    client::{Connection, get, quoted},
    load::percentile,
    table::{Table, ms},
};

/// Films whose titles are searched for, spread over the catalogue.
const SAMPLES: u64 = 25;
pub(super) const ROUNDS: usize = 12;
/// Words that are found nowhere.
const NOWHERE: u64 = 300;
const TWO_WORDS: &str = "two words";
const SUGGEST: &str = "/async/api/v1/suggest";

/// How long each kind of query took one client.
pub(super) struct Answered {
    pub(super) table: Table,
    /// The worst p99.
    pub(super) worst_search: Duration,
    pub(super) worst_suggest: Duration,
    /// The p50 of two words.
    pub(super) two_words: Duration,
}

impl Answered {
    /// Asks every kind of query about these films.
    pub(super) async fn ask(address: SocketAddr, samples: &[Sample], turn: u64) -> Outcome<Self> {
        let mut connection = Connection::open(address).await?;
        let table = Table::new(&["class", "first query", "p50 ms", "p99 ms"]);
        let nothing = Duration::ZERO;
        let mut answered = Self { table, worst_search: nothing, worst_suggest: nothing, two_words: nothing };
        for class in classes(samples, turn) {
            let mut times = Vec::with_capacity(class.rounds * class.requests.len());
            for _ in 0..class.rounds {
                for request in &class.requests {
                    let asked = Instant::now();
                    let answer = connection.ask(request).await?;
                    if answer.status != 200 {
                        answer.json(200)?;
                    }
                    times.push(asked.elapsed());
                }
            }
            let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
            if class.name == TWO_WORDS {
                answered.two_words = p50;
            }
            let worst =
                if class.is_suggest { &mut answered.worst_suggest } else { &mut answered.worst_search };
            *worst = p99.max(*worst);
            answered.table.row([class.name.to_owned(), shown(&class.requests[0]), ms(p50), ms(p99)]);
        }
        Ok(answered)
    }
}

/// A kind of query, and how each sample asks it.
pub(super) struct Class {
    name: &'static str,
    pub(super) requests: Vec<Vec<u8>>,
    /// How often each is asked.
    rounds: usize,
    is_suggest: bool,
}

/// Every kind of query; what is found nowhere is another in each turn.
pub(super) fn classes(samples: &[Sample], turn: u64) -> Vec<Class> {
    let words = turn * NOWHERE..(turn + 1) * NOWHERE;
    let search =
        |words: &str, filters: &str| get(&format!("{FILMS}/search?query={}{filters}", quoted(words)), None);
    let suggest = |words: &str| get(&format!("{SUGGEST}?query={}", quoted(words)), None);
    let of = |name, is_suggest, request: &dyn Fn(&Sample) -> Vec<u8>| Class {
        name,
        requests: samples.iter().map(request).collect(),
        rounds: ROUNDS,
        is_suggest,
    };
    vec![
        of(TWO_WORDS, false, &|sample| search(&sample.two_words().join(" "), "")),
        of("a typo", false, &|sample| search(&sample.with_a_typo(), "")),
        of("a prefix", false, &|sample| search(&beginning(sample.longest(), 4), "")),
        of("in Russian", false, &|sample| search(&sample.russian, "")),
        of("a person", false, &|sample| search(&sample.person, "")),
        of("filter and sort", false, &|sample| {
            search(sample.longest(), "&year_from=1990&year_to=2010&sort=-imdb_rating")
        }),
        // Read in every way that there is; each word once, or engines would remember what they found near it.
        Class {
            name: "found nowhere",
            requests: words.map(|number| search(&nonsense(number), "")).collect(),
            rounds: 1,
            is_suggest: false,
        },
        // A year for each sample: answers that are kept would otherwise be measured once.
        Class {
            name: "every film, sorted",
            requests: (1970..)
                .zip(samples)
                .map(|(year, _)| search("", &format!("&year_from={year}&sort=-year")))
                .collect(),
            rounds: ROUNDS,
            is_suggest: false,
        },
        of("facets", false, &|sample| search(sample.longest(), "&facets=genre,year,access")),
        of("suggest, one letter", true, &|sample| suggest(&beginning(sample.longest(), 1))),
        of("suggest, three letters", true, &|sample| suggest(&beginning(&sample.russian, 3))),
        of("suggest, a name", true, &|sample| suggest(&beginning(&sample.person, 6))),
    ]
}

/// What is known of a film that is searched for.
pub(super) struct Sample {
    english: String,
    russian: String,
    person: String,
}

impl Sample {
    /// The two longest words of the title.
    pub(super) fn two_words(&self) -> Vec<String> {
        let mut words: Vec<String> =
            self.english.to_lowercase().split_whitespace().map(str::to_owned).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.truncate(2);
        words
    }

    fn longest(&self) -> &str {
        let words = self.english.split_whitespace();
        words.max_by_key(|word| word.chars().count()).unwrap_or("film")
    }

    /// The title without the third letter of its longest word.
    fn with_a_typo(&self) -> String {
        let wrong: String =
            self.longest().chars().enumerate().filter(|(n, _)| *n != 2).map(|(_, letter)| letter).collect();
        self.english.replace(self.longest(), &wrong)
    }
}

/// A long word that no film has, another for each number: digits, written as letters that hardly stand together.
fn nonsense(number: u64) -> String {
    const LETTERS: [char; 10] = ['q', 'z', 'x', 'j', 'k', 'v', 'w', 'b', 'g', 'p'];
    let digits = ((number + 1) * 76_543_217_779).to_string();
    digits.bytes().map(|digit| LETTERS[usize::from(digit - b'0')]).collect()
}

fn beginning(word: &str, letters: usize) -> String {
    word.chars().take(letters).collect()
}

pub(super) fn samples(films: u64) -> Outcome<Vec<Sample>> {
    let text = |film: &Value, pointer: &str| film.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    (0..SAMPLES)
        .map(|n| {
            let number = films * n / SAMPLES;
            let line = generate(SEED, number..number + 1).lines().next().ok_or("no film")?;
            let film: Value = serde_json::from_str(&line)?;
            let sample = || {
                Some(Sample {
                    english: text(&film, "/title_en")?,
                    russian: text(&film, "/title_ru")?,
                    person: text(&film, "/directors/0/name_en")?,
                })
            };
            sample().ok_or_else(|| format!("a made film lacks something: {line}").into())
        })
        .collect()
}

/// The path of a request, for the table.
fn shown(request: &[u8]) -> String {
    let line = String::from_utf8_lossy(request);
    let query = line.split_whitespace().nth(1).and_then(|path| path.split_once('?')).map(|(_, query)| query);
    query.unwrap_or("-").chars().take(48).collect()
}
