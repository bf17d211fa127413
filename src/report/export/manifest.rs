//! The folder of manifests: `organization.yaml`, and a file for each section.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::kinds::setting::SettingKind;
use crate::kinds::{BEYOND, Entry, Kinds, SETTINGS, Shape};
use crate::model::{Entity, Part, Snapshot, Target};

use super::entity::{Writing, fits};
use super::refused::{Refused, shown};
use super::yaml::{comment, scalar};
use super::{Export, File, settings};

const VERSION: &str = "apiVersion: workmailctl/v1\n";

/// The manifests of everything that is live. A plan of them is empty, also where every section says
/// `unmanaged: remove`.
pub fn manifests(kinds: Kinds, live: &Snapshot) -> Export {
    let refused = Refused::of(live);
    let mut export = Export {
        entities: shown(live)
            .filter(|(target, _)| !refused.things.contains_key(target))
            .count(),
        ..Export::default()
    };
    let text = organization(kinds, live, &refused, &mut export);
    export.files.push(File {
        path: "organization.yaml".to_owned(),
        text,
    });
    for entry in kinds.iter().copied() {
        let text = match live.listed(entry.name) {
            Part::Known(()) => section(entry, live, &refused, &mut export),
            part => {
                let why = part
                    .unknown()
                    .map_or("it was not read", |unknown| unknown.message.as_str());
                let why = format!("the list of {} could not be read: {why}", entry.section);
                let text = format!("{VERSION}\n{}\n", comment(&why));
                export.left_out.push(why);
                text
            }
        };
        export.files.push(File {
            path: format!("{}.yaml", entry.section),
            text,
        });
    }
    let apart =
        |kind: &&&SettingKind| settings::has_file(kind) && !settings::is_of_organization(kind);
    for kind in SETTINGS.iter().filter(apart) {
        let text = of_kind(kind, live, 0, &mut export);
        export.files.push(File {
            path: format!("{}.yaml", kind.plural.replace(' ', "-")),
            text: format!("{VERSION}\n{text}"),
        });
    }
    settings::left_out(live, &mut export.left_out);
    export
}

/// The section of a kind of settings, or why it is not there.
fn of_kind(kind: &SettingKind, live: &Snapshot, indent: usize, export: &mut Export) -> String {
    match settings::unread(kind, live).or_else(|| settings::unused(kind, live)) {
        None => settings::section(kind, &settings::sorted(kind, live), indent),
        Some(why) => {
            let text = format!("{}{}\n", " ".repeat(indent), comment(&why));
            export.left_out.push(why);
            text
        }
    }
}

fn organization(kinds: Kinds, live: &Snapshot, refused: &Refused, export: &mut Export) -> String {
    let organization = &live.organization;
    let mut text = format!("{VERSION}\n");
    let _ = writeln!(
        text,
        "# No operation of the API tells these, so that no file has them:"
    );
    for one in BEYOND {
        let _ = writeln!(text, "# - {} ({})", one.what, one.place);
    }
    text.push_str("\norganization:\n");
    let mut add = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    add(&format!("  alias: {}", scalar(&organization.alias)));
    if !organization.region.is_empty() {
        add(&format!("  region: {}", scalar(&organization.region)));
    }
    let account = organization.arn.split(':').nth(4).unwrap_or_default();
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        add(&format!("  accountId: {}", scalar(account)));
    }
    match &organization.mail_domains {
        Part::Known(domains) => {
            let names: Vec<String> = domains
                .iter()
                .filter(|(_, domain)| !domain.is_test_domain)
                .map(|(name, _)| scalar(name))
                .collect();
            add(&format!("  mailDomains: [{}]", names.join(", ")));
        }
        part => {
            let why = part
                .unknown()
                .map_or("it was not read", |unknown| unknown.message.as_str());
            let why = format!("the mail domains could not be read: {why}");
            add(&format!("  {}", comment(&why)));
            export.left_out.push(why);
        }
    }
    if let Some(domain) = organization.default_mail_domain.known() {
        add(&format!("  defaultMailDomain: {}", scalar(domain)));
    }
    let of_organization = SETTINGS
        .iter()
        .filter(|kind| settings::is_of_organization(kind) && !kind.nature.implied);
    for kind in of_organization {
        add(of_kind(kind, live, 2, export).trim_end());
    }
    add("\nmanagement:");
    for entry in kinds {
        add(&format!("  {}:", entry.section));
        add("    unmanaged: keep # what is live and not declared: keep, drift or remove");
        let ignored: Vec<(&Target, &String)> = refused
            .things
            .iter()
            .filter(|(target, _)| target.kind() == entry.name)
            .collect();
        if !ignored.is_empty() {
            add("    ignore:");
            for (target, why) in ignored {
                add(&format!("      {}", comment(&format!("{target}: {why}"))));
                add(&format!("      - {}", scalar(&escaped(target.name()))));
                export.left_out.push(format!("{target} is ignored: {why}"));
            }
        }
    }
    for kind in SETTINGS
        .iter()
        .filter(|kind| settings::has_file(kind) && settings::unread(kind, live).is_none())
    {
        let sorted = settings::sorted(kind, live);
        text.push_str(&settings::management(kind, &sorted, &mut export.left_out));
    }
    text
}

fn section(
    entry: &'static Entry,
    live: &Snapshot,
    refused: &Refused,
    export: &mut Export,
) -> String {
    let things: Vec<(&Target, &Entity)> = shown(live)
        .filter(|(target, _)| target.kind() == entry.name && !refused.things.contains_key(target))
        .collect();
    let defaults = defaults(entry, &things);
    let mut text = format!("{VERSION}\n");
    if !defaults.is_empty() {
        let _ = writeln!(text, "defaults:\n  {}:", entry.section);
        for (name, value) in &defaults {
            let _ = writeln!(text, "    {name}: {value}");
        }
        text.push('\n');
    }
    if things.is_empty() {
        let _ = writeln!(text, "{}: {{}}", entry.section);
        return text;
    }
    let _ = writeln!(text, "{}:", entry.section);
    let mut writing = Writing {
        live,
        entry,
        refused,
        defaults: &defaults,
        left_out: Vec::new(),
        text,
    };
    for (target, entity) in things {
        writing.entity(target, entity);
    }
    export.left_out.append(&mut writing.left_out);
    writing.text
}

/// Flags and numbers that everything of the kind has alike: said once.
fn defaults(entry: &'static Entry, things: &[(&Target, &Entity)]) -> BTreeMap<&'static str, Value> {
    let alike = entry.fields.iter().filter_map(|field| {
        if !matches!(field.shape, Shape::Flag | Shape::Number { .. }) || things.len() < 2 {
            return None;
        }
        let first = things[0]
            .1
            .field(field.name)
            .known()
            .filter(|value| fits(field.shape, value))?;
        things
            .iter()
            .all(|(_, entity)| entity.field(field.name).known() == Some(first))
            .then(|| (field.name, first.clone()))
    });
    alike.collect()
}

/// The name as a glob that matches nothing else.
pub(super) fn escaped(name: &str) -> String {
    name.chars()
        .map(|character| match character {
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' => format!("[{character}]"),
            other => other.to_string(),
        })
        .collect()
}
