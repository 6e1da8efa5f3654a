//! Reading a table of users (CSV), line by line; lines that are no users are told of.
//!
//! A row is one line. No cell needs a line break, and so a quotation mark that is not closed spoils its own row, not all
//! that follow.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::{
    ImportedUser, UserImportError,
    row::{self, Cells},
};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// A longer line is no user.
const LONGEST_LINE: usize = 64 * 1024;
/// More bad rows than this are counted, not kept.
const TOLD: u64 = 1000;

/// A row that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The number of its line, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// The table of users in a file.
#[derive(Debug)]
pub struct UserTable {
    lines: BufReader<File>,
    separator: u8,
    /// The names of the columns, in small letters.
    columns: StringRecord,
    /// Of the last line that was read.
    number: u64,
    bad: u64,
    bytes: u64,
    size: u64,
}

/// A row that may be imported.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) user: ImportedUser,
}

/// Some rows.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Row>,
    pub(crate) bad: Vec<BadRow>,
    pub(crate) is_last: bool,
}

impl UserTable {
    /// Opens a file. Its first line names the columns, in any order; commas, semicolons or tabs separate them.
    pub fn open(path: &Path) -> Result<Self, UserImportError> {
        let failed = |error| UserImportError::File(path.to_owned(), error);
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let (lines, columns) = (BufReader::new(file), StringRecord::new());
        let mut table = Self { lines, separator: b',', columns, number: 0, bad: 0, bytes: 0, size };
        let first = table.next_line().map_err(failed)?.unwrap_or_default();
        let first = first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&first);
        table.separator = separator(first);
        let names = cells(first, table.separator);
        table.columns =
            names.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
        table.check_columns()?;
        Ok(table)
    }

    fn check_columns(&self) -> Result<(), UserImportError> {
        let is_missing = |name: &&str| self.columns.iter().all(|column| column != *name);
        if let Some(missing) = Cells::NEEDED.into_iter().find(is_missing) {
            return Err(UserImportError::NoColumn(missing));
        }
        let mut seen = HashSet::new();
        match self.columns.iter().find(|name| !seen.insert(*name)) {
            Some(twice) => Err(UserImportError::ColumnTwice(twice.to_owned())),
            None => Ok(()),
        }
    }

    /// The size of the file, in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How much of the file has been read, in bytes.
    pub const fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Columns that an import knows nothing of and passes over.
    pub fn passed_over(&self) -> Vec<String> {
        let is_known = |name: &&str| Cells::NEEDED.contains(name) || Cells::POSSIBLE.contains(name);
        self.columns.iter().filter(|name| !is_known(name)).map(str::to_owned).collect()
    }

    /// The users of the next lines, at most so many.
    pub(crate) fn batch(&mut self, lines: usize, roles: &HashSet<String>, now: DateTime<Utc>) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..lines {
            let line = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    batch.is_last = true;
                    break;
                }
                Err(error) => {
                    let reason = format!("the file cannot be read on from here: {error}");
                    self.tell(&mut batch.bad, self.number, reason);
                    batch.is_last = true;
                    break;
                }
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            match self.parse(&line, roles, now) {
                Ok(user) => batch.rows.push(Row { line: self.number, user }),
                Err(reason) => self.tell(&mut batch.bad, self.number, reason),
            }
        }
        batch
    }

    fn parse(
        &self,
        line: &[u8],
        roles: &HashSet<String>,
        now: DateTime<Utc>,
    ) -> Result<ImportedUser, String> {
        if line.len() > LONGEST_LINE {
            return Err("is longer than 64 KiB".to_owned());
        }
        let cells = cells(line, self.separator);
        let (count, columns) = (cells.len(), self.columns.len());
        if count != columns {
            return Err(format!("has {count} cells, and the first line names {columns} columns"));
        }
        let cells = StringRecord::from_byte_record(cells).map_err(|_| "is not UTF-8".to_owned())?;
        let cells: Cells<'_> =
            cells.deserialize(Some(&self.columns)).map_err(|_| "cannot be read".to_owned())?;
        row::parse(&cells, roles, now)
    }

    /// Notes a row that is not imported.
    pub(crate) fn tell(&mut self, bad: &mut Vec<BadRow>, line: u64, reason: String) {
        self.bad += 1;
        if self.bad <= TOLD {
            bad.push(BadRow { line, reason });
        }
    }

    /// How many rows were not imported so far, told of or not.
    pub(crate) const fn bad(&self) -> u64 {
        self.bad
    }

    fn next_line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        self.number += 1;
        let mut line = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let mut read = self.lines.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if read as u64 == limit && !line.ends_with(b"\n") {
            // Skip the rest; what was read is long enough to be refused.
            read += self.lines.skip_until(b'\n')?;
        }
        self.bytes += read as u64;
        Ok((read > 0).then_some(line))
    }
}

