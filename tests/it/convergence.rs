//! Manifests that are applied to the emulator: nothing is left to plan, whatever its switches say.

use std::fmt::Write as _;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use workmailctl::model::Desired;

use crate::support::pipeline;
use crate::support::random::organization;
use crate::support::service::World;
use crate::support::world::{example, sound};

const EXAMPLES: &[&str] = &[
    "quickstart",
    "kinds/organization.yaml",
    "kinds/user.yaml",
    "kinds/group.yaml",
    "kinds/resource.yaml",
    "kinds/retention-policy.yaml",
    "kinds/inbound-dmarc.yaml",
    "kinds/email-monitoring.yaml",
    "kinds/identity-provider.yaml",
    "kinds/tag.yaml",
    "kinds/availability-configuration.yaml",
    "kinds/access-control-rule.yaml",
    "kinds/impersonation-role.yaml",
    "kinds/mobile-device-access-rule.yaml",
    "kinds/mobile-device-access-override.yaml",
    "kinds/personal-access-token.yaml",
    "company",
];

#[tokio::test]
async fn every_example_converges() {
    for name in EXAMPLES {
        let desired = example(name);
        let world = world_of(&desired, &[]).await;
        if let Err(why) = converges(&world, &desired, 1).await {
            panic!("{name}: {why}");
        }
    }
}

/// Right after they were made, people and roles may not be seen by the calls that name them.
#[tokio::test]
async fn rules_and_roles_wait_until_whom_they_name_is_seen() {
    let desired = sound(
        "
users:
  ana: {displayName: Ana, email: ana@example.com}
accessControlRules:
  default: {effect: ALLOW, description: all}
  one: {effect: DENY, description: no SMTP, actions: [SMTP], users: [ana]}
  two: {effect: DENY, description: no IMAP, actions: [IMAP], impersonationRoles: [reader]}
impersonationRoles:
  reader: {type: READ_ONLY, rules: [{id: first, effect: ALLOW, targetUsers: [ana]}]}
",
    );
    for lag in ["lag=2", "lag=5"] {
        let world = World::new(&[lag]).await;
        if let Err(why) = converges(&world, &desired, 1).await {
            panic!("{lag}: {why}");
        }
    }
}

#[tokio::test]
async fn random_pairs_converge() {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[2; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut failures = String::new();
    let mut refused = 0;
    for number in 0..30 {
        let mut any = || {
            let tree = organization().new_tree(&mut runner);
            tree.expect("no value is refused").current().manifest()
        };
        let (before, wanted) = (any(), any());
        let world = World::of(&["example.com", "example.org"], &[]).await;
        for (which, manifest) in [("before", &before), ("wanted", &wanted)] {
            let desired = sound(manifest);
            if !pipeline::is_possible(&world, &desired).await {
                refused += 1;
                break;
            }
            let result = converges(&world, &desired, 3).await;
            if let Err(why) = result {
                writeln!(
                    failures,
                    "pair {number}, {which}: {why}\n{before}\n{wanted}"
                )
                .expect("a text takes all");
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(refused <= 6, "{refused} of 30 pairs are refused");
}

async fn world_of(desired: &Desired, switches: &[&str]) -> World {
    let domains = desired.organization.mail_domains.iter().flatten();
    let domains: Vec<&str> = domains.map(String::as_str).collect();
    World::of(&domains, switches).await
}

/// Applies until nothing is left to plan, in so many rounds at most.
async fn converges(world: &World, desired: &Desired, rounds: usize) -> Result<(), String> {
    let mut left = Vec::new();
    for _ in 0..rounds {
        let (_, outcome, again) = pipeline::apply(world, desired).await;
        if !outcome.is_complete() {
            return Err(format!(
                "failed {:?}, skipped {:?}, stale {:?}",
                outcome.failed, outcome.skipped, outcome.stale
            ));
        }
        let held = again.held.iter();
        let held: Vec<String> = held
            .map(|held| format!("{} {} waits for {}", held.target, held.part, held.waits_for))
            .collect();
        let operations = again.operations.iter();
        left = operations
            .map(|operation| format!("{} {}", operation.call.operation, operation.target))
            .chain(held)
            .collect();
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(format!("left after {rounds} rounds: {left:?}"))
}
