//! What has no equivalent on the other side, and what to do about it.

use std::fmt::Write as _;

use super::super::directory::{Directory, Recipient};
use super::super::table::is_formula;
use super::Service;
use super::quote::line;
use crate::kinds::BEYOND;
use crate::model::{
    ACCESS_CONTROL_RULE, AVAILABILITY_CONFIGURATION, EMAIL_MONITORING, IDENTITY_CENTER_APPLICATION,
    IDENTITY_PROVIDER, IMPERSONATION_ROLE, INBOUND_DMARC, MOBILE_DEVICE_ACCESS_OVERRIDE,
    MOBILE_DEVICE_ACCESS_RULE, PERSONAL_ACCESS_TOKEN, RETENTION_POLICY, Right, TAG, USER,
};

/// The largest quota, in MB. Source: behaviour notes, section 11.
const LARGEST: i64 = 51_200;

/// Something that no import file brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remain {
    what: String,
    /// In words of ours: no name of an organization is in it.
    todo: String,
}

impl Remain {
    pub(super) fn new(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            todo: todo.into(),
        }
    }
}

/// The page of all that remains: what is particular to the service first.
pub(super) fn page(service: Service, directory: &Directory, particular: Vec<Remain>) -> String {
    let mut all = unread(directory);
    all.extend(particular);
    all.extend(people(service, directory));
    all.extend(settings(service, directory));
    all.extend(BEYOND.iter().map(|one| {
        let todo = format!("note it down from {}, and make it anew", one.place);
        Remain::new(one.what, todo)
    }));
    all.push(Remain::new(
        "passwords and second factors",
        "no service tells them: every user gets a new password from you, and sets up the second factor anew",
    ));
    let mut text = format!(
        "# What the import files for {} leave\n\n| what | what to do |\n| --- | --- |\n",
        service.name()
    );
    for one in all {
        let _ = writeln!(text, "| {} | {} |", line(&one.what), one.todo);
    }
    text
}

fn unread(directory: &Directory) -> Vec<Remain> {
    let told = directory.unread.iter();
    told.map(|sentence| Remain::new(sentence, "read again: these files are not whole without it"))
        .collect()
}

fn people(service: Service, directory: &Directory) -> Vec<Remain> {
    let mut found = Vec::new();
    for one in &directory.recipients {
        let target = one.target();
        if !one.registered {
            found.push(Remain::new(
                format!("{target} is not registered"),
                "it gets no mail and is in no import file; export its mailbox first if it had one and is to be kept",
            ));
            continue;
        }
        for address in one.addresses() {
            if directory.ends_with_the_service(address) {
                found.push(Remain::new(
                    format!("{address} of {target}"),
                    "its domain is the service's own and ends with it: tell whoever writes to it",
                ));
            }
        }
        found.extend(other_address(directory, one));
        if one.text("role") == "REMOTE_USER" {
            found.push(Remain::new(
                format!("{target} is a remote user"),
                "its mailbox is elsewhere, and it is imported like any other user: make a contact of it instead if the mailbox stays there",
            ));
        }
        if let Some(advice) = shared(service)
            && is_shared(one)
        {
            found.push(Remain::new(
                format!("others have full access to {target}"),
                advice,
            ));
        }
        let quota = one
            .fields
            .get("mailboxQuotaMb")
            .and_then(serde_json::Value::as_i64);
        // Every mailbox that nobody narrowed has the largest quota.
        if let Some(quota) = quota.filter(|quota| *quota < LARGEST)
            && service != Service::Generic
        {
            found.push(Remain::new(
                format!("the quota of {target}: {quota} MB"),
                "the licence decides how large a mailbox is: see that it is enough",
            ));
        }
        let texts = one.fields.iter();
        let texts = texts.filter_map(|(field, value)| Some((field.as_str(), value.as_str()?)));
        for (field, text) in texts.chain([("name", one.name.as_str())]) {
            if is_formula(text) {
                found.push(Remain::new(
                    format!("{field} of {target}"),
                    "a spreadsheet would run it: tables have it with an apostrophe before, which is to be taken away after the import",
                ));
            }
        }
    }
    found
}

