//! Tables in files: CSV (RFC 4180: quoted cells may hold separators and line ends) and TSV as IMDb writes it, which
//! knows no quotation marks. The first line names the columns.

use std::{
    collections::VecDeque,
    path::Path,
    str::FromStr,
    sync::{Arc, atomic::AtomicU64},
};

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use serde::de::DeserializeOwned;

use super::{
    ImportError,
    report::Place,
    text_file::{LONGEST_LINE, TextFile},
};

/// How a cell without a value is written, beside the empty one.
const NONE: &str = "\\N";

/// A table in a file.
#[derive(Debug)]
pub(super) struct Table {
    file: TextFile,
    separator: u8,
    /// As the first line names them.
    names: Vec<String>,
    /// Lines that were read ahead in search of a closing quotation mark, with their numbers.
    ahead: VecDeque<(u64, Vec<u8>)>,
    /// Of the line at which the row begins that was read last.
    number: u64,
}

/// A column, which the table may lack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    index: Option<usize>,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        Self::open_counted(path, Arc::default())
    }

    /// Opens a table whose bytes are counted together with those of others.
    pub(super) fn open_counted(path: &Path, bytes: Arc<AtomicU64>) -> Result<Self, ImportError> {
        let file = TextFile::open_counted(path, bytes)?;
        let mut table = Self { file, separator: b',', names: Vec::new(), ahead: VecDeque::new(), number: 0 };
        let mut header = Vec::new();
        let read = table.file.next(&mut header);
        read.map_err(|reason| ImportError::Table(path.to_owned(), reason))?;
        table.separator = separator(&header);
        let names = table.cells(&header).map_err(|reason| ImportError::Table(path.to_owned(), reason))?;
        table.names = names.iter().map(|name| name.trim().to_owned()).collect();
        Ok(table)
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A column that may be missing. `primaryTitle` is also found as `primary_title`.
    pub(super) fn column(&self, name: &'static str) -> Column {
        let wanted = plain(name);
        Column { name, index: self.names.iter().position(|name| plain(name) == wanted) }
    }

    /// A column that must be there.
    pub(super) fn needed(&self, name: &'static str) -> Result<Column, ImportError> {
        let column = self.column(name);
        if column.is_there() {
            return Ok(column);
        }
        let file = self.file.place().file.to_string();
        Err(ImportError::NoColumn { file, column: name, there: self.names.join(", ") })
    }

    /// The size of the file, in bytes.
    pub(super) const fn size(&self) -> u64 {
        self.file.size()
    }

    /// How much of the file has been read, in bytes.
    pub(super) fn bytes_read(&self) -> u64 {
        self.file.bytes_read()
    }

    /// Where the row begins that was read last.
    pub(super) fn place(&self) -> Place {
        self.file.place_of(self.number)
    }

    /// Reads the next row; whether there was one. What is wrong with a row is told in a sentence, and the next call goes
    /// on behind it.
    pub(super) fn next(&mut self, row: &mut StringRecord) -> Result<bool, String> {
        let mut line = Vec::new();
        loop {
            if !self.next_line(&mut line)? {
                return Ok(false);
            }
            if !line.trim_ascii().is_empty() {
                break;
            }
        }
        if self.separator != b'\t' {
            self.close_quotes(&mut line)?;
        }
        *row = self.cells(&line)?;
        let (count, columns) = (row.len(), self.names.len());
        if count != columns {
            return Err(format!("it has {count} cells, and the first line names {columns} columns"));
        }
        Ok(true)
    }

    fn next_line(&mut self, line: &mut Vec<u8>) -> Result<bool, String> {
        if let Some((number, ahead)) = self.ahead.pop_front() {
            (self.number, *line) = (number, ahead);
            return Ok(true);
        }
        let read = self.file.next(line);
        self.number = self.file.number();
        read
    }

    /// Adds the lines to which a quoted cell goes on. Where none closes it, the row is bad, and the lines are read again
    /// as rows of their own: a stray quotation mark spoils one row, not all that follow.
    fn close_quotes(&mut self, row: &mut Vec<u8>) -> Result<(), String> {
        let begun = self.number;
        let first = row.len();
        let mut taken = Vec::new();
        let mut line = Vec::new();
        let mut is_open = has_odd_quotes(row);
        while is_open {
            let goes_on = row.len() <= LONGEST_LINE && self.next_line(&mut line).unwrap_or(false);
            if !goes_on {
                row.truncate(first);
                taken.extend(std::mem::take(&mut self.ahead));
                self.ahead = taken.into();
                self.number = begun;
                return Err("a quotation mark in it is not closed".to_owned());
            }
            row.push(b'\n');
            row.extend_from_slice(&line);
            is_open ^= has_odd_quotes(&line);
            taken.push((self.number, std::mem::take(&mut line)));
        }
        self.number = begun;
        Ok(())
    }

    fn cells(&self, line: &[u8]) -> Result<StringRecord, String> {
        let not_utf8 = |_| "it is not UTF-8".to_owned();
        if self.separator == b'\t' {
            let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
            return Ok(line.split('\t').collect());
        }
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .buffer_capacity(line.len().max(1))
            .from_reader(line);
        let mut cells = ByteRecord::new();
        // A flexible reader takes whatever it is given.
        let _ = reader.read_byte_record(&mut cells);
        StringRecord::from_byte_record(cells).map_err(not_utf8)
    }
}

