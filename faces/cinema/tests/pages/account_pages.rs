//! The pages of one's own account.

use crate::{
    account::DEVICE,
    site::{Answer, CSRF, Site},
};

const SESSION: &str = "kino_access=good-access; kino_refresh=old-refresh";
/// Of an account with an authenticator app.
const CAREFUL: &str = "kino_access=new-access; kino_refresh=old-refresh";

async fn post(site: &Site, path: &str, fields: &str) -> Answer {
    site.post(path, SESSION, &format!("csrf={CSRF}&{fields}")).await
}

#[track_caller]
fn leads_to(answer: &Answer, path: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, path), "{}", answer.body);
}

#[tokio::test]
async fn strangers_are_led_to_signing_in_and_back() {
    let site = Site::open();
    for path in ["", "/security", "/authenticator", "/history", "/data"] {
        let path = format!("/account{path}");
        let sign_in = format!("/login?next={}", path.replace('/', "%2F"));
        leads_to(&site.get(&path, "").await, &sign_in);
    }
    for path in ["", "/security", "/authenticator", "/history"] {
        Site::without_services().get(&format!("/account{path}"), SESSION).await.is(503);
    }
    leads_to(&site.get("/account/history?page=2", "").await, "/login?next=%2Faccount%2Fhistory%3Fpage%3D2");
    for (path, back) in [
        ("", ""),
        ("/verification", ""),
        ("/password", "%2Fsecurity"),
        (&format!("/sessions/{DEVICE}/end"), "%2Fsecurity"),
        ("/sessions/end-others", "%2Fsecurity"),
        ("/providers/yandex/link", "%2Fsecurity"),
        ("/providers/vk/unlink", "%2Fsecurity"),
        ("/authenticator", "%2Fauthenticator"),
        ("/authenticator/confirm", "%2Fauthenticator"),
        ("/authenticator/codes", "%2Fauthenticator"),
        ("/authenticator/remove", "%2Fauthenticator"),
        ("/data/export", "%2Fdata"),
        ("/data/close", "%2Fdata"),
    ] {
        let path = format!("/account{path}");
        let fields = format!("csrf={CSRF}&email=anna@example.org&language=en&sure=yes");
        let guest = site.post(&path, "", &fields).await;
        leads_to(&guest, &format!("/login?next=%2Faccount{back}"));
        let forged = site.post(&path, SESSION, "email=anna@example.org&language=en&sure=yes").await;
        forged.is(403).shows("Форма устарела");
    }
}

#[tokio::test]
async fn a_profile_is_shown_and_changed() {
    let site = Site::open();
    site.get("/account", SESSION)
        .await
        .is(200)
        .shows("value=\"&#60;anna&#62;\"")
        .shows("value=\"Europe/Moscow\"")
        .shows("<option value=\"ru\" selected>")
        .shows("Почта ещё не подтверждена")
        .shows("<li>SUB_USER</li>")
        .shows("href=\"/account/security\"")
        .shows("href=\"/account\" aria-current");

    let same = "username=anna&email=anna@example.org&last_name=+&language=en";
    leads_to(&post(&site, "/account", same).await, "/account?notice=profile_saved");
    let taken = post(&site, "/account", &same.replace("username=anna", "username=taken")).await;
    taken.is(409).shows("id=\"username-error\">Имя занято.").shows("value=\"taken\"");
    let moved = post(&site, "/account", &same.replace("anna@", "new@")).await;
    moved
        .is(422)
        .shows("id=\"current_password-error\">Нужен текущий пароль.")
        .shows("value=\"new@example.org\"");
    leads_to(&post(&site, "/account/verification", "").await, "/account?notice=email_sent");
    site.get("/account?notice=email_sent", SESSION).await.shows("Письмо отправлено");
}

#[tokio::test]
async fn security_shows_devices_and_ways_to_sign_in() {
    let site = Site::open();
    site.get("/account/security", SESSION)
        .await
        .is(200)
        .shows("Firefox, Linux")
        .shows("Это устройство")
        .shows("<time datetime=\"2026-01-02T10:30:00+00:00\">02.01.2026, 10:30\u{a0}UTC</time>")
        .shows(&format!("action=\"/account/sessions/{DEVICE}/end\""))
        .shows("href=\"/account/passkeys\"")
        .shows("href=\"/account/authenticator\"")
        .shows("action=\"/account/providers/vk/unlink\"")
        .shows("action=\"/account/providers/yandex/link\"")
        .lacks("action=\"/account/providers/vk/link\"")
        .lacks("<script");

    let done = async |path: &str, fields: &str, notice: &str| {
        leads_to(&post(&site, path, fields).await, &format!("/account/security?notice={notice}"));
    };
    done("/account/password", "current_password=right+password&new_password=x", "password_changed").await;
    done(&format!("/account/sessions/{DEVICE}/end"), "", "session_ended").await;
    // Ended already: as it should be.
    done("/account/sessions/01900000-0000-7000-8000-0000000000ff/end", "", "session_ended").await;
    done("/account/sessions/end-others", "", "others_ended").await;
    done("/account/providers/vk/unlink", "", "unlinked").await;

    let wrong = post(&site, "/account/password", "current_password=x&new_password=y").await;
    wrong.is(422).shows("id=\"current_password-error\">Это не текущий пароль.");
    let weak = "current_password=right+password&new_password=password";
    post(&site, "/account/password", weak).await.is(422).shows("id=\"new_password-error\">Слишком простой.");
    post(&site, "/account/providers/other/unlink", "").await.is(409).shows("единственный способ");
    post(&site, "/account/sessions/x/end", "").await.is(404);
}

