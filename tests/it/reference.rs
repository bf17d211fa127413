//! The pages of the reference that are generated: kinds, diagnostics, commands, switches.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use workmailctl::diagnostic::CODES;
use workmailctl::kinds::organization::{
    CREATE, DELETE, DEREGISTER_DOMAIN, REGISTER_DOMAIN, SET_DEFAULT_DOMAIN,
};
use workmailctl::kinds::setting::{Form, Member, SINGLE, SettingKind};
use workmailctl::kinds::user::INITIAL_PASSWORD;
use workmailctl::kinds::{BEYOND, Clear, Field, KINDS, SETTINGS, Shape, ToldBy, uses};
use workmailctl::plan::RULES;
use workmailctl::plan::reversibility::LOSSES;

/// Holds a page against its text; `UPDATE=1` writes it anew.
fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, text).expect("it can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{path} is not current: run the tests with UPDATE=1"
    );
}

#[test]
fn the_page_of_kinds_is_current() {
    let mut page = "# Kinds\n\nGenerated from the tables of the kinds. A field that a manifest leaves out is not managed.\n".to_owned();
    for entry in KINDS {
        let _ = write!(
            page,
            "\n## {} (`{}`)\n\n{}. Listed by `{}`, described by `{}`, made by `{}`, deleted by `{}`.\n\n",
            capital(entry.section),
            entry.name,
            entry.about,
            entry.list,
            entry.describe,
            entry.create,
            entry.delete
        );
        page.push_str("| field | takes | told by | set by | cleared by | what it is |\n| --- | --- | --- | --- | --- | --- |\n");
        for field in entry.fields {
            let told = match field.told_by {
                ToldBy::List => entry.list,
                ToldBy::Describe => entry.describe,
                ToldBy::Mailbox => "GetMailboxDetails",
            };
            let cleared = if field.clear == Clear::EmptyText {
                "`\"\"` or null"
            } else {
                "cannot be"
            };
            let _ = writeln!(
                page,
                "| `{}` | {} | `{told}` | {} | {cleared} | {} |",
                field.name,
                takes(field),
                set_by(field),
                field.about
            );
        }
        if entry.name == "user" {
            let _ = writeln!(
                page,
                "| `{INITIAL_PASSWORD}` | where it is: fromEnv, fromFile, fromSecretsManager or generate | never told | `{}` | cannot be | the first password; not looked at once the user is there |",
                entry.create
            );
        }
        for (name, takes, told, set, about) in shared(entry.links) {
            let cleared = match name {
                "email" => "cannot be; `state: deregistered` takes it",
                "state" => "cannot be",
                _ => "`[]`",
            };
            let _ = writeln!(
                page,
                "| `{name}` | {takes} | `{told}` | {set} | {cleared} | {about} |"
            );
        }
    }
    page.push_str(&organization());
    page.push_str(&mailbox_exports());
    for kind in SETTINGS.iter().filter(|kind| !kind.nature.implied) {
        setting(kind, &mut page);
    }
    check("docs/reference/kinds.md", &page);
}

/// The organization as a whole, which is neither an entity nor a setting.
fn organization() -> String {
    let mut text = "\n## Organization (`organization`, `mail-domain`)\n\nThe organization itself and its mail domains. Told by `DescribeOrganization`, `ListMailDomains` and `GetMailDomain`.\n\n| field | takes | set by | what it is |\n| --- | --- | --- | --- |\n".to_owned();
    let rows = [
        (
            "mailDomains",
            "an exact set, at most 1000; the test domain never counts",
            format!("`{REGISTER_DOMAIN}`, `{DEREGISTER_DOMAIN}`"),
            "domains that addresses may be in, once their DNS records are seen",
        ),
        (
            "defaultMailDomain",
            "one of the domains, verified",
            format!("`{SET_DEFAULT_DOMAIN}`"),
            "the domain of new addresses in the console",
        ),
        (
            "create",
            "`{}`, or `directoryId`, `kmsKeyArn`",
            format!("`{CREATE}`"),
            "make it where no organization has the alias",
        ),
        (
            "state",
            "absent",
            format!("`{DELETE}`"),
            "delete it, and plan nothing else",
        ),
        (
            "onRemoval",
            "`deleteDirectory`, `force`: true or false",
            format!("`{DELETE}`"),
            "what goes with it: its directory, and registered users",
        ),
    ];
    for (name, takes, set, about) in rows {
        let _ = writeln!(text, "| `{name}` | {takes} | {set} | {about} |");
    }
    text
}

