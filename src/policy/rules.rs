//! What rules of any sort come to: the conditions of one, and the verdict of all that match.

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It lets it through.
    Allow,
    /// It stops it.
    Deny,
}

/// A condition: its entries, and those of its opposite. Without entries it always holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<T> {
    /// One of these must be met, if there are any.
    pub only: Vec<T>,
    /// None of these may be met.
    pub except: Vec<T>,
}

/// What all rules together come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<'a, R> {
    /// Allow only if something allows and nothing denies.
    pub effect: Effect,
    /// The rules that match and have this effect, in their order; none where nothing matches at all.
    pub deciding: Vec<&'a R>,
}

impl<T> Default for Condition<T> {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            except: Vec::new(),
        }
    }
}

impl<T> Condition<T> {
    /// True if what is looked at, which `meets` an entry or not, passes.
    pub(super) fn holds(&self, meets: impl Fn(&T) -> bool) -> bool {
        if self.except.iter().any(&meets) {
            return false;
        }
        self.only.is_empty() || self.only.iter().any(meets)
    }
}

/// The verdict of the rules that match: one that denies outweighs all that allow, and what no rule
/// matches is denied.
pub(super) fn verdict<'a, R>(
    matching: impl Iterator<Item = &'a R>,
    effect: impl Fn(&R) -> Effect,
) -> Verdict<'a, R> {
    let (denying, allowing): (Vec<&R>, Vec<&R>) =
        matching.partition(|rule| effect(rule) == Effect::Deny);
    if denying.is_empty() && !allowing.is_empty() {
        Verdict {
            effect: Effect::Allow,
            deciding: allowing,
        }
    } else {
        Verdict {
            effect: Effect::Deny,
            deciding: denying,
        }
    }
}
