//! `plan --base REF|DIR`: the manifest as it was, from a folder or from a revision in Git.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use workmailctl::diagnostic::{SourceFile, Sources, render};
use workmailctl::manifest::load;
use workmailctl::model::Desired;

use super::failure::{Exit, Failure};
use super::manifests;

/// What the base declares, for the manifest at `path`. A folder of this name comes before a revision.
pub(crate) fn load(base: &str, path: &str) -> Result<Desired, Failure> {
    let files = if Path::new(base).is_dir() {
        let (roots, unfound) = load::find(&[Utf8PathBuf::from(base)]);
        let Some(root) = roots.into_iter().next() else {
            let text = render::concise(&unfound, Sources(&[]));
            return Err(bad(base, text.trim()));
        };
        if root.findings.has_errors() {
            let text = render::concise(&root.findings, Sources(&[]));
            return Err(bad(base, text.trim()));
        }
        root.files
    } else {
        at_revision(base, Utf8Path::new(path))?
    };
    let (desired, findings) = manifests::resolved(&files);
    if findings.has_errors() {
        let text = render::concise(&findings, Sources(&files));
        let first = text.lines().find(|line| line.contains("error"));
        return Err(bad(base, first.unwrap_or_default()));
    }
    Ok(desired)
}

/// The files of the manifest as Git has them at a revision.
fn at_revision(revision: &str, path: &Utf8Path) -> Result<Vec<SourceFile>, Failure> {
    let is_folder = path.is_dir();
    let folder: PathBuf = match path.parent() {
        _ if is_folder => path.into(),
        Some(parent) if !parent.as_str().is_empty() => parent.into(),
        _ => PathBuf::from("."),
    };
    let git = Git {
        folder: &folder,
        base: revision,
    };
    let commit = git.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])
        .map_err(|failure| {
            failure.help("`--base` takes a folder, or a revision of the Git repository that the manifest is in")
        })?;
    let commit = commit.trim();
    let what = if is_folder {
        "."
    } else {
        path.file_name().unwrap_or(".")
    };
    let listed = git.ask(&["ls-tree", "-r", "-z", "--name-only", commit, "--", what])?;
    let mut names: Vec<&str> = listed
        .split('\0')
        .filter(|name| is_manifest(name))
        .collect();
    names.sort_by(|one, other| one.split('/').cmp(other.split('/')));
    if names.is_empty() {
        return Err(bad(revision, &format!("`{path}` holds no manifest there")));
    }
    names
        .into_iter()
        .map(|name| {
            // Names are told from the folder that Git was asked in.
            let text = git.ask(&["cat-file", "blob", &format!("{commit}:./{name}")])?;
            let path = Utf8PathBuf::from(format!("{revision}:{name}"));
            Ok(SourceFile::new(path, text))
        })
        .collect()
}

/// The same files as in a folder: `.yaml` and `.yml`, nothing hidden.
fn is_manifest(name: &str) -> bool {
    let hidden = name.split('/').any(|part| part.starts_with('.'));
    let extension = Utf8Path::new(name).extension();
    !hidden && matches!(extension, Some("yaml" | "yml"))
}

struct Git<'a> {
    folder: &'a Path,
    base: &'a str,
}

impl Git<'_> {
    /// What Git answers.
    fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|error| {
            bad(self.base, &format!("`git` could not be run: {error}"))
                .help("install Git, or give a folder")
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or("there is no such revision");
            return Err(bad(self.base, said.trim_start_matches("fatal: ")));
        }
        String::from_utf8(output.stdout).map_err(|_| bad(self.base, "a file is not UTF-8"))
    }
}

fn bad(base: &str, why: &str) -> Failure {
    let why = if why.is_empty() {
        "it cannot be read"
    } else {
        why
    };
    Failure::new(
        Exit::BadInput,
        format!("the base `{base}` is no manifest to compare with: {why}"),
    )
}
