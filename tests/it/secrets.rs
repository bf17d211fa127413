//! Secrets of the binary: had from where the manifest says, kept whole, set in the service, and seen
//! nowhere else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use workmailctl::plan::{Plan, hash_of};

use crate::support::shop::{Shop, ends, err, out};

const HEAD: &str = "apiVersion: workmailctl/v1\norganization: {alias: acme}\n";
const BEN: &str = "Ben's-pass-phrase 1";
const CARA: &str = "Cära-hat-2-Schlüssel";
const DORA: &str = "Dora!managed!3";

/// A shop whose emulator keeps its state where it can be looked at.
struct Vaulted {
    shop: Shop,
    state: tempfile::TempDir,
}

impl Vaulted {
    fn open(users: &str) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let file = state.path().join("state.json");
        let shop = Shop::with(&["--data", file.to_str().expect("UTF-8")]);
        shop.manifest(&format!("{HEAD}users:\n{users}"));
        Self { shop, state }
    }

    /// True if somebody in the organization has this password: the emulator keeps salt and hash.
    fn is_set(&self, password: &str) -> bool {
        let log = std::fs::read_to_string(self.state.path().join("state.json.wal")).expect("a log");
        log.split("\"password\":\"").skip(1).any(|rest| {
            let kept = rest.split('"').next().expect("a value");
            let (salt, known) = kept.split_once(':').expect("salt and hash");
            let hash = Sha256::new()
                .chain_update(salt)
                .chain_update(password)
                .finalize();
            let hash = hash.iter().fold(String::new(), |mut all, byte| {
                all.push_str(&format!("{byte:02x}"));
                all
            });
            hash == known
        })
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.shop.path(".workmailctl/secrets").join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }

    fn kept(&self, path: &str) -> String {
        let path = self.shop.path(".workmailctl/secrets").join(path);
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).expect("a text");
        text.trim_end_matches('\n').to_owned()
    }

    fn apply(&self, flags: &[&str]) -> Output {
        let mut command = self.shop.command(&["apply", "acme", "--yes"]);
        command.args(flags).env("WORKMAILCTL_SECRET_BEN", BEN);
        command.output().expect("it runs")
    }

    /// Looks for secrets in all that was written and said.
    #[track_caller]
    fn nowhere(&self, outputs: &[&Output], secrets: &[&str]) {
        let mut texts: Vec<(String, String)> = outputs
            .iter()
            .map(|output| ("said".to_owned(), out(output) + &err(output)))
            .collect();
        read_all(self.shop.folder.path(), &mut texts);
        read_all(self.state.path(), &mut texts);
        for (place, text) in texts {
            if place.contains("/.workmailctl/secrets/") {
                continue;
            }
            for secret in secrets {
                assert!(!text.contains(secret), "{place} tells {secret}:\n{text}");
            }
        }
    }
}

fn read_all(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, texts);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            texts.push((path.display().to_string(), text));
        }
    }
}

/// Answers as Secrets Manager does: the same secret to everybody. Source: Secrets Manager API
/// reference, `GetSecretValue`.
fn secrets_manager(secret: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let body = json!({
        "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mail-AbCdEf",
        "Name": "mail",
        "SecretString": secret,
    })
    .to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let (name, value) = line.split_once(':').unwrap_or_default();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().expect("a number");
                }
                line.clear();
            }
            let mut asked = vec![0; length];
            reader.read_exact(&mut asked).expect("a body");
            let known = String::from_utf8_lossy(&asked).contains("\"SecretId\":\"mail\"");
            let (status, body) = if known {
                ("200 OK", body.as_str())
            } else {
                (
                    "400 Bad Request",
                    r#"{"__type":"ResourceNotFoundException","Message":"no such secret"}"#,
                )
            };
            let reply = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = reader.get_mut().write_all(reply.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn passwords_come_from_where_the_manifest_says_and_are_seen_nowhere_else() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, email: ana@example.com, initialPassword: {generate: {writeTo: people/ana.txt}}}
  ben: {displayName: Ben, email: ben@example.com, initialPassword: {fromEnv: WORKMAILCTL_SECRET_BEN}}
  cara: {displayName: Cara, initialPassword: {fromFile: cara.txt}}
  dora: {displayName: Dora, initialPassword: {fromSecretsManager: {secretId: mail, key: dora}}}
