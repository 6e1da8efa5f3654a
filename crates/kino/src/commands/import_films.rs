//! `kino import films FILE`.

use std::{error::Error, path::Path, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle};
use kino::Settings;
use kino_catalogue::{ImportReport, Importer, Lines};
use kino_domain::{AccessLevel, Clock, Entropy};
use tokio_util::sync::CancellationToken;

/// Some lines were not imported.
const SOME_LINES_BAD: u8 = 3;
/// Bad lines that are shown.
const SHOWN: usize = 20;

pub(super) async fn run(
    settings: &Settings,
    file: &Path,
    access: AccessLevel,
) -> Result<ExitCode, Box<dyn Error>> {
    let lines = Lines::open(file)?;
    let database = settings.open_database("catalogue").await?;
    let mut importer = Importer::open(database.clone(), access, Clock::system(), Entropy::system()).await?;
    let bar = ProgressBar::new(lines.size()).with_style(ProgressStyle::with_template(
        "{bar:40} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left",
    )?);
    let stop = stop_on_ctrl_c();
    let report = importer
        .run(lines, &stop, |bytes, report| {
            bar.set_position(bytes);
            bar.set_message(format!("{} films", report.added + report.changed + report.unchanged));
        })
        .await?;
    bar.finish_and_clear();
    database.close().await?;
    Ok(tell(&report))
}

/// The batch under way is finished, and the next run goes on behind it.
fn stop_on_ctrl_c() -> CancellationToken {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping after this batch");
            stopping.cancel();
        }
    });
    stop
}

fn tell(report: &ImportReport) -> ExitCode {
    for bad in report.bad.iter().take(SHOWN) {
        eprintln!("line {}: {}", bad.number, bad.reason);
    }
    let ImportReport { added, changed, unchanged, bad, bad_lines, interrupted } = report;
    let shown = bad.len().min(SHOWN) as u64;
    if *bad_lines > shown {
        eprintln!("... and {} more", bad_lines - shown);
    }
    println!("{added} films added, {changed} changed, {unchanged} unchanged, {bad_lines} bad lines");
    if *interrupted {
        println!("Interrupted. What went in is whole; run the same command again to finish.");
        return ExitCode::from(130);
    }
    println!("A running server finds them within a second or two; none running, at its next start.");
    if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_LINES_BAD) }
}
