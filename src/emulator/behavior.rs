//! Switches for what the reference leaves open: each question has its values, the likeliest first.

use std::collections::BTreeMap;
use std::str::FromStr;

/// One switch.
#[derive(Debug)]
pub struct Switch {
    /// Its name in `--behavior NAME=VALUE`.
    pub name: &'static str,
    /// Its values, the default first; a number where the first value is one.
    pub values: &'static [&'static str],
    /// The question that it answers.
    pub about: &'static str,
    /// Where the question comes from.
    pub source: &'static str,
}

/// How the switches stand; what is not named has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behaviors(BTreeMap<&'static str, String>);

/// A switch that does not exist, or a value that it does not have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is no behavior: {help}")]
pub struct BehaviorError {
    text: String,
    help: String,
}

macro_rules! switches {
    ($($constant:ident $name:literal [$($value:literal),+] $about:literal $source:literal;)+) => {
        $(pub(super) const $constant: &str = $name;)+

        /// Every switch.
        pub static SWITCHES: &[Switch] = &[
            $(Switch { name: $name, values: &[$($value),+], about: $about, source: $source },)+
        ];
    };
}

switches! {
    UPDATE_OMITTED "update-omitted" ["keep", "blank"]
        "UpdateUser and UpdateResource keep or blank the members that a request leaves out" "behaviour notes, section 3";
    CLEARED "cleared" ["absent", "empty"]
        "a cleared text comes back absent or as an empty text" "behaviour notes, section 3";
    LIST_ALIASES_PRIMARY "list-aliases-primary" ["with", "without"]
        "ListAliases tells the primary address too" "behaviour notes, section 2";
    LIST_ALIASES_OTHERS "list-aliases-others" ["tell", "refuse"]
        "ListAliases of a group or a resource" "behaviour notes, section 2";
    LIST_ALIASES_DISABLED "list-aliases-disabled" ["refuse", "allow"]
        "ListAliases of a deregistered entity" "behaviour notes, section 2";
    DEREGISTER_ALIASES "deregister-aliases" ["keep", "drop"]
        "deregistering keeps the aliases, hidden, for a later registration" "behaviour notes, section 4";
    DEREGISTER_MEMBERSHIPS "deregister-memberships" ["keep", "drop"]
        "deregistering keeps the memberships" "behaviour notes, section 4";
    DEREGISTER_PERMISSIONS "deregister-permissions" ["keep", "drop"]
        "deregistering keeps the grants on the mailbox" "behaviour notes, section 4";
    DEREGISTER_DELEGATES "deregister-delegates" ["keep", "drop"]
        "deregistering keeps the delegates of a resource, and delegate seats" "behaviour notes, section 4";
    DEREGISTER_EMAIL "deregister-email" ["hide", "show"]
        "a deregistered entity still tells its address" "behaviour notes, section 1";
    REGISTER_ENABLED "register-enabled" ["refuse", "ignore"]
        "registering a registered entity with another address" "behaviour notes, section 5";
    REGISTER_OTHER "register-other-address" ["free", "alias"]
        "registering again with another address frees the one from before, or makes it an alias" "behaviour notes, section 4";
    REGISTER_TEST_ALIAS "register-test-alias" ["no", "yes"]
        "registering with another domain gives an alias of the test domain too" "behaviour notes, section 2";
    DEREGISTER_LAG "deregister-lag" ["0", "2"]
        "for how many calls after its deregistration an entity cannot be deleted" "behaviour notes, section 4";
    DELETE_MISSING "delete-missing" ["succeed", "refuse"]
        "deleting a user, group or resource that is not there" "behaviour notes, section 4";
    DESCRIBE_DELETED "describe-deleted" ["refuse", "tell"]
        "describing a DELETED entity" "behaviour notes, section 1";
    FILTERS "filters" ["one", "all"]
        "more than one filter in a request: it is refused, or all must hold" "behaviour notes, section 1";
    LIST_DELETED "list-deleted" ["yes", "no"]
        "lists tell DELETED entities" "behaviour notes, section 1";
    ADDRESS_CASE "address-case" ["keep", "lower"]
        "addresses keep their case or are stored in lower case" "behaviour notes, section 2";
    LAST_DELEGATE "last-delegate" ["allow", "refuse"]
        "removing the last delegate of a resource that does not accept by itself" "behaviour notes, section 8";
    BOOKING_NEEDS_DELEGATE "booking-needs-delegate" ["accept", "any"]
        "which automatic option, switched off, needs a delegate" "behaviour notes, section 8";
    RESOURCE_RENAME "resource-rename" ["keep-address", "move-address"]
        "renaming a resource moves its address" "behaviour notes, section 3";
    PERMISSIONS_OTHERS "permissions-others" ["tell", "refuse"]
        "ListMailboxPermissions of a group or a resource" "behaviour notes, section 11";
    FULL_ACCESS_GROUP "full-access-group" ["parameter", "state"]
        "FULL_ACCESS to a group or on one is refused with InvalidParameterException or EntityStateException" "behaviour notes, sections 7 and 20";
    GRANTEE_RESOURCE "grantee-resource" ["refuse", "allow"]
        "resources as grantees of a mailbox, whom PutMailboxPermissions names and Permission.GranteeType does not" "behaviour notes, section 7";
    PERMISSIONS_DISABLED "permissions-disabled" ["allow", "refuse"]
        "ListMailboxPermissions of a deregistered entity" "behaviour notes, section 11";
    DESCRIBE_ENTITY_ALIASES "describe-entity-aliases" ["yes", "no"]
        "DescribeEntity finds aliases too" "behaviour notes, section 0";
    CREATE_OWN_ALIAS "create-own-alias" ["succeed", "refuse"]
        "CreateAlias of an address that the entity has" "behaviour notes, section 2";
    DELETE_PRIMARY "delete-primary" ["refuse", "ignore"]
        "DeleteAlias of the primary address" "behaviour notes, section 2";
    DISABLED_UPDATES "disabled-updates" ["refuse", "allow"]
        "UpdateUser, UpdateGroup and UpdateResource of a deregistered entity" "behaviour notes, section 3";
    DISABLED_ADDRESSES "disabled-addresses" ["refuse", "allow"]
        "CreateAlias, DeleteAlias and UpdatePrimaryEmailAddress of a deregistered entity" "behaviour notes, section 6";
    MEMBER_CYCLES "member-cycles" ["refuse", "allow"]
        "groups that are members of one another" "behaviour notes, section 7";
    MEMBER_STATE "member-state" ["refuse", "allow"]
        "members, delegates and grantees that are not registered" "behaviour notes, section 7";
    EMPTY_PERMISSIONS "empty-permissions" ["delete", "keep", "refuse"]
        "PutMailboxPermissions with an empty list" "behaviour notes, section 11";
    FREED_REUSE "freed-reuse" ["at-once", "later"]
        "a freed address or name can be used again at once, or three calls later" "behaviour notes, section 4";
    UPDATE_PRIMARY_FULL "update-primary-full" ["refuse", "allow"]
        "UpdatePrimaryEmailAddress to a new address at 100 aliases" "behaviour notes, section 6";
    PRIMARY_COUNTS "primary-counts" ["no", "yes"]
        "the primary address counts among the 100 aliases" "behaviour notes, section 2";
    DELETED_LEFT "deleted-left" ["drop", "keep"]
        "deleted entities stay in memberships, delegate seats and grants" "behaviour notes, section 7";
    DELETED_IN_RULES "deleted-in-rules" ["keep", "drop"]
        "deleted users stay in access control rules and impersonation roles, and their mobile device overrides and personal access tokens stay" "behaviour notes, sections 7 and 9";
    DELETED_ORGANIZATIONS "deleted-organizations" ["list", "hide"]
        "ListOrganizations tells deleted organizations" "behaviour notes, section 1";
    ORGANIZATION_CREATED "organization-created" ["0", "30"]
        "after how many seconds a new organization is Active; it is Requested, then Creating before" "behaviour notes, section 13";
    TEST_DOMAIN_VERIFIED "test-domain-verified" ["0", "30"]
        "for how many seconds the test domain of an Active organization is not verified" "behaviour notes, sections 5 and 13";
    ORGANIZATION_DELETED "organization-deleted" ["0", "30"]
        "for how many seconds a deleted organization is Deleting" "behaviour notes, section 13";
    ORGANIZATION_IN_USE "organization-in-use" ["state", "parameter"]
        "DeleteOrganization without ForceDelete where users are registered: OrganizationStateException or InvalidParameterException" "behaviour notes, sections 13 and 20";
    DOMAIN_REGISTERED "domain-registered" ["pending", "verified"]
        "a newly registered domain is to be verified, or is at once" "behaviour notes, section 13";
    DEFAULT_UNVERIFIED "default-unverified" ["refuse", "allow"]
        "UpdateDefaultMailDomain to a domain that is not verified" "behaviour notes, section 13";
    RULE_PRECEDENCE "rule-precedence" ["deny", "allow"]
        "among access control rules that match, one that denies wins, or one that allows" "behaviour notes, section 9";
    RULE_TWINS "rule-twins" ["both", "refuse"]
        "a condition of an access control rule together with its opposite: both must hold, or the rule is refused" "behaviour notes, section 9";
    RULE_USERS_FOR_ROLE "rule-users-for-role" ["by-set", "never", "ignored"]
        "a condition about users where an impersonation role signs in, and the other way round: a list does not hold and its opposite does; neither holds; or it is passed over" "behaviour notes, section 9";
    RULE_USER_STATE "rule-user-state" ["accept", "refuse"]
        "impersonation roles and mobile device overrides that name somebody who is not registered" "behaviour notes, section 9";
    TARGET_USERS "target-users" ["as-sent", "ids"]
        "the target users of an impersonation role come back as they were sent, or as ids" "behaviour notes, section 9";
    MOBILE_RULE_OMITTED "mobile-rule-omitted" ["clear", "keep"]
        "UpdateMobileDeviceAccessRule clears or keeps the lists and the description that a request leaves out" "behaviour notes, section 9";
    RETENTION_AGAIN "retention-again" ["replace", "limit"]
        "PutRetentionPolicy without an id where there is a policy replaces it, or is refused with LimitExceededException" "behaviour notes, section 10";
    RETENTION_NEW "retention-new" ["none", "all-none"]
        "a new organization has no retention policy, or one with the action NONE for every folder" "behaviour notes, section 10";
    RETENTION_DELETED "retention-deleted" ["none", "all-none"]
        "after DeleteRetentionPolicy there is no policy, or one with the action NONE for every folder" "behaviour notes, section 20";
    MOBILE_RULE_NEW "mobile-rule-new" ["ALLOW-all", "default"]
        "the name of the mobile device access rule of a new organization" "behaviour notes, sections 9 and 20";
    APPLICATION_IN_USE "application-in-use" ["delete", "refuse"]
        "DeleteIdentityCenterApplication of an application that an organization uses" "API reference, DeleteIdentityCenterApplication and its errors";
    TOKENS_DISABLED "tokens-disabled" ["refuse", "allow"]
        "ListPersonalAccessTokens of a user who is not registered" "API reference, the errors of ListPersonalAccessTokens";
    EXPORT_SECONDS "export-seconds" ["10", "0", "60", "3600"]
        "how many seconds a mailbox export job takes" "behaviour notes, section 14";
    EXPORT_AGAIN "export-again" ["allow", "refuse"]
        "another export of a mailbox within 24 hours of one that failed or was cancelled" "quotas";
    EXPORT_CANCEL_UNTIL "export-cancel-until" ["100", "90", "50", "0"]
        "from which percentage on a mailbox export job that runs can no longer be cancelled" "API reference, CancelMailboxExportJob";
    EXPORT_CANCEL_LATE "export-cancel-late" ["ignore", "refuse"]
        "cancelling a mailbox export job that can no longer be cancelled, or that has ended" "API reference, CancelMailboxExportJob and its errors";
    LAG "lag" ["0", "2", "5"]
        "which call after a write sees it first; with 0 and 1 the next one does" "behaviour notes, sections 4 and 5";
    PAGE_SIZE "page-size" ["100", "1", "2", "10", "50"]
        "how many items a page has where MaxResults is left out" "behaviour notes, section 12";
}

