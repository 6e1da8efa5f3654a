//! What account someone gets into: their own, a new one, never another's.

use kino_testkit::{TestDatabase, on_every_database};
use sea_orm::{ConnectionTrait as _, sea_query::Query};
use serde_json::{Value, json};

use super::{Away, HTML, JSON, Site, insert_passkey};
use crate::{
    app::{AUTH, Person, TestApp},
    authenticator_app::{Authenticator, answer},
    provider::{anna, person},
};

on_every_database!(
    an_account_with_the_same_address_is_never_taken_over,
    names_are_made_to_fit_and_to_differ,
    without_an_address_no_account_is_opened,
    a_blocked_account_is_not_entered,
    one_who_arrives_twice_at_once_has_one_account,
    a_second_factor_is_asked_for_here_too,
    who_proves_the_address_later_has_the_account_alone,
);

/// Changes every account behind the platform's back.
async fn update_users(app: &TestApp, column: &'static str, value: impl Into<sea_orm::Value>) {
    let auth = app.settings.open_database("auth").await.unwrap();
    let tx = auth.begin().await.unwrap();
    let value: sea_orm::Value = value.into();
    tx.execute(Query::update().table("users").value(column, value)).await.unwrap();
    tx.commit().await.unwrap();
    auth.close().await.unwrap();
}

async fn an_account_with_the_same_address_is_never_taken_over(database: TestDatabase) {
    let site = Site::start(database).await;
    let victim = site.app.register("anna").await;
    // Neither while nobody knows whose the address is, nor when it is known, nor when the provider does not know.
    for (proven_here, proven_there) in [(false, true), (false, false), (true, false), (true, true)] {
        update_users(&site.app, "email_verified", proven_here).await;
        let mut user = anna();
        user["email"] = json!("ANNA@Example.ORG");
        user["email_verified"] = json!(proven_there);
        site.provider.seat(user);
        for name in ["idp", "vk", "yandex"] {
            site.try_sign_in(name).await.is_problem(409, "email_taken_sign_in_to_link");
        }
        let away = site.leave("idp", HTML).await;
        let path = site.visit_provider(&away).await;
        let told = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
        assert_eq!(told.header("location"), "/login?problem=email_taken_sign_in_to_link");
    }
    assert!(site.links(&victim).await.is_empty());
    // Its owner signs in and links.
    site.try_link("idp", &victim).await.is(200);
    assert_eq!(site.sign_in("idp").await.id, victim.id);
    site.stop().await;
}

async fn names_are_made_to_fit_and_to_differ(database: TestDatabase) {
    let site = Site::start(database).await;
    let user = |sub: u32, handle: Value, given: Value| {
        json!({
            "sub": sub.to_string(), "email": format!("u{sub}@example.org"), "email_verified": true,
            "preferred_username": handle, "given_name": given,
        })
    };
    let long = "я".repeat(300);
    for (sub, handle, given, username, first_name) in [
        (1, json!("kim"), json!(null), "kim", json!(null)),
        (2, json!("kim"), json!("Ким"), "kim2", json!("Ким")),
        (3, json!("ＫＩＭ"), json!(""), "ＫＩＭ3", json!(null)),
        (4, json!("kim@example.org"), json!(long), "kim4", json!(null)),
        (5, json!(null), json!("Анна-Мария Ó"), "Анна-Мария_Ó", json!("Анна-Мария Ó")),
        (6, json!("\u{0}\u{202e}"), json!("\u{0}"), "viewer", json!(null)),
        (7, json!("<b>x</b>"), json!("🎬"), "b_x_b", json!("🎬")),
        (8, json!(long), json!(null), &"я".repeat(22), json!(null)),
        (9, json!("a"), json!("b"), "viewer2", json!("b")),
    ] {
        let mut user = user(sub, handle, given);
        if sub == 9 {
            user["email"] = json!("x@example.org");
        }
        site.provider.seat(user);
        let me = site.me(&site.sign_in("idp").await).await;
        assert_eq!((&me["username"], &me["first_name"]), (&json!(username), &first_name), "{sub}");
    }
    // When the good numbers are gone, chance decides.
    let mut last = json!(null);
    for sub in 100..110 {
        let mut user = person(&sub.to_string(), "crowd");
        user["email"] = json!(format!("crowd{sub}@example.org"));
        site.provider.seat(user);
        last = site.me(&site.sign_in("idp").await).await["username"].clone();
    }
    let last = last.as_str().unwrap();
    assert!(last.starts_with("crowd-") && last.len() == 12, "{last}");
    site.stop().await;
}

