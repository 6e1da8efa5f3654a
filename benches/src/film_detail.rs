//! Film detail over HTTP: a free film that was just asked for, without a token and with one, beside a bare axum
//! handler of one route that answers the same bytes. The three take turns.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::Path, http::header::CONTENT_TYPE, routing, serve::ListenerExt as _};
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
/// Many and short: the machine is now faster, now slower, for all sides that follow each other.
const ROUNDS: usize = 30;
const ROUND: Duration = Duration::from_millis(250);
const WARM_UP: Duration = Duration::from_millis(300);
const ANONYMOUS_GOAL: f64 = 0.8;
const TOKEN_GOAL: f64 = 0.9;

pub(crate) fn run(machine: &Machine) -> Outcome<()> {
    println!("  {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?} a side in turns; medians");
    let cinema = Cinema::start(machine, true)?;
    let measured = measure(machine, cinema.address());
    cinema.stop(machine);
    let [bare, anonymous, with_token] = measured?;

    let mut table = Table::new(&["side", "requests/s", "p50 ms", "p99 ms", "server CPU us/request"]);
    for (name, side) in [("bare axum", &bare), ("anonymous", &anonymous), ("with a token", &with_token)] {
        let (p50, p99) = (ms(side.latency(50)), ms(side.latency(99)));
        table.row([name.to_owned(), format!("{:.0}", side.rate()), p50, p99, us(side.server_time())]);
    }
    table.print();
    let ratio = anonymous.ratio_to(&bare);
    goal("anonymous / bare axum", &format!("{ratio:.2}"), ">= 0.8", ratio >= ANONYMOUS_GOAL);
    let ratio = with_token.ratio_to(&anonymous);
    goal("with a token / anonymous", &format!("{ratio:.2}"), ">= 0.9", ratio >= TOKEN_GOAL);
    Ok(())
}

fn measure(machine: &Machine, platform: SocketAddr) -> Outcome<[Side; 3]> {
    let (path, token, body) = machine.client.block_on(async {
        let mut connection = Connection::open(platform).await?;
        let path = free_film(&mut connection).await?;
        let token = register(&mut connection, "anna").await?;
        let answer = connection.ask(&get(&path, None)).await?;
        answer.json(200)?;
        Outcome::Ok((path, token, Bytes::copy_from_slice(answer.body)))
    })?;
    let bare = machine.server.block_on(serve_bare(body))?;
    let sides = [(bare, None), (platform, None), (platform, Some(token.as_str()))];
    machine.client.block_on(async {
        let mut measured = [Side::default(), Side::default(), Side::default()];
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

/// One route with a path parameter; ends with the process.
async fn serve_bare(body: Bytes) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let answer = async move |Path(_): Path<String>| ([(CONTENT_TYPE, "application/json")], body.clone());
    let router = Router::new().route(&format!("{FILMS}/{{id}}"), routing::get(answer));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}
