//! Rules, roles, policies and configurations through the binary: saved plans, drift, export.
#![expect(clippy::disallowed_methods, reason = "reads the files of its runs")]

use crate::support::shop::{Shop, ends, out};

const MANIFEST: &str = "apiVersion: workmailctl/v1
organization: {alias: acme}
users:
  ana: {displayName: Ana, email: ana@example.com}
  ceo: {displayName: Boss, email: ceo@example.com}
accessControlRules:
  default: {effect: ALLOW, description: Default WorkMail Rule}
  office: {effect: DENY, description: IMAP only from the office, actions: [IMAP], notIpRanges: [203.0.113.0/24], notUsers: [ceo]}
  archiver: {effect: DENY, description: archiver only from the office, impersonationRoles: [archiver], notIpRanges: [203.0.113.0/24]}
impersonationRoles:
  archiver: {type: READ_ONLY, rules: [{id: all, effect: ALLOW, notTargetUsers: [ceo]}]}
";

/// A saved plan names users and roles that it makes by `$id`; once they are there it is still the same
/// plan, and applied again it finds everything done.
#[test]
fn a_saved_plan_of_rules_is_applied_and_applied_again() {
    let shop = Shop::open();
    shop.manifest(MANIFEST);
    ends(&shop.run(&["plan", "acme", "--out", "plan.json", "-q"]), 0);
    // Whom the plan makes does not count: nothing is weaker.
    let apply = ["apply", "plan.json", "--yes"];
    ends(&shop.run(&apply), 0);
    ends(&shop.run(&apply), 0);
    let plan = shop.run(&["plan", "acme", "--detailed-exitcode"]);
    ends(&plan, 0);
    assert!(out(&plan).starts_with("No changes"), "{}", out(&plan));
}

#[test]
fn rules_in_an_export_are_as_they_were() {
    let shop = Shop::open();
    shop.manifest(MANIFEST);
    ends(&shop.run(&["apply", "acme", "--yes", "-q"]), 0);
    ends(&shop.run(&["export", "--dir", "out", "-q"]), 0);
    let plan = shop.run(&["plan", "out", "--detailed-exitcode"]);
    ends(&plan, 0);
    let rules = std::fs::read_to_string(shop.path("out/access-control-rules.yaml"));
    let rules = rules.expect("it was exported");
    assert!(rules.contains("notUsers: [ceo]"), "{rules}");
    assert!(rules.contains("impersonationRoles: [archiver]"), "{rules}");
}

/// A setting that was removed or made anew since the plan was saved makes the plan stale, not forged.
#[test]
fn a_saved_plan_whose_rule_went_or_was_made_anew_is_stale() {
    let shop = Shop::open();
    let manifest = |rules: &str| {
        let head = "apiVersion: workmailctl/v1\norganization: {alias: acme}\n";
        shop.manifest(&format!("{head}mobileDeviceAccessRules: {rules}\n"));
    };
    let anyone = "{default: {effect: ALLOW}, m: {effect: DENY, deviceTypes: [iPad]}}";
    let nobody = "{default: {effect: ALLOW}}";
    let apply = ["apply", "acme", "--yes", "-q", "--allow", "weaker"];
    manifest(anyone);
    ends(&shop.run(&apply), 0);
    for (wanted, out) in [
        (
            "{default: {effect: ALLOW}, m: {effect: DENY, deviceTypes: [iPad, iPhone]}}",
            "update.json",
        ),
        (nobody, "delete.json"),
    ] {
        manifest(wanted);
        ends(&shop.run(&["plan", "acme", "--out", out, "-q"]), 0);
    }
    manifest(nobody);
    ends(&shop.run(&apply), 0);
    let saved = |plan: &str| shop.run(&["apply", plan, "--yes", "--allow", "weaker"]);
    ends(&saved("update.json"), 4);
    // What is gone already needs no deleting.
    ends(&saved("delete.json"), 0);
    manifest(anyone);
    ends(&shop.run(&apply), 0);
    let writes = shop.writes();
    for plan in ["update.json", "delete.json"] {
        ends(&saved(plan), 4);
    }
    assert_eq!(shop.writes(), writes);
}
