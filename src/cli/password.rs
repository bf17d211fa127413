//! `workmailctl password`: a new password for somebody who has lost theirs. It is written to a file
//! before the service is told it, and never shown.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;
use workmailctl::client::{ApiErrorKind, Secret};
use workmailctl::kinds::user::reset_password;
use workmailctl::live::Needs;
use workmailctl::model::{
    Generation, PASSWORD_LENGTH, Part, SecretSource, Snapshot, Target, USER, USUAL_LENGTH,
};

use super::failure::{Exit, Failure};
use super::files::pretty;
use super::global::{Format, Global};
use super::manifests::Loaded;
use super::output::{Printer, Product};
use super::secrets::{Kept, SecretFlags, generate, is_taken, keep, remove};
use super::session::Session;
use super::{logging, manifests, runtime};

/// Set passwords of users
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Reset(Reset),
}

/// Give a user a new password, made here and kept in a file
///
/// The file is written before the service is told. It is the one that `initialPassword` of the manifest
/// names, unless another one is named; one that is there is not overwritten.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl password reset ana --organization acme --write-to ana-2.txt
  workmailctl password reset ana acme/ --auto-approve")]
struct Reset {
    /// The user, by name
    name: String,
    /// The manifest of the organization
    #[arg(value_name = "PATH")]
    manifest: Option<PathBuf>,
    /// Keep the password in this file below --secrets-dir; without it and without a manifest that
    /// names one, in NAME.txt
    #[arg(long, value_name = "FILE")]
    write_to: Option<String>,
    /// Make it so many characters long, 8 to 63
    #[arg(long, value_name = "N", default_value_t = USUAL_LENGTH, value_parser = length)]
    length: usize,
    /// Do not ask
    #[arg(long, alias = "yes")]
    auto_approve: bool,
    #[command(flatten)]
    secrets: SecretFlags,
    #[command(flatten)]
    global: Global,
}

/// Does what is asked with passwords.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let Action::Reset(args) = &args.action;
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    let may_ask =
        printer.format == Format::Text && io::stdin().is_terminal() && io::stderr().is_terminal();
    if !args.auto_approve && !may_ask {
        return Err(Failure::usage("there is no terminal to ask on").help("pass --auto-approve"));
    }
    let loaded = manifest(args, &printer)?;
    let sink = sink(args, loaded.as_ref())?;
    let path = args.secrets.secrets_dir.join(&sink);
    let exists = || {
        Failure::usage(format!(
            "`{}` exists, and is not overwritten",
            path.display()
        ))
        .help("name another file by --write-to, or move it away")
    };
    if is_taken(&args.secrets.secrets_dir, &sink).map_err(|why| unkept(&path, &why))? {
        return Err(exists());
    }
    runtime()?.block_on(async {
        let desired = loaded.as_ref().map(|loaded| &loaded.desired);
        let session = Session::open(&args.global, desired).await?;
        let needs = Needs {
            lists: [USER.to_owned()].into(),
            ..Needs::default()
        };
        let live = session.read(&needs).await?;
        let id = user(&live, &args.name)?;
        if !args.auto_approve {
            ask(&args.name, &live, &printer)?;
        }
        let folder = &args.secrets.secrets_dir;
        let kept = keep(folder, &sink, || generate(args.length));
        let Kept::Written(text) = kept.map_err(|why| unkept(&path, &why))? else {
            return Err(exists());
        };
        let secret = Secret::new(&text);
        drop(text);
        let done = Box::pin(reset_password(session.client(), &id, &secret)).await;
        let Err(error) = done else {
            return tell(args, &live, &path, &printer);
        };
        let exit = Exit::of_code(error.kind.exit_code());
        let is_lost = matches!(
            error.kind,
            ApiErrorKind::Unreachable | ApiErrorKind::Garbled
        );
        if is_lost || error.attempts > 1 {
            let message = format!("whether the new password is set is not known: {error}");
            return Err(Failure::new(exit, message).help(format!(
                "it is in `{}`: try it, or move the file away and run again",
                path.display()
            )));
        }
        remove(folder, &sink).map_err(|why| unkept(&path, &why))?;
        Err(
            Failure::new(exit, format!("`ResetPassword` failed: {error}"))
                .help("the password is as it was, and nothing was kept"),
        )
    })
}

