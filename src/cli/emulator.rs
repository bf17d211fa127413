//! `workmailctl emulator`: the `WorkMail` API on loopback.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use workmailctl::emulator::{
    BehaviorError, Behaviors, ClockKind, Emulator, EmulatorError, FaultSpec, Options,
    OrganizationSeed, SWITCHES, SigningKey, operations,
};
use workmailctl::report::Look;

use super::failure::{Exit, Failure, chain};
use super::global::{duration, rate};
use super::{runtime, signal, stdout};

/// Run the service's API on loopback
///
/// Prints `listening on http://ADDRESS` once it accepts requests, and ends cleanly on SIGTERM and
/// Ctrl-C. Requests need credentials, and any will do.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl emulator --organization acme=example.com,example.org
  workmailctl emulator --listen 127.0.0.1:0 --data emulator.json
  workmailctl emulator --latency 50ms --fault 'CreateAlias:throttle@3'
  AWS_ENDPOINT_URL_WORKMAIL=http://127.0.0.1:8025 aws workmail list-organizations")]
pub(crate) struct Args {
    /// Listen on this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8025", value_parser = address)]
    listen: SocketAddr,
    /// Keep the state in this file; without it, it is gone at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Take the folders of this one for the buckets of Amazon S3; by default `FILE.s3` beside the state
    #[arg(long, value_name = "DIR")]
    s3: Option<PathBuf>,
    /// Make an Active organization with these domains verified
    #[arg(long, value_name = "ALIAS[=DOMAIN,…]", value_parser = organization)]
    organization: Vec<OrganizationSeed>,
    /// Make these organizations in this region
    #[arg(long, value_name = "REGION", default_value = "eu-west-1")]
    organization_region: String,
    /// Set a switch for what the reference leaves open
    #[arg(long, value_name = "NAME=VALUE")]
    behavior: Vec<String>,
    /// List the switches
    #[arg(long)]
    list_behaviors: bool,
    /// List the operations as JSON, with the members and errors of each
    #[arg(long)]
    list_operations: bool,
    /// Answer no sooner than after this time
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = duration)]
    latency: Duration,
    /// Throttle more requests a second than this
    #[arg(long, value_name = "RPS", value_parser = rate)]
    rate: Option<f64>,
    /// Let something go wrong: OPERATION:KIND[@WHEN]
    #[arg(long, value_name = "SPEC", value_parser = fault)]
    fault: Vec<FaultSpec>,
    /// Seed faults that have a probability
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Take the time of this machine, or a virtual one that `POST /_emulator/clock` moves
    #[arg(long, value_enum, default_value_t = ClockName::Real)]
    clock: ClockName,
    /// Move the virtual clock by this time at every call
    #[arg(long, value_name = "TIME", value_parser = duration)]
    tick: Option<Duration>,
    /// Refuse requests that are not signed with this key; without it any signature will do
    #[arg(long, value_name = "ACCESS_KEY:SECRET", value_parser = signing_key)]
    verify_signatures: Option<SigningKey>,
    /// Allow addresses that other machines reach: there is no access control
    #[arg(long)]
    allow_remote: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ClockName {
    Real,
    Virtual,
}

