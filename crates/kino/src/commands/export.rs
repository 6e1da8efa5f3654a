//! `kino export films [FILE]`.

use std::{
    error::Error,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use flate2::{Compression, write::GzEncoder};
use indicatif::{ProgressBar, ProgressStyle};
use kino::Settings;
use kino_catalogue::{Export, ExportFormat};

use super::import::{INTERRUPTED, stop_on_ctrl_c};

const STANDARD_OUTPUT: &str = "-";

pub(super) async fn films(
    settings: &Settings,
    file: &Path,
    format: Option<ExportFormat>,
) -> Result<ExitCode, Box<dyn Error>> {
    let database = settings.open_database("catalogue").await?;
    let mut export = Export::begin(database.clone(), format.unwrap_or_else(|| format_of(file))).await?;
    let style = "{bar:40} {percent:>3} %  {pos} of {len} films  {elapsed} elapsed, {eta} left";
    let bar = ProgressBar::new(export.total()).with_style(ProgressStyle::with_template(style)?);
    let mut output = Output::open(file).map_err(|error| failed(file, &error))?;
    let stop = stop_on_ctrl_c();
    while let Some(piece) = export.next().await? {
        output.write(&piece).map_err(|error| failed(file, &error))?;
        bar.set_position(export.written());
        if stop.is_cancelled() {
            bar.finish_and_clear();
            eprintln!("Interrupted; nothing was kept.");
            return Ok(ExitCode::from(INTERRUPTED));
        }
    }
    output.finish().map_err(|error| failed(file, &error))?;
    bar.finish_and_clear();
    database.close().await?;
    eprintln!("{} films exported", export.written());
    Ok(ExitCode::SUCCESS)
}

fn format_of(file: &Path) -> ExportFormat {
    let name = file.to_string_lossy().to_ascii_lowercase();
    let is_table = [".csv", ".csv.gz"].iter().any(|end| name.ends_with(end));
    if is_table { ExportFormat::Csv } else { ExportFormat::Jsonl }
}

fn failed(file: &Path, error: &io::Error) -> String {
    format!("{}: {error}", file.display())
}

/// Where the export goes. A file has another name until it is whole; dropped before, it goes.
struct Output {
    writer: Writer,
    /// The name so far, and the one in the end.
    names: Option<(PathBuf, PathBuf)>,
}

enum Writer {
    Plain(Box<dyn Write>),
    Packed(GzEncoder<Box<dyn Write>>),
}

impl Output {
    fn open(file: &Path) -> io::Result<Self> {
        if file == Path::new(STANDARD_OUTPUT) {
            return Ok(Self { writer: Writer::Plain(Box::new(io::stdout())), names: None });
        }
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let writer: Box<dyn Write> = Box::new(BufWriter::new(File::create(&unfinished)?));
        let is_packed = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let writer = if is_packed {
            Writer::Packed(GzEncoder::new(writer, Compression::default()))
        } else {
            Writer::Plain(writer)
        };
        Ok(Self { writer, names: Some((unfinished, file.to_owned())) })
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        match &mut self.writer {
            Writer::Plain(writer) => writer.write_all(piece),
            Writer::Packed(writer) => writer.write_all(piece),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Plain(writer) => writer.flush()?,
            Writer::Packed(writer) => {
                writer.try_finish()?;
                writer.get_mut().flush()?;
            }
        }
        let Some((unfinished, file)) = self.names.take() else { return Ok(()) };
        File::open(&unfinished)?.sync_all()?;
        fs::rename(unfinished, file)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some((unfinished, _)) = &self.names {
            // What is left of it says by its name that it is not whole.
            let _ = fs::remove_file(unfinished);
        }
    }
}
