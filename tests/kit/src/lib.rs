//! Real engines for tests, started from packages as plain processes on 127.0.0.1 and stopped with the test program,
//! however it ends.
//!
//! A test that needs an engine which cannot be had is skipped and says so; with `CI=true` that is a failure. Every
//! use and every skip goes into the file named by `KINO_TEST_REPORT`, from which `scripts/test` tells what the tests
//! ran against.

mod database;
mod guard;
mod http;
mod letters;
mod opensearch;
mod postgres;
mod redis;
mod report;
mod smtp;

pub use database::TestDatabase;
pub use guard::{Guarded, free_port};
pub use http::{Answer, Client, Request};
pub use letters::{ReceivedLetter, letters};
pub use opensearch::{KilledOpenSearch, OwnOpenSearch, opensearch};
pub use redis::{own_redis, redis};
pub use report::{used, without};
pub use smtp::{Encryption, MailServer};

/// Makes, of `async fn name(database: TestDatabase)`, one test on SQLite and one on PostgreSQL.
#[macro_export]
macro_rules! on_every_database {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name($crate::TestDatabase::sqlite()).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    if let Some(database) = $crate::TestDatabase::postgres().await {
                        super::$name(database).await;
                    }
                }
            )+
        }
    };
}

/// The folder of real test data beside the repository, where it is there (`KINO_TEST_DATA` names another place).
pub fn test_data() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("KINO_TEST_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    // The data may not be passed on: a clone elsewhere is without it.
    report::skipped("the test data", "the folder ../shared/data is not there");
    None
}
