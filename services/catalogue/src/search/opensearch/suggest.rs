//! Films and persons whose names begin like what is being typed, the best known first.

use kino_domain::{FilmId, PersonId};
use serde_json::{Value, json};

use super::{
    super::{
        IndexError,
        engine::{DocumentKind, SuggestWanted, Suggested},
        intent::{Intent, Strictness},
    },
    client::Client,
    filters::visible,
    names::Names,
    persons::may_be_told_of,
    places::Places,
    query::{Fame, ask, with_fame},
    reading::Asking,
};

/// How widely known decides; how well a name fits decides between those that are about as known.
const BEST_KNOWN: Fame = Fame { votes: 1.0, rating: 0.0 };

pub(super) async fn suggest(
    client: &Client,
    names: &Names,
    wanted: &SuggestWanted,
) -> Result<Vec<Suggested>, IndexError> {
    let Some(intent) = Intent::of(&wanted.query) else { return Ok(Vec::new()) };
    let (visible, told_of) = (visible(&wanted.visible), may_be_told_of(&wanted.visible));
    // Missing words would suggest what was not typed.
    for strictness in [Strictness::Exact, Strictness::Wide, Strictness::Typos] {
        let films = Asking { places: Places::OF_TITLES, strictness, from_one_letter: true }.intent(&intent);
        let persons =
            Asking { places: Places::OF_PERSONS, strictness, from_one_letter: true }.intent(&intent);
        let (films, persons) = tokio::try_join!(
            best(client, names, DocumentKind::Film, wanted, &films, &visible),
            best(client, names, DocumentKind::Person, wanted, &persons, &told_of),
        )?;
        let mut found: Vec<(f64, Suggested)> = films.into_iter().chain(persons).collect();
        if strictness.is_enough(found.len() as u64) || strictness == Strictness::Typos {
            found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
            return Ok(found.into_iter().take(wanted.limit).map(|(_, suggested)| suggested).collect());
        }
    }
    Ok(Vec::new())
}

async fn best(
    client: &Client,
    names: &Names,
    kind: DocumentKind,
    wanted: &SuggestWanted,
    words: &Value,
    allowed: &Value,
) -> Result<Vec<(f64, Suggested)>, IndexError> {
    let query = json!({"bool": {"filter": [allowed], "must": words}});
    let question = json!({
        "size": wanted.limit,
        "track_total_hits": false,
        "_source": false,
        "query": with_fame(&query, BEST_KNOWN),
        "sort": [{"_score": "desc"}, {"id": "asc"}],
    });
    let answer = ask(client, names, kind, &question, &wanted.query).await?;
    let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
    let suggested = hits.filter_map(|hit| {
        let id = hit["_id"].as_str()?.parse().ok()?;
        let suggested = match kind {
            DocumentKind::Film => Suggested::Film(FilmId(id)),
            DocumentKind::Person => Suggested::Person(PersonId(id)),
        };
        Some((hit["_score"].as_f64()?, suggested))
    });
    Ok(suggested.collect())
}
