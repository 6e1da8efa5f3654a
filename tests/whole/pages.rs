//! The site in a real browser: what a viewer does, with a mouse, with a keyboard alone, and on a small screen.

use fantoccini::key::Key;
use kino_testkit::{TestDatabase, free_port};
use serde_json::json;

use crate::{
    app::{PASSWORD, TestApp},
    authenticator_app::Authenticator,
    browser::Browser,
};

/// A platform on an address that the browser is told, and the browser.
pub(crate) async fn site() -> Option<(TestApp, Browser)> {
    site_called("127.0.0.1").await
}

/// The same, by another name of this machine.
async fn site_called(name: &str) -> Option<(TestApp, Browser)> {
    let port = free_port().unwrap();
    let browser = Browser::on(&format!("http://{name}:{port}")).await?;
    let address = format!("127.0.0.1:{port}");
    Some((TestApp::with(TestDatabase::sqlite(), &[("KINO_LISTEN", &address)]).await, browser))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_browses_registers_is_given_a_subscription_and_watches() {
    let Some((app, browser)) = site().await else { return };
    let boss = app.administrator().await;
    let stalker = format!("/films/{}", app.film(&boss, "Stalker").await);

    browser.open("/").await;
    browser.shows("h1", "Что посмотрим сегодня?").await;
    assert_eq!(browser.ask("document.documentElement.lang").await, "ru");
    browser.is_not_blank().await;
    browser.click(".languages button[value=en]").await;
    browser.shows("h1", "What shall we watch tonight?").await;

    browser.fill("#query", "star wrs").await;
    browser.click(".search button").await;
    browser.shows(".grid li:first-child .card-title", "Star Wars").await;
    browser.is_not_blank().await;
    browser.click(".grid li:first-child .card").await;
    browser.shows("h1", "Star Wars").await;
    browser.is_not_blank().await;

    browser.click(".account a[href^='/register']").await;
    browser.shows("h1", "Welcome").await;
    for (field, text) in [("#username", "vera"), ("#email", "vera@example.org"), ("#password", PASSWORD)] {
        browser.fill(field, text).await;
    }
    browser.is_not_blank().await;
    browser.click("form.fields button").await;
    // Back at the film, signed in.
    browser.shows("h1", "Star Wars").await;
    browser.shows(".user bdi", "vera").await;

    browser.open(&stalker).await;
    browser.shows("h1", "This film needs a subscription").await;
    assert_eq!(browser.status().await, 403);
    browser.is_not_blank().await;

    let vera = app.sign_in("vera").await;
    app.change_role(&boss, http::Method::PUT, &vera, "SUB_USER").await.is(204);
    browser.window.refresh().await.unwrap();
    browser.shows("h1", "Stalker").await;
    assert_eq!(browser.status().await, 200);
    browser.shows(".user bdi", "vera").await;
    browser.sees("document.querySelector('.film-poster img').naturalWidth > 0").await;
    browser.is_not_blank().await;

    browser.click("form[action='/logout'] button").await;
    browser.element(".account a[href^='/login']").await;
    browser.open(&stalker).await;
    browser.shows("h1", "This film needs a subscription").await;
    browser
        .close(&[&format!("{stalker} - Failed to load resource: the server responded with a status of 403")])
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_may_be_typed_again() {
    let Some((app, browser)) = site().await else { return };
    app.register("vera").await;
    browser.open("/login").await;
    browser.fill("#login", "vera").await;
    browser.fill("#password", "wrong horse battery").await;
    browser.click("form.fields button").await;
    browser.shows(".alert", "Неверное имя пользователя, адрес или пароль.").await;
    browser.is_not_blank().await;
    assert_eq!(browser.ask("document.querySelector('#login').value").await, "vera");
    // The password is asked for again, and the cursor is there.
    browser.sees("document.activeElement.id === 'password' && document.activeElement.value === ''").await;
    browser.element("#password").await.send_keys(&(PASSWORD.to_owned() + &Key::Enter)).await.unwrap();
    browser.shows(".user bdi", "vera").await;
    browser.close(&["/login - Failed to load resource: the server responded with a status of 401"]).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_with_an_authenticator_app_types_a_code_too() {
    let Some((app, browser)) = site().await else { return };
    let vera = app.register("vera").await;
    let (phone, _) = Authenticator::of(&app, &vera).await;
    browser.open("/login").await;
    browser.fill("#login", "vera").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form.fields button").await;
    browser.shows("h1", "Остался код").await;
    browser.is_not_blank().await;
    browser.sees("document.activeElement.id === 'code'").await;
    browser.fill("#code", &phone.wrong_code(&app)).await;
    browser.click("form.fields button").await;
    browser.shows(".alert", "Неверный код, или им уже воспользовались. Дождитесь следующего.").await;
    browser.sees("document.activeElement.id === 'code' && document.activeElement.value === ''").await;
    browser.element("#code").await.send_keys(&(phone.code(&app) + &Key::Enter)).await.unwrap();
    browser.shows(".user bdi", "vera").await;
    browser
        .close(&["/login/code - Failed to load resource: the server responded with a status of 401"])
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_works_on_a_small_screen_and_with_the_keyboard_alone() {
    let Some((app, browser)) = site().await else { return };
    let boss = app.administrator().await;
    let film = format!("/films/{}", app.film(&boss, "Star Wars").await);
    let small = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    let wish = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": small});
    browser.extra("goog/cdp/execute", &wish).await;
    for path in ["/", "/?query=star+wrs", &film, "/login", "/register", "/nowhere"] {
        browser.open(path).await;
        assert_eq!(browser.ask("innerWidth").await, 360);
        let widths = browser.ask("[document.documentElement.scrollWidth, innerWidth]").await;
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{path} is wider than the screen: {widths}");
    }

    browser.open("/").await;
    let press = async |keys: &str| {
        browser.window.active_element().await.unwrap().send_keys(keys).await.unwrap();
    };
    press(&Key::Tab).await;
    assert_eq!(browser.ask("document.activeElement.className").await, "skip");
    press(&Key::Enter).await;
    browser.sees("document.activeElement.id === 'content' && location.hash === '#content'").await;
    browser.element("#query").await.send_keys(&("сталкер".to_owned() + &Key::Enter)).await.unwrap();
    browser.sees("location.search.startsWith('?query=')").await;
    browser.shows("h1 q", "сталкер").await;
    browser.close(&["/nowhere - Failed to load resource: the server responded with a status of 404"]).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_adds_a_passkey_signs_in_with_it_and_removes_it() {
    let Some((app, browser)) = site_called("localhost").await else { return };
    app.register("vera").await;
    let authenticator = json!({
        "protocol": "ctap2", "transport": "internal",
        "hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true,
    });
    browser.extra("webauthn/authenticator", &authenticator).await;
    let with_passkey = "form[data-passkey] button";

    // Nothing to sign in with yet.
    browser.open("/login?next=/account/passkeys").await;
    browser.click(with_passkey).await;
    let no_passkey = "Ключ не выбран, или время вышло. Попробуйте ещё раз.";
    browser.shows("form[data-passkey] .alert", no_passkey).await;

    browser.fill("#login", "vera").await;
    browser.element("#password").await.send_keys(&(PASSWORD.to_owned() + &Key::Enter)).await.unwrap();
    browser.shows("h1", "Ключи доступа").await;
    browser.shows(".keys-none", "Ключей пока нет.").await;
    browser.is_not_blank().await;

    // With a token from a refresh the password is asked for.
    browser.window.delete_cookie("kino_access").await.unwrap();
    browser.fill("#name", "Мой ноутбук").await;
    browser.click(with_passkey).await;
    let who = "Вы вошли давно. Чтобы мы знали, что это вы, введите пароль.";
    browser.shows("form[data-passkey] .alert", who).await;
    browser.sees("document.activeElement.id === 'password'").await;
    browser.fill("#password", PASSWORD).await;
    browser.click(with_passkey).await;
    browser.shows(".keys strong", "Мой ноутбук").await;
    browser.click(with_passkey).await;
    browser.shows("form[data-passkey] .alert", who).await;

    browser.click("form[action='/logout'] button").await;
    browser.element(".account a[href^='/login']").await;
    browser.open("/login?next=/account/passkeys").await;
    browser.is_not_blank().await;
    browser.click(with_passkey).await;
    browser.shows(".user bdi", "vera").await;
    browser.sees("document.querySelector('.keys .faint').innerText.includes('последний вход')").await;
    browser.click(with_passkey).await;
    browser.shows("form[data-passkey] .alert", "Ключ этого устройства уже добавлен.").await;
    let small = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    let wish = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": small});
    browser.extra("goog/cdp/execute", &wish).await;
    browser.sees("document.documentElement.scrollWidth <= 360 && innerWidth === 360").await;

    browser.click(".keys button").await;
    browser.shows(".keys-none", "Ключей пока нет.").await;
    browser.click("form[action='/logout'] button").await;
    browser.element(".account a[href^='/login']").await;
    browser.open("/login").await;
    browser.click(with_passkey).await;
    let rejected = "Ключ доступа не подошёл. Попробуйте ещё раз или войдите иначе.";
    browser.shows(".panel > .alert", rejected).await;
    browser
        .close(&[
            "/account/passkeys/options - Failed to load resource: the server responded with a status of 403",
            "/login/passkey - Failed to load resource: the server responded with a status of 401",
        ])
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_name_offers_no_passkeys() {
    let Some((app, browser)) = site().await else { return };
    browser.open("/login").await;
    browser.element("#login").await;
    browser.sees("document.readyState === 'complete'").await;
    assert_eq!(browser.ask("document.querySelector('form[data-passkey]').hidden").await, true);
    browser.close(&[]).await;
    app.stop().await;
}