impl Behaviors {
    /// The value of a switch.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .map_or_else(|| default(name), String::as_str)
    }

    /// True if a switch has this value.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// The value of a switch as a number.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.get(name).parse().unwrap_or_default()
    }

    /// Sets a switch from `NAME=VALUE`.
    pub fn set(&mut self, text: &str) -> Result<(), BehaviorError> {
        let error = |help: String| BehaviorError {
            text: text.to_owned(),
            help,
        };
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| error("write NAME=VALUE".to_owned()))?;
        let Some(switch) = SWITCHES.iter().find(|switch| switch.name == name) else {
            return Err(error("`--list-behaviors` tells the names".to_owned()));
        };
        if switch.values[0].parse::<u64>().is_ok() {
            // A page of none would be followed by itself.
            let least = u64::from(name == PAGE_SIZE);
            if value.parse::<u64>().is_ok_and(|number| number >= least) {
                self.0.insert(switch.name, value.to_owned());
                return Ok(());
            }
            return Err(error(format!(
                "its values are whole numbers from {least} on"
            )));
        }
        if !switch.values.contains(&value) {
            return Err(error(format!(
                "its values are {}",
                switch.values.join(", ")
            )));
        }
        self.0.insert(switch.name, value.to_owned());
        Ok(())
    }
}

impl FromStr for Behaviors {
    type Err = BehaviorError;

    fn from_str(text: &str) -> Result<Self, BehaviorError> {
        let mut behaviors = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            behaviors.set(part)?;
        }
        Ok(behaviors)
    }
}

fn default(name: &str) -> &'static str {
    SWITCHES
        .iter()
        .find(|switch| switch.name == name)
        .map_or("", |switch| switch.values[0])
}