/// Where mailboxes are exported to, which is neither an entity nor a setting: a plan makes no call for it.
fn mailbox_exports() -> String {
    let mut text = "\n## Mailbox exports (`mailboxExports`)\n\nWhich mailboxes are exported, and where to. A plan makes no call for it: `migrate mailboxes` does, by `StartMailboxExportJob`, `ListMailboxExportJobs` and `DescribeMailboxExportJob`. The guard `not-exported` keeps what is not exported. See [leaving](../leaving.md).\n\n| field | takes | what it is |\n| --- | --- | --- |\n".to_owned();
    let rows = [
        (
            "bucket",
            "a name",
            "the bucket, in the region and the account of the organization, closed to the public",
        ),
        (
            "prefix",
            "1 to 900 letters, digits and signs of `!_.*'()/-`",
            "what every key in the bucket begins with",
        ),
        (
            "roleArn",
            "the ARN of a role",
            "the role that the service takes to write into the bucket",
        ),
        (
            "kmsKeyArn",
            "the ARN of a key, not of an alias",
            "the symmetric key that archives are encrypted with",
        ),
        (
            "mailboxes",
            "`all`, or names and globs",
            "users and resources; remote users have no mailbox here",
        ),
        ("exclude", "names and globs", "those that are left out"),
        (
            "notBefore",
            "a date (from its beginning, UTC) or an RFC 3339 time",
            "no export begins before, and none that did counts",
        ),
        (
            "verify",
            "true or false",
            "true: an export counts only once its object was verified",
        ),
    ];
    for (name, takes, about) in rows {
        let _ = writeln!(text, "| `{name}` | {takes} | {about} |");
    }
    text
}

#[test]
fn the_page_of_diagnostics_is_current() {
    let mut page = "# Diagnostics\n\nGenerated from the table of codes. Every example is tested. Heads that every manifest has (`apiVersion`, `organization`) are left out where they do not matter.\n".to_owned();
    for code in CODES {
        let weight = format!("{:?}", code.severity).to_lowercase();
        let _ = write!(
            page,
            "\n## {} ({weight}): {}\n\n{}\n",
            code.id, code.title, code.explanation
        );
        if !code.wrong.is_empty() {
            let _ = write!(
                page,
                "\nWrong:\n\n```yaml\n{}```\n\nRight:\n\n```yaml\n{}```\n",
                code.wrong, code.right
            );
        }
    }
    check("docs/reference/diagnostics.md", &page);
}

#[cfg(feature = "cli")]
#[test]
fn the_page_of_commands_is_current() {
    let help = |arguments: &[&str]| {
        let output = assert_cmd::Command::cargo_bin("workmailctl")
            .expect("the binary")
            .args(arguments)
            .arg("--help")
            .env("COLUMNS", "100")
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let whole = help(&[]);
    let mut page = format!(
        "# Commands\n\nGenerated from `--help`.\n\n```text\n{}```\n",
        trimmed(&whole)
    );
    for command in commands(&whole) {
        let of_command = help(&[command]);
        let nested = commands(&of_command);
        if nested.is_empty() {
            let _ = write!(
                page,
                "\n## {command}\n\n```text\n{}```\n",
                trimmed(&of_command)
            );
        }
        for action in nested {
            let _ = write!(
                page,
                "\n## {command} {action}\n\n```text\n{}```\n",
                trimmed(&help(&[command, action]))
            );
        }
    }
    check("docs/reference/cli.md", &page);
}

/// The commands that a help lists.
#[cfg(feature = "cli")]
fn commands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[cfg(feature = "emulator")]
#[test]
fn the_page_of_switches_is_current() {
    let mut page = "# Switches of the emulator\n\nGenerated. `--behavior NAME=VALUE` sets one; the first value is the likeliest and the default.\n\n| switch | values | question | source |\n| --- | --- | --- | --- |\n".to_owned();
    for switch in workmailctl::emulator::SWITCHES {
        let values: Vec<String> = switch
            .values
            .iter()
            .map(|value| format!("`{value}`"))
            .collect();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            switch.name,
            values.join(" "),
            switch.about,
            switch.source
        );
    }
    check("docs/reference/behaviors.md", &page);
}

