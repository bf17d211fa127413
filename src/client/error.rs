//! `ApiError`: what the service or the way to it refused, in one shape.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_workmail::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_workmail::operation::RequestId;

use crate::model::{Unknown, UnknownCause};

use super::flight::Seen;
use super::retry::is_throttling;
use super::secret::Secret;

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
    pub(super) fn new<E>(error: &SdkError<E>, seen: Seen) -> Self
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
                let message = match (service.err().message(), status) {
                    (Some(message), _) => told(message),
                    // The SDK calls an error of the service what it cannot read as an answer.
                    (None, status @ (Some(200..=299) | None)) => not_understood(status),
                    (None, Some(status)) => {
                        format!("the service answered with HTTP status {status}")
                    }
                };
                (kind, code, message)
            }
            SdkError::ResponseError(_) => {
                let kind = match status {
                    Some(200..=299) | None => ApiErrorKind::Garbled,
                    status => kind_of(None, status),
                };
                (kind, None, not_understood(status))
            }
            SdkError::TimeoutError(_) => {
                let no_answer = "no answer came in time".to_owned();
                let (kind, message) = seen
                    .failure
                    .unwrap_or((ApiErrorKind::Unreachable, no_answer));
                (kind, None, message)
            }
            other if chain(other).any(<dyn std::error::Error>::is::<CredentialsError>) => (
                ApiErrorKind::Denied,
                None,
                "the AWS credentials could not be had".to_owned(),
            ),
            other => (ApiErrorKind::Unreachable, None, unreachable(other)),
        };
        Self {
            kind,
            code,
            message,
            request_id,
            attempts: seen.attempts,
        }
    }

    /// The same, without a secret that the service repeated.
    pub(super) fn hiding(mut self, secret: &Secret) -> Self {
        self.message = secret.taken_out_of(&self.message);
        self
    }

    /// A reply with a good status that is not of the service.
    pub(super) fn strange(seen: Seen) -> Self {
        Self {
            request_id: seen.request_id,
            attempts: seen.attempts,
            ..Self::garbled(
                "the reply is not one of Amazon WorkMail: is the endpoint right, or is a proxy in between?",
            )
        }
    }

    /// A reply that makes no sense.
    pub(crate) fn garbled(message: impl Into<String>) -> Self {
        Self {
            kind: ApiErrorKind::Garbled,
            code: None,
            message: message.into(),
            request_id: None,
            attempts: 1,
        }
    }

    /// The same as the reason why a part of the snapshot is not known.
    pub fn to_unknown(&self, operation: &str) -> Unknown {
        let cause = match self.kind {
            ApiErrorKind::Denied => UnknownCause::Denied,
            ApiErrorKind::Throttled => UnknownCause::Throttled,
            ApiErrorKind::Unreachable => UnknownCause::Unreachable,
            ApiErrorKind::NotFound | ApiErrorKind::Refused => UnknownCause::Refused,
            ApiErrorKind::Garbled => UnknownCause::Garbled,
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
    match code {
        Some(
            "EntityNotFoundException"
            | "ResourceNotFoundException"
            | "MailDomainNotFoundException"
            | "OrganizationNotFoundException",
        ) => return ApiErrorKind::NotFound,
        Some(
            "AccessDeniedException"
            | "AccessDenied"
            | "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "InvalidClientTokenId"
            | "IncompleteSignature"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "RequestExpired"
            | "MissingAuthenticationTokenException"
            | "MissingAuthenticationToken"
            | "NotAuthorized"
            | "UnauthorizedOperation"
            | "SubscriptionRequiredException"
            | "OptInRequired",
        ) => return ApiErrorKind::Denied,
        Some(
            "DirectoryUnavailableException"
            | "DirectoryServiceAuthenticationFailedException"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "RequestTimeout",
        ) => return ApiErrorKind::Unreachable,
        Some(code) if is_throttling(code) => return ApiErrorKind::Throttled,
        _ => {}
    }
    match status {
        Some(401 | 403) => ApiErrorKind::Denied,
        Some(429) => ApiErrorKind::Throttled,
        Some(500..=599) => ApiErrorKind::Unreachable,
        _ if code.is_some() => ApiErrorKind::Refused,
        _ => ApiErrorKind::Garbled,
    }
}

/// What the service said, in one line and without secrets. A refused signature is told with the
/// whole request in further lines, session token included, and a refused password with its value.
fn told(message: &str) -> String {
    let mut lines = message.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let line = match (line.find("alue '"), line.rfind("' at '")) {
        (Some(start), Some(end)) if line[end..].to_ascii_lowercase().contains("password") => {
            let value = start + "alue '".len();
            format!("{}…{}", &line[..value], &line[end.max(value)..])
        }
        _ => line.to_owned(),
    };
    line.chars().filter(|c| !c.is_control()).take(500).collect()
}

/// That there was an answer, and that it says nothing.
fn not_understood(status: Option<u16>) -> String {
    let status = status.map_or_else(String::new, |status| format!(" (HTTP status {status})"));
    format!("the answer{status} cannot be understood: it is not what the API answers")
}

/// That there was no answer, with the last cause in its own words.
pub(super) fn unreachable(error: &(dyn std::error::Error + 'static)) -> String {
    let last = chain(error).last().map(ToString::to_string);
    let cause = last
        .filter(|cause| !cause.is_empty())
        .unwrap_or_else(|| DisplayErrorContext(error).to_string());
    format!("the service could not be reached: {cause}")
}

/// An error and its causes.
pub(super) fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(
        Some(error),
        |error: &&'a (dyn std::error::Error + 'static)| (*error).source(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_repeated() {
        let message = "1 validation error detected: Value 'Sw0rd'fish' at 'password' failed to satisfy constraint: Member must have length less than or equal to 256";
        let told = told(message);
        assert!(!told.contains("fish"), "{told}");
        assert!(told.contains("length less than"), "{told}");
    }

    #[test]
    fn only_the_first_line_is_told() {
        let message = "The signature does not match.\n\nThe canonical request is\nx-amz-security-token:secret";
        assert_eq!(told(message), "The signature does not match.");
    }

    #[test]
    fn a_quota_is_no_throttling() {
        let quota = kind_of(Some("LimitExceededException"), Some(400));
        assert_eq!(quota, ApiErrorKind::Refused);
        let throttling = kind_of(Some("ThrottlingException"), Some(400));
        assert_eq!(throttling.exit_code(), 75);
    }
}
