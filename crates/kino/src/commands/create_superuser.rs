//! `kino create-superuser`: the first administrator.

use std::{
    error::Error,
    io::{BufRead as _, IsTerminal as _, Write as _},
    process::ExitCode,
};

use kino::Settings;
use kino_auth::{SuperuserForm, create_superuser};
use kino_domain::{Clock, Entropy};

use crate::cli::CreateSuperuser;

pub(super) async fn run(settings: &Settings, wish: CreateSuperuser) -> Result<ExitCode, Box<dyn Error>> {
    // With the password on standard input, there is nobody there to ask.
    let may_ask = !wish.password_stdin;
    let username = given_or_asked("--username", "User name", wish.username, may_ask)?;
    let email = given_or_asked("--email", "E-mail", wish.email, may_ask)?;
    let password = if wish.password_stdin { line_of_stdin()? } else { ask_password()? };
    let database = settings.open_database("auth").await?;
    let form = SuperuserForm { username: username.clone(), email, password };
    let id = create_superuser(&database, &settings.keys_folder(), form, &Clock::system(), &Entropy::system())
        .await?;
    database.close().await?;
    println!("{username} is an administrator now (id {id}). Sign in with the name or the e-mail address.");
    Ok(ExitCode::SUCCESS)
}

fn given_or_asked(
    flag: &str,
    label: &str,
    given: Option<String>,
    may_ask: bool,
) -> Result<String, Box<dyn Error>> {
    if let Some(given) = given {
        return Ok(given);
    }
    if !may_ask || !std::io::stdin().is_terminal() {
        return Err(format!("{flag} is missing; there is no terminal to ask at").into());
    }
    print!("{label}: ");
    std::io::stdout().flush()?;
    line_of_stdin()
}

fn line_of_stdin() -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn ask_password() -> Result<String, Box<dyn Error>> {
    if !std::io::stdin().is_terminal() {
        return Err("there is no terminal to ask for the password at; use --password-stdin".into());
    }
    let password = rpassword::prompt_password("Password (8 characters or more): ")?;
    if password != rpassword::prompt_password("Password again: ")? {
        return Err("the passwords differ; nothing was done".into());
    }
    Ok(password)
}
