//! `kino import films FILE`.

use std::{error::Error, path::Path, process::ExitCode};

use kino::Settings;
use kino_catalogue::{ImportReport, Importer, Lines};
use kino_domain::{AccessLevel, Clock, Entropy};

use super::{end, progress_bar, stop_on_ctrl_c, tell_bad_lines};

pub(in crate::commands) async fn run(
    settings: &Settings,
    file: &Path,
    access: AccessLevel,
) -> Result<ExitCode, Box<dyn Error>> {
    let lines = Lines::open(file)?;
    let database = settings.open_database("catalogue").await?;
    let mut importer = Importer::open(database.clone(), access, Clock::system(), Entropy::system()).await?;
    let bar = progress_bar(lines.size())?;
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

fn tell(report: &ImportReport) -> ExitCode {
    let ImportReport { added, changed, unchanged, bad, bad_lines, interrupted } = report;
    tell_bad_lines(bad.iter().map(|bad| (bad.number, &*bad.reason)), *bad_lines);
    println!("{added} films added, {changed} changed, {unchanged} unchanged, {bad_lines} bad lines");
    let then = "A running server finds them within a second or two; none running, at its next start.";
    end(*interrupted, *bad_lines, then)
}
