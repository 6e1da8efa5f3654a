//! `kino import`: bringing data in. What the imports show alike.

pub(super) mod films;
pub(super) mod users;

use std::{fmt::Display, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle, style::TemplateError};
use tokio_util::sync::CancellationToken;

/// Some lines were not imported.
const SOME_LINES_BAD: u8 = 3;
pub(super) const INTERRUPTED: u8 = 130;
/// Bad lines, and other things met, that are shown.
const SHOWN: usize = 20;

/// A bar over what there is to read.
pub(super) fn progress_bar(size: u64) -> Result<ProgressBar, TemplateError> {
    let style =
        ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left")?;
    Ok(ProgressBar::new(size).with_style(style))
}

/// The batch under way is finished, and the next run goes on behind it.
pub(super) fn stop_on_ctrl_c() -> CancellationToken {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping after this batch");
            stopping.cancel();
        }
    });
    stop
}

/// Tells of the first of these, and how many more there are.
fn tell_some<T: Display>(told: impl IntoIterator<Item = T>, total: u64) {
    let mut shown = 0;
    for one in told.into_iter().take(SHOWN) {
        eprintln!("{one}");
        shown += 1;
    }
    if total > shown {
        eprintln!("... and {} more", total - shown);
    }
}

/// How the command ends; `then` is said where it came to the end of the file.
fn end(interrupted: bool, bad_lines: u64, then: &str) -> ExitCode {
    if interrupted {
        println!("Interrupted. What went in is whole; run the same command again to finish.");
        return ExitCode::from(INTERRUPTED);
    }
    println!("{then}");
    if bad_lines == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_LINES_BAD) }
}
