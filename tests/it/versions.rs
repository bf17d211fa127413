//! Availability configurations against the emulator: answers that are lost, versions that are remembered
//! only of what was sent, and strange hands.

use serde_json::{Value, json};
use workmailctl::model::Desired;

use crate::support::pipeline;
use crate::support::service::World;
use crate::support::world::sound;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:calendars";

fn manifest(password: &str) -> Desired {
    sound(&format!(
        "availabilityConfigurations:
  partner.example.net: {{ews: {{endpoint: 'http://127.0.0.1:9/EWS/', username: svc, password: {{{password}}}}}}}
  fleet.example.net: {{lambda: {{arn: '{FUNCTION}'}}}}
"
    ))
}

/// How often passwords of the partner were sent with effect.
async fn sent(world: &World) -> usize {
    let effects = world.effects().await.into_iter();
    let of_partner = effects.filter(|(operation, input)| {
        operation.ends_with("AvailabilityConfiguration")
            && operation != "DeleteAvailabilityConfiguration"
            && input["DomainName"] == "partner.example.net"
    });
    of_partner.count()
}

async fn version(world: &World) -> Value {
    let described = world.ask("DescribeOrganization", json!({})).await;
    let tags = json!({ "ResourceARN": described["ARN"] });
    let tags = world.ask("ListTagsForResource", tags).await;
    let tags = tags["Tags"].as_array().expect("a list").clone();
    let ours = tags
        .into_iter()
        .find(|tag| tag["Key"] == "workmailctl:secret-versions");
    ours.map_or(Value::Null, |tag| tag["Value"].clone())
}

#[tokio::test]
async fn lost_answers_are_waited_out_and_the_version_is_that_of_what_was_sent() {
    let mut faults = Vec::new();
    for kind in ["reset-after", "reset-before", "truncate", "500", "throttle"] {
        for operation in [
            "CreateAvailabilityConfiguration",
            "UpdateAvailabilityConfiguration",
        ] {
            faults.push(format!("{operation}:{kind}@1"));
        }
        faults.push(format!("TagResource:{kind}@1"));
    }
    // In a row that the client does not get through by itself.
    for operation in [
        "CreateAvailabilityConfiguration",
        "UpdateAvailabilityConfiguration",
    ] {
        faults.push(format!("{operation}:reset-after@1-4"));
        faults.push(format!("{operation}:500@1-10"));
    }
    let all = faults.iter().map(|fault| Box::pin(gets_through(fault)));
    futures::future::join_all(all).await;
}

async fn gets_through(fault: &str) {
    let world = World::new(&[]).await;
    world.fault(fault).await;
    for number in ["1", "2"] {
        let desired = manifest(&format!("fromFile: a.txt, version: {number}"));
        let (_, outcome, again) = pipeline::apply(&world, &desired).await;
        assert!(outcome.is_complete(), "{fault}: {outcome:#?}");
        assert_eq!(again.operations, [], "{fault}");
        let version = version(&world).await;
        let version = version.as_str().expect("a text");
        assert!(
            version.ends_with(&format!("={number}")),
            "{fault}: {version}"
        );
    }
    assert!(sent(&world).await >= 2, "{fault}");
}

#[tokio::test]
async fn nothing_is_remembered_of_what_was_refused() {
    let world = World::new(&[]).await;
    let (_, outcome, _) = pipeline::apply(&world, &manifest("fromFile: a.txt, version: 1")).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let before = version(&world).await;
    world
        .fault("UpdateAvailabilityConfiguration:error=InvalidParameterException@1")
        .await;
    let second = manifest("fromFile: b.txt, version: 2");
    let (_, outcome, again) = pipeline::apply(&world, &second).await;
    assert!(!outcome.is_complete());
    assert_eq!(version(&world).await, before);
    assert!(!again.operations.is_empty(), "it is still to be sent");
    world.clear_faults().await;
    let (_, outcome, again) = pipeline::apply(&world, &second).await;
    assert!(outcome.is_complete() && again.operations.is_empty());
    assert_ne!(version(&world).await, before);
}

#[tokio::test]
async fn what_a_strange_hand_did_is_repaired_and_what_goes_is_forgotten() {
    let world = World::new(&[]).await;
    let desired = manifest("fromFile: a.txt, version: 1");
    pipeline::apply(&world, &desired).await;
    let strange = json!({
        "DomainName": "PARTNER.example.net",
        "EwsProvider": {
            "EwsEndpoint": "http://127.0.0.1:9/other",
            "EwsUsername": "svc",
            "EwsPassword": "x",
        },
    });
    world.ask("UpdateAvailabilityConfiguration", strange).await;
    let more =
        json!({ "DomainName": "more.example.net", "LambdaProvider": { "LambdaArn": FUNCTION } });
    world.ask("CreateAvailabilityConfiguration", more).await;
    let before = sent(&world).await;
    let (plan, outcome, again) = pipeline::apply(&world, &desired).await;
    assert!(outcome.is_complete() && again.operations.is_empty());
    assert_eq!((plan.summary.change, plan.summary.remove), (1, 1));
    assert_eq!(sent(&world).await, before + 1);
    let nothing = sound("availabilityConfigurations: {}\n");
    let (_, outcome, again) = pipeline::apply(&world, &nothing).await;
    assert!(outcome.is_complete() && again.operations.is_empty());
    assert_eq!(version(&world).await, "");
}
