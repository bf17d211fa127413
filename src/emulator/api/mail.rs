//! What mailboxes hold: messages and calendar items as MIME, for exports.
//!
//! The API neither puts anything into a mailbox nor tells what is there, so that an endpoint under
//! `/_emulator` does the first, and mailbox export jobs the second.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha384};
use uuid::Uuid;

use super::super::state::{Identified, Kind, Lag, Organization, Sort, State, World};
use super::super::zip::{TooLarge, Zip};

/// Found by their mailbox.
pub(super) const ITEMS: Sort<Item> =
    Sort::labelled("mailboxItem", |item| vec![item.entity_id.clone()]);

/// The folders that every mailbox has. The notes name neither them nor how the service names them in an
/// archive: the names are those of the web application.
const FOLDERS: &[&str] = &[
    "Calendar",
    "Deleted Items",
    "Drafts",
    "Inbox",
    "Junk E-mail",
    "Sent Items",
];

/// The longest name of a folder in bytes, with those above it: what archives can be unpacked with
/// everywhere.
const FOLDER_LENGTH: usize = 1024;

/// One message or calendar item; its id is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    entity_id: String,
    folder: String,
    added: f64,
    /// MIME, in base64.
    content: String,
}

/// What `POST /_emulator/mail` sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in super::super) struct NewItem {
    /// The alias or id of an organization.
    organization: String,
    /// A user or resource.
    entity: String,
    #[serde(default = "inbox")]
    folder: String,
    content: Option<String>,
    content_base64: Option<String>,
}

/// A mailbox as a ZIP archive.
pub(super) struct Archive {
    pub(super) bytes: Vec<u8>,
    pub(super) items: usize,
    pub(super) folders: usize,
    /// SHA-384 of the archive in hexadecimal.
    pub(super) digest: String,
}

/// Puts an item into a mailbox. Returns its id, or why that cannot be.
pub(in super::super) fn add(world: &mut World, new: NewItem, now: f64) -> Result<String, String> {
    let organization = world.active_called(&new.organization)?;
    let entity_id = organization
        .directory
        .alive(&new.entity, Identified::Anyhow)
        .ok()
        .filter(|entity| entity.kind != Kind::Group && entity.state == State::Enabled)
        .map(|entity| entity.id.clone())
        .ok_or_else(|| format!("no registered user or resource is called {}", new.entity))?;
    let is_name = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.contains(|c: char| c.is_control() || c == '\\' || c == ':')
    };
    if !new.folder.split('/').all(is_name) || new.folder.len() > FOLDER_LENGTH {
        return Err(format!(
            "a folder is names with / between them, as in Inbox/Travel, of {FOLDER_LENGTH} bytes at most"
        ));
    }
    let item = Item {
        entity_id,
        folder: new.folder,
        added: now,
        content: encoded(new.content, new.content_base64)?,
    };
    let id = Uuid::new_v4().to_string();
    organization.tables.put(&ITEMS, &id, &item, Lag::NONE);
    Ok(id)
}

/// Takes an item out of its mailbox; false if it is not there.
pub(in super::super) fn take(world: &mut World, id: &str) -> bool {
    let mut organizations = world.organizations_mut();
    organizations.any(|organization| organization.tables.remove(&ITEMS, id, Lag::NONE))
}

/// Takes everything out of a mailbox.
pub(super) fn empty(organization: &mut Organization, entity_id: &str) {
    let items = organization.tables.of_label(&ITEMS, entity_id);
    let ids: Vec<String> = items.map(|(id, _)| id.to_owned()).collect();
    for id in ids {
        organization.tables.remove(&ITEMS, &id, Lag::NONE);
    }
}

/// What a mailbox holds now, by id.
pub(super) fn items(organization: &Organization, entity_id: &str) -> Vec<(String, Item)> {
    let items = organization.tables.of_label(&ITEMS, entity_id);
    items.map(|(id, item)| (id.to_owned(), item)).collect()
}

/// Items as an archive: a folder for each folder, a file `ID.eml` for each item.
pub(super) fn archive(items: &[(String, Item)]) -> Result<Archive, TooLarge> {
    let mut folders: BTreeSet<&str> = FOLDERS.iter().copied().collect();
    for (_, item) in items {
        let folder = &item.folder;
        let above = folder.match_indices('/').map(|(end, _)| &folder[..end]);
        folders.extend(above.chain([folder.as_str()]));
    }
    let mut zip = Zip::default();
    let count = folders.len();
    for folder in folders {
        zip.folder(folder, 0.0)?;
    }
    for (id, item) in items {
        let content = STANDARD.decode(&item.content).unwrap_or_default();
        zip.file(&format!("{}/{id}.eml", item.folder), &content, item.added)?;
    }
    let bytes = zip.finish()?;
    Ok(Archive {
        digest: super::super::hex(&Sha384::digest(&bytes)),
        items: items.len(),
        folders: count,
        bytes,
    })
}

/// MIME from a text or from base64, in base64, which is how it is kept.
pub(super) fn encoded(text: Option<String>, base64: Option<String>) -> Result<String, String> {
    match (text, base64) {
        (Some(text), None) => Ok(STANDARD.encode(text)),
        (None, Some(base64)) => match STANDARD.decode(&base64) {
            Ok(_) => Ok(base64),
            Err(error) => Err(format!("contentBase64 is no base64: {error}")),
        },
        _ => Err("either content or contentBase64 must be given".to_owned()),
    }
}

fn inbox() -> String {
    "Inbox".to_owned()
}
