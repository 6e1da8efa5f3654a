//! The benches: how fast the platform is, as ratios to a peer that is measured in the same run, in turns with it.
//! `make bench` runs all of them; `cargo run --release -p kino-bench -- search start` some. README.md tells how to
//! read the figures.

mod cinema;
mod class;
mod client;
mod film_detail;
mod films;
mod fresh;
mod history;
mod load;
mod machine;
mod program;
mod raw_search;
mod refresh;
mod scale;
mod search;
mod sign_in;
mod start;
mod storm;
mod table;

use std::{error::Error, process::ExitCode};

use machine::Machine;

/// As the program has it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What came of something that may fail; a failure ends its bench.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Bench = fn(&Machine) -> Outcome<()>;

const BENCHES: [(&str, Bench); 9] = [
    ("film-detail", film_detail::run),
    ("search", search::run),
    ("scale", scale::run),
    ("opensearch", scale::opensearch::run),
    ("sign-in", sign_in::run),
    ("storm", storm::run),
    ("refresh", refresh::run),
    ("history", history::run),
    ("start", start::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| BENCHES.iter().all(|(bench, _)| bench != name)) {
        let names = BENCHES.map(|(name, _)| name).join(", ");
        eprintln!("kino-bench: there is no bench `{unknown}`; there are {names}");
        return ExitCode::from(2);
    }
    let machine = match Machine::new() {
        Ok(machine) => machine,
        Err(error) => {
            eprintln!("kino-bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = machine.introduce() {
        eprintln!("kino-bench: {error}");
        return ExitCode::FAILURE;
    }
    let mut all_ran = true;
    for (name, bench) in BENCHES {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("\n== {name}");
        if let Err(error) = bench(&machine) {
            eprintln!("kino-bench: {name}: {error}");
            all_ran = false;
        }
    }
    if all_ran { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
