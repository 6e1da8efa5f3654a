//! Judged queries: what is typed, and which films are meant. The same for every engine.
//!
//! For each query the reciprocal of the place of the first film that is meant, among the first ten (else nothing); the mean is
//! MRR@10. Success@3 is how many queries have one among the first three.

use std::{collections::BTreeMap, fmt};

use super::{
    Engine, Wanted,
    library::{Library, wanted},
};

/// Places that are looked at.
const PLACES: usize = 10;

/// Judged queries over a library.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    judgements: &'static str,
    /// What an engine must reach.
    mrr: f64,
    success: f64,
}

pub(crate) const DEMO: Suite = Suite {
    name: "demo films",
    judgements: include_str!("../../relevance/demo.tsv"),
    mrr: 0.97,
    success: 0.98,
};
pub(crate) const REAL: Suite = Suite {
    name: "15 thousand films",
    judgements: include_str!("../../relevance/real.tsv"),
    mrr: 0.95,
    success: 0.96,
};

/// How well an engine did.
pub(crate) struct Figures {
    pub(crate) mrr: f64,
    pub(crate) success: f64,
    by_kind: BTreeMap<&'static str, Vec<f64>>,
    /// Queries whose first film is not meant, with what was found instead.
    missed: Vec<String>,
}

impl Suite {
    /// Puts all queries to an engine that holds the library.
    pub(crate) async fn judge(&self, engine: &Engine, library: &Library) -> Figures {
        let mut by_kind: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut missed = Vec::new();
        for line in self.judgements.lines().filter(|line| !line.starts_with('#')) {
            let [kind, query, meant] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let meant: Vec<&str> = meant.split(" | ").collect();
            let found = engine.search(Wanted { limit: PLACES, ..wanted(query) }).await.unwrap();
            let found = library.names(&found.films);
            let place = found.iter().position(|name| meant.contains(&name.as_str()));
            if place != Some(0) {
                let place = place.map_or("nowhere".to_owned(), |place| format!("at {}", place + 1));
                missed.push(format!(
                    "{kind}\t{query}\t{} {place}: {:?}",
                    meant[0],
                    &found[..found.len().min(3)]
                ));
            }
            #[expect(clippy::cast_precision_loss, reason = "it is at most ten")]
            let worth = place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
            by_kind.entry(kind).or_default().push(worth);
        }
        let all: Vec<f64> = by_kind.values().flatten().copied().collect();
        Figures { mrr: mean(&all), success: success(&all), by_kind, missed }
    }

    /// Whether it did well enough.
    #[track_caller]
    pub(crate) fn expect(&self, engine: &str, figures: &Figures) {
        println!("{engine}, {}:\n{figures}", self.name);
        assert!(figures.mrr >= self.mrr, "MRR@10 {} is below {}", figures.mrr, self.mrr);
        assert!(figures.success >= self.success, "success@3 {} is below {}", figures.success, self.success);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queries: usize = self.by_kind.values().map(Vec::len).sum();
        writeln!(f, "MRR@10 {:.3}, success@3 {:.3} of {queries} queries", self.mrr, self.success)?;
        for (kind, worths) in &self.by_kind {
            let count = worths.len();
            writeln!(f, "  {kind:12} {:.3} {:.3} of {count}", mean(worths), success(worths))?;
        }
        for missed in &self.missed {
            writeln!(f, "  {missed}")?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "these are hundreds")]
fn mean(worths: &[f64]) -> f64 {
    worths.iter().sum::<f64>() / worths.len() as f64
}

fn success(worths: &[f64]) -> f64 {
    let third = 1.0 / 3.0 - f64::EPSILON;
    mean(&worths.iter().map(|worth| f64::from(u8::from(*worth >= third))).collect::<Vec<_>>())
}

mod tantivy {
    use std::sync::Arc;

    use super::{super::Engine, DEMO, Library, REAL};

    #[tokio::test]
    async fn the_demo_films_are_found() {
        let library = Library::demo();
        let (engine, _folder) = library.in_tantivy().await;
        let engine: Engine = Arc::new(engine);
        DEMO.expect("tantivy", &DEMO.judge(&engine, &library).await);
    }

    #[tokio::test]
    async fn the_real_films_are_found() {
        let Some(library) = Library::real() else { return };
        let (engine, _folder) = library.in_tantivy().await;
        let engine: Engine = Arc::new(engine);
        REAL.expect("tantivy", &REAL.judge(&engine, &library).await);
    }
}

mod opensearch {
    use super::{super::contract::TestEngine, DEMO, Library, REAL};

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demo_films_are_found() {
        let Some(engine) = TestEngine::opensearch().await else { return };
        let library = Library::demo();
        library.put_into(engine.as_ref()).await;
        DEMO.expect("OpenSearch", &DEMO.judge(&engine, &library).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_real_films_are_found() {
        let Some(library) = Library::real() else { return };
        let Some(engine) = TestEngine::opensearch().await else { return };
        library.put_into(engine.as_ref()).await;
        REAL.expect("OpenSearch", &REAL.judge(&engine, &library).await);
    }
}
