//! What the tests ran against, and what they went without.

use std::io::Write as _;

/// Notes that a test runs against an engine, e.g. "PostgreSQL 15.14".
pub fn used(engine: &str) {
    note("used", engine);
}

/// Notes that a test is skipped for want of an engine.
///
/// # Panics
/// In CI, where everything must be there.
pub fn without(what: &str, why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI a test may not go without {what}: {why}");
    skipped(what, why);
}

/// Notes that a test is skipped for want of something that not every machine can have, CI's neither.
pub(crate) fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what} cannot be had ({why})");
    note("skipped", what);
}

fn note(verdict: &str, what: &str) {
    let Some(path) = std::env::var_os("KINO_TEST_REPORT") else { return };
    if let Ok(mut file) = std::fs::File::options().create(true).append(true).open(path) {
        // One write call, so that lines of parallel tests do not mix.
        let _ = file.write_all(format!("{verdict}\t{what}\n").as_bytes());
    }
}
