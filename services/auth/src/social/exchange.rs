//! Exchanging a code for tokens: what all providers share (RFC 6749, section 4.1.3).

use serde::Deserialize;
use url::Url;

use super::{SocialError, fetch::Fetch};

/// What a token endpoint gives.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: Option<String>,
    pub(crate) id_token: Option<String>,
    /// The error's word, instead of tokens. VK sends it with status 200.
    error: Option<String>,
}

/// Sends the code.
pub(crate) async fn exchange(
    fetch: &Fetch,
    endpoint: &Url,
    authorization: Option<&str>,
    form: &[(&str, &str)],
) -> Result<Tokens, SocialError> {
    let answer = fetch.post(endpoint, authorization, form).await?;
    let tokens: Tokens = answer.json()?;
    match tokens.error.as_deref() {
        None if answer.status().is_success() => Ok(tokens),
        None => Err(SocialError::Unavailable(format!("its token endpoint answers {}", answer.status()))),
        // The code was spent, has expired or is another client's: of no use to whoever brought it.
        Some("invalid_grant") => Err(SocialError::Denied("invalid_grant".to_owned())),
        Some(error) => Err(SocialError::Unavailable(format!("its token endpoint refuses: {}", word(error)))),
    }
}

/// The access token.
pub(crate) fn access_token(tokens: &Tokens) -> Result<&str, SocialError> {
    tokens
        .access_token
        .as_deref()
        // It goes into a header.
        .filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| SocialError::Unavailable("its token endpoint gives no access token".to_owned()))
}

/// A provider's word, fit for a log.
pub(crate) fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}
