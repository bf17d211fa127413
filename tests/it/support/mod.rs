//! What tests share: worlds from manifests, cases from Markdown.

pub(crate) mod markdown;
pub(crate) mod world;
