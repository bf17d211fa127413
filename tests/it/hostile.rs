//! Hostile input gets a diagnostic: no panic, no hang, no unbounded memory.

use std::fs;

use camino::Utf8PathBuf;
use workmailctl::diagnostic::{SourceFile, Sources, render};
use workmailctl::manifest;

/// The codes that a text is refused with.
fn refused(text: String) -> Vec<&'static str> {
    let files = [SourceFile {
        path: "hostile.yaml".into(),
        text,
    }];
    let (_, diagnostics) = manifest::parse(&files);
    diagnostics.iter().map(|found| found.code.id).collect()
}

/// The codes that a folder is refused with.
fn found(folder: &tempfile::TempDir) -> Vec<&'static str> {
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
    let (roots, diagnostics) = manifest::load::find(&[path]);
    let unread = roots.iter().flat_map(|root| root.findings.iter());
    let all = diagnostics.iter().chain(unread);
    all.map(|found| found.code.id).collect()
}

#[test]
fn aliases_that_unfold_without_end() {
    let mut doubling = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        doubling += &format!("a{level}: &a{level} [*a{below}, *a{below}]\n");
    }
    assert_eq!(refused(doubling), ["WM103"]);
    let wide = format!("a: &a [{}]\n", "x,".repeat(3000));
    let uses = format!("b: [{}]\n", "*a,".repeat(3000));
    assert_eq!(refused(wide + &uses), ["WM103"]);
}

#[test]
fn nesting_without_end() {
    // The parser has a limit of its own, which some of them meet first.
    let deep = |text: &str| refused(text.repeat(100_000));
    for text in ["[", "{a: ", "- "] {
        assert!(
            matches!(deep(text).as_slice(), ["WM101" | "WM103"]),
            "{text}"
        );
    }
}

#[test]
fn what_other_readers_take_otherwise() {
    assert_eq!(refused("a: 1\na: 2\n".to_owned()), ["WM102", "WM106"]);
    assert_eq!(refused("a: &x {b: 1}\nc: {<<: *x}\n".to_owned()), ["WM104"]);
    assert_eq!(refused("a: !!binary abc\n".to_owned()), ["WM104"]);
    assert_eq!(refused("a: 1\n---\nb: 2\n".to_owned()), ["WM104"]);
    assert_eq!(refused("a: [1\n".to_owned()), ["WM101"]);
}

#[test]
fn a_file_beyond_all_measure() {
    let comment = format!("# {}\n", "x".repeat(1000));
    assert_eq!(refused(comment.repeat(70_000)), ["WM103"]);
}

#[cfg(unix)]
#[test]
fn folders_with_loops_pipes_and_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).expect("a link");
    fs::write(folder.path().join("bytes.yaml"), b"a: \xff\xfe\n").expect("a file");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("pipe.yaml"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    assert_eq!(found(&folder), ["WM105", "WM105", "WM105"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "\u{feff}apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers: {Ä: {}}\n";
    fs::write(folder.path().join("acme.yaml"), text).expect("a file");
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
    for path in [path.clone(), path.join("acme.yaml")] {
        let (roots, unfound) = manifest::load::find(&[path]);
        assert!(unfound.is_empty(), "{unfound:?}");
        let files = &roots[0].files;
        let (documents, wrong) = manifest::parse(files);
        assert!(wrong.is_empty(), "{wrong:?}");
        let now = "2026-11-24T12:00:00Z".parse().expect("a time");
        let (_, _, wrong) = manifest::resolve(workmailctl::kinds::KINDS, documents, now);
        let told = render::concise(&wrong, Sources(files));
        assert!(told.contains("acme.yaml:3:9: error[WM201]"), "{told}");
    }
}
