//! `/healthz` (the process is alive), `/readyz` (it can do its work; says what is missing), `/metrics`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Extension, Json, Router, extract::State, routing::get};
use futures::future::join_all;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kino_http::ToldApart;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

use crate::{Lifecycle, Probe, readiness::Tidings};

/// Something that does not answer within this is down.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Health {
    probes: Arc<[Probe]>,
    lifecycle: Lifecycle,
    metrics: Option<PrometheusHandle>,
    tidings: Arc<Tidings>,
}

pub(crate) fn router(probes: Vec<Probe>, lifecycle: Lifecycle, metrics: Option<PrometheusHandle>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(show_metrics))
        .with_state(Health { probes: probes.into(), lifecycle, metrics, tidings: Arc::default() })
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    /// What was asked, and "ok" or what is wrong with it.
    checks: BTreeMap<String, String>,
}

/// What answers a probe.
type Answer = (StatusCode, HeaderMap, Extension<ToldApart>, Json<Readiness>);

async fn readyz(State(health): State<Health>) -> Answer {
    let asked = health.probes.iter().map(|probe| async {
        let answer = match tokio::time::timeout(PATIENCE, (probe.ask)()).await {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(problem)) => problem,
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        (probe.name.clone(), answer)
    });
    let mut checks: BTreeMap<String, String> = join_all(asked).await.into_iter().collect();
    if health.lifecycle.stop_accepting().is_cancelled() {
        checks.insert("process".into(), "stopping".into());
    }
    health.tidings.heed(&checks);
    let ready = checks.values().all(|answer| answer == "ok");
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !ready {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, headers, Extension(ToldApart), Json(Readiness { ready, checks }))
}

async fn show_metrics(State(health): State<Health>) -> ([(http::HeaderName, &'static str); 1], String) {
    let text = health.metrics.map_or_else(String::new, |metrics| {
        metrics.run_upkeep();
        metrics.render()
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
