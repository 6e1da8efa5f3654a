//! Up to where the event log is known: a document of its own among the films of a generation, so that index and position
//! cannot part. It has no access level, so no search finds it.

use http::Method;
use kino_engine::log::Position;
use serde_json::{Value, json};

use super::{
    super::{
        IndexError,
        engine::{DocumentKind, LogPlace, Place},
    },
    client::{Client, Patience},
    failure::Failure,
    generation,
    names::{Generation, Names},
};

/// No film has this id.
const NAME: &str = "place";
/// How often the place is written while others write it.
const TRIES: u32 = 20;

/// The generation in use, and what it says that it knows.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) generation: Generation,
    pub(super) place: Place,
}

/// Reads the place of the generation in use; none where there is none.
pub(super) async fn read(
    client: &Client,
    names: &Names,
    patience: Patience,
) -> Result<Option<Noted>, Failure> {
    let path = format!("/{}/_doc/{NAME}", names.alias(DocumentKind::Film));
    let answer = match client.get(&path, patience).await {
        Err(failure) if failure.is_no_index() => return Ok(None),
        // More than one index behind the alias.
        Err(failure) if failure.is_bad_request() => {
            generation::settle(client, names).await?;
            client.get(&path, patience).await?
        }
        answer => answer?,
    };
    let generation = answer["_index"].as_str().and_then(|index| names.parse(index));
    Ok(generation.map(|(_, generation)| Noted { generation, place: place_in(&answer) }))
}

/// Writes the place of a generation, never an earlier one of the same log than is there: of processes that share the
/// index, each knows what it heard of itself.
pub(super) async fn write(
    client: &Client,
    generation: &Generation,
    place: LogPlace,
) -> Result<(), IndexError> {
    let films = generation.index(DocumentKind::Film);
    let writer = generation.writer(DocumentKind::Film);
    let body = json!({"log": place.log, "position": place.position});
    for _ in 0..TRIES {
        let there = client.get(&format!("/{films}/_doc/{NAME}"), Patience::WORKER).await;
        let there = there.map_err(gone)?;
        if let Place::At(noted) = place_in(&there)
            && noted.log == place.log
            && noted.position >= place.position
        {
            return Ok(());
        }
        let unchanged = match (there["_seq_no"].as_u64(), there["_primary_term"].as_u64()) {
            (Some(number), Some(term)) => format!("if_seq_no={number}&if_primary_term={term}"),
            _ => "op_type=create".to_owned(),
        };
        let path = format!("/{writer}/_doc/{NAME}?require_alias=true&{unchanged}");
        match client.send(Method::PUT, &path, &body, Patience::WORKER).await {
            Err(failure) if failure.is_conflict() => {}
            written => return written.map(drop).map_err(gone),
        }
    }
    Err(IndexError::Replaced)
}

/// What it means that an index which was there is not there any more.
pub(super) fn gone(failure: Failure) -> IndexError {
    if failure.is_no_index() { IndexError::Replaced } else { failure.into() }
}

fn place_in(answer: &Value) -> Place {
    let noted = &answer["_source"];
    let log = noted["log"].as_str().and_then(|log| log.parse().ok());
    let position: Option<Position> = noted["position"].as_i64();
    match (log, position) {
        (Some(log), Some(position)) => Place::At(LogPlace { log, position }),
        _ => Place::Empty,
    }
}
