//! `kino demo generate --films N`.

use std::{error::Error, process::ExitCode};

use kino::Settings;
use kino_catalogue::{Importer, generate as films_of};
use kino_domain::{AccessLevel, Clock, Entropy};

use super::import::{INTERRUPTED, progress_bar, stop_on_ctrl_c};

pub(super) async fn generate(
    settings: &Settings,
    films: u64,
    seed: u64,
    add: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let database = settings.open_database("catalogue").await?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let importer = Importer::open(database.clone(), AccessLevel::Free, clock, entropy).await?;
    if !add && !importer.is_empty().await? {
        return Err("the catalogue has films already; to add made ones to them, say --add".into());
    }
    let bar = progress_bar(films)?;
    let stop = stop_on_ctrl_c();
    let made = films_of(seed, 0..films);
    let mut importer = importer.untold();
    let report = importer
        .run(made, &stop, |written, _| {
            bar.set_position(written);
            bar.set_message(format!("{written} films"));
        })
        .await?;
    bar.finish_and_clear();
    let is_to_index = importer.tell().await?;
    database.close().await?;
    println!("{} films added, {} changed, {} unchanged", report.added, report.changed, report.unchanged);
    if report.interrupted {
        println!("Interrupted. What went in is whole; run the same command with --add to finish.");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if is_to_index {
        println!("A running server indexes them now; none running, at its next start.");
    }
    Ok(ExitCode::SUCCESS)
}
