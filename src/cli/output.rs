//! `Printer`: the product to stdout in one format, everything else to stderr. A reader who has gone
//! away is no failure.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the files of --write, looks at the terminal"
)]

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use workmailctl::report::{Look, Record};

use super::failure::{Exit, Failure};
use super::global::{Format, Output, When};
use super::{stderr, stdout};

/// Where a command writes to.
pub(crate) struct Printer {
    pub(crate) format: Format,
    /// What stdout can show.
    pub(crate) out: Look,
    /// What stderr can show.
    pub(crate) err: Look,
    /// Whether stderr is a terminal, where progress is redrawn.
    pub(crate) redraws: bool,
    quiet: bool,
    writes: Vec<(Format, PathBuf)>,
    begun: Mutex<BTreeSet<PathBuf>>,
}

/// Something that a command makes, in every format that it has.
pub(crate) struct Product<'a> {
    pub(crate) text: &'a dyn Fn(&Look) -> String,
    pub(crate) json: &'a dyn Fn() -> String,
}

impl Printer {
    /// The printer that the flags ask for, of a command that has text and JSON.
    pub(crate) fn new(output: &Output) -> Result<Self, Failure> {
        Self::with(output, &[Format::Text, Format::Json])
    }

    /// The printer that the flags ask for, of a command that has these formats.
    pub(crate) fn with(output: &Output, formats: &[Format]) -> Result<Self, Failure> {
        let all = output.write.iter().map(|(format, _)| *format);
        let unknown = all
            .chain([output.format])
            .find(|one| !formats.contains(one));
        match unknown {
            None => Ok(Self::of(output)),
            Some(Format::Csv) => Err(Failure::usage("only `export` has the format csv")),
            Some(Format::Html) => Err(Failure::usage("only `migrate status` has the format html")),
            Some(Format::Text | Format::Json) => {
                Err(Failure::usage("the command does not have this format"))
            }
        }
    }

    fn of(output: &Output) -> Self {
        let stdout = io::stdout();
        let stderr = io::stderr();
        let width = |is_terminal: bool| {
            is_terminal
                .then(terminal_size::terminal_size)
                .flatten()
                .map(|(width, _)| usize::from(width.0))
        };
        let color = |choice: anstream::ColorChoice| match output.color {
            When::Auto => choice != anstream::ColorChoice::Never,
            When::Always => true,
            When::Never => false,
        };
        Self {
            format: output.format,
            out: Look {
                color: color(anstream::AutoStream::choice(&stdout)),
                ascii: output.ascii,
                width: width(stdout.is_terminal()),
            },
            err: Look {
                color: color(anstream::AutoStream::choice(&stderr)),
                ascii: output.ascii,
                width: width(stderr.is_terminal()),
            },
            redraws: stderr.is_terminal()
                && !output.quiet
                && std::env::var_os("CI").is_none()
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
            quiet: output.quiet,
            writes: output.write.clone(),
            begun: Mutex::default(),
        }
    }

    /// Writes the product: to stdout, and to every file that was asked for.
    pub(crate) fn product(&self, product: &Product<'_>) -> Result<(), Failure> {
        self.page(product, &|| (product.text)(&Look::default()))
    }

    /// The same of a product that is a page too.
    pub(crate) fn page(
        &self,
        product: &Product<'_>,
        html: &dyn Fn() -> String,
    ) -> Result<(), Failure> {
        let in_format = |format: Format, look: &Look| match format {
            Format::Json => (product.json)(),
            Format::Html => html(),
            Format::Text | Format::Csv => (product.text)(look),
        };
        stdout(&in_format(self.format, &self.out))?;
        for (format, path) in &self.writes {
            let look = Look {
                ascii: self.out.ascii,
                ..Look::default()
            };
            self.write_file(path, &in_format(*format, &look))?;
        }
        Ok(())
    }

    /// Writes a record of a product that is told line by line: programs alone see it.
    pub(crate) fn record(&self, record: &Record) -> Result<(), Failure> {
        self.product(&Product {
            text: &|_| String::new(),
            json: &|| format!("{}\n", record.line()),
        })
    }

    /// Says something beside the product.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            stderr(text);
        }
    }

    /// True if nothing but errors is said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Appends to a file of `--write`, which begins anew with every run.
    fn write_file(&self, path: &PathBuf, text: &str) -> Result<(), Failure> {
        let first = self
            .begun
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.clone());
        let failed = |error: io::Error| {
            Failure::new(
                Exit::Error,
                format!("failed to write `{}`: {error}", path.display()),
            )
        };
        let mut options = OpenOptions::new();
        options.create(true).write(true);
        if first {
            options.truncate(true);
        } else {
            options.append(true);
        }
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)
    }
}
