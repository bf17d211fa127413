//! `workmailctl migrate targets`: import files for another service.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;
use workmailctl::migrate::{Directory, Service, targets};
use workmailctl::report::counted;

use super::super::export::refuse_occupied;
use super::super::failure::{Exit, Failure};
use super::super::files::{inside, pretty, write_private};
use super::super::global::Global;
use super::super::logging;
use super::super::output::{Printer, Product};
use super::super::snapshot::unread;
use super::directory;

/// Write import files for another service
///
/// Users, groups, resources, their addresses, members, delegates and permissions in the formats of that
/// service, what has no equivalent there, and the DNS records to change. No file holds a password.
/// Nothing is changed, here or there.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl migrate targets --to microsoft365 --dir out/ --organization acme
  workmailctl migrate targets --to generic --dir out/ --snapshot snapshot.json")]
pub(crate) struct Args {
    /// The service that people go to
    #[arg(long, value_name = "SERVICE")]
    to: To,
    /// Write into this folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Read a snapshot instead of the service
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    global: Global,
}

/// A service.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum To {
    /// Microsoft 365: users for the admin centre, a script for Exchange Online
    #[value(name = "microsoft365")]
    Microsoft365,
    /// Google Workspace: users for the Admin console, a script of GAM
    GoogleWorkspace,
    /// JSON, tables and SCIM that name everything
    Generic,
}

impl From<To> for Service {
    fn from(to: To) -> Self {
        match to {
            To::Microsoft365 => Self::Microsoft365,
            To::GoogleWorkspace => Self::GoogleWorkspace,
            To::Generic => Self::Generic,
        }
    }
}

/// Reads everything and writes the files.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    refuse_occupied(Some(&args.dir), args.force)?;
    let live = directory::live(args.snapshot.as_deref(), &args.global)?;
    let directory = Directory::of(&live);
    let mut paths = Vec::new();
    for file in targets(args.to.into(), &directory) {
        let path = args.dir.join(file.path);
        write_private(&path, &file.text)?;
        paths.push(path.display().to_string());
    }
    for path in older(&args.dir, &paths) {
        printer.say(&format!(
            "warning: {} is of an earlier run: delete it before you import the others\n",
            printer.err.safe(&path)
        ));
    }
    for sentence in &directory.unread {
        printer.say(&format!("warning: {}\n", printer.err.safe(sentence)));
    }
    let count = directory.recipients.len();
    let addresses = directory.recipients.iter();
    let addresses: usize = addresses.map(|one| one.addresses().count()).sum();
    printer.product(&Product {
        text: &|look| {
            let mut text = format!(
                "wrote {} with {} of {}\n",
                counted(count, "recipient", "recipients"),
                counted(addresses, "address", "addresses"),
                look.safe(&directory.alias)
            );
            for path in &paths {
                let _ = writeln!(text, "  {}", look.safe(path));
            }
            text
        },
        json: &|| {
            pretty(&json!({
                "formatVersion": 1,
                "files": paths,
                "recipients": count,
                "addresses": addresses,
                "unread": directory.unread,
            }))
        },
    })?;
    Ok(unread(&live))
}

/// Tables of users in a folder that this run did not write: the parts that they come in may have become fewer.
fn older(dir: &Path, written: &[String]) -> Vec<String> {
    let is_of_users = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("users") && name.ends_with(".csv")
    };
    let found = inside(dir).into_iter().filter(is_of_users);
    found
        .map(|path| path.display().to_string())
        .filter(|path| !written.contains(path))
        .collect()
}
