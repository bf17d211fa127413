//! The socket: HTTP/1.1 on loopback.
#![expect(
    clippy::disallowed_methods,
    reason = "it serves connections in the background"
)]

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Sleep;

use super::{ConnectionLost, Emulator, EmulatorError, control, wire};

/// How long a client may take for the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a client may take for the body of a request.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long requests under way are waited for at the end.
const END_TIME: Duration = Duration::from_secs(5);
/// How long a reply that is cut off stays open behind what is sent of it, so that this arrives.
const CUT_TIME: Duration = Duration::from_millis(20);
/// The largest body of a request to `/_emulator`, in bytes: a whole state is one.
const CONTROL_LIMIT: usize = 512 * 1024 * 1024;

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

    /// Serves until `shutdown` is ready. Requests under way are answered, if that takes no longer than
    /// five seconds; connections without one are closed at once.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut connections = JoinSet::new();
        let (end, ended) = watch::channel(());
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
            let mut ended = ended.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| serve(emulator.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_TIME)
                    .serve_connection(TokioIo::new(stream), service);
                let mut connection = std::pin::pin!(connection);
                // A connection that breaks is the client's affair.
                tokio::select! {
                    _ = connection.as_mut() => {}
                    _ = ended.changed() => {
                        connection.as_mut().graceful_shutdown();
                        let _ = connection.await;
                    }
                }
            });
        }
        // Whoever comes now is refused by the system, and not left waiting.
        drop(self.listener);
        drop(end);
        let _ = tokio::time::timeout(END_TIME, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }
}

/// Answers one request; an error closes the connection without a reply.
async fn serve(
    emulator: Emulator,
    request: Request<Incoming>,
) -> Result<Response<Reply>, ConnectionLost> {
    let (parts, body) = request.into_parts();
    let limit = if control::is_meant(parts.uri.path()) {
        CONTROL_LIMIT
    } else {
        wire::BODY_LIMIT
    };
    let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await;
    let bytes = match collected {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let mut response = wire::reply("", &Err(wire::too_large(limit)));
            response
                .headers_mut()
                .insert("connection", http::HeaderValue::from_static("close"));
            return Ok(response.map(Reply::whole));
        }
        Ok(Err(_)) | Err(_) => return Err(ConnectionLost),
    };
    let mut response = emulator.handle(Request::from_parts(parts, bytes)).await?;
    let Some(wire::FullLength(length)) = response.extensions_mut().remove() else {
        return Ok(response.map(Reply::whole));
    };
    let headers = response.headers_mut();
    headers.insert("content-length", http::HeaderValue::from(length));
    Ok(response.map(Reply::cut))
}

/// The body of a reply.
struct Reply {
    content: Option<Bytes>,
    /// Runs out before a reply that is cut off ends with an error, which closes the connection.
    cut: Option<Pin<Box<Sleep>>>,
}

impl Reply {
    fn whole(content: Bytes) -> Self {
        Self {
            content: Some(content),
            cut: None,
        }
    }

    fn cut(content: Bytes) -> Self {
        Self {
            content: Some(content),
            cut: Some(Box::pin(tokio::time::sleep(CUT_TIME))),
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = ConnectionLost;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionLost>>> {
        let reply = self.get_mut();
        if let Some(content) = reply.content.take().filter(|content| !content.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(content))));
        }
        match &mut reply.cut {
            None => Poll::Ready(None),
            Some(time) => time
                .as_mut()
                .poll(context)
                .map(|()| Some(Err(ConnectionLost))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.content.as_ref().is_none_or(Bytes::is_empty)
    }

    /// Of a reply that is cut off the header tells the length.
    fn size_hint(&self) -> SizeHint {
        match &self.cut {
            None => SizeHint::with_exact(self.content.as_ref().map_or(0, Bytes::len) as u64),
            Some(_) => SizeHint::default(),
        }
    }
}
