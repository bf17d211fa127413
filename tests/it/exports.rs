//! What export jobs leave behind, and what a restart of the emulator does to them and to messages.

use std::path::Path;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use sha2::{Digest, Sha384};
use workmailctl::emulator::{
    Behaviors, ClockKind, Emulator, EmulatorError, FaultSpec, Options, OrganizationSeed, SigningKey,
};

use crate::support::emulated::Emulated;

fn job(entity: &str, token: &str) -> Value {
    json!({
        "OrganizationId": "$organization", "ClientToken": token, "EntityId": entity,
        "RoleArn": "arn:aws:iam::123456789012:role/export",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "S3BucketName": "mail", "S3Prefix": "p/"
    })
}

#[tokio::test]
async fn a_completed_job_leaves_an_archive_and_a_log_of_it() {
    let world = Emulated::new(Behaviors::default()).await;
    let mail = json!({"organization": "acme", "entity": "ana", "folder": "Inbox/Travel", "content": "Subject: s\r\n\r\nhello"});
    let item = world.control("POST", "/_emulator/mail", mail).await;
    let item = item.expect("ana has a mailbox")["id"].clone();
    let other = json!({"organization": "acme", "entity": "bob", "content": "not hers"});
    let other = world.control("POST", "/_emulator/mail", other).await;
    other.expect("bob has a mailbox");
    let id = world.made("StartMailboxExportJob", job("ana", "t")).await["JobId"].clone();
    let id = id.as_str().expect("a text");
    let path = format!("mail/p/{id}.zip");
    assert_eq!(world.object(&path), None);
    // Not the question how it is, but the time alone ends it.
    let advance = json!({"advance": 10});
    let moved = world.control("POST", "/_emulator/clock", advance).await;
    moved.expect("the clock is virtual");
    let archive = world.object(&path).expect("the archive");
    let names = names_in(&archive);
    let file = format!("Inbox/Travel/{}.eml", item.as_str().expect("a text"));
    assert_eq!(
        names,
        [
            "Calendar/",
            "Deleted Items/",
            "Drafts/",
            "Inbox/",
            "Inbox/Travel/",
            "Junk E-mail/",
            "Sent Items/",
            &file
        ]
    );
    let text = String::from_utf8_lossy(&archive).into_owned();
    assert!(text.contains("Subject: s\r\n\r\nhello") && !text.contains("not hers"));
    let log = world.object(&format!("mail/p/{id}.log.json"));
    let log: Value = serde_json::from_slice(&log.expect("the log")).expect("JSON");
    let mut digest = String::new();
    for byte in Sha384::digest(&archive) {
        digest.push_str(&format!("{byte:02x}"));
    }
    assert_eq!(log["sha384Hash"], digest);
    assert_eq!(
        (&log["totalMessages"], &log["totalFolders"]),
        (&json!("1"), &json!("7"))
    );
    assert_eq!(log["totalBytes"], archive.len().to_string());
}

