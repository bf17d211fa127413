//! What stands in the way of exports before the first one begins: the bucket, the key and the role, as far
//! as they could be seen.
//! Source: Amazon WorkMail administrator guide, "Exporting mailbox content"; behaviour notes, section 14.

use serde_json::Value;

use crate::model::MailboxExports;

use super::trust::{SERVICE, Trust, trust};

/// What could be seen of something.
#[derive(Clone, Debug, PartialEq)]
pub enum Told<T> {
    /// This.
    Seen(T),
    /// Nothing, and why.
    Untold(String),
}

/// What could be seen of all three.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The bucket; `Seen(None)`: it is not there.
    pub bucket: Told<Option<BucketFacts>>,
    /// The key; `Seen(None)`: it is not there.
    pub key: Told<Option<KeyFacts>>,
    /// The role; `Seen(None)`: it is not there.
    pub role: Told<Option<RoleFacts>>,
}

/// What could be seen of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketFacts {
    /// Its region.
    pub region: Option<String>,
    /// Whether it belongs to the account of the organization.
    pub is_own: Told<bool>,
    /// Whether its policy opens it to the public.
    pub policy_is_public: Told<bool>,
    /// Whether its access control list does.
    pub list_is_public: Told<bool>,
    /// Whether its settings keep policies from opening it.
    pub restricts_policies: Told<bool>,
    /// Whether its settings pass over access control lists that open it.
    pub ignores_lists: Told<bool>,
}

/// What could be seen of a key of KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Such as `Enabled`, `Disabled`, `PendingDeletion`.
    pub state: String,
    /// Such as `SYMMETRIC_DEFAULT`.
    pub spec: String,
    /// Such as `ENCRYPT_DECRYPT`.
    pub usage: String,
}

/// What could be seen of a role.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleFacts {
    /// Its trust policy.
    pub trust: Value,
}

/// Something that stands in the way, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is, as a sentence.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// No export would succeed.
    Error,
    /// It could not be told.
    Untold,
}

/// What stands in the way of the exports of an organization with this ARN.
pub fn judge(exports: &MailboxExports, organization_arn: &str, facts: &Facts) -> Vec<Finding> {
    let mut judge = Judge {
        region: part(organization_arn, 3),
        account: part(organization_arn, 4),
        organization_arn,
        exports,
        found: Vec::new(),
    };
    judge.names();
    judge.bucket(&facts.bucket);
    judge.key(&facts.key);
    judge.role(&facts.role);
    judge.found
}

struct Judge<'a> {
    region: &'a str,
    account: &'a str,
    organization_arn: &'a str,
    exports: &'a MailboxExports,
    found: Vec<Finding>,
}

