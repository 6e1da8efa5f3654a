//! What the index keeps of films and persons.

use std::{borrow::Cow, collections::BTreeSet};

use kino_domain::{AccessLevel, GenreId, PersonId};
use tantivy::{
    Index, TantivyDocument, Term,
    schema::{FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::super::{
    analyzer::{heads_analyzer, joined_words, plain_analyzer, stemming_analyzer},
    cards::{FilmCard, PersonCard, version_of_film, version_of_person},
    engine::DocumentKind,
    text::{joined, normalize},
};
use super::wholes;

/// Grows when the fields or their making change: an index of another version is made anew.
pub(super) const VERSION: u32 = 10;

const PLAIN: &str = "kino_plain";
const STEMMED: &str = "kino_stemmed";
const HEADS: &str = "kino_heads";
/// Of a text that is a term as it is.
const EXACT: &str = "raw";

/// The fields, by what they are for. Those of films and those of persons are apart but for the first and the last, so that
/// a query for the one never meets the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// [In short](short).
    pub(super) id: Field,
    pub(super) kind: Field,

    /// Whole titles, each as [one term](wholes), also with words joined that signs part.
    pub(super) whole_title: Field,
    /// Titles word by word, in all languages.
    pub(super) titles: Field,
    pub(super) title_stems: Field,
    /// The first letters of each word of the titles. A beginning so short has thousands of words, and each has its list of
    /// films; here it is one list.
    pub(super) title_heads: Field,
    pub(super) people: Field,
    /// Stems of genres and keywords.
    pub(super) about: Field,
    pub(super) description: Field,
    pub(super) genre: Field,
    /// The ids of people, [in short](short).
    pub(super) person: Field,
    pub(super) country: Field,
    pub(super) year: Field,

    /// A person's names, word by word.
    pub(super) person_names: Field,
    /// The first letters of each word of the names.
    pub(super) person_heads: Field,
    /// Whole names, each as [one term](wholes).
    pub(super) whole_name: Field,

    /// The powers of ten that the votes reach: the best known can be asked for without looking at the others.
    pub(super) fame: Field,

    /// Columns, in which every document has a value: such are read many at once, at a place that is known. The id in halves,
    /// what is compared, what is sorted by.
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    pub(super) version: Field,
    pub(super) is_person: Field,
    /// Who may know of it: a bit a level. A film has one, a person those of their films.
    pub(super) levels: Field,
    pub(super) votes: Field,
    /// One more than the rating in thousandths; 0 where there is none.
    pub(super) rating_column: Field,
    /// 0 where there is none.
    pub(super) year_column: Field,
    /// Titles as they are sorted by, in Russian and in English.
    pub(super) sort_titles: [Field; 2],
}

/// The names of columns.
pub(super) const LEVELS: &str = "levels";
pub(super) const VOTES: &str = "votes";
pub(super) const RATING: &str = "rating_column";
pub(super) const YEAR: &str = "year_column";

/// The powers of ten of votes that are told apart.
pub(super) const FAME: [u32; 4] = [2, 3, 4, 5];

/// Bytes that most documents have room in, while they are on their way into the index.
const DOCUMENT: usize = 2048;

/// The bit of a level.
pub(super) const fn level_bit(level: AccessLevel) -> u64 {
    1 << place_of(level)
}

/// Where a level stands among all.
pub(super) const fn place_of(level: AccessLevel) -> usize {
    match level {
        AccessLevel::Free => 0,
        AccessLevel::Paid => 1,
        AccessLevel::Archived => 2,
    }
}

/// A person without films: everyone may know of them.
pub(super) const NO_FILMS: u64 = 1 << AccessLevel::ALL.len();

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str, record: IndexRecordOption| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    // Without norms and mostly without frequencies: that a title is short is no merit, and how widely a film is known decides
    // better. A match is worth the same in every film, so scores do not change with what else is indexed.
    let exact = || text(EXACT, IndexRecordOption::Basic);
    let number = || NumericOptions::default().set_indexed();
    let fields = Fields {
        id: builder.add_u64_field("id", number()),
        kind: builder.add_text_field("kind", exact()),
        whole_title: builder.add_u64_field("whole_title", number()),
        titles: builder.add_text_field("titles", text(PLAIN, IndexRecordOption::WithFreqsAndPositions)),
        title_stems: builder.add_text_field("title_stems", text(STEMMED, IndexRecordOption::Basic)),
        title_heads: builder.add_text_field("title_heads", text(HEADS, IndexRecordOption::Basic)),
        people: builder.add_text_field("people", text(PLAIN, IndexRecordOption::Basic)),
        about: builder.add_text_field("about", text(STEMMED, IndexRecordOption::Basic)),
        description: builder.add_text_field("description", text(STEMMED, IndexRecordOption::Basic)),
        genre: builder.add_text_field("genre", exact() | FAST),
        person: builder.add_u64_field("person", number()),
        country: builder.add_text_field("country", exact()),
        year: builder.add_i64_field("year", number()),
        person_names: builder.add_text_field("person_names", text(PLAIN, IndexRecordOption::Basic)),
        person_heads: builder.add_text_field("person_heads", text(HEADS, IndexRecordOption::Basic)),
        whole_name: builder.add_u64_field("whole_name", number()),
        fame: builder.add_text_field("fame", exact()),
        id_high: builder.add_u64_field("id_high", FAST),
        id_low: builder.add_u64_field("id_low", FAST),
        version: builder.add_i64_field("version", FAST),
        is_person: builder.add_bool_field("is_person", FAST),
        levels: builder.add_u64_field(LEVELS, FAST),
        votes: builder.add_u64_field(VOTES, FAST),
        rating_column: builder.add_u64_field(RATING, FAST),
        year_column: builder.add_u64_field(YEAR, FAST),
        sort_titles: ["sort_title_ru", "sort_title_en"]
            .map(|name| builder.add_text_field(name, TextOptions::from(FAST))),
    };
    (builder.build(), fields)
}

