//! A catalogue of made films, from small to large: how fast it is indexed, what a film takes on the disk, how soon a server
//! is ready again, how long each kind of search takes one client, beside tantivy doing the bare query on the same index, and
//! what all of it takes of memory. `KINO_BENCH_FILMS=15000,150000` chooses the sizes.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use kino_catalogue::{Importer, generate};
use kino_domain::{AccessLevel, Clock, Entropy};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    Outcome,
    cinema::{Cinema, FILMS},
    client::{Connection, get, quoted},
    load::{per_second, percentile},
    machine::Machine,
    program::{Kino, program},
    raw_search::RawIndex,
    table::{Table, goal, ms},
};

const SIZES: [u64; 3] = [15_000, 150_000, 1_000_000];
/// Of so many films an index has a part for each processor.
const LARGE: u64 = 100_000;
const SEED: u64 = 1;
/// Films whose titles are searched for, spread over the catalogue.
const SAMPLES: u64 = 25;
const ROUNDS: usize = 12;
const INDEX_GOAL: f64 = 20_000.0;
const SEARCH_GOAL: Duration = Duration::from_millis(10);
const SUGGEST_GOAL: Duration = Duration::from_millis(5);
const START_GOAL: Duration = Duration::from_secs(2);
const JOINED_WITHIN: Duration = Duration::from_mins(5);
const SUGGEST: &str = "/async/api/v1/suggest";

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let sizes = match std::env::var("KINO_BENCH_FILMS") {
        Ok(sizes) => sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<u64>, _>>()?,
        Err(_) => SIZES.to_vec(),
    };
    let program = program()?;
    for films in sizes {
        println!("  {films} made films:");
        measure(machine, &program, films)?;
    }
    Ok(())
}

fn measure(machine: &Machine, program: &Path, films: u64) -> Outcome<()> {
    let folder = TempDir::new()?;
    let count = u32::try_from(films)?;
    let settings = Cinema::settings(folder.path(), false, &[])?;
    let started = Instant::now();
    machine.client.block_on(async {
        let database = settings.open_database("catalogue").await?;
        let importer =
            Importer::open(database.clone(), AccessLevel::Free, Clock::system(), Entropy::system()).await?;
        importer.untold().run(generate(SEED, 0..films), &CancellationToken::new(), |_, _| ()).await?;
        database.close().await?;
        Outcome::Ok(())
    })?;
    let stored = started.elapsed();
    println!("  stored in {:.1} s, {:.0} films/s", stored.as_secs_f64(), per_second(count, stored));

    let started = Instant::now();
    let cinema = Cinema::on(machine, settings.clone())?;
    let indexed = started.elapsed();
    // It is in use, and joined behind searches' backs; the figures are of the index as it stays.
    until_joined(&settings.data_dir.join("search"), if films < LARGE { 1 } else { machine.cores })?;
    let joined = started.elapsed();
    cinema.stop(machine);
    let rate = per_second(count, indexed);
    goal(
        "indexed",
        &format!("{:.1} s, {rate:.0} films/s", indexed.as_secs_f64()),
        ">= 20000 films/s",
        rate >= INDEX_GOAL,
    );
    println!("  its parts joined after {:.1} s", joined.as_secs_f64());
    let hashes = machine.speed()?;
    println!(
        "  the machine: {hashes:.0} password hashes a second now; indexed in the time of one: {:.0} films",
        rate / hashes
    );
    let index = size_of(&settings.data_dir.join("search"));
    let database = size_of(&settings.data_dir) - index;
    println!(
        "  on the disk, bytes a film: {} in the index, {} in the database",
        index / films,
        database / films
    );

    let started = Instant::now();
    let cinema = Cinema::on(machine, settings.clone())?;
    let ready = started.elapsed();
    goal("start to ready, indexed", &format!("{} ms", ms(ready)), "< 2 s", ready < START_GOAL);
    let measured =
        machine.client.block_on(queries(cinema.address(), &settings.data_dir.join("search"), films));
    cinema.stop(machine);
    measured?;
    memory(machine, program, folder.path(), films)
}

