//! The order of what is found, and the cursor, which tells where a page ended.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kino_domain::Language;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{IndexError, engine::Order, intent::Strictness};

/// What films are sorted by; equals come by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SortedBy {
    Score,
    BestRated,
    WorstRated,
    Newest,
    Votes,
    TitleRu,
    TitleEn,
}

/// Where a page ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    by: SortedBy,
    /// Of which question it is.
    of: u32,
    /// How widely the query was read.
    read: u8,
    /// The key and the id of the last film.
    after: (Key, Uuid),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Whole(i64),
    Number(f64),
    Title(String),
}

impl SortedBy {
    pub(super) const fn of(order: Order, has_words: bool) -> Self {
        match order {
            Order::Relevance if has_words => Self::Score,
            Order::Relevance | Order::MostPopular => Self::Votes,
            Order::BestRated => Self::BestRated,
            Order::WorstRated => Self::WorstRated,
            Order::Newest => Self::Newest,
            Order::Title(Language::Ru) => Self::TitleRu,
            Order::Title(Language::En) => Self::TitleEn,
        }
    }

    /// As the server is told. What is without the value comes last.
    pub(super) fn sort(self) -> Value {
        let key = match self {
            Self::Score => json!({"_score": "desc"}),
            Self::BestRated => json!({"rating": {"order": "desc", "missing": -1}}),
            Self::WorstRated => json!({"rating": {"order": "asc", "missing": 1000}}),
            Self::Newest => json!({"year": {"order": "desc", "missing": i32::MIN}}),
            Self::Votes => json!({"votes": "desc"}),
            Self::TitleRu => json!({"sort_title_ru": "asc"}),
            Self::TitleEn => json!({"sort_title_en": "asc"}),
        };
        json!([key, {"id": "asc"}])
    }
}

impl Cursor {
    /// Behind a film, by the values that the server sorted it by. None where these are not what they are in this order.
    pub(super) fn behind(sort: &Value, by: SortedBy, of: u32, read: Option<Strictness>) -> Option<Self> {
        let key = serde_json::from_value(sort[0].clone()).ok()?;
        let read = read.map_or(0, Strictness::number);
        Some(Self { by, of, read, after: (key, sort[1].as_str()?.parse().ok()?) })
    }

    /// Reads a cursor, which is to be of this order and this question.
    pub(super) fn read(text: &str, by: SortedBy, of: u32) -> Result<Self, IndexError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| IndexError::Cursor)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| IndexError::Cursor)?;
        let is_title = matches!(cursor.after.0, Key::Title(_));
        if cursor.by != by
            || cursor.of != of
            || is_title != matches!(by, SortedBy::TitleRu | SortedBy::TitleEn)
        {
            return Err(IndexError::Cursor);
        }
        Ok(cursor)
    }

    /// How widely the query was read.
    pub(super) fn strictness(&self) -> Result<Strictness, IndexError> {
        Strictness::of_number(self.read).ok_or(IndexError::Cursor)
    }

    /// As the server is told.
    pub(super) fn search_after(&self) -> Value {
        json!([self.after.0, self.after.1.simple().to_string()])
    }

    pub(super) fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json!(self).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_for_its_question_alone() {
        let id = Uuid::from_u128(7).simple().to_string();
        for (sort, by) in [
            (json!([12.345_678, id]), SortedBy::Score),
            (json!([1_000_000, id]), SortedBy::Votes),
            (json!(["матрица", id]), SortedBy::TitleRu),
        ] {
            let written = Cursor::behind(&sort, by, 7, Some(Strictness::Typos)).unwrap().text();
            let cursor = Cursor::read(&written, by, 7).unwrap();
            assert_eq!((cursor.search_after(), cursor.strictness().unwrap()), (sort, Strictness::Typos));
            assert!(Cursor::read(&written, SortedBy::Newest, 7).is_err());
            assert!(Cursor::read(&written, by, 8).is_err());
        }
    }

    #[test]
    fn what_others_wrote_is_refused() {
        let forged = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        for text in [
            String::new(),
            "не курсор".to_owned(),
            forged("{}"),
            forged(r#"{"by":"Votes","of":7,"read":0,"after":["x","00000000000000000000000000000007"]}"#),
            forged(r#"{"by":"Votes","of":7,"read":0,"after":[{"a":1},"7"]}"#),
        ] {
            assert!(matches!(Cursor::read(&text, SortedBy::Votes, 7), Err(IndexError::Cursor)), "{text}");
        }
        let wide = forged(r#"{"by":"Votes","of":7,"read":9,"after":[1,"00000000000000000000000000000007"]}"#);
        assert!(Cursor::read(&wide, SortedBy::Votes, 7).unwrap().strictness().is_err());
    }
}
