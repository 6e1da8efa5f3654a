//! What the address of the browse page asks for, and how it is asked of the catalogue.

use kino_domain::tidy;
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    api::{self, FilmSummary, List, Trouble},
    texts::Texts,
    visit::Visit,
};

/// Divides by two, three, four and six, so that most grids end in a full row.
pub(super) const PAGE_SIZE: u64 = 24;
/// The last page that has a number: they lead to the first ten thousand films.
pub(super) const LAST_PAGE: u64 = 10_000_u64.div_ceil(PAGE_SIZE);
/// Nobody types more; in characters.
const LONGEST_QUERY: usize = 200;

/// The order of the films.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    #[default]
    Rating,
    Year,
    Title,
    Popularity,
}

impl Sort {
    pub(super) const ALL: [Self; 4] = [Self::Rating, Self::Popularity, Self::Year, Self::Title];

    /// As this site's addresses say it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Rating => "rating",
            Self::Year => "year",
            Self::Title => "title",
            Self::Popularity => "popularity",
        }
    }

    /// As the API says it.
    const fn of_api(self) -> &'static str {
        match self {
            Self::Rating => "-imdb_rating",
            Self::Year => "-year",
            Self::Title => "title",
            Self::Popularity => "-popularity",
        }
    }

    pub(super) const fn label(self, texts: &Texts) -> &'static str {
        match self {
            Self::Rating => texts.by_rating,
            Self::Year => texts.by_year,
            Self::Title => texts.by_title,
            Self::Popularity => texts.by_popularity,
        }
    }
}

/// What the address asks for. What makes no sense is passed over: a visitor has no use for an error here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) query: String,
    pub(super) genre: Option<Uuid>,
    pub(super) sort: Sort,
    /// From 1.
    pub(super) page: u64,
}

impl Wish {
    pub(super) fn of(query: &str) -> Self {
        let mut wish = Self { page: 1, ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "query" => wish.query = tidy(&value.chars().take(LONGEST_QUERY).collect::<String>()),
                "genre" => wish.genre = value.parse().ok(),
                "sort" => {
                    wish.sort = Sort::ALL.into_iter().find(|sort| sort.word() == value).unwrap_or_default();
                }
                "page" => wish.page = value.parse().unwrap_or(1).clamp(1, LAST_PAGE),
                _ => {}
            }
        }
        wish
    }

    /// The address that asks for this.
    pub(super) fn href(&self) -> String {
        let genre = self.genre.map(|genre| genre.to_string());
        let page = self.page.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.query.is_empty() {
            query.append_pair("query", &self.query);
        }
        if let Some(genre) = &genre {
            query.append_pair("genre", genre);
        }
        if self.sort != Sort::default() && self.query.is_empty() {
            query.append_pair("sort", self.sort.word());
        }
        if self.page > 1 {
            query.append_pair("page", &page);
        }
        let query = query.finish();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    pub(super) fn on_page(&self, page: u64) -> Self {
        Self { page, ..self.clone() }
    }

    pub(super) fn in_genre(&self, genre: Option<Uuid>) -> Self {
        Self { genre, ..self.on_page(1) }
    }

    pub(super) async fn films(&self, visit: &Visit) -> Result<List<FilmSummary>, Trouble> {
        let (page, size) = (self.page.to_string(), PAGE_SIZE.to_string());
        let genre = self.genre.map(|genre| genre.to_string());
        let mut query = vec![("page_number", page.as_str()), ("page_size", size.as_str())];
        if self.query.is_empty() {
            query.push(("sort", self.sort.of_api()));
        } else {
            query.push(("query", &self.query));
        }
        if let Some(genre) = &genre {
            query.push(("genre", genre));
        }
        api::films(visit, &query).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let default = Wish { page: 1, ..Wish::default() };
        for odd in [
            "",
            "page=0",
            "page=-1",
            "page=x",
            "sort=nope",
            "genre=nope",
            "query=%00%20",
            "&&=&x=1",
            "%ff=%ff",
        ] {
            assert_eq!(Wish::of(odd), default, "{odd:?}");
        }
        assert_eq!(Wish::of("page=99999999999").page, LAST_PAGE);
        assert_eq!(Wish::of(&format!("query={}", "x".repeat(9000))).query.len(), LONGEST_QUERY);
    }

    #[test]
    fn an_address_is_read_back_as_it_was_written() {
        for address in [
            "/",
            "/?sort=year",
            "/?query=%D0%9C%D0%B8%D1%80+%26&page=3",
            "/?genre=00000000-0000-0000-0000-000000000001&sort=title&page=2",
        ] {
            assert_eq!(Wish::of(address.trim_start_matches('/').trim_start_matches('?')).href(), address);
        }
    }
}
