//! Films that answer a query.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use http::Method;
use kino_domain::FilmId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{DEEPEST, DocumentKind, Found, PageStart, Wanted},
        intent::{Intent, Strictness},
        mark::mark,
    },
    client::{Client, Patience},
    filters::{Filters, facets_in, visible},
    names::Names,
    order::{Cursor, SortedBy},
    places::Places,
    reading::Asking,
};

/// How much being known and liked adds to relevance, in parts of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fame {
    /// For each e-fold of votes.
    pub(super) votes: f32,
    /// For each point of the rating.
    pub(super) rating: f32,
}

/// A film with a million votes counts a third more, one rated ten a twentieth.
pub(super) const GENTLY: Fame = Fame { votes: 0.025, rating: 0.005 };
/// How often it is asked while one index takes the place of another.
const TRIES: u32 = 4;

pub(super) async fn search(client: &Client, names: &Names, wanted: &Wanted) -> Result<Found, IndexError> {
    let Some(intent) = Intent::of(&wanted.query) else {
        if !wanted.query.trim().is_empty() {
            // Signs without a word: nothing answers them.
            return Ok(Found { facets: facets_in(&Value::Null, wanted), ..Found::default() });
        }
        return Ok(page(client, names, wanted, None).await?.found);
    };
    let by = SortedBy::of(wanted.order, true);
    if let PageStart::Cursor(cursor) = &wanted.start {
        // As widely as the page before was read.
        let strictness = Cursor::read(cursor, by, mark(wanted))?.strictness()?;
        return Ok(page(client, names, wanted, Some((&intent, strictness))).await?.found);
    }
    let mut found = Found::default();
    for strictness in intent.steps() {
        let read = page(client, names, wanted, Some((&intent, strictness))).await?;
        found = read.found;
        if strictness.is_enough(read.reach) {
            break;
        }
    }
    Ok(found)
}

/// A page, and how many films there are before any filter.
struct PageRead {
    found: Found,
    reach: u64,
}

async fn page(
    client: &Client,
    names: &Names,
    wanted: &Wanted,
    words: Option<(&Intent, Strictness)>,
) -> Result<PageRead, IndexError> {
    let by = SortedBy::of(wanted.order, words.is_some());
    let (from, after) = match &wanted.start {
        PageStart::Offset(offset) => (*offset, None),
        PageStart::Cursor(cursor) => (0, Some(Cursor::read(cursor, by, mark(wanted))?.search_after())),
    };
    let limit = if from < DEEPEST { wanted.limit } else { 0 };
    let question = question(wanted, words, by, from.min(DEEPEST), after.as_ref(), limit);
    let answer = ask(client, names, DocumentKind::Film, &question, &wanted.query).await?;

    let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
    // One more was asked for than is wanted: to see whether there is one.
    let is_last_page = hits.len() <= limit;
    let hits = &hits[..hits.len().min(limit)];
    let last = hits.last().filter(|_| !is_last_page);
    let read = words.map(|(_, strictness)| strictness);
    let next = last.and_then(|hit| Cursor::behind(&hit["sort"], by, mark(wanted), read));
    let total = answer["hits"]["total"]["value"].as_u64().unwrap_or_default();
    Ok(PageRead {
        found: Found {
            films: ids_of(&answer["hits"]["hits"]).take(limit).map(FilmId).collect(),
            total,
            facets: facets_in(&answer, wanted),
            next: next.map(|cursor| cursor.text()),
        },
        reach: answer["aggregations"]["reach"]["doc_count"].as_u64().unwrap_or(total),
    })
}

fn question(
    wanted: &Wanted,
    words: Option<(&Intent, Strictness)>,
    by: SortedBy,
    from: u64,
    after: Option<&Value>,
    limit: usize,
) -> Value {
    let filters = Filters::of(wanted);
    let mut clauses = json!({"filter": [visible(&wanted.visible)]});
    if let Some((intent, strictness)) = words {
        let asking = Asking { places: Places::OF_FILMS, strictness, from_one_letter: false };
        clauses["must"] = asking.intent(intent);
    }
    let query = json!({"bool": clauses});
    let mut question = json!({
        "from": from,
        "size": if limit == 0 { 0 } else { limit + 1 },
        "track_total_hits": true,
        "_source": false,
        "query": if by == SortedBy::Score { with_fame(&query, GENTLY) } else { query },
        "sort": by.sort(),
    });
    // Behind the query, so that facets, and how widely it is read, can be told without them.
    let mut counts = filters.facets(wanted);
    if !filters.is_empty() {
        question["post_filter"] = json!({"bool": {"filter": filters.clauses()}});
        counts.insert("reach".to_owned(), json!({"filter": {"match_all": {}}}));
    }
    question["aggs"] = counts.into();
    if let Some(after) = after {
        question["search_after"] = after.clone();
    }
    question
}

/// Relevance, and more of it for what is widely known and liked.
pub(super) fn with_fame(query: &Value, fame: Fame) -> Value {
    let votes = json!({"field": "votes", "modifier": "ln1p", "missing": 0});
    let mut functions =
        vec![json!({"weight": 1}), json!({"field_value_factor": votes, "weight": fame.votes})];
    if fame.rating > 0.0 {
        let rating = json!({"field": "rating", "missing": 0});
        functions.push(json!({"field_value_factor": rating, "weight": fame.rating}));
    }
    json!({"function_score": {
        "query": query,
        "functions": functions,
        "score_mode": "sum",
        "boost_mode": "multiply",
    }})
}

/// Asks an index. The same query asks the same copy of it, or films that are worth the same might change places between
/// pages.
pub(super) async fn ask(
    client: &Client,
    names: &Names,
    kind: DocumentKind,
    question: &Value,
    query: &str,
) -> Result<Value, IndexError> {
    let mut hasher = DefaultHasher::new();
    query.hash(&mut hasher);
    let path = format!(
        "/{}/_search?allow_partial_search_results=false&preference=q{:x}",
        names.alias(kind),
        hasher.finish()
    );
    for _ in 1..TRIES {
        match client.send(Method::POST, &path, question, Patience::VIEWER).await {
            // The index was taken away under the question; the next one answers it.
            Err(failure) if failure.is_not_found() || failure.is_server_error() => {}
            answer => return answer.map_err(IndexError::from),
        }
    }
    match client.send(Method::POST, &path, question, Patience::VIEWER).await {
        Err(failure) if failure.is_no_index() => Err(IndexError::Building),
        answer => Ok(answer?),
    }
}

/// The ids of hits.
pub(super) fn ids_of(hits: &Value) -> impl Iterator<Item = Uuid> {
    hits.as_array().into_iter().flatten().filter_map(|hit| hit["_id"].as_str()?.parse().ok())
}
