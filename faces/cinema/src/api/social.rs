//! Other services that an account may be signed in to with.

use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::{RETRY_AFTER, Trouble, read, refused, succeed, unavailable};
use crate::visit::Visit;

/// A service that this site offers.
#[derive(Debug, Deserialize)]
pub(crate) struct Provider {
    pub(crate) name: String,
    pub(crate) title: String,
    /// Where a browser begins to sign in with it.
    pub(crate) login_url: String,
}

/// A service that signs in to the visitor's account.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    pub(crate) provider: String,
    pub(crate) title: String,
    pub(crate) email: Option<String>,
    pub(crate) linked_at: DateTime<Utc>,
}

/// The way to a service's own page.
#[derive(Debug)]
pub(crate) struct Departure {
    pub(crate) url: String,
    /// What the browser must bring back, as the accounts set it.
    pub(crate) cookies: Vec<HeaderValue>,
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// None, when the accounts cannot say: there are other ways to sign in.
pub(crate) async fn providers(visit: &Visit) -> Vec<Provider> {
    let reply = visit.cinema.auth.get("/auth/api/v1/social").on_behalf(visit.as_guest()).send().await;
    read(reply).map_or_else(|_| Vec::new(), |Items { items }| items)
}

/// None, when the accounts cannot say.
pub(crate) async fn links(visit: &Visit) -> Vec<Link> {
    let reply = visit.send(|| visit.cinema.auth.get("/auth/api/v1/social/links")).await;
    read(reply).map_or_else(|_| Vec::new(), |Items { items }| items)
}

pub(crate) async fn unlink(visit: &Visit, provider: &str) -> Result<(), Trouble> {
    let path = format!("/auth/api/v1/social/{}", segment(provider));
    succeed(visit.send(|| visit.cinema.auth.call(Method::DELETE, &path)).await).map(drop)
}

/// Begins to link a service; its page leads back to `here`.
pub(crate) async fn link(visit: &Visit, provider: &str, here: &str) -> Result<Departure, Trouble> {
    #[derive(Deserialize)]
    struct Away {
        authorize_url: String,
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("link", "true")
        .append_pair("redirect_to", here)
        .finish();
    let path = format!("/auth/api/v1/social/{}/login?{query}", segment(provider));
    // The way back is taken by a browser: it is shown pages.
    let call = || visit.cinema.auth.get(&path).header(header::ACCEPT, "text/html");
    let reply = visit.send(call).await.map_err(|error| unavailable(&error))?;
    if reply.status != StatusCode::SEE_OTHER {
        return Err(refused(&reply));
    }
    // Without the address it leads to the page of signing in, which tells browsers what is wrong there.
    let url = reply.json().ok().and_then(|Away { authorize_url }| Url::parse(&authorize_url).ok());
    let Some(url) = url.filter(|url| ["https", "http"].contains(&url.scheme())) else {
        return Err(Trouble::Unavailable { retry_after: RETRY_AFTER });
    };
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    Ok(Departure { url: url.into(), cookies })
}

/// One segment of a path, whatever it holds.
fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
