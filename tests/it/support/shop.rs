//! A folder with a manifest, an emulator in another process, and the binary with nothing of this machine
//! in its environment.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::served::{Connection, Served};

pub(crate) const MANIFEST: &str = "\
apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com]}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], jobTitle: Engineer}
  bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: [{grantee: ana, rights: [SEND_AS]}]}
groups:
  staff: {email: staff@example.com, aliases: [], members: [ana, bob]}
";

/// A folder with a manifest, and an emulator in another process.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    _emulator: Served,
    pub(crate) address: String,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(flags: &[&str]) -> Self {
        Self::of(Served::start(flags))
    }

    pub(crate) fn of(emulator: Served) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("acme")).expect("a folder");
        let shop = Self {
            folder,
            address: emulator.address.clone(),
            _emulator: emulator,
        };
        shop.manifest(MANIFEST);
        shop
    }

    pub(crate) fn manifest(&self, text: &str) {
        std::fs::write(self.path("acme/acme.yaml"), text).expect("it can be written");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.folder.path(), args);
        command.env(
            "AWS_ENDPOINT_URL_WORKMAIL",
            format!("http://{}", self.address),
        );
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it runs")
    }

    /// Makes a call by raw HTTP, as somebody behind the manifest's back does.
    pub(crate) fn call(&self, operation: &str, body: &Value) -> Value {
        let mut connection = Connection::open(&self.address).expect("the emulator listens");
        connection.ask(operation, body).expect("a reply")
    }

    /// Steers the emulator: its clock, its faults.
    pub(crate) fn control(&self, method: &str, path: &str, body: &str) {
        let mut connection = Connection::open(&self.address).expect("the emulator listens");
        let request = format!(
            "{method} /_emulator/{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, _) = connection.send(request.as_bytes()).expect("a reply");
        assert_eq!(status, 200, "{path}");
    }

    /// How many calls that write were made, refused ones too.
    pub(crate) fn writes(&self) -> usize {
        let mut connection = Connection::open(&self.address).expect("the emulator listens");
        let request = "GET /_emulator/stats HTTP/1.1\r\nhost: emulator\r\n\r\n";
        let (status, body) = connection.send(request.as_bytes()).expect("a reply");
        assert_eq!(status, 200);
        let told: Value = serde_json::from_slice(&body).expect("JSON");
        let log = told["log"].as_array().expect("a log").iter();
        log.filter(|entry| entry["write"] == true).count()
    }

    pub(crate) fn organization(&self) -> String {
        let all = self.call("ListOrganizations", &json!({}));
        all["OrganizationSummaries"][0]["OrganizationId"]
            .as_str()
            .expect("there is one")
            .to_owned()
    }

    pub(crate) fn id(&self, list: &str, field: &str, name: &str) -> String {
        let listed = self.call(list, &json!({ "OrganizationId": self.organization() }));
        let all = listed[field].as_array().expect("a list").clone();
        let found = all.into_iter().find(|one| one["Name"] == name);
        found.expect("it is listed")["Id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }
}

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_workmailctl"))
}

/// The binary with nothing of this machine in its environment.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
pub(crate) fn ends(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout:\n{}\nstderr:\n{}",
        out(output),
        err(output)
    );
}
