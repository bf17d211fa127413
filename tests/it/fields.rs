//! Every field of every kind, alone: set, changed and cleared. Exactly the call of its table row follows,
//! and nothing else changes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use workmailctl::kinds::setting::{Form, Member, SettingKind};
use workmailctl::kinds::{Clear, Field, KINDS, SETTINGS, Shape};
use workmailctl::model::{Desired, Setting, Snapshot, Target};
use workmailctl::plan::Plan;
use workmailctl::report::export::manifests;

use crate::support::world;

/// Values of members whose patterns take no simple text.
const SPECIAL: &[(&str, [&str; 2])] = &[
    // What does nothing is the same as no entry.
    ("action", ["DELETE", "PERMANENTLY_DELETE"]),
    (
        "logGroupArn",
        [
            "arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/mail/two:*",
        ],
    ),
    (
        "roleArn",
        [
            "arn:aws:iam::123456789012:role/one",
            "arn:aws:iam::123456789012:role/two",
        ],
    ),
];

/// Kinds with cases of their own, because what is live or written is no whole value of one name.
const APART: &[&str] = &[
    "availability-configuration",
    "identity-center-application",
    "identity-provider",
    "tag",
];

#[test]
fn every_member_of_a_setting_alone() {
    let mut count = 0;
    for kind in SETTINGS.iter().filter(|kind| is_by_name(kind)) {
        for (path, before, after) in transitions(kind.members) {
            let target = Target::new(kind.name, name_of(kind));
            let what = format!("{} {path}: {before:?} → {after:?}", kind.name);
            let live = with(&target, kind, &before);
            let wanted = with(&target, kind, &after);
            let plan = planned(&wanted, &live);
            assert_eq!(calls(&plan), wanted_calls(kind, &before, &after), "{what}");
            let end = world::after(&plan, &live);
            assert_eq!(but_ours(&end), but_ours(&wanted), "{what}");
            assert_eq!(end.entities, live.entities, "{what}");
            count += 1;
        }
    }
    eprintln!("{count} changes of one member");
    assert!(count > 40, "{count} are too few");
}

#[test]
fn every_plain_field_of_an_entity_alone() {
    let mut count = 0;
    for entry in KINDS {
        for field in entry.fields {
            for (before, after) in field_transitions(field) {
                let what = format!("{}.{}: {before:?} → {after}", entry.name, field.name);
                let live = world::live(&manifest(entry.section, field, before.as_ref()));
                let plan = planned_from(&manifest(entry.section, field, Some(&after)), &live);
                let operation = field.set_by.last().expect("something sets it");
                assert_eq!(calls(&plan), [*operation], "{what}");
                let changes: Vec<String> = plan
                    .changes
                    .iter()
                    .flat_map(|change| &change.fields)
                    .map(|change| change.path.clone())
                    .collect();
                assert_eq!(changes, [field.name], "{what}");
                let end = world::after(&plan, &live);
                let target = Target::new(entry.name, "thing");
                let (old, new) = (&live.entities[&target], &end.entities[&target]);
                for other in entry.fields.iter().filter(|other| other.name != field.name) {
                    assert_eq!(old.field(other.name), new.field(other.name), "{what}");
                }
                count += 1;
            }
        }
    }
    eprintln!("{count} changes of one field");
    assert!(count > 40, "{count} are too few");
}

/// The same against the emulator, whichever way it takes what an update leaves out.
#[cfg(all(feature = "client", feature = "emulator"))]
#[tokio::test]
async fn every_field_alone_against_the_emulator() {
    use crate::support::pipeline;
    use crate::support::service::World;

    for switch in ["update-omitted=keep", "update-omitted=blank"] {
        let mut emulated = World::new(&[switch]).await;
        let mut of = String::new();
        for alone in all_alone() {
            let Alone {
                kind,
                what,
                calls,
                before,
                after,
            } = alone;
            let what = format!("{switch}, {what}");
            if of != kind {
                // What another kind left would be in the way.
                kind.clone_into(&mut of);
                emulated = World::new(&[switch]).await;
            }
            pipeline::apply(&emulated, &before).await;
            let effects = emulated.effects().await.len();
            let (_, outcome, again) = pipeline::apply(&emulated, &after).await;
            assert!(outcome.is_complete(), "{what}: {outcome:?}");
            assert_eq!(again.operations, [], "{what}");
            let effects = emulated.effects().await.split_off(effects);
            let made: Vec<&str> = effects
                .iter()
                .map(|(operation, _)| operation.as_str())
                .filter(|operation| *operation != "TagResource")
                .collect();
            assert_eq!(made, calls, "{what}");
        }
    }
}

/// A change of one field or member alone.
pub(crate) struct Alone {
    /// The kind of what it is of.
    pub(crate) kind: &'static str,
    /// The path of the field.
    pub(crate) what: String,
    calls: Vec<&'static str>,
    pub(crate) before: Desired,
    pub(crate) after: Desired,
}

