//! Google Workspace: users for the Admin console, and a script of GAM.
//!
//! Sources: Google Workspace Admin Help, "Add or update multiple users from a CSV file" (the columns that are
//! required); the wiki of GAM: Users, Groups, Aliases, Gmail delegates, Send As, Resources; Groups Settings
//! API, `whoCanPostMessage`.

use std::fmt::Write as _;

use super::super::directory::{Directory, Recipient};
use super::super::table::write;
use super::ImportFile;
use super::quote::{line, shell};
use super::remains::Remain;
use crate::model::{GROUP, RESOURCE, Right, USER};

/// The columns of the Admin console that are filled in.
const COLUMNS: [&str; 9] = [
    "First Name [Required]",
    "Last Name [Required]",
    "Email Address [Required]",
    "Password [Required]",
    "Org Unit Path [Required]",
    "Work Phone",
    "Employee Title",
    "Department",
    "Change Password at Next Sign-In",
];

/// How many aliases a user may have. Source: Google Workspace Admin Help, "Give users an email alias".
const ALIASES: usize = 30;

const NO_ADDRESS: &str = "has no address that is taken along";

const BEGIN: &str = "\
#!/bin/sh
# Google Workspace by GAM, after the users of users.csv are there.
# A step that fails is told, and the rest goes on; it may run again.
failed=0
step() {
    what=$1
    shift
    \"$@\" || { failed=$((failed + 1)); printf 'failed: %s\\n' \"$what\" >&2; }
}
";

const END: &str = "
if [ \"$failed\" -gt 0 ]; then printf '%s steps failed\\n' \"$failed\" >&2; exit 1; fi
";

/// `users.csv` and `workspace.sh`; and what they cannot say.
pub(super) fn files(directory: &Directory) -> (Vec<ImportFile>, Vec<Remain>) {
    let mut script = Script {
        directory,
        text: BEGIN.to_owned(),
        remains: Vec::new(),
    };
    script.remains.push(Remain::new(
        "the column Password of users.csv",
        "is empty: fill in a password for each user before the upload, and tell it to that user alone",
    ));
    let people: Vec<&Recipient> = script.taken(USER);
    let rows = people.iter().map(|one| {
        let (first, last) = names(one);
        vec![
            first,
            last,
            one.email.clone().unwrap_or_default(),
            String::new(),
            "/".to_owned(),
            one.text("telephone").to_owned(),
            one.text("jobTitle").to_owned(),
            one.text("department").to_owned(),
            "TRUE".to_owned(),
        ]
    });
    let users = write(&COLUMNS, rows);
    script.groups();
    script.aliases();
    script.members();
    script.grants();
    script.resources();
    script.text.push_str(END);
    let files = vec![
        ImportFile::new("users.csv", users),
        ImportFile::new("workspace.sh", script.text),
    ];
    (files, script.remains)
}

/// Both names are required: where one is not set, the shown name is parted at its last blank.
fn names(one: &Recipient) -> (String, String) {
    let (first, last) = (one.text("firstName"), one.text("lastName"));
    if !first.is_empty() && !last.is_empty() {
        return (first.to_owned(), last.to_owned());
    }
    match one.shown_name().trim().rsplit_once(' ') {
        Some((first, last)) => (first.to_owned(), last.to_owned()),
        None => (one.shown_name().to_owned(), one.name.clone()),
    }
}

struct Script<'a> {
    directory: &'a Directory,
    text: String,
    remains: Vec<Remain>,
}

impl<'a> Script<'a> {
    fn head(&mut self, what: &str) {
        let _ = write!(self.text, "\n# {what}\n");
    }

