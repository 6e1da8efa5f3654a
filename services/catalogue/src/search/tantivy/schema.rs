//! What the index keeps of films and persons.

use kino_domain::Language;
use tantivy::{
    Index, TantivyDocument, Term,
    schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use super::super::{
    engine::{DocumentKind, PersonCard, version_of_person},
    text::{normalize, plain_analyzer, stemming_analyzer, whole},
};
use crate::film::Film;

/// Grows when the fields or their making change: an index of another version is made anew.
pub(super) const VERSION: u32 = 3;

const PLAIN: &str = "kino_plain";
const STEMMED: &str = "kino_stemmed";

/// The fields, by what they are for. Those of films and those of persons are apart but for the first and the last, so that
/// a query for the one never meets the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) kind: Field,

    /// Whole titles, each as one term.
    pub(super) whole_title: Field,
    /// Titles word by word, a field a language.
    pub(super) titles: [Field; 3],
    pub(super) title_stems: Field,
    pub(super) people: Field,
    pub(super) genre_names: Field,
    pub(super) keywords: Field,
    pub(super) description: Field,
    pub(super) access: Field,
    pub(super) genre: Field,
    pub(super) person: Field,
    pub(super) country: Field,
    pub(super) year: Field,

    /// A person's names, word by word.
    pub(super) person_names: Field,
    /// Whole names, each as one term.
    pub(super) whole_name: Field,
    /// The levels of a person's films; `none` where there are no films.
    pub(super) person_levels: Field,

    /// Columns: the id in halves, what is sorted by, what is compared.
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    pub(super) version: Field,
    pub(super) is_person: Field,
    pub(super) votes: Field,
    pub(super) rating: Field,
    /// Titles as they are sorted by, in Russian and in English.
    pub(super) sort_titles: [Field; 2],
}

/// The level of a person without films.
pub(super) const NO_FILMS: &str = "none";

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str, record: IndexRecordOption, norms: bool| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let column = || TextOptions::from(FAST);
    // Titles without norms: that a title is short is no merit, and how widely a film is known decides better.
    let fields = Fields {
        id: builder.add_text_field("id", STRING),
        kind: builder.add_text_field("kind", STRING),
        whole_title: builder.add_text_field("whole_title", STRING),
        titles: ["title_ru", "title_en", "title_original"].map(|name| {
            builder.add_text_field(name, text(PLAIN, IndexRecordOption::WithFreqsAndPositions, false))
        }),
        title_stems: builder
            .add_text_field("title_stems", text(STEMMED, IndexRecordOption::WithFreqs, false)),
        people: builder.add_text_field("people", text(PLAIN, IndexRecordOption::WithFreqs, false)),
        genre_names: builder.add_text_field("genre_names", text(STEMMED, IndexRecordOption::Basic, false)),
        keywords: builder.add_text_field("keywords", text(STEMMED, IndexRecordOption::Basic, false)),
        description: builder.add_text_field("description", text(STEMMED, IndexRecordOption::WithFreqs, true)),
        access: builder.add_text_field("access", STRING | FAST),
        genre: builder.add_text_field("genre", STRING | FAST),
        person: builder.add_text_field("person", STRING),
        country: builder.add_text_field("country", STRING),
        year: builder.add_i64_field("year", FAST),
        person_names: builder
            .add_text_field("person_names", text(PLAIN, IndexRecordOption::WithFreqs, false)),
        whole_name: builder.add_text_field("whole_name", STRING),
        person_levels: builder.add_text_field("person_levels", STRING),
        id_high: builder.add_u64_field("id_high", FAST),
        id_low: builder.add_u64_field("id_low", FAST),
        version: builder.add_i64_field("version", FAST),
        is_person: builder.add_bool_field("is_person", FAST),
        votes: builder.add_u64_field("votes", FAST),
        rating: builder.add_f64_field("rating", FAST),
        sort_titles: ["sort_title_ru", "sort_title_en"].map(|name| builder.add_text_field(name, column())),
    };
    (builder.build(), fields)
}

/// Teaches the index how words are made.
pub(super) fn register_analyzers(index: &Index) {
    index.tokenizers().register(PLAIN, plain_analyzer());
    index.tokenizers().register(STEMMED, stemming_analyzer());
}

impl Fields {
    /// The term by which a document is found to be replaced.
    pub(super) fn id_term(&self, id: Uuid) -> Term {
        Term::from_field_text(self.id, &id.simple().to_string())
    }

    /// The term of all documents of a kind.
    pub(super) fn kind_term(&self, kind: DocumentKind) -> Term {
        Term::from_field_text(self.kind, kind_word(kind))
    }

    fn document(&self, kind: DocumentKind, id: Uuid, version: i64, votes: i64) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, id.simple().to_string());
        document.add_text(self.kind, kind_word(kind));
        let (high, low) = id.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.version, version);
        document.add_bool(self.is_person, kind == DocumentKind::Person);
        document.add_u64(self.votes, u64::try_from(votes).unwrap_or(0));
        document
    }

    pub(super) fn film(&self, film: &Film) -> TantivyDocument {
        let mut document = self.document(DocumentKind::Film, film.id.0, film.version, film.votes);
        let titles = [&film.title.ru, &film.title.en, &film.original_title];
        let mut seen: Vec<String> = Vec::new();
        for (title, field) in titles.into_iter().zip(self.titles) {
            let Some(title) = title.as_deref().map(normalize).filter(|title| !seen.contains(title)) else {
                continue;
            };
            document.add_text(self.whole_title, whole(&title));
            document.add_text(field, &title);
            document.add_text(self.title_stems, &title);
            seen.push(title);
        }
        for credit in &film.people {
            for name in [&credit.person.full_name.ru, &credit.person.full_name.en].into_iter().flatten() {
                document.add_text(self.people, normalize(name));
            }
            document.add_text(self.person, credit.person.id.0.simple().to_string());
        }
        for genre in &film.genres {
            for name in [&genre.name.ru, &genre.name.en].into_iter().flatten() {
                document.add_text(self.genre_names, normalize(name));
            }
            document.add_text(self.genre, genre.id.0.simple().to_string());
        }
        for description in [&film.description.ru, &film.description.en].into_iter().flatten() {
            document.add_text(self.description, normalize(description));
        }
        document.add_text(self.access, film.access.code());
        for country in &film.countries {
            document.add_text(self.country, country);
        }
        if let Some(year) = film.year {
            document.add_i64(self.year, year.into());
        }
        for keyword in &film.keywords {
            document.add_text(self.keywords, normalize(keyword));
        }
        if let Some(rating) = film.imdb_rating {
            document.add_f64(self.rating, rating);
        }
        for (language, field) in [Language::Ru, Language::En].into_iter().zip(self.sort_titles) {
            let title = film.title.get(language).or(film.original_title.as_deref());
            document.add_text(field, normalize(title.unwrap_or_default()));
        }
        document
    }

    pub(super) fn person_card(&self, person: &PersonCard) -> TantivyDocument {
        let version = version_of_person(person);
        let mut document = self.document(DocumentKind::Person, person.id.0, version, person.votes);
        for name in [&person.full_name.ru, &person.full_name.en].into_iter().flatten() {
            document.add_text(self.person_names, normalize(name));
            document.add_text(self.whole_name, whole(name));
        }
        for level in &person.levels {
            document.add_text(self.person_levels, level.code());
        }
        if person.levels.is_empty() {
            document.add_text(self.person_levels, NO_FILMS);
        }
        document
    }
}

const fn kind_word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Film => "film",
        DocumentKind::Person => "person",
    }
}
