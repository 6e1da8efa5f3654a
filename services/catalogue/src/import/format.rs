//! Which kind of files films can be imported from, and how it is told.

use std::{
    fmt,
    io::BufRead as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{
    ImportError, Lines,
    csv::{self, CsvFilms},
    imdb::Imdb,
    practicum::{self, Practicum},
    source::Source,
    table::Table,
    text_file::unpacked,
    tmdb::Tmdb,
};

/// How films are written down where they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON lines, our own.
    Jsonl,
    /// A table with the keys of our JSON lines as columns.
    Csv,
    /// IMDb's files as published.
    Imdb,
    /// The two tables "TMDB 5000".
    Tmdb,
    /// A database of the Practicum cinema.
    Practicum,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Jsonl, Self::Csv, Self::Imdb, Self::Tmdb, Self::Practicum];

    /// The name on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Imdb => "imdb",
            Self::Tmdb => "tmdb",
            Self::Practicum => "practicum",
        }
    }

    /// What it is, in one line.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Jsonl => "JSON lines, a film a line: what `kino export films` writes",
            Self::Csv => "a CSV table with the same names as columns",
            Self::Imdb => {
                "a folder with IMDb's title.basics, and title.ratings, title.crew, title.principals, name.basics \
                 where you have them (.tsv or .csv)"
            }
            Self::Tmdb => "tmdb_5000_movies.csv, with tmdb_5000_credits.csv beside it",
            Self::Practicum => {
                "the Practicum cinema's SQLite file, or postgres://USER:PASSWORD@HOST/DATABASE (schema content, else \
                 ?schema=NAME)"
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.code() == text);
        found.ok_or_else(|| format!("unknown format `{text}`: use {}", Self::ALL.map(Self::code).join(", ")))
    }
}

/// The formats, a line each, for an error.
pub(super) fn listed() -> String {
    Format::ALL.map(|format| format!("  {:<10} {}", format.code(), format.description())).join("\n")
}

/// Opens what films are to be imported from: a file, a folder or a database's address. Its format shows in its name and
/// its first bytes, unless it is said.
pub async fn open(from: &Path, format: Option<Format>) -> Result<Box<dyn Source>, ImportError> {
    let format = format.map_or_else(|| recognized(from), Ok)?;
    let film_table = || -> PathBuf {
        if from.is_dir() { Tmdb::find(from).unwrap_or_else(|| from.to_owned()) } else { from.to_owned() }
    };
    Ok(match format {
        Format::Jsonl => Box::new(Lines::open(from)?),
        Format::Csv => Box::new(CsvFilms::open(from)?),
        Format::Imdb => Box::new(Imdb::open(from)?),
        Format::Tmdb => Box::new(Tmdb::open(&film_table())?),
        Format::Practicum => match address(from) {
            Some(url) => Box::new(Practicum::open_server(url).await?),
            None => Box::new(Practicum::open_file(from).await?),
        },
    })
}

fn recognized(from: &Path) -> Result<Format, ImportError> {
    if address(from).is_some() {
        return Ok(Format::Practicum);
    }
    let format = if from.is_dir() { of_folder(from) } else { of_file(from)? };
    format.ok_or_else(|| ImportError::Unrecognized(from.to_owned()))
}

/// The address of a PostgreSQL server.
fn address(from: &Path) -> Option<&str> {
    let schemes = ["postgres://", "postgresql://"];
    from.to_str().filter(|from| schemes.iter().any(|scheme| from.starts_with(scheme)))
}

fn of_folder(folder: &Path) -> Option<Format> {
    if Imdb::is_in(folder) {
        return Some(Format::Imdb);
    }
    Tmdb::find(folder).map(|_| Format::Tmdb)
}

fn of_file(path: &Path) -> Result<Option<Format>, ImportError> {
    let failed = |error| ImportError::File(path.to_owned(), error);
    let mut file = unpacked(std::fs::File::open(path).map_err(failed)?).map_err(failed)?;
    // A damaged archive shows itself when it is read.
    let start = file.fill_buf().unwrap_or_default();
    if practicum::is_sqlite(start) {
        return Ok(Some(Format::Practicum));
    }
    let text = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start).trim_ascii_start();
    let name = path.to_string_lossy().to_ascii_lowercase();
    let is_named_so = [".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"].iter().any(|end| name.ends_with(end));
    if text.starts_with(b"{") || is_named_so {
        return Ok(Some(Format::Jsonl));
    }
    of_table(path)
}

fn of_table(path: &Path) -> Result<Option<Format>, ImportError> {
    let table = match Table::open(path) {
        Ok(table) => table,
        // It is no text.
        Err(ImportError::Table(..)) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(if table.column("tconst").is_there() && table.column("primaryTitle").is_there() {
        Some(Format::Imdb)
    } else if Tmdb::is_film_table(table.names()) {
        Some(Format::Tmdb)
    } else if csv::is_ours(&table.names().collect::<Vec<_>>()) {
        Some(Format::Csv)
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::{super::text_file::tests::packed, *};

    fn told(name: &str, content: &[u8]) -> Result<Format, ImportError> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        recognized(&path)
    }

    #[test]
    fn a_file_says_what_it_is() {
        for (content, format) in [
            (&b"{\"title\":\"X\"}"[..], Format::Jsonl),
            ("\u{feff}\n {}".as_bytes(), Format::Jsonl),
            (b"title,year\nX,1999", Format::Csv),
            (b"title;genres\n", Format::Csv),
            (b"tconst\ttitleType\tprimaryTitle\n", Format::Imdb),
            (b"\"tconst\",\"primary_title\"\n", Format::Imdb),
            (b"budget,id,overview,production_countries,title\n", Format::Tmdb),
            (b"SQLite format 3\0......", Format::Practicum),
        ] {
            for content in [content.to_vec(), packed(content)] {
                assert_eq!(told("films", &content).unwrap(), format);
            }
        }
        assert_eq!(told("films.jsonl", b"").unwrap(), Format::Jsonl);
        assert_eq!(recognized(Path::new("postgres://u:p@h/d")).unwrap(), Format::Practicum);
    }

    #[test]
    fn what_is_none_of_them_is_refused_with_the_list() {
        let pairs = [
            ("notes.txt", &b"Dear diary"[..]),
            ("movies.csv", b"movieId,title,genres\n1,X,Drama\n"),
            ("names.tsv", b"nconst\tprimaryName\n"),
            ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("empty", b""),
        ];
        for (name, content) in pairs {
            let error = told(name, content).unwrap_err().to_string();
            for part in Format::ALL.map(Format::code).into_iter().chain([name, "--format"]) {
                assert!(error.contains(part), "{part:?} is not in {error}");
            }
        }
        let error = recognized(Path::new("/no/such/file")).unwrap_err();
        assert!(matches!(error, ImportError::File(..)));
    }

    #[test]
    fn a_folder_says_what_it_is() {
        let folder = TempDir::new().unwrap();
        assert!(recognized(folder.path()).is_err());
        fs::write(folder.path().join("tmdb_5000_movies.csv.gz"), "").unwrap();
        fs::write(folder.path().join("tmdb_5000_credits.csv.gz"), "").unwrap();
        assert_eq!(recognized(folder.path()).unwrap(), Format::Tmdb);
        fs::write(folder.path().join("title.basics.tsv.gz"), "").unwrap();
        assert_eq!(recognized(folder.path()).unwrap(), Format::Imdb);
    }
}
