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
    sign_in::{MEMORY_KIB, PEOPLE},
    table::{Table, goal, ms},
};

const STORMS: u32 = 3;
/// Attempts at once.
const STORM: usize = 500;
/// Viewers who look at a film all the while, with a pause, so that they do not load the machine themselves.
const VIEWERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(2);
const CALM: Duration = Duration::from_secs(3);
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
    let mut before = view(machine, address, &request, async || tokio::time::sleep(CALM).await).await?;
    let mut guests = Connection::open_many(address, STORM).await?;
    let base = resident();
    forget_peak();
    let (mut during, mut statuses, mut lasted) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..STORMS {
        let started = Instant::now();
        let mut answers = Ok(Vec::new());
        let viewing = view(machine, address, &request, async || answers = storm(&mut guests).await);
        during.extend(viewing.await?);
        statuses.extend(answers?);
        lasted += started.elapsed();
    }

    // The same number of requests at once that hash nothing: what is left of the harm then is that of any crowd.
    let health = vec![Bytes::from(get("/healthz", None)); STORM];
    let mut crowded = Vec::new();
    for _ in 0..STORMS {
        let viewing = view(machine, address, &request, async || {
            let started = Instant::now();
            let _ = crowd(&mut guests, &health).await;
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
            (peak - base, f64::from(u32::try_from(machine.cores)?) * f64::from(MEMORY_KIB) * 1024.0 / 1e6);
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
async fn view(
    machine: &Machine,
    address: SocketAddr,
    request: &Bytes,
    meanwhile: impl AsyncFnOnce(),
) -> Outcome<Vec<Duration>> {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut viewers = JoinSet::new();
    for _ in 0..VIEWERS {
        let (is_over, request) = (Arc::clone(&is_over), request.clone());
        let viewer = async move {
            let mut connection = Connection::open(address).await?;
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
        };
        viewers.spawn_on(viewer, machine.witness.handle());
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
async fn storm(guests: &mut [Connection]) -> Outcome<Vec<u16>> {
    let requests: Vec<Bytes> = (0..guests.len()).map(|n| sign_in(&format!("viewer{}", n % PEOPLE))).collect();
    crowd(guests, &requests).await
}

/// All guests ask at once; answers their statuses. They stand for as many machines, so they do little: what they do, they do
/// with the processors of the server.
async fn crowd(guests: &mut [Connection], requests: &[Bytes]) -> Outcome<Vec<u16>> {
    for (guest, request) in guests.iter_mut().zip(requests) {
        guest.send(request).await?;
    }
    let mut statuses = Vec::with_capacity(guests.len());
    for guest in guests {
        statuses.push(guest.receive().await?.status);
    }
    Ok(statuses)
}
