//! `Row`: one line of a plan, and how lines are set in columns: symbol, name, what happens, its
//! consequences, its place.

use super::look::{Look, Paint, columns, wrap};

/// The widest name that the others are aligned with.
const NAME_CAP: usize = 24;
/// The widest text of what happens that consequences are aligned with.
const WHAT_CAP: usize = 64;
/// The narrowest column in which a text is still read with ease.
const WHAT_FLOOR: usize = 28;

/// What happens, as one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Add,
    Change,
    Remove,
    Move,
    Attention,
    Unknown,
    None,
}

/// One line: the unit is a person or an address.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) symbol: Symbol,
    pub(super) name: String,
    pub(super) what: String,
    pub(super) consequences: String,
    pub(super) place: Option<String>,
    pub(super) details: Vec<String>,
}

impl Symbol {
    pub(super) fn text(self, look: &Look) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Remove => "-",
            Self::Move if look.ascii => ">",
            Self::Move => "→",
            Self::Attention => "!",
            Self::Unknown => "?",
            Self::None => " ",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Add => Paint::Green,
            Self::Change | Self::Attention | Self::Unknown => Paint::Yellow,
            Self::Remove => Paint::Red,
            Self::Move => Paint::Cyan,
            Self::None => Paint::Plain,
        }
    }
}

impl Row {
    /// A line without consequences and place.
    pub(super) fn new(symbol: Symbol, name: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            symbol,
            name: name.into(),
            what: what.into(),
            consequences: String::new(),
            place: None,
            details: Vec::new(),
        }
    }
}

/// The lines of several sections, aligned with one another. Each section has its heading.
pub(super) fn write(sections: &[(&str, Vec<Row>)], look: &Look, out: &mut String) {
    let rows = || sections.iter().flat_map(|(_, rows)| rows);
    let widest = |measure: &dyn Fn(&Row) -> usize, cap: usize| {
        rows()
            .map(measure)
            .filter(|one| *one <= cap)
            .max()
            .unwrap_or(0)
    };
    let name = widest(&|row| columns(&row.name), NAME_CAP);
    let consequences = widest(&|row| columns(&row.consequences), WHAT_CAP);
    let place = widest(&|row| row.place.as_deref().map_or(0, columns), WHAT_CAP);
    let mut what = widest(&|row| columns(&row.what), WHAT_CAP);
    let mut beside = true;
    if let Some(width) = look.width {
        let taken = 4 + name + 2 + gap(consequences) + gap(place);
        beside = width >= taken + WHAT_FLOOR.min(what);
        let room = if beside {
            width - taken
        } else {
            width.saturating_sub(4 + name + 2)
        };
        what = what.min(room.max(WHAT_FLOOR));
    }
    let layout = Layout {
        name,
        what,
        consequences,
        beside,
    };
    for (heading, rows) in sections.iter().filter(|(_, rows)| !rows.is_empty()) {
        out.push_str("  ");
        out.push_str(&look.paint(Paint::Bold, heading));
        out.push('\n');
        for row in rows {
            layout.row(row, look, out);
        }
    }
}

struct Layout {
    name: usize,
    what: usize,
    consequences: usize,
    /// Whether consequences and place stand at the right, or below.
    beside: bool,
}

impl Layout {
    fn row(&self, row: &Row, look: &Look, out: &mut String) {
        let symbol = look.paint(row.symbol.paint(), row.symbol.text(look));
        let indent = " ".repeat(4 + self.name + usize::from(self.name > 0) * 2);
        let lines = match look.width {
            Some(_) => wrap(&row.what, self.what),
            None => vec![row.what.clone()],
        };
        let mut line = format!("  {symbol} {}", row.name);
        if self.name > 0 && !row.name.is_empty() {
            pad(&mut line, columns(&row.name), self.name);
            line.push_str("  ");
        }
        line.push_str(&lines[0]);
        if self.beside {
            let mut first = columns(&lines[0]);
            if row.name.is_empty() {
                first = first.saturating_sub(self.name + 2);
            }
            if !row.consequences.is_empty() || row.place.is_some() {
                pad(&mut line, first, self.what);
            }
            self.right(row, look, &mut line);
        }
        finish(&line, out);
        for rest in lines.iter().skip(1) {
            finish(&format!("{indent}{rest}"), out);
        }
        if !self.beside && (!row.consequences.is_empty() || row.place.is_some()) {
            let mut below = indent.clone();
            below.push_str(&look.paint(Paint::Yellow, &row.consequences));
            if let Some(place) = &row.place {
                if !row.consequences.is_empty() {
                    below.push_str("  ");
                }
                below.push_str(&look.paint(Paint::Dim, place));
            }
            finish(&below, out);
        }
        for detail in &row.details {
            finish(&format!("{indent}{detail}"), out);
        }
    }

    fn right(&self, row: &Row, look: &Look, line: &mut String) {
        if self.consequences > 0 && (!row.consequences.is_empty() || row.place.is_some()) {
            line.push_str("  ");
            line.push_str(&look.paint(Paint::Yellow, &row.consequences));
            if row.place.is_some() {
                pad(line, columns(&row.consequences), self.consequences);
            }
        }
        if let Some(place) = &row.place {
            line.push_str("  ");
            line.push_str(&look.paint(Paint::Dim, place));
        }
    }
}

fn gap(width: usize) -> usize {
    if width == 0 { 0 } else { width + 2 }
}

fn pad(line: &mut String, has: usize, wants: usize) {
    for _ in has..wants {
        line.push(' ');
    }
}

fn finish(line: &str, out: &mut String) {
    out.push_str(line.trim_end());
    out.push('\n');
}