/// What becomes of somebody whose primary address ends with the service.
fn other_address(directory: &Directory, one: &Recipient) -> Option<Remain> {
    let email = one.email.as_deref();
    email.filter(|email| directory.ends_with_the_service(email))?;
    let target = one.target();
    let Some(other) = directory.address_elsewhere(one) else {
        let linked = one.members.iter().chain(&one.delegates);
        let linked: Vec<String> = linked
            .map(|named| format!("{}/{}", named.kind, named.name))
            .collect();
        let with = if linked.is_empty() {
            String::new()
        } else {
            format!(", with {}", linked.join(", "))
        };
        return Some(Remain::new(
            format!("{target}{with}"),
            "has no address but the service's own, and is in no import file for mail, nor are the permissions over it: give it an address in a domain of yours first",
        ));
    };
    Some(Remain::new(
        format!("{other} becomes the primary address of {target}"),
        "it answers from that address: its own ends with the service",
    ))
}

/// True if others open the mailbox of this user: it may be one that nobody signs in to.
fn is_shared(one: &Recipient) -> bool {
    let mut grants = one.grants.iter();
    one.kind == USER && grants.any(|grant| grant.rights.contains(&Right::FullAccess))
}

/// What becomes of a mailbox that is shared. WorkMail has no such kind of its own.
fn shared(service: Service) -> Option<&'static str> {
    match service {
        Service::Microsoft365 => Some(
            "if nobody signs in as this user, make it a shared mailbox, which needs no licence up to 50 GB: `Set-Mailbox -Type Shared`",
        ),
        Service::GoogleWorkspace => Some(
            "if nobody signs in as this user, a group with a shared inbox may take its place, which needs no licence",
        ),
        Service::Generic => None,
    }
}

fn settings(service: Service, directory: &Directory) -> Vec<Remain> {
    let all = directory.settings.iter();
    let told = all.filter_map(|target| {
        Some(Remain::new(
            target.to_string(),
            advice(service, target.kind())?,
        ))
    });
    told.collect()
}

/// What to do about a setting; none: nothing is lost with it.
pub(super) fn advice(service: Service, kind: &str) -> Option<&'static str> {
    let (microsoft, google, any) = match kind {
        TAG => return None,
        ACCESS_CONTROL_RULE => (
            "make a policy of Conditional Access, or Set-CASMailbox for protocols",
            "make a rule of Context-Aware Access, and set which protocols users may use",
            "set anew who may connect from where and by which protocol",
        ),
        IMPERSONATION_ROLE => (
            "register an application with application permissions, limited by an application access policy",
            "give a service account domain-wide delegation, with as few scopes as will do",
            "give the program that uses it an access of its own",
        ),
        MOBILE_DEVICE_ACCESS_RULE | MOBILE_DEVICE_ACCESS_OVERRIDE => (
            "make a device access rule (New-ActiveSyncDeviceAccessRule) or a policy of Intune",
            "make a rule of the endpoint management of the Admin console",
            "set anew which devices may connect",
        ),
        RETENTION_POLICY => (
            "make a retention policy in Microsoft Purview",
            "make a retention rule in Google Vault",
            "set anew how long mail is kept",
        ),
        INBOUND_DMARC => (
            "set how DMARC is enforced in the anti-phishing policy",
            "set it in the safety settings of Gmail",
            "set how DMARC is enforced",
        ),
        EMAIL_MONITORING => (
            "message trace and the audit log take its place",
            "the email log search takes its place",
            "set anew where events of mail are logged",
        ),
        IDENTITY_PROVIDER | IDENTITY_CENTER_APPLICATION => (
            "federate Microsoft Entra with your identity provider, and take the application out of IAM Identity Center",
            "set up single sign-on with your identity provider, and take the application out of IAM Identity Center",
            "set up single sign-on anew, and take the application out of IAM Identity Center",
        ),
        AVAILABILITY_CONFIGURATION => (
            "make an organization relationship with whom calendars are shared",
            "set up Calendar Interop with whom calendars are shared",
            "set up anew with whom calendars are shared",
        ),
        PERSONAL_ACCESS_TOKEN => (
            "whoever uses it signs in by OAuth: programs have to be changed",
            "whoever uses it signs in by OAuth, or makes an app password: programs have to be changed",
            "whoever uses it needs a new way in: programs have to be changed",
        ),
        _ => return Some("look whether you need it, and make it anew"),
    };
    Some(match service {
        Service::Microsoft365 => microsoft,
        Service::GoogleWorkspace => google,
        Service::Generic => any,
    })
}
