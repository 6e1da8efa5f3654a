//! Serving connections: bounded in number, each bounded in how slowly it may speak, all finished gracefully.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use futures::{StreamExt as _, stream::FuturesUnordered};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use kino_http::ClientAddress;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::{Layer as _, ServiceExt as _};
use tower_http::normalize_path::NormalizePathLayer;

use crate::{Lifecycle, quiet::Quiet};

/// More connections wait in the kernel's queue.
const CONNECTIONS: usize = 10_000;
/// A client that takes longer to send its request's head, the first or the next, is holding a place for nothing.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// After an accept that failed for want of something (file descriptors), before the next.
const BREATH: Duration = Duration::from_millis(50);

/// Accepts connections until the lifecycle says to stop; those open then finish the request they are at.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    lifecycle: Lifecycle,
    trusted_proxies: Arc<[IpAddr]>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let stop = lifecycle.stop_accepting();
    let accepting = async {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let (app, lifecycle) = (app.clone(), lifecycle.clone());
                    let trusted_proxies = Arc::clone(&trusted_proxies);
                    lifecycle.connections().clone().spawn(async move {
                        connection(stream, peer, app, lifecycle, trusted_proxies).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

/// Why a connection is ended.
enum End {
    /// The program stops.
    Stop,
    /// The client does not ask.
    Quiet,
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    lifecycle: Lifecycle,
    trusted_proxies: Arc<[IpAddr]>,
) {
    // Answers are small; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    // A path answers with and without a trailing slash.
    let app = NormalizePathLayer::trim_trailing_slash().layer(app);
    // Of this connection: what is cloned for each request is counted here, where no other processor is at it.
    let trusted_proxies: Arc<[IpAddr]> = Arc::from(&*trusted_proxies);
    let quiet = Quiet::new();
    let (asked, answered) = (quiet.clone(), quiet.clone());
    let app = app.map_request(move |mut request: http::Request<Incoming>| {
        asked.interrupt();
        let client = ClientAddress::behind(peer.ip(), request.headers(), &trusted_proxies);
        request.extensions_mut().insert(client);
        request.map(axum::body::Body::new)
    });
    let app = app.map_response(move |response| answered.after(response));
    // HTTP/1 only: browsers speak HTTP/2 over TLS alone, which ends in front of this program; and here the time for
    // the head runs from the connection's first moment.
    let mut server = http1::Builder::new();
    server.header_read_timeout(None);
    let serving = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    tokio::pin!(serving);
    let stop = lifecycle.stop_accepting();
    let end = async {
        tokio::select! {
            () = stop.cancelled() => End::Stop,
            () = quiet.lasts(HEAD_WITHIN) => End::Quiet,
        }
    };
    // Looked at when it has something to say, not at every request.
    let mut ends = FuturesUnordered::from_iter([end]);
    let outcome = tokio::select! {
        biased;
        outcome = serving.as_mut() => outcome,
        Some(end) = ends.next() => match end {
            End::Stop => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
            End::Quiet => {
                tracing::debug!(%peer, "a connection was closed on which nothing was asked");
                return;
            }
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "a connection broke off");
    }
}