/// A row for each of the 94 operations: what uses it, or why nothing does.
#[cfg(feature = "emulator")]
#[test]
fn the_page_of_operations_is_current() {
    let uses = uses();
    let mut page = "# Operations\n\nGenerated from the tables of the kinds. Every operation of the API reference and of Message Flow, and what uses it.\n\n| operation | writes | used by |\n| --- | --- | --- |\n".to_owned();
    let all = workmailctl::emulator::operations();
    let all: BTreeMap<String, Value> = serde_json::from_value(all).expect("a map");
    let mut missing = Vec::new();
    for (operation, facts) in &all {
        let Some(found) = uses.get(operation.as_str()) else {
            missing.push(operation);
            continue;
        };
        let by = match found.why_not {
            Some(why) => format!("nothing: {why}"),
            None => found.by.join("; "),
        };
        let writes = if facts["write"] == true { "yes" } else { "no" };
        let _ = writeln!(page, "| `{operation}` | {writes} | {by} |");
    }
    page.push_str("\n## What no operation reaches\n\nExports and plans name it.\n\n| what | where it is managed |\n| --- | --- |\n");
    for one in BEYOND {
        let _ = writeln!(page, "| {} | {} |", one.what, one.place);
    }
    assert!(missing.is_empty(), "nothing is said of {missing:?}");
    let unknown = uses
        .keys()
        .filter(|operation| !all.contains_key(**operation));
    assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(all.len(), 94);
    check("docs/reference/operations.md", &page);
}

fn takes(field: &Field) -> String {
    match field.shape {
        Shape::Text { max, .. } => format!("a text, up to {max} characters"),
        Shape::Flag => "true or false".to_owned(),
        Shape::Number { min, max } => format!("{min} to {max}"),
        Shape::Choice(words) => words.join(" or "),
        Shape::Flags(names) => format!("a map of {}", names.join(", ")),
    }
}

