//! `Globs`: names and patterns of names, as `management` and `--target` have them.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::snapshot::Entity;
use super::target::Target;

/// Names and globs, compared without case, as targets: a bare name means any kind.
pub struct Globs {
    patterns: GlobSet,
    /// The same texts as names: a group may be called `team [a]`.
    names: Vec<String>,
}

impl Globs {
    /// The set of these patterns; what is no glob stands for its own text only, the checks have told it.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a String>) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut names = Vec::new();
        for pattern in patterns {
            let pattern = pattern.to_lowercase();
            if let Ok(glob) = Glob::new(&pattern) {
                builder.add(glob);
            }
            names.push(pattern);
        }
        Self {
            patterns: builder.build().unwrap_or_else(|_| GlobSet::empty()),
            names,
        }
    }

    /// The name that a text names if it is no pattern, without its kind.
    pub fn plain_name(pattern: &str) -> Option<&str> {
        let is_plain = !pattern.is_empty() && !pattern.contains(['*', '?', '[', '{', '\\']);
        let name = ["user/", "group/", "resource/"]
            .iter()
            .find_map(|kind| pattern.strip_prefix(kind));
        is_plain.then_some(name.unwrap_or(pattern))
    }

    /// True if the target's name, or its kind and name, match.
    pub fn matches(&self, target: &Target) -> bool {
        let name = target.name().to_lowercase();
        let whole = format!("{}/{name}", target.kind());
        [name, whole]
            .iter()
            .any(|text| self.names.contains(text) || self.patterns.is_match(text))
    }

    /// True if it matches by the name that it has live, or by the one that the manifest gives it: who
    /// is named in `management` keeps what that gives, whatever it is renamed to.
    pub fn match_either(&self, target: &Target, entity: Option<&Entity>) -> bool {
        let live = entity.and_then(|entity| entity.live_name.clone());
        self.matches(target)
            || live.is_some_and(|name| self.matches(&Target::new(target.kind().to_owned(), name)))
    }

    /// True if something of this kind may match that is not among `known`. Names are unique across
    /// users, groups and resources: a plain name of something known is nothing else's.
    pub fn may_name<'a>(&self, kind: &str, known: impl Iterator<Item = &'a Target>) -> bool {
        let known: Vec<String> = known.map(|target| target.name().to_lowercase()).collect();
        self.names.iter().any(|text| {
            let is_plain = !text.contains(['*', '?', '[', '{', '\\', '/']);
            let is_of_other_kind = ["user/", "group/", "resource/"]
                .iter()
                .any(|other| text.starts_with(other) && *other != format!("{kind}/"));
            !(is_of_other_kind || is_plain && known.contains(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(patterns: &[&str]) -> Globs {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        Globs::new(&patterns)
    }

    #[test]
    fn a_text_is_a_pattern_and_a_name() {
        let brackets = globs(&["Team [A]"]);
        assert!(brackets.matches(&Target::group("team [a]")));
        assert!(brackets.matches(&Target::group("team a")));
        assert!(!brackets.matches(&Target::group("team b")));
        let broken = globs(&["a[b", "group/c[d"]);
        assert!(broken.matches(&Target::group("A[B")));
        assert!(broken.matches(&Target::group("c[d")));
        assert!(!broken.matches(&Target::user("c[d")));
    }

    #[test]
    fn a_plain_name_of_something_known_is_nothing_else() {
        let ceo = [Target::user("CEO")];
        let may = |patterns: &[&str]| globs(patterns).may_name("resource", ceo.iter());
        assert!(!may(&["ceo"]));
        assert!(!may(&["user/*", "group/x"]));
        assert!(may(&["ceo", "board"]));
        assert!(may(&["ceo*"]));
        assert!(may(&["resource/ceo"]));
    }
}
