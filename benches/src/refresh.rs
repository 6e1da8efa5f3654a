//! A refresh over HTTP beside a bare transaction that writes the same rows, in turns, one at a time: what the check of
//! the token, the rules, a signature and a HMAC cost on top of a commit that is on the disk when it returns.

use std::time::{Duration, Instant};

use kino_domain::Clock;
use kino_engine::Database;
use sea_orm::{
    ConnectionTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde_json::json;

use crate::{
    Outcome,
    cinema::{AUTH, Cinema, session_of, text},
    client::{Connection, post},
    load::{Round, Side, per_second},
    machine::Machine,
    table::{Table, goal, ms},
};

/// Long: the signature is made beside the transaction only when the kernel has spread the threads over the processors, which takes
/// it some hundred milliseconds each time.
const ROUNDS: usize = 8;
const ROUND: Duration = Duration::from_millis(1500);
const GOAL: f64 = 3.0;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  one client, {ROUNDS} rounds of {ROUND:?} a side in turns; medians");
    let cinema = Cinema::start(machine, false)?;
    let measured = machine.client.block_on(measure(&cinema));
    cinema.stop(machine);
    let (bare, over_http) = measured?;
    let mut table = Table::new(&["side", "a second", "p50 ms", "p99 ms"]);
    for (name, side) in [("the transaction alone", &bare), ("refresh over HTTP", &over_http)] {
        let (p50, p99) = (ms(side.latency(50)), ms(side.latency(99)));
        table.row([name.to_owned(), format!("{:.0}", side.rate()), p50, p99]);
    }
    table.print();
    let ratio = 1.0 / over_http.ratio_to(&bare);
    goal("time of a refresh / of the transaction", &format!("{ratio:.2}"), "<= 3", ratio <= GOAL);
    Ok(())
}

async fn measure(cinema: &Cinema) -> Outcome<(Side, Side)> {
    let mut connection = Connection::open(cinema.address()).await?;
    let mut refresh_token = text(&session_of(&mut connection, "viewer").await?["refresh_token"])?;
    // The rows of somebody else: the viewer's lineage stays whole.
    session_of(&mut connection, "other").await?;
    let database = cinema.settings.open_database("auth").await?;
    let (mut bare, mut over_http) = (Side::default(), Side::default());
    for _ in 0..ROUNDS {
        bare.add(transactions(&database).await?);
        over_http.add(refreshes(&mut connection, &mut refresh_token).await?);
    }
    database.close().await?;
    Ok((bare, over_http))
}

async fn transactions(database: &Database) -> Outcome<Round> {
    let (started, mut latencies, clock) = (Instant::now(), Vec::new(), Clock::system());
    while started.elapsed() < ROUND {
        let began = Instant::now();
        let now = clock.now();
        let tx = database.begin().await?;
        let account = Query::update()
            .table("users")
            .value("tokens_stamp", now)
            .and_where(Expr::col("username").eq("other"))
            .to_owned();
        tx.execute(&account).await?;
        let of_other = Query::select()
            .column("id")
            .from("users")
            .and_where(Expr::col("username").eq("other"))
            .to_owned();
        let session = Query::update()
            .table("sessions")
            .value("parent_hash", vec![0u8; 32])
            .value("rotated_at", now)
            .value("expires_at", now)
            .and_where(Expr::col("user_id").in_subquery(of_other))
            .to_owned();
        tx.execute(&session).await?;
        tx.commit().await?;
        latencies.push(began.elapsed());
    }
    round(started, latencies)
}

async fn refreshes(connection: &mut Connection, refresh_token: &mut String) -> Outcome<Round> {
    let (started, mut latencies) = (Instant::now(), Vec::new());
    while started.elapsed() < ROUND {
        let began = Instant::now();
        let request =
            post(&format!("{AUTH}/sessions/refresh"), &json!({"refresh_token": refresh_token}), None);
        let session = connection.ask(&request).await?.json(200)?;
        *refresh_token = text(&session["refresh_token"])?;
        latencies.push(began.elapsed());
    }
    round(started, latencies)
}

fn round(started: Instant, latencies: Vec<Duration>) -> Outcome<Round> {
    let rate = per_second(u32::try_from(latencies.len())?, started.elapsed());
    Ok(Round { rate, server_time: None, latencies })
}
