//! What single flags and variables mean: files that are written through, profiles, scope, hashes,
//! several manifests, how much is told.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::shop::{MANIFEST, Shop, command, ends, err, out};

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_written_through_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let shop = Shop::open();
    let made = Command::new("mkfifo").arg(shop.path("pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    for args in [
        &["plan", "acme", "-q", "--out", "pipe"][..],
        &["snapshot", "-q", "--out", "pipe"],
    ] {
        let mut reader = Command::new("cat")
            .arg(shop.path("pipe"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("cat runs");
        ends(&shop.run(args), 0);
        let kind = std::fs::symlink_metadata(shop.path("pipe")).expect("it is there");
        if !kind.file_type().is_fifo() {
            // Nobody will ever write into what it has opened.
            reader.kill().expect("it can be ended");
            panic!("{args:?} replaced the pipe");
        }
        let read = reader.wait_with_output().expect("it ends").stdout;
        serde_json::from_slice::<Value>(&read).expect("it is JSON");
    }
}

#[cfg(unix)]
#[test]
fn the_target_of_a_link_is_written_and_the_link_stays() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let shop = Shop::open();
    std::fs::create_dir(shop.path("kept")).expect("a folder");
    std::fs::write(shop.path("kept/old.json"), "old").expect("written");
    symlink("kept/old.json", shop.path("old")).expect("a link");
    // This one has no target yet.
    symlink("kept/new.json", shop.path("new")).expect("a link");
    for (link, target) in [("old", "kept/old.json"), ("new", "kept/new.json")] {
        ends(&shop.run(&["plan", "acme", "-q", "--out", link]), 0);
        let known = std::fs::symlink_metadata(shop.path(link)).expect("it is there");
        assert!(known.is_symlink(), "{link}");
        let text = std::fs::read_to_string(shop.path(target)).expect("it was written");
        serde_json::from_str::<Value>(&text).expect("it is JSON");
        let mode = std::fs::metadata(shop.path(target)).expect("it is there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    symlink("round", shop.path("round")).expect("a link to itself");
    ends(&shop.run(&["plan", "acme", "-q", "--out", "round"]), 1);
    ends(&shop.run(&["plan", "acme", "-q", "--out", "kept"]), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    for flag in ["--help", "--version"] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("it is there");
        let output = command(folder.path(), &[flag])
            .stdout(full)
            .output()
            .expect("it runs");
        ends(&output, 1);
        assert!(err(&output).contains("standard output"), "{}", err(&output));
    }
}

/// The key that signed the last request of a run with this profile.
fn signed_by(shop: &Shop, profile: &str) -> Output {
    std::fs::create_dir_all(shop.path(".aws")).expect("a folder");
    std::fs::write(
        shop.path(".aws/credentials"),
        "[other]\naws_access_key_id = OTHERKEY\naws_secret_access_key = othersecret\n",
    )
    .expect("written");
    std::fs::write(
        shop.path(".aws/config"),
        "[profile bare]\nregion = us-east-1\n",
    )
    .expect("written");
    shop.run(&["plan", "acme", "-q", "--profile", profile])
}

#[test]
fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    // The key in the environment is `test`, and only the profile's is let in.
    let shop = Shop::with(&["--verify-signatures", "OTHERKEY:othersecret"]);
    let refused = shop.run(&["plan", "acme", "-q"]);
    assert_ne!(refused.status.code(), Some(0), "{}", err(&refused));
    ends(&signed_by(&shop, "other"), 0);
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let shop = Shop::open();
    let missing = signed_by(&shop, "nosuch");
    ends(&missing, 64);
    let told = err(&missing);
    assert!(told.contains("there is no profile `nosuch`"), "{told}");
    assert!(
        !told.contains("OTHERKEY") && !told.contains("othersecret"),
        "{told}"
    );
    let bare = signed_by(&shop, "bare");
    ends(&bare, 77);
    assert!(err(&bare).contains("profile `bare`"), "{}", err(&bare));
}

#[test]
fn a_scope_of_no_kind_is_refused_and_one_that_finds_nothing_is_told() {
    let shop = Shop::open();
    for flag in ["--target", "--exclude"] {
        let plural = shop.run(&["plan", "acme", flag, "users/ana"]);
        ends(&plural, 64);
        assert!(
            err(&plural).contains("did you mean `user/ana`?"),
            "{}",
            err(&plural)
        );
        let unknown = shop.run(&["plan", "acme", flag, "usr/ana"]);
        ends(&unknown, 64);
        assert!(
            err(&unknown).contains("user, group, resource"),
            "{}",
            err(&unknown)
        );
        for nothing in ["user/nosuch", "nosuch*"] {
            for verb in [
                &["plan"][..],
                &["drift"],
                &["apply", "--auto-approve", "--rehearse"],
            ] {
                let args = [verb, &["acme", flag, nothing]].concat();
                let output = shop.run(&args);
                let warning = format!("warning: {flag} {nothing} ");
                let told = err(&output);
                assert_eq!(told.matches(&warning).count(), 1, "{args:?}: {told}");
            }
        }
    }
    for something in ["user/ana", "ANA", "organization/*", "group/*"] {
        let output = shop.run(&["plan", "acme", "--target", something]);
        ends(&output, 0);
        assert!(!err(&output).contains("warning"), "{}", err(&output));
    }
}

#[test]
fn several_plans_as_json_are_a_line_each() {
    let shop = Shop::open();
    std::fs::create_dir(shop.path("again")).expect("a folder");
    std::fs::write(shop.path("again/acme.yaml"), MANIFEST).expect("written");
    for verb in ["plan", "drift"] {
        let output = shop.run(&[verb, "acme", "again", "--format", "json"]);
        let text = out(&output);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            let plan: Value = serde_json::from_str(line).expect("each line is JSON");
            assert_eq!(plan["organization"]["alias"], "acme");
        }
        let one = shop.run(&[verb, "acme", "--format", "json"]);
        serde_json::from_slice::<Value>(&one.stdout).expect("one is one document");
    }
}

#[test]
fn stages_are_told_by_v_and_calls_by_vv_without_secrets() {
    let shop = Shop::with(&["--fault", "RegisterToWorkMail:throttle@3"]);
    let plan = shop.run(&["plan", "acme", "-v"]);
    let told = err(&plan);
    for stage in [
        "checked the manifest",
        "connected",
        "read the organization",
        "compared",
        "planned",
    ] {
        assert!(told.contains(stage), "{stage}: {told}");
    }
    assert!(!told.contains("ListUsers"), "{told}");
    let plan = shop.run(&["plan", "acme", "-vv"]);
    let told = err(&plan);
    assert!(
        told.contains("ListUsers") && told.contains("outcome"),
        "{told}"
    );
    let shop = Shop::with(&["--fault", "RegisterToWorkMail:throttle@3"]);
    let apply = shop.run(&["apply", "acme", "--auto-approve", "-vv"]);
    ends(&apply, 0);
    let told = err(&apply);
    for words in [
        "CreateUser",
        "Name=ana",
        "tries again",
        "the pace is lowered",
        "executed",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // Of what is sent, only whom it is about is told.
    let calls = told.lines().filter(|line| line.contains("operation="));
    assert!(
        !calls.clone().any(|line| line.contains("Engineer")),
        "{told}"
    );
    assert!(calls.count() > 10, "{told}");
}

#[test]
fn the_hash_in_the_text_of_a_plan_is_what_expect_plan_takes() {
    let shop = Shop::open();
    let plan = shop.run(&["plan", "acme"]);
    ends(&plan, 0);
    let text = out(&plan);
    let line = text.lines().last().expect("a last line");
    let hash = line.strip_prefix("plan hash: ").expect("the hash");
    assert!(hash.len() >= 8, "{line}");
    let expecting = |hash: &str| shop.run(&["apply", "acme", "--yes", "--expect-plan", hash]);
    for wrong in ["0000", "", "1f0c…", "wxyzwxyz"] {
        ends(&expecting(wrong), 64);
    }
    ends(&expecting(&hash[..7]), 64);
    ends(&expecting("00000000"), 4);
    ends(&expecting(&hash[..8].to_uppercase()), 0);
    let none = shop.run(&["plan", "acme"]);
    assert_eq!(out(&none).lines().count(), 1, "{}", out(&none));
}

#[test]
fn a_switch_in_the_environment_takes_the_usual_words() {
    let shop = Shop::open();
    for (word, code) in [
        ("1", 0),
        ("true", 0),
        ("YES", 0),
        ("on", 0),
        ("0", 0),
        ("false", 0),
        ("no", 0),
        ("off", 0),
        ("", 0),
        ("maybe", 64),
    ] {
        for variable in ["WORKMAILCTL_ASCII", "WORKMAILCTL_QUIET"] {
            let output = shop
                .command(&["plan", "acme"])
                .env(variable, word)
                .output()
                .expect("it runs");
            ends(&output, code);
        }
    }
    let text = |word: &str| {
        let mut run = shop.command(&["plan", "acme", "--details"]);
        out(&run
            .env("WORKMAILCTL_ASCII", word)
            .output()
            .expect("it runs"))
    };
    assert!(text("1").is_ascii());
    assert!(!text("0").is_ascii());
}

#[test]
fn ascii_holds_for_the_lines_of_a_manifest_that_findings_show() {
    let shop = Shop::open();
    shop.manifest(
        "apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers: {ana: {displayName: Añá, emial: Zoë}}\n",
    );
    for args in [
        &["validate", "acme", "--ascii"][..],
        &["plan", "acme", "--ascii"],
        &["validate", "acme", "--ascii", "--color", "always"],
    ] {
        let output = shop.run(args);
        ends(&output, 65);
        let told = out(&output) + &err(&output);
        assert!(told.contains("emial"), "{told}");
        assert!(told.is_ascii(), "{told}");
    }
}

#[test]
fn flags_of_the_connection_stand_everywhere() {
    let shop = Shop::open();
    let flags = [
        "--region",
        "eu-west-1",
        "--endpoint-url",
        "http://127.0.0.1:9",
    ];
    ends(&shop.run(&[&["validate", "acme"][..], &flags].concat()), 0);
    ends(&shop.run(&["plan", "acme", "-q", "--out", "plan.json"]), 0);
    ends(&shop.run(&[&["show", "plan.json"][..], &flags].concat()), 0);
}

#[test]
fn an_export_counts_what_it_wrote_and_wants_a_folder() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let exported = shop.run(&["export", "--dir", "folder"]);
    ends(&exported, 0);
    assert!(
        out(&exported).starts_with("exported 3 entities"),
        "{}",
        out(&exported)
    );
    std::fs::write(shop.path("file"), "").expect("written");
    for force in [&[][..], &["--force"]] {
        let refused = shop.run(&[&["export", "--dir", "file"][..], force].concat());
        ends(&refused, 64);
        assert!(
            err(&refused).contains("`file` is no folder"),
            "{}",
            err(&refused)
        );
    }
}

#[test]
fn an_emulator_refuses_what_it_would_not_heed() {
    let folder = tempfile::tempdir().expect("a folder");
    for (args, words) in [
        (&["--fault", "Foo:500"][..], "there is no operation `Foo`"),
        (
            &["--fault", "ListUsers:error=FooException"],
            "`FooException`",
        ),
        (&["--organization", "acme=exa_mple"], "`exa_mple`"),
        (
            &["--organization", "acme", "--organization", "acme"],
            "`acme`",
        ),
    ] {
        let args = [&["emulator", "--listen", "127.0.0.1:0"][..], args].concat();
        // It would serve for ever if it did not refuse.
        let mut child = command(folder.path(), &args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut first = String::new();
        let stdout = child.stdout.as_mut().expect("it is piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut first)
            .expect("it talks or ends");
        if !first.is_empty() {
            child.kill().expect("it can be ended");
        }
        let output = child.wait_with_output().expect("it ends");
        ends(&output, 64);
        assert!(err(&output).contains(words), "{args:?}: {}", err(&output));
    }
}

#[test]
fn who_is_blocked_is_told_by_which_guard_and_each_flag_once() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let swapped = MANIFEST
        .replace("email: ana@", "email: tmp@")
        .replace("email: bob@", "email: ana@")
        .replace("aliases: [a@example.com]", "aliases: []")
        .replace("email: tmp@", "email: bob@")
        .replace(
            "aliases: [], permissions",
            "aliases: [a@example.com], permissions",
        );
    shop.manifest(&swapped);
    ends(&shop.run(&["plan", "acme", "-q", "--out", "plan.json"]), 0);
    for path in ["acme", "plan.json"] {
        let blocked = shop.run(&["apply", path, "--auto-approve"]);
        ends(&blocked, 3);
        let told = err(&blocked);
        assert!(told.contains("blocked by address-reuse"), "{told}");
        for line in told.lines().chain(out(&blocked).lines()) {
            let flags: Vec<&str> = line
                .split("--allow ")
                .skip(1)
                .filter_map(|rest| rest.split_whitespace().next())
                .collect();
            let once: std::collections::BTreeSet<&&str> = flags.iter().collect();
            assert_eq!(once.len(), flags.len(), "{line}");
        }
    }
}
