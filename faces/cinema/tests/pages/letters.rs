//! The pages that letters lead to: a new password for a forgotten one, and the proof of an address.

use crate::site::{CSRF, Site};

#[tokio::test]
async fn a_forgotten_password_is_answered_the_same_whether_or_not_there_is_an_account() {
    let site = Site::open();
    site.get("/login", "").await.is(200).shows("href=\"/password/forgot\"");
    site.get("/password/forgot", "").await.is(200).shows("id=\"email\"").shows("autofocus");
    let sent = site.post("/password/forgot", "", &format!("csrf={CSRF}&email=+anna@example.org+")).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/login?notice=reset_sent"));
    let page = site.get("/login?notice=reset_sent&next=/films/1", "").await;
    page.is(200)
        .shows("role=\"status\">Если аккаунт с такой почтой есть")
        .shows("name=\"next\" value=\"/films/1\"")
        .lacks("notice=");
    site.get("/login?notice=%3Cscript%3E", "").await.is(200).lacks("role=\"status\"");

    let odd = site.post("/password/forgot", "", &format!("csrf={CSRF}&email=odd")).await;
    odd.is(422).shows("id=\"email-error\">Это не адрес.").shows("value=\"odd\"");
    let down = Site::without_services();
    down.post("/password/forgot", "", &format!("csrf={CSRF}&email=anna@example.org")).await.is(503);
}

#[tokio::test]
async fn a_new_password_is_chosen_with_the_link_of_a_letter() {
    let site = Site::open();
    let page = site.get("/password/reset?token=good-link", "").await;
    page.is(200)
        .shows("type=\"hidden\" name=\"token\" value=\"good-link\"")
        .shows("autocomplete=\"new-password\"")
        .shows("href=\"/login\"")
        .lacks("href=\"/login?next")
        .lacks("<script");
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert_eq!(site.get("/login", "").await.header("referrer-policy"), "same-origin");

    let post = async |fields: &str| site.post("/password/reset", "", &format!("csrf={CSRF}&{fields}")).await;
    let weak = post("token=good-link&new_password=password").await;
    weak.is(422)
        .shows("id=\"new_password-error\">Слишком простой.")
        .shows("name=\"token\" value=\"good-link\"");
    let spent = post("token=spent&new_password=five+green+camels").await;
    spent.is(422).shows("role=\"alert\">Ссылка уже не работает.").shows("href=\"/password/forgot\"");
    post("").await.is(422);
    let changed = post("token=good-link&new_password=five+green+camels").await;
    assert_eq!((changed.status.as_u16(), changed.header("location")), (303, "/login?notice=password_reset"));
}

#[tokio::test]
async fn an_address_is_verified_by_a_button_and_not_by_opening_the_page() {
    let site = Site::open();
    let page = site.get("/email/verify?token=good-link", "").await;
    page.is(200).shows("name=\"token\" value=\"good-link\"").shows("Подтвердить</button>");
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    assert!(site.calls.with("/email/verify").is_empty());

    let verified = site.post("/email/verify", "", &format!("csrf={CSRF}&token=good-link")).await;
    assert_eq!((verified.status.as_u16(), verified.header("location")), (303, "/?notice=email_verified"));
    assert_eq!(site.calls.with("/email/verify").len(), 1);
    site.get("/?notice=email_verified", "").await.is(200).shows("Почта подтверждена. Спасибо!");
    let spent = site.post("/email/verify", "", &format!("csrf={CSRF}&token=spent")).await;
    spent.is(422).shows("Ссылка уже не работает.");
}
