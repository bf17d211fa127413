//! The section `networks`: names for lists of IPv4 ranges, which rules may write in the place of ranges.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::code::{WM102, WM403};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::setting::{Form, Member};
use crate::model::FieldPath;

use super::check;
use super::origins::Origins;
use super::spec::FileSpec;

/// The ranges behind names. A name that stands twice is told, and the first counts.
pub(super) fn declared(
    specs: &mut [Option<FileSpec>],
    origins: &Origins,
    out: &mut Diagnostics,
) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for (number, spec) in specs.iter_mut().enumerate() {
        let networks = spec.as_mut().and_then(|spec| spec.networks.take());
        for (name, ranges) in networks.into_iter().flatten() {
            let path = FieldPath::from("networks").key(name.clone());
            if let Some((first, _)) = all.get(&name) {
                let wrong =
                    Diagnostic::new(&WM102, format!("the network `{name}` is declared twice"))
                        .twice(
                            origins.key_in_document(*first, &path),
                            origins.key_in_document(number, &path),
                        )
                        .help("remove one of them, or put their ranges together");
                out.push(wrong);
                continue;
            }
            if ranges.is_empty() {
                let wrong = Diagnostic::new(&WM403, format!("the network `{name}` is empty"))
                    .at(origins.key_in_document(number, &path), "")
                    .help("write its ranges; a condition without any would fit everything");
                out.push(wrong);
            }
            for (position, range) in ranges.iter().enumerate() {
                if let Some(wrong) = check::no_range(range) {
                    let place = origins.in_document(number, &path.index(position));
                    out.push(wrong.at(place, ""));
                }
            }
            all.insert(name, (number, ranges));
        }
    }
    all.into_iter()
        .map(|(name, (_, ranges))| (name, ranges))
        .collect()
}

/// Puts the ranges of networks in the place of their names.
pub(super) fn expand(
    members: &[Member],
    value: &mut Map<String, Value>,
    networks: &BTreeMap<String, Vec<String>>,
) {
    for member in members {
        let mut only_empty = false;
        if let (Form::Ranges { .. }, Some(Value::Array(items))) =
            (member.form, value.get_mut(member.name))
        {
            let names_some = !items.is_empty();
            let ranges = items.iter().flat_map(|item| {
                let network = item.as_str().and_then(|name| networks.get(name));
                match network {
                    Some(ranges) => ranges.iter().cloned().map(Value::from).collect(),
                    None => vec![item.clone()],
                }
            });
            *items = ranges.collect();
            only_empty = names_some && items.is_empty();
        }
        // Told where the network is; nothing is planned from a manifest with an error.
        if only_empty {
            value.remove(member.name);
        }
    }
}
