//! Searching the parts of a large index at the same time. One question is answered sooner so; many at once are not, and a
//! small index loses more to the handing over than it wins.

use std::{num::NonZero, sync::LazyLock, thread::available_parallelism};

use tantivy::{
    Executor, Searcher, TantivyError,
    collector::Collector,
    query::{EnableScoring, Query},
};

/// From so many documents on: below, a search takes less than a thread takes to wake up a few times.
const LARGE: u64 = 100_000;

/// The threads, a processor each, started with the first search of a large index.
static THREADS: LazyLock<Executor> = LazyLock::new(|| {
    Executor::multi_thread(processors(), "search-").unwrap_or_else(|error| {
        tracing::warn!(%error, "the parts of the search index are searched one after the other");
        Executor::single_thread()
    })
});

/// How many parts a whole index of so many documents has.
pub(super) fn parts_of_whole(documents: u64) -> usize {
    if documents < LARGE { 1 } else { processors() }
}

/// Gathers what answers a query.
pub(super) fn search<C: Collector>(
    searcher: &Searcher,
    query: &dyn Query,
    collector: &C,
) -> Result<C::Fruit, TantivyError> {
    if searcher.segment_readers().len() < 2 || searcher.num_docs() < LARGE {
        return searcher.search(query, collector);
    }
    on_threads(searcher, query, collector)
}

fn on_threads<C: Collector>(
    searcher: &Searcher,
    query: &dyn Query,
    collector: &C,
) -> Result<C::Fruit, TantivyError> {
    let scoring = if collector.requires_scoring() {
        EnableScoring::enabled_from_searcher(searcher)
    } else {
        EnableScoring::disabled_from_searcher(searcher)
    };
    searcher.search_with_executor(query, collector, &THREADS, scoring)
}

fn processors() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kino_domain::AccessLevel;
    use tantivy::{query::TermQuery, schema::IndexRecordOption};

    use super::{
        super::{
            super::engine::{DocumentKind, Order},
            gather::Gather,
            generation::Generation,
            query::{GENTLY, NO_FACETS},
        },
        *,
    };

    #[test]
    fn side_by_side_the_same_is_found_in_the_same_order() {
        let folder = tempfile::TempDir::new().unwrap();
        let index = Generation::of_demo_in_parts(folder.path(), 40);
        let searcher = index.reader.searcher();
        assert!(searcher.segment_readers().len() > 2, "of several parts");
        let every = TermQuery::new(index.fields.kind_term(DocumentKind::Film), IndexRecordOption::Basic);
        for order in [Order::Relevance, Order::BestRated, Order::Newest, Order::MostPopular] {
            let gather = Gather {
                order,
                blend: GENTLY,
                keep: 30,
                behind: None,
                visible: vec![AccessLevel::Free, AccessLevel::Paid],
                access: None,
                genres: Vec::new(),
                years: Some((1950, 2000)),
                facets: NO_FACETS,
                unpacked: Arc::clone(&index.unpacked),
            };
            let one_by_one = searcher.search(&every, &gather).unwrap();
            let side_by_side = on_threads(&searcher, &every, &gather).unwrap();
            assert_eq!(one_by_one.first.len(), 30);
            assert_eq!(
                (one_by_one.first, one_by_one.total),
                (side_by_side.first, side_by_side.total),
                "{order:?}"
            );
        }
    }

    #[test]
    fn only_a_large_index_has_several_parts() {
        assert_eq!((parts_of_whole(0), parts_of_whole(LARGE - 1)), (1, 1));
        assert_eq!(parts_of_whole(LARGE), processors());
    }
}