impl Judge<'_> {
    fn error(&mut self, message: String, help: &str) {
        self.tell(Weight::Error, message, help);
    }

    fn untold(&mut self, what: &str, why: &str) {
        let message = format!("whether {what} could not be told: {why}");
        self.tell(
            Weight::Untold,
            message,
            "look at it yourself; if it is not so, the first jobs fail",
        );
    }

    fn tell(&mut self, weight: Weight, message: String, help: &str) {
        self.found.push(Finding {
            weight,
            message,
            help: help.to_owned(),
        });
    }

    /// What the names tell by themselves.
    fn names(&mut self) {
        let MailboxExports {
            kms_key_arn,
            role_arn,
            ..
        } = self.exports;
        let region = part(kms_key_arn, 3);
        if region != self.region && !self.region.is_empty() {
            let message = format!(
                "the key {kms_key_arn} is in {region}, and the organization in {}",
                self.region
            );
            self.error(message, "name a key in the region of the organization");
        }
        let account = part(role_arn, 4);
        if account != self.account && !self.account.is_empty() {
            let message = format!(
                "the role {role_arn} is of the account {account}, and the organization of {}",
                self.account
            );
            self.error(message, "name a role of the organization's account");
        }
    }

    fn bucket(&mut self, told: &Told<Option<BucketFacts>>) {
        let name = &self.exports.bucket;
        let facts = match told {
            Told::Untold(why) => {
                return self.untold(&format!("the bucket {name} is as it must be"), why);
            }
            Told::Seen(None) => {
                let message = format!("there is no bucket {name}");
                return self.error(message, "make it in the region of the organization");
            }
            Told::Seen(Some(facts)) => facts,
        };
        if let Some(region) = facts
            .region
            .as_ref()
            .filter(|region| *region != self.region)
        {
            let message = format!(
                "the bucket {name} is in {region}, and the organization in {}",
                self.region
            );
            self.error(message, "name a bucket in the region of the organization");
        }
        match &facts.is_own {
            Told::Seen(true) => {}
            Told::Seen(false) => {
                let message = format!("the bucket {name} is not of the account {}", self.account);
                self.error(message, "name a bucket of the organization's account");
            }
            Told::Untold(why) => self.untold(&format!("the bucket {name} is your own"), why),
        }
        let ways = [
            (
                &facts.policy_is_public,
                &facts.restricts_policies,
                "its policy",
            ),
            (
                &facts.list_is_public,
                &facts.ignores_lists,
                "its access control list",
            ),
        ];
        for (is_public, is_blocked, way) in ways {
            match (is_public, is_blocked) {
                (Told::Seen(false), _) | (_, Told::Seen(true)) => {}
                (Told::Seen(true), _) => {
                    let message = format!("the bucket {name} is open to the public by {way}");
                    self.error(
                        message,
                        "block all public access of it: the service writes into no public bucket",
                    );
                }
                (Told::Untold(why), _) => {
                    self.untold(
                        &format!("{way} keeps the bucket {name} from the public"),
                        why,
                    );
                }
            }
        }
    }

    fn key(&mut self, told: &Told<Option<KeyFacts>>) {
        let arn = &self.exports.kms_key_arn;
        let facts = match told {
            Told::Untold(why) => {
                return self.untold(&format!("the key {arn} is as it must be"), why);
            }
            Told::Seen(None) => {
                let message = format!("there is no key {arn}");
                return self.error(message, "name a key that is there");
            }
            Told::Seen(Some(facts)) => facts,
        };
        if facts.state != "Enabled" {
            let message = format!("the key {arn} is not enabled: its state is {}", facts.state);
            self.error(message, "enable it, or name another one");
        }
        if facts.spec != "SYMMETRIC_DEFAULT" || facts.usage != "ENCRYPT_DECRYPT" {
            let message = format!("the key {arn} is for {} with {}", facts.usage, facts.spec);
            self.error(message, "name a symmetric key for encrypting");
        }
    }

    fn role(&mut self, told: &Told<Option<RoleFacts>>) {
        let arn = &self.exports.role_arn;
        match told {
            Told::Untold(why) => self.untold(&format!("the role {arn} trusts {SERVICE}"), why),
            Told::Seen(None) => {
                let message = format!("there is no role {arn}");
                self.error(
                    message,
                    "make it: `workmailctl migrate policies` prints its policies",
                );
            }
            Told::Seen(Some(facts)) => {
                match trust(&facts.trust, self.account, self.organization_arn) {
                    Trust::Given => {}
                    Trust::Refused(why) => {
                        let message = format!("the role {arn} cannot be taken: {why}");
                        self.error(
                            message,
                            "give it the trust policy that `workmailctl migrate policies` prints",
                        );
                    }
                    Trust::Untold(why) => {
                        self.untold(&format!("the role {arn} trusts {SERVICE}"), &why);
                    }
                }
            }
        }
    }
}

