//! Whole processes: two applies at once, a long run against a service that throttles, and the journal of a run
//! that was cut in the middle of a character.
#![expect(
    clippy::disallowed_methods,
    reason = "runs processes and reads the files that they leave"
)]

use std::fmt::Write as _;
use std::process::Stdio;

use crate::support::shop::{Shop, ends, err, out};

/// How many people the long run makes.
const PEOPLE: usize = 100;

/// People with a title.
fn people(count: usize, title: &str) -> String {
    let mut text =
        "apiVersion: workmailctl/v1\norganization: {alias: acme, mailDomains: [example.com]}\nusers:\n"
            .to_owned();
    for number in 0..count {
        writeln!(
            text,
            "  u{number:03}: {{displayName: Zoë Größe, email: u{number:03}@example.com, \
             aliases: [a{number:03}@example.com], jobTitle: {title}}}"
        )
        .expect("a text takes all");
    }
    text
}

#[test]
fn a_long_run_against_a_service_that_throttles_goes_through_and_its_journal_is_shown() {
    let shop = Shop::with(&["--rate", "40"]);
    shop.manifest(&people(PEOPLE, "Clerk"));
    let arguments = ["apply", "acme", "--yes", "--journal", "long.jsonl"];
    let ran = shop.run(&arguments);
    ends(&ran, 0);
    let told = err(&ran);
    let done = told
        .lines()
        .filter(|line| line.starts_with("done "))
        .count();
    // Each is made, registered, given a title and an alias; the last call remembers `management`.
    let calls = 4 * PEOPLE;
    assert!((calls..=calls + 1).contains(&done), "{done} of {calls}");
    // What is told of how far it is never goes back, nor beyond the whole.
    let mut before = 0;
    for line in told.lines().filter(|line| line.starts_with("working: ")) {
        let mut numbers = line
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty());
        let mut number = || numbers.next().and_then(|part| part.parse::<usize>().ok());
        let (ended, total) = (number().expect("a count"), number().expect("a total"));
        assert!(before <= ended && ended <= total && total == done, "{line}");
        before = ended;
    }
    assert!(before > 0, "it tells how far it is:\n{told}");
    let shown = shop.run(&["show", "long.jsonl"]);
    ends(&shown, 0);
    let lines = out(&shown);
    for number in [0, PEOPLE / 2, PEOPLE - 1] {
        assert!(lines.contains(&format!("u{number:03}")), "{lines}");
    }
    eprintln!(
        "{done} calls, {} lines of journal shown",
        lines.lines().count()
    );
}

#[test]
fn a_journal_that_ends_anywhere_is_shown() {
    let shop = Shop::open();
    shop.manifest(&people(2, "Clerk"));
    ends(
        &shop.run(&["apply", "acme", "--yes", "--journal", "whole.jsonl"]),
        0,
    );
    let whole = std::fs::read(shop.path("whole.jsonl")).expect("the journal");
    let inside = |at: &usize| whole[*at] & 0b1100_0000 == 0b1000_0000;
    let middles: Vec<usize> = (0..whole.len()).filter(inside).collect();
    assert!(middles.len() >= 4, "names stand in the journal");
    let first_line = whole
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line");
    let last = [whole.len() - 1, whole.len() - 20, first_line + 1];
    for at in middles.iter().take(4).chain(&last) {
        std::fs::write(shop.path("cut.jsonl"), &whole[..*at]).expect("it can be written");
        let shown = shop.run(&["show", "cut.jsonl"]);
        ends(&shown, 0);
        assert!(out(&shown).contains("acme"), "cut at {at}: {}", out(&shown));
    }
    // Damage in the middle is none of a crash, and is told.
    let mut broken = whole.clone();
    broken[first_line + 2] = 0xff;
    std::fs::write(shop.path("broken.jsonl"), &broken).expect("it can be written");
    ends(&shop.run(&["show", "broken.jsonl"]), 65);
}

#[test]
fn of_two_processes_at_once_one_that_fails_says_to_run_again() {
    let mut failed = 0;
    for delay in ["10ms", "40ms"] {
        let shop = Shop::with(&["--fault", &format!("*:delay={delay}")]);
        shop.manifest(&people(6, "Clerk"));
        let arguments = ["apply", "acme", "--yes"];
        let start = || {
            let mut command = shop.command(&arguments);
            let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
            piped.spawn().expect("it starts")
        };
        let running = [start(), start()];
        for process in running {
            let ended = process.wait_with_output().expect("it ends");
            let text = format!("{}{}", out(&ended), err(&ended));
            match ended.status.code() {
                Some(0) => {}
                Some(5 | 6) => {
                    assert!(text.contains("run again"), "{text}");
                    failed += 1;
                }
                // Nothing was written by it.
                Some(4) => {
                    assert!(text.contains("nothing was written"), "{text}");
                    failed += 1;
                }
                code => panic!("{code:?}: {text}"),
            }
        }
        ends(&shop.run(&arguments), 0);
        ends(&shop.run(&["drift", "acme"]), 0);
    }
    eprintln!("{failed} of 4 processes met the other one and said so");
}
