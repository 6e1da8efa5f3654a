//! One's own account in a real browser: a forgotten password from the letter to the sign-in, and the pages after it.

use serde_json::json;

use crate::{
    app::{PASSWORD, token_of},
    pages::site,
};

const NEW: &str = "five green camels";

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_who_forgot_the_password_chooses_a_new_one() {
    let Some((app, browser)) = site().await else { return };
    app.register("vera").await;
    let verification = token_of(&app.letter_to("vera@example.org").await, "/email/verify");

    browser.open("/login").await;
    browser.click("a[href='/password/forgot']").await;
    browser.shows("h1", "Новый пароль").await;
    browser.fill("#email", "vera@example.org").await;
    browser.click("form.fields button").await;
    browser.shows("h1", "С возвращением").await;
    browser.sees("document.querySelector('.notice').innerText.includes('письмо уже в пути')").await;
    let token = token_of(&app.letter_to("vera@example.org").await, "/password/reset");

    browser.open(&format!("/password/reset?token={token}")).await;
    browser.fill("#new_password", "vera@example.org").await;
    browser.click("form.fields button").await;
    // Refused, the link is still good.
    browser.element("#new_password-error").await;
    browser.fill("#new_password", NEW).await;
    browser.click("form.fields button").await;
    browser.shows(".notice", "Пароль изменён. Войдите с новым.").await;

    browser.fill("#login", "vera").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("form.fields button").await;
    browser.shows(".alert", "Неверное имя пользователя, адрес или пароль.").await;
    browser.fill("#password", NEW).await;
    browser.click("form.fields button").await;
    browser.shows(".user bdi", "vera").await;

    // The new password has proven the address: the older link is void.
    browser.open(&format!("/email/verify?token={verification}")).await;
    browser.click("form.fields button").await;
    browser.element(".alert").await;
    browser.click(".user a").await;
    browser.shows(".state", "Почта подтверждена.").await;
    browser.fill("#first_name", "Вера").await;
    browser.click("main form.fields button").await;
    browser.shows(".notice", "Профиль сохранён.").await;

    let small = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    let wish = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": small});
    browser.extra("goog/cdp/execute", &wish).await;
    for page in ["", "/security", "/authenticator", "/passkeys", "/history", "/data"] {
        browser.open(&format!("/account{page}")).await;
        assert_eq!(browser.status().await, 200, "{page}");
        let widths = browser.ask("[document.documentElement.scrollWidth, innerWidth]").await;
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{page} is wider than the screen: {widths}");
        browser.is_not_blank().await;
    }

    browser.click("form[action='/account/data/close'] [name=sure]").await;
    browser.fill("#password", NEW).await;
    browser.click("form[action='/account/data/close'] button").await;
    browser.sees("document.querySelector('.notice').innerText.startsWith('Аккаунт закрыт.')").await;
    browser.element(".account a[href^='/login']").await;
    let refused = |path: &str, status: u16| {
        format!("{path} - Failed to load resource: the server responded with a status of {status}")
    };
    let refusals = [refused("/password/reset", 422), refused("/login", 401), refused("/email/verify", 422)];
    // Whose password it is, the page of a new one does not know: the link tells the accounts alone.
    let nameless = "[DOM] Password forms should have (optionally hidden) username fields";
    let [weak, wrong, spent] = refusals.each_ref().map(String::as_str);
    browser.close(&[weak, wrong, spent, nameless]).await;
    app.stop().await;
}
