//! Finds the manifests under paths and reads their files.
#![expect(clippy::disallowed_methods, reason = "reads manifest files")]

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use crate::diagnostic::code::{WM103, WM105, WM110};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};

use super::read::BYTES;

/// The files of one manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The path that was given.
    pub path: Utf8PathBuf,
    /// Its files in the order of their names.
    pub files: Vec<SourceFile>,
    /// What of it could not be read; places in these findings refer to no file.
    pub findings: Diagnostics,
}

/// How many files a folder may hold.
const FILES: usize = 10_000;

/// One manifest for each path: a folder with all its files, or a single file. What is no manifest at
/// all is told; places in these findings refer to no file.
pub fn find(paths: &[Utf8PathBuf]) -> (Vec<Root>, Diagnostics) {
    let mut out = Diagnostics::default();
    let mut roots = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => out.push(unreadable(path, &error.to_string())),
            Ok(found) if found.is_dir() => roots.extend(folder(path, &mut out)),
            Ok(_) => roots.extend(single(path, &mut out)),
        }
    }
    (roots, out)
}

fn folder(path: &Utf8Path, out: &mut Diagnostics) -> Option<Root> {
    let mut findings = Diagnostics::default();
    let Some(files) = files_of(path, &mut findings) else {
        out.extend(findings);
        return None;
    };
    Some(Root {
        path: path.to_owned(),
        files,
        findings,
    })
}

/// The files of a folder; none if they are no manifest.
fn files_of(path: &Utf8Path, out: &mut Diagnostics) -> Option<Vec<SourceFile>> {
    let mut files = Vec::new();
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0
            && entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with('.'))
    };
    let walk = WalkDir::new(path)
        .follow_links(true)
        .sort_by_file_name()
        .max_depth(32);
    for entry in walk.into_iter().filter_entry(|entry| !hidden(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                out.push(unreadable(path, &error.to_string()));
                continue;
            }
        };
        let Some(file) = Utf8Path::from_path(entry.path()) else {
            let shown = entry.path().display().to_string();
            out.push(Diagnostic::new(
                &WM105,
                format!("the name of `{shown}` is not UTF-8"),
            ));
            continue;
        };
        if entry.file_type().is_dir() || !matches!(file.extension(), Some("yaml" | "yml")) {
            continue;
        }
        if files.len() >= FILES {
            out.push(Diagnostic::new(
                &WM103,
                format!("`{path}` holds more than {FILES} files"),
            ));
            break;
        }
        files.extend(read(file, out));
    }
    if files.is_empty() && !out.has_errors() {
        let wrong = Diagnostic::new(
            &WM110,
            format!("`{path}` holds no manifest: there is no `.yaml` file in it"),
        );
        out.push(wrong.help("give the folder of a manifest"));
        return None;
    }
    several(path, files, out)
}

/// A file alone is a manifest if it holds `organization`, and the other manifest files beside it do so
/// too.
fn single(path: &Utf8Path, out: &mut Diagnostics) -> Option<Root> {
    let file = read(path, out)?;
    if !holds_organization(&file.text) {
        let folder = path
            .parent()
            .filter(|parent| !parent.as_str().is_empty())
            .unwrap_or(Utf8Path::new("."));
        let wrong = Diagnostic::new(
            &WM110,
            format!("`{path}` is a part of a manifest: it holds no `organization`"),
        );
        out.push(wrong.help(format!(
            "give its folder, `{folder}`; `--target` is the way to do less"
        )));
        return None;
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_str().is_empty())
        .unwrap_or(Utf8Path::new("."));
    let beside = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let other = Utf8PathBuf::from_path_buf(entry.path()).ok()?;
            let is_other = other.file_name() != path.file_name();
            let is_manifest = matches!(other.extension(), Some("yaml" | "yml"));
            (is_other && is_manifest && other.is_file()).then_some(other)
        });
    let mut part = None;
    for other in beside {
        let text = fs::read_to_string(&other).unwrap_or_default();
        if text.contains("apiVersion") && !holds_organization(&text) {
            part = Some(other);
            break;
        }
    }
    if let Some(other) = part {
        let wrong = Diagnostic::new(
            &WM110,
            format!("`{path}` is a part of a manifest: `{other}` belongs to it"),
        );
        out.push(wrong.help(format!("give their folder, `{parent}`")));
        return None;
    }
    Some(Root {
        path: path.to_owned(),
        files: vec![file],
        findings: Diagnostics::default(),
    })
}

/// A folder is one manifest. Where every file of it holds an organization of its own, it is several,
/// which must be given one by one; and no file may lie above the one with the organization.
fn several(
    path: &Utf8Path,
    files: Vec<SourceFile>,
    out: &mut Diagnostics,
) -> Option<Vec<SourceFile>> {
    let roots: Vec<&Utf8Path> = files
        .iter()
        .filter(|file| holds_organization(&file.text))
        .filter_map(|file| file.path.parent())
        .collect();
    if let [root] = roots.as_slice() {
        let above: Vec<&SourceFile> = files
            .iter()
            .filter(|file| !file.path.starts_with(root))
            .collect();
        for file in &above {
            let wrong = Diagnostic::new(
                &WM110,
                format!("`{}` lies above the manifest's root `{root}`", file.path),
            );
            out.push(wrong.help("move it beside the file that holds `organization`, or below"));
        }
        if !above.is_empty() {
            return None;
        }
    }
    // What could not be read may hold it.
    let may_hold = out.has_errors();
    if roots.is_empty() && !files.is_empty() && !may_hold && in_a_larger_manifest(path) {
        let wrong = Diagnostic::new(
            &WM110,
            format!("`{path}` is a part of a manifest: no file in it holds `organization`"),
        );
        out.push(
            wrong.help("give the folder of the whole manifest; `--target` is the way to do less"),
        );
        return None;
    }
    Some(files)
}

/// True if a folder above holds a file with `organization`.
fn in_a_larger_manifest(path: &Utf8Path) -> bool {
    let Ok(path) = path.canonicalize_utf8() else {
        return false;
    };
    path.ancestors().skip(1).take(8).any(|folder| {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| {
                let is_manifest = entry
                    .path()
                    .extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml");
                is_manifest
                    && entry.path().is_file()
                    && fs::read_to_string(entry.path()).is_ok_and(|text| holds_organization(&text))
            })
    })
}

fn holds_organization(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().any(|line| {
        line.strip_prefix("organization")
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
    })
}

fn read(path: &Utf8Path, out: &mut Diagnostics) -> Option<SourceFile> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) => {
            out.push(unreadable(path, &error.to_string()));
            return None;
        }
    };
    if !found.is_file() {
        out.push(unreadable(path, "it is no regular file"));
        return None;
    }
    if found.len() > BYTES as u64 {
        let message = format!(
            "`{path}` has {} bytes, and {BYTES} are the most",
            found.len()
        );
        out.push(Diagnostic::new(&WM103, message).help("split it into several files"));
        return None;
    }
    match fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => Some(SourceFile::new(path, text)),
        Ok(Err(error)) => {
            let byte = error.utf8_error().valid_up_to();
            out.push(unreadable(path, &format!("it is not UTF-8 at byte {byte}")));
            None
        }
        Err(error) => {
            out.push(unreadable(path, &error.to_string()));
            None
        }
    }
}

fn unreadable(path: &Utf8Path, why: &str) -> Diagnostic {
    Diagnostic::new(&WM105, format!("`{path}` cannot be read: {why}"))
}