",
    );
    let missing = vaulted.apply(&[]);
    ends(&missing, 1);
    let told = "the password of user/cara (from the file cara.txt) cannot be had: there is no file";
    assert!(err(&missing).contains(told), "{}", err(&missing));
    assert!(!vaulted.shop.path(".workmailctl/runs").exists());
    vaulted.write("cara.txt", &format!("{CARA}\n"), 0o600);
    let plan = vaulted
        .shop
        .run(&["plan", "acme", "--out", "plan.json", "--details"]);
    ends(&plan, 0);
    assert!(
        !vaulted.shop.path(".workmailctl/secrets/people").exists(),
        "only apply makes one"
    );
    let managed = secrets_manager(&json!({ "dora": DORA, "port": 1 }).to_string());
    let applied = vaulted
        .shop
        .command(&["apply", "plan.json", "--yes", "-vv", "--format", "json"])
        .env("WORKMAILCTL_SECRET_BEN", BEN)
        .env("WORKMAILCTL_LOG", "trace")
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", managed)
        .output()
        .expect("it runs");
    ends(&applied, 0);
    let ana = vaulted.kept("people/ana.txt");
    assert_eq!(ana.len(), 24);
    for secret in [ana.as_str(), BEN, CARA, DORA] {
        assert!(vaulted.is_set(secret), "it was set");
    }
    assert!(!vaulted.is_set("another one"));
    let again = vaulted.apply(&[]);
    ends(&again, 0);
    assert!(out(&again).starts_with("No changes"), "{}", out(&again));
    vaulted.nowhere(
        &[&missing, &plan, &applied, &again],
        &[&ana, BEN, CARA, DORA],
    );
}

#[test]
fn a_secret_that_cannot_be_had_fails_the_call_that_needs_it() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, initialPassword: {fromSecretsManager: {secretId: gone}}}
  ben: {displayName: Ben}
",
    );
    let managed = secrets_manager("unused");
    let applied = vaulted
        .shop
        .command(&["apply", "acme", "--yes"])
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", managed)
        .output()
        .expect("it runs");
    ends(&applied, 5);
    let told = "nothing was sent, because its password (from Secrets Manager: gone) cannot be had";
    let all = out(&applied) + &err(&applied);
    assert!(
        all.contains(told) && all.contains("no such secret"),
        "{all}"
    );
}

#[test]
fn a_password_of_an_attempt_that_did_not_end_is_used_and_not_made_again() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, initialPassword: {generate: {writeTo: ana.txt}}}\n",
    );
    for (text, mode, exit, told) in [
        ("short1!", 0o600, 5, "8 to 63 are needed"),
        ("onlysmallletters", 0o600, 1, "fewer than three of"),
        ("Left-from-before-1", 0o644, 1, "others can read"),
    ] {
        vaulted.write("ana.txt", text, mode);
        let applied = vaulted.apply(&[]);
        ends(&applied, exit);
        let all = out(&applied) + &err(&applied);
        assert!(all.contains(told) && !all.contains(text), "{all}");
    }
    vaulted.write("ana.txt", "Left-from-before-1\n", 0o600);
    let rehearsed = vaulted.apply(&["--rehearse"]);
    ends(&rehearsed, 0);
    assert!(
        !vaulted.is_set("Left-from-before-1"),
        "a rehearsal sends no secret"
    );
    ends(&vaulted.apply(&[]), 0);
    assert!(vaulted.is_set("Left-from-before-1"));
    assert_eq!(vaulted.kept("ana.txt"), "Left-from-before-1");
}

#[test]
fn a_rehearsal_keeps_no_password() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, initialPassword: {generate: {writeTo: ana.txt}}}
  ben: {displayName: Ben, initialPassword: {fromEnv: WORKMAILCTL_SECRET_NOT_SET}}
",
    );
    ends(&vaulted.apply(&["--rehearse"]), 0);
    assert!(!vaulted.shop.path(".workmailctl/secrets").exists());
}

#[test]
fn a_password_is_reset_into_a_file_that_was_not_there() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, email: ana@example.com, initialPassword: {generate: {writeTo: ana.txt}}}
  ben: {displayName: Ben}
