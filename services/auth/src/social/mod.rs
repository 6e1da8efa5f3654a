//! Signing in elsewhere: at VK ID, Yandex ID, or any provider that speaks OpenID Connect.
//!
//! A viewer leaves with a [`departure`], comes back with a code, and the provider tells whom it is good for: an
//! [`Identity`]. What becomes of it, `arrival` decides.

mod arrival;
pub(crate) mod departure;
mod exchange;
mod fetch;
mod oidc;
mod settings;
mod username;
mod vk;
mod yandex;

use std::collections::BTreeMap;

use kino_domain::{Clock, Language};
use kino_http::Problem;
use url::Url;

use departure::Departure;
use exchange::word;
use fetch::Fetch;
use oidc::Oidc;
use settings::ClientSecret;
use vk::Vk;
use yandex::Yandex;

use crate::account;

pub use settings::SocialSettings;

/// Longer subjects are nobody's.
const SUBJECT_LONGEST: usize = 255;

/// Why nobody signs in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocialError {
    /// The viewer did not allow it, or brought what the provider does not take.
    #[error("the provider says no: {0}")]
    Denied(String),
    /// The provider does not answer, or not as it must.
    #[error("the provider does not serve: {0}")]
    Unavailable(String),
}

impl From<SocialError> for Problem {
    fn from(error: SocialError) -> Self {
        match error {
            SocialError::Denied(_) => Self::unauthorized(
                "social_denied",
                "Вход не подтверждён. Попробуйте ещё раз или войдите иначе.",
                "The sign-in was not confirmed. Try again, or sign in another way.",
            ),
            SocialError::Unavailable(_) => Self::unavailable(
                "social_provider_unavailable",
                "Сервис, через который вы входите, сейчас не отвечает как должен. Попробуйте позже или войдите иначе.",
                "The service you sign in with does not answer as it should. Try later, or sign in another way.",
                30,
            ),
        }
    }
}

/// The providers of this site.
#[derive(Debug)]
pub(crate) struct Social(BTreeMap<String, Provider>);

/// Where viewers may sign in.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) name: String,
    title: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Oidc(Box<Oidc>),
    Vk(Vk),
    Yandex(Yandex),
}

/// This site, as a provider knows it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    id: String,
    secret: ClientSecret,
    scopes: Vec<String>,
    redirect_uri: String,
    fetch: Fetch,
}

/// What a provider sends a viewer back with.
#[derive(Clone, Copy)]
pub(crate) struct Return<'a> {
    pub(crate) code: &'a str,
    pub(crate) state: &'a str,
    /// VK's name for the viewer's device.
    pub(crate) device_id: Option<&'a str>,
    /// Who sends them back (RFC 9207).
    pub(crate) issuer: Option<&'a str>,
}

/// Whom a provider knows someone as.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Theirs for good.
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    /// Whether the provider says that the address is theirs.
    pub(crate) email_verified: bool,
    /// The name they chose there.
    pub(crate) handle: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
}

impl Identity {
    /// Without an address that is none; not without a subject.
    fn checked(self) -> Result<Self, SocialError> {
        let is_good = !self.subject.is_empty()
            && self.subject.len() <= SUBJECT_LONGEST
            && !self.subject.chars().any(char::is_control);
        if !is_good {
            return Err(SocialError::Unavailable("it names nobody".to_owned()));
        }
        let email =
            self.email.as_deref().and_then(|email| account::email(email).ok()).map(|email| email.text);
        Ok(Self { email_verified: self.email_verified && email.is_some(), email, ..self })
    }
}

impl Social {
    /// The providers of these settings, for a site at `origin`.
    pub(crate) fn new(
        settings: &BTreeMap<String, SocialSettings>,
        origin: &str,
        clock: &Clock,
    ) -> Result<Self, rustls::Error> {
        if settings.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let fetch = Fetch::new()?;
        let provider = |(name, settings): (&String, &SocialSettings)| {
            let client = Client {
                id: settings.client_id.clone(),
                secret: settings.client_secret.clone(),
                scopes: settings.scopes.clone(),
                redirect_uri: format!("{origin}/auth/api/v1/social/{name}/callback"),
                fetch: fetch.clone(),
            };
            // What does not parse was refused with the settings.
            let kind = kind(name, settings, client, clock)?;
            Some((name.clone(), Provider { name: name.clone(), title: settings.title.clone(), kind }))
        };
        Ok(Self(settings.iter().filter_map(provider).collect()))
    }

