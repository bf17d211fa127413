//! The wire: AWS JSON 1.1 requests to calls, and their replies.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refusal::Refusal;
use super::signature;

/// The largest body that is read, in bytes.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;

const TARGET_PREFIX: &str = "WorkMailService.";

/// A request that names an operation and has a body.
pub(super) struct Asked {
    pub(super) operation: String,
    pub(super) input: Map<String, Value>,
}

/// What a request asks for.
pub(super) fn read(request: &Request<Bytes>) -> Result<Asked, Refusal> {
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(Refusal::with_status(
            "UnknownOperationException",
            404,
            "POST / is the only path of the service.",
        ));
    }
    let headers = request.headers();
    let target = header(headers, "x-amz-target");
    let Some(operation) = target.and_then(|target| target.strip_prefix(TARGET_PREFIX)) else {
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
    if !signature::is_signed(request) {
        return Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "The request has no signature.",
        ));
    }
    if request.body().len() > BODY_LIMIT {
        return Err(too_large());
    }
    let body: &[u8] = if request.body().is_empty() {
        b"{}"
    } else {
        request.body()
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(input)) => Ok(Asked {
            operation: operation.to_owned(),
            input,
        }),
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
    header(request.headers(), "x-amz-target")
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .unwrap_or("(none)")
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
pub(super) fn too_large() -> Refusal {
    Refusal::with_status(
        "RequestEntityTooLargeException",
        413,
        "A body has 1 MiB at most.",
    )
}

/// The reply to a call.
pub(super) fn reply(answer: &Result<Value, Refusal>) -> Response<Bytes> {
    let (status, body) = match answer {
        Ok(value) => (StatusCode::OK, value.to_string()),
        Err(refusal) => (
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
            json!({ "__type": refusal.code, "Message": refusal.message, "message": refusal.message }).to_string(),
        ),
    };
    let mut response = plain(status, "application/x-amz-json-1.1", body);
    if let Err(refusal) = answer {
        let code = http::HeaderValue::from_static(refusal.code);
        response.headers_mut().insert("x-amzn-errortype", code);
    }
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

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
