//! Which film a row speaks of.

use kino_domain::{FilmId, Localized};
use uuid::Uuid;

use super::raw::RawFilm;

/// The name space of ids that are made from a row without one (UUID v5).
const NAME_SPACE: Uuid = Uuid::from_u128(0x6b69_6e6f_7365_7276_6963_652e_6669_6c6d);

/// The row's own id when it is a UUID, else one made from what identifies the film elsewhere: two sources that know a
/// film by the same number speak of one film.
pub(super) fn film(raw: &RawFilm, title: &Localized) -> Result<FilmId, String> {
    if let Some(id) = raw.id.as_deref().and_then(|id| Uuid::parse_str(id).ok()) {
        return if id.is_nil() { Err("the id is all zeros".into()) } else { Ok(FilmId(id)) };
    }
    let name = match (&raw.id, &raw.imdb_id, raw.tmdb_id) {
        (Some(id), ..) => format!("id:{id}"),
        (_, Some(imdb), _) => format!("imdb:{imdb}"),
        (.., Some(tmdb)) => format!("tmdb:{tmdb}"),
        _ => {
            let title = title.en.as_deref().or(title.ru.as_deref()).unwrap_or_default();
            format!("title:{}:{}", kino_domain::fold(title), raw.year.unwrap_or(0))
        }
    };
    Ok(FilmId(Uuid::new_v5(&NAME_SPACE, name.as_bytes())))
}

/// The id of a person or a genre, where one is given: it must be a UUID.
pub(super) fn given(what: &str, id: Option<&str>) -> Result<Option<Uuid>, String> {
    let Some(id) = id else { return Ok(None) };
    match Uuid::parse_str(id) {
        Ok(id) if !id.is_nil() => Ok(Some(id)),
        _ => Err(format!("the id {id:?} of {what} is not a UUID")),
    }
}
