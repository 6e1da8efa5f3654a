//! What becomes of someone whom a provider knows: they enter their account, get a new one, or have the identity linked
//! to the account they are in.
//!
//! An account is entered by an identity that is linked to it, and by nothing else. That an account has the same address
//! is no reason to link, however well the provider proved it: whoever opened that account may not be its address's
//! owner, and would keep a password, a session or an identity of their own in it. Its owner signs in and links.

use kino_domain::{Language, UserId};
use kino_engine::database::DbErr;
use kino_http::Problem;
use serde_json::json;

use super::{Identity, Provider, departure::Link, username};
use crate::{
    Auth,
    account::{self, Named},
    admission::{Method, SignedIn},
    audit::Action,
    store::{
        Device, IdentityKey, NewUser, StoredIdentity,
        identities::{self, LinkError},
        sessions, users,
    },
};

/// Someone may arrive twice at once, and names may be taken in between: then it is tried again.
const ATTEMPTS: u32 = 3;

fn email_required() -> Problem {
    Problem::new(
        http::StatusCode::UNPROCESSABLE_ENTITY,
        "social_email_required",
        "Этот сервис не сообщил адрес вашей почты, а без него учётную запись не открыть. Зарегистрируйтесь и привяжите \
         вход через сервис к своей учётной записи.",
        "This service did not tell your e-mail address, without which no account can be opened. Register, and link the \
         service to your account.",
    )
}

fn sign_in_to_link() -> Problem {
    Problem::conflict(
        "email_taken_sign_in_to_link",
        "На этот адрес уже есть учётная запись. Войдите в неё как обычно и привяжите к ней этот способ входа.",
        "There is an account with this address already. Sign in to it as you always do, and link this way of signing \
         in to it.",
    )
}

fn identity_taken() -> Problem {
    Problem::conflict(
        "identity_taken",
        "Этот профиль уже привязан к другой учётной записи.",
        "This profile is linked to another account already.",
    )
}

fn already_linked() -> Problem {
    Problem::conflict(
        "social_already_linked",
        "К вашей учётной записи уже привязан другой профиль этого сервиса; сначала отвяжите его.",
        "Another profile of this service is linked to your account already; unlink that one first.",
    )
}

impl Provider {
    fn key(&self, identity: &Identity) -> IdentityKey {
        IdentityKey {
            provider: self.name.clone(),
            issuer: self.issuer().to_owned(),
            subject: identity.subject.clone(),
        }
    }
}

impl Auth {
    /// Lets someone in whom a provider knows, opening an account for them if there is none.
    pub(crate) async fn arrive(
        &self,
        provider: &Provider,
        identity: &Identity,
        device: Device,
        language: Language,
    ) -> Result<SignedIn, Problem> {
        for _ in 0..ATTEMPTS {
            if let Some(signed_in) = self.enter_known(provider, identity, device.clone()).await? {
                return Ok(signed_in);
            }
            if let Some(signed_in) = self.open_for(provider, identity, device.clone(), language).await? {
                return Ok(signed_in);
            }
        }
        Err(Problem::conflict(
            "social_sign_in_busy",
            "Вход с этим профилем выполняется ещё где-то. Попробуйте ещё раз.",
            "A sign-in with this profile is under way elsewhere. Try again.",
        ))
    }

    /// Links someone whom a provider knows to the account that asked for it.
    pub(crate) async fn link(
        &self,
        provider: &Provider,
        identity: &Identity,
        link: Link,
    ) -> Result<StoredIdentity, Problem> {
        let now = self.clock.now();
        let new = self.stored(provider, identity, link.user_id);
        let tx = self.database.begin().await?;
        let user = users::lock(&tx, link.user_id, self.clock.now()).await?;
        // Whoever was signed out meanwhile asks no more.
        let session = sessions::find_live(&tx, link.user_id, link.session_id, now).await?;
        let (Some(user), Some(_)) = (user, session) else {
            return Err(kino_token::TokenError::Revoked.into());
        };
        let linked = identities::of_user(&tx, user.id).await?;
        match linked.into_iter().find(|other| other.key.provider == provider.name) {
            Some(same) if same.key == new.key => return Ok(same),
            Some(_) => return Err(already_linked()),
            None => {}
        }
        identities::insert(&tx, &new).await.map_err(|error| match error {
            LinkError::Taken => identity_taken(),
            LinkError::Database(error) => error.into(),
        })?;
        let details = json!({"provider": provider.name});
        self.note(&tx, Some(user.id), Action::IdentityLinked, user.id, &details).await?;
        self.commit(tx, &[]).await?;
        Ok(new)
    }

