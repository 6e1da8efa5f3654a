//! Linking and unlinking.

use http::Method;
use kino_testkit::{TestDatabase, on_every_database};
use serde_json::json;

use super::{HTML, JSON, Site, insert_passkey};
use crate::{
    app::AUTH,
    provider::{anna, person},
};

on_every_database!(
    an_identity_is_linked_to_one_account_and_unlinked,
    the_last_way_in_stays,
    linking_takes_the_will_of_the_accounts_owner,
);

async fn an_identity_is_linked_to_one_account_and_unlinked(database: TestDatabase) {
    let site = Site::start(database).await;
    let (vera, boris) = (site.app.register("vera").await, site.app.register("boris").await);
    let linked = site.try_link("yandex", &vera).await.is(200).json();
    assert_eq!(
        (&linked["provider"], &linked["title"], &linked["email"]),
        (&json!("yandex"), &json!("Yandex ID"), &json!("anna@example.org"))
    );
    assert!(linked.get("access_token").is_none(), "linking is no signing in");
    let export = format!("{AUTH}/users/me/export");
    let export = site.app.client.get(&export).bearer(&vera.access).send().await.is(200).json();
    let identity = &export["auth"]["identities"][0];
    assert_eq!((&identity["provider"], &identity["subject"]), (&json!("yandex"), &json!("1000")));
    // Again is no harm.
    site.try_link("yandex", &vera).await.is(200);
    assert_eq!(site.links(&vera).await, ["yandex"]);
    assert_eq!(site.sign_in("yandex").await.id, vera.id);

    site.try_link("yandex", &boris).await.is_problem(409, "identity_taken");
    site.provider.seat(person("2", "second"));
    site.try_link("yandex", &vera).await.is_problem(409, "social_already_linked");
    site.app.advance(1);
    site.try_link("vk", &vera).await.is(200);
    assert_eq!(site.links(&vera).await, ["yandex", "vk"]);
    // What is linked at one provider says nothing at another.
    site.provider.seat(anna());
    site.app.advance(1);
    let newcomer = site.sign_in("idp").await;
    assert!(newcomer.id != vera.id && newcomer.id != boris.id);

    site.unlink("yandex", &vera).await.is(204);
    site.unlink("yandex", &vera).await.is(204);
    assert_eq!(site.links(&vera).await, ["vk"]);
    // The address is the newcomer's now; the identity itself is free again.
    site.try_sign_in("yandex").await.is_problem(409, "email_taken_sign_in_to_link");
    site.try_link("yandex", &boris).await.is(200);
    assert_eq!(site.sign_in("yandex").await.id, boris.id);
    site.unlink("nobody", &vera).await.is_problem(404, "provider_not_found");
    let path = format!("{AUTH}/social/vk");
    site.app.client.request(Method::DELETE, &path).send().await.is_problem(401, "token_missing");
    site.app.client.get(&format!("{AUTH}/social/links")).send().await.is_problem(401, "token_missing");
    site.stop().await;
}

async fn the_last_way_in_stays(database: TestDatabase) {
    let site = Site::start(database).await;
    let anna = site.sign_in("idp").await;
    site.unlink("idp", &anna).await.is_problem(409, "last_way_in");
    site.try_link("vk", &anna).await.is(200);
    site.unlink("idp", &anna).await.is(204);
    site.unlink("vk", &anna).await.is_problem(409, "last_way_in");
    assert_eq!(site.sign_in("vk").await.id, anna.id);
    // A passkey is a way too, and then stays in its turn.
    insert_passkey(&site.app, &anna).await;
    let passkeys = format!("{AUTH}/passkeys");
    let passkey = site.app.client.get(&passkeys).bearer(&anna.access).send().await.is(200).json();
    let passkey = format!("{AUTH}/passkeys/{}", passkey["items"][0]["id"].as_str().unwrap());
    site.unlink("vk", &anna).await.is(204);
    let remove = site.app.client.request(Method::DELETE, &passkey).bearer(&anna.access);
    remove.send().await.is_problem(409, "last_way_in");
    // With a password the way may go.
    let vera = site.app.register("vera").await;
    site.provider.seat(person("2", "vera2"));
    site.try_link("idp", &vera).await.is(200);
    site.unlink("idp", &vera).await.is(204);
    site.stop().await;
}

async fn linking_takes_the_will_of_the_accounts_owner(database: TestDatabase) {
    let site = Site::start(database).await;
    let (owner, attacker) = (site.app.register("owner").await, site.app.register("attacker").await);
    site.try_leave("idp", "?link=true", JSON, None).await.is_problem(401, "token_missing");
    // The site's cookie is no token: a link of any other site would bring it along.
    let path = format!("{AUTH}/social/idp/login?link=true");
    let cookie = format!("kino_access={}", owner.access);
    let answer = site.app.client.get(&path).header("accept", HTML).header("cookie", &cookie).send().await;
    answer.is_problem(401, "token_missing");

    // An attacker has begun to link to their own account, and sends a victim through the provider.
    let begun = async || site.visit_provider(&site.leave_to_link("idp", JSON, &attacker).await).await;
    let answer = site.come_back_browsing(&begun().await, &cookie).send().await.is(303);
    assert_eq!(answer.header("location"), "/login?problem=social_state_invalid");
    site.come_back(&begun().await).send().await.is_problem(400, "social_state_invalid");
    let path = begun().await;
    site.come_back(&path).bearer(&owner.access).send().await.is_problem(400, "social_state_invalid");
    assert!(site.links(&attacker).await.is_empty() && site.links(&owner).await.is_empty());

    // The browser that left with the cookie comes back with it, and goes where it wanted to.
    let away = site.leave_to_link("idp", HTML, &owner).await;
    let path = site.visit_provider(&away).await;
    let home = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(home.header("location"), "/films");
    assert!(home.headers.get("set-cookie").is_none());
    assert_eq!(site.links(&owner).await, ["idp"]);

    // Who was signed out meanwhile links nothing.
    site.provider.seat(person("2", "second"));
    let away = site.leave_to_link("vk", JSON, &owner).await;
    let path = site.visit_provider(&away).await;
    let again = site.app.sign_in("owner").await;
    let logout = format!("{AUTH}/sessions/logout");
    site.app.client.request(Method::POST, &logout).bearer(&owner.access).send().await.is(204);
    let answer = site.come_back(&path).header("cookie", &away.cookie).send().await;
    answer.is_problem(401, "token_revoked");
    assert_eq!(site.links(&again).await, ["idp"]);
    site.stop().await;
}
