//! The site in a real browser: what a viewer does, with a mouse, with a keyboard alone, and on a small screen.
//! Chromium and its driver come from packages; both end with the test.

use std::{fs, process::Command, time::Duration};

use fantoccini::{Client as Window, ClientBuilder, Locator, elements::Element, key::Key, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use kino_testkit::{Client, Guarded, TestDatabase, free_port, used, without};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, until};

const PATIENCE: Duration = Duration::from_secs(15);
/// A blank page of this size makes a picture of a few kilobytes.
const NOT_BLANK: usize = 20_000;

/// Chromium with one window, on the site of a platform.
struct Browser {
    window: Window,
    driver: Client,
    session: String,
    site: String,
    _process: Guarded,
}

impl Browser {
    /// None where there is no Chromium.
    async fn on(site: &str) -> Option<Self> {
        let driver = Command::new("chromedriver").arg("--version").output();
        let browser = Command::new("chromium").arg("--version").output();
        if let Some(error) = [driver, browser].into_iter().find_map(Result::err) {
            without("Chromium", &format!("chromium and chromedriver cannot be run: {error}"));
            return None;
        }
        let folder = tempfile::Builder::new().prefix("kino-chromium-").tempdir().unwrap().keep();
        let port = free_port().unwrap();
        let command = ["chromedriver", &format!("--port={port}")];
        let process = Guarded::start(&folder, "TERM", &command).unwrap();
        let address = format!("127.0.0.1:{port}");
        let driver = Client::new(&address);
        until("chromedriver answers", async || driver.get("/status").try_send().await.ok()).await;

        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let arguments = [
            "--headless=new",
            // Without a debugging port, and gone when the driver is.
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--accept-lang=ru",
            "--window-size=1280,900",
            &profile,
        ];
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities).unwrap();
        let window = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{address}"))
            .await
            .unwrap_or_else(|error| {
                panic!("{error}: {}", fs::read_to_string(folder.join("output")).unwrap_or_default())
            });
        let version =
            window.capabilities().and_then(|capabilities| capabilities.get("browserVersion").cloned());
        used(&format!("Chromium {}", version.unwrap().as_str().unwrap()));
        let session = window.session_id().await.unwrap().unwrap();
        Some(Self { window, driver, session, site: site.to_owned(), _process: process })
    }

    async fn open(&self, path: &str) {
        self.window.goto(&format!("{}{path}", self.site)).await.unwrap();
    }

    async fn element(&self, css: &str) -> Element {
        let found = self.window.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    async fn fill(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Waits until an element's text is this; the page may be on its way.
    async fn shows(&self, css: &str, text: &str) {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        until(&format!("{css} shows {text:?}"), async || {
            let shown = self.window.execute(script, vec![json!(css)]).await.ok()?;
            (shown == text).then_some(())
        })
        .await;
    }

    async fn ask(&self, expression: &str) -> Value {
        self.window.execute(&format!("return {expression}"), Vec::new()).await.unwrap()
    }

    /// Waits until an expression is true.
    async fn sees(&self, expression: &str) {
        let script = format!("return {expression}");
        until(expression, async || {
            let answer = self.window.execute(&script, Vec::new()).await.ok()?;
            (answer == true).then_some(())
        })
        .await;
    }

    /// The status that the page came with.
    async fn status(&self) -> Value {
        self.ask("performance.getEntriesByType('navigation')[0].responseStatus").await
    }

    async fn is_not_blank(&self) {
        let length = self.window.screenshot().await.unwrap().len();
        assert!(length > NOT_BLANK, "a picture of {length} bytes");
    }

    /// Speaks to the driver of what WebDriver has no words for.
    async fn extra(&self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        self.driver.post(&path, body).send().await.is(200).json()["value"].clone()
    }

    /// Checks that the browser had nothing to complain about but these refusals, and ends it.
    async fn close(self, refusals: &[&str]) {
        let log = self.extra("se/log", &json!({"type": "browser"})).await;
        for entry in log.as_array().unwrap() {
            let message = entry["message"].as_str().unwrap();
            assert!(refusals.iter().any(|refusal| message.contains(refusal)), "{message}");
        }
        self.window.close().await.unwrap();
    }
}

/// A platform on an address that the browser is told, and the browser.
async fn site() -> Option<(TestApp, Browser)> {
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let browser = Browser::on(&format!("http://{address}")).await?;
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
