//! Whether an account signed in from somewhere before: such a source is not held up by strangers' guessing, and its owner
//! is not told of it.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use kino_domain::{AuthEvent, SessionId, UserId};
use kino_engine::database::DbErr;
use sea_orm::ConnectionTrait;

use crate::{
    Auth, source,
    store::{Device, SourceDigest, known_sources},
};

/// Who signs in, as far as the request tells.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) device: Device,
    /// Where they come from, if the account was asked already.
    pub(crate) sources: Option<Sources>,
}

impl From<Device> for Visitor {
    fn from(device: Device) -> Self {
        Self { device, sources: None }
    }
}

/// A network and a device, and when the account that knows them saw them last.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    network: Option<SourceDigest>,
    device: SourceDigest,
    seen: Vec<(SourceDigest, DateTime<Utc>)>,
}

impl Sources {
    pub(crate) fn network_is_known(&self) -> bool {
        self.network.is_some_and(|network| self.is_known(network))
    }

    fn is_known(&self, digest: SourceDigest) -> bool {
        self.seen.iter().any(|(seen, _)| *seen == digest)
    }

    /// Those that are new, or whose last sight is to be written again.
    fn to_note(&self, now: DateTime<Utc>) -> Vec<SourceDigest> {
        let is_noted = |digest: &SourceDigest| {
            self.seen.iter().any(|(seen, at)| seen == digest && known_sources::is_fresh(*at, now))
        };
        self.network.into_iter().chain([self.device]).filter(|digest| !is_noted(digest)).collect()
    }
}

impl Auth {
    /// Where a device is, as the account knows it.
    pub(crate) async fn sources(
        &self,
        connection: &impl ConnectionTrait,
        user_id: UserId,
        device: &Device,
    ) -> Result<Sources, DbErr> {
        let network = device.ip.parse().ok().map(|address| source::network_digest(user_id, address));
        let device = source::device_digest(user_id, device);
        let digests: Vec<_> = network.into_iter().chain([device]).collect();
        let seen = known_sources::known(connection, user_id, &digests).await?;
        Ok(Sources { network, device, seen })
    }

    /// Whether the account signed in from there before.
    pub(crate) async fn knows_source(&self, user_id: UserId, address: IpAddr) -> Result<bool, DbErr> {
        let digest = source::network_digest(user_id, address);
        Ok(!known_sources::known(self.database.read(), user_id, &[digest]).await?.is_empty())
    }

    /// Notes where the account signs in from. A device that it never signed in from is told of, unless it is the first.
    ///
    /// Nearly all come from where they came from a moment ago: what was read before the transaction is enough for them.
    /// The others are looked up once more behind the account's lock, so that of two at once only one is new.
    pub(crate) async fn recognise(
        &self,
        tx: &impl ConnectionTrait,
        user_id: UserId,
        session_id: SessionId,
        visitor: Visitor,
    ) -> Result<Vec<AuthEvent>, DbErr> {
        let (Visitor { device, sources }, now) = (visitor, self.clock.now());
        if sources.is_some_and(|sources| sources.to_note(now).is_empty()) {
            return Ok(Vec::new());
        }
        let sources = self.sources(tx, user_id, &device).await?;
        let is_told = !sources.is_known(sources.device) && known_sources::any(tx, user_id).await?;
        known_sources::note(tx, user_id, &sources.to_note(now), now).await?;
        if !is_told {
            return Ok(Vec::new());
        }
        let Device { user_agent, ip } = device;
        Ok(vec![AuthEvent::SignedInFromNewDevice { user_id, session_id, user_agent, ip }])
    }
}
