//! What the architecture promises of the source: walls, sizes, purposes, nothing forgotten, no words
//! that do not belong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may name whom within the library, in the order of `docs/architecture.md`.
const WALLS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diagnostic", &["model"]),
    ("policy", &["model"]),
    ("kinds", &["model", "diagnostic", "policy"]),
    ("manifest", &["model", "diagnostic", "kinds"]),
    ("live", &["model", "kinds"]),
    ("diff", &["model", "kinds", "manifest", "live"]),
    ("plan", &["model", "policy", "kinds", "live", "diff"]),
    ("apply", &["model", "kinds", "live", "plan"]),
    ("migrate", &["model", "kinds"]),
    (
        "report",
        &[
            "model",
            "diagnostic",
            "kinds",
            "live",
            "diff",
            "plan",
            "apply",
            "migrate",
        ],
    ),
    ("client", &["model"]),
    ("emulator", &[]),
];

/// Files that may name `client` besides: the ones that do I/O with the service.
fn may_name_client(path: &str) -> bool {
    path.starts_with("src/migrate/api/")
        || path.starts_with("src/kinds/")
            && (path.ends_with("/api.rs") || path.ends_with("/execute.rs"))
        || path.starts_with("src/live/read/")
        || path.starts_with("src/apply/execute/")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(path) = todo.pop() {
        for entry in fs::read_dir(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path
                    .strip_prefix(root())
                    .expect("below the root")
                    .display()
                    .to_string();
                found.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn modules_name_only_those_before_them() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        let Some(module) = path
            .strip_prefix("src/")
            .and_then(|rest| rest.split('/').next())
        else {
            continue;
        };
        let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        for named in text.split("crate::").skip(1).map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        }) {
            let known = WALLS.iter().any(|(name, _)| *name == named);
            let fits = named == module
                || allowed.contains(&named.as_str())
                || named == "client" && may_name_client(&path);
            if known && !fits {
                wrong.push(format!("{path} names crate::{named}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_files_that_talk_to_the_service_name_its_sdk() {
    let wrong: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/client/") && !may_name_client(path))
        .filter(|(_, text)| {
            ["use aws_", "aws_sdk_workmail::", "aws_config::"]
                .iter()
                .any(|sdk| text.contains(sdk))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "these name the AWS SDK: {wrong:?}");
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    let mut sizes: Vec<(usize, String)> = Vec::new();
    for (path, text) in files("src", "rs") {
        assert!(
            text.starts_with("//! "),
            "{path} does not begin with its purpose"
        );
        let lines = text.lines().count();
        assert!(
            lines <= 600,
            "{path} has {lines} lines, and 600 are the most"
        );
        sizes.push((lines, path));
    }
    sizes.sort();
    let at = |part: usize| sizes[(sizes.len() - 1) * part / 100].0;
    eprintln!(
        "{} files, median {} lines, 90th percentile {}",
        sizes.len(),
        at(50),
        at(90)
    );
    let page = fs::read_to_string(root().join("docs/architecture.md"))
        .expect("the page of the architecture");
    for (lines, path) in sizes.iter().filter(|(lines, _)| *lines > 400) {
        assert!(
            page.contains(path.as_str()),
            "docs/architecture.md does not say why {path} has {lines} lines"
        );
    }
    assert!(
        page.lines().count() <= 200,
        "docs/architecture.md is longer than 200 lines"
    );
}

/// A file that nobody declares is compiled by nobody.
#[test]
fn no_file_is_forgotten() {
    let sources: BTreeMap<String, String> = files("src", "rs").into_iter().collect();
    for path in sources.keys() {
        let path = Path::new(path);
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        if ["lib", "main"].contains(&stem) {
            continue;
        }
        let (name, folder) = if stem == "mod" {
            let folder = path.parent().expect("a folder");
            (
                folder
                    .file_name()
                    .and_then(|name| name.to_str())
                    .expect("a name"),
                folder.parent().expect("a folder"),
            )
        } else {
            (stem, path.parent().expect("a folder"))
        };
        let parents = [
            folder.join("mod.rs"),
            folder.join("lib.rs"),
            folder.join("main.rs"),
            folder.with_extension("rs"),
        ];
        let declared = parents
            .iter()
            .filter_map(|parent| sources.get(&parent.display().to_string()))
            .any(|text| {
                text.lines().any(|line| {
                    let line = line.trim();
                    line.ends_with(&format!("mod {name};"))
                })
            });
        assert!(declared, "{} is declared nowhere", path.display());
    }
}

#[test]
fn every_kind_has_its_example() {
    use workmailctl::kinds::{KINDS, SETTINGS};
    let settings = SETTINGS.iter().filter(|kind| !kind.nature.implied);
    let settings = settings.map(|kind| kind.name);
    for name in KINDS.iter().map(|entry| entry.name).chain(settings) {
        let path = root().join("examples/kinds").join(format!("{name}.yaml"));
        assert!(path.is_file(), "there is no {}", path.display());
    }
}

#[test]
fn the_examples_are_sound() {
    use camino::Utf8PathBuf;
    use workmailctl::manifest;
    let mut paths: Vec<Utf8PathBuf> = ["examples/quickstart", "examples/company"]
        .iter()
        .map(|path| Utf8PathBuf::from(*path))
        .collect();
    for (path, _) in files("examples/kinds", "yaml") {
        paths.push(path.into());
    }
    for (path, _) in files("examples/leaving", "yaml") {
        paths.push(path.into());
    }
    for path in paths {
        let full = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&path);
        let (roots, found) = manifest::load::find(&[full]);
        assert!(!found.has_errors(), "{path}: {found:?}");
        for root in roots {
            assert!(root.findings.is_empty(), "{path}: {:?}", root.findings);
            let (documents, parsed) = manifest::parse(&root.files);
            let now = "2026-11-24T12:00:00Z".parse().expect("a time");
            let (_, _, resolved) = manifest::resolve(workmailctl::kinds::KINDS, documents, now);
            assert!(parsed.is_empty(), "{path}: {parsed:?}");
            assert!(resolved.is_empty(), "{path}: {resolved:?}");
        }
    }
}

/// The project speaks of itself alone, and leaves nothing undone behind a word.
#[test]
fn no_word_that_does_not_belong() {
    let words = ["TODO", "FIXME", "XXX:", "/work/", "/root/"];
    let mut wrong = Vec::new();
    let mut all = files("src", "rs");
    all.extend(files("docs", "md"));
    all.extend(files("examples", "yaml"));
    all.extend(
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| {
            (
                name.to_owned(),
                fs::read_to_string(root().join(name)).expect("a readable file"),
            )
        }),
    );
    for (path, text) in all {
        for word in words {
            if text.contains(word) {
                wrong.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_in_the_documentation_lead_somewhere() {
    let mut pages = files("docs", "md");
    pages.push((
        "README.md".to_owned(),
        fs::read_to_string(root().join("README.md")).expect("the README"),
    ));
    pages.push((
        "CONTRIBUTING.md".to_owned(),
        fs::read_to_string(root().join("CONTRIBUTING.md")).expect("it"),
    ));
    let mut broken = BTreeSet::new();
    for (path, text) in pages {
        let folder = Path::new(&path)
            .parent()
            .unwrap_or(Path::new(""))
            .to_owned();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !root().join(&folder).join(target).exists() {
                broken.insert(format!("{path}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn the_two_commands_stand_at_the_top_of_the_readme() {
    let text = fs::read_to_string(root().join("README.md")).expect("the README");
    let top: String = text.lines().take(25).collect::<Vec<_>>().join("\n");
    assert!(
        top.contains("$ cargo run --release -- apply examples/company --emulator --auto-approve")
    );
    assert!(top.contains("$ cargo test"));
}
