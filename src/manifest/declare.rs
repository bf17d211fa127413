//! One user, group or resource as a file writes it becomes what is desired of it: defaults are filled in,
//! and what has an `until` that has passed is as if it were not there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM208, WM607, WM610};
use crate::model::{
    Address, Declared, DesiredGrant, FieldPath, Grantee, MOBILE_DEVICE_ACCESS_OVERRIDE, Reference,
    Wanted, Wish, is_after_the_service, until_time,
};

use super::spec::{BookingSpec, GrantSpec, GroupSpec, ResourceSpec, StateSpec, UserSpec};
use super::text::{AddressSpec, ListSpec, NameSpec};

/// What one thing is declared to be, and what is told of the writing.
pub(super) struct Declaration {
    pub(super) declared: Declared,
    /// What is wrong in it, by where it stands.
    pub(super) findings: Vec<(FieldPath, Diagnostic)>,
    /// Of lists that lost elements to their time, which positions are left.
    pub(super) kept: Vec<(&'static str, Vec<usize>)>,
    /// When the next `until` passes.
    pub(super) next_until: Option<Timestamp>,
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

/// A user as declared, with what is left out taken from the defaults.
pub(super) fn user(user: UserSpec, default: Option<&UserSpec>, now: Timestamp) -> Declaration {
    // Taken apart by name, so that no field can be forgotten: one that is not used is a warning.
    let UserSpec {
        display_name,
        first_name,
        last_name,
        initials,
        telephone,
        street,
        job_title,
        city,
        company,
        zip_code,
        department,
        country,
        office,
        role,
        identity_provider_user_id,
        hidden_from_global_address_list,
        mailbox_quota_mb,
        email,
        aliases,
        state,
        initial_password,
        groups,
        permissions,
        mobile_device_access_overrides,
        defaults: _,
    } = with_user_defaults(user, default);
    let mut fields = Fields::default();
    fields.set("displayName", display_name);
    fields.set("firstName", first_name);
    fields.set("lastName", last_name);
    fields.set("initials", initials);
    fields.set("telephone", telephone);
    fields.set("street", street);
    fields.set("jobTitle", job_title);
    fields.set("city", city);
    fields.set("company", company);
    fields.set("zipCode", zip_code);
    fields.set("department", department);
    fields.set("country", country);
    fields.set("office", office);
    fields.set("role", role);
    fields.set("identityProviderUserId", identity_provider_user_id);
    fields.set(
        "hiddenFromGlobalAddressList",
        hidden_from_global_address_list,
    );
    fields.set("mailboxQuotaMb", mailbox_quota_mb);
    let mut declaration = Declaration::new(state, email, fields);
    declaration.aliases(aliases, now);
    let groups = groups.unwrap_or_default();
    declaration.declared.groups = groups.into_iter().map(Reference).collect();
    let at = FieldPath::from("initialPassword");
    match initial_password.map(|password| password.source(&at)) {
        Some(Ok(source)) => declaration.declared.initial_password = Some(source),
        Some(Err(wrong)) => declaration.findings.push(wrong),
        None => {}
    }
    // What they are is declared as settings.
    if mobile_device_access_overrides.is_some() {
        let owns = &mut declaration.declared.owns;
        owns.insert(MOBILE_DEVICE_ACCESS_OVERRIDE.to_owned());
    }
    declaration.grants(permissions, now);
    declaration
}

/// A group as declared, with what is left out taken from the defaults.
pub(super) fn group(group: GroupSpec, default: Option<&GroupSpec>, now: Timestamp) -> Declaration {
    let GroupSpec {
        email,
        aliases,
        state,
        hidden_from_global_address_list,
        members,
        permissions,
        defaults: _,
    } = with_group_defaults(group, default);
    let mut fields = Fields::default();
    fields.set(
        "hiddenFromGlobalAddressList",
        hidden_from_global_address_list,
    );
    let mut declaration = Declaration::new(state, email, fields);
    declaration.aliases(aliases, now);
    declaration.links("members", members, now);
    declaration.grants(permissions, now);
    declaration
}

/// A resource as declared, with what is left out taken from the defaults.
pub(super) fn resource(
    resource: ResourceSpec,
    default: Option<&ResourceSpec>,
    now: Timestamp,
) -> Declaration {
    let ResourceSpec {
        r#type,
        email,
        aliases,
        state,
        description,
        hidden_from_global_address_list,
        booking_options,
        delegates,
        permissions,
        previously,
        defaults: _,
    } = with_resource_defaults(resource, default);
    let mut fields = Fields::default();
    fields.set("type", r#type);
    fields.set("description", description);
    fields.set(
        "hiddenFromGlobalAddressList",
        hidden_from_global_address_list,
    );
    if let Some(options) = booking_options {
        let BookingSpec {
            auto_accept_requests,
            auto_decline_recurring_requests,
            auto_decline_conflicting_requests,
        } = options;
        let mut flags = Map::new();
        for (name, flag) in [
            ("autoAcceptRequests", auto_accept_requests),
            (
                "autoDeclineConflictingRequests",
                auto_decline_conflicting_requests,
            ),
            (
                "autoDeclineRecurringRequests",
                auto_decline_recurring_requests,
            ),
        ] {
            if let Some(flag) = flag {
                flags.insert(name.to_owned(), Value::Bool(flag));
            }
        }
        fields.set("bookingOptions", (!flags.is_empty()).then_some(flags));
    }
    let mut declaration = Declaration::new(state, email, fields);
    declaration.aliases(aliases, now);
    declaration.declared.previously = previously;
    declaration.links("delegates", delegates, now);
    declaration.grants(permissions, now);
    declaration
}

impl Declaration {
    fn new(state: Option<StateSpec>, email: Option<String>, fields: Fields) -> Self {
        let wanted = match state {
            Some(StateSpec::Registered) => Wanted::Registered,
            Some(StateSpec::Deregistered) => Wanted::Deregistered,
            Some(StateSpec::Absent) => Wanted::Absent,
            None if email.is_some() => Wanted::Registered,
            None => Wanted::Unsaid,
        };
        Self {
            declared: Declared {
                wanted,
                email: email.map(Address::listed),
                fields: fields.0,
                ..Declared::default()
            },
            findings: Vec::new(),
            kept: Vec::new(),
            next_until: None,
        }
    }

    fn aliases(&mut self, specs: Option<ListSpec<AddressSpec>>, now: Timestamp) {
        let Some(specs) = specs else { return };
        let passed = self.passed("aliases", &specs, now, |spec| {
            (&spec.name, spec.until.as_deref())
        });
        let (wish, due) = halves(&specs, &passed, |spec| Address::listed(&spec.name));
        self.declared.aliases = Some(wish);
        self.declared.due_aliases = due;
    }

    fn links(&mut self, list: &'static str, specs: Option<ListSpec<NameSpec>>, now: Timestamp) {
        let Some(specs) = specs else { return };
        let reference = |spec: &NameSpec| Reference(spec.name.clone());
        let passed = self.passed(list, &specs, now, |spec| {
            (&spec.name, spec.until.as_deref())
        });
        let (wish, due) = halves(&specs, &passed, reference);
        self.declared.links = Some(wish);
        self.declared.due_links = due;
    }

    fn grants(&mut self, specs: Option<ListSpec<GrantSpec>>, now: Timestamp) {
        let Some(specs) = specs else { return };
        let passed = self.passed("permissions", &specs, now, |spec| {
            let name = spec.grantee.as_ref().or(spec.members_of.as_ref());
            (name.map_or("", String::as_str), spec.until.as_deref())
        });
        let (wish, due) = halves(&specs, &passed, grant);
        self.declared.grants = Some(wish);
        let due = due.into_iter();
        self.declared.due_grants = due.map(|(grant, time)| (grant.grantee, time)).collect();
    }

    /// Of each element of a list the time that has passed, if it has; tells what has passed and what is
    /// no time.
    fn passed<S>(
        &mut self,
        list: &'static str,
        specs: &ListSpec<S>,
        now: Timestamp,
        timed: impl Fn(&S) -> (&str, Option<&str>),
    ) -> Vec<Option<Timestamp>> {
        let path = FieldPath::from(list);
        let path = if specs.is_exact() {
            path
        } else {
            path.key("add")
        };
        let mut passed = Vec::with_capacity(specs.items().len());
        for (position, spec) in specs.items().iter().enumerate() {
            let (name, until) = timed(spec);
            let end = until.map(until_time);
            passed.push(end.flatten().filter(|end| *end <= now));
            let finding = match (until, end) {
                (Some(until), Some(None)) => no_time(until),
                (Some(until), Some(Some(end))) if end <= now => {
                    Diagnostic::new(&WM208, format!("the time of `{name}` ended with {until}"))
                        .help("remove it, or give it a later time")
                }
                (until, Some(Some(end))) => {
                    self.next_until = Some(self.next_until.map_or(end, |next| next.min(end)));
                    match until.filter(|_| is_after_the_service(end)) {
                        Some(until) => beyond(until),
                        None => continue,
                    }
                }
                _ => continue,
            };
            self.findings
                .push((path.index(position).key("until"), finding));
        }
        if passed.iter().any(Option::is_some) {
            let positions = passed.iter().enumerate();
            let left = positions.filter(|(_, passed)| passed.is_none());
            self.kept
                .push((list, left.map(|(position, _)| position).collect()));
        }
        passed
    }
}

/// What is wrong with an `until` that is no time.
pub(super) fn no_time(until: &str) -> Diagnostic {
    Diagnostic::new(&WM607, format!("`{until}` is neither a date nor a time"))
        .help("write a date such as 2026-12-31, or an RFC 3339 time such as 2026-12-31T18:00:00Z")
}

/// What is said of an `until` that comes after the end of the service.
pub(super) fn beyond(until: &str) -> Diagnostic {
    let message = format!("`{until}` is after 2027-03-31, when the service ends");
    Diagnostic::new(&WM610, message).help("write a date up to 2027-03-31")
}

/// The elements whose time has not passed, and those whose time has, with it.
fn halves<S, T>(
    list: &ListSpec<S>,
    passed: &[Option<Timestamp>],
    make: impl Fn(&S) -> T,
) -> (Wish<T>, Vec<(T, Timestamp)>) {
    let mut items = Vec::new();
    let mut due = Vec::new();
    for (spec, passed) in list.items().iter().zip(passed) {
        match passed {
            Some(time) => due.push((make(spec), *time)),
            None => items.push(make(spec)),
        }
    }
    let exact = list.is_exact();
    (Wish { exact, items }, due)
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

/// Fills what is left out from the defaults. The two lists name every field of the specification, what
/// defaults give and what belongs to one alone: a field that stands in neither does not compile.
macro_rules! fill {
    ($Spec:ident, $spec:ident, $default:ident: $($field:ident)+; never $($own:ident)+) => {
        let $Spec { $($field,)+ $($own: _,)+ } = $default;
        $(if $spec.$field.is_none() {
            $spec.$field.clone_from($field);
        })+
    };
}

fn with_user_defaults(mut user: UserSpec, default: Option<&UserSpec>) -> UserSpec {
    if let Some(default) = default.filter(|_| user.defaults != Some(false)) {
        fill!(UserSpec, user, default: display_name first_name last_name initials telephone street job_title city
            company zip_code department country office role identity_provider_user_id
            hidden_from_global_address_list mailbox_quota_mb aliases permissions;
            never email state initial_password groups mobile_device_access_overrides defaults);
    }
    user
}

fn with_group_defaults(mut group: GroupSpec, default: Option<&GroupSpec>) -> GroupSpec {
    if let Some(default) = default.filter(|_| group.defaults != Some(false)) {
        fill!(GroupSpec, group, default: hidden_from_global_address_list members permissions aliases;
            never email state defaults);
    }
    group
}

fn with_resource_defaults(
    mut resource: ResourceSpec,
    default: Option<&ResourceSpec>,
) -> ResourceSpec {
    if let Some(default) = default.filter(|_| resource.defaults != Some(false)) {
        fill!(ResourceSpec, resource, default: r#type description hidden_from_global_address_list booking_options
            delegates permissions aliases; never email state previously defaults);
    }
    resource
}
