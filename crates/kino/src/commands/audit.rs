//! `kino audit verify`: is the audit log as it was written?

use std::{error::Error, process::ExitCode};

use kino::Settings;
use kino_auth::{AuditMark, AuditVerdict, verify_audit};

/// The log is not as it was written.
const BROKEN: u8 = 3;

pub(super) async fn verify(
    settings: &Settings,
    expected: Option<AuditMark>,
) -> Result<ExitCode, Box<dyn Error>> {
    let database = settings.open_database("auth").await?;
    let verdict = verify_audit(&database, &settings.keys_folder(), expected).await?;
    database.close().await?;
    Ok(match verdict {
        AuditVerdict::Whole(None) => {
            println!("0 entries, whole");
            ExitCode::SUCCESS
        }
        AuditVerdict::Whole(Some(last)) => {
            println!("{} entries, whole; the last is {} {}", last.position, last.position, last.seal_hex());
            println!(
                "Keep this elsewhere: `kino audit verify --expect {last}` tells later whether it is still so."
            );
            ExitCode::SUCCESS
        }
        AuditVerdict::Broken(flaw) => {
            println!("BROKEN: {flaw}");
            ExitCode::from(BROKEN)
        }
    })
}