    /// The provider of this name.
    pub(crate) fn find(&self, name: &str) -> Result<&Provider, Problem> {
        self.0.get(name).ok_or_else(|| {
            Problem::not_found(
                "provider_not_found",
                "Такого способа входа здесь нет.",
                "There is no such way of signing in here.",
            )
        })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Provider> {
        self.0.values()
    }
}

fn kind(name: &str, settings: &SocialSettings, client: Client, clock: &Clock) -> Option<Kind> {
    let given = Some(settings.issuer.as_str()).filter(|issuer| !issuer.is_empty());
    let base = |own: &str| Url::parse(given.unwrap_or(own)).ok();
    Some(match name {
        "vk" => Kind::Vk(Vk::new(client, base(vk::ISSUER)?)),
        "yandex" => Kind::Yandex(Yandex::new(client, base(yandex::ISSUER)?, base(yandex::INFORMATION)?)),
        _ => Kind::Oidc(Box::new(Oidc::new(client, base("")?, given?.to_owned(), clock.clone()))),
    })
}

impl Provider {
    /// The name on the button.
    pub(crate) fn title(&self, language: Language) -> String {
        match (&*self.name, language) {
            _ if !self.title.is_empty() => self.title.clone(),
            ("vk", _) => "VK ID".to_owned(),
            ("yandex", Language::Ru) => "Яндекс ID".to_owned(),
            ("yandex", Language::En) => "Yandex ID".to_owned(),
            (name, _) => {
                let (first, rest) = name.split_at(name.len().min(1));
                format!("{}{}", first.to_ascii_uppercase(), rest.replace('-', " "))
            }
        }
    }

    /// Whose identities these are. A name that is given to another provider later does not bring its identities along.
    pub(crate) fn issuer(&self) -> &str {
        match &self.kind {
            Kind::Oidc(oidc) => oidc.issuer(),
            Kind::Vk(_) => vk::ISSUER,
            Kind::Yandex(_) => yandex::ISSUER,
        }
    }

    /// Where a viewer is sent to.
    pub(crate) async fn authorize_url(&self, departure: &Departure, state: &str) -> Result<Url, SocialError> {
        match &self.kind {
            Kind::Oidc(oidc) => oidc.authorize_url(departure, state).await,
            Kind::Vk(vk) => Ok(vk.authorize_url(departure, state)),
            Kind::Yandex(yandex) => Ok(yandex.authorize_url(departure, state)),
        }
        .inspect_err(|error| tracing::warn!(provider = self.name, %error, "nobody can sign in there"))
    }

    /// Who came back.
    pub(crate) async fn identify(
        &self,
        returned: Return<'_>,
        departure: &Departure,
    ) -> Result<Identity, SocialError> {
        let identity = match &self.kind {
            Kind::Oidc(oidc) => oidc.identify(&returned, departure).await,
            Kind::Vk(vk) => vk.identify(&returned, departure).await,
            Kind::Yandex(yandex) => yandex.identify(&returned, departure).await,
        };
        identity
            .and_then(Identity::checked)
            .inspect_err(|error| tracing::warn!(provider = self.name, %error, "someone could not sign in"))
    }

    /// What the provider says instead of a code.
    pub(crate) fn refusal(&self, error: &str) -> SocialError {
        let error = word(error);
        tracing::debug!(provider = self.name, error, "someone was sent back");
        match error.as_str() {
            "server_error" | "temporarily_unavailable" => SocialError::Unavailable(error),
            _ => SocialError::Denied(error),
        }
    }
}

impl Client {
    /// The address that asks for a code; all providers share these parameters.
    fn authorize_url(
        &self,
        endpoint: &Url,
        scopes: &[&str],
        departure: &Departure,
        state: &str,
        more: &[(&str, &str)],
    ) -> Url {
        let scope = if self.scopes.is_empty() { scopes.join(" ") } else { self.scopes.join(" ") };
        let mut url = endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &scope)
            .append_pair("state", state)
            .append_pair("code_challenge", &departure.challenge())
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        url
    }

    /// The form that asks for tokens; all providers share these fields.
    fn exchange_form<'a>(&'a self, code: &'a str, departure: &'a Departure) -> Vec<(&'a str, &'a str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &departure.verifier),
        ]
    }
}

/// An address of a provider whose addresses begin with `base`.
fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}
