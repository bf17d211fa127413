//! What rules come to, decided twice: by `policy`, which has it from the documentation, and by the
//! emulator, which shares no code with it. Cases of `tests/cases/policy`, and random rules.

mod random;
mod rules;

use tokio::runtime::{Builder, Runtime};
use workmailctl::policy::Effect;

use crate::support::markdown::{self, Case};
use rules::Sort;

/// The blocks with rules in a case, and what they are.
const SORTS: &[(&str, Sort)] = &[
    ("access control rules", Sort::AccessControl),
    ("mobile device rules", Sort::MobileDevice),
    ("impersonation rules", Sort::Impersonation),
];

#[test]
fn documented_cases() {
    markdown::run("policy", &["effects"], |case| {
        let effects = runtime().block_on(Box::pin(effects(case)));
        vec![("effects".to_owned(), effects)]
    });
}

/// Each line of a case, `ATTEMPT -> …`, with what the two say where they agree.
async fn effects(case: &Case) -> String {
    let found = SORTS
        .iter()
        .find_map(|(name, sort)| Some((case.block(name)?, *sort)));
    let (text, sort) = found.expect("a block with rules");
    let sent: Vec<serde_json::Value> =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", case.title));
    let world = rules::World::new().await;
    world.put(sort, &sent).await;
    let mut lines = Vec::new();
    for line in case.block("effects").expect("effects").lines() {
        let attempt = line
            .split_once(" ->")
            .map_or(line, |(attempt, _)| attempt)
            .trim();
        let input = rules::World::attempt(sort, attempt);
        let emulated = world.emulated(sort, &input).await;
        let decided = world.decided(sort, &sent, &input);
        assert_eq!(
            decided, emulated,
            "{}: {attempt}: policy says the former, the emulator the latter",
            case.title
        );
        let mut words = vec![attempt, "->", word(decided.0)];
        words.extend(decided.1.iter().map(String::as_str));
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
