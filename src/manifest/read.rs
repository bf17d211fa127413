//! From a text to its `Tree`: one pass over the events of a marked parser, which gives every key and
//! value its place and refuses what must not reach the typed read: duplicate keys, merge keys, tags,
//! aliases that unfold without end, depth and width beyond any manifest, and words that other readers
//! take for something else (`plain`).

use std::collections::BTreeMap;

use indexmap::IndexMap;
use indexmap::map::Entry;
use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::code::{WM101, WM102, WM103, WM104};
use crate::diagnostic::secret::is_secret;
use crate::diagnostic::{Diagnostic, FileId, Span};

use super::plain::{misread_key, misread_value};
use super::tree::{Node, Tree, Value};

/// The deepest nesting.
const DEPTH: usize = 64;
/// The most nodes of a file, with what its aliases unfold to.
const NODES: usize = 4_000_000;
/// The largest file, in bytes.
pub(super) const BYTES: usize = 64 * 1024 * 1024;
/// How many nodes aliases may unfold to.
const UNFOLDED: usize = 10_000;

/// The tree of a text, or the first thing that forbids one.
pub(super) fn read(file: FileId, text: &str) -> Result<Tree, Box<Diagnostic>> {
    if text.len() > BYTES {
        let message = format!(
            "the file has {} bytes, and {BYTES} are the most",
            text.len()
        );
        return Err(Box::new(
            Diagnostic::new(&WM103, message).help("split it into several files"),
        ));
    }
    Reader {
        file,
        text,
        ascii: text.is_ascii(),
        at: (0, 0),
        tree: Tree::default(),
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        unfolded: 0,
        documents: 0,
    }
    .run()
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    ascii: bool,
    /// The last place in characters and in bytes.
    at: (usize, usize),
    tree: Tree,
    stack: Vec<Open>,
    /// The node of each anchor and how many it unfolds to, by the number of the anchor.
    anchors: BTreeMap<usize, (u32, usize)>,
    unfolded: usize,
    documents: usize,
}

struct Open {
    node: u32,
    key: Option<(Box<str>, Span)>,
    /// True if it is the value of a secret's key, or within one.
    is_secret: bool,
    anchor: usize,
    /// How many nodes aliases had unfolded to before it.
    unfolded: usize,
}