fn manifest(args: &Reset, printer: &Printer) -> Result<Option<Loaded>, Failure> {
    let Some(path) = &args.manifest else {
        return Ok(None);
    };
    let mut all = manifests::load(std::slice::from_ref(path), printer)?;
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(Some(only)),
        _ => Err(Failure::usage(format!(
            "`{}` has several manifests, and the user is in one organization",
            path.display()
        ))),
    }
}

/// The file that keeps the password.
fn sink(args: &Reset, loaded: Option<&Loaded>) -> Result<String, Failure> {
    let declared = || {
        let entities = &loaded?.desired.entities;
        match &entities.get(&Target::user(&args.name))?.initial_password {
            Some(SecretSource::Generate(generation)) => Some(generation.write_to.clone()),
            _ => None,
        }
    };
    let usual = || format!("{}.txt", args.name);
    let write_to = args
        .write_to
        .clone()
        .or_else(declared)
        .unwrap_or_else(usual);
    let source = SecretSource::Generate(Generation {
        write_to: write_to.clone(),
        length: args.length,
    });
    match source.fault() {
        None => Ok(write_to),
        Some(fault) => Err(Failure::usage(fault.message).help(fault.help)),
    }
}

/// The id of the user.
fn user(live: &Snapshot, name: &str) -> Result<String, Failure> {
    if let Part::Unknown(unknown) = live.listed(USER) {
        let exit = Exit::of_unread(unknown.cause).unwrap_or(Exit::Error);
        let message = format!("the users could not be read: {}", unknown.message);
        return Err(Failure::new(exit, message));
    }
    match live.entities.get(&Target::user(name)) {
        Some(entity) if entity.built_in => {
            let message = format!("`{name}` is the service's own user, and is never touched");
            Err(Failure::new(Exit::BadInput, message))
        }
        Some(entity) => Ok(entity.id.clone()),
        None => {
            let alias = &live.organization.alias;
            let message = format!("there is no user `{name}` in `{alias}`");
            Err(Failure::new(Exit::BadInput, message).help("correct the name"))
        }
    }
}

/// Asks whether the password shall be replaced. Only a whole `yes` is a yes.
fn ask(name: &str, live: &Snapshot, printer: &Printer) -> Result<(), Failure> {
    super::stderr(&format!(
        "\nReplace the password of {} in {}? Only `yes` goes on: ",
        printer.err.safe(name),
        printer.err.safe(&live.organization.alias)
    ));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim() == "yes" {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "not approved: nothing was written",
    ))
}

fn tell(args: &Reset, live: &Snapshot, path: &Path, printer: &Printer) -> Result<Exit, Failure> {
    let (name, path) = (&args.name, path.display().to_string());
    printer.product(&Product {
        text: &|look| {
            let (name, path) = (look.safe(name), look.safe(&path));
            format!("the new password of {name} is in {path}\n")
        },
        json: &|| {
            pretty(&json!({
                "formatVersion": 1,
                "organization": live.organization.alias,
                "user": name,
                "writtenTo": path,
            }))
        },
    })?;
    Ok(Exit::Done)
}

fn unkept(path: &Path, why: &str) -> Failure {
    let message = format!("the password cannot be kept in `{}`: {why}", path.display());
    Failure::new(Exit::Error, message).help("nothing was set")
}

fn length(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(length) if PASSWORD_LENGTH.contains(&length) => Ok(length),
        _ => Err("write a number from 8 to 63".to_owned()),
    }
}
