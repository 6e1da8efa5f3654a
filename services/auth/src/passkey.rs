//! Passkeys (WebAuthn): what is told to the library and asked of it. A ceremony has two halves: options for the browser,
//! and a state that its answer is checked against and that no client may see or write.

use std::convert::Infallible;

use kino_domain::{UserId, tidy};
use kino_http::FieldError;
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, RegistrationServerState,
    bin::{Decode as _, Encode as _},
    request::{
        AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions,
            UserHandle16, Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        auth::{error::AuthCeremonyErr, ser_relaxed::DiscoverableAuthenticationRelaxed16},
        register::{DynamicState, StaticState, ser_relaxed::RegistrationRelaxed},
    },
};

/// No account has more.
pub(crate) const MOST: usize = 20;
const NAME_LONGEST: usize = 50;

/// The site that passkeys are made for.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    id: RpId,
    origin: String,
}

/// A ceremony that began.
#[derive(Debug)]
pub(crate) struct Begun {
    /// For the browser.
    pub(crate) options: Value,
    /// What its answer is checked against.
    pub(crate) state: Vec<u8>,
}

/// What is kept of a passkey: nothing secret. All but the id is in the library's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    /// Given by the authenticator; from 16 to 1023 bytes, unique in the world.
    pub(crate) id: Vec<u8>,
    /// How the authenticator is reached.
    pub(crate) transports: u8,
    /// The public key.
    pub(crate) key: Vec<u8>,
    /// What changes with use: the counter of signatures, whether there is a backup.
    pub(crate) state: Vec<u8>,
}

/// The browser's answer when a passkey was made (`RegistrationResponseJSON`).
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Attestation(RegistrationRelaxed);

/// The browser's answer when a passkey signed (`AuthenticationResponseJSON`).
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Assertion(DiscoverableAuthenticationRelaxed16);

/// Why an answer is not taken. The reasons are for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejection {
    /// The counter of signatures did not grow: there are two of this passkey.
    #[error("the counter of signatures went back")]
    Cloned,
    #[error("{0}")]
    Wrong(String),
}

impl Rejection {
    fn wrong(reason: impl std::fmt::Display) -> Self {
        Self::Wrong(reason.to_string())
    }
}

impl Assertion {
    /// The passkey that is said to have signed.
    pub(crate) fn credential_id(&self) -> &[u8] {
        self.0.0.raw_id().into_inner()
    }
}

impl RelyingParty {
    /// The site at an origin (`https://cinema.example`). None where browsers make no passkeys: at an address without a
    /// name, or without TLS elsewhere than on the same machine.
    pub(crate) fn at(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let Some(Host::Domain(domain)) = url.host() else { return None };
        let is_secure = url.scheme() == "https" || domain == "localhost";
        let id = RpId::Domain(AsciiDomain::try_from(domain.to_owned()).ok()?);
        is_secure.then(|| Self { id, origin: url.origin().ascii_serialization() })
    }

    /// Begins to make a passkey, on an authenticator that has none of the account's yet.
    pub(crate) fn begin_registration(
        &self,
        user_id: UserId,
        username: &str,
        existing: Vec<Credential>,
    ) -> Result<Begun, Rejection> {
        let handle = user_handle(user_id);
        // Names beyond what the standard allows are few; their owners see the account's id.
        let name = Username::try_from(username).or_else(|_| Username::try_from(user_id.to_string()));
        let user = PublicKeyCredentialUserEntity {
            name: name.map_err(Rejection::wrong)?,
            id: &handle,
            display_name: Nickname::try_from(username).ok(),
        };
        let existing = existing.into_iter().filter_map(descriptor).collect();
        let mut options = PublicKeyCredentialCreationOptions::passkey(&self.id, user, existing);
        // Wished for, not insisted on: not every authenticator knows this protection.
        options.extensions.cred_protect =
            CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
        let (server, client) = options.start_ceremony().map_err(Rejection::wrong)?;
        Ok(Begun {
            options: serde_json::to_value(&client).map_err(Rejection::wrong)?,
            state: server.encode().map_err(Rejection::wrong)?,
        })
    }

