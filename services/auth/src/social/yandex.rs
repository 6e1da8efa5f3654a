//! Yandex ID: OAuth 2.0 with PKCE; who the viewer is stands in an answer, not in a signed token.

use serde::Deserialize;
use url::Url;

use super::{
    Client, Identity, Return, SocialError,
    departure::Departure,
    endpoint,
    exchange::{access_token, exchange},
};

/// What Yandex is; its identities are kept under this name.
pub(crate) const ISSUER: &str = "https://oauth.yandex.ru";
/// Where it tells who a viewer is.
pub(crate) const INFORMATION: &str = "https://login.yandex.ru";
const SCOPES: [&str; 2] = ["login:info", "login:email"];

/// Yandex ID, or a mirror of it.
#[derive(Debug)]
pub(crate) struct Yandex {
    client: Client,
    base: Url,
    information: Url,
}

#[derive(Deserialize)]
struct Profile {
    id: String,
    /// Whom the token was given to.
    client_id: Option<String>,
    login: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    default_email: Option<String>,
}

impl Yandex {
    pub(crate) fn new(client: Client, base: Url, information: Url) -> Self {
        Self { client, base, information }
    }

    pub(crate) fn authorize_url(&self, departure: &Departure, state: &str) -> Url {
        self.client.authorize_url(&endpoint(&self.base, "/authorize"), &SCOPES, departure, state, &[])
    }

    pub(crate) async fn identify(
        &self,
        returned: &Return<'_>,
        departure: &Departure,
    ) -> Result<Identity, SocialError> {
        let mut form = self.client.exchange_form(returned.code, departure);
        form.push(("client_id", &self.client.id));
        form.extend(self.client.secret.get().map(|secret| ("client_secret", secret)));
        let tokens = exchange(&self.client.fetch, &endpoint(&self.base, "/token"), None, &form).await?;

        let mut url = endpoint(&self.information, "/info");
        url.set_query(Some("format=json"));
        let authorization = format!("OAuth {}", access_token(&tokens)?);
        let user: Profile = self.client.fetch.get(&url, Some(&authorization)).await?.success()?;
        if user.client_id.is_some_and(|id| id != self.client.id) {
            return Err(SocialError::Unavailable("its token is another client's".to_owned()));
        }
        Ok(Identity {
            subject: user.id,
            email: user.default_email,
            // Yandex takes no address for the default one that is not proven.
            email_verified: true,
            handle: user.login,
            first_name: user.first_name,
            last_name: user.last_name,
        })
    }
}
