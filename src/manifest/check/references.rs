//! Members, delegates and grantees: who they are, each once, no circles, no rights that the service
//! refuses. Source: API reference, `MemberType`; behaviour notes, section 7.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM204, WM205, WM206, WM207, WM503, WM504};
use crate::kinds::by_name;
use crate::model::{
    Declared, FieldPath, GROUP, Grantee, RESOURCE, Reference, Right, Target, USER, Wanted,
};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let refers = |declared: &Declared| {
        declared.links.is_some() || declared.grants.is_some() || !declared.groups.is_empty()
    };
    if !checks.desired.entities.values().any(refers) {
        return;
    }
    let names = checks.names();
    for (target, declared) in &checks.desired.entities {
        groups(checks, target, declared, &names);
        let word = by_name(checks.kinds, target.kind())
            .and_then(|entry| entry.links)
            .unwrap_or("members");
        if let Some(wish) = &declared.links {
            let list = FieldPath::from(word);
            let list = if wish.exact { list } else { list.key("add") };
            let mut seen = BTreeSet::new();
            for (position, reference) in wish.items.iter().enumerate() {
                let path = list.index(position);
                if declared_there(checks, reference, target) {
                    continue;
                }
                one(checks, target, reference, &path, &names);
                if !seen.insert(reference.name().to_lowercase()) {
                    let wrong = Diagnostic::new(
                        &WM206,
                        format!(
                            "`{}` stands twice among the {word} of {target}",
                            reference.name()
                        ),
                    );
                    checks.tell(wrong.help("remove it once"), target, &path);
                }
            }
        }
        if let Some(wish) = &declared.grants {
            let list = FieldPath::from("permissions");
            let list = if wish.exact { list } else { list.key("add") };
            let mut seen: BTreeSet<Grantee> = BTreeSet::new();
            for (position, grant) in wish.items.iter().enumerate() {
                let path = list.index(position);
                self::grant(checks, target, grant, &path, &names);
                if !seen.insert(grant.grantee.clone()) {
                    let wrong =
                        Diagnostic::new(&WM206, "a grantee stands twice in a list of permissions");
                    checks.tell(wrong.help("put the rights together"), target, &path);
                }
            }
        }
    }
    circles(checks);
}

fn grant(
    checks: &mut Checks<'_>,
    target: &Target,
    grant: &crate::model::DesiredGrant,
    path: &FieldPath,
    names: &[String],
) {
    let (reference, key, many) = match &grant.grantee {
        Grantee::One(reference) => (reference, "grantee", false),
        Grantee::MembersOf(reference) => (reference, "membersOf", true),
    };
    if reference.0.is_empty() {
        let wrong = Diagnostic::new(&WM107, "a grant needs either `grantee` or `membersOf`")
            .help("name one user or group as `grantee`, or one group as `membersOf`");
        checks.tell(wrong, target, path);
        return;
    }
    let place = path.key(key);
    let found = one(checks, target, reference, &place, names);
    if grant.rights.is_empty() {
        let wrong = Diagnostic::new(&WM107, "a grant needs at least one right");
        checks.tell(
            wrong.help("FULL_ACCESS, SEND_AS, SEND_ON_BEHALF"),
            target,
            &path.key("rights"),
        );
    }
    let is_group = found.as_ref().is_some_and(|found| found.kind() == GROUP);
    if many && found.is_some() && !is_group {
        let wrong = Diagnostic::new(
            &WM205,
            format!(
                "`membersOf` takes a group, and `{}` is none",
                reference.name()
            ),
        );
        checks.tell(wrong.help("write `grantee`"), target, &place);
    }
    if grant.rights.contains(&Right::FullAccess) && (target.kind() == GROUP || is_group && !many) {
        let wrong = Diagnostic::new(&WM503, "FULL_ACCESS cannot be given to a group, nor on one");
        checks.tell(
            wrong.help("write `membersOf` to give it to the people of a group"),
            target,
            &place,
        );
    }
}

/// The groups that a user names: groups, each once, not absent.
fn groups(checks: &mut Checks<'_>, target: &Target, declared: &Declared, names: &[String]) {
    let list = FieldPath::from("groups");
    let mut seen = BTreeSet::new();
    for (position, reference) in declared.groups.iter().enumerate() {
        let path = list.index(position);
        let name = reference.name();
        let group = Target::group(name);
        if !seen.insert(name.to_lowercase()) {
            let message = format!("`{name}` stands twice among the groups of {target}");
            let wrong = Diagnostic::new(&WM206, message).help("remove it once");
            checks.tell(wrong, target, &path);
            continue;
        }
        let found = checks.desired.entities.get(&group);
        if let Some(found) = found.filter(|found| !found.implied) {
            if found.wanted == Wanted::Absent {
                let wrong = Diagnostic::new(&WM207, format!("{group} is declared absent"))
                    .help("remove it here, or declare it present");
                checks.tell(wrong, target, &path);
            }
            continue;
        }
        let others = [Target::user(name), Target::resource(name)];
        if let Some(other) = others
            .iter()
            .find(|other| checks.desired.entities.contains_key(other))
        {
            let message = format!("`groups` takes groups, and {other} is none");
            checks.tell(
                Diagnostic::new(&WM205, message).help("remove it"),
                target,
                &path,
            );
            continue;
        }
        checks.tell_undeclared(name, names, &[GROUP], checks.origins.find(target, &path));
    }
}

