//! `/films/{id}`: all about one film, or why the visitor may not see it.

use askama::Template;
use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use http::StatusCode;
use kino_domain::{AccessLevel, FilmId};
use kino_http::is_local_path;
use url::form_urlencoded;

use super::{Frame, poster::Poster, trouble};
use crate::{
    api::{self, Film, Person},
    countries,
    texts::Texts,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "film.html")]
struct FilmPage {
    frame: Frame,
    title: String,
    original_title: Option<String>,
    poster: Poster,
    /// Year, length, age rating: what stands in one line under the title.
    line: Vec<String>,
    rating: Option<String>,
    badge: Option<(&'static str, &'static str)>,
    genres: Vec<Link>,
    facts: Vec<Fact>,
    description: Option<String>,
    video: Option<String>,
}

/// A row of facts: its label and what belongs to it.
struct Fact {
    label: &'static str,
    links: Vec<Link>,
}

struct Link {
    text: String,
    href: Option<String>,
}

pub(crate) async fn page(visit: Visit, id: Result<Path<FilmId>, PathRejection>) -> Response {
    // What is no id names no film.
    let Ok(Path(id)) = id else { return trouble::no_such_page(visit).await };
    let (frame, film) = tokio::join!(visit.frame(), api::film(&visit, id));
    match film {
        Ok(film) => {
            let page = FilmPage::new(frame, film);
            visit.page(StatusCode::OK, &page)
        }
        Err(other) => trouble::of(visit, frame, other),
    }
}

impl FilmPage {
    fn new(frame: Frame, film: Film) -> Self {
        let t = frame.t;
        let Film { summary, description, duration_minutes, countries, actors, directors, writers, video_url } =
            film;
        let year = summary.year.map(|year| year.to_string());
        let length =
            duration_minutes.filter(|minutes| *minutes > 0).map(|minutes| t.hours_and_minutes(minutes));
        let countries = countries.iter().map(|code| countries::name(code, t.language).to_owned());
        let facts = [
            Fact { label: t.directed_by, links: people(directors) },
            Fact { label: t.written_by, links: people(writers) },
            Fact { label: t.starring, links: people(actors) },
            Fact { label: t.countries, links: countries.map(|text| Link { text, href: None }).collect() },
        ];
        let genres = summary
            .genres
            .iter()
            .map(|genre| Link { text: genre.name.clone(), href: Some(format!("/?genre={}", genre.id)) });
        Self {
            frame,
            poster: Poster::of(&summary, t),
            line: [year, length, summary.age_rating].into_iter().flatten().collect(),
            rating: summary.imdb_rating.map(|rating| t.decimal(rating)),
            badge: badge(summary.access, t),
            genres: genres.collect(),
            facts: facts.into_iter().filter(|fact| !fact.links.is_empty()).collect(),
            description: description.filter(|text| !text.trim().is_empty()),
            video: video_url.filter(|url| is_watchable(url)),
            original_title: summary.original_title.filter(|original| *original != summary.title),
            title: summary.title,
        }
    }
}

/// What a film that is not free is marked with: a class of the style, and the words.
pub(super) const fn badge(access: AccessLevel, t: &Texts) -> Option<(&'static str, &'static str)> {
    match access {
        AccessLevel::Free => None,
        AccessLevel::Paid => Some(("paid", t.badge_paid)),
        AccessLevel::Archived => Some(("archived", t.badge_archived)),
    }
}

/// People, each with the way to their other films.
fn people(persons: Vec<Person>) -> Vec<Link> {
    let films_of = |name: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("query", name).finish();
        format!("/?{query}")
    };
    let links = persons
        .into_iter()
        .map(|Person { full_name }| Link { href: Some(films_of(&full_name)), text: full_name });
    links.collect()
}

/// Whether an address is one of a video, not of a script.
fn is_watchable(url: &str) -> bool {
    is_local_path(url) || url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_videos_are_linked() {
        assert!(
            is_watchable("/files/api/v1/download_stream/abc") && is_watchable("https://cdn.example/a.mp4")
        );
        for odd in ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil.example", ""] {
            assert!(!is_watchable(odd), "{odd:?}");
        }
    }
}