/// Teaches the index how words are made.
pub(super) fn register_analyzers(index: &Index) {
    index.tokenizers().register(PLAIN, plain_analyzer());
    index.tokenizers().register(STEMMED, stemming_analyzer());
    index.tokenizers().register(HEADS, heads_analyzer());
}

impl Fields {
    /// The term by which a document is found to be replaced.
    pub(super) fn id_term(&self, id: Uuid) -> Term {
        Term::from_field_u64(self.id, short(id))
    }

    /// The term of what a person had a part in.
    pub(super) fn person_term(&self, person: PersonId) -> Term {
        Term::from_field_u64(self.person, short(person.0))
    }

    /// The term of the films of a genre.
    pub(super) fn genre_term(&self, genre: GenreId) -> Term {
        Term::from_field_text(self.genre, genre_word(genre, &mut Uuid::encode_buffer()))
    }

    /// The term of all documents of a kind.
    pub(super) fn kind_term(&self, kind: DocumentKind) -> Term {
        Term::from_field_text(self.kind, kind_word(kind))
    }

    fn document(&self, kind: DocumentKind, id: Uuid, version: i64, votes: i64) -> TantivyDocument {
        let mut document = TantivyDocument::with_capacity(DOCUMENT);
        document.add_u64(self.id, short(id));
        document.add_text(self.kind, kind_word(kind));
        let (high, low) = id.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.version, version);
        document.add_bool(self.is_person, kind == DocumentKind::Person);
        let votes = u64::try_from(votes).unwrap_or(0);
        document.add_u64(self.votes, votes);
        for power in FAME {
            if votes >= 10_u64.pow(power) {
                document.add_text(self.fame, power.to_string());
            }
        }
        document
    }

    /// The term of what has at least ten to the power of votes.
    pub(super) fn fame_term(&self, power: u32) -> Term {
        Term::from_field_text(self.fame, &power.to_string())
    }

    pub(super) fn film(&self, film: &FilmCard) -> TantivyDocument {
        let mut document = self.document(DocumentKind::Film, film.id.0, version_of_film(film), film.votes);
        self.add_titles(&mut document, film);
        let names = film.people.iter().flat_map(|person| person.names()).map(Cow::Borrowed);
        add_all(&mut document, self.people, names);
        for person in &film.people {
            document.add_u64(self.person, short(person.id.0));
        }
        let genres = film.genres.iter().flat_map(|genre| genre.names()).map(Cow::Borrowed);
        let keywords = film.keywords.iter().map(|keyword| Cow::Owned(normalize(keyword)));
        add_all(&mut document, self.about, genres.chain(keywords));
        for genre in &film.genres {
            document.add_text(self.genre, genre_word(genre.id, &mut Uuid::encode_buffer()));
        }
        let description = film.description.all().map(|text| Cow::Owned(normalize(text)));
        add_all(&mut document, self.description, description);
        document.add_u64(self.levels, level_bit(film.access));
        for country in &film.countries {
            document.add_text(self.country, country);
        }
        if let Some(year) = film.year {
            document.add_i64(self.year, year.into());
        }
        document.add_u64(self.year_column, film.year.and_then(|year| year.try_into().ok()).unwrap_or(0));
        document.add_u64(self.rating_column, film.imdb_rating.map_or(0, rating_points));
        document
    }

    fn add_titles(&self, document: &mut TantivyDocument, film: &FilmCard) {
        let [ru, en, original] = [&film.title.ru, &film.title.en, &film.original_title]
            .map(|title| title.as_deref().map(normalize));
        let titles: BTreeSet<&str> =
            [&ru, &en, &original].into_iter().flatten().map(String::as_str).collect();
        let joined: Vec<String> = titles.iter().filter_map(|title| joined(title)).collect();
        let spellings: BTreeSet<&str> = titles.into_iter().chain(joined.iter().map(String::as_str)).collect();
        let mut wholes = BTreeSet::new();
        for spelling in spellings {
            wholes.extend(wholes::kept(&joined_words(spelling)));
            for field in [self.titles, self.title_stems, self.title_heads] {
                document.add_text(field, spelling);
            }
        }
        for whole in wholes {
            document.add_u64(self.whole_title, whole);
        }
        for (field, of_language) in self.sort_titles.into_iter().zip([[&ru, &en], [&en, &ru]]) {
            if let Some(title) = of_language.into_iter().chain([&original]).flatten().next() {
                document.add_text(field, title);
            }
        }
    }

    pub(super) fn person_card(&self, person: &PersonCard) -> TantivyDocument {
        let version = version_of_person(person);
        let mut document = self.document(DocumentKind::Person, person.id.0, version, person.votes);
        for name in person.full_name.all() {
            let name = normalize(name);
            for field in [self.person_names, self.person_heads] {
                document.add_text(field, &name);
            }
            for whole in wholes::kept(&joined_words(&name)) {
                document.add_u64(self.whole_name, whole);
            }
        }
        let levels = person.levels.iter().map(|level| level_bit(*level)).reduce(|all, level| all | level);
        document.add_u64(self.levels, levels.unwrap_or(NO_FILMS));
        document.add_u64(self.rating_column, 0);
        document.add_u64(self.year_column, 0);
        document
    }
}

