//! A server on loopback that gives every request the same bytes.
#![expect(clippy::disallowed_methods, reason = "it serves in the background")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use workmailctl::client::Connect;

/// How long a connection is listened to.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server; it ends with this value.
pub(crate) struct Loopback {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    task: JoinHandle<()>,
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Loopback {
    /// A server that answers with this status line, content type and body.
    pub(crate) async fn new(status: &str, content_type: &str, body: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nx-amzn-requestid: 4f-loopback\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ))
        .await
    }

    /// A server that answers with these bytes and closes the connection.
    pub(crate) async fn raw(reply: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, reply) = (Arc::clone(&seen), reply.clone());
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, &seen, &reply)).await;
                });
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// What connects to it.
    pub(crate) fn connect(&self) -> Connect {
        Connect {
            endpoint_url: Some(format!("http://{}", self.address)),
            test_credentials: true,
            ..Connect::default()
        }
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What was sent to it, connection by connection.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().expect("no panic holds it").clone()
    }
}

async fn answer(mut stream: TcpStream, seen: &Mutex<Vec<Vec<u8>>>, reply: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => request.extend_from_slice(&chunk[..count]),
        }
    }
    seen.lock().expect("no panic holds it").push(request);
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// True for a whole HTTP request, and for the beginning of a TLS connection.
fn is_whole(request: &[u8]) -> bool {
    if request.first() == Some(&0x16) {
        return true;
    }
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    body.len() >= length
}
