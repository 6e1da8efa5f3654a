//! Codes of an authenticator app (RFC 6238): six digits that change every half minute, made of a secret that the app
//! and this service share. SHA-1, because many apps silently know nothing else; as an HMAC it is sound.

use chrono::{DateTime, Utc};
use kino_domain::Entropy;
use totp_rs::{Algorithm, Builder, Totp, TotpError};

const ISSUER: &str = "Kinoservice";
/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
/// How long a code is shown, in seconds.
const STEP_SECONDS: u64 = 30;
/// Codes of so many steps before and after this one are good too: clocks differ, and typing takes time.
const SKEW_STEPS: u16 = 1;

/// What an app and this service share.
pub(crate) struct TotpSecret([u8; SECRET_BYTES]);

impl TotpSecret {
    pub(crate) fn generate(entropy: &Entropy) -> Self {
        Self(entropy.bytes())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For who types it into an app.
    pub(crate) fn base32(&self) -> String {
        self.builder().build_noncompliant().secret().to_base32()
    }

    /// The address that an app takes the secret from, as text or as a picture.
    pub(crate) fn otpauth_url(&self, username: &str) -> Result<String, TotpError> {
        self.builder().with_issuer(Some(ISSUER)).with_account_name(username).build()?.to_url()
    }

    /// The number of the step that `code` belongs to, if it is good at this time.
    pub(crate) fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let totp: Totp = self.builder().build_noncompliant();
        let step = totp.check(code, u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_skew(SKEW_STEPS)
            .with_secret(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the test vectors of RFC 6238.
    const RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret::from_bytes(RFC).unwrap();
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(secret.step_of(code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_a_step_early_and_a_step_late() {
        let secret = TotpSecret::from_bytes(RFC).unwrap();
        let middle = 1_111_111_109;
        for (shift, is_good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let step = secret.step_of("081804", at(middle + shift));
            assert_eq!(step, is_good.then_some(middle / 30), "{shift}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let secret = TotpSecret::from_bytes(RFC).unwrap();
        for odd in ["", "28708", "2870820", "+28708", "２８７０８２", "28708a", "\u{0}", &"2".repeat(10_000)]
        {
            assert_eq!(secret.step_of(odd, at(59)), None, "{odd}");
        }
        assert!(TotpSecret::from_bytes(b"short").is_none());
    }

    #[test]
    fn the_address_names_the_house_and_the_account() {
        let secret = TotpSecret::from_bytes(RFC).unwrap();
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret.otpauth_url("anna").unwrap(),
            "otpauth://totp/Kinoservice:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kinoservice"
        );
        let cyrillic = secret.otpauth_url("Анна_К").unwrap();
        assert!(cyrillic.is_ascii(), "{cyrillic}");
        assert_eq!(Totp::from_url(&cyrillic).unwrap().account_name(), "Анна_К");
    }
}
