//! An intent as a query of OpenSearch.
//!
//! Each word is worth what its best place is worth, the words of a reading add up, and the best reading counts. Nothing is
//! left to the server to read: each clause is about a word, as it stands.

use serde_json::{Value, json};

use super::{
    super::{
        intent::{Intent, Reading, Strictness, Word},
        text::whole_without_little,
        worth::{BEGINNING, BUT_FOR_LITTLE, MISSPELT, PHRASE, SPELLED_OTHERWISE, WHOLE, YEAR_ALONE},
    },
    document::but_for_little,
    mapping::BEGINNING_LONGEST,
    near_words,
    places::{Places, Written},
};

/// Beginnings of words up to so many letters are looked for in titles alone.
const HEAD_LONGEST: usize = 3;
/// From how many letters on a beginning may be misspelt.
const MISSPELT_BEGINNING_FROM: usize = 5;

/// Asks for an intent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    pub(super) places: Places,
    pub(super) strictness: Strictness,
    /// Whether one letter may be a word's beginning: as one types.
    pub(super) from_one_letter: bool,
}

impl Asking {
    pub(super) fn intent(&self, intent: &Intent) -> Value {
        let mut clauses: Vec<Value> = intent.readings.iter().map(|reading| self.whole(reading)).collect();
        let readings = intent.readings.iter().filter(|reading| self.strictness.reads(reading));
        clauses.push(best_of(readings.map(|reading| self.reading(reading)).collect()));
        let mut query = json!({"bool": {"should": clauses}});
        near_words::limit(&mut query);
        query
    }

    /// Titles that are the reading and nothing else, or nothing but little words; and those of the year that it ends with.
    fn whole(&self, reading: &Reading) -> Value {
        let whole = |text: &str| json!({"term": {self.places.whole: text}});
        let value = WHOLE * reading.weight;
        let little = but_for_little(&reading.whole_without_little);
        let mut wholes =
            vec![worth(&whole(&reading.whole), value), worth(&whole(&little), value * BUT_FOR_LITTLE)];
        if let (Some((field, _)), Some((title, year))) = (self.places.year, &reading.title_and_year) {
            let title = whole(&but_for_little(&whole_without_little(title)));
            let both = json!({"bool": {"filter": [title, {"term": {field: year}}]}});
            wholes.push(worth(&both, value));
        }
        best_of(wholes)
    }

    fn reading(&self, reading: &Reading) -> Value {
        let words: Vec<Value> = reading.meant().map(|word| self.word(reading, word)).collect();
        let may_be_missing =
            if self.strictness.forgives_missing_words() { reading.may_be_missing() } else { 0 };
        let clauses = if may_be_missing > 0 {
            let needed = words.len() - may_be_missing;
            json!({"should": words, "minimum_should_match": needed})
        } else {
            json!({"must": words, "should": self.phrase(reading)})
        };
        let mut clauses = json!({"bool": clauses});
        clauses["bool"]["boost"] = json!(reading.weight);
        clauses
    }

    /// The words next to each other.
    fn phrase(&self, reading: &Reading) -> Vec<Value> {
        let words: Vec<&str> = reading.words.iter().map(|word| word.text.as_str()).collect();
        match self.places.phrases {
            Some(field) if words.len() > 1 => {
                vec![worth(&json!({"match_phrase": {field: words.join(" ")}}), PHRASE)]
            }
            _ => Vec::new(),
        }
    }

    /// A word, wherever it may stand; the best place counts.
    fn word(&self, reading: &Reading, word: &Word) -> Value {
        let Places { names, stems, description, year, .. } = self.places;
        let mut places = Vec::new();
        for name in names {
            places.push(is(name.words, &word.text, name.worth));
            let spellings = word.other_spellings.iter();
            places.extend(spellings.map(|spelling| is(name.words, spelling, name.worth * SPELLED_OTHERWISE)));
        }
        places.extend(stems.iter().map(|(field, value)| is(field, &word.stem, *value)));
        if let Some((field, value)) = description
            && self.strictness.reads_descriptions(reading)
        {
            places.push(is(field, &word.stem, value));
        }
        if let (Some((field, value)), Some(year)) = (year, word.year()) {
            let value = if reading.meant().count() > 1 { value } else { YEAR_ALONE };
            places.push(worth(&json!({"term": {field: year}}), value));
        }
        let may_be_unfinished = self.may_be_unfinished(reading, word);
        if may_be_unfinished {
            places.extend(self.beginnings(word));
        }
        if self.strictness.forgives_typos(reading) && word.typos_forgiven() > 0 {
            places.extend(names.iter().flat_map(|name| self.misspelt(name, word, may_be_unfinished)));
        }
        best_of(places)
    }

    fn may_be_unfinished(&self, reading: &Reading, word: &Word) -> bool {
        word.may_be_unfinished || (self.from_one_letter && reading.words.last() == Some(word))
    }

    /// Words that begin so.
    fn beginnings(&self, word: &Word) -> Vec<Value> {
        let letters = word.text.chars().count();
        let names = if letters <= HEAD_LONGEST { &self.places.names[..1] } else { self.places.names };
        let beginning = |name: &Written| {
            if letters <= BEGINNING_LONGEST {
                return is(name.beginnings, &word.text, name.worth * BEGINNING);
            }
            worth(&json!({"prefix": {name.words: word.text}}), name.worth * BEGINNING)
        };
        names.iter().map(beginning).collect()
    }

    /// Words that this may be a misspelling of.
    fn misspelt(&self, name: &Written, word: &Word, may_be_unfinished: bool) -> Vec<Value> {
        let first_may_be_wrong = self.strictness.forgives_first_letters() && word.first_letter_may_be_wrong();
        let near = |field: &str, typos: u8, first_is_right: bool| {
            let part = MISSPELT[usize::from(typos) - usize::from(first_is_right)];
            let looked_for = json!({
                "value": word.text,
                "fuzziness": typos,
                "prefix_length": u8::from(first_is_right),
                "transpositions": true,
            });
            worth(&json!({"fuzzy": {field: looked_for}}), name.worth * part)
        };
        let forgiven = word.typos_forgiven();
        let mut places = vec![near(name.words, 1, true)];
        if first_may_be_wrong {
            places.push(near(name.words, 1, false));
        }
        if forgiven > 1 {
            // To find words two typos away is what costs in a search, some milliseconds for each clause: when the first letter
            // may be wrong too, those where it is right are worth no more than those where it is not.
            places.push(near(name.words, forgiven, !first_may_be_wrong));
        }
        if may_be_unfinished && word.text.chars().count() >= MISSPELT_BEGINNING_FROM {
            let beginning = near(name.beginnings, 1, true);
            places.push(beginning);
        }
        places
    }
}

/// Documents that have this word in a field.
fn is(field: &str, word: &str, value: f32) -> Value {
    worth(&json!({"term": {field: word}}), value)
}

/// A query whose every match is worth the same.
fn worth(query: &Value, value: f32) -> Value {
    json!({"constant_score": {"filter": query, "boost": value}})
}

fn best_of(mut queries: Vec<Value>) -> Value {
    match queries.len() {
        1 => queries.remove(0),
        _ => json!({"dis_max": {"queries": queries}}),
    }
}
