//! `kino doctor`: opens every engine; says what is wrong and what to do.

use std::{error::Error, process::ExitCode};

use kino::Settings;
use kino_auth::KeyFolder;
use kino_catalogue::IndexError;
use kino_domain::{Clock, Entropy};
use kino_engine::{EventLog, cache};
use kino_node::listen;

/// What came of a check: what is well, or what is wrong.
type Finding = Result<String, String>;

pub(super) async fn run(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let mut findings = vec![("data folder", data_folder(settings))];
    for service in ["auth", "catalogue"] {
        if settings.runs(service) {
            findings.push((service, database(settings, service).await));
        }
    }
    if settings.runs("auth") {
        findings.push(("keys", keys(settings)));
    }
    findings.push(("cache", cache_engine(settings).await));
    findings.push(("event log", event_log(settings).await));
    findings.push(("mail", mail(settings).await));
    if settings.runs("catalogue") {
        findings.push(("search index", search_index(settings).await));
    }
    findings.push(("address", address(settings).await));

    let mut wrong = 0;
    for (name, finding) in findings {
        match finding {
            Ok(well) => println!("ok     {name:<13} {well}"),
            Err(problem) => {
                wrong += 1;
                println!("WRONG  {name:<13} {}", problem.replace('\n', "\n                    "));
            }
        }
    }
    if wrong == 0 {
        println!("\nAll is well.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{wrong} to be mended.");
    Ok(ExitCode::FAILURE)
}

fn data_folder(settings: &Settings) -> Finding {
    let folder = &settings.data_dir;
    let trial = folder.join("doctor.trial");
    kino_engine::private_folder::make(folder)
        .and_then(|()| std::fs::write(&trial, "trial"))
        .and_then(|()| std::fs::remove_file(&trial))
        .map_err(|error| {
            format!(
                "{}: {error}\nname a folder that this user may write to (KINO_DATA_DIR)",
                folder.display()
            )
        })?;
    Ok(format!("{} can be written", folder.display()))
}

async fn database(settings: &Settings, service: &str) -> Finding {
    let database = settings.open_database(service).await.map_err(|error| error.to_string())?;
    database.ping().await.map_err(|error| error.to_string())?;
    let engine = database.engine_name();
    database.close().await.map_err(|error| error.to_string())?;
    Ok(format!("the database answers ({engine})"))
}

fn keys(settings: &Settings) -> Finding {
    let folder = settings.keys_folder();
    match KeyFolder::new(folder.clone(), Clock::system(), Entropy::system()).read() {
        Ok(None) => Ok("none yet; the first is made at the first start".to_owned()),
        Ok(Some(ring)) => Ok(format!("{} in {}", ring.count(), folder.display())),
        Err(error) => Err(error.to_string()),
    }
}

async fn cache_engine(settings: &Settings) -> Finding {
    let cache = cache::open(&settings.cache).await.map_err(|error| error.to_string())?;
    cache.ping().await.map_err(|error| error.to_string())?;
    Ok(format!("answers ({})", cache.engine_name()))
}

async fn event_log(settings: &Settings) -> Finding {
    let (url, database) = (&settings.events, settings.database_url());
    let log = EventLog::open(url, &database, Clock::system(), Entropy::system())
        .await
        .map_err(|error| error.to_string())?;
    let end = log.end().await.map_err(|error| error.to_string())?;
    log.close().await.map_err(|error| error.to_string())?;
    Ok(format!("answers, {} events so far", end - 1))
}

async fn mail(settings: &Settings) -> Finding {
    let mail = settings.open_mail(Clock::system(), Entropy::system()).map_err(|error| error.to_string())?;
    mail.ping().await.map_err(|error| {
        format!("{error}\ncheck that the server of `mail` runs, and its user and password (KINO_MAIL)")
    })?;
    Ok(format!("answers ({})", mail.engine_name()))
}

async fn search_index(settings: &Settings) -> Finding {
    let url = settings.search_url()?;
    match kino_catalogue::inspect_index(&url).await {
        Ok(Some(index)) => Ok(format!("{} films in {url}", index.films)),
        Ok(None) => Ok(format!("none yet in {url}; it is built at the first start")),
        Err(error @ IndexError::Server { .. }) => Err(error.to_string()),
        Err(error) => Err(format!("{error}\nit is made anew from the database at the next start")),
    }
}

async fn address(settings: &Settings) -> Finding {
    match listen(&settings.listen).await {
        Ok(_) => Ok(format!("{} is free", settings.listen)),
        Err(kino_node::ListenError::InUse(_)) => {
            Ok(format!("{} is in use; fine if that is kino, running", settings.listen))
        }
        Err(error) => Err(error.to_string()),
    }
}
