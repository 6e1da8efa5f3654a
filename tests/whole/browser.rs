//! A real browser: Chromium and its driver come from packages, run without a screen, and end with the test.

use std::{fs, process::Command, time::Duration};

use fantoccini::{Client as Window, ClientBuilder, Locator, elements::Element, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use kino_testkit::{Client, Guarded, free_port, used, without};
use serde_json::{Value, json};

use crate::app::until;

const PATIENCE: Duration = Duration::from_secs(15);
/// A blank page of this size makes a picture of a few kilobytes.
const NOT_BLANK: usize = 20_000;

/// Chromium with one window, on the site of a platform.
pub(crate) struct Browser {
    pub(crate) window: Window,
    driver: Client,
    session: String,
    site: String,
    _process: Guarded,
}

impl Browser {
    /// None where there is no Chromium.
    pub(crate) async fn on(site: &str) -> Option<Self> {
        let driver = Command::new("chromedriver").arg("--version").output();
        let browser = Command::new("chromium").arg("--version").output();
        if let Some(error) = [driver, browser].into_iter().find_map(Result::err) {
            without("Chromium", &format!("chromium and chromedriver cannot be run: {error}"));
            return None;
        }
        let folder = tempfile::Builder::new().prefix("kino-chromium-").tempdir().unwrap().keep();
        let port = free_port().unwrap();
        let command = ["chromedriver", &format!("--port={port}")];
        // The driver does not heed TERM under the watchman, which ignores it itself.
        let process = Guarded::start(&folder, "KILL", &command).unwrap();
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

    pub(crate) async fn open(&self, path: &str) {
        self.window.goto(&format!("{}{path}", self.site)).await.unwrap();
    }

    pub(crate) async fn element(&self, css: &str) -> Element {
        let found = self.window.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub(crate) async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Waits until an element's text is this; the page may be on its way.
    pub(crate) async fn shows(&self, css: &str, text: &str) {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        until(&format!("{css} shows {text:?}"), async || {
            let shown = self.window.execute(script, vec![json!(css)]).await.ok()?;
            (shown == text).then_some(())
        })
        .await;
    }

    pub(crate) async fn ask(&self, expression: &str) -> Value {
        self.window.execute(&format!("return {expression}"), Vec::new()).await.unwrap()
    }

    /// Waits until an expression is true.
    pub(crate) async fn sees(&self, expression: &str) {
        let script = format!("return {expression}");
        until(expression, async || {
            let answer = self.window.execute(&script, Vec::new()).await.ok()?;
            (answer == true).then_some(())
        })
        .await;
    }

    /// The status that the page came with.
    pub(crate) async fn status(&self) -> Value {
        self.ask("performance.getEntriesByType('navigation')[0].responseStatus").await
    }

    pub(crate) async fn is_not_blank(&self) {
        let length = self.window.screenshot().await.unwrap().len();
        assert!(length > NOT_BLANK, "a picture of {length} bytes");
    }

    /// Speaks to the driver of what WebDriver has no words for.
    pub(crate) async fn extra(&self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        self.driver.post(&path, body).send().await.is(200).json()["value"].clone()
    }

    /// Checks that the browser had nothing to complain about but these refusals, and ends it.
    pub(crate) async fn close(self, refusals: &[&str]) {
        let log = self.extra("se/log", &json!({"type": "browser"})).await;
        for entry in log.as_array().unwrap() {
            let message = entry["message"].as_str().unwrap();
            assert!(refusals.iter().any(|refusal| message.contains(refusal)), "{message}");
        }
        self.window.close().await.unwrap();
    }
}
