//! `workmailctl migrate mailboxes`: exports mailboxes, with evidence.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};
use workmailctl::client::Services;
use workmailctl::live::Needs;
use workmailctl::migrate::api::{self, Depth};
use workmailctl::migrate::{Head, Mailbox, Weight, judge, mailboxes, unmet};
use workmailctl::model::{END_OF_SERVICE, MailboxExports, RESOURCE, Snapshot, Target, USER};
use workmailctl::report::{
    ExportCounts, ExportSummary, Paint, counted, export_rows, export_summary_text,
};

use super::super::apply::{answered, may_ask};
use super::super::failure::{Exit, Failure};
use super::super::files::pretty;
use super::super::global::{EvidenceFlags, Global, duration};
use super::super::ledger::{self, LedgerFile};
use super::super::manifests::{self, Loaded};
use super::super::output::{Printer, Product};
use super::super::session::Session;
use super::super::signal::Signals;
use super::super::{logging, runtime};
use super::drive::{Drive, Driven};
use super::exports;
use super::progress::Progress;

/// Export mailboxes to Amazon S3, with evidence
///
/// Exports what `mailboxExports` of the manifest names, ten at a time and each mailbox once in 24 hours as
/// the service allows, and goes on until all are exported or given up. What happened is kept in the
/// ledger, so that a run that ended in any way is gone on with by the next one. Ends with 0 where all are
/// exported, with 5 where some failed, and with 6 where some are left for the next run.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl migrate mailboxes acme/
  workmailctl migrate mailboxes acme/ --auto-approve --verify-objects=content
  workmailctl migrate mailboxes acme/ --auto-approve --once --format json")]
pub(crate) struct Args {
    /// Manifests: folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Do not ask
    #[arg(long, alias = "yes")]
    auto_approve: bool,
    /// Note what has ended, begin what may begin, and end: for schedules
    #[arg(long, conflicts_with = "watch")]
    once: bool,
    /// Go on until all are exported or given up, which is what happens without --once
    #[arg(long)]
    watch: bool,
    /// Look so often how far the jobs are
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    poll: Duration,
    /// Give a mailbox up after so many attempts, of which there is one a day
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// Look at the archives: that they are there, or also their whole content, which is downloaded
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "size")]
    verify_objects: Option<How>,
    #[command(flatten)]
    evidence: EvidenceFlags,
    #[command(flatten)]
    global: Global,
}

/// How closely archives are looked at.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    /// Existence, size, encryption, and the export's own log
    Size,
    /// The whole content too, against the checksum of the log
    Content,
}

/// Exports the mailboxes of each manifest, one organization after the other.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    if !args.auto_approve && !may_ask(&printer) {
        return Err(Failure::usage("there is no terminal to ask on").help("pass --auto-approve"));
    }
    let all = manifests::load(&args.paths, &printer)?;
    for loaded in &all {
        exports(loaded)?;
    }
    let mut exit = Exit::Done;
    for loaded in &all {
        let summary = runtime()?.block_on(export(args, loaded, &printer))?;
        let (summary, ended) = summary;
        printer.product(&Product {
            text: &|look| export_summary_text(&summary, look),
            json: &|| {
                if all.len() == 1 {
                    return pretty(&summary);
                }
                let line = serde_json::to_string(&summary);
                line.expect("what is written is plain data") + "\n"
            },
        })?;
        exit = exit.or(ended);
        if matches!(ended, Exit::Interrupted | Exit::Terminated) {
            break;
        }
    }
    Ok(exit)
}

async fn export(
    args: &Args,
    loaded: &Loaded,
    printer: &Printer,
) -> Result<(ExportSummary, Exit), Failure> {
    let exports = exports(loaded)?;
    let mut signals = Signals::catch()?;
    let session = Session::open(&args.global, Some(&loaded.desired)).await?;
    let live = read(&session).await?;
    let client = session.client();
    if client
        .service_time()
        .is_some_and(|now| now > END_OF_SERVICE)
    {
        let message = "Amazon WorkMail ended on 2027-03-31: nothing can be exported any more";
        return Err(Failure::new(Exit::BadInput, message));
    }
    let unmet = unmet(&exports.scope, &live);
    if !unmet.is_empty() {
        let message = format!(
            "`mailboxExports.mailboxes` names no user or resource that is live by `{}`",
            unmet.join("`, `")
        );
        return Err(Failure::new(Exit::BadInput, message)
            .help("correct the name, or take it out: a mailbox might be forgotten"));
    }
    let organization = &live.organization;
    let flag = args.evidence.ledger.as_deref();
    let path = ledger::path(flag, &loaded.stamp.files, &organization.alias);
    let (mailboxes, without) = mailboxes(&exports.scope, &live);
    let head = Head::new(&organization.id, &organization.alias, &organization.region);
    let known = ledger::read(&path)?;
    let is_exported = |mailbox: &Mailbox| {
        let ledger = known.as_ref();
        let evidence = ledger.and_then(|known| known.evidence(&mailbox.entity_id, &exports.scope));
        evidence.is_some_and(|evidence| exports.scope.is_satisfied_by(&evidence))
    };
    let left = mailboxes.iter().filter(|one| !is_exported(one)).count();
    let services = Box::pin(session.services()).await?;
    if left > 0 {
        Box::pin(check(exports, &services, &live, printer)).await?;
        if !args.auto_approve {
            ask(left, exports, &live, printer)?;
        }
    }
    let mut file = LedgerFile::open(&path, head)?;
    let depth = match args.verify_objects {
        Some(How::Content) => Some(Depth::Content),
        Some(How::Size) => Some(Depth::Size),
        None => exports.scope.verify.then_some(Depth::Size),
    };
    let drive = Drive {
        client,
        services: &services,
        exports,
        mailboxes: &mailboxes,
        file: &mut file,
        progress: Progress::begin(mailboxes.len(), printer),
        attempts: args.attempts,
        depth,
        once: args.once,
        poll: args.poll,
        passed_over: std::collections::BTreeMap::new(),
        unverifiable: None,
    };
    let driven = drive.run(&mut signals).await?;
    let not_registered = still_kept(without, &live, client.service_time(), &file, exports);
    let (result, exit) = judged(&driven, &not_registered);
    let summary = ExportSummary {
        format_version: 1,
        organization_id: organization.id.clone(),
        alias: organization.alias.clone(),
        ledger: path.display().to_string(),
        result,
        exit_code: exit.code(),
        counts: ExportCounts::of(&driven.next),
        mailboxes: export_rows(&mailboxes, &file.ledger, &driven.next),
        not_registered,
        unverified_because: driven.unverifiable,
    };
    Ok((summary, exit))
}

