//! A saved plan that somebody edited is refused, case by case: as it is, because its hash does not fit; and with a
//! hash that was computed again, because a plan from a file is trusted no further than a manifest. In all cases
//! nothing is written.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use serde_json::{Value, json};
use workmailctl::plan::{Plan, hash_of};

use crate::support::shop::{MANIFEST, Shop, ends, err, out};

/// An edit, and how each run of the edited plan ends: the exit code, and what is said.
struct Edit {
    what: &'static str,
    make: fn(&mut Value, &Shop),
    /// With the hash that the file had.
    as_it_is: (i32, &'static str),
    /// With a hash that fits what stands in the file.
    with_its_hash: (i32, &'static str),
}

const CHANGED: (i32, &str) = (65, "was changed");

const EDITS: &[Edit] = &[
    Edit {
        // What guards say is asked again, and is not held to the hash.
        what: "guards emptied",
        make: |plan, _| plan["blocked"] = json!([]),
        as_it_is: (3, "--allow mailbox-expiry=bob"),
        with_its_hash: (3, "--allow mailbox-expiry=bob"),
    },
    Edit {
        what: "a guard of the manifest emptied",
        make: |plan, _| plan["management"]["protect"] = json!([]),
        as_it_is: CHANGED,
        with_its_hash: (3, "management"),
    },
    Edit {
        what: "an operation added",
        make: |plan, shop| add(plan, "DeregisterFromWorkMail", "user/ana", shop, "EntityId"),
        as_it_is: CHANGED,
        with_its_hash: (3, "mailbox-expiry"),
    },
    Edit {
        what: "an operation added for an entity under the name of another one",
        make: |plan, shop| {
            add(plan, "DeregisterFromWorkMail", "user/ana", shop, "EntityId");
            let all = plan["operations"].as_array_mut().expect("operations");
            all.last_mut().expect("one")["target"] = json!("user/bob");
        },
        as_it_is: CHANGED,
        with_its_hash: (65, "user/bob"),
    },
    Edit {
        what: "an operation added that no plan makes",
        make: |plan, shop| add(plan, "ResetPassword", "user/ana", shop, "UserId"),
        as_it_is: CHANGED,
        with_its_hash: (65, "ResetPassword"),
    },
    Edit {
        what: "another organization",
        make: |plan, _| {
            let id = plan["organization"]["id"].as_str().expect("an id");
            let other = id.replace(|letter: char| letter.is_ascii_digit(), "0");
            plan["organization"]["id"] = json!(other);
        },
        as_it_is: CHANGED,
        with_its_hash: (65, "organization"),
    },
    Edit {
        what: "another alias",
        make: |plan, _| plan["organization"]["alias"] = json!("globex"),
        as_it_is: CHANGED,
        with_its_hash: (65, "globex"),
    },
    Edit {
        what: "an order turned round",
        make: |plan, _| {
            plan["operations"]
                .as_array_mut()
                .expect("operations")
                .reverse();
        },
        as_it_is: CHANGED,
        with_its_hash: (65, "out of order"),
    },
];

/// Puts a call about somebody at the end.
fn add(plan: &mut Value, operation: &str, target: &str, shop: &Shop, member: &str) {
    let (_, name) = target.split_once('/').expect("a target");
    let id = shop.id("ListUsers", "Users", name);
    let all = plan["operations"].as_array_mut().expect("operations");
    let id_of_call = all.len() + 1;
    all.push(json!({
        "id": id_of_call, "operation": operation, "input": {member: id}, "target": target, "expects": [],
        "component": id_of_call + 1000, "dependsOn": [], "reversible": "free",
    }));
}

#[test]
fn a_plan_that_was_edited_is_refused_whatever_hash_it_has() {
    let shop = Shop::open();
    let manifest = format!("{MANIFEST}management: {{protect: [ana]}}\n");
    shop.manifest(&manifest);
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let goes = manifest.replace("  bob: {", "  bob: {state: deregistered, ");
    let goes = goes.replace(", permissions: [{grantee: ana, rights: [SEND_AS]}]", "");
    let goes = goes.replace("members: [ana, bob]", "members: [ana]");
    shop.manifest(&goes.replace("Engineer", "Director"));
    ends(&shop.run(&["plan", "acme", "--out", "plan.json", "-q"]), 0);
    let text = std::fs::read_to_string(shop.path("plan.json")).expect("it was saved");
    let honest: Value = serde_json::from_str(&text).expect("JSON");
    let writes = shop.writes();
    let mut wrong = Vec::new();
    for edit in EDITS {
        let mut edited = honest.clone();
        (edit.make)(&mut edited, &shop);
        assert_ne!(edited, honest, "{}", edit.what);
        let mut hashed = edited.clone();
        let plan: Plan =
            serde_json::from_value(edited.clone()).expect("a plan as far as its form goes");
        hashed["planHash"] = json!(hash_of(&plan));
        for (plan, (code, says)) in [(edited, edit.as_it_is), (hashed, edit.with_its_hash)] {
            std::fs::write(shop.path("edited.json"), plan.to_string()).expect("written");
            let run = shop.run(&["apply", "edited.json", "--auto-approve"]);
            if run.status.code() != Some(code) || !err(&run).contains(says) {
                let what = edit.what;
                wrong.push(format!(
                    "{what}: {code} and {says:?}\n{:?}\n{}",
                    run.status,
                    err(&run)
                ));
            }
            assert_eq!(shop.writes(), writes, "{}: {}", edit.what, out(&run));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let allowed = ["--allow", "mailbox-expiry=bob"];
    ends(
        &shop.run(&[&["apply", "plan.json", "--auto-approve"], &allowed[..]].concat()),
        0,
    );
}
