//! Puts the files of one manifest together and checks the whole.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::diagnostic::code::{WM102, WM109, WM110, WM111};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::Kinds;
use crate::model::{
    Address, Declared, Desired, DesiredGrant, DesiredOrganization, FieldPath, Grantee, Management,
    Pins, Reference, Section, Target, Wanted, Wish,
};

use super::check;
use super::origins::Origins;
use super::parse::Document;
use super::spec::{
    API_VERSION, DefaultsSpec, FileSpec, GrantSpec, GroupSpec, ManagementSpec, OrganizationSpec,
    ResourceSpec, SectionSpec, StateSpec, UserSpec,
};
use super::text::{ListSpec, NameSpec};

/// The desired state of one manifest, where everything stands, and what is wrong with it.
pub fn resolve(
    kinds: Kinds,
    documents: Vec<Document>,
    now: Timestamp,
) -> (Desired, Origins, Diagnostics) {
    let mut out = Diagnostics::default();
    let mut specs = Vec::new();
    let mut trees = Vec::new();
    for document in documents {
        specs.push(document.spec);
        trees.push((document.file, document.tree));
    }
    let mut origins = Origins::new(trees);
    let mut desired = Desired::default();
    heads(&specs, &origins, &mut desired, &mut out);
    let defaults = defaults(&specs, &origins, &mut out);
    let mut memberships: Vec<(Target, String)> = Vec::new();
    for (number, spec) in specs.into_iter().enumerate() {
        let Some(spec) = spec else { continue };
        let mut sections = Sections {
            number,
            desired: &mut desired,
            origins: &mut origins,
            out: &mut out,
        };
        if let Some(users) = spec.users {
            let default = defaults.users.as_ref();
            sections.add("users", users, Target::user, |name, user| {
                for group in user.groups.iter().flatten() {
                    memberships.push((Target::user(name.clone()), group.clone()));
                }
                declared_user(with_user_defaults(user, default))
            });
        }
        if let Some(groups) = spec.groups {
            let default = defaults.groups.as_ref();
            sections.add("groups", groups, Target::group, |_, group| {
                declared_group(with_group_defaults(group, default))
            });
        }
        if let Some(resources) = spec.resources {
            let default = defaults.resources.as_ref();
            sections.add("resources", resources, Target::resource, |_, resource| {
                declared_resource(with_resource_defaults(resource, default))
            });
        }
    }
    join(&mut desired, memberships);
    check::all(kinds, &desired, &origins, now, &mut out);
    out.sort();
    (desired, origins, out)
}

struct Sections<'a> {
    number: usize,
    desired: &'a mut Desired,
    origins: &'a mut Origins,
    out: &'a mut Diagnostics,
}

impl Sections<'_> {
    fn add<S>(
        &mut self,
        section: &str,
        specs: BTreeMap<String, S>,
        target: impl Fn(String) -> Target,
        mut declare: impl FnMut(&String, S) -> Declared,
    ) {
        self.desired.sections.insert(section.to_owned());
        for (name, spec) in specs {
            let target = target(name.clone());
            let declared = declare(&name, spec);
            if self.desired.entities.contains_key(&target) {
                let again = self
                    .origins
                    .in_document(self.number, &FieldPath::from(section).key(name.clone()));
                let wrong = Diagnostic::new(&WM102, format!("{target} is declared twice"))
                    .at(again, "again here")
                    .at(self.origins.key(&target), "first here")
                    .help("remove one of them, or put their fields together");
                self.out.push(wrong);
                continue;
            }
            self.origins.declare(&target, self.number, section, &name);
            self.desired.entities.insert(target, declared);
        }
    }
}

/// What stands once in a manifest: the version in every file, the organization and management.
fn heads(
    specs: &[Option<FileSpec>],
    origins: &Origins,
    desired: &mut Desired,
    out: &mut Diagnostics,
) {
    let mut organization: Option<usize> = None;
    let unreadable = specs.iter().any(Option::is_none);
    for (number, spec) in specs.iter().enumerate() {
        let Some(spec) = spec else { continue };
        let place = |key: &str| origins.in_document(number, &FieldPath::from(key));
        if spec.api_version.as_deref() != Some(API_VERSION) {
            let message = match &spec.api_version {
                None => "the file has no `apiVersion`".to_owned(),
                Some(other) => format!("`apiVersion: {other}` is not known"),
            };
            let wrong = Diagnostic::new(&WM109, message);
            out.push(
                wrong
                    .at(place("apiVersion"), "")
                    .help(format!("begin the file with `apiVersion: {API_VERSION}`")),
            );
        }
        match (&spec.organization, organization) {
            (Some(_), Some(first)) => {
                let wrong =
                    Diagnostic::new(&WM110, "`organization` stands in two files of one manifest")
                        .at(place("organization"), "again here")
                        .at(
                            origins.in_document(first, &FieldPath::from("organization")),
                            "first here",
                        )
                        .help("give each organization a folder of its own");
                out.push(wrong);
            }
            (Some(found), None) => {
                organization = Some(number);
                desired.organization = declared_organization(found);
            }
            (None, _) => {}
        }
    }
    if organization.is_none() && !unreadable {
        let wrong = Diagnostic::new(&WM110, "no file of the manifest holds `organization`");
        out.push(
            wrong
                .at(origins.in_document(0, &FieldPath::root()), "")
                .help("give the whole folder of the manifest; half a manifest is not a manifest"),
        );
    }
    for (number, spec) in specs.iter().enumerate() {
        let Some(management) = spec.as_ref().and_then(|spec| spec.management.as_ref()) else {
            continue;
        };
        if organization != Some(number) && !unreadable {
            let place = origins.in_document(number, &FieldPath::from("management"));
            let wrong = Diagnostic::new(
                &WM111,
                "`management` stands in another file than `organization`",
            );
            out.push(
                wrong
                    .at(place, "")
                    .help("move it into the file that holds `organization`"),
            );
            continue;
        }
        desired.management = declared_management(management);
    }
}

