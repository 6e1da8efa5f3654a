//! Tantivy asked directly: the bare query that any search of films is at least.

use std::{fs, path::Path};

use tantivy::{
    Index, IndexReader, TantivyDocument, Term,
    collector::{Count, TopDocs},
    query::{BooleanQuery, Query, TermQuery},
    schema::{Field, IndexRecordOption},
};

use crate::Outcome;

const PAGE: usize = 50;

pub(crate) struct RawIndex {
    reader: IndexReader,
    title: Field,
}

impl RawIndex {
    /// The index in use of a catalogue's index folder.
    pub(crate) fn open(folder: &Path) -> Outcome<Self> {
        let current = fs::read_to_string(folder.join("CURRENT"))?;
        let index = Index::open_in_dir(folder.join(current.trim()))?;
        let title = index.schema().get_field("titles")?;
        Ok(Self { reader: index.reader()?, title })
    }

    /// Of how many parts the index is.
    pub(crate) fn parts(folder: &Path) -> Outcome<usize> {
        let current = fs::read_to_string(folder.join("CURRENT"))?;
        Ok(Index::open_in_dir(folder.join(current.trim()))?.searchable_segment_ids()?.len())
    }

    /// A page of films that have all words in a title, and how many there are.
    pub(crate) fn search(&self, words: &[String]) -> Outcome<usize> {
        let terms = words.iter().map(|word| -> Box<dyn Query> {
            let term = Term::from_field_text(self.title, word);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
        });
        let all = BooleanQuery::intersection(terms.collect());
        let best = TopDocs::with_limit(PAGE).order_by_score();
        let (page, count) = self.reader.searcher().search(&all, &(best, Count))?;
        for (_, address) in page {
            let _: TantivyDocument = self.reader.searcher().doc(address)?;
        }
        Ok(count)
    }
}