/// The names in the directory at the end of an archive.
fn names_in(archive: &[u8]) -> Vec<String> {
    let number = |at: usize, size: usize| {
        archive[at..at + size]
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = archive.len() - 22;
    let mut at = number(end + 16, 4);
    let mut names = Vec::new();
    for _ in 0..number(end + 10, 2) {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let length = number(at + 28, 2);
        names.push(String::from_utf8_lossy(&archive[at + 46..at + 46 + length]).into_owned());
        at += 46 + length;
    }
    names
}

#[tokio::test]
async fn ten_jobs_run_at_once() {
    let mut behaviors = Behaviors::default();
    behaviors.set("export-seconds=3600").expect("a switch");
    let world = Emulated::new(behaviors).await;
    for number in 0..11 {
        let name = format!("u{number}");
        let input = json!({"OrganizationId": "$organization", "Name": name, "DisplayName": "x"});
        world.made("CreateUser", input).await;
        let email = format!("{name}@example.com");
        let input = json!({"OrganizationId": "$organization", "EntityId": name, "Email": email});
        world.made("RegisterToWorkMail", input).await;
        match world.ask("StartMailboxExportJob", job(&name, &name)).await {
            Ok(_) => assert!(number < 10, "an eleventh job runs"),
            Err(code) => assert_eq!((number, code.as_str()), (10, "LimitExceededException")),
        }
    }
    let advance = json!({"advance": 3600});
    let moved = world.control("POST", "/_emulator/clock", advance).await;
    moved.expect("the clock is virtual");
    let again = job("u10", "again");
    world.made("StartMailboxExportJob", again).await;
}

/// An emulator that is kept in a file, with a virtual clock.
fn kept(file: &Path) -> Options {
    Options {
        data: Some(file.to_owned()),
        organizations: vec![OrganizationSeed {
            alias: "acme".to_owned(),
            domains: vec!["example.com".to_owned()],
        }],
        clock: ClockKind::Virtual { tick: 0.0 },
        ..Options::default()
    }
}

/// Sends a request and returns the status and body of the reply.
async fn send(
    emulator: &Emulator,
    method: &str,
    path: &str,
    target: &str,
    body: impl Into<Bytes>,
) -> (u16, Bytes) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-amz-target", format!("WorkMailService.{target}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, \
             SignedHeaders=host, Signature=00",
        )
        .body(body.into())
        .expect("a request");
    let reply = emulator.handle(request).await.expect("a reply");
    (reply.status().as_u16(), reply.body().clone())
}

async fn made(emulator: &Emulator, path: &str, target: &str, body: Value) -> Value {
    let (status, reply) = send(emulator, "POST", path, target, body.to_string()).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    assert_eq!(status, 200, "{target} {path}: {reply}");
    serde_json::from_str(&reply).expect("JSON")
}

/// Registers the user ana. Returns the organization's id.
async fn with_ana(emulator: &Emulator) -> Value {
    let listed = made(emulator, "/", "ListOrganizations", json!({})).await;
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"].clone();
    let user = json!({"OrganizationId": organization, "Name": "ana", "DisplayName": "x"});
    made(emulator, "/", "CreateUser", user).await;
    let register =
        json!({"OrganizationId": organization, "EntityId": "ana", "Email": "ana@example.com"});
    made(emulator, "/", "RegisterToWorkMail", register).await;
    organization
}

#[tokio::test]
async fn jobs_mail_and_messages_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    let emulator = Emulator::open(&kept(&file)).expect("a new file");
    let organization = with_ana(&emulator).await;
    let mail = json!({"organization": "acme", "entity": "ana", "content": "hello"});
    made(&emulator, "/_emulator/mail", "", mail).await;
    let mut start = job("ana", "t");
    start["OrganizationId"] = organization.clone();
    let id = made(&emulator, "/", "StartMailboxExportJob", start).await["JobId"].clone();
    let raw: &[u8] = b"Subject: \xff\r\n\r\n{";
    let (status, reply) = send(&emulator, "POST", "/_emulator/messages", "", raw).await;
    assert_eq!(status, 200);
    let reply: Value = serde_json::from_slice(&reply).expect("JSON");
    let message = format!("/messages/{}", reply["messageId"].as_str().expect("an id"));
    drop(emulator);

    let emulator = Emulator::open(&kept(&file)).expect("the same file");
    let (status, reply) = send(&emulator, "GET", &message, "", Bytes::new()).await;
    assert_eq!((status, &*reply), (200, raw));
    let state = send(&emulator, "GET", "/_emulator/state", "", Bytes::new())
        .await
        .1;
    let state: Value = serde_json::from_slice(&state).expect("JSON");
    let records = state["records"].as_array().expect("a list");
    for table in ["mailboxExportJob", "mailboxItem", "messageInTransit"] {
        assert!(
            records.iter().any(|record| record["table"] == table),
            "{table}"
        );
    }
    let describe = json!({"OrganizationId": organization, "JobId": id});
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe.clone()).await;
    assert_eq!(found["State"], "RUNNING");
    made(&emulator, "/_emulator/clock", "", json!({"advance": 10})).await;
    drop(emulator);

    let emulator = Emulator::open(&kept(&file)).expect("the same file");
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe).await;
    assert_eq!(found["State"], "COMPLETED");
    let path = found["S3Path"].as_str().expect("a path");
    let archive = std::fs::read(folder.path().join("state.s3/mail").join(path));
    let archive = archive.expect("the archive is beside the state");
    assert!(
        names_in(&archive)
            .iter()
            .any(|name| name.starts_with("Inbox/") && name != "Inbox/")
    );
}

