//! `kino serve`, and `kino` alone: the platform.

use std::{error::Error, process::ExitCode};

use kino::{Platform, Settings};
use kino_domain::{Clock, Entropy};
use kino_node::{Lifecycle, telemetry};

pub(super) async fn run(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    telemetry::start_logging(&settings.log.filter, settings.log.format)?;
    telemetry::metrics();
    let lifecycle = Lifecycle::new();
    tokio::spawn(lifecycle.clone().stop_on_signals());
    let platform = Platform::start(settings, Clock::system(), Entropy::system(), lifecycle.clone()).await?;
    greet(settings, &platform.url());
    platform.run().await;
    println!("Stopped.");
    Ok(ExitCode::SUCCESS)
}

/// What a newcomer wants to know, on standard output; logs go to standard error.
fn greet(settings: &Settings, url: &str) {
    println!("\n  Kinoservice {} is running.\n", env!("CARGO_PKG_VERSION"));
    if settings.runs("cinema") {
        println!("  Films           {url}/");
    }
    if settings.runs("auth") {
        println!("  Try the API     {url}/auth/openapi  (accounts)");
    }
    if settings.runs("catalogue") {
        println!("                  {url}/async/openapi  (films)");
    }
    println!("  Health          {url}/readyz  {url}/metrics");
    println!("  Data            {}", settings.data_dir.display());
    println!("  Administrator   kino create-superuser  (in another terminal, same folder)");
    println!("  Stop            Ctrl-C\n");
}