#[tokio::test]
async fn a_service_is_linked_on_its_own_page() {
    let site = Site::open();
    let leaving = post(&site, "/account/providers/yandex/link", "").await;
    leaving.is(200).shows(
        "http-equiv=\"refresh\" content=\"0;url=https://provider.example/authorize?state=%22s%22&#38;x=1\"",
    );
    assert_eq!(leaving.cookies(), ["kino_social=secret; Path=/auth/api/v1/social"]);
    for provider in ["hostile", "down"] {
        let answer = post(&site, &format!("/account/providers/{provider}/link"), "").await;
        answer.is(503).shows("role=\"alert\"").lacks("javascript:");
        assert!(answer.cookies().is_empty());
    }
    post(&site, "/account/providers/..%2F..%2Fusers/link", "").await.is(404).shows("Такого сервиса нет.");
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_with_a_code() {
    let site = Site::open();
    site.get("/account/authenticator", SESSION).await.is(200).lacks("id=\"password\"");
    let asked = post(&site, "/account/authenticator", "").await;
    asked.is(403).shows("Чтобы мы знали, что это вы, введите пароль.").shows("id=\"password\"");
    let given = post(&site, "/account/authenticator", "password=right+password").await;
    given
        .is(200)
        .shows("src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9")
        .shows("GEZDGNBVGY3TQOJQ")
        .shows("href=\"otpauth://totp/Kino:anna\"")
        .lacks("onload");
    assert!(given.header("content-security-policy").contains("img-src 'self' data:;"));
    assert!(!given.header("content-security-policy").contains("script-src"));

    let wrong = post(&site, "/account/authenticator/confirm", "code=000000").await;
    wrong.is(422).shows("id=\"code-error\">Неверный код.").lacks("000000").lacks("<img class=\"qr\"");
    let late = post(&site, "/account/authenticator/confirm", "code=late").await;
    late.is(409).shows("Не подключено.").shows("Подключить приложение");
    let codes = post(&site, "/account/authenticator/confirm", "code=+123456+").await;
    codes.is(200).shows("<code>7K3D-9QXM-2B8T-R5WV</code>").shows("Больше мы их не покажем");
    assert_eq!(codes.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn an_authenticator_app_is_removed_by_its_owner_alone() {
    let site = Site::open();
    let page = site.get("/account/authenticator", CAREFUL).await;
    page.is(200).shows("<strong>7</strong>").shows("formaction=\"/account/authenticator/remove\"");
    let send =
        async |path: &str, fields: &str| site.post(path, CAREFUL, &format!("csrf={CSRF}&{fields}")).await;
    for path in ["/account/authenticator/codes", "/account/authenticator/remove"] {
        send(path, "password=x&code=").await.is(422).shows("id=\"password-error\">Неверный пароль.");
    }
    send("/account/authenticator/codes", "password=&code=123456").await.is(200).shows("7K3D-9QXM-2B8T-R5WV");
    let removed = send("/account/authenticator/remove", "password=right+password&code=").await;
    leads_to(&removed, "/account/security?notice=app_removed");
}

#[tokio::test]
async fn sign_ins_are_told_page_by_page() {
    let site = Site::open();
    let page = site.get("/account/history?page=2", SESSION).await;
    page.is(200)
        .shows("пароль и код")
        .shows("Не удалось")
        .shows("Страница 2 из 3")
        .shows("href=\"/account/history?page=1\"")
        .shows("href=\"/account/history?page=3\"")
        .lacks("<script");
    assert_eq!(site.calls.with("entry-history?page_number=2&page_size=20").len(), 1);
    site.get("/account/history?page=x", SESSION).await.is(200).shows("Страница 1 из 3");
    site.get("/account/history?page=99", SESSION).await.is(200).shows("href=\"/account/history?page=3\"");
}

#[tokio::test]
async fn data_is_downloaded_and_the_account_closed() {
    let site = Site::open();
    site.get("/account/data", SESSION).await.is(200).shows("name=\"sure\"");
    let file = post(&site, "/account/data/export", "").await;
    file.is(200);
    assert_eq!(file.body, "{\"auth\":{}}");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"kinoservice.json\"");
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("cache-control"), "private, no-store");
    // A session that has run out is renewed first.
    let renewed = site
        .post("/account/data/export", "kino_access=stale; kino_refresh=old-refresh", &format!("csrf={CSRF}"))
        .await;
    renewed.is(200).begins_the_session("new");

    post(&site, "/account/data/close", "password=right+password")
        .await
        .is(422)
        .shows("Поставьте эту отметку");
    assert!(site.calls.with("DELETE /auth/api/v1/users/me").is_empty());
    let wrong = post(&site, "/account/data/close", "password=x&sure=yes").await;
    wrong.is(422).shows("id=\"password-error\">Это не текущий пароль.");
    assert!(wrong.cookies().is_empty());
    let closed = post(&site, "/account/data/close", "password=right+password&sure=yes").await;
    leads_to(&closed, "/?notice=account_closed");
    closed.clears_the_session();
}
