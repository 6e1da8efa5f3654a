//! Giving roles and taking them away, and how soon that is felt.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::json;

use crate::app::{AUTH, TestApp};

on_every_database!(
    a_role_opens_and_closes_films_on_a_live_session,
    a_role_may_be_given_for_a_time,
    only_those_who_may_assign_roles_do,
    the_last_administrator_stays,
    role_changes_and_refreshes_at_once_never_leave_old_rights,
);

async fn a_role_opens_and_closes_films_on_a_live_session(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let mut anna = app.register("anna").await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    app.movies(&paid, None).await.is_problem(403, "film_requires_subscription");
    app.movies(&paid, Some(&anna)).await.is_problem(403, "film_requires_subscription");

    app.change_role(&boss, Method::PUT, &anna, "SUB_USER").await.is(204);
    app.movies(&paid, Some(&anna)).await.is_problem(401, "token_stale");
    anna = app.refresh(&anna).await;
    app.movies(&paid, Some(&anna)).await.is(200);
    let me = app.me(&anna.access).send().await.is(200).json();
    assert_eq!(me["roles"], json!(["SUB_USER", "UNSUB_USER"]));

    app.change_role(&boss, Method::DELETE, &anna, "SUB_USER").await.is(204);
    app.movies(&paid, Some(&anna)).await.is_problem(401, "token_stale");
    anna = app.refresh(&anna).await;
    app.movies(&paid, Some(&anna)).await.is_problem(403, "film_requires_subscription");
    app.change_role(&boss, Method::DELETE, &anna, "SUB_USER").await.is(204);
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}

async fn a_role_may_be_given_for_a_time(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let anna = app.register("anna").await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    let path = format!("{AUTH}/users/{}/roles/SUB_USER", anna.id);
    let give = async |until: chrono::DateTime<chrono::Utc>| {
        let body = json!({"expires_at": until});
        app.client.request(Method::PUT, &path).bearer(&boss.access).json(&body).send().await
    };
    give(app.clock.now()).await.is_problem(422, "validation_failed");
    give(app.clock.now() + chrono::TimeDelta::minutes(5)).await.is(204);
    let subscribed = app.refresh(&anna).await;
    app.movies(&paid, Some(&subscribed)).await.is(200);
    app.advance(5 * 60 + 1);
    app.movies(&paid, Some(&subscribed)).await.is_problem(401, "token_expired");
    let lapsed = app.refresh(&subscribed).await;
    app.movies(&paid, Some(&lapsed)).await.is_problem(403, "film_requires_subscription");
    app.stop().await;
}

async fn only_those_who_may_assign_roles_do(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let (anna, boris) = (app.register("anna").await, app.register("boris").await);
    app.change_role(&anna, Method::PUT, &anna, "ADMIN").await.is_problem(403, "permission_denied");
    app.change_role(&anna, Method::DELETE, &boris, "UNSUB_USER").await.is_problem(403, "permission_denied");
    let path = format!("{AUTH}/users/{}/roles/SUB_USER", anna.id);
    app.client.request(Method::PUT, &path).send().await.is_problem(401, "token_missing");
    for role in ["SUPER", "sub_user", "x%27y"] {
        app.change_role(&boss, Method::PUT, &anna, role).await.is_problem(404, "role_not_found");
    }
    let nobody = crate::app::Person { id: "018f0000-0000-7000-8000-000000000000".into(), ..boris };
    app.change_role(&boss, Method::PUT, &nobody, "SUB_USER").await.is_problem(404, "user_not_found");
    app.stop().await;
}

async fn the_last_administrator_stays(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let mut boss = app.administrator().await;
    app.change_role(&boss, Method::DELETE, &boss, "ADMIN").await.is_problem(409, "last_administrator");
    // Nor may the role be given to the last one for a time only.
    let path = format!("{AUTH}/users/{}/roles/ADMIN", boss.id);
    let soon = json!({"expires_at": app.clock.now() + chrono::TimeDelta::minutes(1)});
    let lapsing = app.client.request(Method::PUT, &path).bearer(&boss.access).json(&soon).send().await;
    lapsing.is_problem(409, "last_administrator");
    let anna = app.register("anna").await;
    app.change_role(&boss, Method::PUT, &anna, "ADMIN").await.is(204);
    let anna = app.refresh(&anna).await;
    // Each takes the other's role at the same time: one of them must stay.
    let (first, second) = tokio::join!(
        app.change_role(&boss, Method::DELETE, &anna, "ADMIN"),
        app.change_role(&anna, Method::DELETE, &boss, "ADMIN"),
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 401 | 403 | 409]), "{statuses:?}");
    boss = app.sign_in("boss").await;
    let anna = app.sign_in("anna").await;
    let administers = async |person| {
        let roles = app.me(person).send().await.is(200).json()["roles"].clone();
        roles.as_array().unwrap().iter().any(|role| role == "ADMIN")
    };
    assert!(administers(&boss.access).await != administers(&anna.access).await);
    app.stop().await;
}

/// Whatever the order in which changes and refreshes happen to be done, a token that is accepted says what the account
/// has: giving and taking are told apart by the film that they open.
async fn role_changes_and_refreshes_at_once_never_leave_old_rights(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let boss = app.administrator().await;
    let mut anna = app.register("anna").await;
    let paid = format!("/films/{}", app.film(&boss, "Inception").await);
    for round in 0..12 {
        let method = if round % 2 == 0 { Method::PUT } else { Method::DELETE };
        let (changed, one, two) = tokio::join!(
            app.change_role(&boss, method, &anna, "SUB_USER"),
            app.refresh(&anna),
            app.refresh(&anna),
        );
        changed.is(204);
        let newest = app.refresh(&anna).await;
        let right = if round % 2 == 0 { 200 } else { 403 };
        for pair in [&one, &two, &newest] {
            // Refused as stale, or right; never with the rights of before.
            let status = app.movies(&paid, Some(pair)).await.status.as_u16();
            assert!(status == right || status == 401, "round {round}: {status}");
        }
        assert_eq!(app.movies(&paid, Some(&newest)).await.status.as_u16(), right, "round {round}");
        app.advance(11);
        anna = app.refresh(&newest).await;
    }
    app.stop().await;
}
