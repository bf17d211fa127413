//! One user, group or resource as a block of a manifest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::{Entry, Field, SETTINGS, Shape};
use crate::model::{Entity, GROUP, Grant, Part, Party, RESOURCE, Right, Snapshot, Target};
use crate::plan::mailbox_lost_at;

use super::refused::Refused;
use super::settings;
use super::yaml::{comment, flow, scalar};

/// The longest line of a list in brackets.
const LINE: usize = 96;

/// What one block is written with.
pub(super) struct Writing<'a> {
    pub(super) live: &'a Snapshot,
    pub(super) entry: &'static Entry,
    pub(super) refused: &'a Refused,
    /// Fields that `defaults` sets for everything of the kind.
    pub(super) defaults: &'a BTreeMap<&'static str, Value>,
    /// What could not be told, as sentences.
    pub(super) left_out: Vec<String>,
    pub(super) text: String,
}

impl Writing<'_> {
    /// Appends the block of one entity.
    pub(super) fn entity(&mut self, target: &Target, entity: &Entity) {
        self.line(1, &format!("{}:", scalar(target.name())));
        let start = self.text.len();
        self.registration(target, entity);
        let entry = self.entry;
        for field in entry.fields {
            self.field(target, entity, field);
        }
        self.aliases(target, entity);
        self.links(target, entity);
        self.grants(target, entity);
        self.settings(target, entity);
        let nothing = self.text[start..]
            .lines()
            .all(|line| line.trim_start().starts_with('#'));
        if nothing {
            let at = start - 1;
            self.text.insert_str(at, " {}");
        }
    }

    fn registration(&mut self, target: &Target, entity: &Entity) {
        if !entity.is_registered() {
            let note = entity
                .disabled_at
                .filter(|_| self.entry.has_mailbox && entity.enabled_at.is_some())
                .map_or(String::new(), |time| {
                    let date = mailbox_lost_at(time).strftime("%Y-%m-%d");
                    format!("  {}", comment(&format!("its mailbox is deleted {date}")))
                });
            self.line(2, &format!("state: deregistered{note}"));
        }
        match &entity.email {
            Part::Known(email) => match self.refused.address(target, email) {
                None => self.line(2, &format!("email: {}", scalar(email.as_str()))),
                Some(why) => {
                    let why = format!("the primary address {email} is left out: {why}");
                    self.leave_out(target, &why);
                }
            },
            Part::Unknown(unknown) => {
                let why = format!("the primary address could not be read: {}", unknown.message);
                self.leave_out(target, &why);
            }
            Part::Absent | Part::NotRead => {}
        }
    }

    fn field(&mut self, target: &Target, entity: &Entity, field: &Field) {
        let value = match entity.field(field.name) {
            Part::Known(value) => value,
            Part::Unknown(unknown) if unknown.cause != crate::model::UnknownCause::Deregistered => {
                let why = format!("{} could not be read: {}", field.name, unknown.message);
                return self.leave_out(target, &why);
            }
            _ => return,
        };
        if value.as_str() == Some("") || self.defaults.get(field.name) == Some(value) {
            return;
        }
        if !fits(field.shape, value) {
            let why = format!("{} is none that a manifest takes: {value}", field.name);
            return self.leave_out(target, &why);
        }
        // The service refuses such a resource, and so does the language: behaviour notes, section 8.
        if field.name == "bookingOptions" && accepts_nothing(entity) {
            let why = format!(
                "{}, with nobody to accept for it, is not managed",
                field.name
            );
            return self.leave_out(target, &why);
        }
        self.line(2, &format!("{}: {}", field.name, flow(value)));
    }

    fn aliases(&mut self, target: &Target, entity: &Entity) {
        let aliases = match &entity.aliases {
            Part::Known(aliases) => aliases,
            part => return self.unread(target, "aliases", part),
        };
        let mut kept: Vec<String> = Vec::new();
        let mut whole = true;
        for alias in aliases {
            match self.refused.address(target, alias) {
                None => kept.push(scalar(alias.as_str())),
                Some(why) => {
                    // An address of ours is not wanted back: the exact list leaves it out.
                    whole &= alias.is_reserved();
                    let why = format!("the alias {alias} is left out: {why}");
                    self.leave_out(target, &why);
                }
            }
        }
        let managed = entity.is_registered() || !kept.is_empty();
        if managed {
            self.list("aliases", &kept, whole);
        }
    }

    fn links(&mut self, target: &Target, entity: &Entity) {
        let Some(name) = self.entry.links else {
            return;
        };
        let links = match &entity.links {
            Part::Known(links) => links,
            part => return self.unread(target, name, part),
        };
        if self.entry.name == RESOURCE && accepts_nothing(entity) {
            let why = format!("{name}: nobody, and it does not accept by itself: not managed");
            return self.leave_out(target, &why);
        }
        let mut kept: BTreeSet<String> = BTreeSet::new();
        let mut whole = true;
        for link in links {
            match &link.party {
                Party::Unresolved(id) => {
                    self.leave_out(target, &format!("{name}: {id} is no entity any more"));
                }
                Party::Entity(member) if link.deleted => {
                    self.leave_out(
                        target,
                        &format!("{name}: {member} is deleted, and still listed"),
                    );
                }
                Party::Entity(member)
                    if self
                        .refused
                        .circles
                        .contains(&(target.clone(), member.clone())) =>
                {
                    whole = false;
                    let why = format!("{name}: {member} is left out: it would close a circle");
                    self.leave_out(target, &why);
                }
                Party::Entity(member) => {
                    kept.insert(scalar(&self.reference(member)));
                }
            }
        }
        if entity.is_registered() || !kept.is_empty() {
            let kept: Vec<String> = kept.into_iter().collect();
            self.list(name, &kept, whole);
        }
    }

    fn grants(&mut self, target: &Target, entity: &Entity) {
        let grants = match &entity.grants {
            Part::Known(grants) => grants,
            part => return self.unread(target, "permissions", part),
        };
        let mut kept = Vec::new();
        let mut whole = true;
        for grant in grants {
            match &grant.grantee {
                Party::Unresolved(id) => {
                    self.leave_out(target, &format!("permissions: {id} is no entity any more"));
                }
                Party::Entity(grantee) if refused_grant(target, grantee, grant) => {
                    whole = false;
                    let why = format!(
                        "permissions: FULL_ACCESS of {grantee} is left out: none is allowed to or on a group"
                    );
                    self.leave_out(target, &why);
                }
                Party::Entity(grantee) => {
                    let rights: Vec<&str> =
                        grant.rights.iter().copied().map(Right::as_str).collect();
                    kept.push(format!(
                        "{{grantee: {}, rights: [{}]}}",
                        scalar(&self.reference(grantee)),
                        rights.join(", ")
                    ));
                }
            }
        }
        if entity.is_registered() || !kept.is_empty() {
            kept.sort();
            self.list("permissions", &kept, whole);
        }
    }

    /// The settings that belong to it.
    fn settings(&mut self, target: &Target, entity: &Entity) {
        for kind in SETTINGS {
            let Some(owner) = kind.owner.filter(|owner| owner.kind == target.kind()) else {
                continue;
            };
            if let Some(own) = settings::of_owner(kind, target, self.live)
                && (entity.is_registered() || !own.is_empty())
            {
                self.list(owner.field, &own, true);
            }
        }
    }

    /// A bare name, or `KIND/NAME` where a bare name could mean something else.
    fn reference(&self, target: &Target) -> String {
        let same_name = [Target::user, Target::group, Target::resource]
            .iter()
            .filter(|make| {
                self.live
                    .entities
                    .contains_key(&make(target.name().to_owned()))
            })
            .count();
        if same_name > 1 || target.name().contains('/') {
            target.to_string()
        } else {
            target.name().to_owned()
        }
    }

    /// A set: exactly these, or at least these.
    fn list(&mut self, name: &str, items: &[String], exactly: bool) {
        let joined = items.join(", ");
        let (before, after) = if exactly { ("", "") } else { ("{add: ", "}") };
        let is_short =
            joined.len() + name.len() < LINE && !items.iter().any(|item| item.starts_with('{'));
        if is_short || items.is_empty() {
            self.line(2, &format!("{name}: {before}[{joined}]{after}"));
            return;
        }
        self.line(2, &format!("{name}:"));
        let mut depth = 3;
        if !exactly {
            self.line(depth, "add:");
            depth += 1;
        }
        for item in items {
            self.line(depth, &format!("- {item}"));
        }
    }

    fn unread<T>(&mut self, target: &Target, name: &str, part: &Part<T>) {
        if let Part::Unknown(unknown) = part
            && unknown.cause != crate::model::UnknownCause::Deregistered
        {
            let why = format!("{name} could not be read: {}", unknown.message);
            self.leave_out(target, &why);
        }
    }

    fn leave_out(&mut self, target: &Target, why: &str) {
        self.line(2, &comment(why));
        self.left_out.push(format!("{target}: {why}"));
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// True if a manifest takes the value of a field of this shape.
pub(super) fn fits(shape: Shape, value: &Value) -> bool {
    match shape {
        Shape::Text { max, .. } => value.as_str().is_some_and(|text| {
            u32::try_from(text.chars().count()).is_ok_and(|count| count <= max)
        }),
        Shape::Flag => value.is_boolean(),
        Shape::Number { min, max } => value
            .as_i64()
            .is_some_and(|number| (min..=max).contains(&number)),
        Shape::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Shape::Flags(names) => value.as_object().is_some_and(|members| {
            members
                .iter()
                .all(|(name, flag)| names.contains(&name.as_str()) && flag.is_boolean())
        }),
    }
}

/// True for a resource that has nobody to accept requests and does not accept by itself.
fn accepts_nothing(entity: &Entity) -> bool {
    let by_itself = entity
        .field("bookingOptions")
        .known()
        .and_then(|options| options.get("autoAcceptRequests"))
        .and_then(Value::as_bool);
    let nobody = entity.links.known().is_some_and(|links| {
        links
            .iter()
            .all(|link| link.deleted || link.party.target().is_none())
    });
    nobody && by_itself == Some(false)
}

/// The service refuses full access to a group and on a group, and so does the language.
/// Source: API reference, `PutMailboxPermissions`; behaviour notes, section 7.
fn refused_grant(mailbox: &Target, grantee: &Target, grant: &Grant) -> bool {
    grant.rights.contains(&Right::FullAccess)
        && (mailbox.kind() == GROUP || grantee.kind() == GROUP)
}
