//! `ApiError`: what the service or the way to it refused, in one shape.

use aws_sdk_workmail::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_workmail::operation::RequestId;

use crate::model::{Unknown, UnknownCause};

use super::retry::is_throttling;

/// A request without the answer that was hoped for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}{}", .code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default(), .request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default())]
pub struct ApiError {
    /// What sort of error it is.
    pub kind: ApiErrorKind,
    /// The error code, where the service gave one.
    pub code: Option<String>,
    /// What it said.
    pub message: String,
    /// The request id, where a reply came.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
}

/// The sort of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// The API says of what was named that it is not there.
    NotFound,
    /// Any other error that the API declares.
    Refused,
    /// The caller may not.
    Denied,
    /// Throttled beyond all retries.
    Throttled,
    /// No answer, or the service failed.
    Unreachable,
    /// An answer that makes no sense.
    Garbled,
}

impl ApiErrorKind {
    /// The exit code of a run that ends by it before the first write.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NotFound | Self::Refused | Self::Garbled => 1,
            Self::Denied => 77,
            Self::Throttled => 75,
            Self::Unreachable => 69,
        }
    }
}

impl ApiError {
    pub(super) fn new<E>(error: &SdkError<E>, attempts: u32) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        let (kind, code, message) = match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().map(str::to_owned);
                let kind = kind_of(code.as_deref(), status);
                let message = service.err().message().map_or_else(
                    || {
                        format!(
                            "the service answered with HTTP status {}",
                            status.unwrap_or_default()
                        )
                    },
                    str::to_owned,
                );
                (kind, code, message)
            }
            SdkError::ResponseError(_) => {
                let kind = match status {
                    Some(200..=299) | None => ApiErrorKind::Garbled,
                    status => kind_of(None, status),
                };
                let status = status.unwrap_or_default();
                (
                    kind,
                    None,
                    format!("the answer (HTTP status {status}) is not what the API answers"),
                )
            }
            SdkError::TimeoutError(_) => (
                ApiErrorKind::Unreachable,
                None,
                "no answer came in time".to_owned(),
            ),
            other => (
                ApiErrorKind::Unreachable,
                None,
                format!("the service could not be reached: {}", innermost(other)),
            ),
        };
        Self {
            kind,
            code,
            message,
            request_id,
            attempts,
        }
    }

    /// The same as the reason why a part of the snapshot is not known.
    pub fn to_unknown(&self, operation: &str) -> Unknown {
        let cause = match self.kind {
            ApiErrorKind::Denied => UnknownCause::Denied,
            ApiErrorKind::Throttled => UnknownCause::Throttled,
            ApiErrorKind::Unreachable => UnknownCause::Unreachable,
            ApiErrorKind::NotFound | ApiErrorKind::Refused | ApiErrorKind::Garbled => {
                UnknownCause::Garbled
            }
        };
        let code = self
            .code
            .as_ref()
            .map(|code| format!("{code}: "))
            .unwrap_or_default();
        Unknown {
            operation: operation.to_owned(),
            cause,
            message: format!("{code}{}", self.message),
            request_id: self.request_id.clone(),
        }
    }

    /// True if the service answered with this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

fn kind_of(code: Option<&str>, status: Option<u16>) -> ApiErrorKind {
    match (code, status) {
        (
            Some(
                "EntityNotFoundException"
                | "ResourceNotFoundException"
                | "MailDomainNotFoundException"
                | "OrganizationNotFoundException",
            ),
            _,
        ) => ApiErrorKind::NotFound,
        (
            Some(
                "AccessDeniedException"
                | "AccessDenied"
                | "UnrecognizedClientException"
                | "InvalidSignatureException"
                | "InvalidClientTokenId"
                | "IncompleteSignature"
                | "ExpiredTokenException"
                | "ExpiredToken"
                | "MissingAuthenticationTokenException"
                | "MissingAuthenticationToken"
                | "NotAuthorized"
                | "OptInRequired",
            ),
            _,
        ) => ApiErrorKind::Denied,
        (Some(code), _) if is_throttling(code) => ApiErrorKind::Throttled,
        (Some("DirectoryUnavailableException" | "InternalFailure" | "ServiceUnavailable"), _)
        | (_, Some(500..=599)) => ApiErrorKind::Unreachable,
        (Some(_), _) => ApiErrorKind::Refused,
        (None, Some(401 | 403)) => ApiErrorKind::Denied,
        (None, Some(429)) => ApiErrorKind::Throttled,
        (None, _) => ApiErrorKind::Garbled,
    }
}

/// The last cause of an error, in its own words.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    if text.is_empty() {
        DisplayErrorContext(error).to_string()
    } else {
        text
    }
}
