//! An engine that goes away: what needs it says so and when to come again; what does not goes on.

use kino_testkit::TestDatabase;
use serde_json::json;

use crate::app::{AUTH, PASSWORD, TestApp, until};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cache_films_go_on_and_sign_ins_are_told_to_wait() {
    let Some((url, redis)) = kino_testkit::own_redis().await else { return };
    let app = TestApp::with(TestDatabase::sqlite(), &[("KINO_CACHE", &url)]).await;
    let anna = app.register("anna").await;
    drop(redis);

    let refused = app.try_sign_in("anna", PASSWORD).await.is_problem(503, "engine_unavailable");
    assert!(refused.header("retry-after").parse::<u64>().is_ok());
    assert!(!refused.text().contains("127.0.0.1"), "where engines are is not for clients");
    let body = json!({"username": "boris", "email": "boris@example.org", "password": PASSWORD});
    let register =
        app.client.post(&format!("{AUTH}/sessions/register"), &body).header("idempotency-key", "k");
    register.send().await.is_problem(503, "engine_unavailable");

    app.movies("/films", Some(&anna)).await.is(200);
    app.me(&anna.access).send().await.is(200);
    app.refresh(&anna).await;
    let checks = until("readiness names the engine", async || {
        let answer = app.client.get("/readyz").send().await;
        (answer.status == 503).then(|| answer.json()["checks"].clone())
    })
    .await;
    let down: Vec<_> = checks
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, answer)| *answer != "ok")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(down, ["cache"]);
    app.stop().await;
}
