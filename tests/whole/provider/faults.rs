//! How a provider can go wrong.

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The ID token is for another sign-in,
    WrongNonce,
    NoNonce,
    /// for another client,
    WrongAudience,
    WrongAuthorizedParty,
    /// of another issuer,
    WrongIssuer,
    /// of the past,
    Expired,
    /// of the future,
    NotYetValid,
    /// not signed,
    AlgorithmNone,
    /// signed with what is no secret,
    SharedSecret,
    /// signed with a key of somebody's,
    BadSignature,
    UnknownKey,
    /// not there.
    NoIdToken,
    NoAccessToken,
    NoSubject,
    /// The user-info endpoint tells of another.
    TellsOfAnother,
    /// The code comes back from another issuer.
    AnotherSender,
    /// It answers 500,
    ServerError,
    /// with something that is no JSON,
    NotJson,
    /// without an end,
    Huge,
    /// by sending its clients round in circles,
    RedirectLoop,
    /// not at all.
    Slow,
    /// Its discovery document is another's,
    AnotherDocument,
    /// or leads to where nobody should speak plainly.
    UnsafeEndpoints,
}
