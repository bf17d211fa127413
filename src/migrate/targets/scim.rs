//! Users and groups as one bulk request of SCIM 2.0. Sources: RFC 7643 (schemas), RFC 7644, section 3.7
//! (bulk operations, and how one names what another makes).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::directory::{Directory, Recipient};
use crate::model::{GROUP, USER};

const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The request, of a directory without the addresses that end with the service. Members who are no users or
/// groups that it makes are left out.
pub(super) fn bulk(directory: &Directory) -> String {
    let users = directory
        .registered(USER)
        .map(|one| operation("/Users", one, &user(one)));
    let groups = directory.registered(GROUP);
    let groups = groups.map(|one| operation("/Groups", one, &group(one, directory)));
    let all: Vec<Value> = users.chain(groups).collect();
    let request = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": all,
    });
    let mut text = serde_json::to_string_pretty(&request).expect("a request is plain data");
    text.push('\n');
    text
}

fn operation(path: &str, one: &Recipient, data: &Value) -> Value {
    json!({ "method": "POST", "path": path, "bulkId": one.id, "data": data })
}

fn user(one: &Recipient) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    let emails = one
        .addresses()
        .enumerate()
        .map(|(at, address)| json!({ "value": address, "type": "work", "primary": at == 0 }));
    let given = json!({ "formatted": one.shown_name(), "givenName": one.text("firstName"), "familyName": one.text("lastName") });
    put("schemas", json!([USER_SCHEMA, ENTERPRISE]));
    put("externalId", json!(one.id));
    put("userName", json!(one.email));
    put("active", json!(true));
    put("displayName", json!(one.shown_name()));
    put("name", without_empty(given));
    put("emails", emails.collect());
    if !one.text("jobTitle").is_empty() {
        put("title", json!(one.text("jobTitle")));
    }
    if !one.text("telephone").is_empty() {
        put(
            "phoneNumbers",
            json!([{ "value": one.text("telephone"), "type": "work" }]),
        );
    }
    let address = without_empty(json!({
        "streetAddress": one.text("street"),
        "locality": one.text("city"),
        "postalCode": one.text("zipCode"),
        // The schema wants a code of two letters, which the service does not ask for.
        "formatted": one.text("country"),
    }));
    if address
        .as_object()
        .is_some_and(|address| !address.is_empty())
    {
        let mut address = address;
        address["type"] = json!("work");
        put("addresses", json!([address]));
    }
    let enterprise = without_empty(json!({
        "department": one.text("department"),
        "organization": one.text("company"),
    }));
    if enterprise.as_object().is_some_and(|one| !one.is_empty()) {
        put(ENTERPRISE, enterprise);
    } else {
        put("schemas", json!([USER_SCHEMA]));
    }
    Value::Object(data)
}

fn group(one: &Recipient, directory: &Directory) -> Value {
    let made = directory
        .registered(USER)
        .chain(directory.registered(GROUP));
    let made = made.map(|made| ((&*made.kind, &*made.name), made));
    let made: BTreeMap<_, _> = made.collect();
    let members = one.members.iter().filter_map(|member| {
        let known = made.get(&(&*member.kind, &*member.name))?;
        let kind = if known.kind == GROUP { "Group" } else { "User" };
        Some(json!({ "value": format!("bulkId:{}", known.id), "type": kind, "display": known.shown_name() }))
    });
    let members: Vec<Value> = members.collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": one.id,
        "displayName": one.name,
        "members": members,
    })
}

fn without_empty(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    members
        .into_iter()
        .filter(|(_, value)| value.as_str() != Some(""))
        .collect()
}
