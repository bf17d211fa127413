//! What an organization has one of, and its tags, against the emulator: set, changed, drifted by a
//! strange hand, exported and removed, whatever the switches say that concern them.

use std::path::PathBuf;

use serde_json::{Value, json};
use workmailctl::diagnostic::{SourceFile, Sources, render};
use workmailctl::kinds::{KINDS, SETTINGS};
use workmailctl::live::{Needs, read};
use workmailctl::model::{DesiredOrganization, Pins, Snapshot, Target};
use workmailctl::plan::Plan;
use workmailctl::report::export::manifests;

use crate::support::pipeline;
use crate::support::service::World;
use crate::support::world::{now, resolved, sound};

/// The switches that concern these settings, each side of them.
const SWITCHES: &[&str] = &[
    "retention-again=replace",
    "retention-again=limit",
    "retention-new=none",
    "retention-new=all-none",
    "retention-deleted=none",
    "retention-deleted=all-none",
    "application-in-use=delete",
    "application-in-use=refuse",
    "lag=2",
    "lag=5",
];

/// One after another, each from what the one before left.
const STAGES: &[&str] = &[
    "
organization:
  alias: acme
  emailMonitoring: null
  identityProvider: null
  inboundDmarc: {enforced: true}
retentionPolicy: null
",
    "
organization:
  alias: acme
  inboundDmarc: {enforced: false}
  emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:mail:*'}
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}
  tags: {owner: mail-team, empty: '', legacy: null}
retentionPolicy:
  name: first
  description: of the first
  folders: {DELETED_ITEMS: {action: PERMANENTLY_DELETE, periodInDays: 30}, INBOX: {action: NONE}}
",
    "
organization:
  alias: acme
  inboundDmarc: {enforced: true}
  emailMonitoring:
    logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:post:*'
    roleArn: 'arn:aws:iam::123456789012:role/mail'
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_ONLY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: post}
    personalAccessTokens: {status: INACTIVE}
  tags: {owner: it, empty: null, legacy: x}
retentionPolicy:
  name: second
  folders: {INBOX: {action: DELETE}, JUNK_EMAIL: {action: DELETE, periodInDays: 1}}
",
    "
organization:
  alias: acme
  emailMonitoring: null
  identityProvider: null
  tags: {owner: null, legacy: null}
retentionPolicy: null
",
];

#[tokio::test]
async fn every_stage_converges_whatever_a_switch_says() {
    for switch in SWITCHES {
        let world = World::of(&[], &[switch]).await;
        for (number, manifest) in STAGES.iter().enumerate() {
            let what = format!("{switch}, stage {number}");
            let (_, outcome, again) = pipeline::apply(&world, &sound(manifest)).await;
            assert!(
                outcome.is_complete(),
                "{what}: failed {:?}, stale {:?}",
                outcome.failed,
                outcome.stale
            );
            // A reader that lags may be shown what was before.
            let settled = if again.operations.is_empty() {
                again
            } else {
                pipeline::apply(&world, &sound(manifest)).await.2
            };
            assert_eq!(left(&settled), Vec::<String>::new(), "{what}");
            exported_is_empty(&world, &what).await;
        }
        let own = live(&world).await;
        let own = own.settings.keys().filter(|target| target.kind() == "tag");
        let own: Vec<&str> = own.map(Target::name).collect();
        assert_eq!(own, ["workmailctl:management"], "{switch}: what is left");
    }
}

#[tokio::test]
async fn a_strange_hand_is_seen_and_put_right() {
    let world = World::of(&[], &[]).await;
    let desired = sound(STAGES[1]);
    pipeline::apply(&world, &desired).await;
    let policy = world.ask("GetDefaultRetentionPolicy", json!({})).await;
    let folders = json!([{"Name": "SENT_ITEMS", "Action": "DELETE", "Period": 3}]);
    let by_hand = [
        ("PutInboundDmarcSettings", json!({"Enforced": true})),
        (
            "PutEmailMonitoringConfiguration",
            json!({"LogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:strange:*"}),
        ),
        (
            "PutRetentionPolicy",
            json!({"Id": policy["Id"], "Name": "strange", "FolderConfigurations": folders}),
        ),
        ("DeleteIdentityProviderConfiguration", json!({})),
    ];
    for (operation, input) in by_hand {
        world.ask(operation, input).await;
    }
    let arn = live(&world).await.organization.arn;
    let tags = json!([{"Key": "owner", "Value": "nobody"}, {"Key": "theirs", "Value": "x"}]);
    let tagged = json!({"ResourceARN": arn, "Tags": tags});
    world.ask("TagResource", tagged).await;
    let (plan, outcome, again) = pipeline::apply(&world, &desired).await;
    let changed: Vec<String> = plan
        .changes
        .iter()
        .map(|change| change.target.to_string())
        .collect();
    assert_eq!(
        changed,
        [
            "email-monitoring/default",
            "identity-provider/default",
            "inbound-dmarc/default",
            "retention-policy/default",
            "tag/owner"
        ]
    );
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_eq!(left(&again), Vec::<String>::new());
    assert_eq!(live(&world).await.tag("theirs"), Some("x"));
}

