//! Which page of films is wanted: by its number, as far as numbers reach, or behind the page before, to the end.

use kino_http::{FieldError, Fields, PageQuery, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::search::PageStart;

const CURSOR_LONGEST: usize = 4000;
/// No cursor of an engine begins so.
const BY_OFFSET: &str = "offset-";

/// Where the page begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CursorQuery {
    /// `next_cursor` of the page before, in place of `page_number`, with the same parameters otherwise.
    cursor: Option<String>,
    /// Documented with the page.
    #[param(ignore)]
    page_number: Option<u32>,
}

impl CursorQuery {
    /// Where the page begins; what is wrong goes into `fields`.
    pub(super) fn start(&self, page: PageQuery, fields: &mut Fields) -> PageStart {
        let Some(cursor) = &self.cursor else { return PageStart::Offset(page.offset()) };
        if self.page_number.is_some() {
            let (ru, en) = ("Либо cursor, либо page_number.", "Either cursor or page_number.");
            fields.wrong(FieldError::new("cursor", "ambiguous", ru, en));
        }
        if cursor.len() > CURSOR_LONGEST {
            fields.wrong(bad_cursor());
        }
        let offset = cursor.strip_prefix(BY_OFFSET).and_then(|offset| offset.parse().ok());
        offset.map_or_else(|| PageStart::Cursor(cursor.clone()), PageStart::Offset)
    }

    /// The number that the page has; none of one that a cursor led to.
    pub(super) fn number(&self, page: PageQuery) -> Option<u32> {
        self.cursor.is_none().then_some(page.page_number)
    }
}

/// A cursor behind so many films of a list: of a page that the database gave, while there was no index to make one. Whichever
/// of the two gives the next page, it begins there.
pub(super) fn by_offset(offset: u64) -> String {
    format!("{BY_OFFSET}{offset}")
}

pub(super) fn bad_cursor() -> FieldError {
    let (ru, en) = ("Этот cursor получен от другого запроса.", "The cursor is not one of this search.");
    FieldError::new("cursor", "invalid", ru, en)
}

pub(super) fn too_deep() -> Problem {
    let ru = "По номерам доступны первые 10 000 фильмов; дальше — по cursor.";
    let en = "Page numbers reach the first 10,000 films; go on by cursor.";
    Problem::invalid(vec![FieldError::new("page_number", "too_deep", ru, en)])
}