/// What separates the columns of the first line: whatever stands in it most often.
fn separator(line: &[u8]) -> u8 {
    let parts = |separator: &u8| line.split(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(parts).unwrap_or(b',')
}

/// The cells of one line.
fn cells(line: &[u8], separator: u8) -> ByteRecord {
    let line = &line[..line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len())];
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(line.len().max(1))
        .from_reader(line);
    let mut cells = ByteRecord::new();
    // A flexible reader takes whatever it is given.
    let _ = reader.read_byte_record(&mut cells);
    cells
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuEpcPTQ3XJVZ5gZXRtKQzVQZ9Jq1bYzG";

    fn table(text: impl AsRef<[u8]>) -> Result<UserTable, UserImportError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_ref()).unwrap();
        UserTable::open(file.path())
    }

    fn read(text: impl AsRef<[u8]>) -> Batch {
        let roles = ["SUB_USER".to_owned(), "UNSUB_USER".to_owned()].into();
        table(text).unwrap().batch(100, &roles, DateTime::from_timestamp(1_790_000_000, 0).unwrap())
    }

    #[test]
    fn columns_come_in_any_order_and_are_separated_in_several_ways() {
        for text in [
            format!("username,email,password_hash,roles\nanna,anna@example.org,{HASH},SUB_USER UNSUB_USER\n"),
            format!(
                "\u{feff}Roles;password_hash; EMAIL ;Username\r\n\"SUB_USER;UNSUB_USER\";{HASH};anna@example.org;anna"
            ),
            format!(
                "email\tusername\tpassword_hash\troles\tage\n\nanna@example.org\t\"anna\"\t{HASH}\tSUB_USER|UNSUB_USER\t7\n"
            ),
        ] {
            let batch = read(&text);
            assert!(batch.bad.is_empty() && batch.is_last, "{text}: {:?}", batch.bad);
            let anna = &batch.rows[0].user;
            assert_eq!((anna.username.key.as_str(), anna.email.key.as_str()), ("anna", "anna@example.org"));
            assert_eq!(anna.roles, ["SUB_USER", "UNSUB_USER"]);
        }
    }

    #[test]
    fn a_first_line_that_names_no_columns_is_refused() {
        for (text, told) in [
            ("", "no column `username`"),
            ("username,email\n", "no column `password_hash`"),
            ("username,email,password_hash,email\n", "`email` twice"),
        ] {
            let error = table(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let more = table("username,shoe_size,email,password_hash\n").unwrap();
        assert_eq!(more.passed_over(), ["shoe_size"]);
    }

    #[test]
    fn bad_rows_are_told_of_by_line_and_the_rest_goes_in() {
        let mut text = b"username,email,password_hash\n".to_vec();
        let mut add = |line: &[u8]| {
            text.extend_from_slice(line);
            text.push(b'\n');
        };
        let good = |name: &str| format!("{name},{name}@example.org,{HASH}");
        add(good("anna").as_bytes());
        add(b"x,x@example.org,secret");
        add(b"");
        add(b"boris,boris@example.org");
        add(format!("{},more", good("vera")).as_bytes());
        add(b"\xff\xfe,galina@example.org,x");
        add(good("dmitri").as_bytes());
        add(b"\"elena,elena@example.org,x");
        add(&vec![b'x'; LONGEST_LINE + 1]);
        add(good("fyodor").as_bytes());
        let batch = read(text);
        let told: Vec<_> = batch.bad.iter().map(|bad| (bad.line, bad.reason.as_str())).collect();
        assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 5, 6, 7, 9, 10], "{told:?}");
        for (n, reason) in
            [(1, "has 2 cells"), (2, "has 4 cells"), (3, "UTF-8"), (4, "has 1 cells"), (5, "64 KiB")]
        {
            assert!(told[n].1.contains(reason), "{told:?}");
        }
        let names: Vec<_> = batch.rows.iter().map(|row| (row.line, row.user.username.key.as_str())).collect();
        assert_eq!(names, [(2, "anna"), (8, "dmitri"), (11, "fyodor")]);
    }
}
