//! Just enough of Amazon S3, AWS KMS and IAM on loopback for exports: one bucket over a folder that the
//! emulator writes its archives into, one key, one role. What they are like is set by a test.
#![expect(clippy::disallowed_methods, reason = "a server of a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// What the bucket, the key and the role are like.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one case")]
pub(crate) struct Facts {
    pub(crate) bucket: &'static str,
    pub(crate) region: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) policy_is_public: bool,
    pub(crate) list_is_public: bool,
    pub(crate) is_blocked: bool,
    pub(crate) key: &'static str,
    pub(crate) trusts: &'static str,
    /// Refuses to tell anything.
    pub(crate) denies: bool,
    /// The key that archives seem to be encrypted with.
    pub(crate) encrypted_with: Option<&'static str>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            bucket: "mail",
            region: "eu-west-1",
            owner: ACCOUNT,
            policy_is_public: false,
            list_is_public: false,
            is_blocked: false,
            key: "Enabled",
            trusts: "export.workmail.amazonaws.com",
            denies: false,
            encrypted_with: None,
        }
    }
}

/// The account of the emulator's organizations.
pub(crate) const ACCOUNT: &str = "123456789012";

/// The server; it ends with its process.
pub(crate) struct Storage {
    address: String,
    facts: Arc<Mutex<Facts>>,
}

impl Storage {
    /// Serves the buckets of a folder.
    pub(crate) fn over(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let facts: Arc<Mutex<Facts>> = Arc::default();
        let shared = facts.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, facts) = (folder.clone(), shared.clone());
                std::thread::spawn(move || serve(&stream, &folder, &facts));
            }
        });
        Self { address, facts }
    }

    /// Lets them be otherwise from now on.
    pub(crate) fn is(&self, facts: Facts) {
        *self.facts.lock().expect("not poisoned") = facts;
    }

    /// Lets a command find the three services here.
    pub(crate) fn names(&self, command: &mut Command) {
        for service in ["S3", "KMS", "IAM"] {
            command.env(
                format!("AWS_ENDPOINT_URL_{service}"),
                format!("http://{}", self.address),
            );
        }
    }
}

