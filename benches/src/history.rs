//! What a viewer's history of sign-ins costs to read as the whole history grows from a thousand rows to ten million, on
//! PostgreSQL.

use std::time::{Duration, Instant};

use kino_engine::Database;
use kino_testkit::TestDatabase;
use sea_orm::ConnectionTrait as _;

use crate::{
    Outcome,
    cinema::{AUTH, Cinema, session_of, text},
    client::{Connection, get},
    load::percentile,
    machine::Machine,
    table::{Table, goal, ms},
};

/// Rows of the whole history.
const SIZES: [u64; 3] = [1_000, 100_000, 10_000_000];
/// Rows of each viewer.
const OWN: u64 = 100;
const ASKED: usize = 500;
/// How many times the cost of the smallest history.
const GOAL: f64 = 1.5;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let Some(database) = machine.client.block_on(TestDatabase::postgres()) else {
        println!("  there is no PostgreSQL here");
        return Ok(());
    };
    println!("  GET /sessions/entry-history, {ASKED} times a size; {OWN} rows are the viewer's own");
    let cinema = Cinema::with(machine, false, &[("KINO_DATABASE", database.url())])?;
    let measured = machine.client.block_on(measure(&cinema));
    cinema.stop(machine);
    measured
}

async fn measure(cinema: &Cinema) -> Outcome<()> {
    let mut connection = Connection::open(cinema.address()).await?;
    let session = session_of(&mut connection, "viewer").await?;
    let (viewer, token) = (text(&session["user_id"])?, text(&session["access_token"])?);
    let request = get(&format!("{AUTH}/sessions/entry-history"), Some(&token));
    let database = cinema.settings.open_database("auth").await?;
    fill(&database, 1..=OWN, &format!("'{viewer}'")).await?;

    let mut table = Table::new(&["rows", "p50 ms", "p99 ms"]);
    let (mut rows, mut medians) = (OWN, Vec::new());
    for size in SIZES {
        // A hundred rows to a viewer, whose id is made of their number.
        let other = format!("('00000000-0000-7000-8000-' || lpad(to_hex(n / {OWN}), 12, '0'))::uuid");
        fill(&database, rows + 1..=size, &other).await?;
        rows = size;
        // The old one was closed while it had nothing to ask.
        let mut connection = Connection::open(cinema.address()).await?;
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let asked = Instant::now();
            connection.ask(&request).await?.json(200)?;
            times.push(asked.elapsed());
        }
        let [p50, p99]: [Duration; 2] = [50, 99].map(|percent| percentile(&mut times, percent));
        table.row([size.to_string(), ms(p50), ms(p99)]);
        medians.push(p50.as_secs_f64());
    }
    database.close().await?;
    table.print();
    let growth = medians.last().zip(medians.first()).map_or(f64::INFINITY, |(last, first)| last / first);
    goal("cost at the largest / at the smallest", &format!("{growth:.2}"), "<= 1.5", growth <= GOAL);
    Ok(())
}

/// Generates rows of the last four weeks.
async fn fill(database: &Database, numbers: std::ops::RangeInclusive<u64>, user_id: &str) -> Outcome<()> {
    let (first, last) = numbers.into_inner();
    let insert = format!(
        "INSERT INTO sign_ins (user_id, login_at, id, user_agent, device_type, ip, method, success) \
         SELECT {user_id}, now() - (n % 2419200) * interval '1 second', gen_random_uuid(), \
         'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'desktop', '192.0.2.7', 'password', \
         true FROM generate_series({first}, {last}) AS n"
    );
    database.read().execute_unprepared(&insert).await?;
    database.read().execute_unprepared("VACUUM ANALYZE sign_ins").await?;
    Ok(())
}
