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