struct Asked {
    method: String,
    path: String,
    query: String,
    owner: Option<String>,
    target: String,
    body: String,
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn serve(stream: &TcpStream, folder: &std::path::Path, facts: &Mutex<Facts>) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let facts = facts.lock().expect("not poisoned").clone();
        let reply = answer(&asked, folder, &facts);
        let mut head = format!(
            "HTTP/1.1 {} X\r\ncontent-length: {}\r\n",
            reply.status,
            reply.body.len()
        );
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut writer = stream;
        let body = if asked.method == "HEAD" {
            &[]
        } else {
            reply.body.as_slice()
        };
        if writer.write_all(head.as_bytes()).is_err() || writer.write_all(body).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut asked = Asked {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        owner: None,
        target: String::new(),
        body: String::new(),
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "x-amz-expected-bucket-owner" => asked.owner = Some(value),
            "x-amz-target" => asked.target = value,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}

fn answer(asked: &Asked, folder: &std::path::Path, facts: &Facts) -> Reply {
    if asked.target == "TrentService.DescribeKey" {
        return key(facts);
    }
    if asked.body.contains("Action=GetRole") {
        return role(facts);
    }
    if facts.denies {
        return refused(403, "AccessDenied");
    }
    let (bucket, object) = match asked.path.trim_start_matches('/').split_once('/') {
        Some((bucket, object)) => (bucket, object),
        None => (asked.path.trim_start_matches('/'), ""),
    };
    if bucket != facts.bucket {
        return refused(404, "NoSuchBucket");
    }
    let region = ("x-amz-bucket-region", facts.region.to_owned());
    if object.is_empty() {
        if facts.region != "eu-west-1" {
            let mut moved = refused(301, "PermanentRedirect");
            moved.headers.push(region);
            return moved;
        }
        if asked
            .owner
            .as_deref()
            .is_some_and(|owner| owner != facts.owner)
        {
            return refused(403, "AccessDenied");
        }
        let mut reply = told(200, &about_bucket(asked, folder, facts));
        if reply.body.starts_with(b"none:") {
            let code = String::from_utf8_lossy(&reply.body[5..]).into_owned();
            return refused(404, &code);
        }
        reply.headers.push(region);
        return reply;
    }
    let path = folder.join(bucket).join(object);
    match std::fs::read(path) {
        Err(_) => refused(404, "NoSuchKey"),
        Ok(body) => {
            let mut headers = vec![
                ("etag", "\"e\"".to_owned()),
                ("content-type", "application/zip".to_owned()),
            ];
            if let Some(key) = facts.encrypted_with {
                headers.push(("x-amz-server-side-encryption", "aws:kms".to_owned()));
                headers.push((
                    "x-amz-server-side-encryption-aws-kms-key-id",
                    key.to_owned(),
                ));
            }
            Reply {
                status: 200,
                headers,
                body,
            }
        }
    }
}

fn about_bucket(asked: &Asked, folder: &std::path::Path, facts: &Facts) -> String {
    let of = |name: &str| {
        asked
            .query
            .split('&')
            .any(|part| part.split('=').next() == Some(name))
    };
    if of("policyStatus") {
        return format!(
            "<PolicyStatus><IsPublic>{}</IsPublic></PolicyStatus>",
            facts.policy_is_public
        );
    }
    if of("publicAccessBlock") {
        if !facts.is_blocked {
            return "none:NoSuchPublicAccessBlockConfiguration".to_owned();
        }
        return "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>".to_owned();
    }
    if of("acl") {
        let uri = if facts.list_is_public {
            "http://acs.amazonaws.com/groups/global/AllUsers"
        } else {
            "http://acs.amazonaws.com/groups/s3/LogDelivery"
        };
        return format!(
            "<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>{uri}</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
        );
    }
    if of("list-type") {
        let wanted = asked
            .query
            .split('&')
            .find_map(|part| part.strip_prefix("prefix="));
        let prefix = wanted.unwrap_or_default().replace("%2F", "/");
        return listed(&folder.join(facts.bucket), &prefix);
    }
    String::new()
}

fn listed(bucket: &std::path::Path, prefix: &str) -> String {
    let mut found = String::new();
    let mut todo = vec![bucket.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let key = path
                .strip_prefix(bucket)
                .expect("below")
                .display()
                .to_string();
            if key.starts_with(prefix) {
                let size = entry.metadata().map_or(0, |known| known.len());
                found.push_str(&format!(
                    "<Contents><Key>{key}</Key><Size>{size}</Size></Contents>"
                ));
            }
        }
    }
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")
}

fn key(facts: &Facts) -> Reply {
    if facts.denies {
        let mut reply = told(400, r#"{"__type":"AccessDeniedException","message":"no"}"#);
        reply.headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
        return reply;
    }
    let body = if facts.key == "none" {
        r#"{"__type":"NotFoundException","message":"no such key"}"#.to_owned()
    } else {
        format!(
            r#"{{"KeyMetadata":{{"KeyId":"k","KeyState":"{}","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT"}}}}"#,
            facts.key
        )
    };
    let status = if facts.key == "none" { 400 } else { 200 };
    let mut reply = told(status, &body);
    reply.headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
    reply
}

fn role(facts: &Facts) -> Reply {
    if facts.denies {
        return told(
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
        );
    }
    let trust = format!(
        "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A%22{}%22%7D%7D%5D%7D",
        facts.trusts
    );
    told(
        200,
        &format!(
            "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><Path>/</Path><RoleName>export</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::{ACCOUNT}:role/export</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
        ),
    )
}

fn told(status: u16, body: &str) -> Reply {
    Reply {
        status,
        headers: vec![("content-type", "application/xml".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

fn refused(status: u16, code: &str) -> Reply {
    told(
        status,
        &format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"),
    )
}
