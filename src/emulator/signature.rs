//! Signatures of requests: Signature Version 4 in the header or in the query, checked on demand.
//! Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
//!
//! The names of the refusals are those that services of this protocol answer.

use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::hex;
use super::refusal::Refusal;
use super::wire::header;

/// The key that requests must be signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The id of the key.
    pub access_key: String,
    /// The secret; it is never shown.
    pub secret: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How far the time of a request may be from now, in seconds. Source: API reference, `RequestExpired`.
const LEEWAY: f64 = 15.0 * 60.0;

/// What stays as it is in a canonical path or query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parts of a signature.
struct Signature<'a> {
    access_key: String,
    /// Date, region, service and `aws4_request`.
    scope: Vec<String>,
    signed_headers: Vec<String>,
    given: String,
    time: &'a str,
    /// For how many seconds a signed query is good.
    expires: Option<f64>,
}

/// True if a request carries something that looks like a signature.
pub(super) fn is_signed(request: &Request<Bytes>) -> bool {
    header(request.headers(), "authorization").is_some_and(|text| text.starts_with(ALGORITHM))
        || query(request).any(|(name, _)| name == "X-Amz-Signature")
}

/// Refuses a request that is not signed with the key for this service.
pub(super) fn check(
    request: &Request<Bytes>,
    key: &SigningKey,
    service: &str,
    now: f64,
) -> Result<(), Refusal> {
    let found = parts(request).ok_or_else(|| {
        Refusal::new(
            "IncompleteSignatureException",
            "The signature lacks a credential, signed headers, a signature or a date.",
        )
    })?;
    if found.access_key != key.access_key {
        return Err(Refusal::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ));
    }
    let [date, region, named, terminator] = found.scope.as_slice() else {
        return Err(mismatch("The credential has no scope of four parts."));
    };
    if named != service || terminator != "aws4_request" || !found.time.starts_with(date.as_str()) {
        return Err(mismatch(&format!(
            "The credential must be scoped to the date of the request and to service {service}."
        )));
    }
    if !found.signed_headers.iter().any(|name| name == "host") {
        return Err(mismatch("The header host must be signed."));
    }
    let seconds = seconds(found.time).ok_or_else(|| mismatch("The date cannot be read."))?;
    if now - seconds > found.expires.unwrap_or(LEEWAY) || seconds - now > LEEWAY {
        return Err(mismatch("Signature expired."));
    }
    let scope = found.scope.join("/");
    let canonical = Sha256::digest(canonical(request, &found));
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{}", found.time, hex(&canonical));
    let mut derived = format!("AWS4{}", key.secret).into_bytes();
    for part in [date, region, named, terminator] {
        derived = keyed(&derived, part.as_bytes())
            .finalize()
            .into_bytes()
            .to_vec();
    }
    let given = unhex(&found.given).unwrap_or_default();
    // The comparison takes the same time whatever differs.
    keyed(&derived, to_sign.as_bytes())
        .verify_slice(&given)
        .map_err(|_| {
            mismatch(
                "The request signature we calculated does not match the signature you provided.",
            )
        })
}

fn mismatch(message: &str) -> Refusal {
    Refusal::new("InvalidSignatureException", message)
}

fn keyed(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(message);
    mac
}