    /// Enters the account that the identity is linked to; none where there is none.
    async fn enter_known(
        &self,
        provider: &Provider,
        identity: &Identity,
        device: Device,
    ) -> Result<Option<SignedIn>, Problem> {
        let key = provider.key(identity);
        let Some(found) = identities::find(self.database.read(), &key).await? else { return Ok(None) };
        let tx = self.database.begin().await?;
        let Some(user) = users::lock(&tx, found.user_id, self.clock.now()).await? else { return Ok(None) };
        // It may have been unlinked, and linked elsewhere, before the lock.
        if identities::find(&tx, &key).await?.is_none_or(|now| now.user_id != user.id) {
            return Ok(None);
        }
        identities::touch(&tx, &key, identity.email.as_deref(), self.clock.now()).await?;
        let method = Method::Social(provider.name.clone());
        let admission = self.admit(&tx, &user, device, method).await?;
        self.conclude(tx, admission).await.map(Some)
    }

    /// Opens an account for someone new; none where somebody was faster.
    async fn open_for(
        &self,
        provider: &Provider,
        identity: &Identity,
        device: Device,
        language: Language,
    ) -> Result<Option<SignedIn>, Problem> {
        let email = identity.email.as_deref().and_then(|email| account::email(email).ok());
        let email = email.ok_or_else(email_required)?;
        if users::find_by_login(self.database.read(), &email.key).await?.is_some() {
            // Unless it was opened a moment ago, for this very arrival.
            let known = identities::find(self.database.read(), &provider.key(identity)).await?;
            return if known.is_some() { Ok(None) } else { Err(sign_in_to_link()) };
        }
        let Some(username) = self.free_username(identity).await? else { return Ok(None) };
        let name = |field, text: Option<&str>| account::personal_name(field, text).ok().flatten();
        let new = NewUser {
            id: UserId::generate(&self.clock, &self.entropy),
            username,
            email,
            email_verified: identity.email_verified,
            password_hash: None,
            first_name: name("first_name", identity.first_name.as_deref()),
            last_name: name("last_name", identity.last_name.as_deref()),
            gender: None,
            timezone: None,
            language: Some(language),
        };
        let tx = self.database.begin().await?;
        let (user, registered) = match self.open_account(&tx, new, language).await {
            Ok(opened) => opened,
            Err(users::InsertError::Taken(_)) => return Ok(None),
            Err(users::InsertError::Database(error)) => return Err(error.into()),
        };
        match identities::insert(&tx, &self.stored(provider, identity, user.id)).await {
            Ok(()) => {}
            Err(LinkError::Taken) => return Ok(None),
            Err(LinkError::Database(error)) => return Err(error.into()),
        }
        let method = Method::Social(provider.name.clone());
        let entered = self.enter(&tx, &user, device, &method).await?;
        let tokens = self.welcome(tx, entered.after(registered)).await?;
        self.post.wake();
        metrics::counter!("kino_auth_registrations_total").increment(1);
        Ok(Some(SignedIn::Session(tokens)))
    }

    async fn free_username(&self, identity: &Identity) -> Result<Option<Named>, DbErr> {
        let names = username::names(identity, u32::from_be_bytes(self.entropy.bytes()));
        let keys: Vec<_> = names.iter().map(|name| name.key.as_str()).collect();
        let taken = users::taken_usernames(self.database.read(), &keys).await?;
        Ok(names.into_iter().find(|name| !taken.contains(&name.key)))
    }

    fn stored(&self, provider: &Provider, identity: &Identity, user_id: UserId) -> StoredIdentity {
        let now = self.clock.now();
        StoredIdentity {
            key: provider.key(identity),
            user_id,
            email: identity.email.clone(),
            linked_at: now,
            last_used_at: now,
        }
    }
}