/// What the program takes of memory with this catalogue, once every kind of query was asked.
fn memory(machine: &Machine, program: &Path, folder: &Path, films: u64) -> Outcome<()> {
    let (kino, address, _) = Kino::start(machine, program, folder)?;
    machine.client.block_on(async {
        let mut connection = Connection::open(address).await?;
        for class in classes(&samples(films)?) {
            for request in &class.requests {
                let answer = connection.ask(request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
            }
        }
        Outcome::Ok(())
    })?;
    if let Some((all, own)) = kino.memory("VmRSS").zip(kino.memory("RssAnon")) {
        #[expect(clippy::cast_precision_loss, reason = "films are counted in millions")]
        let a_film = own * 1e6 / films as f64;
        println!(
            "  in memory: {own:.0} MB, {a_film:.0} bytes a film; with what is mapped of index and database {all:.0} MB"
        );
    }
    kino.stop()
}

fn until_joined(index: &Path, parts: usize) -> Outcome<()> {
    let asked = Instant::now();
    while RawIndex::parts(index)? > parts {
        if asked.elapsed() > JOINED_WITHIN {
            return Err("the parts of the index are not joined".into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// A kind of query, and how each sample asks it.
struct Class {
    name: &'static str,
    requests: Vec<Vec<u8>>,
    goal: Duration,
}

async fn queries(address: SocketAddr, index: &Path, films: u64) -> Outcome<()> {
    let samples = samples(films)?;
    let raw = RawIndex::open(index)?;
    let mut connection = Connection::open(address).await?;
    let mut table = Table::new(&["class", "first query", "p50 ms", "p99 ms"]);
    let (mut worst_search, mut worst_suggest) = (Duration::ZERO, Duration::ZERO);
    for class in classes(&samples) {
        let mut times = Vec::with_capacity(ROUNDS * class.requests.len());
        for _ in 0..ROUNDS {
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
        let worst = if class.goal == SUGGEST_GOAL { &mut worst_suggest } else { &mut worst_search };
        *worst = p99.max(*worst);
        table.row([class.name.to_owned(), shown(&class.requests[0]), ms(p50), ms(p99)]);
    }
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for sample in &samples {
            let asked = Instant::now();
            raw.search(&sample.two_words())?;
            times.push(asked.elapsed());
        }
    }
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    table.row(["bare tantivy, two words".to_owned(), samples[0].two_words().join(" "), ms(p50), ms(p99)]);
    table.print();
    goal(
        "the worst search p99",
        &format!("{} ms", ms(worst_search)),
        "<= 10 ms",
        worst_search <= SEARCH_GOAL,
    );
    goal(
        "the worst suggest p99",
        &format!("{} ms", ms(worst_suggest)),
        "<= 5 ms",
        worst_suggest <= SUGGEST_GOAL,
    );
    Ok(())
}

fn classes(samples: &[Sample]) -> Vec<Class> {
    let search =
        |words: &str, filters: &str| get(&format!("{FILMS}/search?query={}{filters}", quoted(words)), None);
    let suggest = |words: &str| get(&format!("{SUGGEST}?query={}", quoted(words)), None);
    let of = |name, goal, request: &dyn Fn(&Sample) -> Vec<u8>| Class {
        name,
        requests: samples.iter().map(request).collect(),
        goal,
    };
    vec![
        of("two words", SEARCH_GOAL, &|sample| search(&sample.two_words().join(" "), "")),
        of("a typo", SEARCH_GOAL, &|sample| search(&sample.with_a_typo(), "")),
        of("a prefix", SEARCH_GOAL, &|sample| search(&beginning(sample.longest(), 4), "")),
        of("in Russian", SEARCH_GOAL, &|sample| search(&sample.russian, "")),
        of("a person", SEARCH_GOAL, &|sample| search(&sample.person, "")),
        of("filter and sort", SEARCH_GOAL, &|sample| {
            search(sample.longest(), "&year_from=1990&year_to=2010&sort=-imdb_rating")
        }),
        // A year for each sample: answers that are kept would otherwise be measured once.
        Class {
            name: "every film, sorted",
            requests: (1970..)
                .zip(samples)
                .map(|(year, _)| search("", &format!("&year_from={year}&sort=-year")))
                .collect(),
            goal: SEARCH_GOAL,
        },
        of("facets", SEARCH_GOAL, &|sample| search(sample.longest(), "&facets=genre,year,access")),
        of("suggest, one letter", SUGGEST_GOAL, &|sample| suggest(&beginning(sample.longest(), 1))),
        of("suggest, three letters", SUGGEST_GOAL, &|sample| suggest(&beginning(&sample.russian, 3))),
        of("suggest, a name", SUGGEST_GOAL, &|sample| suggest(&beginning(&sample.person, 6))),
    ]
}

/// What is known of a film that is searched for.
struct Sample {
    english: String,
    russian: String,
    person: String,
}

impl Sample {
    /// The two longest words of the title.
    fn two_words(&self) -> Vec<String> {
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

fn beginning(word: &str, letters: usize) -> String {
    word.chars().take(letters).collect()
}

fn samples(films: u64) -> Outcome<Vec<Sample>> {
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

/// Of all files below a folder, in bytes.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
