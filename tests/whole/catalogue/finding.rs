//! Search in full over HTTP: facets, orders, cursors, highlights, suggestions, similar films, and what cannot be asked.

use std::time::{Duration, Instant};

use kino_testkit::{TestDatabase, on_every_database};
use serde_json::{Value, json};

use crate::app::{MOVIES, Person, TestApp, until};

on_every_database!(
    what_is_found_is_marked_and_counted,
    orders_and_cursors_lead_through_all_that_is_found,
    films_and_persons_are_suggested_as_one_types,
    similar_films_keep_the_rule_of_access,
    what_cannot_be_asked_is_refused_and_odd_questions_are_answered,
);

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn texts(items: &Value, field: &str) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

async fn find(app: &TestApp, query: &str, who: Option<&Person>) -> Value {
    app.movies(&format!("/films/search?{query}"), who).await.is(200).json()
}

/// The index holds all demo films.
async fn all_indexed(app: &TestApp, boss: &Person) -> u64 {
    let total = app.movies("/films", Some(boss)).await.is(200).json()["total"].as_u64().unwrap();
    until("all films are indexed", async || {
        (find(app, "query=", Some(boss)).await["total"] == total).then_some(())
    })
    .await;
    total
}

async fn what_is_found_is_marked_and_counted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let total = all_indexed(&app, &boss).await;
    let russian = async |query: &str| {
        let path = format!("{MOVIES}/films/search?query={}&facets=genre,year,access", escaped(query));
        app.client.get(&path).bearer(&boss.access).header("accept-language", "ru").send().await.is(200).json()
    };
    let found = russian("звездные вйоны").await;
    let first = &found["items"][0]["highlight"]["title"];
    assert!(first.as_str().unwrap().starts_with("<em>Звёздные</em> <em>войны</em>"), "{first}");
    let sleepwalker = find(&app, "query=sleepwalker", Some(&boss)).await;
    let description = sleepwalker["items"][0]["highlight"]["description"].as_str().unwrap();
    assert!(description.contains("<em>sleepwalker</em>"), "{description}");
    assert!(sleepwalker["items"][0]["highlight"]["title"].is_null());
    assert!(sleepwalker["facets"].is_null(), "only those that are asked for");

    let all = russian("").await;
    let genres = &all["facets"]["genre"];
    assert!(texts(genres, "name").contains(&"драма".to_owned()), "{genres}");
    let counted: u64 = all["facets"]["access"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| facet["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, total);
    // Choosing a value finds as many films as it said, and the facet still offers the others.
    let (id, count) = (genres[1]["id"].as_str().unwrap(), &genres[1]["count"]);
    let chosen = find(&app, &format!("query=&genre={id}&facets=genre"), Some(&boss)).await;
    assert_eq!(&chosen["total"], count);
    assert_eq!(chosen["facets"]["genre"].as_array().unwrap().len(), genres.as_array().unwrap().len());
    // A visitor is counted what a visitor may see.
    let open = find(&app, "query=&facets=access", None).await;
    assert_eq!(texts(&open["facets"]["access"], "value"), ["FREE"]);
    assert_eq!(open["facets"]["access"][0]["count"], open["total"]);
    let closed = find(&app, "query=&access=ARCHIVED&facets=access", None).await;
    assert_eq!((closed["total"].as_u64(), texts(&closed["facets"]["access"], "value").len()), (Some(0), 1));
    app.stop().await;
}

async fn orders_and_cursors_lead_through_all_that_is_found(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let total = all_indexed(&app, &boss).await;
    for sort in
        ["", "&sort=title", "&sort=-year", "&sort=-imdb_rating", "&sort=imdb_rating", "&sort=-popularity"]
    {
        let mut walked = Vec::new();
        let mut page = find(&app, &format!("query=&page_size=40{sort}"), Some(&boss)).await;
        assert_eq!(page["page_number"], 1);
        for _ in 0..10 {
            walked.extend(texts(&page["items"], "id"));
            assert_eq!(page["total"], total);
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            page = find(&app, &format!("query=&page_size=40{sort}&cursor={cursor}"), Some(&boss)).await;
            assert!(page["page_number"].is_null());
        }
        let mut once = walked.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((walked.len() as u64, once.len() as u64), (total, total), "{sort}");
    }
    let newest = find(&app, "query=star+wars&sort=-year", Some(&boss)).await;
    let years: Vec<i64> =
        newest["items"].as_array().unwrap().iter().map(|film| film["year"].as_i64().unwrap()).collect();
    assert!(years.len() > 1 && years.is_sorted_by(|year, next| year >= next), "{years:?}");
    let past = find(&app, "query=&page_number=4000000000", Some(&boss)).await;
    assert_eq!((past["items"].as_array().unwrap().len(), past["total"].as_u64()), (0, Some(total)));
    app.stop().await;
}

async fn films_and_persons_are_suggested_as_one_types(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    all_indexed(&app, &boss).await;
    let suggest = async |query: &str, who| {
        app.movies(&format!("/suggest?query={}", escaped(query)), who).await.is(200).json()["items"].clone()
    };
    let matrix = suggest("vfnh", Some(&boss)).await;
    assert_eq!((&matrix[0]["type"], &matrix[0]["text"]), (&json!("film"), &json!("The Matrix")), "{matrix}");
    assert_eq!(matrix[0]["year"], 1999);
    assert!(matrix[0]["poster_url"].is_string() && matrix[0]["id"].is_string());
    let person = suggest("таран", None).await;
    assert_eq!((&person[0]["type"], &person[0]["text"]), (&json!("person"), &json!("Quentin Tarantino")));
    assert!(person[0]["year"].is_null());
    // The Matrix is for subscribers, and so are those who are known for it alone.
    let open = suggest("matri", None).await;
    assert!(!texts(&open, "text").contains(&"The Matrix".to_owned()), "{open}");
    assert!(suggest("к", Some(&boss)).await.as_array().unwrap().len() == 10);
    assert_eq!(suggest("", None).await, json!([]));
    assert_eq!(suggest("🎬", None).await, json!([]));
    app.movies(&format!("/suggest?query={}", "x".repeat(201)), None).await.is(422);
    app.movies("/suggest", None).await.is(422);
    let misspelt = app.movies("/persons/search?query=tarkovski", None).await.is(200).json();
    assert_eq!(misspelt["items"][0]["full_name"], "Andrei Tarkovsky", "{misspelt}");
    app.stop().await;
}

async fn similar_films_keep_the_rule_of_access(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    all_indexed(&app, &boss).await;
    let similar = async |id: &str, who| app.movies(&format!("/films/{id}/similar"), who).await;
    let star_wars = app.film(&boss, "Star Wars").await;
    let all = similar(&star_wars, Some(&boss)).await.is(200).json()["items"].clone();
    assert!(texts(&all, "title").contains(&"The Empire Strikes Back".to_owned()), "{all}");
    assert!(!texts(&all, "id").contains(&star_wars) && all.as_array().unwrap().len() <= 20);
    let open = similar(&star_wars, None).await.is(200).json()["items"].clone();
    assert!(texts(&open, "access").iter().all(|access| access == "FREE") && open[0].is_object());
    let paid = app.film(&boss, "The Matrix").await;
    similar(&paid, None).await.is_problem(403, "film_requires_subscription");
    let archived = app.film(&boss, "Return of the Jedi").await;
    similar(&archived, None).await.is_problem(403, "film_archived");
    for nothing in ["018f0000-0000-7000-8000-000000000000", "7"] {
        similar(nothing, Some(&boss)).await.is(404);
    }
    app.stop().await;
}

async fn what_cannot_be_asked_is_refused_and_odd_questions_are_answered(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let total = all_indexed(&app, &boss).await;
    let by_year = find(&app, "query=&page_size=5&sort=-year", Some(&boss)).await;
    let cursor = by_year["next_cursor"].as_str().unwrap();
    for (query, field) in [
        ("query=&facets=genre,rating".to_owned(), "facets"),
        ("query=&sort=best".to_owned(), "sort"),
        (format!("query=&cursor={cursor}&page_number=2&sort=-year"), "cursor"),
        (format!("query=&cursor={cursor}"), "cursor"),
        ("query=&cursor=nowhere".to_owned(), "cursor"),
        (format!("query=&cursor={}", "A".repeat(5000)), "cursor"),
        (format!("query={}", "x".repeat(10 * 1024)), "query"),
        ("query=&genre=nope".to_owned(), "genre"),
        ("query=&year_from=2000&year_to=1990".to_owned(), "year_to"),
        ("query=&page_number=1000000000000".to_owned(), "page_number"),
        ("page_number=1".to_owned(), "query"),
    ] {
        let refused = app.movies(&format!("/films/search?{query}"), None).await;
        let refused = refused.is_problem(422, "validation_failed").json();
        assert!(refused["errors"][0]["field"].as_str().unwrap().starts_with(field), "{query}: {refused}");
    }
    for (query, found) in [
        ("query=%20%20", Some(total)),
        ("query=%F0%9F%8E%AC%F0%9F%8D%BF", Some(0)),
        ("query=%22star+wars", None),
        ("query=star+AND+%28wars+OR", None),
        ("query=%2Bmatrix+-neo+title%3A%2A", None),
        ("query=%5B1+TO", None),
        ("query=%00", None),
        ("query=&genre=018f0000-0000-7000-8000-000000000000", Some(0)),
        ("query=matrix&year_from=1900&year_to=1901&facets=genre,year,access", Some(0)),
        ("query=&person=018f0000-0000-7000-8000-000000000000&country=XX", Some(0)),
        ("query=&page_number=1000000000", Some(total)),
    ] {
        let began = Instant::now();
        let answer = find(&app, query, Some(&boss)).await;
        assert!(began.elapsed() < Duration::from_secs(2), "{query} took {:?}", began.elapsed());
        assert!(found.is_none_or(|found| answer["total"] == found), "{query}: {}", answer["total"]);
    }
    app.stop().await;
}
