//! Film search over HTTP at 15,000 films: the import, how soon all are found, how long each kind of query takes one
//! client, beside `/healthz`, which is what any request takes; and how soon a new film is found.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use kino_catalogue::{ImportReport, Importer, Lines};
use kino_domain::{AccessLevel, Clock, Entropy};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    Outcome,
    cinema::{Cinema, FILMS},
    client::{Connection, get, quoted},
    films, fresh,
    load::{per_second, percentile},
    machine::Machine,
    table::{Table, goal, ms},
};

const ROUNDS: usize = 10;
/// Requests of each class in a round.
const AT_ONCE: usize = 60;
const SEARCHABLE_WITHIN: Duration = Duration::from_mins(3);
const IMPORT_GOAL: Duration = Duration::from_mins(1);
const FRESH_GOAL: Duration = Duration::from_secs(1);
const P99_GOAL: Duration = Duration::from_millis(10);
/// Name, words, and filters.
const CLASSES: [(&str, &str, &str); 6] = [
    ("two words", "star wars", ""),
    ("a typo", "star wrs", ""),
    ("a prefix", "inter", ""),
    ("a person", "tarantino", ""),
    ("in Russian", "звездные войны", ""),
    ("a word, filtered", "love", "&year_from=1990&country=US"),
];

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let folder = TempDir::new()?;
    let (file, origin) = films::file(folder.path())?;
    println!("  {origin}; one client, {ROUNDS} rounds of {AT_ONCE} requests a class in turns");
    let cinema = Cinema::start(machine, false)?;
    let measured = machine.client.block_on(async {
        import(&cinema, &file).await?;
        queries(cinema.address()).await?;
        fresh::measure(&cinema).await
    });
    cinema.stop(machine);
    measured
}

/// Imports as `kino import films` does beside a running server, which indexes the films as they come.
async fn import(cinema: &Cinema, file: &Path) -> Outcome<()> {
    let database = cinema.settings.open_database("catalogue").await?;
    let started = Instant::now();
    let mut importer =
        Importer::open(database.clone(), AccessLevel::Free, Clock::system(), Entropy::system()).await?;
    let report: ImportReport = importer.run(Lines::open(file)?, &CancellationToken::new(), |_, _| ()).await?;
    let import_time = started.elapsed();
    until_searchable(cinema.address(), report.added).await?;
    let searchable = started.elapsed();
    database.close().await?;

    let added = u32::try_from(report.added)?;
    println!("  {added} films, {} bad lines", report.bad.len());
    let figure = format!("{:.1} s, {:.0} films/s", import_time.as_secs_f64(), per_second(added, import_time));
    goal("import", &figure, "< 60 s", import_time < IMPORT_GOAL);
    let behind = searchable.saturating_sub(import_time);
    let figure = format!("{:.2} s after the import", behind.as_secs_f64());
    goal("all films searchable", &figure, "< 1 s", behind < FRESH_GOAL);
    Ok(())
}

async fn until_searchable(address: SocketAddr, count: u64) -> Outcome<()> {
    let mut connection = Connection::open(address).await?;
    let all = get(&format!("{FILMS}/search?query=&page_size=1"), None);
    let asking = async {
        while connection.ask(&all).await?.json(200)?["total"] != count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(SEARCHABLE_WITHIN, asking).await.map_err(|_| "the films do not become searchable")?
}

async fn queries(address: SocketAddr) -> Outcome<()> {
    let mut connection = Connection::open(address).await?;
    let search =
        |words: &str, filters: &str| get(&format!("{FILMS}/search?query={}{filters}", quoted(words)), None);
    let mut classes = vec![("/healthz", String::new(), "-".to_owned(), get("/healthz", None))];
    for (name, words, filters) in CLASSES {
        let request = search(words, filters);
        let found = connection.ask(&request).await?.json(200)?["total"].to_string();
        classes.push((name, format!("{words}{filters}"), found, request));
    }
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); classes.len()];
    for _ in 0..ROUNDS {
        for ((.., request), times) in classes.iter().zip(&mut times) {
            for _ in 0..AT_ONCE {
                let asked = Instant::now();
                let answer = connection.ask(request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
                times.push(asked.elapsed());
            }
        }
    }

    let floor = percentile(&mut times[0], 50);
    let mut worst = Duration::ZERO;
    let mut table = Table::new(&["class", "query", "found", "p50 ms", "p99 ms", "p50 / healthz"]);
    for ((name, query, found, _), times) in classes.into_iter().zip(&mut times) {
        let (p50, p99) = (percentile(times, 50), percentile(times, 99));
        worst = worst.max(p99);
        let ratio = format!("{:.1}", p50.as_secs_f64() / floor.as_secs_f64());
        table.row([name.to_owned(), query, found, ms(p50), ms(p99), ratio]);
    }
    table.print();
    goal("the worst p99", &format!("{} ms", ms(worst)), "<= 10 ms, at 1M films", worst <= P99_GOAL);
    Ok(())
}
