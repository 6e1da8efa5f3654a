//! The port: what a search engine does for the catalogue. Tantivy on this node's disk, or OpenSearch.
//!
//! An engine holds two kinds of documents, films and persons, and knows up to which position of the event log it has
//! heard of changes. It never decides what a query means ([`Intent`](super::intent::Intent)) nor what a caller may see
//! (`visible` in each question).

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use kino_domain::{AccessLevel, FilmId, GenreId, Language, PersonId};
use kino_engine::log::Position;
use uuid::Uuid;

use super::{FilmCard, IndexError, PersonCard};
use crate::film::Film;

/// Pages by number reach this deep; behind it only cursors go.
pub(crate) const DEEPEST: u64 = 10_000;
/// How many ranges of ids database and index are compared by.
pub(crate) const BUCKETS: usize = 256;

/// A search engine, opened.
#[async_trait]
pub(crate) trait SearchEngine: Debug + Send + Sync {
    /// "tantivy" or "OpenSearch".
    fn name(&self) -> &'static str;

    /// Whether processes share its index: what one of them builds is there for all.
    fn is_shared(&self) -> bool;

    /// Films that answer a query.
    async fn search(&self, wanted: Wanted) -> Result<Found, IndexError>;

    /// Films and persons whose names begin like the query, as one types.
    async fn suggest(&self, wanted: SuggestWanted) -> Result<Vec<Suggested>, IndexError>;

    /// Persons by name, through typos, best known first, and how many there are.
    async fn find_persons(&self, wanted: PersonsWanted) -> Result<(Vec<PersonId>, u64), IndexError>;

    /// Films like this one, most alike first.
    async fn similar(
        &self,
        film: &Film,
        visible: Vec<AccessLevel>,
        limit: usize,
    ) -> Result<Vec<FilmId>, IndexError>;

    /// Says that its [place](Self::place) is one of the log in use: what it holds is this catalogue's. An engine of this node
    /// alone answers nothing before; one that processes share is looked after by all of them.
    fn trust(&self) {}

    /// Up to where the event log is known.
    async fn place(&self) -> Result<Place, IndexError>;

    /// The request to build it anew after which this process's own index was built, the latest one then; none of an index
    /// that processes share: who builds it answers for all.
    async fn built_after(&self) -> Result<Option<Uuid>, IndexError>;

    /// Takes documents out, then replaces others. Seen, and durable, after the next [`commit`](Self::commit). Documents that
    /// the engine will not take are named; the others go in. Where processes share an index, a film of a later version that
    /// is there may stay, unless the same batch takes it out. After an error, of this or of the commit, what was put since
    /// the last commit may be lost: the log is to be read again from the place that was committed.
    ///
    /// [`IndexError::Replaced`] where there is no index to put into: it is to be built.
    async fn put(&self, batch: Batch) -> Result<Vec<Rejected>, IndexError>;

    /// Makes what was put durable and seen, together with the place up to which the log is known.
    /// [`IndexError::Replaced`] where another process has put an index in place that knows less, or there is none any more:
    /// what follows is to begin at its place.
    async fn commit(&self, place: LogPlace) -> Result<(), IndexError>;

    /// Begins an index beside this one. Searches and changes go to this one until the new one is put in its place.
    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, IndexError>;

    /// How much it holds.
    async fn stats(&self) -> Result<Stats, IndexError>;

    /// A checksum of the documents of this kind in each of the [`BUCKETS`].
    async fn checksums(&self, kind: DocumentKind) -> Result<Vec<Checksum>, IndexError>;

    /// The documents of this kind in one bucket, with their versions ([of a film](super::version_of_film),
    /// [of a person](super::version_of_person)), in no order.
    async fn versions(&self, kind: DocumentKind, bucket: u8) -> Result<Vec<(Uuid, i64)>, IndexError>;

    /// Whether its files are whole, as far as the engine can tell; slow for a large index. A damaged one is made anew at
    /// the next start.
    async fn check(&self) -> Result<bool, IndexError>;

    /// Whether it answers, and holds what the database holds but for the latest changes: [`IndexError::Building`] until it
    /// does.
    async fn ready(&self) -> Result<(), IndexError>;

    /// Finishes what is under way and lets go of files and connections.
    async fn close(&self) -> Result<(), IndexError>;
}

/// An index in the making. Dropped before its end, it leaves nothing.
#[async_trait]
pub(crate) trait Rebuild: Send {
    /// Says that it was begun after this request, which it will tell of where it is of this process alone.
    fn after(&mut self, request: Uuid) {
        let _ = request;
    }

    /// Adds documents that it does not hold yet, perhaps after the answer. Which of all that were added were refused, as far
    /// as it is known by now.
    async fn add(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError>;

    /// Replaces documents and takes others out: what changed since it was begun. Likewise.
    async fn put(&mut self, batch: Batch) -> Result<Vec<Rejected>, IndexError>;

    /// Puts the new index in the place of the old one, in one step that no search notices. Which documents were refused
    /// and not told of before.
    async fn finish(self: Box<Self>, place: LogPlace) -> Result<Vec<Rejected>, IndexError>;
}

/// What an index knows already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing: it is to be built from the database.
    Empty,
    /// Everything up to a position of an event log.
    At(LogPlace),
}

