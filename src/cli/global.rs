//! The flags that most commands have: connection, pace, output, scope.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::scope::pattern;

/// The file of the embedded emulator where none is named.
pub(crate) const EMULATOR_FILE: &str = ".workmailctl/emulator.json";

/// The flags of commands that read or write an organization.
#[derive(Args, Debug, Clone)]
pub(crate) struct Global {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) scope: ScopeFlags,
}

/// Whom to talk to.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Work with an emulator inside the process, kept in FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true,
          default_missing_value = EMULATOR_FILE, env = "WORKMAILCTL_EMULATOR",
          conflicts_with_all = ["endpoint_url", "profile"])]
    pub(crate) emulator: Option<PathBuf>,
    /// Talk to this URL instead of the service
    #[arg(long, value_name = "URL", env = "WORKMAILCTL_ENDPOINT_URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Use this profile of the AWS configuration, whatever keys the environment has
    #[arg(long, value_name = "NAME", env = "WORKMAILCTL_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Work in this region
    #[arg(long, value_name = "REGION", env = "WORKMAILCTL_REGION")]
    pub(crate) region: Option<String>,
    /// Work with the organization of this alias or id; a manifest has to agree
    #[arg(long, value_name = "ALIAS|ID", env = "WORKMAILCTL_ORGANIZATION")]
    pub(crate) organization: Option<String>,
}

/// How fast to work.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Pace")]
pub(crate) struct Pace {
    /// Read with so many requests at a time
    #[arg(long, value_name = "N", default_value_t = 10, env = "WORKMAILCTL_READ_PARALLELISM",
          value_parser = parallelism)]
    pub(crate) read_parallelism: usize,
    /// Write with so many requests at a time
    #[arg(long, value_name = "N", default_value_t = 4, env = "WORKMAILCTL_WRITE_PARALLELISM",
          value_parser = parallelism)]
    pub(crate) write_parallelism: usize,
    /// Send at most so many requests a second; without it the pace follows throttling
    #[arg(long, value_name = "RPS", env = "WORKMAILCTL_RATE", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// Give up a request after this time, all attempts together, such as 90s
    #[arg(long, value_name = "TIME", env = "WORKMAILCTL_TIMEOUT", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
}

/// How to write.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Write the product in this format
    #[arg(
        long,
        value_name = "FMT",
        default_value = "text",
        env = "WORKMAILCTL_FORMAT"
    )]
    pub(crate) format: Format,
    /// Write the product in this format to this file too
    #[arg(long, value_name = "FMT=FILE", value_parser = write_to)]
    pub(crate) write: Vec<(Format, PathBuf)>,
    /// Use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "WORKMAILCTL_COLOR"
    )]
    pub(crate) color: When,
    /// Write nothing but ASCII
    #[arg(long, env = "WORKMAILCTL_ASCII", value_parser = switch)]
    pub(crate) ascii: bool,
    /// Say nothing but errors beside the product
    #[arg(short, long, env = "WORKMAILCTL_QUIET", value_parser = switch,
          conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say what is done; -vv also how
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Which part of the changes to work on.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Scope")]
pub(crate) struct ScopeFlags {
    /// Work only on these, and on what hangs together with them
    #[arg(long, value_name = "KIND/GLOB", value_parser = pattern)]
    pub(crate) target: Vec<String>,
    /// Leave these out, and what hangs together with them
    #[arg(long, value_name = "KIND/GLOB", value_parser = pattern)]
    pub(crate) exclude: Vec<String>,
}

/// Where it is kept what was exported, for commands that ask or write that.
#[derive(Args, Debug, Clone)]
pub(crate) struct EvidenceFlags {
    /// The ledger of what was exported; by default ALIAS.exports.jsonl beside the manifest
    #[arg(long, value_name = "FILE", env = "WORKMAILCTL_LEDGER")]
    pub(crate) ledger: Option<PathBuf>,
}

/// A format of products.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    /// For people; manifests where they are exported
    Text,
    /// For programs; apply writes a line for each event
    Json,
    /// For spreadsheets: only export
    Csv,
    /// A page for people, to print too: only migrate status
    Html,
}

/// When to use something.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Where it can be seen
    Auto,
    /// In any case
    Always,
    /// In no case
    Never,
}

/// A time such as `90s`, `1m 30s`, `50ms`, or a bare number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write `90s`, `2m` or `50ms`");
    let time = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?,
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|time| Duration::try_from(time).ok())
            .ok_or_else(wrong)?,
    };
    Ok(time)
}

/// A number of requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("write a number above 0".to_owned()),
    }
}

fn parallelism(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count @ 1..=256) => Ok(count),
        _ => Err("write a number from 1 to 256".to_owned()),
    }
}

/// A switch in the environment; empty: as if it were not set.
fn switch(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("write 1, true, yes or on, or else 0, false, no or off".to_owned()),
    }
}

fn write_to(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write FMT=FILE, such as json=plan.json")?;
    let format = Format::from_str(format, true)?;
    Ok((format, PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert!(duration("-1").is_err());
        assert!(duration("soon").is_err());
    }
}
