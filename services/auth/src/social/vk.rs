//! VK ID: OAuth 2.1 with ways of its own. A code is good together with the device that VK names in the callback, and
//! who the viewer is stands in an answer, not in a signed token.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    Client, Identity, Return, SocialError,
    departure::Departure,
    endpoint,
    exchange::{access_token, exchange},
};

/// What VK is; its identities are kept under this name.
pub(crate) const ISSUER: &str = "https://id.vk.com";
const SCOPES: [&str; 2] = ["vkid.personal_info", "email"];

/// VK ID, or a mirror of it.
#[derive(Debug)]
pub(crate) struct Vk {
    client: Client,
    base: Url,
}

#[derive(Deserialize)]
struct Answer {
    user: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    /// A number, or a text with one.
    user_id: Value,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

impl Vk {
    pub(crate) fn new(client: Client, base: Url) -> Self {
        Self { client, base }
    }

    pub(crate) fn authorize_url(&self, departure: &Departure, state: &str) -> Url {
        self.client.authorize_url(&endpoint(&self.base, "/authorize"), &SCOPES, departure, state, &[])
    }

    pub(crate) async fn identify(
        &self,
        returned: &Return<'_>,
        departure: &Departure,
    ) -> Result<Identity, SocialError> {
        let Some(device_id) = returned.device_id else {
            return Err(SocialError::Denied("no device_id".to_owned()));
        };
        let mut form = self.client.exchange_form(returned.code, departure);
        form.extend([("client_id", &*self.client.id), ("device_id", device_id), ("state", returned.state)]);
        form.extend(self.client.secret.get().map(|secret| ("client_secret", secret)));
        let tokens = exchange(&self.client.fetch, &endpoint(&self.base, "/oauth2/auth"), None, &form).await?;

        let form = [("client_id", &*self.client.id), ("access_token", access_token(&tokens)?)];
        let url = endpoint(&self.base, "/oauth2/user_info");
        let answer: Answer = self.client.fetch.post(&url, None, &form).await?.success()?;
        let user = answer.user.ok_or_else(|| SocialError::Unavailable("it names no user".to_owned()))?;
        let subject = match user.user_id {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            _ => String::new(),
        };
        Ok(Identity {
            subject,
            email: user.email,
            // VK does not say whose the address is.
            email_verified: false,
            handle: None,
            first_name: user.first_name,
            last_name: user.last_name,
        })
    }
}