/// A position, and the log that it is a position of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogPlace {
    pub(crate) log: Uuid,
    pub(crate) position: Position,
}

/// In which order films are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// By relevance; without a query, by how widely they are known.
    #[default]
    Relevance,
    BestRated,
    WorstRated,
    Newest,
    /// By title in this language, else in the other, else the original one.
    Title(Language),
    MostPopular,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageStart {
    /// Behind so many films.
    Offset(u64),
    /// Behind the last film of the page before, as the engine described it in [`Found::next`]. One that this engine did
    /// not make is [`IndexError::Cursor`].
    Cursor(String),
}

/// Which films are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// As typed, tidied; empty for every film.
    pub(crate) query: String,
    /// What the caller may see: part of the query, so that counts and facets leak nothing.
    pub(crate) visible: Vec<AccessLevel>,
    /// Only of this level: a filter, which unlike the rule of access does not narrow the facet of levels.
    pub(crate) access: Option<AccessLevel>,
    /// Any of these.
    pub(crate) genres: Vec<GenreId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) country: Option<String>,
    pub(crate) year_from: Option<i32>,
    pub(crate) year_to: Option<i32>,
    pub(crate) order: Order,
    pub(crate) start: PageStart,
    pub(crate) limit: usize,
    pub(crate) facets: WantedFacets,
}

/// Which facets are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WantedFacets {
    pub(crate) genre: bool,
    pub(crate) year: bool,
    pub(crate) access: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The films of the page.
    pub(crate) films: Vec<FilmId>,
    /// How many there are in all.
    pub(crate) total: u64,
    pub(crate) facets: Facets,
    /// Where the next page begins; none on the last one.
    pub(crate) next: Option<String>,
}

/// Counts over everything that was found, each list by falling count, then by value. Of genres and years at most 100.
/// As usual for facets, a list is not narrowed by the filter on its own field (genres of any genre, years of any year,
/// levels of any level), while the other filters and the caller's rights always hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) genre: Option<Vec<(GenreId, u64)>>,
    pub(crate) year: Option<Vec<(i32, u64)>>,
    pub(crate) access: Option<Vec<(AccessLevel, u64)>>,
}

/// What is wanted as one types.
#[derive(Clone, Debug)]
pub(crate) struct SuggestWanted {
    pub(crate) query: String,
    pub(crate) visible: Vec<AccessLevel>,
    pub(crate) limit: usize,
}

/// A film or a person to suggest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suggested {
    Film(FilmId),
    Person(PersonId),
}

/// Which persons are wanted.
#[derive(Clone, Debug)]
pub(crate) struct PersonsWanted {
    pub(crate) query: String,
    pub(crate) visible: Vec<AccessLevel>,
    pub(crate) offset: u64,
    pub(crate) limit: usize,
}

/// Documents to replace, and those to take out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) films: Vec<FilmCard>,
    pub(crate) persons: Vec<PersonCard>,
    pub(crate) gone_films: Vec<FilmId>,
    pub(crate) gone_persons: Vec<PersonId>,
}

impl Batch {
    /// What it is about.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (DocumentKind, Uuid)> {
        let films = self.films.iter().map(|film| film.id).chain(self.gone_films.iter().copied());
        let persons = self.persons.iter().map(|card| card.id).chain(self.gone_persons.iter().copied());
        let films = films.map(|id| (DocumentKind::Film, id.0));
        films.chain(persons.map(|id| (DocumentKind::Person, id.0)))
    }
}

/// A document that the engine would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) kind: DocumentKind,
    pub(crate) id: Uuid,
    pub(crate) reason: String,
}

/// What a document is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DocumentKind {
    Film,
    Person,
}

/// How much an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    pub(crate) films: u64,
    pub(crate) persons: u64,
    /// On the disk, in bytes.
    pub(crate) bytes: u64,
    /// Whether searches can be answered.
    pub(crate) is_built: bool,
}

/// What stands in a range of ids: equal checksums, equal documents, as good as surely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checksum {
    pub(crate) count: u64,
    /// Wrapping sum of a mix of each id and version, so that order does not matter.
    pub(crate) sum: u64,
}

impl Checksum {
    /// Adds a document.
    pub(crate) fn add(&mut self, id: Uuid, version: i64) {
        let (high, low) = id.as_u64_pair();
        self.count += 1;
        self.sum = self.sum.wrapping_add(mix(mix(mix(high) ^ low) ^ version.cast_unsigned()));
    }
}

/// The bucket of an id: its last byte, which is random in every version of UUID in use.
pub(crate) const fn bucket_of(id: Uuid) -> u8 {
    id.as_bytes()[15]
}

/// The finalizer of SplitMix64: every bit of the input moves every bit of the output.
pub(super) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// An engine, shared.
pub(crate) type Engine = Arc<dyn SearchEngine>;
