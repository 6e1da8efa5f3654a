//! A catalogue of made films, from small to large: how fast it is indexed, what a film takes on the disk, how soon a server
//! is ready again, how long each kind of search takes one client, beside tantivy doing the bare query on the same index, and
//! what all of it takes of memory. `KINO_BENCH_FILMS=15000,150000` chooses the sizes.

pub(crate) mod opensearch;
mod queries;

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use kino::Settings;
use kino_catalogue::{Importer, generate};
use kino_domain::{AccessLevel, Clock, Entropy};
use queries::{Answered, ROUNDS, classes, samples};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    Outcome,
    cinema::Cinema,
    client::Connection,
    load::{per_second, percentile},
    machine::Machine,
    program::{Kino, program},
    raw_search::RawIndex,
    table::{goal, ms},
};

const SIZES: [u64; 3] = [15_000, 150_000, 1_000_000];
/// Of so many films an index has a part for each processor.
const LARGE: u64 = 100_000;
const SEED: u64 = 1;
const INDEX_GOAL: f64 = 20_000.0;
const SEARCH_GOAL: Duration = Duration::from_millis(10);
const SUGGEST_GOAL: Duration = Duration::from_millis(5);
const START_GOAL: Duration = Duration::from_secs(2);
const JOINED_WITHIN: Duration = Duration::from_mins(5);

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let program = program()?;
    for films in sizes(&SIZES)? {
        println!("  {films} made films:");
        measure(machine, &program, films)?;
    }
    Ok(())
}

/// How many films there are to be, in turns: what is asked for, else these.
fn sizes(usual: &[u64]) -> Outcome<Vec<u64>> {
    Ok(match std::env::var("KINO_BENCH_FILMS") {
        Ok(sizes) => sizes.split(',').map(|size| size.trim().parse()).collect::<Result<_, _>>()?,
        Err(_) => usual.to_vec(),
    })
}

/// Stores made films, as `kino demo generate` does.
fn store(machine: &Machine, settings: &Settings, films: u64) -> Outcome<()> {
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
    let rate = per_second(u32::try_from(films)?, stored);
    println!("  stored in {:.1} s, {rate:.0} films/s", stored.as_secs_f64());
    Ok(())
}

fn measure(machine: &Machine, program: &Path, films: u64) -> Outcome<()> {
    let folder = TempDir::new()?;
    let settings = Cinema::settings(folder.path(), false, &[])?;
    store(machine, &settings, films)?;

    let started = Instant::now();
    let cinema = Cinema::on(machine, settings.clone())?;
    let indexed = started.elapsed();
    // It is in use, and joined behind searches' backs; the figures are of the index as it stays.
    until_joined(&settings.data_dir.join("search"), if films < LARGE { 1 } else { machine.cores })?;
    let joined = started.elapsed();
    cinema.stop(machine);
    let rate = per_second(u32::try_from(films)?, indexed);
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
        for class in classes(&samples(films)?, 1) {
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

async fn queries(address: SocketAddr, index: &Path, films: u64) -> Outcome<()> {
    let samples = samples(films)?;
    let raw = RawIndex::open(index)?;
    let mut answered = Answered::ask(address, &samples, 0).await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        for sample in &samples {
            let asked = Instant::now();
            raw.search(&sample.two_words())?;
            times.push(asked.elapsed());
        }
    }
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    let first = samples[0].two_words().join(" ");
    answered.table.row(["bare tantivy, two words".to_owned(), first, ms(p50), ms(p99)]);
    answered.table.print();
    let Answered { worst_search, worst_suggest, .. } = answered;
    let (search, suggest) = (format!("{} ms", ms(worst_search)), format!("{} ms", ms(worst_suggest)));
    goal("the worst search p99", &search, "<= 10 ms", worst_search <= SEARCH_GOAL);
    goal("the worst suggest p99", &suggest, "<= 5 ms", worst_suggest <= SUGGEST_GOAL);
    Ok(())
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
