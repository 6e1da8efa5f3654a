//! `kino index letters`, `kino index replay`: what could not be indexed.

use std::{error::Error, process::ExitCode};

use kino::Settings;
use kino_catalogue::{DeadLetter, dead_letters, replay_dead_letters};
use kino_domain::{Clock, Entropy, tidy};
use uuid::Uuid;

/// Letters read at once.
const PAGE: u64 = 500;

pub(super) async fn list(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let database = settings.open_database("catalogue").await?;
    let mut told = 0;
    loop {
        let (letters, total) = dead_letters(&database, told, PAGE).await?;
        if total == 0 {
            println!("Everything could be indexed.");
        } else if told == 0 {
            println!("{:<36}  {:<6}  {:<36}  {:>5}  {:<23}  REASON", "ID", "KIND", "OF", "TRIED", "LAST");
        }
        for letter in &letters {
            println!("{}", line(letter));
        }
        told += letters.len() as u64;
        if letters.is_empty() || told >= total {
            break;
        }
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn line(letter: &DeadLetter) -> String {
    let DeadLetter { id, kind, subject, attempts, last_at, .. } = letter;
    let (kind, last) = (kind.code(), last_at.format(super::MOMENT));
    // A reason may quote what an event says: nothing in it moves the cursor.
    let reason = tidy(&letter.reason).replace(['\n', '\t'], " ");
    format!("{id}  {kind:<6}  {subject}  {attempts:>5}  {last}  {reason}")
}

pub(super) async fn replay(settings: &Settings, id: Option<Uuid>) -> Result<ExitCode, Box<dyn Error>> {
    let database = settings.open_database("catalogue").await?;
    let replay = replay_dead_letters(&database, id, Clock::system(), Entropy::system()).await?;
    database.close().await?;
    let Some(replay) = replay else {
        return Err("there is no such letter; `kino index letters` lists them".into());
    };
    println!("{} told of again; the running server tries them, or the next one", replay.told);
    if replay.unreadable > 0 {
        println!("{} cannot be read by this version either, and stay", replay.unreadable);
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
