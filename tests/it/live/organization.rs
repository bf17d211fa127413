//! Finding the organization of the manifest, and no other.

use serde_json::json;
use workmailctl::live::Needs;
use workmailctl::model::{DesiredOrganization, Part, Pins, TAG};

use super::world::{World, acme, read};

async fn refused(world: &World, organization: DesiredOrganization) -> String {
    let client = world.client().await;
    let error = read(&client, &organization, &Needs::default())
        .await
        .expect_err("it is another organization");
    assert_eq!(error.exit_code(), 65, "{error}");
    error.to_string()
}

fn pinned(pins: Pins) -> DesiredOrganization {
    DesiredOrganization { pins, ..acme() }
}

#[tokio::test]
async fn an_alias_that_is_not_there_is_told() {
    let world = World::new().await;
    let other = DesiredOrganization {
        alias: "acmee".to_owned(),
        ..acme()
    };
    assert!(refused(&world, other).await.contains("acmee"));
}

#[tokio::test]
async fn what_is_pinned_is_checked() {
    let world = World::new().await;
    let text = |text: &str| Some(text.to_owned());
    let account = Pins {
        account_id: text("999999999999"),
        ..Pins::default()
    };
    assert!(
        refused(&world, pinned(account))
            .await
            .contains("999999999999")
    );
    let region = Pins {
        region: text("us-east-1"),
        ..Pins::default()
    };
    world.reset().await;
    assert!(refused(&world, pinned(region)).await.contains("us-east-1"));
    assert_eq!(world.stats().await["total"], 0, "nothing had to be asked");
    let id = Pins {
        id: text("m-00000000000000000000000000000000"),
        ..Pins::default()
    };
    refused(&world, pinned(id)).await;
    let right = DesiredOrganization {
        alias: "other".to_owned(),
        pins: Pins {
            id: Some(world.id.clone()),
            ..Pins::default()
        },
        ..DesiredOrganization::default()
    };
    assert!(refused(&world, right).await.contains("other"));
}

#[tokio::test]
async fn a_pinned_id_needs_no_list() {
    let world = World::new().await;
    world.faults(&["ListOrganizations:deny"]).await;
    let pins = Pins {
        id: Some(world.id.clone()),
        ..Pins::default()
    };
    let client = world.client().await;
    let snapshot = read(&client, &pinned(pins), &Needs::default()).await;
    assert_eq!(snapshot.expect("it is there").calls, 1);
}

#[tokio::test]
async fn an_organization_that_is_gone_is_not_seen() {
    let world = World::new().await;
    let input = json!({"DeleteDirectory": true, "ForceDelete": true});
    world.ask("DeleteOrganization", input).await;
    refused(&world, acme()).await;
    let pins = Pins {
        id: Some(world.id.clone()),
        ..Pins::default()
    };
    refused(&world, pinned(pins)).await;
}

#[tokio::test]
async fn domains_and_tags_are_told() {
    let world = World::new().await;
    let described = world.snapshot(&Needs::default()).await.organization;
    let tags = json!([{"Key": "team", "Value": "mail"}]);
    let input = json!({"ResourceARN": described.arn, "Tags": tags});
    world.ask("TagResource", input).await;
    let needs = Needs {
        mail_domains: true,
        domain_details: ["EXAMPLE.com".to_owned(), "absent.example".to_owned()].into(),
        settings: [TAG.to_owned()].into(),
        ..Needs::default()
    };
    world.reset().await;
    let snapshot = world.snapshot(&needs).await;
    let organization = &snapshot.organization;
    let domains = organization.mail_domains.known().expect("they were read");
    assert!(domains["acme.awsapps.com"].is_test_domain);
    assert_eq!(domains["acme.awsapps.com"].ownership, Part::NotRead);
    assert!(!domains["example.com"].is_test_domain);
    assert_eq!(
        domains["example.com"].ownership,
        Part::Known("VERIFIED".to_owned())
    );
    assert!(!domains["example.com"].records.is_empty());
    assert_eq!(snapshot.tag("team"), Some("mail"));
    assert_eq!(snapshot.calls, 5);
    assert_eq!(snapshot.lower_bound, 5);
    assert_eq!(world.stats().await["total"], 5);
}
