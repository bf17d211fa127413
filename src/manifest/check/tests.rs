//! The section `tests`: each asks one thing, of what is there, with words that exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM102, WM107};
use crate::kinds::access_control_rule::{ACTIONS, EFFECTS};
use crate::manifest::tests_spec::{AccessTestSpec, TestSpec, WhoSpec};
use crate::model::{FieldPath, IMPERSONATION_ROLE, Target};

use super::{Checks, no_range};

/// One test and the file that it stands in.
pub(in crate::manifest) type Placed = (usize, usize, TestSpec);

/// Checks every test. `networks` are the names that ranges may have.
pub(in crate::manifest) fn check(
    checks: &mut Checks<'_>,
    tests: &[Placed],
    networks: &BTreeMap<String, Vec<String>>,
) {
    let mut names = BTreeSet::new();
    for (document, position, test) in tests {
        let path = FieldPath::from("tests").index(*position);
        let mut told = Told {
            checks,
            document: *document,
            networks,
        };
        if !names.insert(test.name.as_str()) {
            let wrong = Diagnostic::new(&WM102, format!("two tests are called `{}`", test.name));
            told.tell(
                wrong.help("give one of them another name"),
                &path.key("name"),
            );
        }
        told.one(test, &path);
    }
}

struct Told<'a, 'b> {
    checks: &'a mut Checks<'b>,
    document: usize,
    networks: &'a BTreeMap<String, Vec<String>>,
}

impl Told<'_, '_> {
    fn tell(&mut self, wrong: Diagnostic, path: &FieldPath) {
        let place = self.checks.origins.in_document(self.document, path);
        self.checks.out.push(wrong.at(place, ""));
    }

    fn one(&mut self, test: &TestSpec, path: &FieldPath) {
        let asked = [
            test.access.is_some(),
            test.mobile_device.is_some(),
            test.impersonation.is_some(),
            test.readers.is_some(),
        ];
        if asked.into_iter().filter(|asked| *asked).count() != 1 {
            let wrong = Diagnostic::new(
                &WM107,
                format!("the test `{}` asks not one thing", test.name),
            );
            let help = "write one of `access`, `mobileDevice`, `impersonation`, `readers`";
            self.tell(wrong.help(help), path);
        }
        match (&test.expect, test.readers.is_some()) {
            (Some(word), false) if EFFECTS.contains(&word.as_str()) => {}
            (Some(_), true) => {
                let wrong = Diagnostic::new(&WM107, "`readers` says itself what it expects");
                self.tell(wrong.help("remove `expect`"), &path.key("expect"));
            }
            (None, true) => {}
            (expect, false) => {
                let message = match expect {
                    Some(word) => format!("`expect` cannot be `{word}`"),
                    None => format!("the test `{}` expects nothing", test.name),
                };
                let wrong = Diagnostic::new(&WM107, message)
                    .help("write `expect: ALLOW` or `expect: DENY`");
                self.tell(wrong, &path.key("expect"));
            }
        }
        if let Some(access) = &test.access {
            self.access(access, &path.key("access"));
        }
        if let Some(device) = &test.mobile_device {
            let path = path.key("mobileDevice");
            if let Some(user) = &device.user {
                self.somebody(user, &path.key("user"));
            }
            if device.user.is_some() != device.device_id.is_some() {
                let wrong = Diagnostic::new(&WM107, "overrides are of a user and a device");
                self.tell(wrong.help("write `user` and `deviceId`, or neither"), &path);
            }
        }
        if let Some(impersonation) = &test.impersonation {
            let path = path.key("impersonation");
            self.role(&impersonation.role, &path.key("role"));
            self.somebody(&impersonation.user, &path.key("user"));
        }
        if let Some(readers) = &test.readers {
            let path = path.key("readers");
            self.somebody(&readers.mailbox, &path.key("mailbox"));
            for (position, name) in readers.only.iter().enumerate() {
                self.somebody(name, &path.key("only").index(position));
            }
        }
    }

    fn access(&mut self, access: &AccessTestSpec, path: &FieldPath) {
        match &access.users {
            Some(WhoSpec::Some(names)) => {
                for (position, name) in names.iter().enumerate() {
                    self.somebody(name, &path.key("users").index(position));
                }
            }
            Some(WhoSpec::Other(other)) => {
                let wrong = Diagnostic::new(&WM107, format!("`users` cannot be {other}"));
                self.tell(
                    wrong.help("write `all`, or a list of names"),
                    &path.key("users"),
                );
            }
            Some(WhoSpec::All) | None => {}
        }
        if access.users.is_some() == access.impersonation_roles.is_some() {
            let wrong = Diagnostic::new(&WM107, "a sign-in is of users or of impersonation roles");
            self.tell(
                wrong.help("write one of `users` and `impersonationRoles`"),
                path,
            );
        }
        for (position, name) in access.impersonation_roles.iter().flatten().enumerate() {
            self.role(name, &path.key("impersonationRoles").index(position));
        }
        for (position, action) in access.actions.iter().flatten().enumerate() {
            if !ACTIONS.contains(&action.as_str()) {
                let wrong = Diagnostic::new(&WM107, format!("`actions` cannot be `{action}`"));
                let help = format!("it is one of {}", ACTIONS.join(", "));
                self.tell(wrong.help(help), &path.key("actions").index(position));
            }
        }
        for (key, ranges) in [("ips", &access.ips), ("notIps", &access.not_ips)] {
            for (position, text) in ranges.iter().flatten().enumerate() {
                let is_one = text.parse::<std::net::Ipv4Addr>().is_ok();
                if is_one || self.networks.contains_key(text) {
                    continue;
                }
                if let Some(wrong) = no_range(text) {
                    self.tell(wrong, &path.key(key).index(position));
                }
            }
        }
    }

    fn somebody(&mut self, name: &str, path: &FieldPath) {
        let there = [
            Target::user(name),
            Target::resource(name),
            Target::group(name),
        ];
        let declared = &self.checks.desired.entities;
        if !there.iter().any(|target| declared.contains_key(target)) {
            let place = self.checks.origins.in_document(self.document, path);
            let names = self.checks.names();
            self.checks.tell_undeclared(name, &names, &[], place);
        }
    }

    fn role(&mut self, name: &str, path: &FieldPath) {
        let role = Target::new(IMPERSONATION_ROLE, name);
        if !self.checks.desired.settings.contains_key(&role) {
            let place = self.checks.origins.in_document(self.document, path);
            let settings = self.checks.desired.settings.keys();
            let roles = settings.filter(|target| target.kind() == IMPERSONATION_ROLE);
            let names: Vec<String> = roles.map(|target| target.name().to_owned()).collect();
            self.checks.tell_undeclared(name, &names, &[], place);
        }
    }
}
