//! OpenSearch alone: processes that share an index, and what they leave behind.

use super::{
    super::{engine::Place, opensearch::OpenSearch},
    *,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_place_never_moves_back() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let one = one.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    let other = one.beside().await;
    one.engine.commit(place(20)).await.unwrap();
    // The other one heard less so far, and says so.
    other.commit(place(10)).await.unwrap();
    assert_eq!(other.place().await.unwrap(), Place::At(place(20)));
    // Each process commits one after the other; the two do so at once.
    let committing = [(one.engine.clone(), 21), (other.clone(), 22)].map(|(engine, first)| {
        tokio::spawn(async move {
            for position in (first..60).step_by(2) {
                engine.commit(place(position)).await.unwrap();
            }
        })
    });
    for committed in committing {
        committed.await.unwrap();
    }
    assert_eq!(one.engine.place().await.unwrap(), Place::At(place(59)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_versions_of_a_film_the_later_one_stays() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let one = one.with(&[Film { version: 5, ..film(1, "Зеркало", "Mirror") }], &[]).await;
    let other = one.beside().await;
    // It read the film before it was changed, and comes late.
    let late = Film { version: 4, ..film(1, "Солярис", "Solaris") };
    assert_eq!(other.put(Batch { films: cards(&[late]), ..Batch::default() }).await.unwrap(), []);
    other.commit(place(2)).await.unwrap();
    assert_eq!(numbers(&one.engine, wanted("mirror")).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_wrote_to_an_index_that_is_gone_begins_where_the_new_one_stands() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let one = one.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    let other = one.beside().await;
    one.engine.commit(place(20)).await.unwrap();
    let sees = Batch { films: cards(&[film(2, "Сталкер", "Stalker")]), ..Batch::default() };

    // Put before the new index took its place, committed after.
    one.engine.put(sees.clone()).await.unwrap();
    other.rebuild().await.unwrap().finish(place(15)).await.unwrap();
    assert!(matches!(one.engine.commit(place(30)).await, Err(IndexError::Replaced)));
    assert_eq!(one.engine.place().await.unwrap(), Place::At(place(15)));
    // Begun again from there, it goes on.
    one.engine.put(sees.clone()).await.unwrap();
    one.engine.commit(place(30)).await.unwrap();
    assert_eq!(numbers(&one.engine, wanted("")).await, [2]);

    // Both after: the new index knows less than this process has told the old one.
    other.rebuild().await.unwrap().finish(place(25)).await.unwrap();
    one.engine.put(sees).await.unwrap();
    assert!(matches!(one.engine.commit(place(40)).await, Err(IndexError::Replaced)));
    assert_eq!(one.engine.place().await.unwrap(), Place::At(place(25)));
}

/// By someone's hand, or with a server that began anew without its disk.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_index_is_gone_nothing_is_put_until_it_is_built_anew() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let one = one.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    one.engine.commit(place(20)).await.unwrap();
    let change = Batch { films: cards(&[film(2, "Сталкер", "Stalker")]), ..Batch::default() };
    // Between two rounds, and in the middle of one.
    for is_put in [false, true] {
        if is_put {
            one.engine.put(change.clone()).await.unwrap();
        } else {
            delete_all(&one.url).await;
            assert!(matches!(one.engine.put(change.clone()).await, Err(IndexError::Replaced)));
        }
        if is_put {
            delete_all(&one.url).await;
        }
        assert!(matches!(one.engine.commit(place(30)).await, Err(IndexError::Replaced)));
        assert_eq!(one.engine.place().await.unwrap(), Place::Empty);
        assert!(!one.engine.stats().await.unwrap().is_built);
        assert!(matches!(one.engine.ready().await, Err(IndexError::Building)));
        one.engine.rebuild().await.unwrap().finish(place(25)).await.unwrap();
    }
    one.engine.put(change.clone()).await.unwrap();
    one.engine.commit(place(30)).await.unwrap();
    assert_eq!(numbers(&one.engine, wanted("")).await, [2]);

    // Half of it gone is all of it gone.
    for (half, position) in [("films", 40), ("persons", 50)] {
        for index in indices(&one.url).await.into_iter().filter(|index| index.contains(half)) {
            client(&one.url).0.request(http::Method::DELETE, &format!("/{index}")).send().await.is(200);
        }
        assert!(matches!(one.engine.put(change.clone()).await, Err(IndexError::Replaced)), "{half}");
        assert_eq!(one.engine.place().await.unwrap(), Place::Empty);
        assert!(!one.engine.stats().await.unwrap().is_built);
        assert!(matches!(one.engine.ready().await, Err(IndexError::Building)));
        one.engine.rebuild().await.unwrap().finish(place(position)).await.unwrap();
        one.engine.put(change.clone()).await.unwrap();
        one.engine.commit(place(position + 1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_build_at_once_one_index_is_left() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let other = one.beside().await;
    let build = |engine: Engine| {
        tokio::spawn(async move {
            let mut making = engine.rebuild().await?;
            making.add(Batch { films: cards(&[film(1, "Солярис", "Solaris")]), ..Batch::default() }).await?;
            making.finish(place(1)).await
        })
    };
    let (first, second) = (build(one.engine.clone()), build(other.clone()));
    let outcomes = [first.await.unwrap(), second.await.unwrap()];
    assert!(outcomes.iter().any(Result::is_ok), "{outcomes:?}");
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(_) | Err(IndexError::Replaced)), "{outcome:?}");
    }
    assert_eq!(numbers(&one.engine, wanted("")).await, [1]);
    assert_eq!(other.place().await.unwrap(), Place::At(place(1)));
    assert_eq!(indices(&one.url).await.len(), 2, "films and persons of one generation");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_unfinished_is_deleted() {
    let Some(one) = TestEngine::opensearch().await else { return };
    let one = one.with(&[film(1, "Солярис", "Solaris")], &[]).await;
    let making = one.engine.rebuild().await.unwrap();
    let during = indices(&one.url).await;
    assert_eq!(during.len(), 4);
    // A process that starts meanwhile leaves it alone: another one is at it.
    let other = one.beside().await;
    assert_eq!(indices(&one.url).await, during);
    // What a process left that was killed goes with the next one that is finished.
    std::mem::forget(making);
    other.rebuild().await.unwrap().finish(place(2)).await.unwrap();
    assert_eq!(indices(&one.url).await.len(), 2);

    // Dropped, it goes by itself.
    drop(one.engine.rebuild().await.unwrap());
    for _ in 0..500 {
        if indices(&one.url).await.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(indices(&one.url).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let port = kino_testkit::free_port().unwrap();
    let url = format!("opensearch+http://kino:hush@127.0.0.1:{port}/cinema");
    let Ok(SearchUrl::OpenSearch(url)) = url.parse() else { panic!() };
    let problem = OpenSearch::open(&url).await.unwrap_err().to_string();
    assert!(
        problem.starts_with(&format!("search = \"opensearch+http://127.0.0.1:{port}/cinema\"")),
        "{problem}"
    );
    assert!(problem.contains("refused") && !problem.contains("hush"), "{problem}");
}

fn client(url: &SearchUrl) -> (kino_testkit::Client, &str) {
    let SearchUrl::OpenSearch(url) = url else { panic!("{url} is not OpenSearch") };
    (kino_testkit::Client::new(&url.origin.trim_start_matches("http://")), &url.prefix)
}

/// Deletes the indices of a test.
async fn delete_all(url: &SearchUrl) {
    for index in indices(url).await {
        client(url).0.request(http::Method::DELETE, &format!("/{index}")).send().await.is(200);
    }
}

/// The indices of a test, by name.
async fn indices(url: &SearchUrl) -> Vec<String> {
    let (client, prefix) = client(url);
    let path = format!("/_cat/indices/{prefix}-*?format=json&h=index&s=index");
    let listed = client.get(&path).send().await.is(200).json();
    listed.as_array().unwrap().iter().map(|row| row["index"].as_str().unwrap().to_owned()).collect()
}
