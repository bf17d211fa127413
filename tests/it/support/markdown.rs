//! Cases in Markdown: a heading, then fenced blocks with a language and a name. `UPDATE=1` rewrites
//! the expected blocks.

use std::fs;
use std::path::{Path, PathBuf};

/// One case of a file.
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// One fenced block: `yaml manifest`, `text plan`.
pub(crate) struct Block {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The lines of the file that the text stands in.
    lines: (usize, usize),
}

impl Case {
    /// The text of a block, if the case has it.
    pub(crate) fn block(&self, name: &str) -> Option<&str> {
        self.blocks
            .iter()
            .find(|block| block.name == name)
            .map(|block| block.text.as_str())
    }
}

/// Runs every case of every file of a folder. `check` returns the actual text of each expected block.
pub(crate) fn run(folder: &str, expected: &[&str], check: impl Fn(&Case) -> Vec<(String, String)>) {
    let files = files(folder);
    let update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("a readable file");
        let mut changes: Vec<((usize, usize), String)> = Vec::new();
        for case in cases(&text) {
            count += 1;
            let actual = check(&case);
            for name in expected {
                let Some(block) = case.blocks.iter().find(|block| block.name == *name) else {
                    continue;
                };
                let found = actual.iter().find(|(known, _)| known == name);
                let found = found.map_or("", |(_, text)| text.trim_end());
                if found != block.text.trim_end() {
                    changes.push((block.lines, found.to_owned()));
                    failures.push(format!(
                        "{}: {}\n--- expected {name}\n{}\n--- actual\n{found}\n",
                        path.display(),
                        case.title,
                        block.text.trim_end(),
                    ));
                }
            }
        }
        if update && !changes.is_empty() {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            changes.sort();
            for ((first, last), new) in changes.into_iter().rev() {
                lines.splice(first..last, new.lines().map(str::to_owned));
            }
            fs::write(&path, lines.join("\n") + "\n").expect("a writable file");
        }
    }
    eprintln!("{count} cases in {folder}");
    assert!(update || failures.is_empty(), "{}", failures.join("\n"));
}

/// Every case of every file of a folder, with the name of its file.
#[cfg(feature = "emulator")]
pub(crate) fn all(folder: &str) -> Vec<(String, Case)> {
    files(folder)
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).expect("a readable file");
            let name = path.file_name().expect("a file");
            let name = name.to_string_lossy().into_owned();
            cases(&text)
                .into_iter()
                .map(move |case| (name.clone(), case))
        })
        .collect()
}

/// The files of a folder with cases; there must be some.
fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", root.display());
    files
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        if let Some((name, first)) = &open {
            if line.trim_end() == "```" {
                let block = Block {
                    name: name.clone(),
                    text: lines[*first..number].join("\n"),
                    lines: (*first, number),
                };
                cases
                    .last_mut()
                    .expect("a heading before the first block")
                    .blocks
                    .push(block);
                open = None;
            }
        } else if let Some(heading) = line.strip_prefix("# ") {
            cases.push(Case {
                title: heading.to_owned(),
                blocks: Vec::new(),
            });
        } else if let Some(fence) = line.strip_prefix("```") {
            let name = fence
                .split_once(' ')
                .map_or(fence, |(_, name)| name)
                .trim()
                .to_owned();
            open = Some((name, number + 1));
        }
    }
    cases
}
