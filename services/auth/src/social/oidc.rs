//! Any provider that speaks OpenID Connect: found by its discovery document, believed by the signature of its ID token.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use kino_domain::Clock;
use serde::{Deserialize, Deserializer};
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::{
    Client, Identity, Return, SocialError,
    departure::Departure,
    endpoint,
    exchange::{Tokens, access_token, exchange},
};

const SCOPES: [&str; 3] = ["openid", "email", "profile"];
/// What was discovered is asked again after this time,
const FRESH: TimeDelta = TimeDelta::hours(1);
/// and after this for a key that is not known yet, or when nothing could be discovered. Not at each request: garbage is
/// free to send, and a provider that is down must not hold up everyone for as long as each waits for it.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(5);
/// Clocks of two machines may differ by this.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// `alg` comes from this list and nowhere else: no `none`, and no secret that is no secret.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A provider.
#[derive(Debug)]
pub(crate) struct Oidc {
    client: Client,
    base: Url,
    issuer: String,
    clock: Clock,
    known: Mutex<Known>,
}

/// What is known of it.
#[derive(Debug, Default)]
struct Known {
    discovered: Option<Discovered>,
    looked_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Discovered {
    metadata: Metadata,
    keys: JwkSet,
}

/// The discovery document.
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether it always says that it is the one who sends a viewer back (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// What an ID token says.
#[derive(Debug, Deserialize)]
struct Claims {
    exp: i64,
    nbf: Option<i64>,
    /// Whom it was made for, where that might be another than the audience.
    azp: Option<String>,
    nonce: Option<String>,
    #[serde(flatten)]
    profile: Profile,
}

/// Whom it says it of. The user-info endpoint says the same.
#[derive(Debug, Deserialize)]
struct Profile {
    sub: String,
    email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    email_verified: bool,
    preferred_username: Option<String>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
}

impl Oidc {
    pub(crate) fn new(client: Client, base: Url, issuer: String, clock: Clock) -> Self {
        Self { client, base, issuer, clock, known: Mutex::default() }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.issuer.trim_end_matches('/')
    }

    pub(crate) async fn authorize_url(&self, departure: &Departure, state: &str) -> Result<Url, SocialError> {
        let discovered = self.discovered().await?;
        let nonce = [("nonce", departure.nonce.as_str())];
        let endpoint = &discovered.metadata.authorization_endpoint;
        Ok(self.client.authorize_url(endpoint, &SCOPES, departure, state, &nonce))
    }

    pub(crate) async fn identify(
        &self,
        returned: &Return<'_>,
        departure: &Departure,
    ) -> Result<Identity, SocialError> {
        let discovered = self.discovered().await?;
        let is_sender = match returned.issuer {
            Some(issuer) => issuer == discovered.metadata.issuer,
            None => !discovered.metadata.authorization_response_iss_parameter_supported,
        };
        if !is_sender {
            return Err(SocialError::Denied("another issuer sends them back".to_owned()));
        }
        let tokens = self.exchange(returned.code, departure, &discovered.metadata).await?;
        let id_token =
            tokens.id_token.as_deref().ok_or_else(|| wrong("its token endpoint gives no ID token"))?;
        let mut profile = self.verify(id_token, &departure.nonce, discovered.clone()).await?;
        if profile.email.is_none()
            && let Some(url) = &discovered.metadata.userinfo_endpoint
        {
            profile = self.ask(url, access_token(&tokens)?, profile).await?;
        }
        Ok(Identity {
            subject: profile.sub,
            email: profile.email,
            email_verified: profile.email_verified,
            handle: profile.preferred_username,
            first_name: profile.given_name.or(profile.name),
            last_name: profile.family_name,
        })
    }

    async fn exchange(
        &self,
        code: &str,
        departure: &Departure,
        metadata: &Metadata,
    ) -> Result<Tokens, SocialError> {
        let mut form = self.client.exchange_form(code, departure);
        let takes = |method| {
            let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
            // Where it does not say, it takes this one.
            methods.map_or(method == "client_secret_basic", |methods| methods.iter().any(|own| own == method))
        };
        let mut authorization = None;
        match self.client.secret.get() {
            Some(secret) if takes("client_secret_basic") => {
                authorization = Some(basic(&self.client.id, secret));
            }
            Some(secret) => form.extend([("client_id", &*self.client.id), ("client_secret", secret)]),
            None => form.push(("client_id", &self.client.id)),
        }
        exchange(&self.client.fetch, &metadata.token_endpoint, authorization.as_deref(), &form).await
    }

    /// Checks an ID token: signed by the provider, for this site, in time, and for this very sign-in.
    async fn verify(
        &self,
        token: &str,
        nonce: &str,
        mut discovered: Discovered,
    ) -> Result<Profile, SocialError> {
        let header = decode_header(token).map_err(|_| wrong("its ID token cannot be read"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(wrong("its ID token is signed in a way that is not taken"));
        }
        let kid = header.kid.as_deref();
        let mut key = key(&discovered.keys, kid, header.alg);
        if key.is_none() {
            discovered = self.discovered_anew().await?;
            key = self::key(&discovered.keys, kid, header.alg);
        }
        let key = key.ok_or_else(|| wrong("its ID token is signed with an unknown key"))?;

        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&discovered.metadata.issuer]);
        validation.set_audience(&[&self.client.id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is checked below, by the platform's clock.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation)
            .map_err(|error| wrong(&format!("its ID token is not valid: {error}")))?
            .claims;
        let now = self.clock.now();
        if now.timestamp() >= claims.exp.saturating_add(LEEWAY.num_seconds())
            || claims.nbf.is_some_and(|begins| (now + LEEWAY).timestamp() < begins)
        {
            return Err(wrong("its ID token is out of time"));
        }
        if claims.azp.is_some_and(|azp| azp != self.client.id) {
            return Err(wrong("its ID token is another client's"));
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(wrong("its ID token is for another sign-in"));
        }
        Ok(claims.profile)
    }

    /// Asks for what the ID token leaves out.
    async fn ask(&self, url: &Url, token: &str, known: Profile) -> Result<Profile, SocialError> {
        let authorization = format!("Bearer {token}");
        let told: Profile = self.client.fetch.get(url, Some(&authorization)).await?.success()?;
        // It is not signed: what it says of another must not be taken for what it says of this one.
        if told.sub == known.sub { Ok(told) } else { Err(wrong("its user-info endpoint tells of another")) }
    }

    async fn discovered(&self) -> Result<Discovered, SocialError> {
        self.look(FRESH).await
    }

    async fn discovered_anew(&self) -> Result<Discovered, SocialError> {
        self.look(LOOK_AGAIN).await
    }

    /// What is known, if it is not older than `fresh`; else what is discovered now. One asks, the others wait for it.
    async fn look(&self, fresh: TimeDelta) -> Result<Discovered, SocialError> {
        let mut known = self.known.lock().await;
        let is_within =
            |time: TimeDelta, now: DateTime<Utc>| known.looked_at.is_some_and(|at| now - at < time);
        let now = self.clock.now();
        if let Some(discovered) = &known.discovered
            && is_within(fresh, now)
        {
            return Ok(discovered.clone());
        }
        if known.discovered.is_none() && is_within(LOOK_AGAIN, now) {
            return Err(wrong("it could not be discovered a moment ago"));
        }
        known.looked_at = Some(now);
        known.discovered = None;
        let discovered = self.discover().await?;
        known.discovered = Some(discovered.clone());
        Ok(discovered)
    }

    async fn discover(&self) -> Result<Discovered, SocialError> {
        let url = endpoint(&self.base, "/.well-known/openid-configuration");
        let metadata: Metadata = self.client.fetch.get(&url, None).await?.success()?;
        if metadata.issuer.trim_end_matches('/') != self.issuer() {
            return Err(wrong("its discovery document is another issuer's"));
        }
        let keys = self.client.fetch.get(&metadata.jwks_uri, None).await?.success()?;
        Ok(Discovered { metadata, keys })
    }
}

/// The key that a token names; where it names none, the only one that fits.
fn key(keys: &JwkSet, kid: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let fits = |jwk: &&Jwk| {
        jwk.common.key_algorithm.is_none_or(|own| own == algorithm.into())
            && kid.is_none_or(|kid| jwk.common.key_id.as_deref() == Some(kid))
    };
    let mut fitting = keys
        .keys
        .iter()
        .filter(fits)
        .filter_map(|jwk| DecodingKey::from_jwk(jwk).ok())
        .filter(|key| key.family() == algorithm.family());
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Name and secret, each as a form would carry it (RFC 6749, section 2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

fn wrong(what: &str) -> SocialError {
    SocialError::Unavailable(what.to_owned())
}

/// `true`, which some providers write as a text.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value == true || value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_are_encoded_before_they_are_joined() {
        let header = basic("my:id", "a b%");
        assert_eq!(
            BASE64_STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap(),
            b"my%3Aid:a+b%25"
        );
    }

    #[test]
    fn an_address_is_proven_by_true_alone() {
        for (text, verified) in [
            ("true", true),
            ("\"true\"", true),
            ("false", false),
            ("\"false\"", false),
            ("1", false),
            ("null", false),
        ] {
            let profile: Profile =
                serde_json::from_str(&format!("{{\"sub\":\"1\",\"email_verified\":{text}}}")).unwrap();
            assert_eq!(profile.email_verified, verified, "{text}");
        }
        assert!(!serde_json::from_str::<Profile>("{\"sub\":\"1\"}").unwrap().email_verified);
    }
}
