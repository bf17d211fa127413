//! Files of secrets, below one folder: only their owner may read them, no link is followed, nothing is
//! overwritten.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes files of secrets"
)]

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;

/// More than any password has.
const MOST_BYTES: u64 = 4096;

/// A secret that is kept in a file now.
pub(crate) enum Kept {
    /// It was written just now.
    Written(Zeroizing<String>),
    /// It was there.
    Found(Zeroizing<String>),
}

/// Why the file cannot be read; without reading it.
pub(super) fn is_readable(folder: &Path, path: &str) -> Result<(), String> {
    open(folder, path).map(drop)
}

/// Why the file can neither be read nor come to be.
pub(super) fn is_sink(folder: &Path, path: &str) -> Result<(), String> {
    let path = below(folder, path)?;
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        _ => open_at(&path).map(drop),
    }
}

/// True if something is there already, whatever it is.
pub(crate) fn is_taken(folder: &Path, path: &str) -> Result<bool, String> {
    match fs::symlink_metadata(below(folder, path)?) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("it cannot be looked at: {error}")),
    }
}

/// The text of the file, without the end of its line.
pub(super) fn read(folder: &Path, path: &str) -> Result<Zeroizing<String>, String> {
    text_of(open(folder, path)?)
}

/// The text of the file, which is made with what `make` gives where it is not there.
pub(crate) fn keep(
    folder: &Path,
    path: &str,
    make: impl FnOnce() -> Result<Zeroizing<String>, String>,
) -> Result<Kept, String> {
    let path = below(folder, path)?;
    if fs::symlink_metadata(&path).is_ok() {
        return Ok(Kept::Found(text_of(open_at(&path)?)?));
    }
    let parent = path.parent().ok_or("it has no folder")?;
    let unwritten = |error: io::Error| format!("it cannot be written: {error}");
    private_folders(parent).map_err(unwritten)?;
    let text = make()?;
    // It is there whole or not at all, and on the disk before the password is set anywhere.
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(unwritten)?;
    file.write_all(text.as_bytes()).map_err(unwritten)?;
    file.write_all(b"\n").map_err(unwritten)?;
    file.as_file().sync_all().map_err(unwritten)?;
    file.persist_noclobber(&path)
        .map_err(|error| unwritten(error.error))?;
    let folder = File::open(parent).map_err(unwritten)?;
    folder.sync_all().map_err(unwritten)?;
    Ok(Kept::Written(text))
}

/// Takes away a file that was written just now, where its password was not set.
pub(crate) fn remove(folder: &Path, path: &str) -> Result<(), String> {
    let path = below(folder, path)?;
    fs::remove_file(path).map_err(|error| format!("it cannot be removed: {error}"))
}

/// The path of a file below the folder, no folder on the way a link. Its parts were checked: none leads
/// up.
fn below(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let mut at = folder.to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let (name, folders) = parts.split_last().ok_or("it has no name")?;
    for part in folders {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("`{}` is no folder, or a link", at.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("`{}` cannot be looked at: {error}", at.display())),
        }
    }
    at.push(name);
    Ok(at)
}

fn open(folder: &Path, path: &str) -> Result<File, String> {
    open_at(&below(folder, path)?)
}

/// Opens a regular file that only its owner may read.
fn open_at(path: &Path) -> Result<File, String> {
    // Looked at first: opening a pipe would wait for ever.
    let found = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
        _ => format!("`{}` cannot be looked at: {error}", path.display()),
    })?;
    if !found.is_file() {
        return Err(format!("`{}` is no file, or a link", path.display()));
    }
    let file = File::open(path)
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    let opened = file
        .metadata()
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    if !is_same(&found, &opened) {
        return Err(format!("`{}` changed while it was opened", path.display()));
    }
    refuse_open_to_others(path, &opened)?;
    if opened.len() > MOST_BYTES {
        return Err(format!("`{}` is larger than any password", path.display()));
    }
    Ok(file)
}

fn text_of(file: File) -> Result<Zeroizing<String>, String> {
    let unread = |error: io::Error| format!("it cannot be read: {error}");
    // As large as it may become: a vector that grows leaves copies behind.
    let size = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(unix)]
fn is_same(found: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(found: &fs::Metadata, opened: &fs::Metadata) -> bool {
    found.created().ok() == opened.created().ok() && found.len() == opened.len()
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path, file: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let for_others = file.permissions().mode() & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(format!("others can read `{path}`: run `chmod 600 {path}`"))
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path, _: &fs::Metadata) -> Result<(), String> {
    Ok(())
}

/// Makes the folder and those above it that are missing, for their owner only.
fn private_folders(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    fn made(text: &str) -> impl FnOnce() -> Result<Zeroizing<String>, String> {
        let text = Zeroizing::new(text.to_owned());
        || Ok(text)
    }

    #[test]
    fn what_is_kept_is_its_owners_and_is_not_written_twice() {
        let folder = folder();
        let secrets = folder.path().join("secrets");
        let kept = keep(&secrets, "people/ana.txt", made("first one")).expect("kept");
        assert!(matches!(kept, Kept::Written(text) if text.as_str() == "first one"));
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
        };
        assert_eq!(mode(&secrets.join("people/ana.txt")) & 0o777, 0o600);
        assert_eq!(mode(&secrets) & 0o777, 0o700);
        assert_eq!(mode(&secrets.join("people")) & 0o777, 0o700);
        let kept = keep(&secrets, "people/ana.txt", made("another")).expect("kept");
        assert!(matches!(kept, Kept::Found(text) if text.as_str() == "first one"));
        let left = fs::read_dir(secrets.join("people"))
            .expect("a folder")
            .count();
        assert_eq!(left, 1, "nothing unfinished is left");
    }

    #[test]
    fn links_pipes_and_what_others_can_read_are_refused() {
        let folder = folder();
        let secrets = folder.path().join("secrets");
        fs::create_dir(&secrets).expect("a folder");
        write(&folder.path().join("outside"), "hunter2", 0o600);
        symlink("../outside", secrets.join("link")).expect("a link");
        symlink("..", secrets.join("up")).expect("a link");
        symlink("nowhere", secrets.join("dangling")).expect("a link");
        write(&secrets.join("open"), "hunter2", 0o640);
        fs::create_dir(secrets.join("folder")).expect("a folder");
        write(&secrets.join("large"), &"x".repeat(5000), 0o600);
        let pipe = secrets.join("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(status.expect("mkfifo").success());
        for path in [
            "link",
            "up/outside",
            "dangling",
            "open",
            "folder",
            "large",
            "pipe",
            "none",
        ] {
            let error = read(&secrets, path).map(|_| ()).expect_err(path);
            assert!(!error.contains("hunter2"), "{error}");
        }
        for path in ["link", "up/new", "dangling", "folder", "pipe"] {
            assert!(is_sink(&secrets, path).is_err(), "{path}");
            assert!(keep(&secrets, path, made("new")).is_err(), "{path}");
        }
        assert!(!folder.path().join("new").exists());
        assert!(!secrets.join("nowhere").exists());
        write(&secrets.join("good"), "hunter2 \r\n", 0o600);
        assert_eq!(read(&secrets, "good").expect("read").as_str(), "hunter2 ");
    }
}
