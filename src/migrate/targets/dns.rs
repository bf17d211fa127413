//! The DNS records to change, and in which order.
//!
//! Sources: the records that the service asks for, `GetMailDomain`; Microsoft 365, "Connect your domain by
//! adding DNS records"; Google Workspace Admin Help, "Set up MX records" and "Set up SPF".

use std::fmt::Write as _;

use super::super::directory::{Directory, Domain};
use super::Service;
use super::quote::line;

/// What a record is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Mail,
    Autodiscover,
    Signature,
    Sender,
    Policy,
    Ownership,
    Unknown,
}

/// The page for all domains but the service's own.
pub(super) fn page(service: Service, directory: &Directory) -> String {
    let mut text = format!("# DNS: from Amazon WorkMail to {}\n\n", service.name());
    text.push_str(STEPS);
    let own: Vec<&Domain> = directory
        .domains
        .iter()
        .filter(|one| !one.is_test_domain)
        .collect();
    if directory.domains.is_empty() {
        // Every organization has one.
        text.push_str("\nThe domains could not be read: read again, nothing here says which records change.\n");
    } else if own.is_empty() {
        text.push_str("\nThere is no domain but the service's own, which ends with it.\n");
    }
    for domain in own {
        let _ = write!(text, "\n## {}\n", line(&domain.name));
        if domain.records.is_empty() {
            text.push_str(
                "\nThe service told no records of it: look at those that your DNS has.\n",
            );
        } else {
            text.push_str("\n| step | record | what to do |\n| --- | --- | --- |\n");
        }
        let mut rows: Vec<(u8, &String, String)> = Vec::new();
        for record in &domain.records {
            let (step, todo) = todo(service, purpose(record), domain);
            rows.push((step, record, todo));
        }
        rows.sort_by_key(|(step, ..)| *step);
        for (step, record, todo) in rows {
            let _ = writeln!(text, "| {step} | {} | {} |", line(record), line(&todo));
        }
    }
    for domain in directory.domains.iter().filter(|one| one.is_test_domain) {
        let _ = write!(
            text,
            "\n## {}\n\nThe service's own: it ends with it, and cannot be taken along.\n",
            line(&domain.name)
        );
    }
    text
}

/// Nothing that mail needs is taken away before something else has taken its place.
const STEPS: &str = "\
1. A week before: lower the time to live of the MX records to 300 seconds.
2. Tell the new service that the domain is yours, by the TXT record that it names. No mail moves by that.
3. Make everybody there, and check it: `workmailctl migrate check` ends with 0.
4. Let the new service send: add it to the SPF record, of which there may be one only, beside what stands there; publish its DKIM records.
5. Change the MX records, and autodiscover. Mail goes to the new place from now on; what is on its way to the old one still arrives there until the old time to live is over.
6. After three days: export the mailboxes once more, with `notBefore` set to the day of step 5.
7. When the last export is verified: take away what is the old service's alone. Amazon SES may need the same records where you send by it.
";

fn purpose(record: &str) -> Purpose {
    let mut parts = record.splitn(3, ' ');
    let mut part = || parts.next().unwrap_or_default().to_lowercase();
    let (kind, host, value) = (part(), part(), part());
    if kind == "mx" {
        Purpose::Mail
    } else if host.starts_with("autodiscover.") {
        Purpose::Autodiscover
    } else if host.contains("._domainkey.") {
        Purpose::Signature
    } else if host.starts_with("_dmarc.") {
        Purpose::Policy
    } else if host.starts_with("_amazonses.") {
        Purpose::Ownership
    } else if value.contains("v=spf1") {
        Purpose::Sender
    } else {
        Purpose::Unknown
    }
}

fn todo(service: Service, purpose: Purpose, domain: &Domain) -> (u8, String) {
    let mx = match service {
        Service::Microsoft365 => format!(
            "{}.mail.protection.outlook.com with priority 0 (the admin centre shows it)",
            domain.name.replace('.', "-")
        ),
        Service::GoogleWorkspace => "smtp.google.com with priority 1".to_owned(),
        Service::Generic => "what the new service names".to_owned(),
    };
    let sender = match service {
        Service::Microsoft365 => "include:spf.protection.outlook.com",
        Service::GoogleWorkspace => "include:_spf.google.com",
        Service::Generic => "what the new service names",
    };
    let autodiscover = match service {
        Service::Microsoft365 => "change it to autodiscover.outlook.com",
        Service::GoogleWorkspace => "take it away: Google has none",
        Service::Generic => "change it to what the new service names, or take it away",
    };
    match purpose {
        Purpose::Mail => (5, format!("replace it by {mx}")),
        Purpose::Autodiscover => (5, autodiscover.to_owned()),
        Purpose::Sender => (
            4,
            format!("add {sender}; in step 7 take include:amazonses.com away"),
        ),
        Purpose::Policy => (7, "leave it: it holds for any service".to_owned()),
        Purpose::Signature | Purpose::Ownership => (7, "take it away".to_owned()),
        Purpose::Unknown => (7, "look what it is there for".to_owned()),
    }
}
