//! What a storm of sign-ins does to others' requests, and to memory: a film is looked at in a calm, beside hashes alone and
//! during a storm, in turns.
//!
//! Viewers and guests have machines of their own in life; here they share the processors with the platform. So viewers go
//! before everyone, where the system lets us, and guests after everyone: what is measured is the platform.

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
    cinema::{Cinema, free_film, sign_in},
    class::Class,
    client::{Connection, get},
    load::{median, percentile},
    machine::{Machine, process_memory},
    sign_in::{MEMORY_KIB, hash, person, registered},
    table::{Table, goal, ms},
};

const ROUNDS: u32 = 5;
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
const CALM: Duration = Duration::from_secs(3);
const HARM_GOAL: f64 = 1.5;

/// What this process has in memory now, in MB.
fn resident() -> Option<f64> {
    process_memory(std::process::id(), "VmRSS")
}

/// What this process had at most is counted from now on (Linux).
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  {VIEWERS} viewers, {STORM} guests, {ROUNDS} rounds of calm, hashes alone and storm in turns");
    if let Some(reason) = &machine.witness_waits {
        println!(
            "  {reason}: viewers wait for the platform's threads and for each other, longer than at machines of their own"
        );
    }
    let cinema = Cinema::start(machine, true)?;
    let measured = machine.client.block_on(storms(machine, cinema.address()));
    cinema.stop(machine);
    measured
}

/// What looking at a film took, by round.
#[derive(Default)]
struct Looks(Vec<Vec<Duration>>);

impl Looks {
    fn p99s(&mut self) -> Vec<f64> {
        self.0.iter_mut().map(|round| percentile(round, 99).as_secs_f64()).collect()
    }

    /// How many times the p99 of another: the median of the rounds.
    fn to(&mut self, other: &mut Self) -> f64 {
        median(self.p99s().into_iter().zip(other.p99s()).map(|(ours, theirs)| ours / theirs))
    }

    fn row(&self, name: &str) -> [String; 5] {
        let mut all = self.0.concat();
        let [p50, p99, longest] = [50, 99, 100].map(|percent| ms(percentile(&mut all, percent)));
        [name.to_owned(), all.len().to_string(), p50, p99, longest]
    }
}

async fn storms(machine: &Machine, address: SocketAddr) -> Outcome<()> {
    drop(registered(address).await?);
    // Unmeasured: every hashing thread takes its memory at its first hash.
    storm(machine, guests(machine, address).await?).await?;
    let request: Bytes = {
        let mut connection = Connection::open(address).await?;
        get(&free_film(&mut connection).await?, None).into()
    };
    let [mut before, mut beside, mut during, mut first] = [(); 4].map(|()| Looks::default());
    let (mut refused, mut lasted, mut memory) = (0, Duration::ZERO, Vec::new());
    for _ in 0..ROUNDS {
        before.0.push(view(machine, address, &request, async || tokio::time::sleep(CALM).await).await?.all);
        // What any work that fills the processors does to others on this machine, however politely it steps aside.
        let cores = machine.cores;
        let mut hashed = Ok(());
        let filling = async || {
            let hashing = tokio::task::spawn_blocking(move || {
                hash(cores, CALM, Class::Idle).map(drop).map_err(|error| error.to_string())
            });
            hashed = hashing.await.map_err(|error| error.to_string()).flatten();
        };
        beside.0.push(view(machine, address, &request, filling).await?.all);
        hashed?;

        let resident = resident();
        forget_peak();
        let guests = guests(machine, address).await?;
        let started = Instant::now();
        let mut sent_away = Ok(0);
        let seen =
            view(machine, address, &request, async || sent_away = storm(machine, guests).await).await?;
        refused += sent_away?;
        lasted += started.elapsed();
        during.0.push(seen.all);
        first.0.push(seen.first);
        if let Some((resident, peak)) = resident.zip(process_memory(std::process::id(), "VmHWM")) {
            memory.push((peak - resident, resident));
        }
    }
    println!(
        "  all guests are in after {:.1} s, sent away {} times a storm and come back when they were told",
        (lasted / ROUNDS).as_secs_f64(),
        refused / usize::try_from(ROUNDS)?
    );
    if let Some((growth, base)) = memory.into_iter().max_by(|one, other| one.0.total_cmp(&other.0)) {
        let most = f64::from(u32::try_from(machine.cores)?) * f64::from(MEMORY_KIB) * 1024.0 / 1e6;
        let figure = format!("at most {growth:.0} MB on top of {base:.0} MB");
        goal("memory in the storm", &figure, &format!("<= threads x 19 MiB = {most:.0} MB"), growth <= most);
    }
    let mut table = Table::new(&["film detail", "requests", "p50 ms", "p99 ms", "max ms"]);
    table.row(before.row("in the calm"));
    table.row(beside.row("beside hashes alone, of class idle"));
    table.row(during.row("during the storm"));
    table.row(first.row("of which in its first half second"));
    table.print();
    let harm = during.to(&mut before);
    goal(
        "film detail p99 during the storm / in the calm, median of the rounds",
        &format!("{harm:.1}"),
        "<= 1.5",
        harm <= HARM_GOAL,
    );
    println!("  film detail p99 during / beside hashes alone: {:.1}", during.to(&mut beside));
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

/// Guests who are connected, where they are used: who watches the sockets is of their class too.
async fn guests(machine: &Machine, address: SocketAddr) -> Outcome<Vec<Connection>> {
    machine.guests.spawn(Connection::open_many(address, STORM)).await?
}

/// All guests begin to sign in at once and end when they are in; answers how often they were sent away.
async fn storm(machine: &Machine, guests: Vec<Connection>) -> Outcome<usize> {
    let mut storm = JoinSet::new();
    for (n, mut guest) in guests.into_iter().enumerate() {
        let request = sign_in(&person(n));
        let guest = async move {
            for refused in 0..PATIENCE {
                let answer = guest.ask(&request).await?;
                if answer.status != 429 {
                    answer.json(200)?;
                    return Outcome::Ok(refused);
                }
                tokio::time::sleep(answer.retry_after()?).await;
            }
            Err("a guest was sent away again and again".into())
        };
        storm.spawn_on(guest, machine.guests.handle());
    }
    let mut refused = 0;
    while let Some(guest) = storm.join_next().await {
        refused += guest??;
    }
    Ok(refused)
}