/// All of them, kind by kind.
pub(crate) fn all_alone() -> Vec<Alone> {
    let mut all = Vec::new();
    for kind in SETTINGS.iter().filter(|kind| is_by_name(kind)) {
        for (path, before, after) in transitions(kind.members) {
            let target = Target::new(kind.name, name_of(kind));
            let desired = |value| exported(&with(&target, kind, value));
            all.push(Alone {
                kind: kind.name,
                what: format!("{} {path}", kind.name),
                calls: wanted_calls(kind, &before, &after),
                before: desired(&before),
                after: desired(&after),
            });
        }
    }
    for entry in KINDS {
        for field in entry.fields {
            for (before, after) in field_transitions(field) {
                let desired = |value| world::sound(&manifest(entry.section, field, value));
                all.push(Alone {
                    kind: entry.name,
                    what: format!("{}.{}", entry.name, field.name),
                    calls: vec![*field.set_by.last().expect("something sets it")],
                    before: desired(before.as_ref()),
                    after: desired(Some(&after)),
                });
            }
        }
    }
    all
}

/// The calls of a plan but the one that remembers `management`.
fn calls(plan: &Plan) -> Vec<&str> {
    let operations = plan.operations.iter();
    operations
        .map(|operation| operation.call.operation.as_str())
        .filter(|operation| *operation != "TagResource")
        .collect()
}

/// Every way in which a field changes: its value before, where it has one, and after.
fn field_transitions(field: &Field) -> Vec<(Option<Value>, Value)> {
    let [one, two] = values(field);
    let mut ends = vec![(Some(one.clone()), two)];
    if field.clear == Clear::EmptyText && field.name != "displayName" {
        ends.push((Some(json!("")), one.clone()));
        ends.push((Some(one), json!("")));
    }
    ends
}

/// The settings but the tag that remembers `management`.
fn but_ours(snapshot: &Snapshot) -> BTreeMap<&Target, &Map<String, Value>> {
    let settings = snapshot.settings.iter();
    settings
        .filter(|(target, _)| !target.name().starts_with("workmailctl:"))
        .map(|(target, setting)| (target, &setting.value))
        .collect()
}

/// The plan to what an export of `wanted` says.
fn planned(wanted: &Snapshot, live: &Snapshot) -> Plan {
    world::planned(&exported(wanted), live)
}

/// What an export of a snapshot means.
fn exported(wanted: &Snapshot) -> Desired {
    let export = manifests(KINDS, wanted);
    assert_eq!(export.left_out, Vec::<String>::new());
    let files = export.files.into_iter();
    let files = files.map(|file| workmailctl::diagnostic::SourceFile::new(file.path, file.text));
    let (desired, diagnostics, files) = world::resolved(files.collect());
    assert!(
        !diagnostics.has_errors(),
        "{}",
        workmailctl::diagnostic::render::concise(
            &diagnostics,
            workmailctl::diagnostic::Sources(&files)
        )
    );
    desired
}

fn planned_from(manifest: &str, live: &Snapshot) -> Plan {
    world::planned(&world::sound(manifest), live)
}

/// Two users, a role, a rule that lets everybody in, and the setting.
fn with(target: &Target, kind: &SettingKind, value: &Map<String, Value>) -> Snapshot {
    let mut live = world::live(
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [], permissions: []}, bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: []}}
groups: {}
resources: {}
accessControlRules: {default: {effect: ALLOW, description: Default WorkMail Rule}}
impersonationRoles: {one: {type: READ_ONLY, rules: []}, two: {type: READ_ONLY, rules: []}}
",
    );
    let id = (kind.write.create != kind.write.update).then(|| "0123456789abcdef".to_owned());
    let setting = Setting::new(id, value.clone());
    live.settings.insert(target.clone(), setting);
    live
}

/// Kinds that a manifest declares each by its name, and whose names stand for nobody.
fn is_by_name(kind: &SettingKind) -> bool {
    kind.is_declared() && kind.owner.is_none() && !APART.contains(&kind.name)
}

/// The one call that changes it; where what an update leaves out may stay, what loses a field stands aside
/// for one that is made anew.
fn wanted_calls(
    kind: &SettingKind,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<&'static str> {
    let loses = before.keys().any(|key| !after.contains_key(key));
    if loses && !kind.clears {
        let delete = kind.write.delete.expect("it can go");
        vec![kind.write.update, kind.write.create, delete]
    } else {
        vec![kind.write.update]
    }
}

/// What an organization has one of has no name of its own.
fn name_of(kind: &SettingKind) -> &'static str {
    if kind.section.contains('.') || kind.section == "retentionPolicy" {
        "default"
    } else {
        "thing"
    }
}

/// The path of a member, and the whole value before and after.
type Transition = (String, Map<String, Value>, Map<String, Value>);