/// True for a member that only its own `groups` makes one: it is told there.
fn declared_there(checks: &Checks<'_>, reference: &Reference, group: &Target) -> bool {
    let Some((USER, name)) = reference.0.split_once('/') else {
        return false;
    };
    checks
        .desired
        .entities
        .get(&Target::user(name))
        .is_some_and(|user| {
            user.groups
                .iter()
                .any(|named| Target::group(named.name()) == *group)
        })
}

/// Looks one reference up; a name that is not declared is only a note.
fn one(
    checks: &mut Checks<'_>,
    target: &Target,
    reference: &Reference,
    path: &FieldPath,
    names: &[String],
) -> Option<Target> {
    let found = reference.resolve(|candidate| {
        let declared = checks.desired.entities.get(candidate);
        declared.is_some_and(|declared| !declared.implied)
    });
    let Some(found) = found else {
        let place = checks.origins.find(target, path);
        // Nobody else can be a member, a delegate or a grantee.
        let may_be = |kind: &&str| {
            let of_kind = reference.resolve(|candidate| candidate.kind() == *kind);
            of_kind.is_some()
        };
        let kinds: Vec<&str> = [USER, GROUP].into_iter().filter(may_be).collect();
        checks.tell_undeclared(reference.name(), names, &kinds, place);
        return None;
    };
    if found == *target {
        let wrong = Diagnostic::new(&WM504, format!("{target} refers to itself"));
        checks.tell(wrong.help("remove it"), target, path);
    } else if found.kind() == RESOURCE {
        let wrong = Diagnostic::new(
            &WM205,
            format!("{found} cannot be a member, a delegate or a grantee"),
        );
        checks.tell(wrong.help("only users and groups can"), target, path);
    } else if checks
        .desired
        .entities
        .get(&found)
        .is_some_and(|declared| declared.wanted == Wanted::Absent)
    {
        let wrong = Diagnostic::new(&WM207, format!("{found} is declared absent"));
        checks.tell(
            wrong.help("remove it here, or declare it present"),
            target,
            path,
        );
    }
    Some(found)
}

/// Groups that are members of themselves.
fn circles(checks: &mut Checks<'_>) {
    let mut members: BTreeMap<&Target, Vec<Target>> = BTreeMap::new();
    for (target, declared) in checks
        .desired
        .entities
        .iter()
        .filter(|(target, _)| target.kind() == GROUP)
    {
        let groups = declared
            .links
            .iter()
            .flat_map(|wish| &wish.items)
            .filter_map(|reference| {
                reference.resolve(|candidate| checks.desired.entities.contains_key(candidate))
            })
            .filter(|member| member.kind() == GROUP && member != target)
            .collect();
        members.insert(target, groups);
    }
    let mut done: BTreeSet<Target> = BTreeSet::new();
    let mut found = Vec::new();
    for start in members.keys() {
        let mut path: Vec<Target> = Vec::new();
        walk(start, &members, &mut path, &mut done, &mut found);
    }
    for circle in found {
        let names: Vec<&str> = circle.iter().map(Target::name).collect();
        let wrong = Diagnostic::new(
            &WM204,
            format!(
                "groups are members of each other: {} → {}",
                names.join(" → "),
                names[0]
            ),
        )
        .help("remove one of these memberships");
        checks.tell(wrong, &circle[0], &FieldPath::from("members"));
    }
}

fn walk(
    target: &Target,
    members: &BTreeMap<&Target, Vec<Target>>,
    path: &mut Vec<Target>,
    done: &mut BTreeSet<Target>,
    found: &mut Vec<Vec<Target>>,
) {
    if let Some(position) = path.iter().position(|above| above == target) {
        found.push(path[position..].to_vec());
        return;
    }
    // A chain of groups as deep as this is refused by the stack of readers long before.
    if done.contains(target) || path.len() > 1000 {
        return;
    }
    path.push(target.clone());
    for member in members.get(target).into_iter().flatten() {
        walk(member, members, path, done, found);
    }
    path.pop();
    done.insert(target.clone());
}
