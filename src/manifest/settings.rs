//! The settings that a file declares: one line a kind. What follows is the same for all.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::kinds::identity_provider::IdentityProviderSpec;
use crate::kinds::setting::{Form, Member, SINGLE, SettingKind};
use crate::kinds::{
    access_control_rule, availability_configuration, email_monitoring, identity_center_application,
    identity_provider, impersonation_role, inbound_dmarc, mobile_device_access_override,
    mobile_device_access_rule, personal_access_token, retention_policy, tag,
};
use crate::model::{DeclaredSetting, FieldPath, OnRemoval, Section, Unmanaged};

use super::spec::{FileSpec, ManagementSpec, OneSectionSpec, SettingSectionSpec};
use super::text::OneSpec;

/// One setting as a file declares it.
pub(super) struct Declaration {
    pub(super) kind: &'static SettingKind,
    pub(super) name: String,
    /// Where it stands in the file.
    pub(super) path: FieldPath,
    pub(super) declared: DeclaredSetting,
    /// Keys that stand twice in a list.
    pub(super) twice: Vec<Twice>,
}

/// A key that stands twice in a list.
pub(super) struct Twice {
    pub(super) key: String,
    pub(super) first: FieldPath,
    pub(super) again: FieldPath,
}

/// The kinds of settings that a file has the section of, and every setting that it declares.
pub(super) fn declared(file: &mut FileSpec) -> (Vec<&'static SettingKind>, Vec<Declaration>) {
    let mut found = Found::default();
    found.by_name(
        &access_control_rule::ENTRY,
        file.access_control_rules.take(),
    );
    found.by_name(&impersonation_role::ENTRY, file.impersonation_roles.take());
    found.one(&retention_policy::ENTRY, file.retention_policy.take());
    if let Some(organization) = &mut file.organization {
        let dmarc = organization.inbound_dmarc.take();
        found.one(&inbound_dmarc::ENTRY, dmarc.map(OneSpec::Value));
        let monitoring = organization.email_monitoring.take();
        found.one(&email_monitoring::ENTRY, monitoring);
        found.identity_provider(organization.identity_provider.take());
        found.tags(organization.tags.take());
    }
    found.by_domain(
        &availability_configuration::ENTRY,
        file.availability_configurations.take(),
    );
    found.by_name(
        &mobile_device_access_rule::ENTRY,
        file.mobile_device_access_rules.take(),
    );
    for (user, spec) in file.users.iter().flatten() {
        let overrides = spec.mobile_device_access_overrides.as_ref();
        found.of_owner(&mobile_device_access_override::ENTRY, user, overrides);
    }
    if file.personal_access_tokens.is_some() {
        found.managed.push(&personal_access_token::ENTRY);
    }
    (found.managed, found.declared)
}

/// How each kind of settings is managed, where the section `management` says so.
pub(super) fn managed(management: &ManagementSpec) -> Vec<(&'static SettingKind, Section)> {
    let named = [
        (
            &access_control_rule::ENTRY,
            management.access_control_rules.as_ref(),
        ),
        (
            &impersonation_role::ENTRY,
            management.impersonation_roles.as_ref(),
        ),
        (
            &availability_configuration::ENTRY,
            management.availability_configurations.as_ref(),
        ),
        (
            &mobile_device_access_rule::ENTRY,
            management.mobile_device_access_rules.as_ref(),
        ),
        (
            &personal_access_token::ENTRY,
            management.personal_access_tokens.as_ref(),
        ),
    ];
    let ones = [(
        &retention_policy::ENTRY,
        management.retention_policy.as_ref(),
    )];
    let named = named
        .into_iter()
        .filter_map(|(kind, found)| Some((kind, found?.section(kind.unmanaged))));
    let ones = ones
        .into_iter()
        .filter_map(|(kind, found)| Some((kind, found?.section())));
    named.chain(ones).collect()
}

impl OneSectionSpec {
    /// What it says. Nothing of the kind can be live and not declared where its section is there.
    fn section(&self) -> Section {
        Section {
            unmanaged: Unmanaged::Remove,
            on_removal: OnRemoval::Delete,
            ignore: Vec::new(),
            write: self.write.unwrap_or(true),
        }
    }
}

impl SettingSectionSpec {
    /// What it says, where it leaves out `unmanaged` as the kind has it.
    fn section(&self, unmanaged: Unmanaged) -> Section {
        Section {
            unmanaged: self.unmanaged.unwrap_or(unmanaged),
            on_removal: OnRemoval::Delete,
            ignore: self.ignore.clone(),
            write: self.write.unwrap_or(true),
        }
    }
}

#[derive(Default)]
struct Found {
    managed: Vec<&'static SettingKind>,
    declared: Vec<Declaration>,
}

impl Found {
    /// A section that is a map by name.
    fn by_name<S: Serialize>(
        &mut self,
        kind: &'static SettingKind,
        section: Option<BTreeMap<String, S>>,
    ) {
        let Some(section) = section else { return };
        self.managed.push(kind);
        for (name, spec) in section {
            let path = kind.path().key(name.clone());
            self.add(kind, name, path, written(spec));
        }
    }

    /// A section that holds what an organization has one of, or null for none.
    fn one<S: Serialize>(&mut self, kind: &'static SettingKind, section: Option<OneSpec<S>>) {
        let Some(section) = section else { return };
        self.managed.push(kind);
        match section {
            OneSpec::Value(spec) => self.add(kind, SINGLE.to_owned(), kind.path(), written(spec)),
            OneSpec::Null => self.absent(kind, SINGLE.to_owned(), kind.path()),
        }
    }

