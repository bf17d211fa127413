//! `workmailctl export`: what is live as manifests, or as tables.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use workmailctl::kinds::{BEYOND, KINDS};
use workmailctl::live::Needs;
use workmailctl::report::counted;
use workmailctl::report::export::{Export, manifests, tables};

use super::failure::{Exit, Failure};
use super::files::{is_vacant, pretty, write_shared};
use super::global::{Format, Global};
use super::output::{Printer, Product};
use super::session::Session;
use super::snapshot::unread;
use super::{logging, runtime};

/// Write what is live as manifests
///
/// A plan of what was written is empty. With `--format csv` tables are written instead; a cell that
/// a spreadsheet would run as a formula begins with an apostrophe there.
#[derive(ClapArgs, Debug)]
#[command(
    visible_alias = "dump",
    after_help = "Examples:
  workmailctl export --organization acme --dir acme/
  workmailctl export --organization acme --dir tables/ --format csv
  workmailctl plan acme/"
)]
pub(crate) struct Args {
    /// Write into this folder; without it, one that is named like the organization
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    global: Global,
}

/// Reads everything and writes the files.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let formats = [Format::Text, Format::Json, Format::Csv];
    let printer = Printer::with(&args.global.output, &formats)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    refuse_occupied(args.dir.as_ref(), args.force)?;
    let live = runtime()?.block_on(async {
        let session = Session::open(&args.global, None).await?;
        session.read(&Needs::everything(KINDS)).await
    })?;
    let folder = args
        .dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(&live.organization.alias));
    refuse_occupied(Some(&folder), args.force)?;
    let export = if printer.format == Format::Csv {
        Export {
            files: tables(KINDS, &live),
            left_out: Vec::new(),
            entities: live
                .entities
                .values()
                .filter(|entity| !entity.built_in)
                .count(),
        }
    } else {
        manifests(KINDS, &live)
    };
    for file in &export.files {
        write_shared(&folder.join(&file.path), &file.text)?;
    }
    for sentence in &export.left_out {
        printer.say(&format!("note: {}\n", printer.err.safe(sentence)));
    }
    let paths: Vec<String> = export
        .files
        .iter()
        .map(|file| folder.join(&file.path).display().to_string())
        .collect();
    printer.product(&Product {
        text: &|look| {
            let things = counted(export.entities, "entity", "entities");
            let mut text = format!(
                "exported {things} of {}\n",
                look.safe(&live.organization.alias)
            );
            for path in &paths {
                let _ = writeln!(text, "  {}", look.safe(path));
            }
            let beyond: Vec<&str> = BEYOND.iter().map(|one| one.what).collect();
            let _ = writeln!(text, "not reached by the API: {}", beyond.join("; "));
            text
        },
        json: &|| {
            let beyond: Vec<Value> = BEYOND
                .iter()
                .map(|one| json!({ "what": one.what, "place": one.place }))
                .collect();
            pretty(&json!({ "files": paths, "leftOut": export.left_out, "notReached": beyond }))
        },
    })?;
    Ok(unread(&live))
}

/// Refuses a folder with something in it, unless that is forced.
pub(crate) fn refuse_occupied(folder: Option<&PathBuf>, force: bool) -> Result<(), Failure> {
    match folder {
        Some(folder) if folder.exists() && !folder.is_dir() => {
            let message = format!("`{}` is no folder", folder.display());
            Err(Failure::usage(message).help("name a folder by --dir"))
        }
        Some(folder) if !force && !is_vacant(folder) => {
            let message = format!("`{}` is not empty", folder.display());
            Err(Failure::usage(message)
                .help("name an empty folder by --dir, or overwrite by --force"))
        }
        _ => Ok(()),
    }
}