fn parts(request: &Request<Bytes>) -> Option<Signature<'_>> {
    let (credential, headers, given, time, expires);
    if let Some(text) = header(request.headers(), "authorization") {
        let text = text.strip_prefix(ALGORITHM)?;
        let part = |name: &str| {
            let mut parts = text.split(',').map(str::trim);
            parts.find_map(|part| Some(part.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
        };
        credential = part("Credential")?;
        headers = part("SignedHeaders")?;
        given = part("Signature")?;
        time = header(request.headers(), "x-amz-date")?;
        expires = None;
    } else {
        let part = |name: &str| {
            let mut parts = query(request);
            parts.find_map(|(found, value)| (found == name).then_some(value))
        };
        credential = decoded(part("X-Amz-Credential")?);
        headers = decoded(part("X-Amz-SignedHeaders")?);
        given = decoded(part("X-Amz-Signature")?);
        time = part("X-Amz-Date")?;
        expires = Some(part("X-Amz-Expires")?.parse().ok()?);
    }
    let mut scope: Vec<String> = credential.split('/').map(str::to_owned).collect();
    let access_key = scope.remove(0);
    Some(Signature {
        access_key,
        scope,
        signed_headers: headers.split(';').map(str::to_owned).collect(),
        given,
        time,
        expires,
    })
}

/// The request in the form that is signed.
fn canonical(request: &Request<Bytes>, signature: &Signature<'_>) -> String {
    // Every part of the path is encoded as it stands, so that what is encoded already is encoded twice.
    let path: Vec<String> = request
        .uri()
        .path()
        .split('/')
        .map(|part| utf8_percent_encode(part, ENCODED).to_string())
        .collect();
    let mut parameters: Vec<(String, String)> = query(request)
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| {
            let encoded = |text: &str| utf8_percent_encode(&decoded(text), ENCODED).to_string();
            (encoded(name), encoded(value))
        })
        .collect();
    parameters.sort();
    let parameters: Vec<String> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = String::new();
    for name in &signature.signed_headers {
        let values: Vec<String> = request
            .headers()
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let _ = writeln!(headers, "{name}:{}", values.join(","));
    }
    let body = match header(request.headers(), "x-amz-content-sha256") {
        Some("UNSIGNED-PAYLOAD") => "UNSIGNED-PAYLOAD".to_owned(),
        _ => hex(&Sha256::digest(request.body())),
    };
    [
        request.method().as_str(),
        &path.join("/"),
        &parameters.join("&"),
        &headers,
        &signature.signed_headers.join(";"),
        &body,
    ]
    .join("\n")
}

fn query(request: &Request<Bytes>) -> impl Iterator<Item = (&str, &str)> {
    let text = request.uri().query().unwrap_or_default();
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `20260102T030405Z` in seconds since 1970.
fn seconds(text: &str) -> Option<f64> {
    let format = "%Y%m%dT%H%M%SZ";
    let civil = jiff::civil::DateTime::strptime(format, text).ok()?;
    let time: Timestamp = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(time.as_duration().as_secs_f64())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation: `GET /?Action=ListUsers&Version=2010-05-08` of IAM, with the
    /// key that AWS publishes for examples.
    fn example() -> (Request<Bytes>, SigningKey) {
        let request = Request::get("/?Action=ListUsers&Version=2010-05-08")
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .header("host", "iam.amazonaws.com")
            .header("x-amz-date", "20150830T123600Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            )
            .body(Bytes::new())
            .expect("a request");
        let key = SigningKey {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        };
        (request, key)
    }

    const THEN: f64 = 1_440_938_160.0;

    fn refused(request: &Request<Bytes>, key: &SigningKey, now: f64) -> Option<&'static str> {
        check(request, key, "iam", now)
            .err()
            .map(|refusal| refusal.code)
    }

    #[test]
    fn the_documented_example_is_accepted() {
        let (request, key) = example();
        assert_eq!(refused(&request, &key, THEN), None);
    }

    #[test]
    fn what_is_signed_otherwise_is_refused() {
        let (request, key) = example();
        let wrong = Some("InvalidSignatureException");
        assert_eq!(refused(&request, &key, THEN + 1000.0), wrong);
        assert_eq!(refused(&request, &key, THEN - 1000.0), wrong);
        let other = SigningKey {
            secret: "another".to_owned(),
            ..key.clone()
        };
        assert_eq!(refused(&request, &other, THEN), wrong);
        let other = SigningKey {
            access_key: "AKIDOTHER".to_owned(),
            ..key.clone()
        };
        assert_eq!(
            refused(&request, &other, THEN),
            Some("UnrecognizedClientException")
        );
        assert!(check(&request, &key, "workmail", THEN).is_err());
        let (mut changed, _) = example();
        *changed.body_mut() = Bytes::from_static(b"x");
        assert_eq!(refused(&changed, &key, THEN), wrong);
        let (mut bare, _) = example();
        bare.headers_mut().remove("x-amz-date");
        assert_eq!(
            refused(&bare, &key, THEN),
            Some("IncompleteSignatureException")
        );
    }
}
