//! Calls an Exchange Web Services endpoint on this machine, and tells whether the credentials get in.
//!
//! An emulator that connects to wherever a request says would be a hole in the network that it runs in:
//! only plain HTTP to a loopback address is called, no name is resolved, no redirection followed.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::secret::Held;

/// How long the endpoint may take.
const TIME: Duration = Duration::from_secs(3);
/// The longest reply that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// The longest reason, in characters. Source: API reference, `TestAvailabilityConfiguration`.
const REASON: usize = 256;

/// A small request that every EWS server answers who lets the user in.
/// Source: Microsoft, EWS reference, `GetServerTimeZones`.
const BODY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<soap:Header><t:RequestServerVersion Version="Exchange2010"/></soap:Header>
<soap:Body><m:GetServerTimeZones ReturnFullTimeZoneData="false"><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones></soap:Body>
</soap:Envelope>"#;

/// An endpoint, and who signs in there.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) endpoint: String,
    pub(super) user_name: String,
    pub(super) password: Held,
}

/// The reply of a test that failed.
pub(super) fn failed(reason: &str) -> Value {
    let reason: String = reason.chars().take(REASON).collect();
    json!({ "TestPassed": false, "FailureReason": reason })
}

impl Probe {
    /// Calls the endpoint. Returns the reply of `TestAvailabilityConfiguration`.
    pub(super) async fn run(self) -> Value {
        let outcome = timeout(TIME, self.call()).await;
        let late = || Err(format!("No reply came within {} seconds.", TIME.as_secs()));
        match outcome.unwrap_or_else(|_| late()) {
            Ok(()) => json!({ "TestPassed": true }),
            Err(reason) => failed(&reason),
        }
    }

    async fn call(&self) -> Result<(), String> {
        let uri: Uri = self
            .endpoint
            .parse()
            .map_err(|_| "The endpoint is no URL.".to_owned())?;
        let address = loopback(&uri).ok_or_else(|| {
            "The emulator connects to http://127.0.0.1 and http://localhost only.".to_owned()
        })?;
        let stream = TcpStream::connect(address).await.map_err(|error| {
            if error.kind() == ErrorKind::ConnectionRefused {
                "The connection was refused.".to_owned()
            } else {
                format!("The connection failed: {error}.")
            }
        })?;
        let broken = |error: hyper::Error| {
            if error.is_parse() {
                "The reply is no HTTP.".to_owned()
            } else {
                "The connection ended without a reply.".to_owned()
            }
        };
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        let request = self.request(&uri)?;
        let exchange = async {
            let reply = sender.send_request(request).await.map_err(broken)?;
            let status = reply.status();
            if status != StatusCode::OK {
                return Err(format!("The endpoint answered with status {status}."));
            }
            let body = Limited::new(reply.into_body(), LONGEST).collect().await;
            let body = body.map_err(|error| format!("The reply cannot be read: {error}."))?;
            understood(&body.to_bytes())
        };
        // The connection works for the exchange, and may end before all of the reply is looked at.
        let (mut exchange, mut connection) = (std::pin::pin!(exchange), std::pin::pin!(connection));
        tokio::select! {
            biased;
            outcome = &mut exchange => return outcome,
            _ = &mut connection => {}
        }
        exchange.await
    }

    fn request(&self, uri: &Uri) -> Result<Request<Full<Bytes>>, String> {
        let credentials = format!("{}:{}", self.user_name, self.password.reveal());
        let host = uri.authority().map_or("", http::uri::Authority::as_str);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Request::post(path)
            .header(header::HOST, host)
            .header(
                header::AUTHORIZATION,
                format!("Basic {}", STANDARD.encode(credentials)),
            )
            .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(header::CONNECTION, "close")
            .body(Full::new(Bytes::from_static(BODY.as_bytes())))
            .map_err(|error| format!("The endpoint cannot be called: {error}."))
    }
}

/// Where a URL leads on this machine: `localhost` or an address 127.x.x.x, by plain HTTP.
fn loopback(uri: &Uri) -> Option<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return None;
    }
    let host = uri.host()?;
    let address = if host.eq_ignore_ascii_case("localhost") {
        Ipv4Addr::LOCALHOST
    } else {
        host.parse().ok().filter(Ipv4Addr::is_loopback)?
    };
    // A port that is no number below 65536 is none to `Uri`, and must not become the usual one.
    let authority = uri.authority()?.as_str();
    let port = match authority.rsplit_once(':') {
        Some((_, port)) => port.parse().ok()?,
        None => 80,
    };
    Some((address, port).into())
}

/// A SOAP envelope that is no fault.
fn understood(body: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(body);
    let mut tags = text
        .split('<')
        .skip(1)
        .filter(|tag| !tag.starts_with(['?', '!', '/']))
        .map(|tag| {
            let name = tag.split([' ', '\t', '\r', '\n', '>', '/']).next();
            let name = name.unwrap_or_default();
            name.rsplit_once(':').map_or(name, |(_, local)| local)
        });
    let last = text.rsplit('<').next().unwrap_or_default().trim_end();
    let is_whole = last.starts_with('/') && last.ends_with("Envelope>");
    if tags.next() != Some("Envelope") || !is_whole {
        return Err("The reply is no SOAP envelope.".to_owned());
    }
    if tags.any(|name| name == "Fault") {
        return Err("The endpoint answered with a SOAP fault.".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_this_machine_is_called() {
        let to = |text: &str| loopback(&text.parse().expect("a URL"));
        assert_eq!(
            to("http://127.0.0.1:8/EWS"),
            Some(([127, 0, 0, 1], 8).into())
        );
        assert_eq!(to("http://LocalHost/x"), Some(([127, 0, 0, 1], 80).into()));
        assert_eq!(to("http://127.9.9.9/"), Some(([127, 9, 9, 9], 80).into()));
        for other in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "http://localhost./",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://127.0.0.1:99999/",
        ] {
            let uri: Result<Uri, _> = other.parse();
            assert_eq!(uri.ok().and_then(|uri| loopback(&uri)), None, "{other}");
        }
    }

    #[test]
    fn a_reply_is_an_envelope_without_a_fault() {
        let envelope = |inner: &str| {
            format!(
                "<?xml version='1.0'?>\n<!-- x -->\n<s:Envelope xmlns:s='x'>{inner}</s:Envelope>\n"
            )
        };
        assert_eq!(understood(envelope("<s:Body/>").as_bytes()), Ok(()));
        let fault = "<s:Body><s:Fault><faultstring/></s:Fault></s:Body>";
        for other in [
            envelope(fault).as_str(),
            "<html><Envelope></Envelope></html>",
            "<Envelope>",
            "",
            "Envelope>",
        ] {
            assert!(understood(other.as_bytes()).is_err(), "{other}");
        }
    }
}
