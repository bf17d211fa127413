//! The command line: each command's file holds its flags and its run. The library never prints.
//!
//! Reading order: `global` (flags of many commands), `failure` (exit codes), `output`, `manifests`,
//! `session` and `reading` (both ends, and the plan between them), then the commands.

mod apply;
mod base;
mod completions;
mod copy;
mod copy_settings;
mod drift;
mod emulator;
mod ending;
mod export;
mod failure;
mod files;
mod findings;
mod forecast;
mod global;
mod ledger;
mod logging;
mod manifests;
mod migrate;
mod output;
mod password;
mod plan;
mod progress;
mod reading;
mod reversible;
mod schema;
mod scope;
mod secrets;
mod session;
mod show;
mod signal;
mod snapshot;
mod undo;
mod validate;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use failure::{Exit, Failure};
use global::Global;

#[derive(Parser, Debug)]
#[command(
    name = "workmailctl",
    version,
    about = "Amazon WorkMail organizations as code: manifests, plans, drift, and an emulator",
    propagate_version = false,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  workmailctl plan examples/quickstart --emulator
  workmailctl apply examples/quickstart --emulator --auto-approve
  workmailctl drift acme/ --region eu-west-1

Flags may stand before or after the command.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Validate(validate::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Drift(drift::Args),
    Export(export::Args),
    Show(show::Args),
    Undo(undo::Args),
    Snapshot(snapshot::Args),
    Password(password::Args),
    Migrate(migrate::Args),
    Schema(schema::Args),
    Emulator(emulator::Args),
    Completions(completions::Args),
}

/// Runs the command of this process and returns its exit code.
pub(crate) fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let ended = std::panic::catch_unwind(|| run(args));
    let exit = ended.unwrap_or(Exit::Bug);
    ExitCode::from(exit.code())
}

fn run(args: Vec<OsString>) -> Exit {
    let mut command = Cli::command();
    command.build();
    let matches = match command.try_get_matches_from_mut(verb_first(args)) {
        Ok(matches) => matches,
        Err(error) => return misused(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let done = match &cli.command {
        Command::Validate(args) => validate::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Apply(args) => apply::run(args),
        Command::Drift(args) => drift::run(args),
        Command::Export(args) => export::run(args),
        Command::Show(args) => show::run(args),
        Command::Undo(args) => undo::run(args),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Password(args) => password::run(args),
        Command::Migrate(args) => migrate::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Emulator(args) => emulator::run(args),
        Command::Completions(args) => completions::run(args),
    };
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            let look = workmailctl::report::Look {
                color: anstream::AutoStream::choice(&std::io::stderr())
                    != anstream::ColorChoice::Never,
                ascii: is_set(&matches, "ascii"),
                ..workmailctl::report::Look::default()
            };
            stderr(&failure.text(&look));
            failure.exit
        }
    }
}

/// True if the command was given this switch.
fn is_set(matches: &clap::ArgMatches, switch: &str) -> bool {
    matches.subcommand().is_some_and(|(_, flags)| {
        let asked = flags.try_get_one::<bool>(switch).ok().flatten();
        asked.is_some_and(|asked| *asked) || is_set(flags, switch)
    })
}

/// Tells how a command is used. Help and version are no mistakes.
fn misused(error: &clap::Error) -> Exit {
    let printed = error
        .print()
        .and_then(|()| std::io::stdout().lock().flush());
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return Exit::Usage;
    }
    match printed.map_or_else(unwritten, Ok) {
        Ok(()) => Exit::Done,
        Err(failure) => {
            stderr(&failure.text(&workmailctl::report::Look::default()));
            failure.exit
        }
    }
}

/// The arguments with the flags that stand before the verb moved behind it.
fn verb_first(mut args: Vec<OsString>) -> Vec<OsString> {
    let flags = <Global as clap::Args>::augment_args(clap::Command::new("flags"));
    let mut position = 1;
    while let Some(text) = args.get(position).and_then(|arg| arg.to_str()) {
        let Some(name) = text.strip_prefix("--") else {
            if text.len() > 1 && text.starts_with('-') {
                position += 1;
                continue;
            }
            break;
        };
        let (name, has_value) = match name.split_once('=') {
            Some((name, _)) => (name, true),
            None => (name, false),
        };
        let flag = flags
            .get_arguments()
            .find(|flag| flag.get_long() == Some(name));
        let takes_next = flag.is_some_and(|flag| {
            flag.get_action().takes_values() && !flag.is_require_equals_set() && !has_value
        });
        position += if takes_next { 2 } else { 1 };
    }
    // What is done with passwords, and on the way out, is said by a second word.
    let words = match args.get(position) {
        Some(verb) if (verb == "password" || verb == "migrate") && position + 1 < args.len() => 2,
        _ => 1,
    };
    if position < args.len() && position > 1 {
        args[1..position + words].rotate_right(words);
    }
    args
}

/// Writes to stdout; a reader who has gone away is no failure, a full disk is one.
fn stdout(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    written.map_or_else(unwritten, Ok)
}

/// What it means that stdout does not take more.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_or_else` hands over"
)]
fn unwritten(error: std::io::Error) -> Result<(), Failure> {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Error,
        format!("failed to write to standard output: {error}"),
    ))
}

/// Writes to stderr.
fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The runtime of a command that talks to a service.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Error, format!("no runtime: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(args: &[&str]) -> Vec<String> {
        verb_first(args.iter().map(OsString::from).collect())
            .into_iter()
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_the_verb() {
        assert_eq!(
            moved(&["w", "--format", "json", "-v", "plan", "acme"]),
            ["w", "plan", "--format", "json", "-v", "acme"]
        );
        assert_eq!(
            moved(&["w", "--emulator", "plan", "acme"]),
            ["w", "plan", "--emulator", "acme"]
        );
        assert_eq!(
            moved(&["w", "--emulator=x.json", "plan"]),
            ["w", "plan", "--emulator=x.json"]
        );
        assert_eq!(
            moved(&["w", "--organization", "acme", "password", "reset", "ana"]),
            ["w", "password", "reset", "--organization", "acme", "ana"]
        );
        assert_eq!(moved(&["w", "--help"]), ["w", "--help"]);
        assert_eq!(moved(&["w", "plan", "-v"]), ["w", "plan", "-v"]);
    }
}