    fn step(&mut self, what: &str, words: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| shell(word)).collect();
        let _ = writeln!(
            self.text,
            "step {} gam {}",
            shell(&line(what)),
            words.join(" ")
        );
    }

    fn remain(&mut self, what: String, todo: &str) {
        self.remains.push(Remain::new(what, todo));
    }

    fn taken(&self, kind: &'a str) -> Vec<&'a Recipient> {
        self.directory.registered(kind).collect()
    }

    fn groups(&mut self) {
        self.head("Groups");
        for one in self.taken(GROUP) {
            self.step(
                &one.target(),
                &["create", "group", email(one), "name", one.shown_name()],
            );
            // A group of WorkMail takes mail from anybody; one of Google does not by itself.
            self.step(
                &format!("mail to {} from outside", one.target()),
                &[
                    "update",
                    "group",
                    email(one),
                    "whocanpostmessage",
                    "anyone_can_post",
                ],
            );
            if one.is_hidden() {
                self.step(
                    &format!("{} is hidden", one.target()),
                    &[
                        "update",
                        "group",
                        email(one),
                        "includeinglobaladdresslist",
                        "false",
                    ],
                );
            }
        }
    }

    fn aliases(&mut self) {
        self.head("Aliases, and who is hidden");
        for (kind, word) in [(USER, "user"), (GROUP, "group")] {
            for one in self.taken(kind) {
                for alias in &one.aliases {
                    self.step(
                        &format!("{alias} of {}", one.target()),
                        &["create", "alias", alias, word, email(one)],
                    );
                }
                if kind == USER && one.aliases.len() > ALIASES {
                    self.remain(
                        format!("{} aliases of {}", one.aliases.len(), one.target()),
                        "a user has 30 there: make a group of each further one, with the user as its member",
                    );
                }
                if kind == USER && one.is_hidden() {
                    self.step(
                        &format!("{} is hidden", one.target()),
                        &["update", "user", email(one), "gal", "off"],
                    );
                }
            }
        }
    }

    fn members(&mut self) {
        self.head("Members");
        for one in self.taken(GROUP) {
            for member in &one.members {
                let what = format!("{}/{} in {}", member.kind, member.name, one.target());
                match member.email.as_deref() {
                    _ if member.kind == RESOURCE => {
                        self.remain(what, "a resource is no member of a group there");
                    }
                    Some(address) => {
                        let words = [
                            "update",
                            "group",
                            email(one),
                            "add",
                            "member",
                            "user",
                            address,
                        ];
                        self.step(&what, &words);
                    }
                    None => self.remain(what, NO_ADDRESS),
                }
            }
        }
    }

    fn grants(&mut self) {
        self.head("Permissions");
        for one in self
            .directory
            .recipients
            .iter()
            .filter(|one| one.registered)
        {
            for grant in &one.grants {
                let who = format!("{}/{}", grant.grantee.kind, grant.grantee.name);
                for right in &grant.rights {
                    let what = format!("{} of {who} over {}", right.as_str(), one.target());
                    let (Some(owner), Some(grantee)) =
                        (one.email.as_deref(), grant.grantee.email.as_deref())
                    else {
                        self.remain(what, NO_ADDRESS);
                        continue;
                    };
                    let by_user = grant.grantee.kind == USER;
                    match right {
                        Right::FullAccess if by_user && one.kind == USER => {
                            self.step(&what, &["user", owner, "add", "delegate", grantee]);
                        }
                        Right::SendAs if by_user && one.kind != RESOURCE => {
                            let words = ["user", grantee, "add", "sendas", owner, one.shown_name()];
                            self.step(&what, &words);
                        }
                        Right::SendOnBehalf => self.remain(
                            what,
                            "whoever is a delegate sends on behalf: make a delegate, or let them send as",
                        ),
                        Right::SendAs => self.remain(
                            what,
                            "users send as users and groups: name each user, or let them send from an address of their own",
                        ),
                        Right::FullAccess => self.remain(
                            what,
                            "delegates are users of users: use a group with a shared inbox, or name each user",
                        ),
                    }
                }
            }
        }
    }

    fn resources(&mut self) {
        self.head("Rooms and equipment");
        for one in self.taken(RESOURCE) {
            let category = if one.text("type") == "EQUIPMENT" {
                "other"
            } else {
                "conference_room"
            };
            let mut words = vec![
                "create", "resource", &one.name, &one.name, "category", category,
            ];
            if !one.text("description").is_empty() {
                words.extend(["description", one.text("description")]);
            }
            self.step(&one.target(), &words);
            let all: Vec<&str> = one.addresses().collect();
            self.remain(
                format!("{} of {}", all.join(", "), one.target()),
                "a resource has an address of Google's own: tell whoever books it, or make a group of the old address",
            );
            for delegate in &one.delegates {
                self.remain(
                    format!(
                        "the delegate {}/{} of {}",
                        delegate.kind,
                        delegate.name,
                        one.target()
                    ),
                    "share the calendar of the resource with them, with the right to make changes",
                );
            }
            if one.fields.contains_key("bookingOptions") {
                self.remain(
                    format!("how {} takes bookings", one.target()),
                    "set in its calendar whether invitations are accepted by themselves",
                );
            }
        }
    }
}

fn email(one: &Recipient) -> &str {
    one.email.as_deref().unwrap_or_default()
}
