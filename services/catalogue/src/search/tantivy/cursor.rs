//! Where a page ended, as clients hold it: the order, what the last film is sorted by, its id.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kino_domain::Language;
use uuid::Uuid;

use super::{
    super::{IndexError, engine::Order},
    order::{Rank, Standing},
};

pub(super) fn encode(order: Order, standing: &Standing) -> String {
    let (kind, value) = match &standing.rank {
        Rank::Number(key) => ('n', format!("{key:x}")),
        Rank::Title(title) => ('t', title.clone()),
        Rank::Missing => ('m', String::new()),
    };
    let text = format!("{}{kind}{}{value}", letter(order), standing.id.simple());
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// [`IndexError::Cursor`] for what was not encoded here, or for another order.
pub(super) fn decode(order: Order, cursor: &str) -> Result<Standing, IndexError> {
    read(order, cursor).ok_or(IndexError::Cursor)
}

fn read(order: Order, cursor: &str) -> Option<Standing> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let rest = text.strip_prefix(letter(order))?;
    let kind = rest.chars().next()?;
    let (id, value) = rest.get(kind.len_utf8()..)?.split_at_checked(32)?;
    let is_by_title = matches!(order, Order::Title(_));
    let rank = match kind {
        'n' if !is_by_title => Rank::Number(u64::from_str_radix(value, 16).ok()?),
        't' if is_by_title => Rank::Title(value.to_owned()),
        'm' => Rank::Missing,
        _ => return None,
    };
    Some(Standing { rank, id: Uuid::try_parse(id).ok()? })
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
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_for_its_order_alone() {
        let id = Uuid::from_u128(7);
        for (order, rank) in [
            (Order::Relevance, Rank::Number(u64::MAX - 1)),
            (Order::Title(Language::Ru), Rank::Title("солярис: 2".into())),
            (Order::Newest, Rank::Missing),
        ] {
            let standing = Standing { rank, id };
            let cursor = encode(order, &standing);
            assert_eq!(decode(order, &cursor).unwrap(), standing);
            assert!(matches!(decode(Order::MostPopular, &cursor), Err(IndexError::Cursor)));
        }
        for odd in ["", "cg", "!!", "ЖЖ", "AAAA", &"A".repeat(5000)] {
            assert!(matches!(decode(Order::Relevance, odd), Err(IndexError::Cursor)), "{odd}");
        }
    }
}
