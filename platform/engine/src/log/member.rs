//! Reading a topic as a group: one member reads under a lease that it renews, the others stand by; what the group has
//! done is committed, and whoever reads next goes on from there.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, UpdateMany,
    sea_query::Expr,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{EventLog, Follower, LogError, POLL, Record, Start, entity::group};

/// How long a silent member keeps its place.
const LEASE: TimeDelta = TimeDelta::seconds(10);

/// A member of a group.
#[derive(Debug)]
pub struct Member {
    log: EventLog,
    topic: String,
    group: String,
    id: Uuid,
    reading: Option<Follower>,
}

impl Member {
    pub(super) async fn join(log: &EventLog, topic: &str, group: &str) -> Result<Self, LogError> {
        let fresh = group::ActiveModel {
            topic: Set(topic.to_owned()),
            name: Set(group.to_owned()),
            committed: Set(0),
            reader: Set(Uuid::nil()),
            reader_until: Set(log.clock.now()),
        };
        let tx = log.database.begin().await?;
        group::Entity::insert(fresh)
            .on_conflict_do_nothing_on([group::Column::Topic, group::Column::Name])
            .exec_without_returning(&tx)
            .await?;
        tx.commit().await?;
        let id = log.entropy.uuid_v7(log.clock.now());
        Ok(Self { log: log.clone(), topic: topic.to_owned(), group: group.to_owned(), id, reading: None })
    }

    /// The next events of the group, at most `max`; waits up to `patience`. While another member reads, none come.
    /// Events that were returned but not committed come again, to this member or another.
    pub async fn next(&mut self, max: u64, patience: Duration) -> Result<Vec<Record>, LogError> {
        let deadline = Instant::now() + patience;
        loop {
            if self.renew().await? {
                let left = deadline.saturating_duration_since(Instant::now());
                // Short enough that the lease is renewed in time.
                let patience = left.min(Duration::from_secs(3));
                let follower = self.follower().await?;
                let records = follower.next(max, patience).await?;
                if !records.is_empty() {
                    return Ok(records);
                }
            } else {
                self.reading = None;
                tokio::time::sleep(POLL.min(deadline.saturating_duration_since(Instant::now()))).await;
            }
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
        }
    }

    /// Records that the group has dealt with all that this member was given.
    pub async fn commit(&mut self) -> Result<(), LogError> {
        let Some(follower) = &self.reading else { return Ok(()) };
        let position = follower.position();
        if self.update(|row| row.col_expr(group::Column::Committed, Expr::value(position))).await? {
            Ok(())
        } else {
            self.reading = None;
            Err(LogError::Replaced)
        }
    }

    /// Gives the place up at once, for another member to take.
    pub async fn leave(mut self) -> Result<(), LogError> {
        self.reading = None;
        let now = self.log.clock.now();
        self.update(|row| {
            row.col_expr(group::Column::Reader, Expr::value(Uuid::nil()))
                .col_expr(group::Column::ReaderUntil, Expr::value(now))
        })
        .await?;
        Ok(())
    }

    async fn follower(&mut self) -> Result<&mut Follower, LogError> {
        if self.reading.is_none() {
            let row = group::Entity::find_by_id((self.topic.clone(), self.group.clone()))
                .one(self.log.database.read())
                .await?
                .ok_or_else(|| DbErr::RecordNotFound(format!("group {}", self.group)))?;
            self.reading = Some(self.log.follow(&self.topic, Start::Position(row.committed)).await?);
        }
        self.reading.as_mut().ok_or(LogError::Replaced)
    }

    /// Takes or keeps the reader's place; whether it has it now.
    async fn renew(&mut self) -> Result<bool, LogError> {
        let now = self.log.clock.now();
        let free_or_mine =
            Condition::any().add(group::Column::Reader.eq(self.id)).add(group::Column::ReaderUntil.lte(now));
        let row = self.row().filter(free_or_mine);
        let taken = row
            .col_expr(group::Column::Reader, Expr::value(self.id))
            .col_expr(group::Column::ReaderUntil, Expr::value(now + LEASE));
        let mine = self.execute(taken).await?;
        Ok(mine)
    }

    /// Changes the group's row if this member still has the place.
    async fn update(
        &self,
        change: impl FnOnce(UpdateMany<group::Entity>) -> UpdateMany<group::Entity>,
    ) -> Result<bool, LogError> {
        self.execute(change(self.row().filter(group::Column::Reader.eq(self.id)))).await
    }

    fn row(&self) -> UpdateMany<group::Entity> {
        group::Entity::update_many()
            .filter(group::Column::Topic.eq(&self.topic))
            .filter(group::Column::Name.eq(&self.group))
    }

    async fn execute(&self, update: UpdateMany<group::Entity>) -> Result<bool, LogError> {
        let tx = self.log.database.begin().await?;
        let changed = update.exec(&tx).await?.rows_affected;
        tx.commit().await?;
        Ok(changed == 1)
    }
}
