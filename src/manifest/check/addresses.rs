//! Addresses: well-formed, each once, in the domains of the organization, no more than 100.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM301, WM302, WM303, WM304, WM305};
use crate::model::{Address, FieldPath, Target, test_domain};

use super::Checks;

/// The most aliases of an entity. Source: quotas.
const LIMIT: usize = 100;

/// Where an address stands; its path is made only where something is told of it.
#[derive(Clone, Copy)]
enum Place {
    Email,
    Alias { exact: bool, position: usize },
}

impl Place {
    fn path(self) -> FieldPath {
        match self {
            Self::Email => FieldPath::from("email"),
            Self::Alias {
                exact: true,
                position,
            } => FieldPath::from("aliases").index(position),
            Self::Alias {
                exact: false,
                position,
            } => FieldPath::from("aliases").key("add").index(position),
        }
    }
}

pub(super) fn check(checks: &mut Checks<'_>) {
    let mut seen: HashMap<&Address, (&Target, Place)> = HashMap::new();
    let organization = &checks.desired.organization;
    let test_domain = test_domain(&organization.alias);
    for (target, declared) in &checks.desired.entities {
        let aliases = declared.aliases.iter().flat_map(|wish| {
            let places = wish.items.iter().enumerate();
            places.map(|(position, alias)| {
                (
                    alias,
                    Place::Alias {
                        exact: wish.exact,
                        position,
                    },
                )
            })
        });
        let email = declared.email.iter().map(|email| (email, Place::Email));
        for (address, place) in email.chain(aliases) {
            if let Err(error) = Address::parse(address.as_str()) {
                checks.tell(
                    Diagnostic::new(&WM301, error.to_string()),
                    target,
                    &place.path(),
                );
                continue;
            }
            if address.is_reserved() {
                let wrong = Diagnostic::new(&WM304, format!("`{address}` is reserved for plans"));
                checks.tell(wrong, target, &place.path());
            }
            let domain = address.domain();
            if let Some(domains) = &organization.mail_domains
                && !domains.contains(&domain)
                && domain != test_domain
            {
                let wrong = Diagnostic::new(
                    &WM303,
                    format!("`{address}` is outside the mail domains of the organization"),
                )
                .help(format!(
                    "add `{domain}` to `organization.mailDomains`, or use {}",
                    listed(domains, &test_domain)
                ));
                checks.tell(wrong, target, &place.path());
            }
            if let Some((first, first_place)) = seen.get(address) {
                let wrong = Diagnostic::new(&WM302, format!("`{address}` stands twice"))
                    .at(
                        checks.origins.find(target, &place.path()),
                        format!("{target} here"),
                    )
                    .at(
                        checks.origins.find(first, &first_place.path()),
                        format!("{first} here"),
                    )
                    .help("an address belongs to one: remove it from the other");
                checks.out.push(wrong);
            } else {
                seen.insert(address, (target, place));
            }
        }
        let count = declared.aliases.as_ref().map_or(0, |wish| wish.items.len());
        if count > LIMIT {
            let wrong = Diagnostic::new(
                &WM305,
                format!("{target} has {count} aliases, and {LIMIT} are the most"),
            )
            .help("a group with one member can hold more");
            checks.tell(wrong, target, &FieldPath::from("aliases"));
        }
    }
}

fn listed(domains: &std::collections::BTreeSet<String>, test_domain: &str) -> String {
    let mut names: Vec<&str> = domains.iter().map(String::as_str).collect();
    names.push(test_domain);
    names.join(", ")
}
