//! From a change of a group to its calls.

use super::calls::{
    AssociateMemberToGroup, CreateGroup, DeleteGroup, DisassociateMemberFromGroup, UpdateGroup,
};
use crate::kinds::kind::Profile;
use crate::model::{Call, Id};

/// The call that makes the group.
pub(super) fn create(profile: &Profile<'_>) -> Call {
    Call::new(&CreateGroup {
        name: profile.target.name().to_owned(),
        hidden_from_global_address_list: hidden(profile),
    })
}

/// The call that sets its flag; creating has set it already.
pub(super) fn update(profile: &Profile<'_>) -> Vec<Call> {
    if profile.created {
        return Vec::new();
    }
    let group_id = profile.id.clone();
    hidden(profile)
        .map(|hidden| {
            Call::new(&UpdateGroup {
                group_id,
                hidden_from_global_address_list: hidden,
            })
        })
        .into_iter()
        .collect()
}

/// The call that deletes the group.
pub(super) fn delete(id: Id) -> Call {
    Call::new(&DeleteGroup { group_id: id })
}

/// The call that adds a member.
pub(super) fn link(group_id: Id, member_id: Id) -> Call {
    Call::new(&AssociateMemberToGroup {
        group_id,
        member_id,
    })
}

/// The call that takes a member away.
pub(super) fn unlink(group_id: Id, member_id: Id) -> Call {
    Call::new(&DisassociateMemberFromGroup {
        group_id,
        member_id,
    })
}

fn hidden(profile: &Profile<'_>) -> Option<bool> {
    profile
        .wanted
        .iter()
        .find(|(field, _)| field.name == "hiddenFromGlobalAddressList")?
        .1
        .as_bool()
}
