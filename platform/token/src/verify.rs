//! What is checked of a token by itself: its form, its signature, what it claims, its time.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};

use crate::{Claims, TokenError, TokenPolicy, TokenType};

/// A longer token is none of ours, in bytes.
pub(crate) const LONGEST_TOKEN: usize = 8 * 1024;
/// Clocks of two machines may differ by this, in seconds.
const LEEWAY: i64 = 5;

/// The id of the key that a token of this type says it was signed with.
pub fn key_id(token: &str, token_type: TokenType) -> Result<String, TokenError> {
    if token.len() > LONGEST_TOKEN {
        return Err(TokenError::Invalid);
    }
    let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
    let is_of_type = header.typ.as_deref() == Some(token_type.header_typ());
    header.kid.filter(|_| is_of_type).ok_or(TokenError::Invalid)
}

/// What a token claims, if this key signed it with this algorithm, as a token of this type, under this policy. Whether it
/// is [in its time](in_time) is asked at every use.
pub fn verify(
    token: &str,
    token_type: TokenType,
    key: &DecodingKey,
    algorithm: Algorithm,
    policy: &TokenPolicy,
) -> Result<Claims, TokenError> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[&policy.issuer]);
    validation.set_audience(&[&policy.audience]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    // By the platform's clock, not the machine's.
    validation.validate_exp = false;
    let verified = decode::<Claims>(token, key, &validation).map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => TokenError::Expired,
        _ => TokenError::Invalid,
    })?;
    Some(verified.claims).filter(|claims| claims.token_type == token_type).ok_or(TokenError::Invalid)
}

/// Whether it is the token's time.
pub fn in_time(claims: &Claims, policy: &TokenPolicy, now: DateTime<Utc>) -> Result<(), TokenError> {
    let now = now.timestamp();
    // A lifetime that was shortened holds for tokens from before too: revocations are not kept for longer.
    let too_old =
        claims.token_type == TokenType::Access && now >= claims.iat + policy.access_lifetime.num_seconds();
    if now >= claims.exp || too_old {
        return Err(TokenError::Expired);
    }
    if now + LEEWAY < claims.nbf {
        return Err(TokenError::Invalid);
    }
    Ok(())
}
