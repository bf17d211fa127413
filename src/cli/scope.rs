//! `--target` and `--exclude`: what may be named, and a warning where a name finds nothing.

use globset::Glob;
use workmailctl::kinds::{KINDS, SETTINGS, by_section};
use workmailctl::model::{Globs, MAIL_DOMAIN, ORGANIZATION, Target};

use super::global::ScopeFlags;
use super::manifests::Loaded;
use super::output::Printer;
use super::reading::Reading;

/// `KIND/GLOB`, or a bare glob of names of any kind.
pub(crate) fn pattern(text: &str) -> Result<String, String> {
    let (kind, glob) = match text.split_once('/') {
        Some((kind, glob)) => (Some(kind), glob),
        None => (None, text),
    };
    if glob.is_empty() || kind == Some("") {
        return Err("write KIND/GLOB, such as `user/a*`, or a bare glob of names".to_owned());
    }
    Glob::new(glob).map_err(|error| error.to_string())?;
    let Some(kind) = kind else {
        return Ok(text.to_owned());
    };
    let written = kind.to_lowercase();
    // The kind may be a glob as well: `*/a*` is what is called so, of any kind.
    let known = Glob::new(&written).map_err(|error| error.to_string())?;
    let known = known.compile_matcher();
    if kinds().any(|one| known.is_match(one)) {
        return Ok(text.to_owned());
    }
    if let Some(entry) = by_section(KINDS, &written) {
        return Err(format!(
            "there is no kind `{kind}`: did you mean `{}/{glob}`?",
            entry.name
        ));
    }
    let all: Vec<&str> = kinds().collect();
    Err(format!(
        "there is no kind `{kind}`; there are {}",
        all.join(", ")
    ))
}

/// Warns of every pattern that matches nothing that is declared or live: a typo there would pass for
/// a plan without changes.
pub(crate) fn warn_of_unfound(
    flags: &ScopeFlags,
    loaded: &Loaded,
    reading: &Reading,
    printer: &Printer,
) {
    let targets = flags.target.iter().map(|text| ("--target", text));
    let excludes = flags.exclude.iter().map(|text| ("--exclude", text));
    for (flag, text) in targets.chain(excludes) {
        if !finds(text, loaded, reading) {
            let text = printer.err.safe(text);
            printer.say(&format!(
                "warning: {flag} {text} matches nothing that is declared or live\n"
            ));
        }
    }
}

fn finds(text: &String, loaded: &Loaded, reading: &Reading) -> bool {
    let globs = Globs::new([text]);
    let organization = &loaded.desired.organization;
    let domains = organization.mail_domains.iter().flatten();
    globs.matches(&Target::new(ORGANIZATION, organization.alias.clone()))
        || domains
            .map(|domain| Target::new(MAIL_DOMAIN, domain.clone()))
            .any(|target| globs.matches(&target))
        || loaded
            .desired
            .entities
            .keys()
            .any(|target| globs.matches(target))
        || reading
            .live
            .entities
            .iter()
            .any(|(target, entity)| globs.match_either(target, Some(entity)))
        || reading
            .changes
            .changes
            .iter()
            .any(|change| globs.matches(&change.target))
}

fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS
        .iter()
        .map(|entry| entry.name)
        .chain(SETTINGS.iter().map(|kind| kind.name))
        .chain([ORGANIZATION, MAIL_DOMAIN])
}
