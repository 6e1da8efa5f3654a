//! The genres that every catalogue knows, in both languages; others keep the name that they came with.

use kino_domain::{Localized, fold, tidy};

/// English and Russian names.
const KNOWN: [(&str, &str); 24] = [
    ("Action", "боевик"),
    ("Adventure", "приключения"),
    ("Animation", "мультфильм"),
    ("Biography", "биография"),
    ("Comedy", "комедия"),
    ("Crime", "криминал"),
    ("Documentary", "документальный"),
    ("Drama", "драма"),
    ("Family", "семейный"),
    ("Fantasy", "фэнтези"),
    ("Film Noir", "нуар"),
    ("Foreign", "зарубежный"),
    ("History", "история"),
    ("Horror", "ужасы"),
    ("Music", "музыка"),
    ("Musical", "мюзикл"),
    ("Mystery", "детектив"),
    ("Romance", "мелодрама"),
    ("Science Fiction", "фантастика"),
    ("Sport", "спорт"),
    ("TV Movie", "телефильм"),
    ("Thriller", "триллер"),
    ("War", "военный"),
    ("Western", "вестерн"),
];

/// Other spellings of known genres.
const ALIASES: [(&str, &str); 5] = [
    ("sci-fi", "science fiction"),
    ("film-noir", "film noir"),
    ("children", "family"),
    ("animated", "animation"),
    ("romantic", "romance"),
];

/// The key by which a genre is one and the same, and its names.
pub(crate) fn recognize(name: &str) -> (String, Localized) {
    let folded = fold(name);
    let folded =
        ALIASES.iter().find(|(alias, _)| *alias == folded).map_or(folded, |(_, known)| (*known).to_owned());
    let known = KNOWN.iter().find(|(en, ru)| fold(en) == folded || *ru == folded);
    if let Some((en, ru)) = known {
        (fold(en), Localized::both(*ru, *en))
    } else {
        let name = Some(tidy(name));
        let is_russian = folded.chars().any(|c| matches!(c, 'а'..='я' | 'ё'));
        let names =
            if is_russian { Localized { ru: name, en: None } } else { Localized { ru: None, en: name } };
        (folded, names)
    }
}

/// The keys of a genre's names, the English one first: by the first it is kept, by any of them it is meant.
pub(crate) fn keys(name: &Localized) -> Vec<String> {
    let mut keys: Vec<String> =
        [&name.en, &name.ru].into_iter().flatten().map(|name| recognize(name).0).collect();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genre_is_meant_by_either_of_its_names() {
        assert_eq!(keys(&Localized::both("драма", "Drama")), ["drama"]);
        assert_eq!(keys(&Localized::both("Аниме", "Anime")), ["anime", "аниме"]);
        assert_eq!(keys(&Localized { ru: Some("Фантастика".into()), en: None }), ["science fiction"]);
    }

    #[test]
    fn one_genre_has_one_key_in_either_language() {
        let (key, names) = recognize("Science Fiction");
        assert_eq!(recognize("Sci-Fi").0, key);
        assert_eq!(recognize("Фантастика").0, key);
        assert_eq!(names, Localized::both("фантастика", "Science Fiction"));
        assert_eq!(recognize("аниме").1.ru.as_deref(), Some("аниме"));
        assert_eq!(recognize("Mockumentary").1.en.as_deref(), Some("Mockumentary"));
    }
}
