//! `kino keys`: the keys that sign tokens. Running servers look at the folder every few seconds.

use std::{
    error::Error,
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use kino::Settings;
use kino_auth::{KeyFolder, KeyState, Ring, note_rotation};
use kino_domain::{Clock, Entropy};

use crate::cli::Keys;

pub(super) async fn run(settings: &Settings, wish: &Keys) -> Result<ExitCode, Box<dyn Error>> {
    let folder = KeyFolder::new(settings.keys_folder(), Clock::system(), Entropy::system());
    match wish {
        Keys::List => list(settings, folder.read()?.as_ref()),
        Keys::Rotate { compromised: false, .. } => rotate(settings, &folder).await?,
        Keys::Rotate { compromised: true, yes } => {
            if !yes {
                confirm()?;
            }
            replace(settings, &folder).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(settings: &Settings, ring: Option<&Ring>) {
    let Some(ring) = ring else {
        println!("There are no keys in {} yet.", settings.keys_folder().display());
        println!("The first is made at the first start.");
        return;
    };
    println!("{:<43}  {:<9}  {:<23}  STATE", "KEY", "ALGORITHM", "MADE");
    for (key, state) in ring.states(Clock::system().now(), settings.auth.refresh_lifetime()) {
        let state = match state {
            KeyState::PublishedAhead { signs_from } => {
                format!("published ahead, signs from {}", told(signs_from))
            }
            KeyState::Signs => "signs".to_owned(),
            KeyState::Verifies { until } => format!("verifies until {}", told(until)),
            KeyState::Over => "over, is deleted by the next server that looks".to_owned(),
        };
        println!("{:<43}  {:<9}  {:<23}  {state}", key.kid, key.algorithm, told(key.made_at));
    }
}

async fn rotate(settings: &Settings, folder: &KeyFolder) -> Result<(), Box<dyn Error>> {
    let ring = folder.rotate(settings.auth.signing_algorithm)?;
    let newest = ring.newest();
    println!("Made the key {} ({}).", newest.kid, newest.algorithm);
    let states = ring.states(Clock::system().now(), settings.auth.refresh_lifetime());
    match states.last() {
        Some((_, KeyState::PublishedAhead { signs_from })) => {
            println!("Running servers publish it within seconds; it signs from {}.", told(signs_from));
            println!("The keys before it verify until their last tokens have expired. Nobody is signed out.");
        }
        _ => println!("It is the first, and signs at once."),
    }
    note(settings, folder, &ring, false).await;
    Ok(())
}

async fn replace(settings: &Settings, folder: &KeyFolder) -> Result<(), Box<dyn Error>> {
    let ring = folder.replace_all(settings.auth.signing_algorithm)?;
    let newest = ring.newest();
    println!("Made the key {} ({}) and deleted all others.", newest.kid, newest.algorithm);
    println!(
        "Running servers sign with it within seconds. About a minute from now no token from before is good"
    );
    println!(
        "anywhere, and everyone signs in again. A backup from before holds old keys: after restoring one, do this"
    );
    println!("again.");
    note(settings, folder, &ring, true).await;
    Ok(())
}

/// The key is made, whatever becomes of the note.
async fn note(settings: &Settings, folder: &KeyFolder, ring: &Ring, compromised: bool) {
    let noting = async {
        let database = settings.open_database("auth").await?;
        note_rotation(&database, folder, ring.newest(), compromised).await?;
        database.close().await?;
        Ok::<_, Box<dyn Error>>(())
    };
    if let Err(error) = noting.await {
        eprintln!("The audit log could not be told of it: {error}");
    }
}

fn confirm() -> Result<(), Box<dyn Error>> {
    if !std::io::stdin().is_terminal() {
        return Err(
            "this signs everyone out, and there is no terminal to ask at; add --yes if it is meant".into()
        );
    }
    print!("This deletes all keys but a new one: everyone is signed out. Go on? Type yes: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err("nothing was done".into()) }
}

fn told(moment: DateTime<Utc>) -> impl std::fmt::Display {
    moment.format("%Y-%m-%d %H:%M:%S UTC")
}
