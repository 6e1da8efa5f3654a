//! What an index keeps, equivalent to `tantivy/schema.rs`.
//!
//! Words are made by `search/analyzer.rs`, for texts and queries alike, and sent with spaces between: the server only splits
//! at them. Its own analyzers would make other words of some texts, and the engines would part.

use serde_json::{Value, json};

use super::super::engine::{DEEPEST, DocumentKind};

/// Grows when the fields or their making change: an index of another version is left alone, and a new one is made.
pub(super) const VERSION: u32 = 3;

/// Longer beginnings of a word are no beginnings.
pub(super) const BEGINNING_LONGEST: usize = 20;
/// Pages that begin before [`DEEPEST`] may end behind it.
const PAGE_LONGEST: u64 = 1000;

/// The body that makes an index, which is written through `writer`.
pub(super) fn index(kind: DocumentKind, writer: &str) -> Value {
    let fields = match kind {
        DocumentKind::Film => films(),
        DocumentKind::Person => persons(),
    };
    let mut properties = json!({
        "id": {"type": "keyword"},
        "version": {"type": "long"},
        "votes": {"type": "long"},
        // For the audit: the range of ids, and what the document adds to its checksum, in halves that add up exactly.
        "bucket": {"type": "short"},
        "sum_high": column("long"),
        "sum_low": column("long"),
    });
    merge(&mut properties, fields);
    json!({
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            // What was put is seen when it is committed, and costs nothing before.
            "refresh_interval": "-1",
            "max_result_window": DEEPEST + PAGE_LONGEST,
            // A film that was deleted may come again with a smaller version.
            "gc_deletes": "0s",
            "analysis": {
                "filter": {
                    "beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": BEGINNING_LONGEST},
                },
                "analyzer": {
                    "words": {"type": "custom", "tokenizer": "whitespace"},
                    "beginnings": {"type": "custom", "tokenizer": "whitespace", "filter": ["beginnings"]},
                },
            },
        },
        "aliases": {writer: {"is_hidden": true}},
        "mappings": {"dynamic": "strict", "properties": properties},
    })
}

fn films() -> Value {
    json!({
        "whole_title": term(),
        "titles": text("positions", Some("title_beginnings")),
        "title_beginnings": beginnings(),
        "title_stems": text("docs", None),
        "people": text("docs", Some("people_beginnings")),
        "people_beginnings": beginnings(),
        "about": text("docs", None),
        "description": text("docs", None),
        "access": {"type": "keyword"},
        "genre": {"type": "keyword"},
        "person": {"type": "keyword"},
        "country": {"type": "keyword"},
        "year": {"type": "integer"},
        "rating": {"type": "double"},
        "sort_title_ru": column("keyword"),
        "sort_title_en": column("keyword"),
        // Of the one document that is no film: up to where the event log is known.
        "log": column("keyword"),
        "position": column("long"),
    })
}

fn persons() -> Value {
    json!({
        "names": text("docs", Some("name_beginnings")),
        "name_beginnings": beginnings(),
        "whole_name": term(),
        "levels": {"type": "keyword"},
    })
}

/// Words, and perhaps where their beginnings go. Without norms and frequencies: that a title is short is no merit. A match
/// is worth the same in every film, so scores do not change with what else is indexed, and are those of every engine.
fn text(kept: &str, beginnings: Option<&str>) -> Value {
    let mut field = json!({"type": "text", "analyzer": "words", "index_options": kept, "norms": false});
    if let Some(beginnings) = beginnings {
        field["copy_to"] = json!(beginnings);
    }
    field
}

/// The beginnings of words, each a term: an unfinished word, with a letter wrong or not, is a search for a term.
fn beginnings() -> Value {
    json!({"type": "text", "analyzer": "beginnings", "index_options": "docs", "norms": false})
}

/// Compared as a whole.
fn term() -> Value {
    json!({"type": "keyword", "doc_values": false})
}

/// Sorted or summed by, never searched.
fn column(kind: &str) -> Value {
    json!({"type": kind, "index": false})
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
