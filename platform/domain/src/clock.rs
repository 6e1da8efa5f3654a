//! Time as a parameter, so that tests decide what time it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, Duration, Utc};

/// Tells the time in UTC, to the microsecond: no engine keeps more, so what is written reads back equal.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until it is advanced. Clones share the hand.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_micros()))))
    }

    /// Moves a manual clock by `step`; does nothing to the machine's.
    pub fn advance(&self, step: Duration) {
        if let Source::Manual(micros) = &self.0 {
            micros.fetch_add(step.num_microseconds().unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.unix_micros()).unwrap_or_default()
    }

    /// Now, in whole milliseconds since 1970: no date is made of it.
    pub fn unix_millis(&self) -> u64 {
        u64::try_from(self.unix_micros() / 1000).unwrap_or(0)
    }

    fn unix_micros(&self) -> i64 {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            }
            Source::Manual(micros) => micros.load(Ordering::SeqCst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_when_told() {
        let start = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let clock = Clock::manual(start);
        let same = clock.clone();
        assert_eq!(clock.now(), start);
        assert_eq!(clock.unix_millis(), 1_700_000_000_123);
        same.advance(Duration::seconds(5));
        assert_eq!(clock.now(), start + Duration::seconds(5));
    }

    #[test]
    fn the_machines_clock_has_whole_microseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1000, 0);
    }
}
