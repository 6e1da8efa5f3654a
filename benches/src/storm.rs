//! What a storm of sign-ins does to others' requests, and to memory.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::{
    Outcome,
    cinema::{free_film, sign_in},
    client::{Connection, get},
    load::percentile,
    machine::{Machine, process_memory},
    sign_in::{Class, MEMORY_KIB, PEOPLE, hash},
    table::{Table, goal, ms},
};

const STORMS: u32 = 2;
/// Guests who want to sign in, all from the same moment on. Each does as it is told: who is refused comes back after the
/// seconds of `Retry-After`, until it is in.
const STORM: usize = 500;
/// What a storm begins with: nobody has been told yet when to come.
const FIRST: Duration = Duration::from_millis(500);
/// Refusals of one guest, at most.
const PATIENCE: usize = 50;
/// Viewers who look at a film all the while, with a pause, so that they do not load the machine themselves.
const VIEWERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(2);
const CALM: Duration = Duration::from_secs(5);
const HARM_GOAL: f64 = 1.5;

/// What this process has in memory now, in MB. The sign-ins before this have taken the memory of the hashing threads.
fn resident() -> Option<f64> {
    process_memory(std::process::id(), "VmRSS")
}

/// What this process had at most is counted from now on (Linux).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

pub(crate) async fn storms(machine: &Machine, address: SocketAddr) -> Outcome<()> {
    let request: Bytes = {
        let mut connection = Connection::open(address).await?;
        get(&free_film(&mut connection).await?, None).into()
    };
    let mut before = view(machine, address, &request, async || tokio::time::sleep(CALM).await).await?.all;
    // What any work that fills the processors does to others on this machine, however politely it steps aside.
    let cores = machine.cores;
    let mut hashed = Ok(());
    let beside = async || {
        let hashing = tokio::task::spawn_blocking(move || {
            hash(cores, CALM, Class::Idle).map(drop).map_err(|error| error.to_string())
        });
        hashed = hashing.await.map_err(|error| error.to_string()).flatten();
    };
    let mut beside = view(machine, address, &request, beside).await?.all;
    hashed?;
    let base = resident();
    forget_peak();
    let (mut during, mut first, mut refused) = (Vec::new(), Vec::new(), 0);
    let mut lasted = Duration::ZERO;
    for _ in 0..STORMS {
        let guests = Connection::open_many(address, STORM).await?;
        let started = Instant::now();
        let mut sent_away = Ok(0);
        let seen = view(machine, address, &request, async || sent_away = storm(guests).await).await?;
        refused += sent_away?;
        lasted += started.elapsed();
        during.extend(seen.all);
        first.extend(seen.first);
    }
    println!(
        "  {STORMS} storms of {STORM} guests who sign in at once: all are in after {:.1} s, sent away {refused} times and \
         come back when they were told",
        (lasted / STORMS).as_secs_f64()
    );
    if let Some((base, peak)) = base.zip(process_memory(std::process::id(), "VmHWM")) {
        let (growth, most) =
            (peak - base, f64::from(u32::try_from(machine.cores)?) * f64::from(MEMORY_KIB) * 1024.0 / 1e6);
        let figure = format!("{growth:.0} MB on top of {base:.0} MB");
        goal("memory in the storm", &figure, &format!("<= threads x 19 MiB = {most:.0} MB"), growth <= most);
    }
    let mut table = Table::new(&["film detail", "requests", "p50 ms", "p99 ms", "max ms"]);
    for (name, times) in [
        ("before the storm", &mut before),
        ("beside hashes alone, of class idle", &mut beside),
        ("during the storm", &mut during),
        ("of which in its first half second", &mut first),
    ] {
        let [p50, p99, longest] = [50, 99, 100].map(|percent| ms(percentile(times, percent)));
        table.row([name.to_owned(), times.len().to_string(), p50, p99, longest]);
    }
    table.print();
    let harm = percentile(&mut during, 99).as_secs_f64() / percentile(&mut before, 99).as_secs_f64();
    goal("film detail p99 during / before", &format!("{harm:.1}"), "<= 1.5", harm <= HARM_GOAL);
    let harm = percentile(&mut during, 99).as_secs_f64() / percentile(&mut beside, 99).as_secs_f64();
    goal("film detail p99 during / beside hashes alone", &format!("{harm:.1}"), "<= 1.5", harm <= HARM_GOAL);
    Ok(())
}

/// How long looks at a film took.
#[derive(Default)]
struct Seen {
    all: Vec<Duration>,
    /// Those that began in the first moments.
    first: Vec<Duration>,
}

/// Looks at a film again and again until `meanwhile` is over; answers how long each look took.
async fn view(
    machine: &Machine,
    address: SocketAddr,
    request: &Bytes,
    meanwhile: impl AsyncFnOnce(),
) -> Outcome<Seen> {
    let began = Instant::now();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut viewers = JoinSet::new();
    for _ in 0..VIEWERS {
        let (is_over, request) = (Arc::clone(&is_over), request.clone());
        let viewer = async move {
            let mut connection = Connection::open(address).await?;
            let mut seen = Seen::default();
            while !is_over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let answer = connection.ask(&request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
                seen.all.push(asked.elapsed());
                if asked.duration_since(began) < FIRST {
                    seen.first.push(asked.elapsed());
                }
                tokio::time::sleep(PAUSE).await;
            }
            Outcome::Ok(seen)
        };
        viewers.spawn_on(viewer, machine.witness.handle());
    }
    meanwhile().await;
    is_over.store(true, Ordering::Relaxed);
    let mut seen = Seen::default();
    while let Some(viewer) = viewers.join_next().await {
        let viewer = viewer??;
        seen.all.extend(viewer.all);
        seen.first.extend(viewer.first);
    }
    Ok(seen)
}

/// All guests begin to sign in at once and end when they are in; answers how often they were sent away.
async fn storm(guests: Vec<Connection>) -> Outcome<usize> {
    let mut storm = JoinSet::new();
    for (n, mut guest) in guests.into_iter().enumerate() {
        let request = sign_in(&format!("viewer{}", n % PEOPLE));
        storm.spawn(async move {
            for refused in 0..PATIENCE {
                let answer = guest.ask(&request).await?;
                if answer.status != 429 {
                    answer.json(200)?;
                    return Outcome::Ok(refused);
                }
                tokio::time::sleep(answer.retry_after()?).await;
            }
            Err("a guest was sent away again and again".into())
        });
    }
    let mut refused = 0;
    while let Some(guest) = storm.join_next().await {
        refused += guest??;
    }
    Ok(refused)
}