fn defaults(specs: &[Option<FileSpec>], origins: &Origins, out: &mut Diagnostics) -> DefaultsSpec {
    let mut all = DefaultsSpec::default();
    for (number, spec) in specs.iter().enumerate() {
        let Some(defaults) = spec.as_ref().and_then(|spec| spec.defaults.clone()) else {
            continue;
        };
        let mut twice = |section: &str| {
            let place = origins.in_document(number, &FieldPath::from("defaults").key(section));
            out.push(
                Diagnostic::new(&WM102, format!("`defaults.{section}` stands in two files"))
                    .at(place, "again here"),
            );
        };
        if defaults.users.is_some() && all.users.is_some() {
            twice("users");
        }
        if defaults.groups.is_some() && all.groups.is_some() {
            twice("groups");
        }
        if defaults.resources.is_some() && all.resources.is_some() {
            twice("resources");
        }
        all.users = all.users.or(defaults.users);
        all.groups = all.groups.or(defaults.groups);
        all.resources = all.resources.or(defaults.resources);
    }
    all
}

/// Adds the groups that users name to the groups' own members.
fn join(desired: &mut Desired, memberships: Vec<(Target, String)>) {
    for (user, group) in memberships {
        let target = Target::group(Reference(group).name());
        desired.sections.insert("groups".to_owned());
        let declared = desired.entities.entry(target).or_default();
        let links = declared.links.get_or_insert_with(|| Wish::at_least([]));
        let there = links
            .items
            .iter()
            .any(|member| member.name().eq_ignore_ascii_case(user.name()));
        if !there {
            links.items.push(Reference(user.name().to_owned()));
        }
    }
}

fn declared_organization(spec: &OrganizationSpec) -> DesiredOrganization {
    DesiredOrganization {
        alias: spec.alias.clone(),
        pins: Pins {
            region: spec.region.clone(),
            id: spec.id.clone(),
            account_id: spec.account_id.clone(),
        },
        mail_domains: spec.mail_domains.as_ref().map(|domains| {
            domains
                .iter()
                .map(|domain| domain.to_ascii_lowercase())
                .collect::<BTreeSet<_>>()
        }),
        default_mail_domain: spec
            .default_mail_domain
            .as_ref()
            .map(|domain| domain.to_ascii_lowercase()),
    }
}

fn declared_management(spec: &ManagementSpec) -> Management {
    let section = |spec: &SectionSpec| Section {
        unmanaged: spec.unmanaged.unwrap_or_default(),
        on_removal: spec.on_removal.unwrap_or_default(),
        ignore: spec.ignore.clone(),
        write: spec.write.unwrap_or(true),
    };
    let sections = [
        ("users", &spec.users),
        ("groups", &spec.groups),
        ("resources", &spec.resources),
    ];
    Management {
        sections: sections
            .into_iter()
            .filter_map(|(name, found)| Some((name.to_owned(), section(found.as_ref()?))))
            .collect(),
        limits: spec.limits.unwrap_or_default(),
        protect: spec.protect.clone(),
        watch_readers: spec.watch_readers.clone(),
        approvals: spec.approvals.clone(),
    }
}

/// Fields in the order of their kinds' tables.
#[derive(Default)]
struct Fields(BTreeMap<Cow<'static, str>, Value>);

impl Fields {
    fn set(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(Cow::Borrowed(name), value.into());
        }
    }
}

fn declared_user(user: UserSpec) -> Declared {
    let mut fields = Fields::default();
    fields.set("displayName", user.display_name);
    fields.set("firstName", user.first_name);
    fields.set("lastName", user.last_name);
    fields.set("initials", user.initials);
    fields.set("telephone", user.telephone);
    fields.set("street", user.street);
    fields.set("jobTitle", user.job_title);
    fields.set("city", user.city);
    fields.set("company", user.company);
    fields.set("zipCode", user.zip_code);
    fields.set("department", user.department);
    fields.set("country", user.country);
    fields.set("office", user.office);
    fields.set("role", user.role);
    fields.set("identityProviderUserId", user.identity_provider_user_id);
    fields.set(
        "hiddenFromGlobalAddressList",
        user.hidden_from_global_address_list,
    );
    fields.set("mailboxQuotaMb", user.mailbox_quota_mb);
    declared(
        user.state,
        user.email,
        user.aliases,
        None,
        user.permissions,
        fields,
    )
}

