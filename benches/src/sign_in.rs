//! Sign-ins over HTTP beside the bare password hash on as many threads as there are processors, in turns; and what
//! a storm of sign-ins does to others' requests.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use bytes::Bytes;
use tokio::task::JoinSet;

use crate::{
    Outcome,
    cinema::{Cinema, free_film, register, sign_in},
    client::{Connection, get},
    load::{Round, Side, closed_loop, per_second, percentile},
    machine::{Machine, process_memory},
    table::{Table, goal, ms},
};

const PEOPLE: usize = 8;
const ROUNDS: usize = 6;
const ROUND: Duration = Duration::from_millis(1500);
const RATE_GOAL: f64 = 0.9;
/// OWASP's parameters for Argon2id, those of the auth service.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

const STORMS: u32 = 3;
/// Attempts at once.
const STORM: usize = 500;
/// Viewers who look at a film all the while, with a pause, so that they do not load the machine themselves.
const VIEWERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(2);
const CALM: Duration = Duration::from_secs(3);
const HARM_GOAL: f64 = 1.5;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  {PEOPLE} clients, {ROUNDS} rounds of {ROUND:?} a side in turns; medians");
    println!("  tokens signed with EdDSA:");
    let cinema = Cinema::with(machine, false, &[("KINO_AUTH__SIGNING_ALGORITHM", "EdDSA")])?;
    let measured = rates(machine, cinema.address());
    cinema.stop(machine);
    measured?;
    println!("  tokens signed with RS256, the default:");
    let cinema = Cinema::start(machine, true)?;
    let measured = rates(machine, cinema.address())
        .and_then(|()| machine.client.block_on(storms(cinema.address(), machine.cores)));
    cinema.stop(machine);
    measured
}