",
    );
    ends(&vaulted.apply(&[]), 0);
    let first = vaulted.kept("ana.txt");
    let reset = |arguments: &[&str]| {
        let mut command = vaulted.shop.command(&["password", "reset"]);
        command.args(arguments).output().expect("it runs")
    };
    let asked = reset(&["ana", "acme"]);
    ends(&asked, 64);
    let taken = reset(&["ana", "acme", "--yes"]);
    ends(&taken, 64);
    assert!(
        err(&taken).contains("is not overwritten"),
        "{}",
        err(&taken)
    );
    assert_eq!(vaulted.kept("ana.txt"), first);
    let done = reset(&[
        "ana",
        "--organization",
        "acme",
        "--write-to",
        "new/ana.txt",
        "--yes",
        "-vv",
    ]);
    ends(&done, 0);
    let second = vaulted.kept("new/ana.txt");
    assert_ne!(first, second);
    assert!(vaulted.is_set(&second));
    vaulted.nowhere(&[&done], &[&first, &second]);
    // The service resets no password of who is not registered; nothing is kept then.
    let refused = reset(&["ben", "acme", "--yes"]);
    ends(&refused, 1);
    assert!(
        err(&refused).contains("EntityStateException"),
        "{}",
        err(&refused)
    );
    assert!(!vaulted.shop.path(".workmailctl/secrets/ben.txt").exists());
    for arguments in [
        &["nobody", "acme", "--yes"][..],
        &["ana", "acme", "--yes", "--write-to", "../ana.txt"],
        &[
            "ana",
            "acme",
            "--yes",
            "--write-to",
            "x.txt",
            "--length",
            "7",
        ],
        &[
            "ana",
            "acme",
            "--yes",
            "--write-to",
            "x.txt",
            "--organization",
            "other",
        ],
    ] {
        let output = reset(arguments);
        assert!(
            matches!(output.status.code(), Some(64 | 65)),
            "{}",
            err(&output)
        );
    }
    assert!(!vaulted.shop.path(".workmailctl/secrets/x.txt").exists());
}

/// An Exchange server for so many calls, and what it was sent as credentials.
fn exchange(calls: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let served = std::thread::spawn(move || {
        let mut seen = Vec::new();
        for stream in listener.incoming().take(calls).flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let (name, value) = line.split_once(':').unwrap_or_default();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().expect("a number");
                }
                if name.eq_ignore_ascii_case("authorization") {
                    seen.push(value.trim().to_owned());
                }
                line.clear();
            }
            let mut asked = vec![0; length];
            reader.read_exact(&mut asked).expect("a body");
            let body = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
                        <m:GetServerTimeZonesResponse xmlns:m=\"m\"/></s:Body></s:Envelope>";
            let reply = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = reader.get_mut().write_all(reply.as_bytes());
        }
        seen
    });
    (format!("http://127.0.0.1:{port}/EWS/"), served)
}

#[test]
fn a_password_of_another_domain_is_sent_tried_and_sent_again_only_by_its_version() {
    let (url, served) = exchange(2);
    let manifest = |endpoint: &str, version: &str| {
        format!(
            "{HEAD}availabilityConfigurations:\n  partner.example.net: {{ews: {{endpoint: '{endpoint}', username: svc, \
             password: {{fromFile: partner.txt{version}}}}}}}\n"
        )
    };
    let vaulted = Vaulted::open("  ana: {displayName: Ana}\n");
    vaulted.write("partner.txt", "First-password", 0o600);
    vaulted.shop.manifest(&manifest(&url, ", version: 1"));
    let first = vaulted.apply(&[]);
    ends(&first, 0);
    assert!(!err(&first).contains("warning"), "{}", err(&first));
    std::fs::remove_file(vaulted.shop.path(".workmailctl/secrets/partner.txt")).expect("removed");
    // Nothing is sent, so that nothing is read.
    ends(&vaulted.shop.run(&["drift", "acme"]), 0);
    ends(&vaulted.apply(&[]), 0);
    vaulted.shop.manifest(&manifest(&url, ""));
    ends(&vaulted.apply(&[]), 0);
    vaulted.write("partner.txt", "Second-password", 0o600);
    vaulted.shop.manifest(&manifest(&url, ", version: 2"));
    ends(&vaulted.shop.run(&["drift", "acme"]), 2);
    let saved = vaulted.shop.run(&["plan", "acme", "--out", "plan.json"]);
    let second = vaulted.shop.run(&["apply", "plan.json", "--yes", "-vv"]);
    ends(&second, 0);
    assert!(!err(&second).contains("warning"), "{}", err(&second));
    let credentials = ["c3ZjOkZpcnN0LXBhc3N3b3Jk", "c3ZjOlNlY29uZC1wYXNzd29yZA=="];
    let seen = served.join().expect("it served");
    assert_eq!(seen, credentials.map(|both| format!("Basic {both}")));
    vaulted.shop.manifest(&manifest("http://127.0.0.1:9/", ""));
    let moved = vaulted.apply(&["--format", "json"]);
    ends(&moved, 0);
    let warning = "availability-configuration/partner.example.net does not work: ";
    assert!(
        out(&moved).contains(&format!("\"warnings\":[\"{warning}")),
        "{}",
        out(&moved)
    );
    assert!(err(&moved).contains(warning), "{}", err(&moved));
    let rehearsed = vaulted.apply(&["--rehearse"]);
    ends(&rehearsed, 0);
    ends(
        &vaulted
            .shop
            .run(&["export", "--organization", "acme", "--dir", "out"]),
        0,
    );
    let planned = vaulted.shop.run(&["plan", "out"]);
    assert!(out(&planned).starts_with("No changes"), "{}", out(&planned));
    let secrets = [
        "First-password",
        "Second-password",
        credentials[0],
        credentials[1],
    ];
    vaulted.nowhere(&[&first, &saved, &second, &moved, &rehearsed], &secrets);
}

