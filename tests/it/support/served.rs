//! An emulator in a process of its own, and a connection to it past every client. Benches use it too.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A running emulator with the organization `acme` and its domain `example.com`; ended with SIGKILL
/// when it is dropped.
pub(crate) struct Served {
    pub(crate) process: Child,
    pub(crate) address: String,
}

impl Served {
    /// Starts one on a free port, with these flags.
    pub(crate) fn start<S: AsRef<OsStr>>(flags: impl IntoIterator<Item = S>) -> Self {
        Self::seeded("acme=example.com", flags)
    }

    /// One with another organization.
    pub(crate) fn seeded<S: AsRef<OsStr>>(
        organization: &str,
        flags: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_workmailctl"))
            .args(["emulator", "--listen", "127.0.0.1:0"])
            .args(["--organization", organization])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its first line");
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("it did not start: {line}"));
        Self {
            address: address.to_owned(),
            process,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Status and body of the reply to a whole request.
    pub(crate) fn send(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.0.get_mut().write_all(request)?;
        let (mut line, mut length, mut status) = (String::new(), 0, 0);
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let head = line.trim_end();
            if head.is_empty() {
                break;
            }
            if let Some(told) = head.strip_prefix("HTTP/1.1 ") {
                status = told[..3].parse().expect("a status");
            }
            let told = head
                .split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            if let Some((_, told)) = told {
                length = told.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    /// The reply to a call that is not refused; an error: there was none, and nobody knows whether the
    /// call had its effect.
    pub(crate) fn ask(&mut self, operation: &str, input: &Value) -> io::Result<Value> {
        let target = format!("WorkMailService.{operation}");
        let (status, body) = self.send(&request(&target, input))?;
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{operation}: {text}");
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// A request of AWS JSON 1.1 with a signature that nobody checks.
pub(crate) fn request(target: &str, input: &Value) -> Vec<u8> {
    let body = input.to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: emulator\r\ncontent-type: application/x-amz-json-1.1\r\n\
         content-length: {}\r\nx-amz-target: {target}\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=a/20260101/eu-west-1/workmail/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
