//! IMDb's files as published (TSV, gzip or not), and copies of them as CSV: a folder with `title.basics`, and
//! `title.ratings`, `title.crew`, `title.principals`, `name.basics` where they are there.
//!
//! Titles, crew and principals are sorted by title and read side by side, so memory does not grow with them. What is kept:
//! the ratings, and the names of those who made films. Whose names these are, a first reading of titles, crew and
//! principals tells; most principals made episodes, which are not imported.

mod credits;
mod files;
mod names;
mod numbers;
mod ratings;
mod sorted;
mod titles;

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use kino_domain::AccessLevel;

use self::{
    credits::CreditsFile,
    files::Files,
    names::{Names, NamesFile},
    numbers::Numbers,
    ratings::{Rating, RatingsFile},
    sorted::Sorted,
    titles::TitlesFile,
};
use super::{
    ImportError,
    source::{Batch, Source},
    table::Table,
};

/// Rows that are read between two looks at whether to stop.
const STEP: usize = 100_000;

/// IMDb's files.
#[derive(Debug)]
pub(super) struct Imdb {
    stages: VecDeque<Stage>,
    known: Known,
    bytes: Arc<AtomicU64>,
    size: u64,
}

/// What is read, in this order.
#[derive(Debug)]
enum Stage {
    Ratings(RatingsFile),
    /// Which titles are films.
    Titles(TitlesFile),
    /// Who made them.
    Credits(CreditsFile),
    /// What their names are.
    Names(NamesFile),
    Films(TitlesFile, Vec<CreditsFile>),
}

/// What the stages before told.
#[derive(Debug, Default)]
struct Known {
    ratings: HashMap<u32, Rating>,
    /// The films.
    titles: Numbers,
    /// Those who made them.
    people: Numbers,
    names: Names,
}

impl Imdb {
    /// Whether a folder holds such files.
    pub(super) fn is_in(folder: &Path) -> bool {
        Files::are_in(folder)
    }

    /// Opens the files of a folder, or a file of titles alone.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let files = Files::find(path)?;
        let (bytes, mut size) = (Arc::new(AtomicU64::new(0)), 0);
        let mut open = |path: &Path| {
            let table = Table::open_counted(path, Arc::clone(&bytes))?;
            size += table.size();
            Ok::<_, ImportError>(table)
        };
        let mut credits = |files: &Files| {
            let mut credits = Vec::new();
            // Without names, ids are of no use.
            if files.names.is_some() {
                let (crew, principals) = (files.crew.as_deref(), files.principals.as_deref());
                if let Some(path) = crew {
                    credits.push(CreditsFile::crew(Sorted::new(open(path)?)?)?);
                }
                if let Some(path) = principals {
                    credits.push(CreditsFile::principals(Sorted::new(open(path)?)?)?);
                }
            }
            Ok::<_, ImportError>(credits)
        };
        let (first, second) = (credits(&files)?, credits(&files)?);
        let mut stages = VecDeque::new();
        if let Some(path) = &files.ratings {
            stages.push_back(Stage::Ratings(RatingsFile::new(open(path)?)?));
        }
        if let Some(path) = files.names.as_deref().filter(|_| !first.is_empty()) {
            stages.push_back(Stage::Titles(TitlesFile::new(Sorted::new(open(&files.titles)?)?)?));
            stages.extend(first.into_iter().map(Stage::Credits));
            stages.push_back(Stage::Names(NamesFile::new(open(path)?)?));
        }
        stages.push_back(Stage::Films(TitlesFile::new(Sorted::new(open(&files.titles)?)?)?, second));
        Ok(Self { stages, known: Known::default(), bytes, size })
    }
}

impl Source for Imdb {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn batch(&mut self, access: AccessLevel) -> Result<Batch, ImportError> {
        let (mut batch, known) = (Batch::default(), &mut self.known);
        let goes_on = match self.stages.front_mut() {
            None => false,
            Some(Stage::Ratings(file)) => file.step(known, &mut batch),
            Some(Stage::Titles(file)) => file.step(known)?,
            Some(Stage::Credits(file)) => file.step(known)?,
            Some(Stage::Names(file)) => file.step(known, &mut batch),
            Some(Stage::Films(file, credits)) => file.films(known, credits, access, &mut batch)?,
        };
        if !goes_on {
            self.stages.pop_front();
        }
        batch.is_last = self.stages.is_empty();
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::{super::BadRow, *};
    use crate::film::Kind;

