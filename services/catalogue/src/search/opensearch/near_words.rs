//! How many words a misspelt one may stand for.
//!
//! Where every near word is looked for, the server makes the automata of a clause anew in each segment, some milliseconds for a
//! long word, and a large index has twenty. Where the nearest are, it makes them once. Those become clauses of their own, and of
//! clauses it takes so many in a query.

use serde_json::{Map, Value, json};

/// The nearest, as tantivy takes.
const MOST: usize = 24;
/// What the server takes in a query (`indices.query.bool.max_clause_count`), less a little for what stands around the words.
const CLAUSES: usize = 1000;

/// Has each `fuzzy` clause look for the nearest words, as many as the server takes.
pub(super) fn limit(query: &mut Value) {
    let Leaves { fuzzy, others } = Leaves::of(query);
    let words = CLAUSES.saturating_sub(others).checked_div(fuzzy).unwrap_or(MOST).clamp(1, MOST);
    each_fuzzy(query, &mut |clause| {
        for looked_for in clause.values_mut() {
            looked_for["rewrite"] = json!(format!("top_terms_boost_{words}"));
        }
    });
}

/// The clauses that hold no others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Leaves {
    fuzzy: usize,
    others: usize,
}

impl Leaves {
    fn of(query: &Value) -> Self {
        let mut leaves = Self::default();
        leaves.count(query);
        leaves
    }

    fn count(&mut self, query: &Value) {
        match query {
            Value::Object(clauses) => {
                for (kind, clause) in clauses {
                    match kind.as_str() {
                        "fuzzy" => self.fuzzy += 1,
                        "term" | "terms" | "prefix" | "match_phrase" => self.others += 1,
                        _ => self.count(clause),
                    }
                }
            }
            Value::Array(clauses) => clauses.iter().for_each(|clause| self.count(clause)),
            _ => {}
        }
    }
}

fn each_fuzzy(query: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match query {
        Value::Object(clauses) => {
            for (kind, clause) in clauses {
                match clause {
                    Value::Object(fields) if kind == "fuzzy" => change(fields),
                    _ => each_fuzzy(clause, change),
                }
            }
        }
        Value::Array(clauses) => clauses.iter_mut().for_each(|clause| each_fuzzy(clause, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            super::intent::{Intent, Strictness},
            places::Places,
            reading::Asking,
        },
        *,
    };

    /// How many words each clause of a query looks for, and how many clauses that makes at most.
    fn limited(query: &str) -> (Vec<usize>, usize) {
        let asking =
            Asking { places: Places::OF_FILMS, strictness: Strictness::Loose, from_one_letter: false };
        let mut query = asking.intent(&Intent::of(query).unwrap());
        let mut words = Vec::new();
        each_fuzzy(&mut query, &mut |clause| {
            for looked_for in clause.values() {
                let rewrite = looked_for["rewrite"].as_str().unwrap();
                words.push(rewrite.strip_prefix("top_terms_boost_").unwrap().parse().unwrap());
            }
        });
        let clauses = words.iter().sum::<usize>() + Leaves::of(&query).others;
        (words, clauses)
    }

    #[test]
    fn one_word_stands_for_as_many_as_in_tantivy() {
        let (words, clauses) = limited("intersteller");
        assert!(!words.is_empty() && words.iter().all(|words| *words == MOST), "{words:?}");
        assert!(clauses <= CLAUSES, "{clauses}");
    }

    #[test]
    fn the_longest_query_is_not_too_long_for_the_server() {
        // Twelve words are the most, in four readings.
        let longest: String = ('a'..='p').map(|end| format!("quetzalcoat{end} ")).collect();
        let (words, clauses) = limited(&longest);
        assert!(words.len() > 200 && words.iter().all(|words| (1..MOST).contains(words)), "{words:?}");
        assert!(clauses <= CLAUSES, "{clauses}");
    }

    #[test]
    fn what_has_no_typos_is_left_alone() {
        let mut query = json!({"bool": {"must": [{"term": {"titles": "2001"}}]}});
        let before = query.clone();
        limit(&mut query);
        assert_eq!(query, before);
    }
}
