//! Sign-ins over HTTP beside the bare password hash on as many threads as there are processors, in turns.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use bytes::Bytes;

use crate::{
    Outcome,
    cinema::{Cinema, register, sign_in},
    class::Class,
    client::Connection,
    load::{Round, Side, closed_loop, per_second},
    machine::Machine,
    table::{Table, goal, ms},
};

const PEOPLE: usize = 8;
const ROUNDS: usize = 6;
const ROUND: Duration = Duration::from_millis(1500);
const RATE_GOAL: f64 = 0.9;
/// OWASP's parameters for Argon2id, those of the auth service.
pub(crate) const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  {PEOPLE} clients, {ROUNDS} rounds of {ROUND:?} a side in turns; medians");
    println!("  tokens signed with EdDSA:");
    let cinema = Cinema::with(machine, false, &[("KINO_AUTH__SIGNING_ALGORITHM", "EdDSA")])?;
    let measured = rates(machine, cinema.address());
    cinema.stop(machine);
    measured?;
    println!("  tokens signed with RS256, the default:");
    let cinema = Cinema::start(machine, true)?;
    let measured = rates(machine, cinema.address());
    cinema.stop(machine);
    measured
}

fn rates(machine: &Machine, address: SocketAddr) -> Outcome<()> {
    let requests: Vec<Bytes> = (0..PEOPLE).map(|n| sign_in(&person(n))).collect();
    let mut connections = machine.client.block_on(registered(address))?;
    let (mut bare, mut over_http) = (Side::default(), Side::default());
    for _ in 0..ROUNDS {
        bare.add(hash(machine.cores, ROUND, Class::Usual)?);
        over_http.add(machine.client.block_on(closed_loop(&mut connections, &requests, ROUND))?);
    }

    let mut table = Table::new(&["side", "a second", "p50 ms", "p99 ms"]);
    for (name, side) in [("the hash alone", &bare), ("sign-in over HTTP", &over_http)] {
        let (p50, p99) = (ms(side.latency(50)), ms(side.latency(99)));
        table.row([name.to_owned(), format!("{:.1}", side.rate()), p50, p99]);
    }
    table.print();
    let ratio = over_http.ratio_to(&bare);
    goal("sign-in / the hash alone", &format!("{ratio:.2}"), ">= 0.9", ratio >= RATE_GOAL);
    Ok(())
}

/// The name of someone who signs in.
pub(crate) fn person(n: usize) -> String {
    format!("viewer{}", n % PEOPLE)
}

/// Registers them, each over a connection of their own.
pub(crate) async fn registered(address: SocketAddr) -> Outcome<Vec<Connection>> {
    let mut connections = Connection::open_many(address, PEOPLE).await?;
    for (n, connection) in connections.iter_mut().enumerate() {
        register(connection, &person(n)).await?;
    }
    Ok(connections)
}

/// The hash alone for so long, each thread with memory that it uses again.
pub(crate) fn hash(threads: usize, lasts: Duration, class: Class) -> Outcome<Round> {
    let started = Instant::now();
    let work = move || {
        class.enter()?;
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| error.to_string())?;
        let mut memory = vec![Block::default(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (mut output, mut latencies) = ([0; 32], Vec::new());
        while started.elapsed() < lasts {
            let began = Instant::now();
            argon2
                .hash_password_into_with_memory(
                    b"correct horse battery",
                    b"sixteen of salt.",
                    &mut output,
                    &mut memory,
                )
                .map_err(|error| error.to_string())?;
            latencies.push(began.elapsed());
        }
        Ok::<_, String>(latencies)
    };
    let latencies: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked".to_owned())?);
        joined.collect::<Result<Vec<_>, String>>()
    })?
    .concat();
    let rate = per_second(u32::try_from(latencies.len())?, started.elapsed());
    Ok(Round { rate, server_time: None, latencies })
}