    /// The identity provider, and the application that it stands for by name.
    fn identity_provider(&mut self, provider: Option<OneSpec<IdentityProviderSpec>>) {
        let application = &identity_center_application::ENTRY;
        if provider.is_some() {
            self.managed.push(application);
        }
        if let Some(OneSpec::Value(provider)) = &provider
            && let Some(name) = &provider.identity_center.application_name
        {
            let value = json!({ "instanceArn": provider.identity_center.instance_arn });
            self.add(
                application,
                name.clone(),
                application.path(),
                written(value),
            );
        }
        self.one(&identity_provider::ENTRY, provider);
    }

    /// Tags by key, with null for those that shall not be there.
    fn tags(&mut self, tags: Option<BTreeMap<String, Option<String>>>) {
        let Some(tags) = tags else { return };
        let kind = &tag::ENTRY;
        self.managed.push(kind);
        for (key, value) in tags {
            let path = kind.path().key(key.clone());
            match value {
                Some(value) => self.add(kind, key, path, written(json!({ tag::VALUE: value }))),
                None => self.absent(kind, key, path),
            }
        }
    }

    /// What shall not be there.
    fn absent(&mut self, kind: &'static SettingKind, name: String, path: FieldPath) {
        self.declared.push(Declaration {
            kind,
            name,
            path,
            declared: DeclaredSetting {
                absent: true,
                ..DeclaredSetting::default()
            },
            twice: Vec::new(),
        });
    }

    /// A section that is a map by domain: domains are the same in any case.
    fn by_domain<S: Serialize>(
        &mut self,
        kind: &'static SettingKind,
        section: Option<BTreeMap<String, S>>,
    ) {
        let Some(section) = section else { return };
        self.managed.push(kind);
        for (domain, spec) in section {
            let path = FieldPath::from(kind.section).key(domain.clone());
            self.add(kind, domain.to_lowercase(), path, written(spec));
        }
    }

    /// A list of what belongs to one thing.
    fn of_owner<S: Serialize>(
        &mut self,
        kind: &'static SettingKind,
        owner: &str,
        list: Option<&Vec<S>>,
    ) {
        let (Some(list), Some(belongs)) = (list, kind.owner) else {
            return;
        };
        self.managed.push(kind);
        let path = FieldPath::from(belongs.section)
            .key(owner)
            .key(belongs.field);
        for (position, spec) in list.iter().enumerate() {
            let mut written = written(spec);
            let key = written.remove(belongs.key);
            let key = key.as_ref().and_then(Value::as_str).unwrap_or_default();
            self.add(
                kind,
                format!("{owner}/{key}"),
                path.index(position),
                written,
            );
        }
    }

    fn add(
        &mut self,
        kind: &'static SettingKind,
        name: String,
        path: FieldPath,
        mut written: Map<String, Value>,
    ) {
        let previously = written.remove("previously");
        let mut twice = Vec::new();
        let value = by_key(kind.members, written, &FieldPath::root(), &mut twice);
        self.declared.push(Declaration {
            kind,
            name,
            path,
            declared: DeclaredSetting {
                value,
                absent: false,
                previously: previously.and_then(|name| name.as_str().map(str::to_owned)),
                id: None,
            },
            twice,
        });
    }
}

fn written(spec: impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(spec) {
        Ok(Value::Object(written)) => written,
        _ => Map::new(),
    }
}

/// The value without what is left out, and with lists of entries as maps by their keys.
fn by_key(
    members: &[Member],
    written: Map<String, Value>,
    path: &FieldPath,
    twice: &mut Vec<Twice>,
) -> Map<String, Value> {
    let mut value = Map::new();
    for (name, written) in written {
        let form = members.iter().find(|member| member.name == name);
        let path = path.key(name.clone());
        let kept = match (form.map(|member| member.form), written) {
            (_, Value::Null) => continue,
            (Some(Form::Object(members)), Value::Object(inner)) => {
                Value::Object(by_key(members, inner, &path, twice))
            }
            (Some(Form::Entries { members, .. }), Value::Object(entries)) => entries
                .into_iter()
                .map(|(key, entry)| {
                    let inner = entry_of(members, entry, &path.key(key.clone()), twice);
                    (key, inner)
                })
                .collect(),
            (Some(Form::Entries { id, members, .. }), Value::Array(entries)) => {
                let mut map = Map::new();
                let mut places: BTreeMap<String, FieldPath> = BTreeMap::new();
                for (position, mut entry) in entries.into_iter().enumerate() {
                    let path = path.index(position);
                    let key = entry.as_object_mut().and_then(|entry| entry.remove(id));
                    let key = key.and_then(|key| key.as_str().map(str::to_owned));
                    let key = key.unwrap_or_default();
                    let again = path.key(id);
                    let entry = entry_of(members, entry, &path, twice);
                    map.insert(key.clone(), entry);
                    if let Some(first) = places.get(&key).cloned() {
                        twice.push(Twice { key, first, again });
                    } else {
                        places.insert(key, again);
                    }
                }
                Value::Object(map)
            }
            (_, other) => other,
        };
        value.insert(name, kept);
    }
    value
}

fn entry_of(members: &[Member], entry: Value, path: &FieldPath, twice: &mut Vec<Twice>) -> Value {
    match entry {
        Value::Object(inner) => Value::Object(by_key(members, inner, path, twice)),
        other => other,
    }
}
