//! Whether the trust policy of a role lets the exports of an organization take it.
//! Source: Amazon WorkMail administrator guide, "Exporting mailbox content"; IAM, elements of policies.

use globset::GlobBuilder;
use serde_json::Value;

/// The service that takes the role.
pub(super) const SERVICE: &str = "export.workmail.amazonaws.com";

/// What the policy comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The service may take the role.
    Given,
    /// It may not, and why.
    Refused(String),
    /// There is a condition that is not known here.
    Untold(String),
}

/// What the trust policy of a role comes to for the exports of this organization.
pub(super) fn trust(policy: &Value, account: &str, organization_arn: &str) -> Trust {
    let statements = listed(&policy["Statement"]);
    let meant: Vec<&Value> = statements
        .into_iter()
        .filter(|statement| has_action(statement) && names_service(statement))
        .collect();
    let mut untold = None;
    let mut refused = format!("its trust policy does not let {SERVICE} take it");
    let mut given = false;
    for statement in meant {
        let denies = statement["Effect"] == "Deny";
        match conditions(&statement["Condition"], account, organization_arn) {
            Trust::Given if denies => {
                return Trust::Refused(format!("its trust policy denies it to {SERVICE}"));
            }
            Trust::Given => given = true,
            Trust::Untold(why) => untold = Some(why),
            Trust::Refused(why) if !denies => refused = why,
            Trust::Refused(_) => {}
        }
    }
    match (given, untold) {
        (_, Some(why)) => Trust::Untold(why),
        (true, None) => Trust::Given,
        (false, None) => Trust::Refused(refused),
    }
}

fn has_action(statement: &Value) -> bool {
    listed(&statement["Action"]).into_iter().any(|action| {
        let action = action.as_str().unwrap_or_default();
        fits(&action.to_ascii_lowercase(), "sts:assumerole")
    })
}

fn names_service(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let named = [principal, &principal["AWS"], &principal["Service"]];
    named.into_iter().enumerate().any(|(position, names)| {
        listed(names).into_iter().any(|name| {
            let name = name.as_str();
            name == Some("*") || position == 2 && name == Some(SERVICE)
        })
    })
}

/// Whether all conditions hold for a request of the service.
fn conditions(condition: &Value, account: &str, organization_arn: &str) -> Trust {
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let actual = match key.to_ascii_lowercase().as_str() {
                // The account is what the service tells as external id, by earlier editions of the guide.
                "aws:sourceaccount" | "sts:externalid" => account,
                "aws:sourcearn" => organization_arn,
                _ => return Trust::Untold(format!("a condition about {key}")),
            };
            let exact = match operator.as_str() {
                "StringEquals" | "StringEqualsIgnoreCase" => true,
                "StringLike" | "ArnLike" | "ArnEquals" => false,
                _ => return Trust::Untold(format!("a condition {operator}")),
            };
            let holds = listed(values).into_iter().any(|value| {
                let value = value.as_str().unwrap_or_default();
                if exact {
                    value == actual
                } else {
                    fits(value, actual)
                }
            });
            if !holds {
                return Trust::Refused(format!(
                    "its trust policy wants {key} to be {}, and it is {actual}",
                    listed(values)
                        .into_iter()
                        .map(|value| value
                            .as_str()
                            .map_or_else(|| value.to_string(), str::to_owned))
                        .collect::<Vec<_>>()
                        .join(" or ")
                ));
            }
        }
    }
    Trust::Given
}

/// One or several.
fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

/// Patterns of policies have `*` and `?` only.
fn fits(pattern: &str, text: &str) -> bool {
    let mut escaped = String::with_capacity(pattern.len());
    for letter in pattern.chars() {
        if "[]{}\\!".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    GlobBuilder::new(&escaped)
        .literal_separator(false)
        .backslash_escape(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:workmail:eu-west-1:123456789012:organization/m-1";

    fn of(principal: &Value, condition: &Value) -> Trust {
        let policy = json!({"Statement": [{
            "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition,
        }]});
        trust(&policy, "123456789012", ARN)
    }

    #[test]
    fn the_policy_of_the_guide_gives_it() {
        let service = json!({"Service": SERVICE});
        let both = json!({"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": ARN}});
        assert_eq!(of(&service, &both), Trust::Given);
        let some =
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:workmail:*:123456789012:organization/*"}});
        assert_eq!(of(&service, &some), Trust::Given);
        let older = json!({"StringEquals": {"sts:ExternalId": "123456789012"}});
        assert_eq!(of(&service, &older), Trust::Given);
        assert_eq!(of(&service, &Value::Null), Trust::Given);
        let several = json!({"Service": ["ec2.amazonaws.com", SERVICE]});
        assert_eq!(of(&several, &Value::Null), Trust::Given);
    }

    #[test]
    fn another_service_account_or_organization_does_not() {
        let refused = |trust: Trust| matches!(trust, Trust::Refused(_));
        let other = json!({"Service": "workmail.amazonaws.com"});
        assert!(refused(of(&other, &Value::Null)));
        let service = json!({"Service": SERVICE});
        let account = json!({"StringEquals": {"aws:SourceAccount": "999999999999"}});
        assert!(refused(of(&service, &account)));
        let organization =
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:workmail:*:*:organization/m-2"}});
        assert!(refused(of(&service, &organization)));
        assert!(refused(trust(&json!({}), "1", ARN)));
    }

    #[test]
    fn a_denial_counts_and_what_is_not_known_is_said() {
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": ["sts:*"]},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
        ]});
        assert!(matches!(trust(&policy, "1", ARN), Trust::Refused(_)));
        let odd = json!({"Bool": {"aws:SecureTransport": "true"}});
        let service = json!({"Service": SERVICE});
        assert!(matches!(of(&service, &odd), Trust::Untold(_)));
    }
}