fn set_by(field: &Field) -> String {
    field
        .set_by
        .iter()
        .map(|call| format!("`{call}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What users, groups and resources share.
fn shared(
    links: Option<&'static str>,
) -> Vec<(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
)> {
    let mut rows = vec![
        (
            "email",
            "an address",
            "ListUsers and the like",
            "`RegisterToWorkMail`, `UpdatePrimaryEmailAddress`",
            "the primary address; registers",
        ),
        (
            "aliases",
            "a list, or `{add: […]}`",
            "ListAliases",
            "`CreateAlias`, `DeleteAlias`",
            "without the primary address",
        ),
        (
            "state",
            "registered, deregistered or absent",
            "ListUsers and the like",
            "`RegisterToWorkMail`, `DeregisterFromWorkMail`, `Delete…`",
            "registered where `email` is given",
        ),
        (
            "permissions",
            "a list of grants, or `{add: […]}`",
            "ListMailboxPermissions",
            "`PutMailboxPermissions`, `DeleteMailboxPermissions`",
            "who may read, send as, send on behalf",
        ),
    ];
    match links {
        Some("members") => rows.push((
            "members",
            "users and groups, or `{add: […]}`",
            "ListGroupMembers",
            "`AssociateMemberToGroup`, `DisassociateMemberFromGroup`",
            "who is reached",
        )),
        Some(_) => rows.push((
            "delegates",
            "users and groups, or `{add: […]}`",
            "ListResourceDelegates",
            "`AssociateDelegateToResource`, `DisassociateDelegateFromResource`",
            "who answers requests",
        )),
        None => {}
    }
    rows
}

#[cfg(feature = "cli")]
fn trimmed(text: &str) -> String {
    text.lines().fold(String::new(), |mut whole, line| {
        whole.push_str(line.trim_end());
        whole.push('\n');
        whole
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().to_string() + letters.as_str()
    })
}

/// The section of a kind of settings: it is written whole, so that its calls stand once.
fn setting(kind: &SettingKind, page: &mut String) {
    let list = |calls: &[&str]| {
        let calls: Vec<String> = calls.iter().map(|call| format!("`{call}`")).collect();
        calls.join(" and ")
    };
    let write = kind.write;
    let removed = match write.delete {
        Some(delete) => format!("removed by `{delete}`"),
        None => "never removed".to_owned(),
    };
    let made = if kind.is_declared() {
        format!("made by `{}`, changed by `{}`", write.create, write.update)
    } else {
        "made by no call".to_owned()
    };
    let _ = write!(
        page,
        "\n## {} (`{}`)\n\n{}. Section `{}`. Read by {}, {made}, {removed}.",
        capital(kind.plural),
        kind.name,
        kind.about,
        kind.section,
        list(kind.read),
    );
    if kind.id.is_some() {
        page.push_str(" Renamed by `previously`.");
    }
    if let Some(limit) = kind.limit {
        let _ = write!(page, " An organization has at most {limit}.");
    }
    let unmanaged = format!("{:?}", kind.unmanaged).to_lowercase();
    let more = if let Some(owner) = kind.owner {
        format!(
            "Each {} declares all of its own, each with `{}`, {}.",
            owner.kind,
            owner.key,
            form(kind.naming)
        )
    } else if !kind.is_declared() {
        "What is told of each:".to_owned()
    } else if kind.nature.single && kind.nature.nullable {
        format!(
            "An organization has one or none: `null` removes it. Its target is `{}/{SINGLE}`.",
            kind.name
        )
    } else if kind.nature.single {
        format!(
            "Every organization has it. Its target is `{}/{SINGLE}`.",
            kind.name
        )
    } else {
        format!(
            "Its name is {}. What is live and not declared: `{unmanaged}`, unless `management` says otherwise.",
            form(kind.naming)
        )
    };
    let _ = write!(
        page,
        " {more}\n\n| field | takes | needed | API member | what it is |\n| --- | --- | --- | --- | --- |\n"
    );
    rows(kind.members, "", page);
}

fn rows(members: &[Member], above: &str, page: &mut String) {
    for member in members {
        let name = format!("{above}{}", member.name);
        let needed = if member.needed { "yes" } else { "no" };
        let _ = writeln!(
            page,
            "| `{name}` | {} | {needed} | `{}` | {} |",
            form(member.form),
            member.member,
            member.about
        );
        match member.form {
            Form::Object(members) => rows(members, &format!("{name}."), page),
            Form::Entries { members, .. } => rows(members, &format!("{name}.*."), page),
            _ => {}
        }
    }
}

fn form(form: Form) -> String {
    match form {
        Form::Text { min, max, .. } => format!("a text of {min} to {max} characters"),
        Form::Choice(words) => words.join(" or "),
        Form::Flag => "true or false".to_owned(),
        Form::Number { min, max } => format!("{min} to {max}"),
        Form::Words(words) => format!("a list of {}", words.join(", ")),
        Form::Texts { most, min, max } => {
            format!("a list of up to {most} texts of {min} to {max} characters")
        }
        Form::Prefixes { most, max } => {
            format!("a list of up to {most} beginnings of 1 to {max} characters, or `$NONE`")
        }
        Form::Ranges { most } => format!("a list of up to {most} IPv4 ranges or `networks`"),
        Form::Names { kind, most } => format!("a list of up to {most} names of {kind}s"),
        Form::Name { kind } => format!("the name of an {}", kind.replace('-', " ")),
        Form::Object(_) => "a map".to_owned(),
        Form::Entries { id: "", most, .. } => format!("a map of up to {most} entries"),
        Form::Entries { id, most, .. } => format!("a list of up to {most} maps, each with `{id}`"),
        Form::Secret => "where the secret is".to_owned(),
    }
}

/// Writing operations that no manifest asks for, with where they are shown or why they are not.
#[cfg(feature = "emulator")]
pub(crate) const NOT_FROM_MANIFESTS: &[(&str, &str)] = &[
    ("AssumeImpersonationRole", "nothing that lasts"),
    ("StartMailboxExportJob", "nothing that lasts"),
    ("CancelMailboxExportJob", "nothing that lasts"),
    ("PutRawMessageContent", "Message Flow"),
    (
        "ResetPassword",
        "tests/it/secrets.rs: the command `password reset`",
    ),
    (
        "TestAvailabilityConfiguration",
        "tests/it/secrets.rs: a warning of `apply`",
    ),
];

/// Every writing operation is reached from YAML by a case of plans, but for those above.
#[cfg(feature = "emulator")]
#[test]
fn every_writing_operation_is_reached_from_a_manifest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/plan");
    let mut planned = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the cases of plans") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(path).expect("a text");
        for line in text.lines() {
            // `3 [1] CreateUser user/ana  after 1`, and in details without the component.
            let mut words = line.split_whitespace().peekable();
            let number = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
            words.next_if(|word| word.starts_with('['));
            if number {
                planned.extend(words.next().map(str::to_owned));
            }
        }
    }
    let all = workmailctl::emulator::operations();
    let all: BTreeMap<String, Value> = serde_json::from_value(all).expect("a map");
    let writes = all.iter().filter(|(_, facts)| facts["write"] == true);
    let apart = |name: &str| NOT_FROM_MANIFESTS.iter().any(|(other, _)| *other == name);
    let missing: Vec<&String> = writes
        .map(|(name, _)| name)
        .filter(|name| !planned.contains(*name) && !apart(name))
        .collect();
    assert!(missing.is_empty(), "no case of plans has {missing:?}");
    for (name, why) in NOT_FROM_MANIFESTS {
        assert!(all.contains_key(*name), "{name}: {why}");
        assert!(
            !planned.contains(*name),
            "{name} is planned, and listed as: {why}"
        );
    }
}

/// The table of the rules of order, in the page on safety.
#[test]
fn the_table_of_rules_is_current() {
    let rows = RULES.iter().map(|rule| {
        format!(
            "| `{}` | {} | `{}` |\n",
            rule.name, rule.because, rule.fails
        )
    });
    table(
        "| rule of order | because | what fails without it |\n| --- | --- | --- |\n",
        &rows.collect::<String>(),
    );
}

/// The table of what nothing brings back, in the page on safety.
#[test]
fn the_table_of_losses_is_current() {
    let rows = LOSSES
        .iter()
        .map(|loss| format!("| `{}` | {} … | {} |\n", loss.call, loss.what, loss.because));
    table(
        "| call | what is lost | because |\n| --- | --- | --- |\n",
        &rows.collect::<String>(),
    );
    for loss in LOSSES {
        assert!(
            KINDS.iter().any(|kind| kind.delete == loss.call) || uses().contains_key(loss.call),
            "{} is no call of this program",
            loss.call
        );
    }
}

/// Checks a table of the page on safety, by its head.
fn table(head: &str, rows: &str) {
    const PATH: &str = "docs/safety.md";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let page = std::fs::read_to_string(file).expect("the page");
    let (before, rest) = page.split_once(head).expect("the head of the table");
    let (_, after) = rest.split_once("\n\n").expect("the end of the table");
    check(PATH, &format!("{before}{head}{rows}\n{after}"));
}
