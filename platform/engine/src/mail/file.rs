//! Mail that is not sent: each letter becomes a file, for trying things out and for tests.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use chrono::DateTime;

use super::{Letter, Mail, MailError, letter::Composer};
use crate::{OpenError, private_folder};

pub(super) struct FileMail {
    folder: PathBuf,
    composer: Composer,
    /// The time in the newest name, in microseconds.
    newest: AtomicI64,
}

impl fmt::Debug for FileMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileMail").field(&self.folder).finish()
    }
}

impl FileMail {
    pub(super) fn open(folder: &str, composer: Composer) -> Result<Self, OpenError> {
        let mail = Self { folder: folder.into(), composer, newest: AtomicI64::new(i64::MIN) };
        // Letters hold links that open accounts.
        private_folder::make(&mail.folder).and_then(|()| try_out(&mail.folder, &mail.next_name())).map_err(
            |error| {
                let advice = "name a folder that this user may write to (KINO_MAIL=file:FOLDER)";
                OpenError::new("mail", &format!("file:{folder}"), error, advice)
            },
        )?;
        Ok(mail)
    }

    /// A name that sorts behind those before it, even while the clock stands still.
    fn next_name(&self) -> String {
        let Composer { clock, entropy, .. } = &self.composer;
        let now = clock.now().timestamp_micros();
        let later = |newest: i64| now.max(newest.saturating_add(1));
        let (Ok(newest) | Err(newest)) =
            self.newest.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |newest| Some(later(newest)));
        let time = DateTime::from_timestamp_micros(later(newest)).unwrap_or_default();
        format!("{}-{:08x}", time.format("%Y%m%dT%H%M%S%.6fZ"), u32::from_be_bytes(entropy.bytes()))
    }

    /// Does work on the disk, beside the threads that serve.
    async fn on_disk(
        &self,
        work: impl FnOnce(&Path, &str) -> io::Result<()> + Send + 'static,
    ) -> Result<(), MailError> {
        let (folder, name) = (self.folder.clone(), self.next_name());
        let failed = |problem: &dyn fmt::Display| {
            MailError::Later(format!("the folder {}: {problem}", self.folder.display()))
        };
        tokio::task::spawn_blocking(move || work(&folder, &name))
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Mail for FileMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let content = self.composer.compose(letter)?.formatted();
        self.on_disk(move |folder, name| write(folder, name, &content)).await
    }

    async fn ping(&self) -> Result<(), MailError> {
        self.on_disk(try_out).await
    }

    fn engine_name(&self) -> &'static str {
        "files"
    }
}

/// Writes a letter, which is there whole or not at all.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(name).with_added_extension("unfinished");
    let finished = folder.join(name).with_added_extension("eml");
    let written = create(&unfinished)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, &finished));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Whether letters can be written.
fn try_out(folder: &Path, name: &str) -> io::Result<()> {
    let trial = folder.join(name).with_added_extension("trial");
    create(&trial)?;
    fs::remove_file(trial)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
