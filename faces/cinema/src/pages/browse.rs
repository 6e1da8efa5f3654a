//! `/`: the films that the visitor may see, by genre and by order, or those that a search finds.

use askama::Template;
use axum::{extract::RawQuery, response::Response};
use http::StatusCode;

use super::{
    Frame, Who, film,
    poster::Poster,
    trouble,
    wish::{LAST_PAGE, PAGE_SIZE, Sort, Wish},
};
use crate::{
    api::{self, FilmSummary, Genre, Highlight, List, Trouble},
    texts::Texts,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "browse.html")]
struct BrowsePage {
    frame: Frame,
    heading: String,
    searched: bool,
    count: Option<String>,
    chips: Vec<Chip>,
    genre: Option<String>,
    /// (word, label, whether it is chosen); none where a search orders the films.
    sorts: Vec<(&'static str, &'static str, bool)>,
    cards: Vec<Card>,
    paging: Option<Paging>,
    nothing: Option<Nothing>,
}

struct Chip {
    name: String,
    href: String,
    is_chosen: bool,
}

struct Card {
    href: String,
    poster: Poster,
    title: String,
    /// The title with the words that were found, as HTML.
    marked_title: Option<String>,
    marked_description: Option<String>,
    about: String,
    rating: Option<String>,
    badge: Option<(&'static str, &'static str)>,
}

struct Paging {
    previous: Option<String>,
    next: Option<String>,
    place: String,
}

/// What to say where there is nothing to show, and the way on.
struct Nothing {
    title: &'static str,
    text: &'static str,
    href: String,
    link: &'static str,
}

pub(crate) async fn page(visit: Visit, RawQuery(query): RawQuery) -> Response {
    let wish = Wish::of(query.as_deref().unwrap_or_default());
    let (mut frame, films, genres) = tokio::join!(visit.frame(), wish.films(&visit), api::genres(&visit));
    let films = match films {
        Ok(films) => films,
        // A filter that the catalogue cannot read finds nothing.
        Err(Trouble::Refused(problem)) if is_senseless(problem.status) => {
            List { items: Vec::new(), total: 0 }
        }
        Err(other) => return trouble::of(visit, frame, other),
    };
    // Without the genres the films are still worth showing.
    let genres = genres.map(|list| list.items).unwrap_or_default();
    frame.query.clone_from(&wish.query);
    let page = BrowsePage::new(frame, &wish, films, genres);
    visit.page(StatusCode::OK, &page)
}

fn is_senseless(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY)
}

impl BrowsePage {
    fn new(frame: Frame, wish: &Wish, films: List<FilmSummary>, genres: Vec<Genre>) -> Self {
        let t = frame.t;
        let chosen = genres.iter().find(|genre| Some(genre.id.0) == wish.genre);
        let searched = !wish.query.is_empty();
        let heading = match chosen {
            _ if searched => wish.query.clone(),
            Some(genre) => genre.name.clone(),
            None => t.browse_heading.to_owned(),
        };
        let all = Chip {
            name: t.all_genres.to_owned(),
            href: wish.in_genre(None).href(),
            is_chosen: wish.genre.is_none(),
        };
        let chips = genres.into_iter().map(|genre| Chip {
            href: wish.in_genre(Some(genre.id.0)).href(),
            is_chosen: Some(genre.id.0) == wish.genre,
            name: genre.name,
        });
        Self {
            heading,
            searched,
            count: (films.total > 0).then(|| t.film_count(films.total)),
            chips: std::iter::once(all).chain(chips).collect(),
            genre: wish.genre.map(|genre| genre.to_string()),
            sorts: if searched {
                Vec::new()
            } else {
                Sort::ALL.map(|sort| (sort.word(), sort.label(t), sort == wish.sort)).into()
            },
            paging: Paging::of(wish, films.total, t),
            nothing: films.items.is_empty().then(|| Nothing::of(wish, films.total, &frame.who, t)),
            cards: films.items.into_iter().map(|film| Card::of(film, t)).collect(),
            frame,
        }
    }
}

impl Card {
    fn of(film: FilmSummary, t: &Texts) -> Self {
        let genres = film.genres.iter().take(2).map(|genre| genre.name.clone());
        let about: Vec<String> = film.year.map(|year| year.to_string()).into_iter().chain(genres).collect();
        let Highlight { title, description } = film.highlight.clone().unwrap_or_default();
        Self {
            href: format!("/films/{}", film.id),
            poster: Poster::of(&film, t),
            marked_title: title.filter(|html| is_harmless(html)),
            marked_description: description.filter(|html| is_harmless(html)),
            about: about.join(" · "),
            rating: film.imdb_rating.map(|rating| t.decimal(rating)),
            badge: film::badge(film.access, t),
            title: film.title,
        }
    }
}

/// Whether a highlight keeps its promise of no markup but `<em>`, each opened and closed.
fn is_harmless(html: &str) -> bool {
    let mut rest = html;
    while let Some((text, marked)) = rest.split_once("<em>") {
        let Some((word, after)) = marked.split_once("</em>") else { return false };
        if text.contains(['<', '>']) || word.contains(['<', '>']) {
            return false;
        }
        rest = after;
    }
    !rest.contains(['<', '>'])
}

impl Paging {
    fn of(wish: &Wish, total: u64, t: &Texts) -> Option<Self> {
        let pages = total.div_ceil(PAGE_SIZE).min(LAST_PAGE);
        (pages > 1 && wish.page <= pages).then(|| Self {
            previous: (wish.page > 1).then(|| wish.on_page(wish.page - 1).href()),
            next: (wish.page < pages).then(|| wish.on_page(wish.page + 1).href()),
            place: t.page_of(wish.page, pages),
        })
    }
}

impl Nothing {
    fn of(wish: &Wish, total: u64, who: &Who, t: &Texts) -> Self {
        if total > 0 {
            let href = wish.on_page(1).href();
            return Self { title: t.page_past_end, text: t.page_past_end_text, href, link: t.first_page };
        }
        let href = "/".to_owned();
        if !wish.query.is_empty() || wish.genre.is_some() {
            return Self { title: t.nothing_found, text: t.nothing_found_text, href, link: t.all_films };
        }
        let (href, link) = match who {
            Who::Guest => ("/login".to_owned(), t.sign_in),
            Who::Member(_) | Who::Unnamed => (href, t.all_films),
        };
        Self { title: t.catalogue_empty, text: t.catalogue_empty_text, href, link }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlights_may_mark_and_nothing_else() {
        for good in ["", "a &lt; b", "<em>a</em>", "x <em>a</em> y <em>b</em>"] {
            assert!(is_harmless(good), "{good}");
        }
        for bad in [
            "<b>a</b>",
            "<em>a",
            "a</em>",
            "<em><script></em>",
            "<em>a</em><img src=x>",
            "<em onclick=x>a</em>",
        ] {
            assert!(!is_harmless(bad), "{bad}");
        }
    }
}
