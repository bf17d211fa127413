//! Addresses that move among fifty other changes, ten writes at once, two requests a second: how long
//! an address is nobody's, by the emulator's own log and not by the model of the plan.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use workmailctl::apply::{Budget, Interrupt, NoSecrets, Pace, Run, execute};
use workmailctl::kinds::KINDS;

use crate::support::pipeline::{self, Quiet};
use crate::support::service::World;
use crate::support::world::sound;

const WRITES_AT_ONCE: usize = 10;
const OTHERS: usize = 50;
/// As many as an entity can have.
const MOST_ALIASES: usize = 100;

/// Who moves addresses with whom.
const COMPONENTS: &[&[&str]] = &[
    &["ana", "zoe"],
    &["una", "team", "room"],
    &["pia", "quin"],
    &["full", "other"],
];

fn manifest(moved: bool) -> String {
    let at = |local: &str| format!("{local}@example.com");
    let turn = |places: &[&'static str]| -> Vec<String> {
        let mut places = places.to_vec();
        if moved {
            places.rotate_left(1);
        }
        places.into_iter().map(at).collect()
    };
    let swapped = turn(&["ana", "zoe"]);
    let rotated = turn(&["first", "second", "third"]);
    let full = turn(&["full", "other"]);
    let many: Vec<String> = (0..MOST_ALIASES)
        .map(|number| at(&format!("many{number:03}")))
        .collect();
    let (pia, quin) = if moved {
        ("[]", "chief")
    } else {
        ("[chief@example.com]", "quin")
    };
    let mut text = format!(
        "organization: {{alias: acme}}
users:
  ana: {{displayName: ana, email: {}, aliases: []}}
  zoe: {{displayName: zoe, email: {}, aliases: []}}
  una: {{displayName: una, email: una@example.com, aliases: [{}]}}
  pia: {{displayName: pia, email: pia@example.com, aliases: {pia}}}
  quin: {{displayName: quin, email: {quin}@example.com, aliases: []}}
  full: {{displayName: full, email: {}, aliases: [{}]}}
  other: {{displayName: other, email: {}, aliases: []}}
",
        swapped[0],
        swapped[1],
        rotated[0],
        full[0],
        many.join(", "),
        full[1],
    );
    for number in 0..OTHERS {
        let title = if moved { "Later" } else { "Earlier" };
        writeln!(
            text,
            "  user{number:02}: {{displayName: u, email: user{number:02}@example.com, jobTitle: {title}}}"
        )
        .expect("a text takes all");
    }
    write!(
        text,
        "groups:
  team: {{email: team@example.com, aliases: [{}]}}
resources:
  room: {{type: ROOM, email: room@example.com, aliases: [{}]}}
",
        rotated[1], rotated[2],
    )
    .expect("a text takes all");
    text
}

/// Whose each address is, and when it was released, as a place in the log.
#[derive(Debug, Default)]
struct Holders {
    held: BTreeMap<String, String>,
    free: BTreeMap<String, usize>,
    primaries: BTreeMap<String, String>,
}

impl Holders {
    /// One effect; the address that is somebody's again, and since when it was not.
    fn effect(
        &mut self,
        place: usize,
        operation: &str,
        who: &str,
        input: &Value,
    ) -> Option<(String, usize)> {
        let text = |member: &str| input[member].as_str().unwrap_or_default().to_owned();
        match operation {
            "DeleteAlias" => {
                let address = text("Alias");
                assert_eq!(self.held.remove(&address).as_deref(), Some(who));
                assert_ne!(
                    self.primaries.get(who),
                    Some(&address),
                    "a primary is no alias"
                );
                self.free.insert(address, place);
                None
            }
            "CreateAlias" | "UpdatePrimaryEmailAddress" => {
                let claims = operation == "CreateAlias";
                let address = text(if claims { "Alias" } else { "Email" });
                if !claims {
                    self.primaries.insert(who.to_owned(), address.clone());
                }
                self.held.insert(address.clone(), who.to_owned());
                let since = self.free.remove(&address)?;
                Some((address, since))
            }
            "UpdateUser" => None,
            _ => panic!("{operation} has no place in this plan"),
        }
    }
}

#[tokio::test]
async fn no_address_is_nobodys_for_longer_than_it_takes() {
    let world = World::new(&[]).await;
    let (_, outcome, left) = pipeline::apply(&world, &sound(&manifest(false))).await;
    assert!(outcome.is_complete() && left.operations.is_empty());
    let mut names = BTreeMap::new();
    let mut holders = Holders::default();
    let before = pipeline::look(&world, &sound(&manifest(false))).await;
    for (target, entity) in before.expect("the organization").live.entities {
        let name = target.name().to_owned();
        names.insert(entity.id.clone(), name.clone());
        let primary = entity.email.known().cloned();
        for address in entity.aliases.known().into_iter().flatten().chain(&primary) {
            holders.held.insert(address.to_string(), name.clone());
        }
        holders
            .primaries
            .extend(primary.map(|email| (name, email.to_string())));
    }
    let desired = sound(&manifest(true));
    let seen = pipeline::look(&world, &desired)
        .await
        .expect("the organization");
    let plan = pipeline::planned(&desired, &seen);
    assert_eq!(plan.problems, []);
    world.control("POST", "/_emulator/reset", Value::Null).await;
    let slow = world.client_at(2.0).await;
    let pace = Pace {
        write_parallelism: WRITES_AT_ONCE,
        wait_deadline: Duration::from_secs(5),
        ..Pace::default()
    };
    let interrupt = Interrupt::new();
    let with = Run {
        pace: &pace,
        interrupt: &interrupt,
        secrets: &NoSecrets,
        budget: Budget::default(),
    };
    let outcome = execute(&slow, KINDS, &plan, &seen.live, &with, &mut Quiet).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let effects = world.effects().await;
    assert!(effects.len() >= OTHERS + 12, "{effects:#?}");
    let who = |input: &Value| {
        let id = ["EntityId", "UserId"]
            .iter()
            .find_map(|member| input[*member].as_str());
        names[id.expect("every write names somebody")].as_str()
    };
    let component = |name: &str| COMPONENTS.iter().position(|of| of.contains(&name));
    let mut most = 0;
    let mut moved = 0;
    for (place, (operation, input)) in effects.iter().enumerate() {
        let Some((address, since)) = holders.effect(place, operation, who(input), input) else {
            continue;
        };
        let between = &effects[since + 1..place];
        assert!(
            between.len() < WRITES_AT_ONCE,
            "{address} was nobody's during {between:#?}"
        );
        let own = component(who(input)).expect("only these move addresses");
        let same = between
            .iter()
            .find(|(_, input)| component(who(input)) == Some(own));
        assert_eq!(same, None, "{address} was nobody's meanwhile");
        most = most.max(between.len());
        moved += 1;
    }
    assert!(
        moved >= 2 + 3 + 1 + 2 - 1,
        "{moved} addresses were released and claimed"
    );
    // Temporary addresses go away at the end; nothing else is left without a holder.
    for address in holders.free.keys() {
        let known = [
            "ana", "zoe", "first", "second", "third", "chief", "full", "other",
        ];
        assert!(
            !known
                .iter()
                .any(|local| *address == format!("{local}@example.com")),
            "{address}"
        );
    }
    eprintln!("{moved} addresses moved, at most {most} other writes between release and claim");
    let again = pipeline::look(&world, &desired)
        .await
        .expect("the organization");
    assert_eq!(pipeline::planned(&desired, &again).operations, []);
}