/// Every way in which one member of a value changes alone.
fn transitions(members: &[Member]) -> Vec<Transition> {
    let base = base(members);
    let mut all = Vec::new();
    for member in members {
        let name = member.name.to_owned();
        let set = |value: Option<Value>| {
            let mut whole = base.clone();
            match value {
                Some(value) => whole.insert(name.clone(), value),
                None => whole.remove(&name),
            };
            whole
        };
        let [one, two] = samples(member);
        all.push((name.clone(), set(Some(one.clone())), set(Some(two))));
        if !member.needed {
            all.push((name.clone(), set(None), set(Some(one.clone()))));
            all.push((name.clone(), set(Some(one)), set(None)));
        }
        match member.form {
            Form::Object(inner) => {
                for (path, before, after) in transitions(inner) {
                    let whole = |value| set(Some(Value::Object(value)));
                    all.push((format!("{name}.{path}"), whole(before), whole(after)));
                }
            }
            Form::Entries { id, members, .. } => {
                for (path, before, after) in transitions(members) {
                    let [first, second] = keys(id);
                    let whole = |value: Map<String, Value>| {
                        set(Some(json!({first: base_entry(members), second: value})))
                    };
                    all.push((format!("{name}.*.{path}"), whole(before), whole(after)));
                }
            }
            _ => {}
        }
    }
    all
}

/// The keys of two entries; those of a map are words.
fn keys(id: &str) -> [&'static str; 2] {
    if id.is_empty() {
        ["DRAFTS", "INBOX"]
    } else {
        ["first", "second"]
    }
}

fn base_entry(members: &[Member]) -> Value {
    Value::Object(base(members))
}

/// The smallest value: what is needed.
fn base(members: &[Member]) -> Map<String, Value> {
    let needed = members.iter().filter(|member| member.needed);
    needed
        .map(|member| (member.name.to_owned(), samples(member)[0].clone()))
        .collect()
}

/// Two values of a member.
fn samples(member: &Member) -> [Value; 2] {
    if let Some((_, texts)) = SPECIAL.iter().find(|(name, _)| *name == member.name) {
        return texts.map(Value::from);
    }
    match member.form {
        Form::Text { min, .. } => ["first", "second"].map(|text| json!(format!("{text:x<min$}"))),
        Form::Choice(words) => [json!(words[0]), json!(words[1])],
        Form::Flag => [json!(true), json!(false)],
        Form::Number { min, max } => [json!(min), json!(max)],
        Form::Words(words) => [json!([words[0]]), json!([words[1], words[2]])],
        Form::Texts { min, .. } => {
            let text = |text: &str| format!("{text:x<min$}");
            [json!([text("one")]), json!([text("three"), text("two")])]
        }
        Form::Prefixes { .. } => [json!(["iPhone"]), json!(["$NONE", "Android 9"])],
        Form::Ranges { .. } => [json!(["203.0.113.0/24"]), json!(["10.0.0.0/8"])],
        Form::Names { kind: "user", .. } => [json!(["ana"]), json!(["ana", "bob"])],
        Form::Names { .. } => [json!(["one"]), json!(["one", "two"])],
        Form::Object(members) => {
            let mut two = base(members);
            let last = members.last().expect("a map has fields");
            two.insert(last.name.to_owned(), samples(last)[1].clone());
            [Value::Object(base(members)), Value::Object(two)]
        }
        Form::Entries { id, members, .. } => {
            let [first, second] = keys(id);
            let entry = base_entry(members);
            [json!({first: entry}), json!({first: entry, second: entry})]
        }
        Form::Name { .. } => [json!("one"), json!("two")],
        Form::Secret => [Value::Null, Value::Null],
    }
}

/// A manifest with one registered thing that declares the field, if it has a value.
fn manifest(section: &str, field: &Field, value: Option<&Value>) -> String {
    let mut thing: BTreeMap<&str, Value> = BTreeMap::from([("email", json!("thing@example.com"))]);
    match section {
        "users" => thing.insert("displayName", json!("Thing")),
        "resources" => thing.insert("type", json!("ROOM")),
        _ => None,
    };
    if let Some(value) = value {
        thing.insert(field.name, value.clone());
    }
    if field.name == "bookingOptions" {
        // A room that does not accept by itself needs somebody who does.
        thing.insert("delegates", json!(["ana"]));
        let users = json!({"ana": {"displayName": "Ana", "email": "ana@example.com"}});
        let thing = json!({ "thing": thing });
        return format!("users: {users}\n{section}: {thing}\n");
    }
    format!("{section}: {}\n", json!({ "thing": thing }))
}

fn values(field: &Field) -> [Value; 2] {
    match field.shape {
        _ if field.name == "identityProviderUserId" => [
            json!("7afcdc23-2be4-4fb7-a5f3-62f9ea21d2e2"),
            json!("90677c608a-7afcdc23-2be4-4fb7-a5f3-62f9ea21d2e2"),
        ],
        Shape::Text { .. } => [json!("one"), json!("two")],
        Shape::Flag => [json!(false), json!(true)],
        Shape::Number { min, max } => [json!(min), json!(max)],
        Shape::Choice(words) => [json!(words[0]), json!(words[1])],
        Shape::Flags(flags) => [json!({ flags[0]: true }), json!({ flags[0]: false })],
    }
}
