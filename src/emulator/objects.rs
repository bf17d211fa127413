//! `Buckets`: objects as S3 would have them, a folder for each bucket and a file for each object.
#![expect(clippy::disallowed_methods, reason = "it keeps objects as files")]
//!
//! Nothing outside of the folder is read or written: parts of a key that a file system would read as
//! another place are refused, and links are not followed.

use std::io;
use std::path::{Path, PathBuf};

use super::Options;

/// Where objects are.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    folder: Option<PathBuf>,
    /// True: a bucket is there as soon as something is written into it.
    makes_buckets: bool,
}

/// Why an object cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    #[error(
        "there is no Amazon S3 here: start the emulator with `--s3 DIR`, or with `--data FILE`"
    )]
    Nowhere,
    #[error("the bucket {0} does not exist")]
    NoBucket(String),
    #[error("the object {0} does not exist")]
    NoObject(String),
    #[error("the key {0} cannot be the path of a file")]
    NoPath(String),
    #[error("the object {key} cannot be used: {source}")]
    Io { key: String, source: io::Error },
}

impl Buckets {
    /// The folder of the options; else one beside the file of the state; else none. Only a folder that
    /// was named tells by its own folders which buckets there are.
    pub(super) fn of(options: &Options) -> Result<Self, io::Error> {
        if let Some(folder) = &options.s3 {
            std::fs::read_dir(folder)?;
            return Ok(Self {
                folder: Some(folder.clone()),
                makes_buckets: false,
            });
        }
        let beside = options.data.as_ref().map(|file| {
            let mut name = file.as_os_str().to_owned();
            name.push(".s3");
            PathBuf::from(name)
        });
        Ok(Self {
            folder: beside,
            makes_buckets: true,
        })
    }

    /// The content of an object.
    pub(super) fn read(&self, bucket: &str, key: &str) -> Result<Vec<u8>, ObjectError> {
        let path = self.bucket(bucket)?;
        if !path.is_dir() {
            return Err(ObjectError::NoBucket(bucket.to_owned()));
        }
        let path = below(&path, key)?;
        if !path.is_file() {
            return Err(ObjectError::NoObject(key.to_owned()));
        }
        std::fs::read(path).map_err(failed(key))
    }

    /// Writes an object; it is there whole or not at all.
    pub(super) fn write(&self, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), ObjectError> {
        let path = self.bucket(bucket)?;
        if !self.makes_buckets && !path.is_dir() {
            return Err(ObjectError::NoBucket(bucket.to_owned()));
        }
        let path = below(&path, key)?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed(key))?;
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        std::fs::write(&unfinished, bytes).map_err(failed(key))?;
        std::fs::rename(&unfinished, &path).map_err(failed(key))
    }

    fn bucket(&self, name: &str) -> Result<PathBuf, ObjectError> {
        let folder = self.folder.as_ref().ok_or(ObjectError::Nowhere)?;
        if name.contains('/') {
            return Err(ObjectError::NoBucket(name.to_owned()));
        }
        below(folder, name).map_err(|_| ObjectError::NoBucket(name.to_owned()))
    }
}

fn failed(key: &str) -> impl Fn(io::Error) -> ObjectError {
    let key = key.to_owned();
    move |source| ObjectError::Io {
        key: key.clone(),
        source,
    }
}

/// The path of a key below a folder.
fn below(folder: &Path, key: &str) -> Result<PathBuf, ObjectError> {
    let mut path = folder.to_owned();
    for part in key.split('/') {
        let is_name = !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        path.push(part);
        if !is_name || path.is_symlink() {
            return Err(ObjectError::NoPath(key.to_owned()));
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> (tempfile::TempDir, Buckets) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("s3/mail")).expect("a bucket");
        std::fs::write(folder.path().join("secret"), "x").expect("a file");
        let options = Options {
            s3: Some(folder.path().join("s3")),
            ..Options::default()
        };
        let buckets = Buckets::of(&options).expect("a folder of buckets");
        (folder, buckets)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let (_folder, buckets) = buckets();
        buckets.write("mail", "a/b", b"1").expect("writes");
        assert_eq!(buckets.read("mail", "a/b").expect("reads"), b"1");
        let missing = buckets.read("mail", "a/c");
        assert!(matches!(missing, Err(ObjectError::NoObject(_))));
        let missing = buckets.write("other", "a", b"1");
        assert!(matches!(missing, Err(ObjectError::NoBucket(_))));
    }

    #[test]
    fn nothing_outside_of_the_folder_is_reached() {
        let (folder, buckets) = buckets();
        for key in [
            "../../secret",
            "/etc/passwd",
            "a/../../../secret",
            "a//b",
            ".",
        ] {
            assert!(buckets.read("mail", key).is_err(), "{key}");
            assert!(buckets.write("mail", key, b"2").is_err(), "{key}");
        }
        for bucket in ["..", ".", "", "mail/../.."] {
            assert!(buckets.read(bucket, "secret").is_err(), "{bucket}");
            assert!(buckets.write(bucket, "new", b"2").is_err(), "{bucket}");
        }
        assert!(!folder.path().join("new").exists());
        let secret = std::fs::read(folder.path().join("secret")).expect("it is there");
        assert_eq!(secret, b"x");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (folder, buckets) = buckets();
        let link = folder.path().join("s3/mail/link");
        std::os::unix::fs::symlink(folder.path(), link).expect("a link");
        assert!(buckets.read("mail", "link/secret").is_err());
        assert!(buckets.write("mail", "link/new", b"2").is_err());
        assert!(!folder.path().join("new").exists());
    }

    #[test]
    fn beside_a_file_buckets_are_made_and_in_memory_there_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            data: Some(folder.path().join("state")),
            ..Options::default()
        };
        let buckets = Buckets::of(&options).expect("a place");
        assert!(matches!(
            buckets.read("mail", "a"),
            Err(ObjectError::NoBucket(_))
        ));
        buckets.write("mail", "a", b"1").expect("writes");
        assert!(folder.path().join("state.s3/mail/a").is_file());
        let nowhere = Buckets::of(&Options::default()).expect("no place");
        let refused = nowhere.write("mail", "a", b"1");
        assert!(matches!(refused, Err(ObjectError::Nowhere)));
    }
}
