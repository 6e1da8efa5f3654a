//! `kino index status`.

use std::{error::Error, process::ExitCode};

use kino::Settings;
use kino_catalogue::{IndexSummary, RebuildState, summarize_index};
use kino_domain::{Clock, Entropy};
use kino_engine::EventLog;

pub(super) async fn status(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let url = settings.search_url()?;
    let database = settings.open_database("catalogue").await?;
    let events = (&settings.events, settings.database_url());
    let log = EventLog::open(events.0, &events.1, Clock::system(), Entropy::system()).await?;
    let summary = summarize_index(&database, &log, &url).await?;
    log.close().await?;
    database.close().await?;

    let IndexSummary { index, films, persons, behind, rebuild, dead_letters } = summary;
    println!("index         {url}");
    match index {
        Some(index) => {
            println!("films         {} of {films} in the database", index.films);
            println!("persons       {} of {persons} in the database", index.persons);
        }
        None => println!("              none yet; the database has {films} films and {persons} persons"),
    }
    match behind {
        Some(0) => println!("behind        nothing: it knows every change"),
        Some(1) => println!("behind        1 change"),
        Some(changes) => println!("behind        {changes} changes"),
        None => println!("behind        the running server, or the next one, builds it from the database"),
    }
    println!("rebuild       {}", rebuild.as_ref().map_or_else(|| "never asked for".to_owned(), told));
    println!("dead letters  {dead_letters}");
    Ok(ExitCode::SUCCESS)
}

fn told(rebuild: &RebuildState) -> String {
    let RebuildState { started_at, finished_at, done, total, problem, .. } = rebuild;
    match (started_at, finished_at, problem) {
        (_, Some(at), None) => format!("done, {}", at.format(super::MOMENT)),
        (_, Some(at), Some(problem)) => format!("failed, {}: {problem}", at.format(super::MOMENT)),
        (Some(_), None, _) => format!("under way: {done} of {total}"),
        (None, None, _) => "asked for; the running server, or the next one, does it".to_owned(),
    }
}
