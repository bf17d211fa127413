//! `Origins`: where everything that is declared stands, beside the values and never in them.

use std::collections::BTreeMap;

use crate::diagnostic::{FileId, Span};
use crate::kinds::{KINDS, by_name};
use crate::model::{FieldPath, Segment, Target};

use super::tree::Tree;

/// Where everything that is declared stands.
#[derive(Debug, Default)]
pub struct Origins {
    trees: Vec<(FileId, Tree)>,
    targets: BTreeMap<Target, (usize, Span, u32)>,
    /// The file that holds the defaults of a section.
    defaults: BTreeMap<&'static str, usize>,
    /// Of lists whose values are fewer than what is written, which positions the values have.
    kept: BTreeMap<(Target, &'static str), Vec<usize>>,
}

impl Origins {
    pub(super) fn new(trees: Vec<(FileId, Tree)>) -> Self {
        Self {
            trees,
            targets: BTreeMap::new(),
            defaults: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// Where a field of something declared stands, or the nearest thing above it that is there. A field
    /// that it takes from the defaults stands there.
    pub fn find(&self, target: &Target, path: &FieldPath) -> Option<(FileId, Span)> {
        let (document, key, node) = self.targets.get(target)?;
        let (file, tree) = &self.trees[*document];
        let path = &self.as_written(target, path);
        let Some(Segment::Key(field)) = path.segments().first() else {
            return Some((*file, *key));
        };
        if tree.get(*node, field).is_none()
            && let Some(default) = self.in_defaults(target, field, path)
        {
            return Some(default);
        }
        let span = tree.place(*node, path);
        let span = if span == tree.node(*node).span {
            *key
        } else {
            span
        };
        Some((*file, span))
    }

    /// Where a field stands in the defaults of a section, if it does.
    pub(super) fn in_defaults(
        &self,
        target: &Target,
        field: &str,
        path: &FieldPath,
    ) -> Option<(FileId, Span)> {
        let section = by_name(KINDS, target.kind())?.section;
        let (file, tree) = &self.trees[*self.defaults.get(section)?];
        let (_, defaults) = tree.get(tree.root()?, "defaults")?;
        let (_, node) = tree.get(defaults, section)?;
        tree.get(node, field)?;
        Some((*file, tree.place(node, path)))
    }

    /// The path with the position that an element has in the file.
    fn as_written(&self, target: &Target, path: &FieldPath) -> FieldPath {
        let mut segments = path.segments().to_vec();
        if let Some(Segment::Key(list)) = segments.first()
            && let Some((_, kept)) = self
                .kept
                .iter()
                .find(|((kept, name), _)| kept == target && *name == list.as_str())
            && let Some(Segment::Index(position)) = segments
                .iter_mut()
                .find(|segment| matches!(segment, Segment::Index(_)))
        {
            *position = kept.get(*position).copied().unwrap_or(usize::MAX);
        }
        segments.into_iter().collect()
    }

    /// Where the key of something declared stands.
    pub fn key(&self, target: &Target) -> Option<(FileId, Span)> {
        let (document, key, _) = self.targets.get(target)?;
        Some((self.trees[*document].0, *key))
    }

    /// Where something stands that is no entity, by its path in one of the files.
    pub(super) fn in_document(&self, document: usize, path: &FieldPath) -> Option<(FileId, Span)> {
        let (file, tree) = self.trees.get(document)?;
        // A file with nothing in it is shown by its beginning.
        let place = tree
            .root()
            .map_or(Span::default(), |root| tree.place(root, path));
        Some((*file, place))
    }

    /// Where the last key of a path stands in one of the files.
    pub(super) fn key_in_document(
        &self,
        document: usize,
        path: &FieldPath,
    ) -> Option<(FileId, Span)> {
        let (file, tree) = self.trees.get(document)?;
        Some((*file, tree.key_place(tree.root()?, path)))
    }

    /// The first place of a path in any of the files that holds all of it.
    pub fn anywhere(&self, path: &FieldPath) -> Option<(FileId, Span)> {
        let first = path.segments().first()?;
        let Segment::Key(key) = first else {
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

    /// Notes where a setting stands.
    pub(super) fn declare_setting(&mut self, target: &Target, document: usize, path: &FieldPath) {
        let Some((_, tree)) = self.trees.get(document) else {
            return;
        };
        let mut found = None;
        let mut at = tree.root();
        for segment in path.segments() {
            let Some(node) = at else { return };
            found = match segment {
                Segment::Key(key) => tree.get(node, key),
                Segment::Index(position) => tree.item(node, *position),
            };
            at = found.map(|(_, node)| node);
        }
        if let Some((key, node)) = found {
            self.targets.insert(target.clone(), (document, key, node));
        }
    }

    /// True if a field of something declared is written as a list.
    pub(super) fn is_list(&self, target: &Target, path: &FieldPath) -> bool {
        let Some((document, _, node)) = self.targets.get(target) else {
            return false;
        };
        let (_, tree) = &self.trees[*document];
        let mut at = Some(*node);
        for segment in path.segments() {
            let (Some(node), Segment::Key(key)) = (at, segment) else {
                return false;
            };
            at = tree.get(node, key).map(|(_, node)| node);
        }
        at.is_some_and(|node| matches!(tree.value(node), super::tree::Value::List(_)))
    }

    /// True if one of the files holds exactly this path.
    pub(super) fn holds(&self, document: usize, path: &FieldPath) -> bool {
        let Some((_, tree)) = self.trees.get(document) else {
            return false;
        };
        let mut at = tree.root();
        for segment in path.segments() {
            let (Some(index), Segment::Key(key)) = (at, segment) else {
                return false;
            };
            at = tree.get(index, key).map(|(_, index)| index);
        }
        at.is_some()
    }

    /// True if any of the files holds exactly this path.
    pub(super) fn holds_anywhere(&self, path: &FieldPath) -> bool {
        (0..self.trees.len()).any(|document| self.holds(document, path))
    }

    /// Notes which file holds the defaults of a section.
    pub(super) fn defaults(&mut self, section: &'static str, document: usize) {
        self.defaults.insert(section, document);
    }

    /// Notes which elements of a list are left.
    pub(super) fn keep(&mut self, target: &Target, list: &'static str, positions: Vec<usize>) {
        self.kept.insert((target.clone(), list), positions);
    }
}
