//! What narrows without counting, and the facets, each of which is not narrowed by the filter on its own field.

use kino_domain::{AccessLevel, GenreId};
use serde_json::{Map, Value, json};

use super::{
    super::engine::{Facets, Wanted},
    document::name,
};

/// Values of genres and years that are counted at most.
const VALUES_MOST: usize = 100;

/// A filter, and the field that it is on.
struct Filter {
    field: &'static str,
    clause: Value,
}

/// The filters that are wanted.
pub(super) struct Filters(Vec<Filter>);

/// What the caller may see.
pub(super) fn visible(levels: &[AccessLevel]) -> Value {
    json!({"terms": {"access": levels.iter().map(|level| level.code()).collect::<Vec<_>>()}})
}

impl Filters {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let mut filters = Vec::new();
        let mut any_of = |field, values: Vec<String>| {
            if !values.is_empty() {
                filters.push(Filter { field, clause: json!({"terms": {field: values}}) });
            }
        };
        any_of("access", wanted.access.iter().map(|level| level.code().to_owned()).collect());
        any_of("genre", wanted.genres.iter().map(|genre| name(genre.0)).collect());
        any_of("person", wanted.person.iter().map(|person| name(person.0)).collect());
        any_of("country", wanted.country.iter().cloned().collect());
        if wanted.year_from.is_some() || wanted.year_to.is_some() {
            let years = json!({"gte": wanted.year_from, "lte": wanted.year_to});
            filters.push(Filter { field: "year", clause: json!({"range": {"year": years}}) });
        }
        Self(filters)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(super) fn clauses(&self) -> Vec<&Value> {
        self.0.iter().map(|filter| &filter.clause).collect()
    }

    fn clauses_but_on(&self, field: &str) -> Vec<&Value> {
        self.0.iter().filter(|filter| filter.field != field).map(|filter| &filter.clause).collect()
    }

    /// The questions for the facets that are wanted.
    pub(super) fn facets(&self, wanted: &Wanted) -> Map<String, Value> {
        let facets = wanted.facets;
        let fields = [("genre", facets.genre), ("year", facets.year), ("access", facets.access)];
        let wanted = fields.into_iter().filter(|(_, is_wanted)| *is_wanted);
        wanted
            .map(|(field, _)| {
                let terms = json!({
                    "field": field,
                    "size": VALUES_MOST,
                    "order": [{"_count": "desc"}, {"_key": "asc"}],
                });
                let facet = json!({
                    "filter": {"bool": {"filter": self.clauses_but_on(field)}},
                    "aggs": {"values": {"terms": terms}},
                });
                (field.to_owned(), facet)
            })
            .collect()
    }
}

/// The facets in an answer.
pub(super) fn facets_in(answer: &Value, wanted: &Wanted) -> Facets {
    let found =
        |field: &str| answer["aggregations"][field]["values"]["buckets"].as_array().into_iter().flatten();
    let count = |bucket: &Value| bucket["doc_count"].as_u64().unwrap_or_default();
    let genres =
        || found("genre").filter_map(|bucket| Some((GenreId(text(bucket)?.parse().ok()?), count(bucket))));
    let years = || found("year").filter_map(|bucket| Some((year(bucket)?, count(bucket))));
    let levels = || found("access").filter_map(|bucket| Some((text(bucket)?.parse().ok()?, count(bucket))));
    let mut access: Option<Vec<(AccessLevel, u64)>> = wanted.facets.access.then(|| levels().collect());
    if let Some(access) = &mut access {
        // The server puts equals in the order of letters.
        access.sort_by_key(|(level, count)| (std::cmp::Reverse(*count), *level));
    }
    Facets {
        genre: wanted.facets.genre.then(|| genres().collect()),
        year: wanted.facets.year.then(|| years().collect()),
        access,
    }
}

fn text(bucket: &Value) -> Option<&str> {
    bucket["key"].as_str()
}

fn year(bucket: &Value) -> Option<i32> {
    bucket["key"].as_i64().and_then(|year| year.try_into().ok())
}
