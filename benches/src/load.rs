//! Load in a closed loop: each connection asks again as soon as it is answered. And what is made of the figures.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::{task::JoinSet, time::timeout};

use crate::{Outcome, client::Connection, machine::server_time};

/// A round that takes this much longer than it should has hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one round of one side came to.
#[derive(Default)]
pub(crate) struct Round {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Processor time of the server for one answer.
    pub(crate) server_time: Option<Duration>,
    /// How long each answer took.
    pub(crate) latencies: Vec<Duration>,
}

/// All rounds of one side.
#[derive(Default)]
pub(crate) struct Side {
    rounds: Vec<Round>,
}

/// Asks over all connections for so long, each with its own request (or the only one). The round ends with the last
/// answer. Every answer must be a 200.
pub(crate) async fn closed_loop(
    connections: &mut Vec<Connection>,
    requests: &[Bytes],
    lasting: Duration,
) -> Outcome<Round> {
    let (started, server_before) = (Instant::now(), server_time());
    let mut loops = JoinSet::new();
    for (n, mut connection) in connections.drain(..).enumerate() {
        let request = requests[n % requests.len()].clone();
        loops.spawn(async move {
            let mut latencies = Vec::with_capacity(8192);
            while started.elapsed() < lasting {
                let asked = Instant::now();
                let answer = connection.ask(&request).await?;
                if answer.status != 200 {
                    answer.json(200)?;
                }
                latencies.push(asked.elapsed());
            }
            Outcome::Ok((connection, latencies))
        });
    }
    let mut round = Round::default();
    while let Some(ended) = timeout(lasting + PATIENCE, loops.join_next()).await? {
        let (connection, latencies) = ended??;
        connections.push(connection);
        round.latencies.extend(latencies);
    }
    let answers = u32::try_from(round.latencies.len())?;
    round.rate = per_second(answers, started.elapsed());
    // None as well where threads have ended meanwhile, and their time with them.
    let taken = server_time().zip(server_before).and_then(|(after, before)| after.checked_sub(before));
    round.server_time = taken.map(|taken| taken / answers.max(1));
    Ok(round)
}

/// So many in that time, as a rate.
pub(crate) fn per_second(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

impl Side {
    /// Of no round yet.
    pub(crate) const fn new() -> Self {
        Self { rounds: Vec::new() }
    }

    /// Adds a round.
    pub(crate) fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    /// Of the rounds' rates the median.
    pub(crate) fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.rate))
    }

    /// How many times the other side's rate: the median of the ratios of the rounds that followed each other.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(ours, theirs)| ours.rate / theirs.rate))
    }

    /// Of the rounds' processor times of the server for one answer the median.
    pub(crate) fn server_time(&self) -> Option<Duration> {
        let mut times = self.rounds.iter().map(|round| round.server_time).collect::<Option<Vec<_>>>()?;
        Some(percentile(&mut times, 50))
    }

    /// A percentile of the latencies of all rounds.
    pub(crate) fn latency(&self, percent: usize) -> Duration {
        let mut all: Vec<_> = self.rounds.iter().flat_map(|round| round.latencies.iter().copied()).collect();
        percentile(&mut all, percent)
    }
}

/// The median.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => 0.0,
        count if count % 2 == 1 => figures[count / 2],
        count => f64::midpoint(figures[count / 2 - 1], figures[count / 2]),
    }
}

/// The time that so many percent do not exceed; sorts them.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).max(1);
    times.get(rank - 1).copied().unwrap_or_default()
}
