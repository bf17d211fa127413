//! What is generated is current. `UPDATE=1 cargo test` writes it anew.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes what is generated"
)]

use std::path::Path;

use serde_json::Value;
use workmailctl::manifest;
use workmailctl::report::{plan_schema, report_schema};

fn check(path: &str, value: &Value) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut text = serde_json::to_string_pretty(value).expect("a schema is plain data");
    text.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(&file, &text).expect("it can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{path} is not current: run the tests with UPDATE=1"
    );
}

#[test]
fn the_schema_of_plans_is_current() {
    check("schema/v1/plan.schema.json", &plan_schema());
}

#[test]
fn the_schema_of_reports_is_current() {
    check("schema/v1/report.schema.json", &report_schema());
}

#[test]
fn the_schema_of_manifests_is_current() {
    check("schema/v1/manifest.schema.json", &manifest::schema());
}
