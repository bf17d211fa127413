//! The wire: AWS JSON 1.1 requests to calls, and their replies; and those of the Message Flow API, which
//! is REST with JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refusal::Refusal;
use super::signature;

/// The largest body that is read, in bytes.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

const TARGET_PREFIX: &str = "WorkMailService.";

const GET_MESSAGE: &str = "GetRawMessageContent";
const PUT_MESSAGE: &str = "PutRawMessageContent";

/// A request that names an operation and has a body.
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) input: Map<String, Value>,
}

/// What a request asks for.
pub(super) fn read(request: &Request<Bytes>) -> Result<Asked, Refusal> {
    if let Some((operation, message)) = flow(request) {
        return read_flow(request, operation, message);
    }
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(Refusal::with_status(
            "UnknownOperationException",
            404,
            "POST / is the only path of the service.",
        ));
    }
    let headers = request.headers();
    let target = header(headers, "x-amz-target");
    let operation = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let Some(operation) = operation.filter(|operation| !is_flow(operation)) else {
        return Err(Refusal::new(
            "UnknownOperationException",
            "X-Amz-Target names no operation of WorkMailService.",
        ));
    };
    if !header(headers, "content-type").is_some_and(is_json) {
        return Err(Refusal::with_status(
            "UnknownOperationException",
            404,
            "The content type must be application/x-amz-json-1.1.",
        ));
    }
    Ok(Asked {
        operation: operation.to_owned(),
        input: signed_body(request)?,
    })
}

/// The operation of the Message Flow API that a request names, with the id of the message.
fn flow(request: &Request<Bytes>) -> Option<(&'static str, &str)> {
    let message = request.uri().path().strip_prefix("/messages/")?;
    match *request.method() {
        Method::GET => Some((GET_MESSAGE, message)),
        Method::POST => Some((PUT_MESSAGE, message)),
        _ => None,
    }
}

fn read_flow(request: &Request<Bytes>, operation: &str, message: &str) -> Result<Asked, Refusal> {
    let mut input = signed_body(request)?;
    let message = percent_encoding::percent_decode_str(message).decode_utf8_lossy();
    input.insert("messageId".to_owned(), json!(message));
    Ok(Asked {
        operation: operation.to_owned(),
        input,
    })
}

/// The body of a request that is signed.
fn signed_body(request: &Request<Bytes>) -> Result<Map<String, Value>, Refusal> {
    if !signature::is_signed(request) {
        return Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "The request has no signature.",
        ));
    }
    if request.body().len() > BODY_LIMIT {
        return Err(too_large(BODY_LIMIT));
    }
    let body: &[u8] = if request.body().is_empty() {
        b"{}"
    } else {
        request.body()
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(input)) => Ok(input),
        Ok(_) => Err(Refusal::new(
            "SerializationException",
            "The body must be a JSON object.",
        )),
        Err(_) => Err(Refusal::new(
            "SerializationException",
            "The body is no JSON.",
        )),
    }
}

/// True for the content types of JSON requests, whatever parameters follow.
fn is_json(content_type: &str) -> bool {
    let bare = content_type.split(';').next().unwrap_or_default().trim();
    [
        "application/x-amz-json-1.1",
        "application/x-amz-json-1.0",
        "application/json",
    ]
    .iter()
    .any(|known| bare.eq_ignore_ascii_case(known))
}

/// The operation that a request names, for faults and counts.
pub(super) fn operation_of(request: &Request<Bytes>) -> &str {
    if let Some((operation, _)) = flow(request) {
        return operation;
    }
    header(request.headers(), "x-amz-target")
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .filter(|operation| !is_flow(operation))
        .unwrap_or("(none)")
}

/// The name of the service in signatures of an operation.
pub(super) fn service_of(operation: &str) -> &'static str {
    if is_flow(operation) {
        "workmailmessageflow"
    } else {
        "workmail"
    }
}

fn is_flow(operation: &str) -> bool {
    matches!(operation, GET_MESSAGE | PUT_MESSAGE)
}

/// The region that the signature names.
pub(super) fn region_of(request: &Request<Bytes>) -> &str {
    header(request.headers(), "authorization")
        .and_then(|text| text.split("Credential=").nth(1))
        .and_then(|scope| scope.split('/').nth(2))
        .filter(|region| !region.is_empty())
        .unwrap_or("eu-west-1")
}

/// The reply of a body that is too large.
pub(super) fn too_large(limit: usize) -> Refusal {
    Refusal::with_status(
        "RequestEntityTooLargeException",
        413,
        format!("A body has {} MiB at most.", limit / 1024 / 1024),
    )
}

/// The reply to a call of an operation.
pub(super) fn reply(operation: &str, answer: &Result<Value, Refusal>) -> Response<Bytes> {
    let (status, body) = match answer {
        Ok(Value::String(content)) if operation == GET_MESSAGE => (
            StatusCode::OK,
            STANDARD.decode(content).unwrap_or_default(),
        ),
        Ok(value) => (StatusCode::OK, value.to_string().into_bytes()),
        Err(refusal) => (
            status_of(operation, refusal),
            json!({ "__type": refusal.code, "Message": refusal.message, "message": refusal.message })
                .to_string()
                .into_bytes(),
        ),
    };
    // The samples of the reference have this type even where the body is a message.
    let content_type = if is_flow(operation) {
        "application/json"
    } else {
        "application/x-amz-json-1.1"
    };
    let mut response = plain(status, content_type, body);
    if let Err(refusal) = answer {
        let code = http::HeaderValue::from_static(refusal.code);
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

/// Only the Message Flow API says that something is not there by a status of its own.
fn status_of(operation: &str, refusal: &Refusal) -> StatusCode {
    if is_flow(operation) && refusal.code == "ResourceNotFoundException" {
        return StatusCode::NOT_FOUND;
    }
    StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Tells the time of a virtual clock; a real one is told by the server. It is what clients have of the
/// service's time.
pub(super) fn tell_time(response: &mut Response<Bytes>, time: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the clock ends with the year 9999"
    )]
    let time = Timestamp::from_second(time as i64).unwrap_or_default();
    let text = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(value) = http::HeaderValue::from_str(&text) {
        response.headers_mut().insert(http::header::DATE, value);
    }
}

/// How long the body of a reply was before it was cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct FullLength(pub(super) usize);

/// A reply that ends in its middle.
pub(super) fn truncated(response: Response<Bytes>) -> Response<Bytes> {
    let length = response.body().len();
    let mut response = response.map(|body| body.slice(..length / 2));
    response.extensions_mut().insert(FullLength(length));
    response
}

/// A reply with this body.
pub(super) fn plain(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static(content_type));
    let id = Uuid::new_v4().to_string();
    headers.insert(
        "x-amzn-requestid",
        http::HeaderValue::from_str(&id).expect("a UUID is ASCII"),
    );
    response
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