impl Column {
    /// A column that the table lacks.
    pub(super) const fn absent(name: &'static str) -> Self {
        Self { name, index: None }
    }

    pub(super) const fn is_there(self) -> bool {
        self.index.is_some()
    }

    /// What a row has in this column.
    pub(super) fn of(self, row: &StringRecord) -> Option<&str> {
        let cell = row.get(self.index?)?;
        Some(cell).filter(|cell| !cell.is_empty() && *cell != NONE)
    }

    /// The text that a row has in this column.
    pub(super) fn text(self, row: &StringRecord) -> Option<String> {
        self.of(row).map(str::to_owned)
    }

    /// The number that a row has in this column.
    pub(super) fn number<T: FromStr>(self, row: &StringRecord) -> Result<Option<T>, String> {
        let Some(cell) = self.of(row) else { return Ok(None) };
        let number = cell.trim().parse();
        number.map(Some).map_err(|_| format!("{} is {cell:?}, which is no such number", self.name))
    }

    /// The JSON array that a row has in this column.
    pub(super) fn json<T: DeserializeOwned>(self, row: &StringRecord) -> Result<Vec<T>, String> {
        let Some(cell) = self.of(row) else { return Ok(Vec::new()) };
        serde_json::from_str(cell).map_err(|error| format!("{} is not as expected: {error}", self.name))
    }
}

/// What separates the columns of the first line: whatever stands in it most often.
fn separator(line: &[u8]) -> u8 {
    let parts = |separator: &u8| line.split(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(parts).unwrap_or(b',')
}

/// A name of a column without what people write differently.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a quoted cell opens or ends in this line, and no more than that.
fn has_odd_quotes(line: &[u8]) -> bool {
    line.iter().fold(false, |is_odd, byte| is_odd ^ (*byte == b'"'))
}

#[cfg(test)]
mod tests {
    use super::{super::text_file::tests::file_of, *};

    /// With the number of its line.
    type Cell = (u64, Option<String>);

    /// What is read of column `b`, with line numbers; what is told of bad rows.
    fn read(text: &[u8]) -> (Vec<Cell>, Vec<(u64, String)>) {
        let mut table = Table::open(file_of(text).path()).unwrap();
        let column = table.needed("b").unwrap();
        let (mut rows, mut bad, mut row) = (Vec::new(), Vec::new(), StringRecord::new());
        for _ in 0..100 {
            match table.next(&mut row) {
                Ok(false) => return (rows, bad),
                Ok(true) => rows.push((table.place().number, column.text(&row))),
                Err(reason) => bad.push((table.place().number, reason)),
            }
        }
        panic!("the table does not end")
    }

    fn cell(number: u64, text: &str) -> Cell {
        (number, Some(text.to_owned()))
    }

    #[test]
    fn cells_are_quoted_in_csv_and_never_in_tsv() {
        let (rows, bad) = read("\u{feff}a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,\n".as_bytes());
        assert_eq!((rows, bad), (vec![cell(2, "x, \"y\"\nz"), (5, None)], vec![]));
        let (rows, bad) = read(b"a\tb\n1\t\"Weird\n2\t\\N\n");
        assert_eq!((rows, bad), (vec![cell(2, "\"Weird"), (3, None)], vec![]));
    }

    #[test]
    fn bad_rows_are_told_of_and_the_rest_goes_on() {
        let (rows, bad) = read(b"a;b\n1;x\n2\n3;\xff\n4;y;z\n5;z\n");
        assert_eq!(rows, [cell(2, "x"), cell(6, "z")]);
        let told: Vec<_> = bad.iter().map(|(number, _)| *number).collect();
        assert_eq!(told, [3, 4, 5], "{bad:?}");
        assert!(bad[0].1.contains("1 cells") && bad[1].1.contains("UTF-8"), "{bad:?}");
    }

    #[test]
    fn a_stray_quotation_mark_spoils_its_own_row() {
        let (rows, bad) = read(b"a,b\n1,x\n2,\"y\n3,z\n4,w\n");
        assert_eq!(rows, [cell(2, "x"), cell(4, "z"), cell(5, "w")]);
        assert_eq!(bad, [(3, "a quotation mark in it is not closed".to_owned())]);
    }

    #[test]
    fn a_missing_column_is_told_with_those_that_are_there() {
        let table = Table::open(file_of(b"tconst,primaryTitle\n").path()).unwrap();
        assert!(table.column("primary_title").is_there());
        let error = table.needed("nconst").unwrap_err().to_string();
        assert!(error.contains("no column `nconst`") && error.contains("tconst, primaryTitle"), "{error}");
    }
}
