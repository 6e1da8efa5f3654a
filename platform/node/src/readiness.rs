//! What the log tells of a process's readiness: what changed, once, however often it is asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// What the log knows so far.
#[derive(Debug, Default)]
pub(crate) struct Tidings {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// What was wrong when it was last asked for.
    wrong: BTreeSet<String>,
    /// Whether everything was well at some time: before that, a process is merely starting.
    has_been_ready: bool,
}

/// What there is to tell.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// It starts; this is not there yet.
    NotYet(String),
    /// Something has failed, or something else than before.
    Failing(String),
    Ready,
}

impl Tidings {
    /// Tells the log what is new in these answers: name of a check, and "ok" or what is wrong.
    pub(crate) fn heed(&self, checks: &BTreeMap<String, String>) {
        match self.told.lock().unwrap_or_else(PoisonError::into_inner).news(checks) {
            None => {}
            Some(News::NotYet(wrong)) => tracing::info!(wrong, "not ready yet"),
            Some(News::Failing(wrong)) => tracing::warn!(wrong, "not ready any more"),
            Some(News::Ready) => tracing::info!("ready"),
        }
    }
}

impl Told {
    fn news(&mut self, checks: &BTreeMap<String, String>) -> Option<News> {
        let failing = || checks.iter().filter(|(_, answer)| *answer != "ok");
        let wrong: BTreeSet<String> = failing().map(|(name, _)| name.clone()).collect();
        let is_first = !self.has_been_ready && wrong.is_empty();
        // By name: how far behind something is changes from one question to the next.
        if wrong == self.wrong && !is_first {
            return None;
        }
        self.wrong = wrong;
        if self.wrong.is_empty() {
            self.has_been_ready = true;
            return Some(News::Ready);
        }
        let told = failing().map(|(name, answer)| format!("{name}: {answer}")).collect::<Vec<_>>().join("; ");
        Some(if self.has_been_ready { News::Failing(told) } else { News::NotYet(told) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks<const N: usize>(checks: [(&str, &str); N]) -> BTreeMap<String, String> {
        checks.map(|(name, answer)| (name.to_owned(), answer.to_owned())).into()
    }

    #[test]
    fn each_change_is_told_once() {
        let mut told = Told::default();
        let mut hear = |search: &str, log: &str| told.news(&checks([("search", search), ("log", log)]));
        assert_eq!(hear("no index yet", "ok"), Some(News::NotYet("search: no index yet".into())));
        assert_eq!(hear("no index yet", "ok"), None);
        assert_eq!(hear("ok", "ok"), Some(News::Ready));
        assert_eq!(hear("ok", "ok"), None);
        assert_eq!(hear("ok", "refused"), Some(News::Failing("log: refused".into())));
        assert_eq!(hear("ok", "timed out"), None, "the same is wrong");
        let both = "log: refused; search: 9 changes behind";
        assert_eq!(hear("9 changes behind", "refused"), Some(News::Failing(both.into())));
        assert_eq!(hear("8 changes behind", "refused"), None);
        assert_eq!(hear("8 changes behind", "ok"), Some(News::Failing("search: 8 changes behind".into())));
        assert_eq!(hear("ok", "ok"), Some(News::Ready));
    }

    #[test]
    fn a_process_that_is_ready_at_once_is_told_of() {
        let mut told = Told::default();
        assert_eq!(told.news(&checks([("log", "ok")])), Some(News::Ready));
        assert_eq!(told.news(&checks([("log", "ok")])), None);
    }
}
