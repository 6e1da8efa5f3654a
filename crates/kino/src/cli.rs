//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use kino::SettingsSource;
use kino_auth::AuditMark;
use kino_catalogue::{ExportFormat, Format};
use kino_domain::AccessLevel;
use uuid::Uuid;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "kino", version, about = "An online cinema in one program", long_about = None)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the platform (what `kino` alone does)
    Serve,
    /// Make an administrator; asks for what is left out
    CreateSuperuser(CreateSuperuser),
    /// Bring data in
    #[command(subcommand)]
    Import(Import),
    /// Take data out
    #[command(subcommand)]
    Export(Export),
    /// Films to try things out with
    #[command(subcommand)]
    Demo(Demo),
    /// The keys that sign tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Look into the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Look after the search index
    #[command(subcommand)]
    Index(Index),
    /// Open every engine; say what is wrong and what to do
    Doctor,
    /// Show the settings in force and where each comes from, secrets hidden
    Config,
}

#[derive(Debug, Args)]
pub(crate) struct CreateSuperuser {
    /// The user name
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// The e-mail address
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Read the password from standard input (one line) instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Films, from our own files or those of others. A second run finishes or repeats the work; unchanged films stay as
    /// they are
    #[command(after_help = FILM_FORMATS)]
    Films {
        /// The file, the folder, or the address of the database
        #[arg(value_name = "FILE|FOLDER|URL")]
        from: PathBuf,
        /// How the films are written down; shows in the file, mostly: jsonl, csv, imdb, tmdb or practicum
        #[arg(long)]
        format: Option<Format>,
        /// Who may see films that do not say: FREE, PAID or ARCHIVED
        #[arg(long, default_value = "FREE")]
        access: AccessLevel,
    },
    /// Users from a table (CSV) whose first line names its columns: username, email, password_hash (Argon2 or bcrypt)
    /// and, if you like, id, roles, email_verified, first_name, last_name, gender, timezone, language, created_at,
    /// blocked. A second run finishes the work; accounts that are there stay as they are
    Users {
        /// The file
        file: PathBuf,
    },
}

const FILM_FORMATS: &str = "\
Formats, plain or gzip (.gz), told by what is in them:
  jsonl      JSON lines, a film a line: what `kino export films` writes
               kino import films films.jsonl.gz
  csv        a CSV table with the same names as columns
               kino import films films.csv
  imdb       a folder with IMDb's title.basics.tsv.gz and, where you have them, title.ratings, title.crew,
             title.principals, name.basics
               kino import films imdb/
  tmdb       tmdb_5000_movies.csv, with tmdb_5000_credits.csv beside it
               kino import films tmdb_5000_movies.csv
  practicum  the Practicum cinema's SQLite file, or its PostgreSQL database (schema content, else ?schema=NAME)
               kino import films db.sqlite
               kino import films postgres://USER:PASSWORD@HOST/DATABASE";

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// All films, in the order of their ids; `kino import films` makes the same catalogue of them. Persons and genres
    /// without any film are left out
    Films {
        /// The file; packed when its name ends in .gz. `-` is the standard output
        #[arg(default_value = "-")]
        file: PathBuf,
        /// jsonl (JSON lines) or csv (a table) [default: as the file's name says, else jsonl]
        #[arg(long)]
        format: Option<ExportFormat>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Make films up, in both languages: for a look at a large catalogue, for measurements. The same seed makes the
    /// same films, on any machine
    Generate {
        /// How many
        #[arg(long)]
        films: u64,
        /// Another seed makes other films
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Add them to a catalogue that has films already. With the same seed: goes on where an earlier run ended
        #[arg(long)]
        add: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List the keys: which one signs, which sign later, which verify what they signed before
    List,
    /// Make a new key. It is published first and signs two minutes later; nobody notices
    Rotate {
        /// A key may have leaked: delete all but the new one. What they signed is refused, and everyone signs in again
        #[arg(long)]
        compromised: bool,
        /// Do not ask whether --compromised is meant
        #[arg(long, requires = "compromised")]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Index {
    /// Build the search index anew from the database, beside the one that answers meanwhile. A running server does it,
    /// and the command waits
    Rebuild,
    /// Show what index and database hold, how far the index is behind, and what could not be indexed
    Status,
    /// List what could not be indexed, with the reasons
    Letters,
    /// Have what could not be indexed tried again, by the running server or the next one
    Replay {
        /// The letter, as `kino index letters` lists it
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<Uuid>,
        /// All letters
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check that no entry was changed, taken out or cut off since it was written
    Verify {
        /// An end of the log that was told earlier: what came before it must be the same still
        #[arg(long, value_name = "POSITION:SEAL")]
        expect: Option<AuditMark>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SettingFlags {
    /// A configuration file (default: kino.toml, where it is there)
    #[arg(long, global = true, env = "KINO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen, e.g. 127.0.0.1:8000
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The folder of embedded engines and keys
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The services to run, separated by commas
    #[arg(long, global = true, value_name = "NAMES")]
    services: Option<String>,
    /// Any setting, e.g. --set limits.enabled=false
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = name_and_value)]
    set: Vec<(String, String)>,
}

impl SettingFlags {
    /// Where the settings come from: file, environment, these flags.
    pub(crate) fn source(self) -> SettingsSource {
        let named = [
            ("--listen", "listen", self.listen),
            ("--data-dir", "data_dir", self.data_dir),
            ("--services", "services", self.services),
        ];
        let named = named
            .into_iter()
            .filter_map(|(flag, name, value)| Some((flag.to_owned(), name.to_owned(), value?)));
        let set = self.set.into_iter().map(|(name, value)| (format!("--set {name}"), name, value));
        let flags = named.chain(set).collect();
        SettingsSource::of_process(self.config, flags)
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
