//! What becomes of everything that an organization has, and who has to act.

use serde::Serialize;

use super::directory::{Directory, Recipient, Reference};
use super::targets::advice;
use crate::kinds::BEYOND;
use crate::model::{GROUP, RESOURCE, Right, USER};

/// What becomes of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// The kind of thing, in the plural.
    pub kind: &'static str,
    /// What it is.
    pub what: String,
    /// What becomes of it.
    pub becomes: Becomes,
    /// What somebody has to do.
    pub todo: String,
    /// Who has to act.
    pub who: &'static str,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Becomes {
    /// `migrate targets` writes it down for the other side.
    TakenAlong,
    /// Somebody has to make it anew.
    ByHand,
    /// It ends with the service.
    Ends,
}

const ADMINISTRATOR: &str = "administrator";
const HOMELESS: &str =
    "it has no address but the service's own: give it one in a domain of yours first";
const OWNER: &str = "whose mailbox it is";

/// Of everything that the directory has, and of what nobody can read.
pub(super) fn fates(directory: &Directory) -> Vec<Fate> {
    let elsewhere = directory.elsewhere();
    let mut all = Fates {
        directory,
        all: Vec::new(),
    };
    for (one, moved) in directory.recipients.iter().zip(&elsewhere.recipients) {
        if one.registered {
            all.registered(one, moved);
        } else {
            all.put(
                plural(one),
                one.target(),
                Becomes::Ends,
                match one.kind.as_str() {
                    GROUP => "not registered: mail to it reaches nobody",
                    _ => "not registered: it gets no mail; export its mailbox first if it is to be kept",
                },
            );
        }
    }
    all.settings();
    all.domains();
    all.beyond();
    all.all
}

struct Fates<'a> {
    directory: &'a Directory,
    all: Vec<Fate>,
}

impl Fates<'_> {
    fn put(&mut self, kind: &'static str, what: String, becomes: Becomes, todo: &str) {
        self.put_for(kind, what, becomes, todo, ADMINISTRATOR);
    }

    fn put_for(
        &mut self,
        kind: &'static str,
        what: String,
        becomes: Becomes,
        todo: &str,
        who: &'static str,
    ) {
        self.all.push(Fate {
            kind,
            what,
            becomes,
            todo: todo.to_owned(),
            who,
        });
    }

    /// Somebody with all addresses, links and permissions, and as they are known elsewhere.
    fn registered(&mut self, one: &Recipient, moved: &Recipient) {
        const TAKEN: &str = "import it: `migrate targets`, then `migrate check`";
        let target = one.target();
        let primary = one.email.as_deref();
        match (primary, moved.email.as_deref()) {
            (Some(_), None) => self.put(plural(one), target.clone(), Becomes::ByHand, HOMELESS),
            (Some(primary), Some(other)) if primary != other => {
                let todo = format!("{TAKEN}; it answers from {other} there");
                self.put(plural(one), target.clone(), Becomes::TakenAlong, &todo);
            }
            _ => self.put(plural(one), target.clone(), Becomes::TakenAlong, TAKEN),
        }
        for address in one.addresses() {
            let is_primary = primary == Some(address);
            let kind = if is_primary { "addresses" } else { "aliases" };
            let what = format!("{address} of {target}");
            if self.directory.ends_with_the_service(address) {
                let todo = "its domain is the service's own: tell whoever writes to it";
                self.put_for(kind, what, Becomes::Ends, todo, OWNER);
            } else {
                self.put(kind, what, Becomes::TakenAlong, TAKEN);
            }
        }
        let links = [
            ("memberships", &moved.members),
            ("delegates", &moved.delegates),
        ];
        for (kind, linked) in links {
            for link in linked {
                let what = format!("{}/{} of {target}", link.kind, link.name);
                self.of_somebody(kind, what, moved, link, TAKEN);
            }
        }
        for grant in &moved.grants {
            let rights: Vec<&str> = grant.rights.iter().copied().map(Right::as_str).collect();
            let who = format!("{}/{}", grant.grantee.kind, grant.grantee.name);
            let what = format!("{} of {who} over {target}", rights.join(", "));
            let todo = "import it, as far as the other side has it: see `without-equivalent.md`";
            self.of_somebody("permissions", what, moved, &grant.grantee, todo);
        }
    }

    /// What somebody has by an address that is taken along, or loses with it.
    fn of_somebody(
        &mut self,
        kind: &'static str,
        what: String,
        moved: &Recipient,
        who: &Reference,
        taken: &str,
    ) {
        if moved.email.is_none() {
            self.put(kind, what, Becomes::ByHand, HOMELESS);
        } else if who.email.is_some() {
            self.put(kind, what, Becomes::TakenAlong, taken);
        } else {
            let todo = "who has no address that is taken along gets nothing by it";
            self.put(kind, what, Becomes::Ends, todo);
        }
    }

    fn settings(&mut self) {
        for target in &self.directory.settings {
            let (becomes, todo) = match advice(target.kind()) {
                Some(todo) => (Becomes::ByHand, todo),
                None => (Becomes::Ends, "nothing is lost with it"),
            };
            self.put("settings", target.to_string(), becomes, todo);
        }
    }

    fn domains(&mut self) {
        for domain in &self.directory.domains {
            let (becomes, todo) = if domain.is_test_domain {
                (Becomes::Ends, "it is the service's own")
            } else {
                let todo = "change its DNS records: `dns.md` of `migrate targets`";
                (Becomes::ByHand, todo)
            };
            self.put("mail domains", domain.name.clone(), becomes, todo);
        }
    }

    /// What no call tells, and no archive holds.
    fn beyond(&mut self) {
        const KIND: &str = "what no export holds";
        for one in BEYOND {
            let is_personal = one.place.starts_with("each mailbox");
            let who = if is_personal { OWNER } else { ADMINISTRATOR };
            let todo = format!("note it down from {}, and make it anew", one.place);
            self.put_for(KIND, one.what.to_owned(), Becomes::ByHand, &todo, who);
        }
        let todo =
            "no service tells them: everybody gets a new one, and sets up a second factor anew";
        self.put(KIND, "passwords".to_owned(), Becomes::ByHand, todo);
    }
}

fn plural(one: &Recipient) -> &'static str {
    match one.kind.as_str() {
        USER => "users",
        RESOURCE => "resources",
        _ => "groups",
    }
}
