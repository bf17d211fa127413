//! Users. Source: API reference, `CreateUser`, `DescribeUser`, `UpdateUser`, `DeleteUser`,
//! `ListUsers`, `ResetPassword`; behaviour notes, sections 1, 3, 4 and 15.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::DISABLED_UPDATES;
use super::super::refusal::Refusal;
use super::super::secret::salted;
use super::super::state::{Entity, Identified, Kind, State};
use super::shared::{common, described, filters, key_of, passes, registered, updated};
use super::{Call, nothing};

/// The members of a user's profile.
const TEXTS: &[&str] = &[
    "DisplayName",
    "FirstName",
    "LastName",
    "Initials",
    "Telephone",
    "Street",
    "JobTitle",
    "City",
    "Company",
    "ZipCode",
    "Department",
    "Country",
    "Office",
    "IdentityProviderUserId",
];

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("Name").to_owned();
    settable_role(call)?;
    let password = call.optional("Password").map(hashed).transpose()?;
    let mut fields = Map::new();
    for member in [
        "DisplayName",
        "FirstName",
        "LastName",
        "IdentityProviderUserId",
    ] {
        if let Some(value) = call.optional(member) {
            fields.insert(member.to_owned(), json!(value));
        }
    }
    fields.insert(
        "UserRole".to_owned(),
        json!(call.optional("Role").unwrap_or("USER")),
    );
    let hidden = call.flag("HiddenFromGlobalAddressList").unwrap_or(false);
    fields.insert("HiddenFromGlobalAddressList".to_owned(), json!(hidden));
    reserved(&name)?;
    let directory = &mut call.organization()?.directory;
    directory.free_name(&name)?;
    let id = Uuid::new_v4().to_string();
    let key = directory.next_key();
    let mut user = Entity::new(key, id.clone(), Kind::User, &name, fields);
    user.password = password;
    directory.add(user);
    Ok(json!({ "UserId": id }))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("UserId").to_owned();
    let behaviors = call.behaviors;
    let user = described(
        &call.organization()?.directory,
        &text,
        Kind::User,
        behaviors,
    )?;
    let mut reply = user.fields.to_map();
    reply.insert("UserId".to_owned(), json!(user.id));
    common(user, behaviors, &mut reply);
    if let Some(time) = user.provisioned_at {
        reply.insert("MailboxProvisionedDate".to_owned(), json!(time));
    }
    if let Some(time) = user.disabled_at.filter(|_| user.state != State::Enabled) {
        reply.insert("MailboxDeprovisionedDate".to_owned(), json!(time));
    }
    Ok(Value::Object(reply))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    settable_role(call)?;
    let text = call.text("UserId").to_owned();
    let (behaviors, input) = (call.behaviors, call.input);
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::User])?;
    let user = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    if behaviors.is(DISABLED_UPDATES, "refuse") {
        registered(user)?;
    }
    let mut members = TEXTS.to_vec();
    members.push("HiddenFromGlobalAddressList");
    let actual = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    let mut fields = updated(&actual.fields, input, &members, TEXTS, behaviors);
    if let Some(role) = input.get("Role").filter(|role| !role.is_null()) {
        fields.insert("UserRole".to_owned(), role.clone());
    }
    directory.change(key, 0, |user| user.fields = fields.into());
    Ok(nothing())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    super::shared::delete(call, "UserId", Kind::User)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let filters = filters(call)?;
    let (paging, behaviors) = (call.paging(), call.behaviors);
    let after = paging.after()?;
    let directory = &call.organization()?.directory;
    let users = directory
        .listed(Kind::User, after)
        .filter(|user| passes(user, &filters, behaviors))
        .map(|user| {
            let mut item = Map::new();
            item.insert("Id".to_owned(), json!(user.id));
            common(user, behaviors, &mut item);
            for member in ["DisplayName", "UserRole", "IdentityProviderUserId"] {
                if let Some(value) = user.field(member) {
                    item.insert(member.to_owned(), value.clone());
                }
            }
            (user.key, Value::Object(item))
        });
    paging.page("Users", users)
}

pub(super) fn reset_password(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("UserId").to_owned();
    let password = hashed(call.text("Password"))?;
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::ById, &[Kind::User])?;
    registered(directory.seen(key).ok_or_else(Refusal::entity_not_found)?)?;
    directory.change(key, 0, |user| user.password = Some(password));
    Ok(nothing())
}

/// `RESOURCE` and `SYSTEM_USER` cannot be given. Source: API reference, `CreateUser`, `Role`.
fn settable_role(call: &Call<'_>) -> Result<(), Refusal> {
    match call.optional("Role") {
        Some("RESOURCE" | "SYSTEM_USER") => Err(Refusal::invalid("This role cannot be given.")),
        _ => Ok(()),
    }
}

/// Names that the directory keeps for itself.
pub(super) fn reserved(name: &str) -> Result<(), Refusal> {
    const RESERVED: &[&str] = &["administrator", "admin$", "krbtgt", "guest"];
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(Refusal::new(
            "ReservedNameException",
            format!("The name {name} is reserved."),
        ));
    }
    Ok(())
}

/// Salt and hash of a password that has 8 to 63 characters of three classes.
/// Source: behaviour notes, section 15.
fn hashed(password: &str) -> Result<String, Refusal> {
    let length = password.chars().count();
    let classes = [
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password
            .chars()
            .any(|c| c.is_ascii_graphic() && !c.is_ascii_alphanumeric() || c == ' '),
        password.chars().any(|c| ('\u{80}'..='\u{ff}').contains(&c)),
    ];
    if !(8..=63).contains(&length) || classes.iter().filter(|has| **has).count() < 3 {
        return Err(Refusal::new(
            "InvalidPasswordException",
            "The password needs 8 to 63 characters of at least 3 complexity categories.",
        ));
    }
    Ok(salted(password))
}
