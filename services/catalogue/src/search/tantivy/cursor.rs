//! Where a page ended, as clients hold it: the order, how widely the query was read, of which question it is, what the
//! last film is sorted by, its id.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kino_domain::Language;
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{Order, Wanted},
        intent::Strictness,
        mark::mark,
    },
    order::{Rank, Standing},
};

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// How widely the query was read; of all films, nothing was.
    pub(super) read: Strictness,
    /// The last film.
    pub(super) standing: Standing,
}

pub(super) fn encode(wanted: &Wanted, read: Strictness, standing: &Standing) -> String {
    let (kind, value) = match &standing.rank {
        Rank::Number(key) => ('n', format!("{key:x}")),
        Rank::Title(title) => ('t', title.clone()),
        Rank::Missing => ('m', String::new()),
    };
    let (order, read, mark) = (letter(wanted.order), read.number(), mark(wanted));
    let text = format!("{order}{read}{mark:08x}{kind}{}{value}", standing.id.simple());
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// [`IndexError::Cursor`] for what was not encoded here, or for another question.
pub(super) fn decode(wanted: &Wanted, cursor: &str) -> Result<Cursor, IndexError> {
    read(wanted, cursor).ok_or(IndexError::Cursor)
}

fn read(wanted: &Wanted, cursor: &str) -> Option<Cursor> {
    let order = wanted.order;
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (step, rest) = text.strip_prefix(letter(order))?.split_at_checked(1)?;
    let rest = rest.strip_prefix(&format!("{:08x}", mark(wanted)))?;
    let kind = rest.chars().next()?;
    let (id, value) = rest.get(kind.len_utf8()..)?.split_at_checked(32)?;
    let is_by_title = matches!(order, Order::Title(_));
    let rank = match kind {
        'n' if !is_by_title => Rank::Number(u64::from_str_radix(value, 16).ok()?),
        't' if is_by_title => Rank::Title(value.to_owned()),
        'm' => Rank::Missing,
        _ => return None,
    };
    let standing = Standing { rank, id: Uuid::try_parse(id).ok()? };
    Some(Cursor { read: Strictness::of_number(step.parse().ok()?)?, standing })
}

const fn letter(order: Order) -> char {
    match order {
        Order::Relevance => 'r',
        Order::BestRated => 'b',
        Order::WorstRated => 'w',
        Order::Newest => 'n',
        Order::Title(Language::Ru) => 't',
        Order::Title(Language::En) => 'e',
        Order::MostPopular => 'p',
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::engine::PageStart, *};

    fn wanted(order: Order) -> Wanted {
        Wanted { order, limit: 10, ..super::super::super::library::wanted("солярис") }
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_for_its_question_alone() {
        let id = Uuid::from_u128(7);
        for (order, rank) in [
            (Order::Relevance, Rank::Number(u64::MAX - 1)),
            (Order::Title(Language::Ru), Rank::Title("солярис: 2".into())),
            (Order::Newest, Rank::Missing),
        ] {
            let (wanted, standing) = (wanted(order), Standing { rank, id });
            let written = encode(&wanted, Strictness::Typos, &standing);
            let cursor = Cursor { read: Strictness::Typos, standing };
            assert_eq!(decode(&wanted, &written).unwrap(), cursor);
            let next = Wanted { start: PageStart::Cursor(written.clone()), limit: 50, ..wanted.clone() };
            assert_eq!(decode(&next, &written).unwrap(), cursor, "of another size");
            for other in [
                Wanted { order: Order::MostPopular, ..wanted.clone() },
                Wanted { query: "солярис 2".to_owned(), ..wanted.clone() },
                Wanted { year_from: Some(1990), ..wanted.clone() },
            ] {
                assert!(matches!(decode(&other, &written), Err(IndexError::Cursor)), "{other:?}");
            }
        }
        for odd in ["", "cg", "!!", "ЖЖ", "AAAA", &"A".repeat(5000)] {
            assert!(matches!(decode(&wanted(Order::Relevance), odd), Err(IndexError::Cursor)), "{odd}");
        }
    }
}