/// Whatever somebody made through the API alone, a plan of its export is empty.
#[tokio::test]
async fn odd_live_values_are_exported_so_that_a_plan_is_empty() {
    let world = World::of(&[], &[]).await;
    let instance = "arn:aws:sso:::instance/ins-0123456789-.cdef";
    let made = json!({"InstanceArn": instance, "Name": "theirs"});
    let made = world.ask("CreateIdentityCenterApplication", made).await;
    let arn = live(&world).await.organization.arn;
    let folders = json!([
        {"Name": "INBOX", "Action": "NONE", "Period": 700},
        {"Name": "DRAFTS", "Action": "DELETE"},
    ]);
    let by_hand = [
        (
            "PutRetentionPolicy",
            json!({"Id": "-_-", "Name": "-", "Description": "a: b\n# \"c\" \\ <d>\t", "FolderConfigurations": folders}),
        ),
        (
            "PutEmailMonitoringConfiguration",
            json!({
                "LogGroupArn": "arn:aws:logs::000000000000:log-group:#/.-_aaaaaaaaaaaaa:*",
                "RoleArn": "arn:aws:iam:a-1:b-2:A:/_+=,@.-",
            }),
        ),
        (
            "PutIdentityProviderConfiguration",
            json!({
                "AuthenticationMode": "IDENTITY_PROVIDER_ONLY",
                "IdentityCenterConfiguration": {"InstanceArn": instance, "ApplicationArn": made["ApplicationArn"]},
                "PersonalAccessTokenConfiguration": {"Status": "INACTIVE", "LifetimeInDays": 3653},
            }),
        ),
        (
            "TagResource",
            json!({"ResourceARN": arn, "Tags": [
                {"Key": "null", "Value": "null"}, {"Key": "a: b", "Value": "# c"}, {"Key": "5", "Value": ""},
                {"Key": "aws:theirs", "Value": "x"}, {"Key": "{", "Value": " y "},
            ]}),
        ),
    ];
    for (operation, input) in by_hand {
        world.ask(operation, input).await;
    }
    exported_is_empty(&world, "by hand").await;
    // An application of ours that nothing names: what a crash between two calls leaves.
    let unused = made["ApplicationArn"].clone();
    let tags = json!([{"Key": "workmailctl:application:lost", "Value": unused}]);
    world
        .ask("DeleteIdentityProviderConfiguration", json!({}))
        .await;
    let tagged = json!({"ResourceARN": arn, "Tags": tags});
    world.ask("TagResource", tagged).await;
    let left_out = exported_is_empty(&world, "an unused application").await;
    assert!(
        left_out
            .iter()
            .any(|why| why.contains("identity-center-application/lost")),
        "{left_out:?}"
    );
    // Where the section is there it goes.
    let desired = sound("organization: {alias: acme, identityProvider: null}");
    let (plan, outcome, again) = pipeline::apply(&world, &desired).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    let calls: Vec<&str> = plan
        .operations
        .iter()
        .map(|one| one.call.operation.as_str())
        .collect();
    assert_eq!(
        calls,
        [
            "DeleteIdentityCenterApplication",
            "UntagResource",
            "TagResource"
        ]
    );
    assert_eq!(left(&again), Vec::<String>::new());
}

fn left(plan: &Plan) -> Vec<String> {
    let operations = plan.operations.iter();
    let held = plan
        .held
        .iter()
        .map(|held| format!("{} is held", held.target));
    operations
        .map(|operation| format!("{} {}", operation.call.operation, operation.target))
        .chain(held)
        .collect()
}

async fn live(world: &World) -> Snapshot {
    let organization = DesiredOrganization {
        alias: "acme".to_owned(),
        pins: Pins::default(),
        ..DesiredOrganization::default()
    };
    let needs = Needs::everything(KINDS);
    let (live, _) = Box::pin(read(&world.client, KINDS, &organization, &needs, now()))
        .await
        .expect("the organization");
    for kind in SETTINGS {
        assert!(live.listed(kind.name).unknown().is_none(), "{}", kind.name);
    }
    live
}

/// Exports everything, and plans the export. Returns what was left out.
async fn exported_is_empty(world: &World, what: &str) -> Vec<String> {
    let export = manifests(KINDS, &live(world).await);
    let files = export.files.iter().map(|file| SourceFile {
        path: PathBuf::from(&file.path)
            .to_string_lossy()
            .into_owned()
            .into(),
        text: file.text.clone(),
    });
    let (desired, diagnostics, files) = resolved(files.collect());
    assert!(
        !diagnostics.has_errors(),
        "{what}: {}",
        render::concise(&diagnostics, Sources(&files))
    );
    let seen = pipeline::look(world, &desired)
        .await
        .expect("the organization");
    let plan = pipeline::planned(&desired, &seen);
    assert_eq!(left(&plan), Vec::<String>::new(), "{what}: {files:?}");
    assert_eq!(plan.problems, [], "{what}");
    let changes: Vec<Value> = plan
        .changes
        .iter()
        .map(|change| json!(change.target))
        .collect();
    assert_eq!(changes, Vec::<Value>::new(), "{what}: {files:?}");
    export.left_out
}