async fn without_an_address_no_account_is_opened(database: TestDatabase) {
    let site = Site::start(database).await;
    for email in
        [json!(null), json!(""), json!("nonsense"), json!("a\u{0}b@"), json!("x".repeat(400) + "@b.ru")]
    {
        let mut user = person("5", "shy");
        user["email"] = email;
        site.provider.seat(user);
        for name in ["idp", "vk", "yandex"] {
            site.try_sign_in(name).await.is_problem(422, "social_email_required");
        }
    }
    // To an account that has an address it can be linked, and then signs in.
    let vera = site.app.register("vera").await;
    site.try_link("vk", &vera).await.is(200);
    assert_eq!(site.sign_in("vk").await.id, vera.id);
    site.stop().await;
}

async fn a_blocked_account_is_not_entered(database: TestDatabase) {
    let site = Site::start(database).await;
    site.sign_in("idp").await;
    update_users(&site.app, "blocked_at", site.app.clock.now()).await;
    site.try_sign_in("idp").await.is_problem(403, "account_blocked");
    let away = site.leave("idp", HTML).await;
    let path = site.visit_provider(&away).await;
    let told = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(told.header("location"), "/login?problem=account_blocked");
    assert!(told.headers.get("set-cookie").is_none());
    site.app.client.get(told.header("location")).send().await.is(403);
    site.stop().await;
}

async fn a_second_factor_is_asked_for_here_too(database: TestDatabase) {
    let site = Site::start(database).await;
    let anna = site.sign_in("idp").await;
    let (phone, _) = Authenticator::of(&site.app, &anna).await;
    let wanted = site.try_sign_in("idp").await.is(200).json();
    assert!(wanted["mfa_required"] == true && wanted.get("access_token").is_none(), "{wanted}");
    let token = wanted["mfa_token"].as_str().unwrap();
    let entered = answer(&site.app, token, &phone.code(&site.app)).await.is(200).json();
    assert_eq!(Person::of(&entered).id, anna.id);
    let history = format!("{AUTH}/sessions/entry-history");
    let history = site.app.client.get(&history).bearer(&anna.access).send().await.is(200).json();
    assert_eq!(history["items"][0]["method"], "social:idp+totp");

    // A browser is asked on the site's page, and comes home from there.
    let away = Away::of(&site.try_leave("idp", "?redirect_to=/%3Fpage%3D2", HTML, None).await);
    let path = site.visit_provider(&away).await;
    let asked = site.come_back_browsing(&path, &away.cookie).send().await.is(303);
    assert_eq!(asked.header("location"), "/login/code?next=%2F%3Fpage%3D2");
    let cookies: Vec<_> = asked.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let cookie = asked.header("set-cookie");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=300"), "{cookie}");
    let (cookie, _) = cookie.split_once(';').unwrap();
    let page =
        site.app.client.get(asked.header("location")).header("cookie", cookie).send().await.is(200).text();
    assert!(page.contains("name=\"code\""), "{page}");
    site.stop().await;
}

async fn who_proves_the_address_later_has_the_account_alone(database: TestDatabase) {
    let site = Site::start(database).await;
    // Somebody opens an account with an address that is not theirs: VK does not say whose it is.
    let intruder = site.sign_in("vk").await;
    let asked = site.app.letter_to("anna@example.org").await;
    assert!(asked.text.contains("/email/verify?token="), "{}", asked.text);
    insert_passkey(&site.app, &intruder).await;
    // The address's owner takes the account over by a letter: nothing of the intruder's is left in it.
    let forgot = format!("{AUTH}/password/forgot");
    site.app.client.post(&forgot, &json!({"email": "anna@example.org"})).send().await.is(202);
    let letter = site.app.letter_to("anna@example.org").await;
    let (_, token) = letter.text.split_once("?token=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    let new = json!({"token": token, "new_password": "five green camels"});
    site.app.client.post(&format!("{AUTH}/password/reset"), &new).send().await.is(204);
    let answer = site.app.try_sign_in("anna@example.org", "five green camels").await.is(200);
    let owner = Person::of(&answer.json());
    assert_eq!(owner.id, intruder.id);
    assert!(site.links(&owner).await.is_empty());
    let passkeys =
        site.app.client.get(&format!("{AUTH}/passkeys")).bearer(&owner.access).send().await.is(200);
    assert_eq!(passkeys.json()["items"], json!([]));
    site.try_sign_in("vk").await.is_problem(409, "email_taken_sign_in_to_link");
    site.stop().await;
}

async fn one_who_arrives_twice_at_once_has_one_account(database: TestDatabase) {
    let site = Site::start(database).await;
    let mut ways = Vec::new();
    for _ in 0..6 {
        ways.push(site.visit_provider(&site.leave("idp", JSON).await).await);
    }
    let arriving: Vec<_> = ways.iter().map(|path| tokio::spawn(site.come_back(path).send())).collect();
    let mut accounts = Vec::new();
    for answer in arriving {
        accounts.push(Person::of(&answer.await.unwrap().is(200).json()).id);
    }
    accounts.dedup();
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    site.stop().await;
}