    /// The passkey that was made, if the answer is right.
    pub(crate) fn finish_registration(
        &self,
        state: &[u8],
        answer: &Attestation,
    ) -> Result<Credential, Rejection> {
        let server = RegistrationServerState::<16>::decode(state).map_err(Rejection::wrong)?;
        let origins = [self.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        let made = server.verify(&self.id, &answer.0.0, &options).map_err(Rejection::wrong)?;
        let Ok::<_, Infallible>(transports) = made.transports().encode();
        let Ok::<_, Infallible>(key) = made.static_state().encode();
        let id = made.id().into_inner().to_vec();
        Ok(Credential { id, transports, key, state: encode(made.dynamic_state()) })
    }

    /// Begins a sign-in with whatever passkey the visitor has.
    pub(crate) fn begin_sign_in(&self) -> Result<Begun, Rejection> {
        let options = DiscoverableCredentialRequestOptions::passkey(&self.id);
        let (server, client) = options.start_ceremony().map_err(Rejection::wrong)?;
        Ok(Begun {
            options: serde_json::to_value(&client).map_err(Rejection::wrong)?,
            state: server.encode().map_err(Rejection::wrong)?,
        })
    }

    /// The passkey as it is after this use, if the answer is right and the account's own.
    pub(crate) fn finish_sign_in(
        &self,
        state: &[u8],
        answer: &Assertion,
        owner: UserId,
        credential: &Credential,
    ) -> Result<Credential, Rejection> {
        let server = DiscoverableAuthenticationServerState::decode(state).map_err(Rejection::wrong)?;
        let id = CredentialId::<&[u8]>::decode(&credential.id).map_err(Rejection::wrong)?;
        let key = StaticState::decode(&credential.key).map_err(Rejection::wrong)?;
        let before = credential.state.as_slice().try_into().map_err(Rejection::wrong)?;
        let before = DynamicState::decode(before).map_err(Rejection::wrong)?;
        let owner = user_handle(owner);
        let mut signer = AuthenticatedCredential::new(id, &owner, key, before).map_err(Rejection::wrong)?;
        let origins = [self.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..Default::default()
        };
        match server.verify(&self.id, &answer.0.0, &mut signer, &options) {
            Ok(_) => Ok(Credential { state: encode(signer.dynamic_state()), ..credential.clone() }),
            Err(AuthCeremonyErr::SignatureCounter) => Err(Rejection::Cloned),
            Err(error) => Err(Rejection::wrong(error)),
        }
    }
}

/// What an owner calls a passkey: 1 to 50 characters.
pub(crate) fn name(text: &str) -> Result<String, FieldError> {
    let name = tidy(text);
    if (1..=NAME_LONGEST).contains(&name.chars().count()) {
        return Ok(name);
    }
    Err(FieldError::new("name", "length", "От 1 до 50 знаков.", "From 1 to 50 characters."))
}

/// What an authenticator knows the account by.
fn user_handle(id: UserId) -> UserHandle16 {
    let Ok::<_, Infallible>(handle) = UserHandle16::decode(id.0.into_bytes());
    handle
}

fn encode(state: DynamicState) -> Vec<u8> {
    let Ok::<_, Infallible>(bytes) = state.encode();
    bytes.to_vec()
}

/// How an authenticator is told of a passkey that it may have already.
fn descriptor(credential: Credential) -> Option<PublicKeyCredentialDescriptor<Vec<u8>>> {
    Some(PublicKeyCredentialDescriptor {
        id: CredentialId::<Vec<u8>>::decode(credential.id).ok()?,
        transports: AuthTransports::decode(credential.transports).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn passkeys_need_a_name_and_a_connection_that_nobody_changes() {
        for origin in ["https://cinema.example", "https://cinema.example:8443", "http://localhost:8000"] {
            assert_eq!(RelyingParty::at(origin).unwrap().origin, origin);
        }
        for origin in
            ["http://cinema.example", "https://10.0.0.5", "http://127.0.0.1:8000", "http://[::1]", ""]
        {
            assert!(RelyingParty::at(origin).is_none(), "{origin}");
        }
    }

    #[test]
    fn a_browser_is_asked_for_a_passkey_that_knows_its_owner() {
        let site = RelyingParty::at("https://cinema.example:8443").unwrap();
        let user = UserId(Uuid::from_u128(7));
        let known = Credential { id: vec![5; 32], transports: 0, key: Vec::new(), state: Vec::new() };
        let begun = site.begin_registration(user, "anna", vec![known]).unwrap();
        let options = begun.options;
        assert_eq!(options["rp"]["id"], "cinema.example");
        assert_eq!(options["user"]["id"], "AAAAAAAAAAAAAAAAAAAABw");
        assert_eq!(options["user"]["name"], "anna");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["extensions"]["enforceCredentialProtectionPolicy"], false);
        assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
        assert_eq!(options["attestation"], "none");

        let sign_in = site.begin_sign_in().unwrap().options;
        assert_eq!(sign_in["rpId"], "cinema.example");
        assert_eq!(sign_in["userVerification"], "required");
        assert_eq!(sign_in["allowCredentials"], serde_json::json!([]));
        assert_ne!(sign_in["challenge"], site.begin_sign_in().unwrap().options["challenge"]);
    }

    #[test]
    fn names_that_the_standard_does_not_allow_do_not_stand_in_the_way() {
        let site = RelyingParty::at("https://cinema.example").unwrap();
        for name in ["анна", "א1", "😀", "a b", ""] {
            assert!(site.begin_registration(UserId(Uuid::nil()), name, Vec::new()).is_ok(), "{name:?}");
        }
    }
}
