//! Signing in elsewhere: at VK ID, Yandex ID, or any provider that speaks OpenID Connect.

mod settings;

pub use settings::SocialSettings;
