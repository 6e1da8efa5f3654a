//! What the index keeps of a film.

use kino_domain::FilmId;
use tantivy::{
    Index, TantivyDocument, Term,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
    },
};

use super::text::{normalize, plain_analyzer, stemming_analyzer, words};
use crate::film::Film;

/// Grows when the fields or their making change: an index of another version is made anew.
pub(super) const VERSION: u32 = 2;

const PLAIN: &str = "kino_plain";
const STEMMED: &str = "kino_stemmed";

/// The fields, by what they are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    /// Whole titles, each as one term.
    pub(super) whole_title: Field,
    /// Titles word by word, a field a language.
    pub(super) titles: [Field; 3],
    pub(super) title_stems: Field,
    pub(super) people: Field,
    pub(super) genre_names: Field,
    pub(super) description: Field,
    pub(super) access: Field,
    pub(super) genre: Field,
    pub(super) person: Field,
    pub(super) country: Field,
    pub(super) year: Field,
    pub(super) votes: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |tokenizer: &str, record: IndexRecordOption, norms: bool| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    // Titles without norms: that a title is short is no merit, and how widely a film is known decides better.
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED),
        whole_title: builder.add_text_field("whole_title", STRING),
        titles: ["title_ru", "title_en", "title_original"].map(|name| {
            builder.add_text_field(name, text(PLAIN, IndexRecordOption::WithFreqsAndPositions, false))
        }),
        title_stems: builder
            .add_text_field("title_stems", text(STEMMED, IndexRecordOption::WithFreqs, false)),
        people: builder.add_text_field("people", text(PLAIN, IndexRecordOption::WithFreqs, false)),
        genre_names: builder.add_text_field("genre_names", text(STEMMED, IndexRecordOption::Basic, false)),
        description: builder.add_text_field("description", text(STEMMED, IndexRecordOption::WithFreqs, true)),
        access: builder.add_text_field("access", STRING),
        genre: builder.add_text_field("genre", STRING),
        person: builder.add_text_field("person", STRING),
        country: builder.add_text_field("country", STRING),
        year: builder.add_i64_field("year", INDEXED),
        votes: builder.add_u64_field("votes", FAST),
    };
    (builder.build(), fields)
}

/// Teaches the index how words are made.
pub(super) fn register_analyzers(index: &Index) {
    index.tokenizers().register(PLAIN, plain_analyzer());
    index.tokenizers().register(STEMMED, stemming_analyzer());
}

impl Fields {
    /// The term by which a film is found to be replaced.
    pub(super) fn id_term(&self, id: FilmId) -> Term {
        Term::from_field_text(self.id, &id.0.simple().to_string())
    }

    pub(super) fn document(&self, film: &Film) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, film.id.0.simple().to_string());
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
        document.add_u64(self.votes, u64::try_from(film.votes).unwrap_or(0));
        document
    }
}

/// A whole title as one term: its words with single spaces between.
pub(super) fn whole(title: &str) -> String {
    words(&mut plain_analyzer(), &normalize(title)).join(" ")
}
