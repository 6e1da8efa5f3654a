//! Putting documents in, and taking them out, many in a call.
//!
//! A film carries its version: where processes write the same film at once, the newest stays. A document that the server
//! will not take is named; one that it cannot take now is tried again.

use std::{collections::HashSet, time::Duration};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{Batch, DocumentKind, Rejected},
    },
    client::{Client, Patience},
    document,
    failure::{is_passing, reason},
    names::Generation,
    place::gone,
};

/// How much goes into one call, in bytes; the server takes 100 MB.
const CALL_LARGEST: usize = 8 * 1024 * 1024;
/// How often documents are tried again that the server could not take.
const TRIES: u32 = 8;
/// Before the second try; it doubles. What was deleted is remembered for about as long.
const WAIT: Duration = Duration::from_millis(250);

/// A line of a call, or two: what is to be done, and the document.
struct Deed {
    kind: DocumentKind,
    id: Uuid,
    lines: String,
}

/// What came of a deed.
enum Outcome {
    Done,
    /// A document of a later version is there, or was until a moment ago.
    Later,
    /// To be tried again.
    Busy(String),
    /// The server will never take it.
    Rejected(String),
    /// The index is not there any more.
    Gone,
}

/// Takes documents out, then puts documents in, and names those that the server will not take.
pub(super) async fn write(
    client: &Client,
    generation: &Generation,
    batch: &Batch,
) -> Result<Vec<Rejected>, IndexError> {
    let gone = gone_of(generation, batch);
    let mut rejected = carry_out(client, generation, gone).await?;
    let deeds = deeds_of(generation, batch);
    rejected.extend(carry_out(client, generation, deeds).await?);
    Ok(rejected)
}

fn gone_of(generation: &Generation, batch: &Batch) -> Vec<Deed> {
    let films = batch.gone_films.iter().map(|film| (DocumentKind::Film, film.0));
    let persons = batch.gone_persons.iter().map(|person| (DocumentKind::Person, person.0));
    let delete = |(kind, id): (DocumentKind, Uuid)| {
        let target = json!({"_index": generation.writer(kind), "_id": document::name(id)});
        Deed { kind, id, lines: format!("{}\n", json!({"delete": target})) }
    };
    films.chain(persons).map(delete).collect()
}

fn deeds_of(generation: &Generation, batch: &Batch) -> Vec<Deed> {
    let mut deeds = Vec::with_capacity(batch.films.len() + batch.persons.len());
    for film in &batch.films {
        let (kind, id) = (DocumentKind::Film, film.id.0);
        let target = json!({
            "_index": generation.writer(kind),
            "_id": document::name(id),
            "version": film.version.max(0),
            "version_type": "external_gte",
        });
        let document = document::film(film);
        deeds.push(Deed { kind, id, lines: format!("{}\n{document}\n", json!({"index": target})) });
    }
    for person in &batch.persons {
        let (kind, id) = (DocumentKind::Person, person.id.0);
        let target = json!({"_index": generation.writer(kind), "_id": document::name(id)});
        let document = document::person(person);
        deeds.push(Deed { kind, id, lines: format!("{}\n{document}\n", json!({"index": target})) });
    }
    deeds
}

async fn carry_out(
    client: &Client,
    generation: &Generation,
    mut deeds: Vec<Deed>,
) -> Result<Vec<Rejected>, IndexError> {
    let mut rejected = Vec::new();
    let (mut wait, mut problem) = (WAIT, String::new());
    for _ in 0..TRIES {
        let mut again = Vec::new();
        for call in calls(deeds) {
            let (mut later, outcomes) = (Vec::new(), send(client, &call).await?);
            for (deed, outcome) in call.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Done => {}
                    Outcome::Later => later.push(deed),
                    Outcome::Busy(why) => {
                        problem = why;
                        again.push(deed);
                    }
                    Outcome::Rejected(reason) => {
                        rejected.push(Rejected { kind: deed.kind, id: deed.id, reason });
                    }
                    Outcome::Gone => return Err(IndexError::Replaced),
                }
            }
            // Where the later version was deleted, this one is the newest, once the server has forgotten that.
            let there = there(client, generation, &later).await?;
            again.extend(later.into_iter().filter(|deed| !there.contains(&deed.id)));
        }
        if again.is_empty() {
            return Ok(rejected);
        }
        deeds = again;
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    Err(IndexError::OpenSearch {
        server: client.server().to_owned(),
        problem: format!("{} documents could not be written: {problem}", deeds.len()),
    })
}

