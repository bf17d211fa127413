//! `Refusal`: an error reply, with the codes that the reference declares.

/// An error reply. Its request changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) status: u16,
}

impl Refusal {
    /// A refusal with HTTP status 400, as every modelled error has.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status: 400,
        }
    }

    pub(super) fn with_status(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status,
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(super) fn entity_not_found() -> Self {
        Self::new(
            "EntityNotFoundException",
            "The entity does not exist in this organization.",
        )
    }

    pub(super) fn entity_state(message: impl Into<String>) -> Self {
        Self::new("EntityStateException", message)
    }

    pub(super) fn name_taken() -> Self {
        Self::new("NameAvailabilityException", "The name is not available.")
    }

    pub(super) fn address_in_use(address: &str) -> Self {
        Self::new(
            "EmailAddressInUseException",
            format!("{address} belongs to another entity."),
        )
    }

    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new("LimitExceededException", message)
    }

    /// One that is put in place by hand, of any code that the service has: clients must bear one that the
    /// operation does not declare, too.
    pub(super) fn by_hand(code: &str) -> Option<Self> {
        let message = "Put in place by hand.";
        if let Some((code, status)) = COMMON.iter().find(|(known, _)| *known == code) {
            return Some(Self::with_status(code, *status, message));
        }
        let code = MODELLED.iter().find(|known| **known == code)?;
        Some(Self::new(code, message))
    }
}

/// What an operation may answer without declaring it: the common errors of the service.
/// Source: API reference, Common Errors.
pub(super) static UNDECLARED: &[&str] = &[
    "InternalFailure",
    "SerializationException",
    "ValidationException",
];

/// The errors that any operation may answer, with their status. Source: API reference, Common Errors; and
/// the names that services of this protocol really answer for some of them.
static COMMON: &[(&str, u16)] = &[
    ("AccessDeniedException", 400),
    ("ExpiredTokenException", 400),
    ("IncompleteSignature", 400),
    ("IncompleteSignatureException", 400),
    ("InternalFailure", 500),
    ("InvalidAction", 400),
    ("InvalidClientTokenId", 403),
    ("InvalidSignatureException", 400),
    ("MissingAuthenticationTokenException", 400),
    ("NotAuthorized", 400),
    ("OptInRequired", 403),
    ("RequestExpired", 400),
    ("SerializationException", 400),
    ("ServiceUnavailable", 503),
    ("ThrottlingException", 400),
    ("UnknownOperationException", 400),
    ("UnrecognizedClientException", 400),
    ("ValidationError", 400),
    ("ValidationException", 400),
];

/// Every error that some operation declares. Source: API reference, the errors of the operations.
static MODELLED: &[&str] = &[
    "DirectoryInUseException",
    "DirectoryServiceAuthenticationFailedException",
    "DirectoryUnavailableException",
    "EmailAddressInUseException",
    "EntityAlreadyRegisteredException",
    "EntityNotFoundException",
    "EntityStateException",
    "InvalidConfigurationException",
    "InvalidContentLocation",
    "InvalidCustomSesConfigurationException",
    "InvalidParameterException",
    "InvalidPasswordException",
    "LimitExceededException",
    "MailDomainInUseException",
    "MailDomainNotFoundException",
    "MailDomainStateException",
    "MessageFrozen",
    "MessageRejected",
    "NameAvailabilityException",
    "OrganizationNotFoundException",
    "OrganizationStateException",
    "ReservedNameException",
    "ResourceNotFoundException",
    "TooManyTagsException",
    "UnsupportedOperationException",
];
