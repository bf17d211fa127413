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

    /// The modelled code of this name, for faults that are put in place by hand.
    pub(super) fn modelled(code: &str) -> Option<&'static str> {
        MODELLED.iter().copied().find(|known| *known == code)
    }
}

/// What an operation may answer without declaring it: the common errors of the service.
/// Source: API reference, Common Errors.
pub(super) static UNDECLARED: &[&str] = &[
    "InternalFailure",
    "SerializationException",
    "ValidationException",
];

/// Every error that the service declares or answers anywhere.
/// Source: API reference, the errors of the operations and Common Errors.
static MODELLED: &[&str] = &[
    "AccessDeniedException",
    "DirectoryInUseException",
    "DirectoryServiceAuthenticationFailedException",
    "DirectoryUnavailableException",
    "EmailAddressInUseException",
    "EntityAlreadyRegisteredException",
    "EntityNotFoundException",
    "EntityStateException",
    "InternalFailure",
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
    "ServiceUnavailable",
    "ThrottlingException",
    "TooManyTagsException",
    "UnsupportedOperationException",
    "ValidationException",
];