fn declared_group(group: GroupSpec) -> Declared {
    let mut fields = Fields::default();
    fields.set(
        "hiddenFromGlobalAddressList",
        group.hidden_from_global_address_list,
    );
    declared(
        group.state,
        group.email,
        group.aliases,
        group.members,
        group.permissions,
        fields,
    )
}

fn declared_resource(resource: ResourceSpec) -> Declared {
    let mut fields = Fields::default();
    fields.set("type", resource.r#type);
    fields.set("description", resource.description);
    fields.set(
        "hiddenFromGlobalAddressList",
        resource.hidden_from_global_address_list,
    );
    if let Some(booking) = resource.booking_options {
        let mut flags = Map::new();
        for (name, flag) in [
            ("autoAcceptRequests", booking.auto_accept_requests),
            (
                "autoDeclineConflictingRequests",
                booking.auto_decline_conflicting_requests,
            ),
            (
                "autoDeclineRecurringRequests",
                booking.auto_decline_recurring_requests,
            ),
        ] {
            if let Some(flag) = flag {
                flags.insert(name.to_owned(), Value::Bool(flag));
            }
        }
        fields.set("bookingOptions", (!flags.is_empty()).then_some(flags));
    }
    let mut declared = declared(
        resource.state,
        resource.email,
        resource.aliases,
        resource.delegates,
        resource.permissions,
        fields,
    );
    declared.previously = resource.previously;
    declared
}

fn declared(
    state: Option<StateSpec>,
    email: Option<String>,
    aliases: Option<ListSpec<String>>,
    links: Option<ListSpec<NameSpec>>,
    permissions: Option<ListSpec<GrantSpec>>,
    fields: Fields,
) -> Declared {
    let wanted = match state {
        Some(StateSpec::Registered) => Wanted::Registered,
        Some(StateSpec::Deregistered) => Wanted::Deregistered,
        Some(StateSpec::Absent) => Wanted::Absent,
        None if email.is_some() => Wanted::Registered,
        None => Wanted::Unsaid,
    };
    Declared {
        wanted,
        email: email.map(Address::listed),
        aliases: aliases.map(|list| wish(&list, |alias| Address::listed(alias.clone()))),
        links: links.map(|list| wish(&list, |name| Reference(name.0.clone()))),
        grants: permissions.map(|list| wish(&list, grant)),
        fields: fields.0,
        previously: None,
    }
}

/// A grant; one that names nobody has an empty grantee, which the checks tell.
fn grant(spec: &GrantSpec) -> DesiredGrant {
    let one = |name: &str| Grantee::One(Reference(name.to_owned()));
    let (grantee, rights) = match (&spec.grantee, &spec.members_of) {
        (Some(name), None) => (one(name), spec.rights.iter().copied().collect()),
        (None, Some(name)) => (
            Grantee::MembersOf(Reference(name.clone())),
            spec.rights.iter().copied().collect(),
        ),
        _ => (one(""), BTreeSet::new()),
    };
    DesiredGrant { grantee, rights }
}

fn wish<S, T>(list: &ListSpec<S>, make: impl Fn(&S) -> T) -> Wish<T> {
    Wish {
        exact: list.is_exact(),
        items: list.items().iter().map(make).collect(),
    }
}

macro_rules! fill {
    ($spec:ident, $default:ident, $($field:ident)+) => {
        $(if $spec.$field.is_none() {
            $spec.$field.clone_from(&$default.$field);
        })+
    };
}

fn with_user_defaults(mut user: UserSpec, default: Option<&UserSpec>) -> UserSpec {
    if let Some(default) = default.filter(|_| user.defaults != Some(false)) {
        fill!(user, default, display_name first_name last_name initials telephone street job_title city company
            zip_code department country office role identity_provider_user_id hidden_from_global_address_list
            mailbox_quota_mb aliases permissions);
    }
    user
}

fn with_group_defaults(mut group: GroupSpec, default: Option<&GroupSpec>) -> GroupSpec {
    if let Some(default) = default.filter(|_| group.defaults != Some(false)) {
        fill!(group, default, hidden_from_global_address_list members permissions aliases);
    }
    group
}

fn with_resource_defaults(
    mut resource: ResourceSpec,
    default: Option<&ResourceSpec>,
) -> ResourceSpec {
    if let Some(default) = default.filter(|_| resource.defaults != Some(false)) {
        fill!(resource, default, r#type description hidden_from_global_address_list booking_options delegates
            permissions aliases);
    }
    resource
}
