//! One long apply: ten thousand people are made against an emulator that throttles, in a process of its
//! own. Its memory over time, how true the time left is that it tells, and how fast its journal is shown.
//!
//! `cargo bench --bench applying` prints the figures; `-- --check` fails if a goal is missed.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures time and memory, and talks to whoever runs it"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use served::Served;

#[expect(
    dead_code,
    reason = "only processes are started here, and asked by the program itself"
)]
#[path = "../tests/it/support/served.rs"]
mod served;

const PEOPLE: usize = 10_000;
/// Requests a second that the emulator takes.
const RATE: &str = "400";
/// By how much memory may grow from the first tenth of the operations to the last.
const GROWTH: f64 = 1.25;
/// By how much the time left may be wrong, as a median over the run.
const WRONG: f64 = 1.5;
/// The longest that the journal may take to be shown.
const SHOWN: Duration = Duration::from_secs(2);

/// What the run says of itself at one moment.
struct Told {
    at: Instant,
    /// How many operations were done.
    done: usize,
    /// The time left, in seconds, where it is told.
    left: Option<f64>,
    /// The memory of the process, in bytes.
    memory: f64,
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("acme.yaml"), manifest()).expect("written");
    let emulator = Served::start(["--rate", RATE]);
    let (told, elapsed) = apply(folder.path(), &emulator.address);
    let total = PEOPLE * 2 + 1;
    println!(
        "{PEOPLE} people made at {RATE} requests a second: {elapsed:.0?}, {} lines on how far it is",
        told.len()
    );

    let at = |share: f64| {
        let wanted = share * count(total);
        let one = told.iter().find(|one| count(one.done) >= wanted);
        one.or(told.last()).expect("it told something")
    };
    let (early, half, late) = (at(0.1).memory, at(0.5).memory, told[told.len() - 1].memory);
    let growth = late / early;
    println!(
        "memory: {:.0} MiB at a tenth, {:.0} at the half, {:.0} at the end: {growth:.2} of the beginning",
        mebibytes(early),
        mebibytes(half),
        mebibytes(late)
    );

    let end = told[told.len() - 1].at;
    let mut wrong: Vec<f64> = told
        .iter()
        .filter_map(|one| {
            let really = end.saturating_duration_since(one.at).as_secs_f64();
            let left = one.left.filter(|_| really > 20.0)?;
            Some((left / really).max(really / left))
        })
        .collect();
    wrong.sort_by(f64::total_cmp);
    let median = wrong.get(wrong.len() / 2).copied().unwrap_or(f64::INFINITY);
    let worst = wrong.last().copied().unwrap_or(f64::INFINITY);
    println!("time left: wrong by a factor of {median:.2} (median), {worst:.2} (worst)");

    let journal = folder.path().join("journal.jsonl");
    let bytes = std::fs::read(&journal).expect("the journal");
    let lines = String::from_utf8_lossy(&bytes).lines().count();
    let cut = folder.path().join("cut.jsonl");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");
    let mut slowest = Duration::ZERO;
    for path in [&journal, &cut] {
        let begun = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_workmailctl"))
            .arg("show")
            .arg(path)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("it runs").success(), "the journal is shown");
        slowest = slowest.max(begun.elapsed());
    }
    println!(
        "journal: {lines} lines, {:.1} MiB, shown in {:.2} s, also cut in the middle of a line",
        mebibytes(count(bytes.len())),
        slowest.as_secs_f64()
    );
    let missed = growth > GROWTH || median > WRONG || slowest > SHOWN;
    if check && missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn manifest() -> String {
    let mut text = "apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers:\n".to_owned();
    for number in 0..PEOPLE {
        writeln!(
            text,
            "  u{number:05}: {{displayName: Some Body, email: u{number:05}@example.com}}"
        )
        .expect("a text takes all");
    }
    text
}

/// Applies, and returns what the run said of itself while operations were sent, and how long it took.
fn apply(folder: &Path, address: &str) -> (Vec<Told>, Duration) {
    let begun = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_workmailctl"))
        .args(["apply", "acme.yaml", "--yes", "--journal", "journal.jsonl"])
        .current_dir(folder)
        .env("HOME", folder)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL_WORKMAIL", format!("http://{address}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let talk = BufReader::new(process.stderr.take().expect("it is piped"));
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in talk.lines().map_while(Result::ok) {
            let _ = sender.send((Instant::now(), line));
        }
    });
    let mut all = Vec::new();
    let mut done = 0;
    let status = format!("/proc/{}/status", process.id());
    for (at, line) in receiver {
        done += usize::from(line.starts_with("done "));
        let is_time = line.starts_with("working: ");
        if is_time || done % 500 == 1 && line.starts_with("done ") {
            all.push(Told {
                at,
                done,
                left: is_time.then(|| seconds_left(&line)).flatten(),
                memory: memory(&status).unwrap_or(f64::NAN),
            });
        }
    }
    reader.join().expect("it ends");
    let status = process.wait().expect("it ends");
    assert!(status.success(), "it ends with {status}");
    assert_eq!(done, PEOPLE * 2 + 1, "all of it is done");
    (all, begun.elapsed())
}

/// What stands between `about` and `left`, in seconds.
fn seconds_left(line: &str) -> Option<f64> {
    let (_, rest) = line.split_once("about ")?;
    let (number, unit) = rest.split_once(" left")?.0.split_once(' ')?;
    let unit = match unit {
        "s" => 1.0,
        "min" => 60.0,
        _ => 3600.0,
    };
    Some(number.parse::<f64>().ok()? * unit)
}

/// Bytes of memory of a process, where the system tells.
fn memory(status: &str) -> Option<f64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

fn mebibytes(bytes: f64) -> f64 {
    bytes / (1024.0 * 1024.0)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("few enough"))
}
