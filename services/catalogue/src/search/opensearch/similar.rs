//! Films like another one: as `alike` has it.
//!
//! How rare it is what two films share, the server's own scores tell: fields without norms and frequencies are scored by
//! rarity alone.

use kino_domain::{AccessLevel, FilmId};
use serde_json::{Value, json};

use super::{
    super::{
        IndexError,
        alike::{DESCRIPTION_WORD, FAME, GENRE, KEYWORD, PERSON, SAME_TIME, Traits},
        engine::DocumentKind,
    },
    client::Client,
    document::name,
    filters::visible,
    names::Names,
    query::{Fame, ask, ids_of, with_fame},
};
use crate::film::Film;

/// What BM25 makes of a rarity where a word is there once: the part is taken back.
const ONCE: f32 = 2.2;

pub(super) async fn similar(
    client: &Client,
    names: &Names,
    film: &Film,
    levels: &[AccessLevel],
    limit: usize,
) -> Result<Vec<FilmId>, IndexError> {
    let (this, traits) = (name(film.id.0), Traits::of(film));
    for shared in [shared(&traits), of_a_genre(&traits)].into_iter().flatten() {
        let query = json!({"bool": {
            "filter": [visible(levels)],
            "must_not": {"term": {"id": this}},
            "must": shared,
        }});
        let question = json!({
            "size": limit,
            "track_total_hits": false,
            "_source": false,
            "query": with_fame(&query, Fame { votes: FAME, rating: FAME }),
            "sort": [{"_score": "desc"}, {"id": "asc"}],
        });
        let answer = ask(client, names, DocumentKind::Film, &question, &this).await?;
        let films: Vec<FilmId> = ids_of(&answer["hits"]["hits"]).map(FilmId).collect();
        if !films.is_empty() {
            return Ok(films);
        }
    }
    Ok(Vec::new())
}

/// Films that share a person, a keyword or a word of the description; genres and closeness in time tell these apart. None
/// where there is nothing to share: a clause of nothing would be met by every film.
fn shared(traits: &Traits) -> Option<Value> {
    let people: Vec<String> = traits.people.iter().map(|person| name(person.0)).collect();
    let mut rare = weighed("person", &people, PERSON);
    rare.extend(weighed("about", &traits.keywords, KEYWORD));
    rare.extend(weighed("description", &traits.description, DESCRIPTION_WORD));
    if rare.is_empty() {
        return None;
    }
    let mut gently = genres(traits);
    if let Some(years) = traits.same_time() {
        let near = json!({"gte": years.start(), "lte": years.end()});
        gently.push(json!({"constant_score": {"filter": {"range": {"year": near}}, "boost": SAME_TIME}}));
    }
    Some(json!({"bool": {"must": {"bool": {"should": rare, "minimum_should_match": 1}}, "should": gently}}))
}

/// Films that share a genre.
fn of_a_genre(traits: &Traits) -> Option<Value> {
    let genres = genres(traits);
    (!genres.is_empty()).then(|| json!({"bool": {"should": genres}}))
}

fn genres(traits: &Traits) -> Vec<Value> {
    let genres: Vec<String> = traits.genres.iter().map(|genre| name(genre.0)).collect();
    weighed("genre", &genres, GENRE)
}

/// A clause for each word, worth more the fewer documents have it.
fn weighed(field: &str, texts: &[String], value: f32) -> Vec<Value> {
    texts.iter().map(|text| json!({"term": {field: {"value": text, "boost": value * ONCE}}})).collect()
}
