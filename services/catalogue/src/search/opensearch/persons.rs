//! Persons by name.

use kino_domain::{AccessLevel, PersonId};
use serde_json::{Value, json};

use super::{
    super::{
        IndexError,
        engine::{DEEPEST, DocumentKind, PersonsWanted},
        intent::Intent,
    },
    client::Client,
    document::NO_FILMS,
    names::Names,
    places::Places,
    query::{GENTLY, ask, ids_of, with_fame},
    reading::Asking,
};

pub(super) async fn find(
    client: &Client,
    names: &Names,
    wanted: &PersonsWanted,
) -> Result<(Vec<PersonId>, u64), IndexError> {
    let Some(intent) = Intent::of(&wanted.query) else { return Ok((Vec::new(), 0)) };
    let mut found = (Vec::new(), 0);
    for strictness in intent.steps() {
        let words = Asking { places: Places::OF_PERSONS, strictness, from_one_letter: false }.intent(&intent);
        let query = json!({"bool": {"filter": [may_be_told_of(&wanted.visible)], "must": words}});
        let question = json!({
            "from": wanted.offset.min(DEEPEST),
            "size": if wanted.offset < DEEPEST { wanted.limit } else { 0 },
            "track_total_hits": true,
            "_source": false,
            "query": with_fame(&query, GENTLY),
            "sort": [{"_score": "desc"}, {"id": "asc"}],
        });
        let answer = ask(client, names, DocumentKind::Person, &question, &wanted.query).await?;
        let total = answer["hits"]["total"]["value"].as_u64().unwrap_or_default();
        found = (ids_of(&answer["hits"]["hits"]).map(PersonId).collect(), total);
        if strictness.is_enough(total) {
            break;
        }
    }
    Ok(found)
}

/// Persons of whom those may be told who see films of these levels: persons of such a film, and those without films.
pub(super) fn may_be_told_of(visible: &[AccessLevel]) -> Value {
    let levels = visible.iter().map(|level| level.code()).chain([NO_FILMS]);
    json!({"terms": {"levels": levels.collect::<Vec<_>>()}})
}
