//! Reading a file of JSON lines, plain or gzip, line by line; lines that are no films are told of.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use kino_domain::AccessLevel;

use super::{ImportError, ImportedFilm, line};

const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A longer line is no film.
const LONGEST_LINE: usize = 1024 * 1024;
/// More bad lines than this are counted, not kept.
const TOLD: u64 = 1000;

/// A line that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: u64,
    /// Why.
    pub reason: String,
}

/// The lines of a file.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
    bad: u64,
    bytes: Arc<AtomicU64>,
    size: u64,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines(at {})", self.number)
    }
}

/// Films of some lines.
pub(crate) struct Batch {
    pub(crate) films: Vec<ImportedFilm>,
    pub(crate) bad: Vec<BadLine>,
    pub(crate) is_last: bool,
}

impl Lines {
    /// Opens a file; whether it is packed, its first bytes say.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let failed = |error| ImportError::File(path.to_owned(), error);
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Self::new(file, size).map_err(failed)
    }

    /// Lines in memory.
    pub fn of(text: &'static str) -> Self {
        Self::plain(Box::new(Cursor::new(text)), text.len() as u64)
    }

    fn plain(reader: Box<dyn BufRead + Send>, size: u64) -> Self {
        Self { reader, number: 0, bad: 0, bytes: Arc::default(), size }
    }

    fn new(file: File, size: u64) -> std::io::Result<Self> {
        let bytes = Arc::new(AtomicU64::new(0));
        let mut counted = BufReader::new(Counted { inner: file, bytes: Arc::clone(&bytes) });
        let is_gzip = counted.fill_buf()?.starts_with(&GZIP);
        let reader: Box<dyn BufRead + Send> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(counted))) } else { Box::new(counted) };
        Ok(Self { bytes, ..Self::plain(reader, size) })
    }

    /// The size of the file, in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How much of the file has been read, in bytes.
    pub fn bytes_read(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The films of the next lines, at most so many.
    pub(crate) fn batch(&mut self, lines: usize, access: AccessLevel) -> Batch {
        let mut batch = Batch { films: Vec::with_capacity(lines), bad: Vec::new(), is_last: false };
        for _ in 0..lines {
            self.number += 1;
            let line = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    batch.is_last = true;
                    return batch;
                }
                Err(error) => {
                    let reason = format!("the file cannot be read on from here: {error}");
                    self.tell(&mut batch.bad, reason);
                    batch.is_last = true;
                    return batch;
                }
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            match line::parse(&line, access) {
                Ok(film) => batch.films.push(film),
                Err(reason) => self.tell(&mut batch.bad, reason),
            }
        }
        batch
    }

    fn tell(&mut self, bad: &mut Vec<BadLine>, reason: String) {
        self.bad += 1;
        if self.bad <= TOLD {
            bad.push(BadLine { number: self.number, reason });
        }
    }

    /// How many lines were not imported so far, told of or not.
    pub(crate) const fn bad(&self) -> u64 {
        self.bad
    }

    fn next_line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if read as u64 == limit && !line.ends_with(b"\n") {
            // Skip the rest; what was read is long enough to be refused.
            self.reader.skip_until(b'\n')?;
        }
        Ok((read > 0).then_some(line))
    }
}

struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn lines_of(bytes: &[u8]) -> Lines {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Lines::open(file.path()).unwrap()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(bytes).unwrap();
        packing.finish().unwrap()
    }

    #[test]
    fn plain_and_packed_files_give_the_same_films() {
        let text = b"{\"title\":\"One\"}\n\n{\"title\":\"Two\"}";
        for bytes in [text.to_vec(), packed(text), [packed(&text[..16]), packed(&text[16..])].concat()] {
            let batch = lines_of(&bytes).batch(10, AccessLevel::Free);
            assert_eq!(batch.films.len(), 2);
            assert!(batch.bad.is_empty() && batch.is_last);
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
        let batch = lines_of(&text.concat()).batch(10, AccessLevel::Free);
        let numbers: Vec<_> = batch.bad.iter().map(|bad| bad.number).collect();
        assert_eq!(numbers, [2, 3, 4, 5], "{:?}", batch.bad);
        assert_eq!(batch.films.len(), 2);
    }

    #[test]
    fn a_truncated_archive_gives_what_it_holds_and_says_so() {
        let text: String = (0..2000).map(|n| format!("{{\"title\":\"Film {n} {}\"}}\n", n * 7919)).collect();
        let whole = packed(text.as_bytes());
        let mut lines = lines_of(&whole[..whole.len() / 2]);
        let batch = lines.batch(5000, AccessLevel::Free);
        assert!(batch.is_last && batch.films.len() > 100);
        assert!(batch.bad[0].reason.contains("cannot be read on"), "{:?}", batch.bad);
    }
}
