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
