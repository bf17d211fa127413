//! What rules of any sort come to: the conditions of one, and the verdict of all that match.
//!
//! Rules are read in the manifest's words, as a snapshot holds them.

use serde_json::{Map, Value};

use crate::model::unresolved;

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

impl Effect {
    /// What a rule in the manifest's words does.
    pub fn of(rule: &Map<String, Value>) -> Self {
        if rule.get("effect").and_then(Value::as_str) == Some("ALLOW") {
            Self::Allow
        } else {
            Self::Deny
        }
    }
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
    /// A condition and its opposite, by the names of their fields. An id that is nobody's any more stands
    /// for somebody who never comes.
    ///
    /// Errors where `read` does.
    pub fn of<E>(
        rule: &Map<String, Value>,
        only: &str,
        except: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Self, E> {
        let list = |field: &str| {
            let items = rule.get(field).and_then(Value::as_array);
            let texts = items.into_iter().flatten();
            texts
                .map(|item| {
                    let text = item.as_str().or_else(|| unresolved(item));
                    read(text.unwrap_or_default())
                })
                .collect::<Result<Vec<T>, E>>()
        };
        Ok(Self {
            only: list(only)?,
            except: list(except)?,
        })
    }

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
