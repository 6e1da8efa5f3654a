//! The parts of the sign-in history on PostgreSQL: one a month, made ahead of time and dropped past retention, each in
//! four by account. On SQLite, which has no parts, what is past retention is deleted.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use kino_engine::Database;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, FromQueryResult as _,
    QueryFilter as _, Statement,
};

use super::entity::sign_in;

/// Months that are made ahead: the service may be down, or its worker fail, for as long before anyone notices.
const AHEAD: u32 = 3;
/// Parts of a month.
const PARTS: u32 = 4;
/// Waiting for a lock, others would wait behind: then rather not now.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";
/// Taken by processes that make parts at the same time.
const TURN: &str = "SELECT pg_advisory_xact_lock(7596266)";

/// Makes the parts for this month and those ahead; drops what is older than `months`. How many parts were dropped, or
/// rows deleted.
pub(crate) async fn keep(database: &Database, now: DateTime<Utc>, months: u32) -> Result<u64, DbErr> {
    let this_month = first_of_month(now);
    let oldest = this_month.checked_sub_months(Months::new(months)).unwrap_or(this_month);
    let tx = database.begin().await?;
    if tx.get_database_backend() != DbBackend::Postgres {
        let oldest = oldest.and_time(chrono::NaiveTime::MIN).and_utc();
        let deleted =
            sign_in::Entity::delete_many().filter(sign_in::Column::LoginAt.lt(oldest)).exec(&tx).await?;
        tx.commit().await?;
        return Ok(deleted.rows_affected);
    }
    tx.execute_unprepared(LOCK_TIMEOUT).await?;
    tx.execute_unprepared(TURN).await?;
    let existing = existing(&tx).await?;
    for month in this_month.iter_months(AHEAD) {
        if !existing.contains(&month) {
            make(&tx, month).await?;
        }
    }
    let mut dropped = 0;
    for month in existing.into_iter().filter(|month| *month < oldest) {
        tx.execute_unprepared(&format!("DROP TABLE {}", name(month))).await?;
        dropped += 1;
    }
    tx.commit().await?;
    Ok(dropped)
}

/// Makes the part of one month. It is attached when it is whole: that lets sign-ins go on meanwhile.
async fn make(tx: &impl ConnectionTrait, month: NaiveDate) -> Result<(), DbErr> {
    let (name, next) = (name(month), month.checked_add_months(Months::new(1)).unwrap_or(month));
    tx.execute_unprepared(&format!(
        "CREATE TABLE {name} (LIKE sign_ins INCLUDING ALL) PARTITION BY HASH (user_id)"
    ))
    .await?;
    for part in 0..PARTS {
        tx.execute_unprepared(&format!(
            "CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
        ))
        .await?;
    }
    tx.execute_unprepared(&format!(
        "ALTER TABLE sign_ins ATTACH PARTITION {name} \
         FOR VALUES FROM ('{month} 00:00:00+00') TO ('{next} 00:00:00+00')"
    ))
    .await?;
    Ok(())
}

/// The months that there are parts of.
async fn existing(tx: &impl ConnectionTrait) -> Result<Vec<NaiveDate>, DbErr> {
    #[derive(sea_orm::FromQueryResult)]
    struct Part {
        name: String,
    }
    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'sign_ins'::regclass",
    );
    let parts = Part::find_by_statement(statement).all(tx).await?;
    Ok(parts.iter().filter_map(|part| month_of(&part.name)).collect())
}

fn name(month: NaiveDate) -> String {
    format!("sign_ins_{}", month.format("%Y_%m"))
}

fn month_of(name: &str) -> Option<NaiveDate> {
    let (year, month) = name.rsplit('.').next()?.strip_prefix("sign_ins_")?.split_once('_')?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}

fn first_of_month(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    today.with_day(1).unwrap_or(today)
}

trait IterMonths {
    fn iter_months(self, ahead: u32) -> impl Iterator<Item = NaiveDate>;
}

impl IterMonths for NaiveDate {
    /// This month and those after it. The one before too: clocks of two machines may differ over midnight.
    fn iter_months(self, ahead: u32) -> impl Iterator<Item = NaiveDate> {
        let before = self.checked_sub_months(Months::new(1));
        let onward = (0..=ahead).filter_map(move |n| self.checked_add_months(Months::new(n)));
        before.into_iter().chain(onward)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_named_after_its_month() {
        let month = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        assert_eq!(name(month), "sign_ins_2026_12");
        assert_eq!(month_of("sign_ins_2026_12"), Some(month));
        assert_eq!(month_of("auth.sign_ins_2026_12"), Some(month));
        assert_eq!(month_of("sign_ins_default"), None);
        let months: Vec<String> = month.iter_months(3).map(name).collect();
        assert_eq!(
            months,
            [
                "sign_ins_2026_11",
                "sign_ins_2026_12",
                "sign_ins_2027_01",
                "sign_ins_2027_02",
                "sign_ins_2027_03"
            ]
        );
    }
}
