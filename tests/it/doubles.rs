//! What a test double is set up with: organizations of flags, the clock, the endpoints under
//! `/_emulator`.

use std::path::Path;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use workmailctl::emulator::{ClockKind, Emulator, EmulatorError, Options, OrganizationSeed};

fn seed(alias: &str, domains: &[&str]) -> OrganizationSeed {
    OrganizationSeed {
        alias: alias.to_owned(),
        domains: domains.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn with(seeds: Vec<OrganizationSeed>, data: Option<&Path>) -> Options {
    Options {
        data: data.map(Path::to_owned),
        organizations: seeds,
        ..Options::default()
    }
}

fn virtual_clock() -> Emulator {
    let options = Options {
        clock: ClockKind::Virtual { tick: 0.0 },
        ..with(vec![seed("acme", &["example.com"])], None)
    };
    Emulator::open(&options).expect("an emulator")
}

async fn answer(emulator: &Emulator, request: Request<Bytes>) -> (StatusCode, Value) {
    let reply = emulator.handle(request).await.expect("no faults");
    let body = serde_json::from_slice(reply.body()).unwrap_or_default();
    (reply.status(), body)
}

async fn control(
    emulator: &Emulator,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let body = match body {
        Value::Null => Bytes::new(),
        body => Bytes::from(body.to_string()),
    };
    let request = Request::builder().method(method).uri(path).body(body);
    answer(emulator, request.expect("a request")).await
}

async fn post(emulator: &Emulator, path: &str, body: &Value) -> (StatusCode, Value) {
    control(emulator, Method::POST, path, body).await
}

/// The reply to a call, refused or not.
async fn ask(emulator: &Emulator, operation: &str, input: &Value) -> Value {
    let request = Request::post("/")
        .header("x-amz-target", format!("WorkMailService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=a/b/eu-west-1")
        .body(Bytes::from(input.to_string()));
    answer(emulator, request.expect("a request")).await.1
}

/// Aliases and states of the organizations.
async fn organizations(emulator: &Emulator) -> Vec<(String, String)> {
    let listed = ask(emulator, "ListOrganizations", &json!({})).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = listed["OrganizationSummaries"].as_array().expect("a list");
    all.iter()
        .map(|one| (text(&one["Alias"]), text(&one["State"])))
        .collect()
}

async fn first(emulator: &Emulator) -> Value {
    let listed = ask(emulator, "ListOrganizations", &json!({})).await;
    listed["OrganizationSummaries"][0]["OrganizationId"].clone()
}

#[tokio::test]
async fn organizations_of_flags_are_all_there_or_none_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    for seeds in [
        vec![seed("zeta", &["bad_domain"])],
        vec![seed("one", &["example.com"]), seed("two", &["example.com"])],
        vec![seed("one", &["two.awsapps.com"])],
        vec![seed("one", &[]), seed("d-two", &[])],
    ] {
        let refused = Emulator::open(&with(seeds.clone(), Some(&data)));
        assert!(
            matches!(refused, Err(EmulatorError::Organization { .. })),
            "{seeds:?}"
        );
        drop(refused);
        let emulator = Emulator::open(&with(Vec::new(), Some(&data))).expect("it opens");
        assert_eq!(organizations(&emulator).await, [], "{seeds:?}");
    }
}

#[tokio::test]
async fn an_organization_of_flags_is_active_and_its_domains_verified_whatever_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let mut options = with(Vec::new(), Some(&data));
    options
        .behaviors
        .set("organization-created=3600")
        .expect("a switch");
    let emulator = Emulator::open(&options).expect("an emulator");
    let input = json!({"Alias": "acme", "Domains": [{"DomainName": "example.com"}]});
    ask(&emulator, "CreateOrganization", &input).await;
    let requested = [("acme".to_owned(), "Requested".to_owned())];
    assert_eq!(organizations(&emulator).await, requested);
    drop(emulator);
    options.organizations = vec![seed("Acme", &["Example.com", "example.org"])];
    let emulator = Emulator::open(&options).expect("it opens");
    let active = [("acme".to_owned(), "Active".to_owned())];
    assert_eq!(organizations(&emulator).await, active);
    let id = first(&emulator).await;
    for name in ["acme.awsapps.com", "example.com", "example.org"] {
        let input = json!({"OrganizationId": id, "DomainName": name});
        let domain = ask(&emulator, "GetMailDomain", &input).await;
        assert_eq!(domain["OwnershipVerificationStatus"], "VERIFIED", "{name}");
    }
}

#[tokio::test]
async fn organizations_of_flags_have_the_region_that_is_asked_for() {
    let options = Options {
        region: Some("us-east-1".to_owned()),
        ..with(vec![seed("acme", &[])], None)
    };
    let emulator = Emulator::open(&options).expect("an emulator");
    let input = json!({"OrganizationId": first(&emulator).await});
    let told = ask(&emulator, "DescribeOrganization", &input).await;
    let arn = told["ARN"].as_str().expect("an ARN");
    assert!(arn.starts_with("arn:aws:workmail:us-east-1:"), "{arn}");
}

#[tokio::test]
async fn the_clock_moves_forward_and_stays_within_the_years_that_clients_read() {
    let emulator = virtual_clock();
    let (_, told) = control(&emulator, Method::GET, "/_emulator/clock", &Value::Null).await;
    let before = told["time"].as_f64().expect("a time");
    for refused in [
        json!({"advance": 1e308}),
        json!({"advance": -1}),
        json!({"time": 0}),
        json!({"time": 253_402_300_800_u64}),
        json!({"advance": 1, "time": before + 1.0}),
        json!({"advance": "1"}),
        json!({"later": 1}),
        json!({}),
    ] {
        let (status, _) = post(&emulator, "/_emulator/clock", &refused).await;
        assert_eq!(status, 400, "{refused}");
    }
    let (status, told) = post(&emulator, "/_emulator/clock", &json!({"advance": 5})).await;
    assert_eq!(
        (status, told["time"].as_f64()),
        (StatusCode::OK, Some(before + 5.0))
    );
    let last = json!({"time": 253_402_300_799_u64});
    let (status, told) = post(&emulator, "/_emulator/clock", &last).await;
    assert_eq!(
        (status, told),
        (StatusCode::OK, json!({"time": 253_402_300_799.0}))
    );
}

#[tokio::test]
async fn only_paths_below_the_prefix_are_endpoints() {
    let emulator = virtual_clock();
    for (method, path, expected) in [
        (Method::GET, "/_emulator/health", 200),
        (Method::HEAD, "/_emulator/health", 200),
        (Method::GET, "/_emulator/health/", 200),
        (Method::GET, "/_emulatorhealth", 404),
        (Method::GET, "/_emulator/_emulator/health", 404),
        (Method::GET, "/_emulator", 404),
    ] {
        let (status, _) = control(&emulator, method, path, &Value::Null).await;
        assert_eq!(status, expected, "{path}");
    }
}

#[tokio::test]
async fn a_member_more_costs_the_same_however_many_there_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let emulator = Emulator::open(&with(vec![seed("acme", &["example.com"])], Some(&data)));
    let emulator = emulator.expect("an emulator");
    let id = first(&emulator).await;
    let input = json!({"OrganizationId": id, "Name": "all"});
    let group = ask(&emulator, "CreateGroup", &input).await["GroupId"].clone();
    let input = json!({"OrganizationId": id, "EntityId": group, "Email": "all@example.com"});
    ask(&emulator, "RegisterToWorkMail", &input).await;
    let mut users = Vec::new();
    for number in 0..300 {
        let name = format!("u{number}");
        let input = json!({"OrganizationId": id, "Name": name, "DisplayName": "U"});
        let user = ask(&emulator, "CreateUser", &input).await["UserId"].clone();
        let email = format!("{name}@example.com");
        let input = json!({"OrganizationId": id, "EntityId": user, "Email": email});
        ask(&emulator, "RegisterToWorkMail", &input).await;
        users.push(user);
    }
    let written = || {
        let log = std::fs::metadata(folder.path().join("emulator.json.wal"));
        log.expect("there is a log").len()
    };
    let mut grown = Vec::new();
    for hundred in users.chunks(100) {
        let before = written();
        for user in hundred {
            let input = json!({"OrganizationId": id, "GroupId": group, "MemberId": user});
            let reply = ask(&emulator, "AssociateMemberToGroup", &input).await;
            assert_eq!(reply, json!({}));
        }
        grown.push(written() - before);
    }
    let (least, most) = (grown.iter().min(), grown.iter().max());
    assert!(
        most < least.map(|least| least * 11 / 10).as_ref(),
        "{grown:?}"
    );
    drop(emulator);
    let emulator = Emulator::open(&with(Vec::new(), Some(&data))).expect("it opens");
    let mut members = 0;
    let mut token = Value::Null;
    loop {
        let input = json!({"OrganizationId": id, "GroupId": group, "NextToken": token});
        let page = ask(&emulator, "ListGroupMembers", &input).await;
        members += page["Members"].as_array().expect("members").len();
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(members, 300);
}

/// The records of a state with two users, a group with one of them, and a right of one on the other.
async fn records(emulator: &Emulator) -> Vec<Value> {
    let id = first(emulator).await;
    for name in ["ana", "bob"] {
        let input = json!({"OrganizationId": id, "Name": name, "DisplayName": name});
        let user = ask(emulator, "CreateUser", &input).await["UserId"].clone();
        let email = format!("{name}@example.com");
        let input = json!({"OrganizationId": id, "EntityId": user, "Email": email});
        ask(emulator, "RegisterToWorkMail", &input).await;
    }
    let input = json!({"OrganizationId": id, "Name": "staff"});
    let group = ask(emulator, "CreateGroup", &input).await["GroupId"].clone();
    let input = json!({"OrganizationId": id, "EntityId": group, "Email": "staff@example.com"});
    ask(emulator, "RegisterToWorkMail", &input).await;
    let input = json!({"OrganizationId": id, "GroupId": group, "MemberId": "ana"});
    ask(emulator, "AssociateMemberToGroup", &input).await;
    let input = json!({"OrganizationId": id, "EntityId": "ana", "GranteeId": "bob", "PermissionValues": ["SEND_AS"]});
    ask(emulator, "PutMailboxPermissions", &input).await;
    let (_, state) = control(emulator, Method::GET, "/_emulator/state", &Value::Null).await;
    state["records"].as_array().expect("records").clone()
}

#[tokio::test]
async fn a_state_that_cannot_be_is_refused_and_changes_nothing() {
    let emulator = virtual_clock();
    let records = records(&emulator).await;
    let put = async |records: &[Value]| {
        let body = json!({"records": records});
        control(&emulator, Method::PUT, "/_emulator/state", &body).await
    };
    let find = |table: &str, name: &str| {
        let place = records.iter().position(|record| {
            record["table"] == table && (name.is_empty() || record["value"]["name"] == name)
        });
        place.unwrap_or_else(|| panic!("{table} {name} is there"))
    };
    let (organization, ana, bob) = (
        find("organization", ""),
        find("entity", "ana"),
        find("entity", "bob"),
    );
    let (link, rule) = (find("link", ""), find("accessControlRule", ""));
    let changed = |place: usize, pointer: &str, value: Value| {
        let mut records = records.clone();
        *records[place].pointer_mut(pointer).expect("it is there") = value;
        records
    };
    let mut more_of_entity = changed(ana, "/value/name", json!("ana"));
    more_of_entity[ana]["value"]["links"] = json!([1]);
    let another = |key: &str| {
        let mut another = records.clone();
        let mut head = records[organization].clone();
        head["key"] = json!(key);
        head["value"]["id"] = json!(key);
        head["value"]["order"] = json!(99);
        another.push(head);
        another
    };
    let key = |place: usize| records[place]["key"].as_str().expect("a key").to_owned();
    let id = key(organization);
    for (how, records) in [
        ("one name", changed(bob, "/value/name", json!("Ana"))),
        (
            "one address",
            changed(bob, "/value/email", json!("Ana@example.com")),
        ),
        (
            "one id",
            changed(bob, "/value/id", records[ana]["value"]["id"].clone()),
        ),
        (
            "a key too great",
            changed(ana, "/value/key", json!(u64::MAX)),
        ),
        ("another key", changed(ana, "/value/key", json!(50))),
        ("what it does not have", more_of_entity),
        ("a stranger", changed(ana, "/key", json!("m-0/1"))),
        ("a strange row", changed(rule, "/key", json!("m-0/default"))),
        (
            "no state",
            changed(organization, "/value/state", json!("Banana")),
        ),
        (
            "no status",
            changed(
                organization,
                "/value/domains/example.com/dkim",
                json!("MAYBE"),
            ),
        ),
        (
            "no member",
            changed(link, "/key", json!(format!("{id}/1/999"))),
        ),
        (
            "no grantee",
            changed(ana, "/value/grants", json!({"999": ["SEND_AS"]})),
        ),
        ("one domain", another("m-00000000000000000000000000000000")),
        (
            "a record twice",
            [&records[..], &records[ana..=ana]].concat(),
        ),
        ("no table", changed(rule, "/table", json!("rules"))),
    ] {
        let (status, reply) = put(&records).await;
        assert_eq!(status, 400, "{how}: {reply}");
    }
    let (_, state) = control(&emulator, Method::GET, "/_emulator/state", &Value::Null).await;
    assert_eq!(state, json!({"records": records}));
    let (status, _) = put(&records).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_state_brings_its_time_with_it() {
    let emulator = virtual_clock();
    let time = async || {
        control(&emulator, Method::GET, "/_emulator/clock", &Value::Null)
            .await
            .1
    };
    let _ = records(&emulator).await;
    let before = time().await;
    let (_, state) = control(&emulator, Method::GET, "/_emulator/state", &Value::Null).await;
    post(
        &emulator,
        "/_emulator/clock",
        &json!({"advance": 2_592_000}),
    )
    .await;
    assert_ne!(time().await, before);
    control(&emulator, Method::PUT, "/_emulator/state", &state).await;
    assert_eq!(time().await, before);
}

#[tokio::test]
async fn a_reset_forgets_what_it_is_asked_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let options = Options {
        faults: vec!["ListUsers:500".parse().expect("a fault")],
        ..with(vec![seed("acme", &["example.com"])], Some(&data))
    };
    let emulator = Emulator::open(&options).expect("an emulator");
    let faults = async || {
        control(&emulator, Method::GET, "/_emulator/faults", &Value::Null)
            .await
            .1
    };
    assert_eq!(faults().await, json!({"faults": ["ListUsers:500"]}));
    post(&emulator, "/_emulator/faults", &json!(["*:throttle@1"])).await;
    assert_eq!(
        faults().await,
        json!({"faults": ["ListUsers:500", "*:throttle@1"]})
    );
    post(&emulator, "/_emulator/reset", &Value::Null).await;
    assert_eq!(faults().await, json!({"faults": []}));
    let null = Request::post("/_emulator/reset").body(Bytes::from("null"));
    let (status, _) = answer(&emulator, null.expect("a request")).await;
    assert_eq!(status, 200);
    let before = first(&emulator).await;
    ask(&emulator, "CreateOrganization", &json!({"Alias": "other"})).await;
    let (status, _) = post(&emulator, "/_emulator/reset", &json!({"states": true})).await;
    assert_eq!(status, 400);
    assert_eq!(organizations(&emulator).await.len(), 2);
    post(&emulator, "/_emulator/reset", &json!({"state": true})).await;
    let acme = [("acme".to_owned(), "Active".to_owned())];
    assert_eq!(organizations(&emulator).await, acme);
    let after = first(&emulator).await;
    assert_ne!(before, after);
    drop(emulator);
    let again = Emulator::open(&with(Vec::new(), Some(&data))).expect("it opens");
    assert_eq!(first(&again).await, after);
}

#[tokio::test]
async fn chance_begins_anew_with_every_set_of_faults() {
    let emulator = virtual_clock();
    let mut runs = Vec::new();
    for _ in 0..2 {
        post(&emulator, "/_emulator/reset", &Value::Null).await;
        post(
            &emulator,
            "/_emulator/faults",
            &json!("ListUsers:throttle@50%"),
        )
        .await;
        let mut codes = Vec::new();
        for _ in 0..40 {
            codes.push(ask(&emulator, "ListUsers", &json!({})).await["__type"].clone());
        }
        runs.push(codes);
    }
    assert_eq!(runs[0], runs[1]);
    let throttled = runs[0].iter().filter(|code| *code == "ThrottlingException");
    assert!((1..40).contains(&throttled.count()));
}

#[tokio::test]
async fn a_page_token_outlasts_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let seeds = vec![seed("one", &[]), seed("two", &[])];
    let emulator = Emulator::open(&with(seeds, Some(&data))).expect("an emulator");
    let page = ask(&emulator, "ListOrganizations", &json!({"MaxResults": 1})).await;
    drop(emulator);
    let emulator = Emulator::open(&with(Vec::new(), Some(&data))).expect("it opens");
    let input = json!({"MaxResults": 1, "NextToken": page["NextToken"]});
    let page = ask(&emulator, "ListOrganizations", &input).await;
    assert_eq!(page["OrganizationSummaries"][0]["Alias"], "two");
}

