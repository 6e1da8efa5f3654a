//! The fields of a film in our own format: the keys of JSON lines, and the columns of tables.

/// What an export writes, in this order; an import makes the same film of it.
pub(crate) const WRITTEN: [&str; 23] = [
    "id",
    "kind",
    "title_en",
    "title_ru",
    "original_title",
    "description_en",
    "description_ru",
    "year",
    "access",
    "rating_imdb",
    "votes_imdb",
    "runtime_min",
    "seasons",
    "episodes",
    "age_rating",
    "poster_url",
    "video_url",
    "countries",
    "genres",
    "keywords",
    "directors",
    "writers",
    "actors",
];
/// What an import reads besides.
pub(crate) const READ_BESIDES: [&str; 5] = ["imdb_id", "tmdb_id", "title", "description", "votes_tmdb"];
