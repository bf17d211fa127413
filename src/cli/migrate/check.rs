//! `workmailctl migrate check`: whether every address reaches the same people on the other side.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the exports of the other side"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;
use workmailctl::migrate::{AddressMap, Directory, Export, compare, read_exports};
use workmailctl::report::{Paint, check_text, counted};

use super::super::failure::{Exit, Failure};
use super::super::files::pretty;
use super::super::global::Global;
use super::super::logging;
use super::super::output::{Printer, Product};
use super::super::snapshot::unread;
use super::directory;

/// The largest file that is read.
const LARGEST: u64 = 1 << 30;
/// What the exports of other services end in.
const ENDINGS: &[&str] = &["csv", "tsv", "json"];

/// Check that every address reaches the same people on the other side
///
/// Takes what the other service exports: recipients and members of Exchange Online, users of the Microsoft
/// 365 admin centre, users, groups, aliases and members of Google Workspace, or what `migrate targets --to
/// generic` writes. Groups are followed to the people in them. Ends with 2 where an address is missing,
/// reaches other people, or cannot be told.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl migrate check --against exports/ --organization acme
  workmailctl migrate check --against recipients.csv --against members.csv --snapshot snapshot.json
  workmailctl migrate check --against exports/ --map map.csv --format json")]
pub(crate) struct Args {
    /// The exports of the other side: files, or a folder of CSV, TSV and JSON files
    #[arg(long, value_name = "FILE|FOLDER", required = true)]
    against: Vec<PathBuf>,
    /// What is called otherwise there: a CSV file with the columns old and new
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Read a snapshot instead of the service
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    global: Global,
}

/// Reads both sides and tells their difference.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    let exports = exports(&args.against)?;
    let foreign = read_exports(&exports).map_err(|errors| wrong(&errors, &printer))?;
    let map = match &args.map {
        Some(path) => {
            let export = export(path)?;
            AddressMap::parse(&export.name, &export.bytes)
                .map_err(|errors| wrong(&errors, &printer))?
        }
        None => AddressMap::default(),
    };
    let live = directory::live(args.snapshot.as_deref(), &args.global)?;
    let directory = Directory::of(&live);
    let found = compare(&directory, &foreign, &map);
    let mut notes = foreign.notes;
    notes.extend(map.of_nobody(&directory));
    for sentence in directory.unread.iter().chain(&notes) {
        printer.say(&format!("warning: {}\n", printer.err.safe(sentence)));
    }
    let read: Vec<&String> = exports.iter().map(|export| &export.name).collect();
    printer.product(&Product {
        text: &|look| check_text(&found, look),
        json: &|| {
            pretty(&json!({
                "formatVersion": 1,
                "organizationId": directory.organization_id,
                "alias": directory.alias,
                "read": read,
                "notes": notes,
                "unread": directory.unread,
                "found": found,
            }))
        },
    })?;
    let exit = if found.differences.is_empty() {
        Exit::Done
    } else {
        Exit::Changes
    };
    Ok(exit.or(unread(&live)))
}

/// All that is wrong, a line each.
fn wrong(errors: &[String], printer: &Printer) -> Failure {
    for error in errors {
        let word = printer.err.paint(Paint::Red, "error:");
        super::super::stderr(&format!("{word} {}\n", printer.err.safe(error)));
    }
    let count = counted(errors.len(), "mistake", "mistakes");
    let message = format!("{count} in what the other side tells: nothing was compared");
    Failure::new(Exit::BadInput, message).help("docs/leaving.md says how each export is made")
}

/// The files that are named, and those in folders, each once.
fn exports(paths: &[PathBuf]) -> Result<Vec<Export>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let listed = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        let mut found = Vec::new();
        for entry in listed {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            let is_export = ending
                .is_some_and(|ending| ENDINGS.iter().any(|one| one.eq_ignore_ascii_case(ending)));
            if is_export && path.is_file() {
                found.push(path);
            }
        }
        if found.is_empty() {
            let message = format!("`{}` has no CSV, TSV or JSON file", path.display());
            return Err(Failure::new(Exit::BadInput, message));
        }
        found.sort();
        files.extend(found);
    }
    let mut seen = BTreeSet::new();
    files.retain(|path| {
        let same = std::fs::canonicalize(path);
        seen.insert(same.unwrap_or_else(|_| path.clone()))
    });
    files.iter().map(|path| export(path)).collect()
}

fn export(path: &Path) -> Result<Export, Failure> {
    let known = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !known.is_file() || known.len() > LARGEST {
        let message = format!("`{}` is no file that can be read", path.display());
        return Err(Failure::new(Exit::BadInput, message));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(Export {
        name: path.display().to_string(),
        bytes,
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("failed to read `{}`: {error}", path.display());
    Failure::new(Exit::BadInput, message)
}
