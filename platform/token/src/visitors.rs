//! What visitors without a token may do: the permissions of the role ANONYMOUS, as auth publishes them.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use kino_domain::{AuthEvent, PermissionSet};
use kino_upstream::{Upstream, UpstreamError};
use serde::Deserialize;

/// The code of the role whose permissions visitors have.
pub const ANONYMOUS: &str = "ANONYMOUS";

const RETRY: Duration = Duration::from_millis(500);

/// The rights of visitors: asked for once, then kept by events.
#[derive(Debug)]
pub struct Visitors {
    auth: Upstream,
    /// The version of the permissions that hold.
    version: Mutex<i64>,
    /// Asked at every request, so nothing is locked for it.
    permissions: AtomicU8,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Rights {
    /// The version of the role. The rights of the highest hold, in whatever order they are heard of.
    version: i64,
    permissions: PermissionSet,
}

impl Visitors {
    /// Rights published by the auth service; until it is asked, those of a new platform.
    pub fn new(auth: Upstream) -> Self {
        let permissions = AtomicU8::new(PermissionSet::ANONYMOUS.bits());
        Self { auth, version: Mutex::new(i64::MIN), permissions }
    }

    /// Asks auth, again and again until it answers.
    pub(crate) async fn learn(&self) {
        while let Err(error) = self.ask().await {
            tracing::warn!(%error, "auth does not tell what visitors may do; asking again");
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn ask(&self) -> Result<(), UpstreamError> {
        let published = self.auth.get("/auth/.well-known/anonymous.json").send().await?.json()?;
        self.raise(published);
        Ok(())
    }

    /// Notes an event.
    pub(crate) fn apply(&self, event: &AuthEvent) {
        if let AuthEvent::RoleChanged { code, version, permissions } = event
            && code == ANONYMOUS
        {
            self.raise(Rights { version: *version, permissions: *permissions });
        }
    }

    pub(crate) fn permissions(&self) -> PermissionSet {
        PermissionSet::from_bits(self.permissions.load(Ordering::Acquire))
    }

    fn raise(&self, newer: Rights) {
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if newer.version > *version {
            *version = newer.version;
            self.permissions.store(newer.permissions.bits(), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use kino_domain::Permission;
    use kino_upstream::Upstreams;

    use super::*;

    #[test]
    fn the_highest_version_holds_in_whatever_order_events_come() {
        let visitors = Visitors::new(Upstreams::new().service("auth"));
        let paid: PermissionSet = [Permission::PaidFilms].into_iter().collect();
        let changed = |code: &str, version, permissions| AuthEvent::RoleChanged {
            code: code.to_owned(),
            version,
            permissions,
        };
        assert_eq!(visitors.permissions(), PermissionSet::ANONYMOUS);
        visitors.apply(&changed("EDITOR", 9, PermissionSet::ALL));
        assert_eq!(visitors.permissions(), PermissionSet::ANONYMOUS, "another role");
        visitors.apply(&changed(ANONYMOUS, 3, paid));
        visitors.apply(&changed(ANONYMOUS, 2, PermissionSet::NONE));
        assert_eq!(visitors.permissions(), paid, "an older event comes late");
        visitors.apply(&changed(ANONYMOUS, 4, PermissionSet::NONE));
        assert_eq!(visitors.permissions(), PermissionSet::NONE);
    }
}