#[tokio::test]
async fn without_a_place_for_objects_jobs_fail_and_say_so() {
    let options = Options {
        data: None,
        ..kept(Path::new(""))
    };
    let emulator = Emulator::open(&options).expect("an emulator in memory");
    let organization = with_ana(&emulator).await;
    let mut start = job("ana", "t");
    start["OrganizationId"] = organization.clone();
    let id = made(&emulator, "/", "StartMailboxExportJob", start).await["JobId"].clone();
    made(&emulator, "/_emulator/clock", "", json!({"advance": 10})).await;
    let describe = json!({"OrganizationId": organization, "JobId": id});
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe).await;
    assert_eq!(found["State"], "FAILED");
    let why = found["ErrorInfo"].as_str().expect("a reason");
    assert!(why.contains("--s3 DIR"), "{why}");
}

#[tokio::test]
async fn a_job_fails_half_way_where_a_fault_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let fault = "StartMailboxExportJob:job-fails@1".parse();
    let options = Options {
        faults: vec![fault.expect("a fault")],
        ..kept(&folder.path().join("state"))
    };
    let emulator = Emulator::open(&options).expect("a new file");
    let organization = with_ana(&emulator).await;
    let mut start = job("ana", "t");
    start["OrganizationId"] = organization.clone();
    let id = made(&emulator, "/", "StartMailboxExportJob", start).await["JobId"].clone();
    let describe = json!({"OrganizationId": organization, "JobId": id});
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe.clone()).await;
    assert_eq!(found["State"], "RUNNING");
    made(&emulator, "/_emulator/clock", "", json!({"advance": 10})).await;
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe).await;
    assert_eq!(
        (&found["State"], &found["EstimatedProgress"]),
        (&json!("FAILED"), &json!(99))
    );
    assert!(
        found["ErrorInfo"]
            .as_str()
            .expect("a reason")
            .contains("half way")
    );
}

