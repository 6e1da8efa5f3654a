//! Logs and metrics of the process.

use std::{fmt, io::IsTerminal as _, sync::OnceLock, time::Duration};

use kino_http::RequestId;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Bounds of the request histogram, in seconds: from a cached answer to the deadline.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts logging to standard error. `filter` is a level or directives such as `info,kino_auth=debug`; one that
/// cannot be read is told of.
pub fn start_logging(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("log.filter = \"{filter}\": {error}; use a level such as \"info\""))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Pretty => builder.with_target(false).with_timer(MomentAndRequest).compact().try_init(),
        LogFormat::Json => {
            let json = tracing_subscriber::fmt::format().json().flatten_event(true);
            builder.json().event_format(WithRequest(json)).try_init()
        }
    };
    // A second node in one process (a test) logs through the first one's subscriber.
    drop(started);
    Ok(())
}

/// The time, and the request that the line is about. (A span around every request would tell the same, and be work for requests that log nothing.)
struct MomentAndRequest;

impl FormatTime for MomentAndRequest {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        SystemTime.format_time(writer)?;
        RequestId::current().map_or(Ok(()), |id| write!(writer, " {id}"))
    }
}

/// JSON lines that name the request they are about.
struct WithRequest<F>(F);

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = RequestId::current() else { return self.0.format_event(context, writer, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        // Ids are of characters that JSON takes as they are.
        match line.strip_prefix('{') {
            Some(fields) => write!(writer, "{{\"request_id\":\"{id}\",{fields}"),
            None => writer.write_str(&line),
        }
    }
}

/// How often what was measured is folded into the histograms; until then each measurement takes memory.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Keeps the memory of the metrics flat, whether or not someone reads them.
pub async fn keep_metrics(stop: CancellationToken) {
    let Some(handle) = metrics() else { return };
    stop.run_until_cancelled(async {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            handle.run_upkeep();
        }
    })
    .await;
}

/// The process's metrics, collected from the first call on. None where another recorder is installed.
pub fn metrics() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
                .ok()?
                .install_recorder()
                .ok()
        })
        .clone()
}
