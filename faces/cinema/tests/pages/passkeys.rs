//! Signing in with passkeys, and the page that looks after them. What a browser does, the tests of the platform do.

use serde_json::{Value, json};

use crate::{
    services::{HOSTILE_PASSKEY, PASSKEY},
    site::{Answer, CSRF, Site},
};

const SESSION: &str = "kino_access=good-access; kino_refresh=old-refresh";
const ENTER_PASSWORD: &str = "Вы вошли давно. Чтобы мы знали, что это вы, введите пароль.";
/// `{"id":"good"}`, as a form sends it.
const GOOD: &str = "ceremony_id=c1&credential=%7B%22id%22%3A%22good%22%7D";

fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.header("cache-control"), "private, no-store");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_passkey_signs_in_and_leads_on() {
    let site = Site::open();
    let page = site.get("/login?next=/films/1", "").await;
    page.is(200).shows("data-passkey=\"get\"").shows("<script src=\"/assets/passkey.js?v=");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'; connect-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );

    let begun = site.post("/login/passkey/options", "", &format!("csrf={CSRF}")).await;
    assert_eq!(json_of(begun.is(200)), json!({"ceremony_id": "c1", "options": {"challenge": "x"}}));
    let signed_in = site.post("/login/passkey", "", &format!("csrf={CSRF}&next=/films/1&{GOOD}")).await;
    signed_in.is(303).begins_the_session("good");
    assert_eq!(signed_in.header("location"), "/films/1");

    for answer in ["ceremony_id=c2&credential=%7B%22id%22%3A%22good%22%7D", "credential=nonsense", ""] {
        let refused = site.post("/login/passkey", "", &format!("csrf={CSRF}&next=/films/1&{answer}")).await;
        refused.is(401).shows("Ключ не подошёл.").shows("name=\"next\" value=\"/films/1\"");
        assert!(refused.cookies().is_empty());
    }
    let down = Site::without_services();
    let begun = down.post("/login/passkey/options", "", &format!("csrf={CSRF}")).await;
    assert_eq!(json_of(begun.is(503))["code"], "unavailable");
    assert_eq!(begun.header("retry-after"), "5");
}

#[tokio::test]
async fn passkeys_are_listed_to_their_owner() {
    let site = Site::open();
    let guest = site.get("/account/passkeys", "").await;
    assert_eq!((guest.status.as_u16(), guest.header("location")), (303, "/login?next=%2Faccount%2Fpasskeys"));
    let page = site.get("/account/passkeys", SESSION).await;
    page.is(200)
        .shows("Телефон")
        .shows("Добавлен 01.01.2026")
        .shows("последний вход 02.01.2026")
        .shows(&format!("action=\"/account/passkeys/{PASSKEY}/remove\""))
        .shows(&format!("action=\"/account/passkeys/{HOSTILE_PASSKEY}/remove\""))
        .lacks("<script>")
        .shows("data-passkey=\"create\"");
    site.get("/account/passkeys", &format!("{SESSION}; kino_language=en"))
        .await
        .shows("Added 1\u{a0}Jan\u{a0}2026");
    Site::without_services().get("/account/passkeys", SESSION).await.is(503).shows("Технический перерыв");
}

#[tokio::test]
async fn a_passkey_is_added_after_the_password_where_the_sign_in_was_a_while_ago() {
    let site = Site::open();
    let options = async |fields: &str| {
        site.post("/account/passkeys/options", SESSION, &format!("csrf={CSRF}&{fields}")).await
    };
    let refused = options("password=").await;
    let told = json_of(refused.is(403));
    assert_eq!(told, json!({"code": "fresh_sign_in_required", "message": ENTER_PASSWORD}));
    let told = json_of(options("password=wrong").await.is(422));
    assert_eq!(told, json!({"code": "validation_failed", "message": "Неверный пароль."}));
    assert_eq!(json_of(options("password=right+password").await.is(200))["ceremony_id"], "c1");

    let add =
        async |fields: &str| site.post("/account/passkeys", SESSION, &format!("csrf={CSRF}&{fields}")).await;
    let added = add(&format!("{GOOD}&name=+Phone+")).await;
    assert_eq!((added.status.as_u16(), added.header("location")), (303, "/account/passkeys"));
    add(&format!("{GOOD}&name=")).await.is(303);
    add("ceremony_id=c1&credential=x").await.is(409).shows("Уже добавлен.").shows("Телефон");
    let expired = site.post("/account/passkeys", "kino_refresh=spent", &format!("csrf={CSRF}&{GOOD}")).await;
    assert_eq!(expired.is(303).header("location"), "/login?next=%2Faccount%2Fpasskeys");
}

#[tokio::test]
async fn a_passkey_is_removed_after_the_password_where_the_sign_in_was_a_while_ago() {
    let site = Site::open();
    let remove = async |id: &str, fields: &str| {
        let path = format!("/account/passkeys/{id}/remove");
        site.post(&path, SESSION, &format!("csrf={CSRF}&{fields}")).await
    };
    site.get("/account/passkeys", SESSION).await.lacks("aria-label=\"Пароль\"");
    let asked = remove(PASSKEY, "").await;
    asked.is(403).shows(ENTER_PASSWORD).shows("aria-label=\"Пароль\"");
    let asked = remove(PASSKEY, "password=wrong").await;
    asked.is(422).shows("Неверный пароль.").shows("aria-label=\"Пароль\"");
    let removed = remove(PASSKEY, "password=right+password").await;
    assert_eq!((removed.status.as_u16(), removed.header("location")), (303, "/account/passkeys"));
    // Gone already: as it should be.
    remove(HOSTILE_PASSKEY, "password=right+password").await.is(303);
    remove("x", "").await.is(404).shows("Такой страницы нет");
}
