//! Our own format: JSON lines, a film a line.

use std::path::Path;

use kino_domain::AccessLevel;

use super::{
    ImportError,
    source::{BATCH, Batch, Source},
    text_file::TextFile,
};

/// A file of JSON lines, plain or gzip.
#[derive(Debug)]
pub struct Lines(TextFile);

impl Lines {
    /// Opens a file; whether it is packed, its first bytes say.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        TextFile::open(path).map(Self)
    }

    /// Lines in memory.
    pub(crate) fn of(name: &str, text: &'static str) -> Self {
        Self(TextFile::of(name, text))
    }
}

impl Source for Lines {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self) -> u64 {
        self.0.bytes_read()
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        let mut batch = Batch::default();
        let mut line = Vec::new();
        for _ in 0..BATCH {
            match self.0.next(&mut line) {
                Ok(true) if line.trim_ascii().is_empty() => {}
                Ok(true) => {
                    let raw = std::str::from_utf8(&line)
                        .map_err(|_| "it is not UTF-8".to_owned())
                        .and_then(|line| serde_json::from_str(line).map_err(|error| problem(&error)));
                    batch.take(self.0.place(), raw, access);
                }
                Ok(false) => {
                    batch.is_last = true;
                    break;
                }
                Err(reason) => batch.tell(self.0.place(), reason),
            }
        }
        Ok(batch)
    }
}

/// What is wrong with a line. Its number is told apart: to JSON every line is the first.
fn problem(error: &serde_json::Error) -> String {
    error.to_string().replace("at line 1 column", "at column")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::text_file::{
            LONGEST_LINE,
            tests::{file_of, packed},
        },
        *,
    };

    /// All that a file gives.
    fn read(bytes: &[u8]) -> Batch {
        try_read(bytes).unwrap()
    }

    /// The same of a file that may be refused for what it begins with.
    fn try_read(bytes: &[u8]) -> Result<Batch, ImportError> {
        let mut lines = Lines::open(file_of(bytes).path())?;
        let mut all = Batch::default();
        while !all.is_last {
            let batch = lines.batch(AccessLevel::Free).unwrap();
            all.films.extend(batch.films);
            all.bad.extend(batch.bad);
            all.is_last = batch.is_last;
        }
        Ok(all)
    }

    #[test]
    fn plain_and_packed_files_give_the_same_films() {
        let text = b"{\"title\":\"One\"}\n\n{\"title\":\"Two\"}";
        for bytes in [text.to_vec(), packed(text), [packed(&text[..16]), packed(&text[16..])].concat()] {
            let batch = read(&bytes);
            assert_eq!(batch.films.len(), 2);
            assert!(batch.bad.is_empty());
        }
    }

    #[test]
    fn bad_lines_are_told_of_by_number_and_the_rest_goes_in() {
        let long = format!("{{\"title\":\"{}\"}}", "x".repeat(LONGEST_LINE));
        let text = [
            &b"{\"title\":\"One\"}\nnonsense\n{\"title\":\"\xff\"}\n{\"year\":1999}\n"[..],
            long.as_bytes(),
            b"\n{\"title\":\"Two\"}\n",
        ];
        let batch = read(&text.concat());
        let numbers: Vec<_> = batch.bad.iter().map(|bad| bad.place.number).collect();
        assert_eq!(numbers, [2, 3, 4, 5], "{:?}", batch.bad);
        assert_eq!(batch.films.len(), 2);
    }

    #[test]
    fn a_truncated_archive_gives_what_it_holds_and_says_so() {
        let text: String = (0..2000).map(|n| format!("{{\"title\":\"Film {n} {}\"}}\n", n * 7919)).collect();
        let whole = packed(text.as_bytes());
        let batch = read(&whole[..whole.len() / 2]);
        assert!(batch.films.len() > 100);
        assert!(batch.bad[0].reason.contains("cannot be read on"), "{:?}", batch.bad);
    }

    #[test]
    fn a_file_of_another_encoding_is_refused_as_a_whole() {
        assert!(try_read(b"\xff\xfe{\0").unwrap_err().to_string().contains("UTF-16"));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = try_read(&line);
        }
    }
}
