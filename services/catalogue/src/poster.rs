//! A poster drawn from a film's title and genre, so that no page is ever grey.

use askama::Template;
use kino_domain::Language;

use crate::film::Film;

/// Letters of a line at the largest size.
const LINE: usize = 12;
const LINES: u32 = 6;
/// Where the lowest line of the title stands, in the poster's 300 x 450 units.
const TITLE_BOTTOM: u32 = 358;

/// What the picture is made of. The template escapes every text; it has no script and no link.
#[derive(Template)]
#[template(path = "poster.svg", escape = "html")]
struct Poster<'a> {
    title: &'a str,
    lines: Vec<Line>,
    size: u32,
    caption: String,
    /// Hues, in degrees.
    light: u32,
    dark: u32,
    accent: u32,
    circle: Circle,
    ring: Circle,
}

struct Line {
    y: u32,
    text: String,
}

struct Circle {
    x: u32,
    y: u32,
    r: u32,
}

/// The poster as SVG.
pub(crate) fn draw(film: &Film, language: Language) -> Result<String, askama::Error> {
    let title = film.title.get(language).or(film.original_title.as_deref()).unwrap_or("—");
    let words = wrap(title);
    let longest = words.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(6);
    // Bold letters take about 0.74 of their size; a line has room for 262 units.
    let size = (354 / u32::try_from(longest).unwrap_or(40)).clamp(15, 40);
    let lines = (1..=LINES)
        .zip(words.iter().rev())
        .map(|(n, text)| Line { y: TITLE_BOTTOM - (n - 1) * (size + size / 6), text: text.clone() });
    let genre = film.genres.first();
    let year = film.year.map(|year| year.to_string());
    let caption: Vec<String> =
        genre.and_then(|genre| genre.name.get(language)).map(str::to_owned).into_iter().chain(year).collect();
    // Where the circles stand comes from the film's id: neighbours look different, each always the same.
    let [a, b, c, d, ..] = film.id.0.into_bytes().map(u32::from).map(|byte| byte.rotate_left(1));
    let circle = Circle { x: 60 + a % 200, y: 70 + b % 130, r: 70 + c % 70 };
    let ring = Circle { x: 300 - circle.x / 2, y: circle.y + 60, r: circle.r / 2 + 20 };
    let hue = hue(genre.and_then(|genre| genre.name.en.as_deref()).unwrap_or_default(), a + b + c + d);
    Poster {
        title,
        lines: lines.collect(),
        size,
        caption: caption.join(" · "),
        light: (hue + 25) % 360,
        dark: (hue + 350) % 360,
        accent: (hue + 180) % 360,
        circle,
        ring,
    }
    .render()
}

/// A genre's own colour; for others, the film's.
fn hue(genre: &str, seed: u32) -> u32 {
    match genre {
        "Action" => 12,
        "Adventure" => 35,
        "Animation" => 190,
        "Comedy" => 45,
        "Crime" => 225,
        "Documentary" => 165,
        "Drama" => 265,
        "Family" => 95,
        "Fantasy" => 285,
        "Film Noir" => 230,
        "History" | "War" => 28,
        "Horror" => 355,
        "Music" | "Musical" => 310,
        "Mystery" => 245,
        "Romance" => 335,
        "Science Fiction" => 205,
        "Thriller" => 175,
        "Western" => 22,
        _ => seed % 360,
    }
}

/// Breaks a title between words, and words that are longer than two lines within.
fn wrap(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let width = if title.chars().count() > LINE * 4 { LINE + 4 } else { LINE };
    for word in title.split_whitespace() {
        let length = word.chars().count();
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + length > width {
            lines.push(String::new());
        }
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(30));
    }
    let most = LINES as usize;
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use kino_domain::{AccessLevel, FilmId, Localized};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::film::Kind;

    fn film(title: &str) -> Film {
        Film {
            id: FilmId(Uuid::from_u128(42)),
            kind: Kind::Movie,
            title: Localized { ru: None, en: Some(title.into()) },
            original_title: None,
            description: Localized::default(),
            year: Some(1979),
            access: AccessLevel::Free,
            imdb_rating: None,
            votes: 0,
            seasons: None,
            episodes: None,
            keywords: vec![],
            duration_minutes: None,
            age_rating: None,
            poster_url: None,
            video_url: None,
            countries: vec![],
            genres: vec![],
            people: vec![],
            version: 1,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_hostile_title_is_only_a_title() {
        let svg = draw(&film("<script>alert('x')</script> & \"co\""), Language::En).unwrap();
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("1979"));
    }

    #[test]
    fn titles_wrap_between_words() {
        assert_eq!(wrap("The Good, the Bad and the Ugly"), ["The Good,", "the Bad and", "the Ugly"]);
        assert_eq!(wrap("Psycho"), ["Psycho"]);
        assert!(wrap(&"word ".repeat(100)).len() <= LINES as usize);
    }

    proptest! {
        #[test]
        fn any_title_is_drawn(title in "\\PC{0,200}") {
            let svg = draw(&film(&title), Language::Ru).unwrap();
            prop_assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        }
    }
}