/// Groups of deeds that go into one call each.
fn calls(deeds: Vec<Deed>) -> Vec<Vec<Deed>> {
    let mut calls: Vec<Vec<Deed>> = Vec::new();
    let mut size = usize::MAX;
    for deed in deeds {
        size = size.saturating_add(deed.lines.len());
        match calls.last_mut() {
            Some(call) if size <= CALL_LARGEST => call.push(deed),
            _ => {
                size = deed.lines.len();
                calls.push(vec![deed]);
            }
        }
    }
    calls
}

async fn send(client: &Client, call: &[Deed]) -> Result<Vec<Outcome>, IndexError> {
    let body: String = call.iter().map(|deed| deed.lines.as_str()).collect();
    let path = "/_bulk?require_alias=true&filter_path=items.*.status,items.*.error";
    let answer = client.ask(Method::POST, path, body.into(), Patience::WORKER).await.map_err(gone)?;
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.len() != call.len() {
        let problem = format!("{} answers to {} documents", items.len(), call.len());
        return Err(IndexError::OpenSearch { server: client.server().to_owned(), problem });
    }
    Ok(items.iter().map(outcome).collect())
}

fn outcome(item: &Value) -> Outcome {
    let (is_delete, answer) = match &item["delete"] {
        Value::Null => (false, &item["index"]),
        answer => (true, answer),
    };
    let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    let error = &answer["error"];
    let why = || reason(error).unwrap_or_else(|| status.to_string());
    if error["type"] == "index_not_found_exception" {
        return Outcome::Gone;
    }
    match status {
        _ if status.is_success() => Outcome::Done,
        // It is not there: all the better.
        StatusCode::NOT_FOUND if is_delete => Outcome::Done,
        StatusCode::CONFLICT => Outcome::Later,
        _ if is_passing(status) || status.is_server_error() => Outcome::Busy(why()),
        _ => Outcome::Rejected(why()),
    }
}

/// Which of these films are there.
async fn there(
    client: &Client,
    generation: &Generation,
    deeds: &[Deed],
) -> Result<HashSet<Uuid>, IndexError> {
    if deeds.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<String> = deeds.iter().map(|deed| document::name(deed.id)).collect();
    let path = format!("/{}/_mget?_source=false", generation.index(DocumentKind::Film));
    let answer =
        client.send(Method::POST, &path, &json!({"ids": ids}), Patience::WORKER).await.map_err(gone)?;
    let found = answer["docs"].as_array().into_iter().flatten().filter(|document| document["found"] == true);
    Ok(found.filter_map(|document| document["_id"].as_str()?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_of_each_document() {
        let refused = |status: u16, kind: &str| {
            let error =
                json!({"type": kind, "reason": "failed to parse", "caused_by": {"reason": "too long"}});
            outcome(&json!({"index": {"status": status, "error": error}}))
        };
        assert!(matches!(outcome(&json!({"index": {"status": 201}})), Outcome::Done));
        assert!(matches!(outcome(&json!({"delete": {"status": 404}})), Outcome::Done));
        assert!(matches!(refused(409, "version_conflict_engine_exception"), Outcome::Later));
        assert!(matches!(refused(429, "rejected_execution_exception"), Outcome::Busy(_)));
        assert!(matches!(refused(503, "unavailable_shards_exception"), Outcome::Busy(_)));
        assert!(matches!(refused(404, "index_not_found_exception"), Outcome::Gone));
        let Outcome::Rejected(reason) = refused(400, "mapper_parsing_exception") else { panic!() };
        assert_eq!(reason, "failed to parse: too long");
    }

    #[test]
    fn calls_are_bounded() {
        let deed = |size| Deed { kind: DocumentKind::Film, id: Uuid::nil(), lines: "x".repeat(size) };
        let half = CALL_LARGEST / 2;
        let sizes: Vec<usize> = calls(vec![deed(half), deed(half), deed(1), deed(CALL_LARGEST * 2), deed(1)])
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
        assert!(calls(Vec::new()).is_empty());
    }
}
