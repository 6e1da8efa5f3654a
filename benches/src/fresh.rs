//! How soon a film that an administrator makes is found by search, in the catalogue that there is.

use std::time::{Duration, Instant};

use kino_auth::{SuperuserForm, create_superuser};
use kino_domain::{Clock, Entropy};
use serde_json::json;

use crate::{
    Outcome,
    cinema::{Cinema, FILMS, PASSWORD, sign_in, text},
    client::{Connection, get, post, quoted},
    load::percentile,
    table::{goal, ms},
};

const FILMS_MADE: usize = 50;
const FRESH_GOAL: Duration = Duration::from_secs(1);
const ADMINISTRATOR: &str = "curator";
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);
/// Looks at one film before it is given up.
const LOOKS: usize = 20_000;

pub(crate) async fn measure(cinema: &Cinema) -> Outcome<()> {
    let token = administrator(cinema).await?;
    let mut connection = Connection::open(cinema.address()).await?;
    let mut times = Vec::with_capacity(FILMS_MADE);
    for n in 0..FILMS_MADE {
        // Numbers are not forgiven typos: each film is found by its own alone.
        let title = format!("Quetzalcoatl {}", 7001 + n);
        let body = json!({"title": {"en": title}, "access": "FREE"});
        let made = Instant::now();
        connection.ask(&post(FILMS, &body, Some(&token))).await?.json(201)?;
        let search = get(&format!("{FILMS}/search?query={}", quoted(&title)), None);
        let mut looks = 0;
        while connection.ask(&search).await?.json(200)?["items"][0]["title"] != title {
            looks += 1;
            if looks == LOOKS {
                return Err("a new film is not found".into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        times.push(made.elapsed());
    }
    let (p50, longest) = (percentile(&mut times, 50), percentile(&mut times, 100));
    let figure = format!("p50 {} ms, the longest {} ms", ms(p50), ms(longest));
    goal("a new film is found after", &figure, "< 1 s", longest < FRESH_GOAL);
    Ok(())
}

/// Makes an administrator; answers their access token.
async fn administrator(cinema: &Cinema) -> Outcome<String> {
    let database = cinema.settings.open_database("auth").await?;
    let form = SuperuserForm {
        username: ADMINISTRATOR.to_owned(),
        email: format!("{ADMINISTRATOR}@example.org"),
        password: PASSWORD.to_owned(),
    };
    let keys = cinema.settings.keys_folder();
    create_superuser(&database, &keys, form, &Clock::system(), &Entropy::system()).await?;
    database.close().await?;
    let mut connection = Connection::open(cinema.address()).await?;
    text(&connection.ask(&sign_in(ADMINISTRATOR)).await?.json(200)?["access_token"])
}
