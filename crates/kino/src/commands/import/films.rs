//! `kino import films FILE`.

use std::{error::Error, path::Path, process::ExitCode};

use kino::Settings;
use kino_catalogue::{Format, ImportReport, Importer, Source as _, open_films};
use kino_domain::{AccessLevel, Clock, Entropy};

use super::{end, progress_bar, stop_on_ctrl_c, tell_some};

pub(in crate::commands) async fn run(
    settings: &Settings,
    from: &Path,
    format: Option<Format>,
    access: AccessLevel,
) -> Result<ExitCode, Box<dyn Error>> {
    let films = open_films(from, format).await?;
    let database = settings.open_database("catalogue").await?;
    let mut importer = Importer::open(database.clone(), access, Clock::system(), Entropy::system()).await?;
    let bar = progress_bar(films.size())?;
    let stop = stop_on_ctrl_c();
    let report = importer
        .run(films, &stop, |read, report| {
            bar.set_position(read);
            bar.set_message(format!("{} films", report.films()));
        })
        .await?;
    bar.finish_and_clear();
    database.close().await?;
    Ok(tell(&report))
}

fn tell(report: &ImportReport) -> ExitCode {
    let ImportReport { added, changed, unchanged, repeated, skipped, bad_rows, repaired, .. } = report;
    tell_some(&report.bad, *bad_rows);
    tell_some(&report.repairs, *repaired);
    println!("{added} films added, {changed} changed, {unchanged} unchanged, {bad_rows} bad lines");
    for (count, what) in [
        (repeated, "came more than once: the last one counts"),
        (skipped, "passed over: episodes and other things that are no films"),
        (repaired, "texts had been encoded twice, and were repaired"),
    ] {
        if *count > 0 {
            println!("{count} {what}");
        }
    }
    let then = "A running server finds them within a second or two; none running, at its next start.";
    end(report.interrupted, *bad_rows, then)
}