#[test]
fn numbers_of_switches_have_a_least() {
    let mut behaviors = workmailctl::emulator::Behaviors::default();
    for good in ["lag=18446744073709551615", "page-size=1000", "page-size=1"] {
        behaviors.set(good).expect(good);
    }
    for (bad, words) in [
        ("page-size=0", "from 1 on"),
        ("lag=-1", "whole numbers from 0 on"),
    ] {
        let error = behaviors.set(bad).expect_err(bad).to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn the_longest_lag_is_for_ever() {
    let mut options = with(vec![seed("acme", &["example.com"])], None);
    options
        .behaviors
        .set("lag=18446744073709551615")
        .expect("a switch");
    let emulator = Emulator::open(&options).expect("an emulator");
    let id = first(&emulator).await;
    let input = json!({"OrganizationId": id, "Name": "ana", "DisplayName": "Ana"});
    let user = ask(&emulator, "CreateUser", &input).await["UserId"].clone();
    assert!(user.is_string());
    let input = json!({"OrganizationId": id, "UserId": user});
    let told = ask(&emulator, "DescribeUser", &input).await;
    assert_eq!(told["__type"], "EntityNotFoundException");
}

#[tokio::test]
async fn client_tokens_are_remembered_as_long_as_there_is_room() {
    let emulator = virtual_clock();
    let id = first(&emulator).await;
    let register = async |number: u32, name: &str| {
        let input =
            json!({"OrganizationId": id, "ClientToken": format!("t{number}"), "DomainName": name});
        ask(&emulator, "RegisterMailDomain", &input).await["__type"].clone()
    };
    for number in 0..=20_000 {
        assert_eq!(register(number, "example.com").await, Value::Null);
    }
    // The second one is still known by what it asked for; the first one is not.
    assert_eq!(
        register(1, "example.org").await,
        "InvalidParameterException"
    );
    assert_eq!(register(0, "example.org").await, Value::Null);
}