#[test]
fn a_plan_from_a_file_sends_no_secret_but_where_one_belongs() {
    let vaulted = Vaulted::open(
        "  ana: {displayName: Ana, initialPassword: {fromEnv: WORKMAILCTL_SECRET_BEN}}\n",
    );
    ends(
        &vaulted.shop.run(&["plan", "acme", "--out", "plan.json"]),
        0,
    );
    let path = vaulted.shop.path("plan.json");
    let honest = std::fs::read_to_string(&path).expect("a plan");
    let forge = |from: &str, to: &str| {
        assert!(honest.contains(from), "{honest}");
        let forged = honest.replace(from, to);
        let mut plan: Plan = serde_json::from_str(&forged).expect("a plan");
        // The hash fits again, so that it is not what stands in the way.
        plan.plan_hash = hash_of(&plan);
        let forged = serde_json::to_string(&plan).expect("plain data");
        std::fs::write(&path, forged).expect("written");
        let output = vaulted
            .shop
            .command(&["apply", "plan.json", "--yes"])
            .env("WORKMAILCTL_SECRET_BEN", BEN)
            .output();
        let output = output.expect("it runs");
        assert_ne!(output.status.code(), Some(0), "{to}: {}", out(&output));
        let users = vaulted.shop.call(
            "ListUsers",
            &json!({ "OrganizationId": vaulted.shop.organization() }),
        );
        assert!(!users.to_string().contains("ana"), "{users}");
    };
    let secret = r#"{"fromEnv":"WORKMAILCTL_SECRET_BEN"}"#;
    let compact: String = honest.split_whitespace().collect();
    assert!(
        compact.contains(&format!(r#""Password":{{"$secret":{secret}}}"#)),
        "{compact}"
    );
    forge(
        "\"fromEnv\": \"WORKMAILCTL_SECRET_BEN\"",
        "\"fromEnv\": \"HOME\"",
    );
    forge(
        "\"fromEnv\": \"WORKMAILCTL_SECRET_BEN\"",
        "\"fromFile\": \"../../acme/acme.yaml\"",
    );
    forge(
        "\"fromEnv\": \"WORKMAILCTL_SECRET_BEN\"",
        "\"fromNowhere\": \"x\"",
    );
    forge("\"Password\": {", "\"LastName\": {");
}

#[test]
fn odd_configurations_are_exported_as_they_are() {
    let shop = Shop::open();
    let organization = shop.organization();
    let ews = |user: &str, endpoint: &str| json!({ "EwsProvider": { "EwsEndpoint": endpoint, "EwsUsername": user, "EwsPassword": "x" } });
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:calendars:$LATEST";
    for (domain, provider) in [
        ("123", ews("null", "http://a/")),
        (
            "-.-",
            ews(
                " a: b # c ",
                "https://A.example:1/x y\"'{}[]&*#?|>%@`\u{e9}",
            ),
        ),
        (
            "YES",
            json!({ "LambdaProvider": { "LambdaArn": function } }),
        ),
        ("1e5", ews("\u{ff}\\", "https://a/~")),
        ("wmctl-tmp-x", ews("a", "https://a/")),
    ] {
        let mut input = provider;
        input["OrganizationId"] = json!(organization);
        input["DomainName"] = json!(domain);
        let reply = shop.call("CreateAvailabilityConfiguration", &input);
        assert!(reply.get("__type").is_none(), "{domain}: {reply}");
    }
    ends(
        &shop.run(&["export", "--organization", "acme", "--dir", "out"]),
        0,
    );
    let planned = shop.run(&["plan", "out"]);
    assert!(
        out(&planned).starts_with("No changes"),
        "{}{}",
        out(&planned),
        err(&planned)
    );
    let drift = shop.run(&["drift", "out"]);
    ends(&drift, 0);
}