/// Whoever has a mailbox. What was not read to its end is told, for somebody might be forgotten.
async fn read(session: &Session) -> Result<Snapshot, Failure> {
    let mut needs = Needs::default();
    needs.lists.extend([USER.to_owned(), RESOURCE.to_owned()]);
    let live = session.read(&needs).await?;
    for kind in [USER, RESOURCE] {
        if let Some(unknown) = live.listed(kind).unknown() {
            let exit = Exit::of_unread(unknown.cause).unwrap_or(Exit::Error);
            let message = format!(
                "the {kind}s could not be listed, so that mailboxes might be forgotten: {}",
                unknown.message
            );
            return Err(Failure::new(exit, message));
        }
    }
    Ok(live)
}

/// Looks at the bucket, the key and the role before the first job.
async fn check(
    exports: &MailboxExports,
    services: &Services,
    live: &Snapshot,
    printer: &Printer,
) -> Result<(), Failure> {
    let arn = &live.organization.arn;
    let account = arn.split(':').nth(4).unwrap_or_default();
    let facts = Box::pin(api::facts(services, exports, account)).await;
    let found = judge(exports, arn, &facts);
    let mut errors = 0;
    for finding in &found {
        let message = printer.err.safe(&finding.message);
        let help = printer.err.safe(&finding.help);
        match finding.weight {
            Weight::Error => {
                errors += 1;
                let word = printer.err.paint(Paint::Red, "error:");
                super::super::stderr(&format!("{word} {message}\n  help: {help}\n"));
            }
            Weight::Untold => printer.say(&format!("warning: {message}\n  help: {help}\n")),
        }
    }
    if errors == 0 {
        return Ok(());
    }
    let message = format!(
        "{} in the way of exports: no job was begun",
        if errors == 1 {
            "1 thing stands".to_owned()
        } else {
            format!("{errors} things stand")
        }
    );
    Err(Failure::new(Exit::BadInput, message))
}

fn ask(
    left: usize,
    exports: &MailboxExports,
    live: &Snapshot,
    printer: &Printer,
) -> Result<(), Failure> {
    let place = format!("s3://{}/{}", exports.bucket, exports.prefix);
    let question = format!(
        "\nExport {} of {} to {}? Only `yes` goes on: ",
        counted(left, "mailbox", "mailboxes"),
        printer.err.safe(&live.organization.alias),
        printer.err.safe(&place)
    );
    answered(&question, "yes")
}

/// Whose mailbox is still kept, is not exported, and cannot be as long as nobody is registered there.
fn still_kept(
    without: Vec<Target>,
    live: &Snapshot,
    now: Option<jiff::Timestamp>,
    file: &LedgerFile,
    exports: &MailboxExports,
) -> Vec<Target> {
    let is_kept = |target: &Target| {
        let entity = live.entities.get(target)?;
        let age = now?.duration_since(entity.disabled_at?);
        let evidence = file.ledger.evidence(&entity.id, &exports.scope);
        let is_exported = evidence.is_some_and(|known| exports.scope.is_satisfied_by(&known));
        Some(age <= workmailctl::plan::MAILBOX_KEPT && !is_exported)
    };
    let kept = without.into_iter();
    kept.filter(|target| is_kept(target) == Some(true))
        .collect()
}

/// What a run came to.
fn judged(driven: &Driven, not_registered: &[Target]) -> (&'static str, Exit) {
    if let Some(signal) = driven.signal {
        return ("interrupted", signal.exit());
    }
    let counts = ExportCounts::of(&driven.next);
    let is_failed = counts.failed > 0
        || !not_registered.is_empty()
        || counts.unverified > 0 && driven.unverifiable.is_some();
    if is_failed {
        ("failed", Exit::Partial)
    } else if counts.exported < counts.mailboxes {
        ("left", Exit::NotConverged)
    } else {
        ("exported", Exit::Done)
    }
}
