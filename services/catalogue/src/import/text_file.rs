//! A file of text, plain or gzip, line by line.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use super::{ImportError, report::Place};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
/// A longer line is no film.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;
const UNPACKED_AT_ONCE: usize = 64 * 1024;

/// A file of text. Line ends and the byte order mark are cut off.
pub(super) struct TextFile {
    name: Arc<str>,
    reader: Box<dyn BufRead + Send>,
    /// Of the line that was read last, from 1.
    number: u64,
    has_ended: bool,
    bytes: Arc<AtomicU64>,
    size: u64,
}

impl TextFile {
    /// Opens a file; whether it is packed, its first bytes say.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        Self::open_counted(path, Arc::default())
    }

    /// Opens a file whose bytes are counted together with those of others.
    pub(super) fn open_counted(path: &Path, bytes: Arc<AtomicU64>) -> Result<Self, ImportError> {
        let failed = |error| ImportError::File(path.to_owned(), error);
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into();
        let mut reader = unpacked(Counted { inner: file, bytes: Arc::clone(&bytes) }).map_err(failed)?;
        let start = reader.fill_buf().unwrap_or_default();
        if UTF_16.iter().any(|mark| start.starts_with(mark)) {
            let advice = "the file is UTF-16; save it as UTF-8 and try again";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, advice)));
        }
        Ok(Self { name, reader, number: 0, has_ended: false, bytes, size })
    }

    /// A text in memory.
    pub(super) fn of(name: &str, text: &'static str) -> Self {
        let reader = Box::new(Cursor::new(text));
        let bytes = Arc::default();
        Self { name: name.into(), reader, number: 0, has_ended: false, bytes, size: text.len() as u64 }
    }

    /// The size of the file, in bytes.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// How much of the file has been read, in bytes.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Where the line is that was read last.
    pub(super) fn place(&self) -> Place {
        self.place_of(self.number)
    }

    pub(super) fn place_of(&self, number: u64) -> Place {
        Place { file: Arc::clone(&self.name), number }
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line into `line`; whether there was one. What is wrong with a line is told in a sentence, and the
    /// next call goes on behind it.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> Result<bool, String> {
        line.clear();
        if self.has_ended {
            return Ok(false);
        }
        self.number += 1;
        self.read_line(line).map_err(|error| {
            self.has_ended = true;
            format!("the file cannot be read on from here: {error}")
        })?;
        if self.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.len() > LONGEST_LINE {
            return Err(format!("it is longer than {} MiB", LONGEST_LINE / (1024 * 1024)));
        }
        Ok(!self.has_ended)
    }

    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let limit = LONGEST_LINE as u64 + 2;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', line)?;
        self.has_ended = read == 0;
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        } else if read as u64 == limit {
            // Skip the rest; what was read is long enough to be refused.
            self.reader.skip_until(b'\n')?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for TextFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TextFile({})", self.place())
    }
}

/// A reader of what a file holds, unpacked where it is gzip.
pub(super) fn unpacked<R: Read + Send + 'static>(file: R) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::new(file);
    if file.fill_buf()?.starts_with(&GZIP) {
        return Ok(Box::new(BufReader::with_capacity(UNPACKED_AT_ONCE, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use super::*;

    pub(in super::super) fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    pub(in super::super) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(bytes).unwrap();
        packing.finish().unwrap()
    }

    #[test]
    fn line_ends_and_the_byte_order_mark_are_no_text() {
        let file = file_of("\u{feff}one\r\n\ntwo\nthree".as_bytes());
        let mut file = TextFile::open(file.path()).unwrap();
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while file.next(&mut line).unwrap() {
            lines.push((file.number(), String::from_utf8(line.clone()).unwrap()));
        }
        let wanted = [(1, "one"), (2, ""), (3, "two"), (4, "three")];
        assert_eq!(lines, wanted.map(|(number, line)| (number, line.to_owned())));
    }

    #[test]
    fn utf_16_is_refused_with_what_to_do() {
        let error = TextFile::open(file_of(b"\xff\xfe{\x00").path()).unwrap_err().to_string();
        assert!(error.contains("save it as UTF-8"), "{error}");
    }
}