/// A part of an ARN, counted from 0.
pub(super) fn part(arn: &str, position: usize) -> &str {
    arn.split(':').nth(position).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:workmail:eu-west-1:123456789012:organization/m-1";

    fn exports() -> MailboxExports {
        MailboxExports {
            bucket: "mail".to_owned(),
            prefix: "p/".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/x".to_owned(),
            kms_key_arn: "arn:aws:kms:eu-west-1:123456789012:key/k".to_owned(),
            ..MailboxExports::default()
        }
    }

    fn good() -> (BucketFacts, KeyFacts, RoleFacts) {
        let bucket = BucketFacts {
            region: Some("eu-west-1".to_owned()),
            is_own: Told::Seen(true),
            policy_is_public: Told::Seen(false),
            list_is_public: Told::Seen(false),
            restricts_policies: Told::Seen(false),
            ignores_lists: Told::Seen(false),
        };
        let key = KeyFacts {
            state: "Enabled".to_owned(),
            spec: "SYMMETRIC_DEFAULT".to_owned(),
            usage: "ENCRYPT_DECRYPT".to_owned(),
        };
        let trust = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": SERVICE}}});
        (bucket, key, RoleFacts { trust })
    }

    fn judged(bucket: BucketFacts, key: KeyFacts, role: RoleFacts) -> Vec<Finding> {
        let facts = Facts {
            bucket: Told::Seen(Some(bucket)),
            key: Told::Seen(Some(key)),
            role: Told::Seen(Some(role)),
        };
        judge(&exports(), ARN, &facts)
    }

    #[test]
    fn what_is_as_it_must_be_is_not_spoken_of() {
        let (bucket, key, role) = good();
        assert!(judged(bucket, key, role).is_empty());
    }

    #[test]
    fn each_thing_that_stands_in_the_way_is_told_once() {
        let (bucket, key, role) = good();
        let buckets = [
            BucketFacts {
                region: Some("us-east-1".to_owned()),
                ..bucket.clone()
            },
            BucketFacts {
                is_own: Told::Seen(false),
                ..bucket.clone()
            },
            BucketFacts {
                policy_is_public: Told::Seen(true),
                ..bucket.clone()
            },
            BucketFacts {
                list_is_public: Told::Seen(true),
                ..bucket.clone()
            },
        ];
        for wrong in buckets {
            let found = judged(wrong, key.clone(), role.clone());
            assert!(
                matches!(&found[..], [one] if one.weight == Weight::Error),
                "{found:?}"
            );
        }
        for wrong in ["Disabled", "PendingDeletion"] {
            let wrong = KeyFacts {
                state: wrong.to_owned(),
                ..key.clone()
            };
            assert_eq!(judged(bucket.clone(), wrong, role.clone()).len(), 1);
        }
        let signing = KeyFacts {
            spec: "RSA_2048".to_owned(),
            usage: "SIGN_VERIFY".to_owned(),
            ..key.clone()
        };
        assert_eq!(judged(bucket.clone(), signing, role.clone()).len(), 1);
        let distrusting = RoleFacts { trust: json!({}) };
        assert_eq!(judged(bucket, key, distrusting).len(), 1);
    }

    #[test]
    fn a_public_bucket_that_is_blocked_is_not_public() {
        let (bucket, key, role) = good();
        let blocked = BucketFacts {
            policy_is_public: Told::Seen(true),
            restricts_policies: Told::Seen(true),
            list_is_public: Told::Untold("AccessDenied".to_owned()),
            ignores_lists: Told::Seen(true),
            ..bucket
        };
        assert!(judged(blocked, key, role).is_empty());
    }

    #[test]
    fn what_could_not_be_seen_is_said_and_stops_nothing() {
        let untold = || "AccessDenied".to_owned();
        let facts = Facts {
            bucket: Told::Untold(untold()),
            key: Told::Untold(untold()),
            role: Told::Untold(untold()),
        };
        let found = judge(&exports(), ARN, &facts);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|one| one.weight == Weight::Untold));
    }

    #[test]
    fn names_of_elsewhere_are_told_without_asking() {
        let (bucket, key, role) = good();
        let facts = Facts {
            bucket: Told::Seen(Some(bucket)),
            key: Told::Seen(Some(key)),
            role: Told::Seen(Some(role)),
        };
        let elsewhere = MailboxExports {
            role_arn: "arn:aws:iam::999999999999:role/x".to_owned(),
            kms_key_arn: "arn:aws:kms:us-west-2:123456789012:key/k".to_owned(),
            ..exports()
        };
        let found = judge(&elsewhere, ARN, &facts);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
