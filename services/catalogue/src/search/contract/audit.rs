//! What an engine says that it holds, beside what it was given.

use super::{
    super::{
        cards::{FilmCard, version_of_film, version_of_person},
        engine::{BUCKETS, Checksum, DocumentKind, bucket_of},
    },
    *,
};

/// More of them than an engine hands out at once would take too long; many buckets have several.
const FILMS: u128 = 700;

async fn checksums_and_versions_are_those_of_the_documents(engine: TestEngine) {
    let films: Vec<Film> = (1..=FILMS)
        .map(|number| Film {
            version: i64::try_from(number * 3).unwrap(), ..film(number, "Кино", "Cinema")
        })
        .collect();
    let persons: Vec<PersonCard> = (1..=FILMS / 2)
        .map(|number| PersonCard { votes: number.try_into().unwrap(), ..card(number, "Имя", "Name", &[]) })
        .collect();
    let engine = engine.with(&films, &persons).await;
    let all = [
        (DocumentKind::Film, films.iter().map(|film| (film.id.0, version_of(film))).collect()),
        (DocumentKind::Person, persons.iter().map(|card| (card.id.0, version_of_person(card))).collect()),
    ];
    for (kind, documents) in all {
        holds(&engine, kind, documents).await;
    }

    // What changes, changes the sums; what is gone is not in them.
    let changed = Film { version: 5000, ..films[0].clone() };
    let version = version_of(&changed);
    let gone_films = vec![films[1].id];
    engine.put(Batch { films: cards(&[changed]), gone_films, ..Batch::default() }).await.unwrap();
    engine.commit(place(2)).await.unwrap();
    let mut documents: Vec<(Uuid, i64)> = films.iter().map(|film| (film.id.0, version_of(film))).collect();
    documents[0].1 = version;
    documents.remove(1);
    holds(&engine, DocumentKind::Film, documents).await;
}

fn version_of(film: &Film) -> i64 {
    version_of_film(&FilmCard::from(film))
}

async fn holds(engine: &Engine, kind: DocumentKind, documents: Vec<(Uuid, i64)>) {
    let mut expected = vec![Checksum::default(); BUCKETS];
    let mut buckets: Vec<Vec<(Uuid, i64)>> = vec![Vec::new(); BUCKETS];
    for (id, version) in documents {
        let bucket = usize::from(bucket_of(id));
        expected[bucket].add(id, version);
        buckets[bucket].push((id, version));
    }
    assert_eq!(engine.checksums(kind).await.unwrap(), expected);
    for bucket in [0, 1, 77, 255] {
        let mut versions = engine.versions(kind, bucket).await.unwrap();
        versions.sort_unstable();
        buckets[usize::from(bucket)].sort_unstable();
        assert_eq!(versions, buckets[usize::from(bucket)]);
    }
}

async fn an_index_without_documents_has_empty_sums(engine: TestEngine) {
    let engine = engine.with(&[], &[]).await;
    for kind in [DocumentKind::Film, DocumentKind::Person] {
        assert_eq!(engine.checksums(kind).await.unwrap(), vec![Checksum::default(); BUCKETS]);
        assert_eq!(engine.versions(kind, 0).await.unwrap(), []);
    }
}

on_every_engine!(
    checksums_and_versions_are_those_of_the_documents,
    an_index_without_documents_has_empty_sums,
);
