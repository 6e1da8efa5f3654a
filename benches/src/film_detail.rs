//! Film detail over HTTP: a free film that was just asked for, without a token and with one, beside a bare axum
//! handler of one route that answers the same bytes: the same headers, the same body. For information, beside one that
//! sends of the headers only those without which there is no answer. All take turns.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_LENGTH, CONTENT_TYPE, DATE},
    },
    response::Response,
    routing,
    serve::ListenerExt as _,
};
use bytes::Bytes;
use tokio::net::TcpListener;

use crate::{
    Outcome,
    cinema::{Cinema, FILMS, free_film, register},
    client::{Connection, get},
    load::{Side, closed_loop},
    machine::Machine,
    table::{Table, goal, ms, us},
};

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 12;
/// The kernel takes some 300 ms to spread threads that were idle over the processors.
const ROUND: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_millis(500);
const ANONYMOUS_GOAL: f64 = 0.8;
const TOKEN_GOAL: f64 = 0.9;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?} a side in turns; medians");
    let cinema = Cinema::start(machine, true)?;
    let measured = measure(machine, cinema.address());
    cinema.stop(machine);
    let [scant, bare, anonymous, with_token] = measured?;

    let mut table = Table::new(&["side", "requests/s", "p50 ms", "p99 ms", "server CPU us/request"]);
    for (name, side) in [
        ("bare axum, hardly a header", &scant),
        ("bare axum, the same bytes", &bare),
        ("anonymous", &anonymous),
        ("with a token", &with_token),
    ] {
        let (p50, p99) = (ms(side.latency(50)), ms(side.latency(99)));
        table.row([name.to_owned(), format!("{:.0}", side.rate()), p50, p99, us(side.server_time())]);
    }
    table.print();
    println!("  anonymous / bare axum with hardly a header: {:.2}", anonymous.ratio_to(&scant));
    let of_bare = anonymous.ratio_to(&bare);
    goal(
        "anonymous / bare axum, the same bytes",
        &format!("{of_bare:.2}"),
        ">= 0.8",
        of_bare >= ANONYMOUS_GOAL,
    );
    let of_anonymous = with_token.ratio_to(&anonymous);
    goal("with a token / anonymous", &format!("{of_anonymous:.2}"), ">= 0.9", of_anonymous >= TOKEN_GOAL);
    Ok(())
}

fn measure(machine: &Machine, platform: SocketAddr) -> Outcome<[Side; 4]> {
    let (path, token, headers, body) = machine.client.block_on(async {
        let mut connection = Connection::open(platform).await?;
        let path = free_film(&mut connection).await?;
        let token = register(&mut connection, "anna").await?;
        let answer = connection.ask(&get(&path, None)).await?;
        answer.json(200)?;
        Outcome::Ok((path, token, headers(answer.headers())?, Bytes::copy_from_slice(answer.body)))
    })?;
    let mut hardly_any = HeaderMap::new();
    hardly_any.extend(headers.get(CONTENT_TYPE).map(|value| (CONTENT_TYPE, value.clone())));
    let scant = machine.server.block_on(serve_bare(hardly_any, body.clone()))?;
    let bare = machine.server.block_on(serve_bare(headers, body))?;
    let sides = [(scant, None), (bare, None), (platform, None), (platform, Some(token.as_str()))];
    machine.client.block_on(async {
        let mut measured = [const { Side::new() }; 4];
        let mut prepared = Vec::new();
        for (address, token) in sides {
            let request = Bytes::from(get(&path, token));
            let mut connections = Connection::open_many(address, CONNECTIONS).await?;
            closed_loop(&mut connections, std::slice::from_ref(&request), WARM_UP).await?;
            prepared.push((connections, request));
        }
        for _ in 0..ROUNDS {
            for ((connections, request), side) in prepared.iter_mut().zip(&mut measured) {
                side.add(closed_loop(connections, std::slice::from_ref(request), ROUND).await?);
            }
        }
        Ok(measured)
    })
}

/// The headers of the platform's answer, without those that any server adds by itself.
fn headers<'a>(lines: impl Iterator<Item = (&'a str, &'a str)>) -> Outcome<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    for added in [CONTENT_LENGTH, DATE] {
        headers.remove(added);
    }
    Ok(headers)
}

/// One route with a path parameter; ends with the process.
async fn serve_bare(headers: HeaderMap, body: Bytes) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let answer = async move |Path(_): Path<String>| {
        let mut response = Response::new(Body::from(body.clone()));
        *response.headers_mut() = headers.clone();
        response
    };
    let router = Router::new().route(&format!("{FILMS}/{{id}}"), routing::get(answer));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}
