//! Access tokens: verify a JWT, its permissions and its revocation, as axum extractors
