//! From text to what is desired.
//!
//! `load` finds and reads files, `parse` reads YAML with the place of everything, `resolve` puts the
//! files of one manifest together and checks it. None of them stops at the first mistake.

mod check;
mod choices;
mod declare;
mod exports;
mod heads;
pub mod load;
mod networks;
mod origins;
mod parse;
mod plain;
mod read;
mod resolve;
mod schema;
mod secrets;
mod settings;
mod sound;
mod spec;
mod structure;
mod tests_spec;
mod text;
mod tree;

use sha2::{Digest, Sha256};

use crate::diagnostic::SourceFile;
use crate::model::hex;

pub use origins::Origins;
pub use parse::{Document, parse};
pub use resolve::resolve;
pub use schema::schema;
pub use spec::{API_VERSION, FileSpec};

/// The SHA-256 over the names and the contents of files, in hexadecimal.
pub fn digest(files: &[SourceFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let name = file.path.file_name().unwrap_or_default();
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((file.text.len() as u64).to_be_bytes());
        hash.update(&file.text);
    }
    hex(&hash.finalize())
}
