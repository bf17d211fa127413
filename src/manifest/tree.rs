//! `Tree`: every key and value of a file with its place.

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Span};
use crate::model::{FieldPath, Segment};

/// Every key and value of a file with its place.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// What is wrong with it that does not keep the rest from being read.
    pub(super) findings: Vec<Diagnostic>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Scalar,
    List(Vec<u32>),
    Map(IndexMap<Box<str>, (Span, u32)>),
    /// What stands at the anchor; never another alias.
    Alias(u32),
}

impl Tree {
    /// The node of the whole file.
    pub(super) fn root(&self) -> Option<u32> {
        (!self.nodes.is_empty()).then_some(0)
    }

    pub(super) fn node(&self, index: u32) -> &Node {
        &self.nodes[index as usize]
    }

    /// What a node holds; for an alias, what stands at its anchor.
    pub(super) fn value(&self, index: u32) -> &Value {
        match &self.node(index).value {
            Value::Alias(anchored) => &self.node(*anchored).value,
            value => value,
        }
    }

    /// The value under a key, with the place of the key.
    pub(super) fn get(&self, index: u32, key: &str) -> Option<(Span, u32)> {
        match self.value(index) {
            Value::Map(map) => map.get(key).copied(),
            _ => None,
        }
    }

    /// The place of a key with its value.
    pub(super) fn whole(&self, index: u32, key: &str) -> Option<Span> {
        let (span, child) = self.get(index, key)?;
        Some(Span {
            start: span.start,
            end: span.end.max(self.node(child).span.end),
        })
    }

    /// The place of what a path leads to from a node, or of the nearest thing above it that is there.
    /// What an alias repeats stands at the alias: at its anchor it is somebody else's.
    pub(super) fn place(&self, from: u32, path: &FieldPath) -> Span {
        let mut index = from;
        let mut place = self.node(from).span;
        for segment in path.segments() {
            if matches!(self.node(index).value, Value::Alias(_)) {
                return self.node(index).span;
            }
            let next = match (segment, self.value(index)) {
                (Segment::Key(key), Value::Map(map)) => map.get(key.as_str()).copied(),
                (Segment::Index(position), Value::List(list)) => list
                    .get(*position)
                    .map(|index| (self.node(*index).span, *index)),
                _ => None,
            };
            let Some((span, child)) = next else { break };
            let value = self.node(child).span;
            // A map or a list is shown by its key, a single value by itself.
            place = match self.node(child).value {
                Value::Scalar | Value::Alias(_) if value.end > value.start => value,
                _ => span,
            };
            index = child;
        }
        place
    }

    /// An element of a list, with its place.
    pub(super) fn item(&self, index: u32, position: usize) -> Option<(Span, u32)> {
        let Value::List(list) = self.value(index) else {
            return None;
        };
        let item = *list.get(position)?;
        Some((self.node(item).span, item))
    }

    /// The place of the last key of a path, or of the nearest thing above it that is there.
    pub(super) fn key_place(&self, from: u32, path: &FieldPath) -> Span {
        let Some((Segment::Key(key), above)) = path.segments().split_last() else {
            return self.place(from, path);
        };
        let mut index = from;
        for segment in above {
            let child = match (segment, &self.node(index).value) {
                (Segment::Key(key), Value::Map(map)) => map.get(key.as_str()).map(|(_, at)| *at),
                (Segment::Index(position), Value::List(list)) => list.get(*position).copied(),
                _ => None,
            };
            let Some(child) = child else {
                return self.place(from, path);
            };
            index = child;
        }
        match &self.node(index).value {
            Value::Map(map) => map.get(key.as_str()).map(|(span, _)| *span),
            _ => None,
        }
        .unwrap_or_else(|| self.place(from, path))
    }
}