/// Serves until somebody ends it.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    if args.list_behaviors {
        stdout(&behaviors())?;
        return Ok(Exit::Done);
    }
    if args.list_operations {
        stdout(&format!("{:#}\n", operations()))?;
        return Ok(Exit::Done);
    }
    let mut aliases = BTreeSet::new();
    for seed in &args.organization {
        if !aliases.insert(seed.alias.as_str()) {
            let message = format!("--organization names `{}` twice", seed.alias);
            return Err(Failure::usage(message).help("name all of its domains at once"));
        }
    }
    let clock = match (args.clock, args.tick) {
        (ClockName::Real, None) => ClockKind::Real,
        (ClockName::Real, Some(_)) => {
            let message = "--tick moves a virtual clock, and this one is real";
            return Err(Failure::usage(message).help("add --clock virtual"));
        }
        (ClockName::Virtual, tick) => ClockKind::Virtual {
            tick: tick.unwrap_or_default().as_secs_f64(),
        },
    };
    let mut behaviors = Behaviors::default();
    for text in &args.behavior {
        behaviors
            .set(text)
            .map_err(|error: BehaviorError| Failure::usage(error.to_string()))?;
    }
    let options = Options {
        data: args.data.clone(),
        s3: args.s3.clone(),
        organizations: args.organization.clone(),
        region: Some(args.organization_region.clone()),
        behaviors,
        latency: args.latency,
        rate: args.rate,
        faults: args.fault.clone(),
        seed: args.seed,
        clock,
        signing_key: args.verify_signatures.clone(),
        allow_remote: args.allow_remote,
    };
    let emulator = Emulator::open(&options).map_err(|error| {
        let exit = match &error {
            EmulatorError::Organization { .. } => Exit::Usage,
            _ => Exit::Error,
        };
        Failure::new(exit, chain(&error))
    })?;
    if emulator.cut_bytes() > 0 {
        super::stderr(&format!(
            "warning: the last {} bytes of the file were damaged and are cut off\n",
            emulator.cut_bytes()
        ));
    }
    runtime()?.block_on(async {
        let ended = signal::ended()?;
        let server = emulator
            .bind(args.listen)
            .await
            .map_err(|error| Failure::new(Exit::Error, chain(&error)))?;
        stdout(&format!("listening on http://{}\n", server.address()))?;
        let unkept = async {
            let why = emulator.unkept().await;
            super::stderr(&format!("error: {why}\n"));
        };
        let ended = async {
            ended.await;
        };
        server
            .run(async {
                tokio::pin!(ended);
                tokio::select! {
                    () = &mut ended => {}
                    () = unkept => ended.await,
                }
            })
            .await;
        let closed = emulator.close().await;
        closed.map_err(|error| Failure::new(Exit::Error, chain(&error)))?;
        Ok(Exit::Done)
    })
}

fn behaviors() -> String {
    let look = Look::default();
    let mut text = String::new();
    for switch in SWITCHES {
        let _ = writeln!(
            text,
            "{}={}\n  {} ({})",
            switch.name,
            switch.values.join("|"),
            look.safe(switch.about),
            switch.source
        );
    }
    text
}

fn organization(text: &str) -> Result<OrganizationSeed, String> {
    let (alias, domains) = text.split_once('=').unwrap_or((text, ""));
    if alias.is_empty() {
        return Err("write ALIAS or ALIAS=DOMAIN,DOMAIN".to_owned());
    }
    Ok(OrganizationSeed {
        alias: alias.to_owned(),
        domains: domains
            .split(',')
            .filter(|domain| !domain.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// An address and a port; `localhost` is this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text
        .strip_prefix("localhost:")
        .map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| "write ADDRESS:PORT, as in 127.0.0.1:8025".to_owned())
}

fn signing_key(text: &str) -> Result<SigningKey, String> {
    match text.split_once(':') {
        Some((access_key, secret)) if !access_key.is_empty() && !secret.is_empty() => {
            Ok(SigningKey {
                access_key: access_key.to_owned(),
                secret: secret.to_owned(),
            })
        }
        _ => Err("write ACCESS_KEY:SECRET".to_owned()),
    }
}

fn fault(text: &str) -> Result<FaultSpec, String> {
    text.parse::<FaultSpec>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_an_address() {
        let told = |text| address(text).map(|address| address.to_string());
        assert_eq!(told("localhost:8025"), Ok("127.0.0.1:8025".to_owned()));
        assert_eq!(told("[::1]:0"), Ok("[::1]:0".to_owned()));
        assert!(told("localhost").is_err() && told("example.com:80").is_err());
    }
}
