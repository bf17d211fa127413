//! After the end of the service: every command that asks it says so, its silence is explained by the end, and
//! what it still tells is compared as ever. The time is the service's own.

use crate::support::served::Served;
use crate::support::shop::{MANIFEST, Shop, ends, err, out};

const SAID: &str = "warning: Amazon WorkMail ended on 2027-03-31";
const EXPLAINED: &str = "help: Amazon WorkMail ended on 2027-03-31";

/// A shop as declared, after the end of the service, or a second before.
fn shop_at(time: u64) -> Shop {
    let shop = Shop::of(Served::start(["--clock", "virtual"]));
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    shop.control("POST", "clock", &format!("{{\"time\": {time}}}"));
    shop
}

#[test]
fn every_command_that_asks_the_service_says_that_it_ended() {
    let shop = shop_at(1_806_537_600);
    for args in [
        &["drift", "acme"][..],
        &["plan", "acme"],
        &["snapshot", "--out", "s.json"],
        &["export", "--dir", "out"],
        &["migrate", "status", "acme"],
        &["migrate", "targets", "--to", "generic", "--dir", "there"],
        &["migrate", "check", "--against", "there"],
    ] {
        let output = shop.run(args);
        ends(&output, 0);
        assert_eq!(err(&output).matches(SAID).count(), 1, "{args:?}");
    }
    // What asks nobody says nothing, nor does an emulator within.
    for args in [
        &["validate", "acme"][..],
        &["schema"],
        &["drift", "acme", "-q"],
        &["plan", "acme", "--emulator"],
        &[
            "migrate",
            "check",
            "--against",
            "there",
            "--snapshot",
            "s.json",
        ],
    ] {
        let output = shop.run(args);
        ends(&output, 0);
        assert!(
            !err(&output).contains("ended on"),
            "{args:?}: {}",
            err(&output)
        );
    }
    let before = shop_at(1_806_537_599);
    let output = before.run(&["drift", "acme"]);
    ends(&output, 0);
    assert!(!err(&output).contains("ended on"), "{}", err(&output));
}

#[test]
fn silence_is_explained_by_the_end_and_is_no_drift() {
    let shop = shop_at(1_806_537_600);
    for (fault, code) in [
        ("ListOrganizations:deny", 77),
        ("ListOrganizations:error=UnsupportedOperationException", 1),
        ("ListOrganizations:garbage", 1),
    ] {
        shop.control("DELETE", "faults", "");
        shop.control("POST", "faults", &format!("[\"{fault}\"]"));
        for verb in ["drift", "plan"] {
            let output = shop.run(&[verb, "acme"]);
            let told = err(&output);
            assert!(
                told.contains(SAID) && told.contains(EXPLAINED),
                "{fault}: {told}"
            );
            ends(&output, code);
        }
    }
}

/// Lists that are empty are no silence: the service says that nobody is there.
#[test]
fn what_the_service_still_tells_is_compared_as_ever() {
    let shop = Shop::of(Served::start(["--clock", "virtual"]));
    shop.control("POST", "clock", "{\"time\": 1806537600}");
    let output = shop.run(&["drift", "acme"]);
    ends(&output, 2);
    let told = err(&output);
    assert!(
        told.contains(SAID) && told.contains("what it still tells is compared as ever"),
        "{told}"
    );
    for missing in ["+ ana ", "+ bob ", "+ staff "] {
        assert!(out(&output).contains(missing), "{}", out(&output));
    }
}

#[test]
fn an_organization_that_went_with_the_service_is_not_made_anew() {
    let shop = shop_at(1_806_537_600);
    let others = MANIFEST.replace("alias: acme,", "alias: other, create: {},");
    shop.manifest(&others);
    for verb in [
        &["drift", "acme"][..],
        &["plan", "acme", "--detailed-exitcode"],
    ] {
        let output = shop.run(verb);
        ends(&output, 69);
        assert!(err(&output).contains(EXPLAINED), "{}", err(&output));
    }
}