    const BASICS: &str = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n\
        tt0000001\tmovie\tThe \"Quoted\tLe \"Cité\t0\t1999\t\\N\t95\tDrama,Sci-Fi\n\
        tt0000002\ttvEpisode\tPilot\tPilot\t0\t2001\t\\N\t\\N\t\\N\n\
        tt0000003\ttvSeries\tLong Story\tLong Story\t1\t2001\t2004\t45\t\\N\n\
        tt0000004\tmovie\tToo Late\tToo Late\t0\t2115\t\\N\t\\N\t\\N\n\
        tt0000005\tmovie\tShort Row\n";
    const OTHERS: [(&str, &str); 4] = [
        ("title.ratings.tsv", "tconst\taverageRating\tnumVotes\ntt0000003\t8.1\t700\ntt0000001\t6.5\t12\n"),
        ("title.crew.tsv", "tconst\tdirectors\twriters\ntt0000001\tnm0000001\tnm0000002,nm0000009\n"),
        (
            "title.principals.tsv",
            "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n\
             tt0000001\t1\tnm0000003\tactress\t\\N\t[\"She\"]\ntt0000001\t2\tnm0000001\tdirector\t\\N\t\\N\n\
             tt0000002\t1\tnm0000004\tactor\t\\N\t\\N\ntt0000003\t1\tnm0000002\tself\t\\N\t\\N\n",
        ),
        (
            "name.basics.tsv",
            "nconst\tprimaryName\tbirthYear\nnm0000001\tAda\t1950\nnm0000002\tBen\t\\N\nnm0000003\tCleo\t\\N\n\
             nm0000004\tDan\t\\N\n",
        ),
    ];

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn read(folder: &Path) -> Result<Batch, ImportError> {
        let mut imdb = Imdb::open(folder)?;
        let mut all = Batch::default();
        while !all.is_last {
            let batch = imdb.batch(AccessLevel::Free)?;
            all.films.extend(batch.films);
            all.bad.extend(batch.bad);
            all.skipped += batch.skipped;
            all.is_last = batch.is_last;
        }
        assert_eq!(imdb.read(), imdb.size(), "the bar comes to its end");
        Ok(all)
    }

    #[test]
    fn the_files_together_give_whole_films() {
        let files: Vec<_> = [("title.basics.tsv", BASICS)].into_iter().chain(OTHERS).collect();
        let batch = read(folder(&files).path()).unwrap();
        let told: Vec<_> = batch.bad.iter().map(BadRow::to_string).collect();
        assert!(told[0].starts_with("title.basics.tsv:5: the year 2115 is not from"), "{told:?}");
        assert!(told[1].starts_with("title.basics.tsv:6: it has 3 cells"), "{told:?}");
        assert_eq!((batch.bad.len(), batch.films.len(), batch.skipped), (2, 2, 1));
        let [film, series] = &batch.films[..] else { panic!("{:?}", batch.films) };
        assert_eq!(film.title.en.as_deref(), Some("The \"Quoted"));
        assert_eq!(film.original_title.as_deref(), Some("Le \"Cité"));
        assert_eq!((film.year, film.duration_minutes, film.genres.len()), (Some(1999), Some(95), 2));
        assert_eq!((film.imdb_rating, film.votes), (Some(6.5), 12));
        let names = |people: &[crate::import::ImportedPerson]| -> Vec<_> {
            people
                .iter()
                .map(|person| (person.name.en.clone().unwrap(), person.source_id.clone().unwrap()))
                .collect()
        };
        let pair = |name: &str, id: &str| (name.to_owned(), id.to_owned());
        assert_eq!(names(&film.directors), [pair("Ada", "imdb:nm0000001")]);
        assert_eq!(names(&film.writers), [pair("Ben", "imdb:nm0000002")], "one without a name is left out");
        assert_eq!(names(&film.actors), [pair("Cleo", "imdb:nm0000003")]);
        assert_eq!((series.kind, series.age_rating.as_deref()), (Kind::Series, Some("18+")));
    }

    #[test]
    fn titles_are_enough_in_whatever_order_and_form() {
        let csv = "\"tconst\",\"primary_title\",\"start_year\"\n\"tt0000009\",\"B, c\",\"2001\"\n\"tt0000001\",\"A\",\n";
        let batch = read(folder(&[("title.basics.2010s.csv", csv)]).path()).unwrap();
        assert_eq!((batch.films.len(), batch.bad.len()), (2, 0));
        assert_eq!(batch.films[0].title.en.as_deref(), Some("B, c"));
    }

    #[test]
    fn files_in_another_order_are_refused_before_anything_is_imported() {
        let basics = "tconst\tprimaryTitle\ntt0000002\tB\ntt0000001\tA\n";
        let files: Vec<_> = [("title.basics.tsv", basics)].into_iter().chain(OTHERS).collect();
        let error = read(folder(&files).path()).unwrap_err().to_string();
        assert!(error.contains("title.basics.tsv:3: tt0000001 comes after tt0000002"), "{error}");
        assert!(error.contains("sorted by tconst"), "{error}");
    }

    #[test]
    fn a_folder_with_two_of_a_kind_is_refused() {
        let twice = folder(&[("title.basics.tsv", BASICS), ("title.basics.old.csv", "tconst\n")]);
        let error = Imdb::open(twice.path()).unwrap_err().to_string();
        assert!(error.contains("both title.basics"), "{error}");
        let error = Imdb::open(folder(&[]).path()).unwrap_err().to_string();
        assert!(error.contains("there is no title.basics"), "{error}");
    }
}
