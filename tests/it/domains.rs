//! Mail domains in process: a company that moves to another domain, whatever the emulator's switches say,
//! and whichever answers are lost.

use std::fmt::Write as _;

use serde_json::Value;
use workmailctl::emulator::SWITCHES;
use workmailctl::model::Desired;

use crate::support::pipeline;
use crate::support::service::World;
use crate::support::world::sound;

const BEFORE: &str = "
organization: {alias: acme, mailDomains: [example.com], defaultMailDomain: example.com}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [info@example.com]}
  bob: {displayName: Bob, email: bob@example.com, aliases: []}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, bob]}}
";

/// Everybody moves, an address changes hands on the way, and the old domain goes.
const AFTER: &str = "
organization: {alias: acme, mailDomains: [new.example], defaultMailDomain: new.example}
management: {users: {onRemoval: delete}}
users:
  ana: {displayName: Ana, email: ana@new.example, aliases: []}
  bob: {state: absent}
  kim: {displayName: Kim, email: kim@new.example, aliases: [info@new.example]}
groups: {staff: {email: staff@new.example, aliases: [], members: [ana, kim]}}
";

/// Where the service does not tell who is in a domain, or whether somebody may go, the domain stays.
const UNREAD: &[&str] = &["list-aliases-others=refuse", "permissions-others=refuse"];

#[tokio::test]
async fn a_company_moves_to_another_domain_whatever_a_switch_says() {
    let mut failures = String::new();
    let all = SWITCHES.iter().flat_map(|switch| {
        let others = switch.values[1..].iter();
        others.map(|value| format!("{}={value}", switch.name))
    });
    for setting in std::iter::once(String::new()).chain(all) {
        let switches: Vec<&str> = Some(setting.as_str())
            .filter(|setting| !setting.is_empty())
            .into_iter()
            .collect();
        let result = moves(&switches, None).await;
        let why = match (result, UNREAD.contains(&setting.as_str())) {
            (Ok(()), false) => continue,
            (Err(why), true) if why.contains("example.com") => continue,
            (Err(why), _) => why,
            (Ok(()), true) => "what could not be read was taken for nothing".to_owned(),
        };
        writeln!(failures, "{setting}: {why}").expect("a text takes all");
    }
    assert!(failures.is_empty(), "{failures}");
}

#[tokio::test]
async fn lost_answers_about_domains_are_read_back() {
    for fault in [
        "RegisterMailDomain:reply-lost@1",
        "UpdateDefaultMailDomain:reply-lost@1",
        "DeregisterMailDomain:reply-lost@1",
        "DeregisterMailDomain:reset-before@1",
    ] {
        moves(&[], Some(fault))
            .await
            .unwrap_or_else(|why| panic!("{fault}: {why}"));
    }
}

/// Takes the organization from one domain to the other, which is verified in between.
async fn moves(switches: &[&str], fault: Option<&str>) -> Result<(), String> {
    let world = World::new(switches).await;
    settles(&world, &sound(BEFORE)).await?;
    if let Some(fault) = fault {
        world.fault(fault).await;
    }
    let after = sound(AFTER);
    settles(&world, &after).await?;
    let held = pipeline::planned(&after, &seen(&world, &after).await).held;
    let waits = held
        .iter()
        .any(|held| held.waits_for.contains("new.example"));
    let at_once = switches.contains(&"domain-registered=verified");
    if waits == at_once {
        return Err(format!("held before the verification: {held:?}"));
    }
    world
        .control("POST", "/_emulator/domains/new.example/verify", Value::Null)
        .await;
    settles(&world, &after).await?;
    let seen = seen(&world, &after).await;
    let left = pipeline::planned(&after, &seen);
    if !left.held.is_empty() || !left.operations.is_empty() {
        return Err(format!("left: {:?} {:?}", left.held, left.operations));
    }
    let organization = &seen.live.organization;
    let domains: Vec<&String> = organization
        .mail_domains
        .known()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    if domains != ["acme.awsapps.com", "new.example"] {
        return Err(format!("{domains:?}"));
    }
    let default = organization.default_mail_domain.known();
    if default.map(String::as_str) != Some("new.example") {
        return Err(format!("the default is {default:?}"));
    }
    Ok(())
}

/// Applies until nothing is left to do, as `apply` does in its rounds.
async fn settles(world: &World, desired: &Desired) -> Result<(), String> {
    let mut left = Vec::new();
    for _ in 0..4 {
        let (_, outcome, again) = pipeline::apply(world, desired).await;
        if !outcome.is_complete() {
            return Err(format!("{:?} {:?}", outcome.failed, outcome.skipped));
        }
        left = again.operations;
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(format!("never done: {left:?}"))
}

async fn seen(world: &World, desired: &Desired) -> pipeline::Seen {
    pipeline::look(world, desired)
        .await
        .expect("the organization")
}
