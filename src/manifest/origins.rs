//! `Origins`: where everything that is declared stands, beside the values and never in them.

use std::collections::BTreeMap;

use crate::diagnostic::{FileId, Span};
use crate::model::{FieldPath, Target};

use super::tree::Tree;

/// Where everything that is declared stands.
#[derive(Debug, Default)]
pub struct Origins {
    trees: Vec<(FileId, Tree)>,
    targets: BTreeMap<Target, (usize, Span, u32)>,
}

impl Origins {
    pub(super) fn new(trees: Vec<(FileId, Tree)>) -> Self {
        Self {
            trees,
            targets: BTreeMap::new(),
        }
    }

    /// Where a field of something declared stands, or the nearest thing above it that is there.
    pub fn find(&self, target: &Target, path: &FieldPath) -> Option<(FileId, Span)> {
        let (document, key, node) = self.targets.get(target)?;
        let (file, tree) = &self.trees[*document];
        let span = if path.segments().is_empty() {
            *key
        } else {
            tree.place(*node, path)
        };
        let span = if span == tree.node(*node).span {
            *key
        } else {
            span
        };
        Some((*file, span))
    }

    /// Where the key of something declared stands.
    pub fn key(&self, target: &Target) -> Option<(FileId, Span)> {
        let (document, key, _) = self.targets.get(target)?;
        Some((self.trees[*document].0, *key))
    }

    /// Where something stands that is no entity, by its path in one of the files.
    pub(super) fn in_document(&self, document: usize, path: &FieldPath) -> Option<(FileId, Span)> {
        let (file, tree) = self.trees.get(document)?;
        Some((*file, tree.place(tree.root()?, path)))
    }

    /// The first place of a path in any of the files that holds all of it.
    pub fn anywhere(&self, path: &FieldPath) -> Option<(FileId, Span)> {
        let first = path.segments().first()?;
        let crate::model::Segment::Key(key) = first else {
            return None;
        };
        self.trees
            .iter()
            .find(|(_, tree)| {
                tree.root()
                    .is_some_and(|root| tree.get(root, key).is_some())
            })
            .and_then(|(file, tree)| Some((*file, tree.place(tree.root()?, path))))
    }

    pub(super) fn declare(&mut self, target: &Target, document: usize, section: &str, name: &str) {
        let Some((_, tree)) = self.trees.get(document) else {
            return;
        };
        let found = tree
            .root()
            .and_then(|root| tree.get(root, section))
            .and_then(|(_, section)| tree.get(section, name));
        if let Some((key, node)) = found {
            self.targets.insert(target.clone(), (document, key, node));
        }
    }
}
