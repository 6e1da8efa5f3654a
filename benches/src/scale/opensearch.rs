//! The same catalogue of made films on OpenSearch: how fast it is indexed, how long each kind of query takes one client,
//! beside OpenSearch itself asked for the bare words, and how soon a new film is found.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use kino_testkit::OwnOpenSearch;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    queries::{Answered, ROUNDS, Sample, samples},
    sizes, store,
};
use crate::{
    Outcome,
    cinema::Cinema,
    client::{Connection, get, post},
    fresh,
    load::{per_second, percentile},
    machine::Machine,
    table::ms,
};

const SIZES: [u64; 2] = [15_000, 150_000];
const PAGE: usize = 50;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let Some(server) = machine.client.block_on(OwnOpenSearch::start_to_measure()) else {
        println!("  there is no OpenSearch here; scripts/engines fetches it");
        return Ok(());
    };
    let address = server.url();
    let (_, address) = address.rsplit_once('/').ok_or("the server has no address")?;
    let address: SocketAddr = address.parse()?;
    for films in sizes(&SIZES)? {
        println!("  {films} made films:");
        measure(machine, &server, address, films)?;
    }
    Ok(())
}

fn measure(machine: &Machine, server: &OwnOpenSearch, engine: SocketAddr, films: u64) -> Outcome<()> {
    let folder = TempDir::new()?;
    let prefix = format!("bench-{films}");
    let url = format!("{}/{prefix}", server.url());
    let settings = Cinema::settings(folder.path(), false, &[("KINO_SEARCH", &url)])?;
    store(machine, &settings, films)?;
    let started = Instant::now();
    let cinema = Cinema::on(machine, settings)?;
    let indexed = started.elapsed();
    let rate = per_second(u32::try_from(films)?, indexed);
    println!("  indexed: {:.1} s, {rate:.0} films/s", indexed.as_secs_f64());
    let measured = machine.client.block_on(async {
        let samples = samples(films)?;
        let mut bare = Bare { connection: Connection::open(engine).await?, prefix: &prefix };
        println!("  on the disk, bytes a film: {} in the index", bare.size().await? / films);
        // Java compiles what is asked often.
        Answered::ask(cinema.address(), &samples, 0).await?;
        let mut answered = Answered::ask(cinema.address(), &samples, 1).await?;
        let (p50, p99) = bare.ask(&samples).await?;
        let first = samples[0].two_words().join(" ");
        answered.table.row(["bare OpenSearch, two words".to_owned(), first, ms(p50), ms(p99)]);
        answered.table.print();
        let ratio = answered.two_words.as_secs_f64() / p50.as_secs_f64();
        println!("  two words / the same from bare OpenSearch: {ratio:.2}");
        fresh::measure(&cinema).await
    });
    cinema.stop(machine);
    measured
}

/// OpenSearch, asked directly.
struct Bare<'a> {
    connection: Connection,
    prefix: &'a str,
}

impl Bare<'_> {
    /// What the index takes on the disk, in bytes.
    async fn size(&mut self) -> Outcome<u64> {
        let stats = get(&format!("/{}-*/_stats/store", self.prefix), None);
        let stats = self.connection.ask(&stats).await?.json(200)?;
        let size = stats.pointer("/_all/primaries/store/size_in_bytes").and_then(Value::as_u64);
        Ok(size.ok_or("the server does not tell its size")?)
    }

    /// A page of films that have the two words of each sample in a title, and how many there are: p50 and p99.
    async fn ask(&mut self, samples: &[Sample]) -> Outcome<(Duration, Duration)> {
        let mut times = Vec::with_capacity(ROUNDS * samples.len());
        for _ in 0..ROUNDS {
            for sample in samples {
                let words = json!({"query": sample.two_words().join(" "), "operator": "and"});
                let body =
                    json!({"query": {"match": {"titles": words}}, "size": PAGE, "track_total_hits": true});
                let request = post(&format!("/{}-films-*/_search", self.prefix), &body, None);
                let asked = Instant::now();
                let answer = self.connection.ask(&request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
                times.push(asked.elapsed());
            }
        }
        Ok((percentile(&mut times, 50), percentile(&mut times, 99)))
    }
}
