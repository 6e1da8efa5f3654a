//! `kino index rebuild`.

use std::{error::Error, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle};
use kino::{Rebuilt, Settings, rebuild_index};
use kino_domain::{Clock, Entropy};

pub(super) async fn rebuild(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let style = "{bar:40} {percent:>3} %  {pos} of {len} films and persons  {elapsed} elapsed, {eta} left";
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?);
    let rebuilt = rebuild_index(settings, Clock::system(), Entropy::system(), |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    Ok(match rebuilt {
        Rebuilt::Here(documents) => {
            println!("{documents} films and persons indexed anew; no server was running");
            ExitCode::SUCCESS
        }
        Rebuilt::ByServer(state) => match state.problem {
            None => {
                println!("{} films and persons indexed anew by the running server", state.done);
                ExitCode::SUCCESS
            }
            Some(problem) => {
                eprintln!(
                    "the running server could not build the index anew: {problem}\n  the old one goes on"
                );
                ExitCode::FAILURE
            }
        },
    })
}
