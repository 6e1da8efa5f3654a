//! The program itself, as a child process with the demo films: how soon it is ready, in an empty folder and again,
//! and the memory that it takes.

use std::{net::SocketAddr, slice, thread, time::Duration};

use bytes::Bytes;
use tempfile::TempDir;

use crate::{
    Outcome,
    cinema::free_film,
    client::{Connection, get},
    load::{closed_loop, percentile},
    machine::Machine,
    program::{Kino, program},
    table::{Table, goal, ms},
};

const STARTS: usize = 5;
const READY_GOAL: Duration = Duration::from_millis(500);
/// After it is ready, before its memory is looked at.
const IDLE: Duration = Duration::from_secs(2);
const MEMORY_GOAL_MB: f64 = 80.0;
const CONNECTIONS: usize = 16;
/// Under load: first until its pools and caches are full, then to see what grows still.
const WARM_UP: Duration = Duration::from_secs(3);
const BUSY: Duration = Duration::from_secs(8);
/// What a million requests leave behind, when nobody reads `/metrics`.
const GROWTH_GOAL_MB: f64 = 2.0;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    let program = program()?;
    println!("  {} with the demo films, {STARTS} times, asked every 2 ms", program.display());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut memory = None;
    for n in 1..=STARTS {
        let folder = TempDir::new()?;
        let (kino, _, ready) = Kino::start(machine, &program, folder.path())?;
        first.push(ready);
        kino.stop()?;
        let (kino, address, ready) = Kino::start(machine, &program, folder.path())?;
        second.push(ready);
        if n == STARTS {
            memory = memory_of(&kino, machine, address)?;
        }
        kino.stop()?;
    }

    let mut table = Table::new(&["start", "median ms", "fastest ms", "slowest ms"]);
    for (name, times) in [("first (empty folder)", &mut first), ("second (same folder)", &mut second)] {
        let [median, fastest, slowest] = [50, 1, 100].map(|percent| ms(percentile(times, percent)));
        table.row([name.to_owned(), median, fastest, slowest]);
    }
    table.print();
    for (name, times) in [("first start to ready", &mut first), ("second start to ready", &mut second)] {
        let median = percentile(times, 50);
        goal(name, &format!("{} ms", ms(median)), "< 500 ms", median < READY_GOAL);
    }
    let Some(Memory { idle, anonymous, growth }) = memory else {
        println!("  memory: this system does not tell it");
        return Ok(());
    };
    let figure = format!("{idle:.0} MB, {anonymous:.0} MB of it not of files");
    goal("idle memory", &figure, "< 80 MB", idle < MEMORY_GOAL_MB);
    let figure = format!("{growth:.1} MB");
    goal("left by a million film details, /metrics unread", &figure, "< 2 MB", growth < GROWTH_GOAL_MB);
    Ok(())
}

/// The memory of the process, in MB.
struct Memory {
    idle: f64,
    /// Of the idle memory, what is of no file.
    anonymous: f64,
    /// Grown by, for every million requests.
    growth: f64,
}

fn memory_of(kino: &Kino, machine: &Machine, address: SocketAddr) -> Outcome<Option<Memory>> {
    thread::sleep(IDLE);
    let now = |figure| kino.memory(figure);
    let (Some(idle), Some(anonymous)) = (now("VmRSS"), now("RssAnon")) else { return Ok(None) };
    let load = async |connections: &mut Vec<Connection>, request: &Bytes, lasting| {
        let round = closed_loop(connections, slice::from_ref(request), lasting).await?;
        Outcome::Ok((u32::try_from(round.latencies.len())?, now("VmRSS").unwrap_or(idle)))
    };
    machine.client.block_on(async {
        let mut connections = Connection::open_many(address, CONNECTIONS).await?;
        let request = get(&free_film(&mut connections[0]).await?, None).into();
        let (_, warm) = load(&mut connections, &request, WARM_UP).await?;
        let (requests, busy) = load(&mut connections, &request, BUSY).await?;
        let growth = (busy - warm) * 1e6 / f64::from(requests.max(1));
        Ok(Some(Memory { idle, anonymous, growth }))
    })
}
