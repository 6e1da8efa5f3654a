//! What the benches run on: runtimes in this process, one for whoever serves and one for whoever asks, so that the time of
//! the processors can be told apart; and what Linux tells about this machine and its processes.

use std::{fs, num::NonZero, thread::available_parallelism, time::Duration};

use kino::SettingsSource;
use kino_node::telemetry;
use tokio::runtime::{Builder, Runtime};

use crate::{Outcome, class::Class, sign_in::hash};

const SERVER: &str = "bench-server";
const CLIENT: &str = "bench-client";
const WITNESS: &str = "bench-witness";
const GUESTS: &str = "bench-guests";
const SPEED_OVER: Duration = Duration::from_secs(2);

/// The runtimes.
pub(crate) struct Machine {
    /// The platform and its peers.
    pub(crate) server: Runtime,
    /// The load.
    pub(crate) client: Runtime,
    /// Those who ask now and then and note how long it took, while others make the load: what they note must not be how busy
    /// the others are.
    pub(crate) witness: Runtime,
    /// Those who make the load of a storm.
    pub(crate) guests: Runtime,
    /// Why the witness does not go before everyone, where it does not.
    pub(crate) witness_waits: Option<String>,
    /// How many processors there are.
    pub(crate) cores: usize,
}

impl Machine {
    /// Starts the runtimes, with a thread a processor and one for the witness, and logging and metrics as the program has them: they
    /// are part of what a request costs.
    pub(crate) fn new() -> Outcome<Self> {
        let log = SettingsSource::default().settings()?.log;
        telemetry::start_logging(&log.filter, log.format)?;
        telemetry::metrics();
        let cores = available_parallelism().map_or(1, NonZero::get);
        // Asked of a thread that ends at once: what it says holds for the others.
        let witness_waits = std::thread::spawn(|| Class::First.enter().err()).join().ok().flatten();
        let runtime = |name, threads, class: Class| {
            let mut builder = Builder::new_multi_thread();
            builder.thread_name(name).worker_threads(threads).enable_all();
            builder.on_thread_start(move || drop(class.enter())).build()
        };
        Ok(Self {
            server: runtime(SERVER, cores, Class::Usual)?,
            client: runtime(CLIENT, cores, Class::Usual)?,
            witness: runtime(WITNESS, 1, Class::First)?,
            guests: runtime(GUESTS, cores, Class::Idle)?,
            witness_waits,
            cores,
        })
    }

    /// Prints what a reader of the figures needs to know. Where processors are shared with strangers their speed is another
    /// at every hour: figures that are no ratios compare by the hashes.
    pub(crate) fn introduce(&self) -> Outcome<()> {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
        let hashes = self.speed()?;
        println!(
            "{} processors; load average before the start: {load}; {hashes:.0} password hashes a second at the start",
            self.cores
        );
        if cfg!(debug_assertions) {
            println!("This is not a release build: the figures mean nothing.");
        } else if !std::env::current_exe()?.components().any(|folder| folder.as_os_str() == "release") {
            println!(
                "This does not run from a folder of release builds: its figures may be those of a slower program."
            );
        }
        Ok(())
    }

    /// Password hashes a second on all processors: how fast the machine is now.
    pub(crate) fn speed(&self) -> Outcome<f64> {
        Ok(hash(self.cores, SPEED_OVER, Class::Usual)?.rate)
    }
}

/// Processor time that the threads of the serving runtime have taken so far; none where Linux does not tell it.
pub(crate) fn server_time() -> Option<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let thread = thread.ok()?.path();
        // A thread may end while we look.
        let Ok(name) = fs::read_to_string(thread.join("comm")) else { continue };
        let Ok(times) = fs::read_to_string(thread.join("schedstat")) else { continue };
        if name.trim() == SERVER {
            total += Duration::from_nanos(times.split(' ').next()?.parse().ok()?);
        }
    }
    Some(total)
}

/// A figure of `/proc/PID/status`, in MB; none where there is no such file.
pub(crate) fn process_memory(process: u32, figure: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'))?;
    let kib: u32 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(f64::from(kib) * 1024.0 / 1e6)
}
