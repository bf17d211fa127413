//! The socket: HTTP/1.1 on loopback.
#![expect(
    clippy::disallowed_methods,
    reason = "it serves connections in the background"
)]

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::{ConnectionLost, Emulator, EmulatorError, wire};

/// How long a client may take for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a client may take for the body of a request.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A socket that listens.
#[derive(Debug)]
pub struct Server {
    emulator: Emulator,
    listener: TcpListener,
    address: SocketAddr,
}

impl Emulator {
    /// Listens on an address; port 0 takes a free one.
    pub async fn bind(&self, address: SocketAddr) -> Result<Server, EmulatorError> {
        if !address.ip().is_loopback() && !self.inner.allow_remote {
            return Err(EmulatorError::Remote(address));
        }
        let failed = |error| EmulatorError::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server {
            emulator: self.clone(),
            listener,
            address,
        })
    }
}

impl Server {
    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready. Requests under way are answered.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let stream = tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // Too many open files and the like: others go on, this one is tried again.
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        continue;
                    };
                    stream
                }
                Some(_) = connections.join_next() => continue,
            };
            let _ = stream.set_nodelay(true);
            let emulator = self.emulator.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| serve(emulator.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_TIME)
                    .serve_connection(TokioIo::new(stream), service);
                // A connection that breaks is the client's affair.
                let _ = connection.await;
            });
        }
        let _ = tokio::time::timeout(Duration::from_millis(200), async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }
}

/// Answers one request; an error closes the connection without a reply.
async fn serve(
    emulator: Emulator,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, ConnectionLost> {
    let (parts, body) = request.into_parts();
    let limit = if parts.uri.path().starts_with("/_emulator") {
        usize::MAX
    } else {
        wire::BODY_LIMIT
    };
    let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await;
    let bytes = match collected {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let mut response = wire::reply("", &Err(wire::too_large()));
            response
                .headers_mut()
                .insert("connection", http::HeaderValue::from_static("close"));
            return Ok(response.map(Full::new));
        }
        Ok(Err(_)) | Err(_) => return Err(ConnectionLost),
    };
    let response = emulator.handle(Request::from_parts(parts, bytes)).await?;
    Ok(response.map(Full::new))
}
