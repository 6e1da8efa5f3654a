//! `kino import users FILE`.

use std::{error::Error, path::Path, process::ExitCode};

use kino::Settings;
use kino_auth::{UserImportReport, UserImporter, UserTable};
use kino_domain::{Clock, Entropy};

use super::{end, progress_bar, stop_on_ctrl_c, tell_some};

pub(in crate::commands) async fn run(settings: &Settings, file: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let table = UserTable::open(file)?;
    let passed_over = table.passed_over();
    if !passed_over.is_empty() {
        eprintln!("columns that are passed over: {}", passed_over.join(", "));
    }
    let database = settings.open_database("auth").await?;
    let (keys, clock, entropy) = (settings.keys_folder(), Clock::system(), Entropy::system());
    let mut importer = UserImporter::open(database.clone(), &keys, clock, entropy).await?;
    let bar = progress_bar(table.size())?;
    let stop = stop_on_ctrl_c();
    let report = importer
        .run(table, &stop, |bytes, report| {
            bar.set_position(bytes);
            bar.set_message(format!("{} users", report.added + report.unchanged));
        })
        .await?;
    bar.finish_and_clear();
    database.close().await?;
    Ok(tell(&report))
}

fn tell(report: &UserImportReport) -> ExitCode {
    let UserImportReport { added, unchanged, bad, bad_rows, interrupted, .. } = report;
    tell_some(bad.iter().map(|bad| format!("line {}: {}", bad.line, bad.reason)), *bad_rows);
    println!("{added} users added, {unchanged} unchanged, {bad_rows} bad lines");
    end(*interrupted, *bad_rows, "They can sign in with their passwords now.")
}