/// Adds normalized texts as one, of a field that keeps no places of words: each text of a document costs by itself.
fn add_all<'a>(document: &mut TantivyDocument, field: Field, texts: impl Iterator<Item = Cow<'a, str>>) {
    let mut all = String::new();
    for text in texts {
        all.push_str(&text);
        all.push('\n');
    }
    if !all.is_empty() {
        document.add_text(field, &all);
    }
}

/// A rating from 0 to 10 as its column has it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rating is from 0 to 10")]
fn rating_points(rating: f64) -> u64 {
    (rating * 1000.0).round() as u64 + 1
}

/// An id as a term: a hash of it, half as long, for which the dictionary has half as much to make. That two ids of a million films
/// and their people have the same hash happens in one of some millions of such catalogues; of those two, each that is put would take
/// the place of the other.
fn short(id: Uuid) -> u64 {
    xxh3_64(id.as_bytes())
}

/// A genre's term.
fn genre_word(genre: GenreId, buffer: &mut [u8]) -> &str {
    genre.0.simple().encode_lower(buffer)
}

const fn kind_word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Film => "film",
        DocumentKind::Person => "person",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Indexes that were made before are written to with the same terms.
    #[test]
    fn an_id_stays_the_same_in_short() {
        let [one, two] = [1, 2].map(|n| short(Uuid::from_u128(n)));
        assert_eq!([one, two], [4_706_896_644_969_173_947, 865_485_584_687_260_319]);
    }
}
