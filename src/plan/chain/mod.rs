//! The order of writes that decide together who gets in: access control rules with impersonation roles,
//! and mobile device access rules.
//!
//! Whatever the rules tell apart is a class. After each write a class is let in only if one of the ends
//! lets it in, and kept out only if one of the ends keeps it out. Where no order of the writes themselves
//! holds to that, interim rules bridge the gap, or a rule that is written anyway holds interim content.
//! Where nothing does, rather fewer get in than more, and the guards say which classes those are.

mod bits;
mod devices;
mod problem;
mod search;
mod sign_ins;

#[cfg(test)]
mod tests;

pub(super) use devices::DeviceClasses;
use problem::Classes;
pub(super) use problem::{Content, Group, Move, Problem, Slot, Write};
pub(super) use search::solve;
pub(super) use sign_ins::{One, SignInClasses, roles};