fn rates(machine: &Machine, address: SocketAddr) -> Outcome<()> {
    let people: Vec<String> = (0..PEOPLE).map(|n| format!("viewer{n}")).collect();
    let requests: Vec<Bytes> = people.iter().map(|name| sign_in(name)).collect();
    let mut connections = machine.client.block_on(async {
        let mut connections = Connection::open_many(address, PEOPLE).await?;
        for (connection, name) in connections.iter_mut().zip(&people) {
            register(connection, name).await?;
        }
        Outcome::Ok(connections)
    })?;
    let (mut bare, mut over_http) = (Side::default(), Side::default());
    for _ in 0..ROUNDS {
        bare.add(hash(machine.cores)?);
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

/// The hash alone, each thread with memory that it uses again.
fn hash(threads: usize) -> Outcome<Round> {
    let started = Instant::now();
    let work = move || {
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|error| error.to_string())?;
        let mut memory = vec![Block::default(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (mut output, mut latencies) = ([0; 32], Vec::new());
        while started.elapsed() < ROUND {
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

/// What this process has in memory now, in MB. The sign-ins before this have taken the memory of the hashing threads.
fn resident() -> Option<f64> {
    process_memory(std::process::id(), "VmRSS")
}

/// What this process had at most is counted from now on (Linux).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

async fn storms(address: SocketAddr, cores: usize) -> Outcome<()> {
    let request: Bytes = {
        let mut connection = Connection::open(address).await?;
        get(&free_film(&mut connection).await?, None).into()
    };
    let mut before = view(address, &request, async || tokio::time::sleep(CALM).await).await?;
    let mut guests = Connection::open_many(address, STORM).await?;
    let base = resident();
    forget_peak();
    let (mut during, mut statuses, mut lasted) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..STORMS {
        let started = Instant::now();
        let mut answers = Ok(Vec::new());
        let viewing = view(address, &request, async || answers = storm(&mut guests).await);
        during.extend(viewing.await?);
        statuses.extend(answers?);
        lasted += started.elapsed();
    }

    // The same number of requests at once that hash nothing: what is left of the harm then is that of any crowd.
    let health: Bytes = get("/healthz", None).into();
    let mut crowded = Vec::new();
    for _ in 0..STORMS {
        let viewing = view(address, &request, async || {
            let started = Instant::now();
            let _ = crowd(&mut guests, |_| health.clone()).await;
            tokio::time::sleep((lasted / STORMS).saturating_sub(started.elapsed())).await;
        });
        crowded.extend(viewing.await?);
    }

    let count = |status: u16| statuses.iter().filter(|given| **given == status).count();
    let (signed_in, refused) = (count(200), count(429));
    let others = statuses.len() - signed_in - refused;
    println!(
        "  {STORMS} storms of {STORM} sign-ins at once, {:.1} s in all: {signed_in} answered 200, {refused} answered \
         429, {others} otherwise",
        lasted.as_secs_f64()
    );
    if let Some((base, peak)) = base.zip(process_memory(std::process::id(), "VmHWM")) {
        let (growth, most) =
            (peak - base, f64::from(u32::try_from(cores)?) * f64::from(MEMORY_KIB) * 1024.0 / 1e6);
        let figure = format!("{growth:.0} MB on top of {base:.0} MB");
        goal("memory in the storm", &figure, &format!("<= threads x 19 MiB = {most:.0} MB"), growth <= most);
    }
    let mut table = Table::new(&["film detail", "requests", "p50 ms", "p99 ms", "max ms"]);
    for (name, times) in [
        ("before the storm", &mut before),
        ("during the storm", &mut during),
        ("in a crowd that hashes nothing", &mut crowded),
    ] {
        let [p50, p99, longest] = [50, 99, 100].map(|percent| ms(percentile(times, percent)));
        table.row([name.to_owned(), times.len().to_string(), p50, p99, longest]);
    }
    table.print();
    let harm = percentile(&mut during, 99).as_secs_f64() / percentile(&mut before, 99).as_secs_f64();
    goal("film detail p99 during / before", &format!("{harm:.1}"), "<= 1.5", harm <= HARM_GOAL);
    let harm = percentile(&mut during, 99).as_secs_f64() / percentile(&mut crowded, 99).as_secs_f64();
    goal("film detail p99 during / in such a crowd", &format!("{harm:.1}"), "<= 1.5", harm <= HARM_GOAL);
    Ok(())
}

/// Looks at a film again and again until `meanwhile` is over; answers how long each look took.
async fn view(address: SocketAddr, request: &Bytes, meanwhile: impl AsyncFnOnce()) -> Outcome<Vec<Duration>> {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut viewers = JoinSet::new();
    for mut connection in Connection::open_many(address, VIEWERS).await? {
        let (is_over, request) = (Arc::clone(&is_over), request.clone());
        viewers.spawn(async move {
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let answer = connection.ask(&request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
                times.push(asked.elapsed());
                tokio::time::sleep(PAUSE).await;
            }
            Outcome::Ok(times)
        });
    }
    meanwhile().await;
    is_over.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    while let Some(viewer) = viewers.join_next().await {
        times.extend(viewer??);
    }
    Ok(times)
}

/// All guests sign in at once; answers their statuses.
async fn storm(guests: &mut Vec<Connection>) -> Outcome<Vec<u16>> {
    crowd(guests, |n| sign_in(&format!("viewer{}", n % PEOPLE))).await
}

/// All guests ask at once; answers their statuses.
async fn crowd(guests: &mut Vec<Connection>, request: impl Fn(usize) -> Bytes) -> Outcome<Vec<u16>> {
    let mut attempts = JoinSet::new();
    for (n, mut guest) in guests.drain(..).enumerate() {
        let request = request(n);
        attempts.spawn(async move {
            let status = guest.ask(&request).await?.status;
            Outcome::Ok((guest, status))
        });
    }
    let mut statuses = Vec::new();
    while let Some(attempt) = attempts.join_next().await {
        let (guest, status) = attempt??;
        guests.push(guest);
        statuses.push(status);
    }
    Ok(statuses)
}