/// What clients have of the service's time is the header `Date`.
#[tokio::test]
async fn replies_tell_the_time_of_a_virtual_clock() {
    let options = Options {
        clock: ClockKind::Virtual { tick: 0.0 },
        ..Options::default()
    };
    let emulator = Emulator::open(&options).expect("an emulator in memory");
    made(
        &emulator,
        "/_emulator/clock",
        "",
        json!({"time": 1_800_000_000}),
    )
    .await;
    for target in ["ListOrganizations", "DescribeUser"] {
        let request = Request::post("/")
            .header("x-amz-target", format!("WorkMailService.{target}"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/workmail/aws4_request, SignedHeaders=host, Signature=00")
            .body(Bytes::from("{}"))
            .expect("a request");
        let reply = emulator.handle(request).await.expect("a reply");
        assert_eq!(
            reply.headers()["date"],
            "Fri, 15 Jan 2027 08:00:00 GMT",
            "{target}"
        );
    }
}

#[test]
fn a_folder_of_buckets_that_is_not_there_is_refused() {
    let options = Options {
        s3: Some("/no/such/folder".into()),
        ..Options::default()
    };
    let refused = Emulator::open(&options);
    assert!(matches!(refused, Err(EmulatorError::Buckets(..))));
}

#[tokio::test]
async fn faults_counts_and_signatures_know_the_message_flow() {
    let fault = |text: &str| text.parse::<FaultSpec>().expect("a fault");
    let options = Options {
        faults: vec![
            fault("GetRawMessageContent:throttle@1"),
            fault("GetRawMessageContent:error=ResourceNotFoundException@2"),
            fault("PutRawMessageContent:error=MessageFrozen@1"),
        ],
        ..Options::default()
    };
    let emulator = Emulator::open(&options).expect("an emulator in memory");
    let new = json!({"messageId": "a", "content": "{x}"});
    made(&emulator, "/_emulator/messages", "", new).await;
    let mut found = Vec::new();
    for (method, body) in [("GET", ""), ("GET", ""), ("POST", "{}"), ("GET", "")] {
        let (status, body) = send(&emulator, method, "/messages/a", "", body).await;
        found.push((status, String::from_utf8_lossy(&body).into_owned()));
    }
    assert!(found[0].0 == 400 && found[0].1.contains("ThrottlingException"));
    assert!(found[1].0 == 404 && found[1].1.contains("ResourceNotFoundException"));
    assert!(found[2].0 == 400 && found[2].1.contains("MessageFrozen"));
    assert_eq!(found[3], (200, "{x}".to_owned()));
    let stats = send(&emulator, "GET", "/_emulator/stats", "", Bytes::new())
        .await
        .1;
    let stats: Value = serde_json::from_slice(&stats).expect("JSON");
    assert_eq!(
        stats["calls"],
        json!({"GetRawMessageContent": 3, "PutRawMessageContent": 1})
    );
    assert_eq!(stats["refused"]["GetRawMessageContent"], 2);
    assert_eq!(stats["log"][2]["input"]["messageId"], "a");

    let options = Options {
        signing_key: Some(SigningKey {
            access_key: "test".to_owned(),
            secret: "secret".to_owned(),
        }),
        ..Options::default()
    };
    let emulator = Emulator::open(&options).expect("an emulator in memory");
    let (code, _) = send(&emulator, "GET", "/messages/a", "", Bytes::new()).await;
    assert_eq!(code, 400);
    let request = Request::get("/messages/a")
        .body(Bytes::new())
        .expect("a request");
    let reply = emulator.handle(request).await.expect("a reply");
    let body = String::from_utf8_lossy(reply.body()).into_owned();
    assert!(
        body.contains("MissingAuthenticationTokenException"),
        "{body}"
    );
}

/// A pipe in the place of the unfinished archive keeps the writer waiting until somebody reads.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn others_are_answered_while_an_archive_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = kept(&folder.path().join("state"));
    let emulator = Emulator::open(&options).expect("an emulator");
    let organization = with_ana(&emulator).await;
    let mut start = job("ana", "t");
    start["OrganizationId"] = organization.clone();
    let id = made(&emulator, "/", "StartMailboxExportJob", start).await["JobId"].clone();
    let describe = json!({"OrganizationId": organization, "JobId": id});
    let found = made(&emulator, "/", "DescribeMailboxExportJob", describe.clone()).await;
    let path = folder.path().join("state.s3/mail");
    let path = path.join(found["S3Path"].as_str().expect("a path"));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    let pipe = path.with_extension("zip.part");
    let made_pipe = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made_pipe.expect("mkfifo runs").success());
    let other = emulator.clone();
    let moved =
        tokio::spawn(
            async move { made(&other, "/_emulator/clock", "", json!({"advance": 10})).await },
        );
    let input = json!({"OrganizationId": organization});
    // Until the time has moved, and then.
    for _ in 0..2 {
        let patience = std::time::Duration::from_secs(20);
        let answered = tokio::time::timeout(patience, async {
            loop {
                made(&emulator, "/", "DescribeOrganization", input.clone()).await;
                let told = send(&emulator, "GET", "/_emulator/clock", "", Bytes::new())
                    .await
                    .1;
                let told: Value = serde_json::from_slice(&told).expect("JSON");
                let now = told["time"].as_f64().expect("a time");
                if now >= found["StartTime"].as_f64().expect("a time") + 10.0 {
                    break;
                }
            }
        });
        answered.await.expect("it does not wait for the archive");
    }
    assert!(!moved.is_finished());
    let running = made(&emulator, "/", "DescribeMailboxExportJob", describe.clone()).await;
    assert_eq!(running["State"], "RUNNING");
    let read = tokio::task::spawn_blocking(move || std::fs::read(pipe)).await;
    let archive = read.expect("no panic").expect("it is written");
    assert!(archive.starts_with(b"PK"));
    moved.await.expect("no panic");
    let ended = made(&emulator, "/", "DescribeMailboxExportJob", describe).await;
    assert_eq!(ended["State"], "COMPLETED");
}