impl Reader<'_> {
    fn run(mut self) -> Result<Tree, Box<Diagnostic>> {
        let text = self.text;
        for event in Parser::new_from_str(text) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let byte = self.byte(error.marker().index());
                    let span = Span {
                        start: byte,
                        end: byte,
                    };
                    return Err(self.refuse(Diagnostic::new(&WM101, error.info().to_owned()), span));
                }
            };
            let span = Span {
                start: self.byte(span.start.index()),
                end: self.byte(span.end.index()),
            };
            self.event(event, span)?;
            if self.tree.nodes.len() + self.unfolded > NODES {
                let message = format!("the file has more than {NODES} values");
                return Err(self.refuse(
                    Diagnostic::new(&WM103, message).help("split it into several files"),
                    span,
                ));
            }
        }
        Ok(self.tree)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let wrong = Diagnostic::new(&WM104, "a second document begins in the file");
                    return Err(
                        self.refuse(wrong.help("put each document into a file of its own"), span)
                    );
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.no_tag(tag.is_some(), span)?;
                let plain = style == ScalarStyle::Plain;
                if self.wants_key() {
                    self.no_anchor(anchor, span)?;
                    self.unmistakable(plain, &text, misread_key(&text), span);
                    return self.key(&text, span);
                }
                if !self.is_time() {
                    self.unmistakable(plain, &text, misread_value(&text), span);
                }
                let null = plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let node = self.add(span, if null { Value::Null } else { Value::Scalar });
                self.anchored(anchor, node, self.unfolded);
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.is_some(), span, Value::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.open(anchor, tag.is_some(), span, Value::Map(IndexMap::new()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.stack.pop() {
                    let node = &mut self.tree.nodes[open.node as usize];
                    node.span.end = node.span.end.max(span.end);
                    self.anchored(open.anchor, open.node, open.unfolded);
                }
            }
            Event::Alias(anchor) => {
                if self.wants_key() {
                    let wrong = Diagnostic::new(&WM104, "a key is an alias");
                    return Err(self.refuse(wrong.help("write the key out"), span));
                }
                let Some((node, size)) = self.anchors.get(&anchor).copied() else {
                    let wrong = Diagnostic::new(&WM104, "an alias repeats what it stands in");
                    return Err(self.refuse(wrong.help("write the values out"), span));
                };
                self.unfolded += size;
                if self.unfolded > UNFOLDED {
                    let message =
                        format!("the aliases of the file unfold to more than {UNFOLDED} values");
                    return Err(self.refuse(
                        Diagnostic::new(&WM103, message).help("write the values out"),
                        span,
                    ));
                }
                self.add(span, Value::Alias(node));
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        anchor: usize,
        tagged: bool,
        span: Span,
        value: Value,
    ) -> Result<(), Box<Diagnostic>> {
        self.no_tag(tagged, span)?;
        if self.wants_key() {
            let wrong = Diagnostic::new(&WM104, "a key is a map or a list");
            return Err(self.refuse(wrong.help("write a text as the key"), span));
        }
        if self.stack.len() >= DEPTH {
            let message = format!("the file is nested deeper than {DEPTH} levels");
            return Err(self.refuse(Diagnostic::new(&WM103, message), span));
        }
        let is_secret = self.is_in_secret();
        let node = self.add(span, value);
        self.stack.push(Open {
            node,
            key: None,
            is_secret,
            anchor,
            unfolded: self.unfolded,
        });
        Ok(())
    }

    fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|open| {
            open.key.is_none() && matches!(self.tree.nodes[open.node as usize].value, Value::Map(_))
        })
    }

    fn key(&mut self, text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
        if text == "<<" {
            let wrong = Diagnostic::new(
                &WM104,
                "`<<` merges another map, and manifests have no merge keys",
            );
            return Err(self.refuse(wrong.help("write the keys out, or use `defaults`"), span));
        }
        let Some(open) = self.stack.last_mut() else {
            return Ok(());
        };
        let Value::Map(map) = &self.tree.nodes[open.node as usize].value else {
            return Ok(());
        };
        if let Some((first, _)) = map.get(text) {
            let wrong = Diagnostic::new(&WM102, format!("the key `{text}` stands twice"))
                .at(Some((self.file, span)), "again here")
                .at(Some((self.file, *first)), "first here")
                .help("remove one of them");
            self.tree.findings.push(wrong);
        }
        open.key = Some((text.into(), span));
        Ok(())
    }

    fn add(&mut self, span: Span, value: Value) -> u32 {
        let index = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        self.tree.nodes.push(Node { span, value });
        if let Some(open) = self.stack.last_mut() {
            let parent = open.node as usize;
            let key = open.key.take();
            match (&mut self.tree.nodes[parent].value, key) {
                (Value::Map(map), Some((key, key_span))) => {
                    if let Entry::Vacant(entry) = map.entry(key) {
                        entry.insert((key_span, index));
                    }
                }
                (Value::List(list), _) => list.push(index),
                _ => {}
            }
        }
        index
    }

    /// Remembers what stands at an anchor: its own nodes and those that its aliases unfold to.
    fn anchored(&mut self, anchor: usize, node: u32, unfolded_before: usize) {
        if anchor > 0 {
            let own = self.tree.nodes.len() - node as usize;
            let size = own + self.unfolded - unfolded_before;
            self.anchors.insert(anchor, (node, size));
        }
    }

    /// True where a time is wanted, which is written without quotes: readers of YAML 1.1 take it for
    /// the same time.
    fn is_time(&self) -> bool {
        self.stack
            .last()
            .and_then(|open| open.key.as_ref())
            .is_some_and(|(key, _)| key.as_ref() == "until")
    }

    fn is_in_secret(&self) -> bool {
        self.stack.last().is_some_and(|open| {
            open.is_secret || open.key.as_ref().is_some_and(|(key, _)| is_secret(key))
        })
    }

    fn unmistakable(&mut self, plain: bool, text: &str, misread: Option<&'static str>, span: Span) {
        let Some(other) = misread.filter(|_| plain) else {
            return;
        };
        let help = match other {
            "true or false" => "put it in quotes if it is a text; else write true or false",
            "null" => "put it in quotes if it is a text",
            "a date" => "put it in quotes",
            _ => "put it in quotes if it is a text; else write plain digits",
        };
        // A secret is not repeated.
        let text = if self.is_in_secret() {
            "a text".to_owned()
        } else {
            format!("`{text}`")
        };
        let message = format!("{text} without quotes is {other} to other readers of YAML");
        let wrong = Diagnostic::new(&WM104, message).at(Some((self.file, span)), "");
        self.tree.findings.push(wrong.help(help));
    }

    fn no_anchor(&self, anchor: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        if anchor > 0 {
            return Err(self.refuse(
                Diagnostic::new(&WM104, "a key has an anchor").help("remove it"),
                span,
            ));
        }
        Ok(())
    }

    fn no_tag(&self, tagged: bool, span: Span) -> Result<(), Box<Diagnostic>> {
        if tagged {
            return Err(self.refuse(
                Diagnostic::new(&WM104, "a tag stands here, and manifests have none")
                    .help("remove it; put texts in quotes"),
                span,
            ));
        }
        Ok(())
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "every caller returns it as an error"
    )]
    fn refuse(&self, diagnostic: Diagnostic, span: Span) -> Box<Diagnostic> {
        Box::new(diagnostic.at(Some((self.file, span)), ""))
    }

    /// The byte of a character; the parser counts characters.
    fn byte(&mut self, character: usize) -> u32 {
        let byte = if self.ascii {
            character.min(self.text.len())
        } else {
            if character < self.at.0 {
                // Back by as many characters as it is: going from the beginning each time would take
                // the square of the length.
                let back = self.at.0 - character;
                let before = &self.text[..self.at.1];
                let byte = before.char_indices().nth_back(back - 1);
                self.at = (character, byte.map_or(0, |(byte, _)| byte));
            }
            let ahead = character - self.at.0;
            let rest = &self.text[self.at.1..];
            let bytes = rest
                .char_indices()
                .nth(ahead)
                .map_or(rest.len(), |(byte, _)| byte);
            self.at = (character, self.at.1 + bytes);
            self.at.1
        };
        u32::try_from(byte).unwrap_or(u32::MAX)
    }
}
