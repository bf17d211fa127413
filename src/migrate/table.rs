//! Tables as files: CSV of ours (RFC 4180, CRLF, UTF-8), and CSV as other services and spreadsheets write
//! it: with a byte order mark, in UTF-16, with semicolons or tabs.
//!
//! A cell that a spreadsheet would run as a formula begins with an apostrophe instead. A number that begins
//! with `+` or `-`, such as one of a telephone, is none, and neither is an address: they are imported as they
//! stand.

/// Why a file is no table.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// The bytes are no text that is known.
    #[error("it is neither UTF-8 nor UTF-16: save it as `CSV UTF-8`")]
    Encoding,
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// A quote has no end.
    #[error("line {0}: a quotation mark that begins there has no end")]
    Quote(usize),
    /// A row has more or fewer cells than the header.
    #[error("line {line}: {found} cells, and the header has {wanted}")]
    Ragged {
        /// The line where it begins.
        line: usize,
        /// How many cells it has.
        found: usize,
        /// How many the header has.
        wanted: usize,
    },
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each with the line where it begins.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// The text of a table.
pub(super) fn write(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let header = header.iter().map(|name| (*name).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once::<Vec<String>>(header).chain(rows) {
        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// The value as it stands in a table, which a spreadsheet does not run.
pub(super) fn harmless(value: &str) -> String {
    if is_formula(value) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

/// True if a spreadsheet would run it.
pub(super) fn is_formula(value: &str) -> bool {
    let is_number = |rest: &str| {
        rest.chars()
            .all(|c| c.is_ascii_digit() || " ()-./".contains(c))
    };
    // Local parts and domains have none of the characters that a formula needs to do something.
    let is_address = |text: &str| {
        let mut parts = text.split('@');
        let is_part = |part: Option<&str>| {
            part.is_some_and(|part| {
                let mut all = part.chars();
                !part.is_empty() && all.all(|c| c.is_ascii_alphanumeric() || "._%+-".contains(c))
            })
        };
        is_part(parts.next()) && is_part(parts.next()) && parts.next().is_none()
    };
    match value.chars().next() {
        Some('=' | '＝' | '@' | '\t' | '\r' | '\n') => true,
        Some('+' | '-') => !is_number(&value[1..]) && !is_address(value),
        _ => false,
    }
}

fn cell(value: &str) -> String {
    let value = harmless(value);
    if value.contains([',', '"', '\r', '\n', '\t', ';']) || value.trim() != value {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}

/// The text of a file: UTF-8 with or without a byte order mark, or UTF-16.
pub fn decode(bytes: &[u8]) -> Result<String, TableError> {
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return String::from_utf8(rest.to_vec()).map_err(|_| TableError::Encoding);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf16(rest, u16::from_be_bytes);
    }
    match bytes {
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).map_err(|_| TableError::Encoding),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, TableError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TableError::Encoding);
    }
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|_| TableError::Encoding)
}

impl Table {
    /// The table of a text, whichever of `,`, `;` and tab stands between its cells. Lines that spreadsheets
    /// and PowerShell put above it (`sep=;`, `#TYPE …`) are left out, and so are empty ones.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut first = 1;
        let mut text = text;
        while let Some((line, rest)) = text.split_once('\n') {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with("sep=") && !line.starts_with("#TYPE ") {
                break;
            }
            text = rest;
            first += 1;
        }
        let separator = separator(text);
        let mut records = records(text, separator, first)?.into_iter();
        let Some((_, header)) = records.next() else {
            return Err(TableError::Empty);
        };
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let rows: Vec<(usize, Vec<String>)> = records.collect();
        for (line, row) in &rows {
            if row.len() != header.len() {
                return Err(TableError::Ragged {
                    line: *line,
                    found: row.len(),
                    wanted: header.len(),
                });
            }
        }
        Ok(Self { header, rows })
    }
}

/// What stands between the cells of the first line.
fn separator(text: &str) -> char {
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (separator, count) in &mut counts {
                    *count += usize::from(c == *separator);
                }
            }
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(',', |(separator, _)| *separator)
}

fn records(
    text: &str,
    separator: char,
    first: usize,
) -> Result<Vec<(usize, Vec<String>)>, TableError> {
    let mut all = Vec::new();
    let (mut row, mut value) = (Vec::new(), String::new());
    let (mut line, mut begins) = (first, first);
    let mut quoted: Option<usize> = None;
    let mut was_quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted.is_some() => {
                if chars.next_if_eq(&'"').is_some() {
                    value.push('"');
                } else {
                    quoted = None;
                }
            }
            c if quoted.is_some() => value.push(c),
            '"' if value.trim().is_empty() && !was_quoted => {
                value.clear();
                was_quoted = true;
                quoted = Some(line);
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut value));
                let row = std::mem::take(&mut row);
                if row.len() > 1 || was_quoted || row.iter().any(|cell| !cell.trim().is_empty()) {
                    all.push((begins, row));
                }
                was_quoted = false;
                begins = line;
            }
            c if c == separator => {
                row.push(std::mem::take(&mut value));
                was_quoted = false;
            }
            c => value.push(c),
        }
    }
    if let Some(line) = quoted {
        return Err(TableError::Quote(line));
    }
    if !row.is_empty() || !value.trim().is_empty() || was_quoted {
        row.push(value);
        all.push((begins, row));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let hostile = [
            "plain",
            "a,b",
            "say \"hi\"",
            "two\nlines",
            "cr\r\nlf",
            ";",
            " edge ",
            "`$(rm)`",
            "",
        ];
        let rows = vec![
            hostile
                .iter()
                .map(|one| (*one).to_owned())
                .collect::<Vec<_>>(),
        ];
        let header: Vec<String> = (0..hostile.len()).map(|at| format!("c{at}")).collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let table = Table::parse(&write(&header, rows.clone())).expect("a table");
        assert_eq!(table.header, header);
        assert_eq!(table.rows, vec![(2, rows[0].clone())]);
    }

    #[test]
    fn formulas_do_not_run_and_telephone_numbers_stay() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
        assert_eq!(cell("+49 (89) 12-3"), "+49 (89) 12-3");
        assert_eq!(cell("+plus@example.com"), "+plus@example.com");
        assert_eq!(cell("-a-b.c@example.com"), "-a-b.c@example.com");
        assert_eq!(cell("+a@b@c"), "'+a@b@c");
        assert_eq!(cell("-cmd|'x'@example.com"), "'-cmd|'x'@example.com");
        assert_eq!(cell("\n=1+1"), "\"'\n=1+1\"");
        assert_eq!(cell("＝1+1"), "'＝1+1");
        // Some take a tab for the end of a cell.
        assert_eq!(cell("x\t=1+1"), "\"x\t=1+1\"");
    }

    #[test]
    fn the_encodings_of_other_services_are_read() {
        let text = "name;address\r\nÄnne;a@example.com\r\n";
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let mut with_mark = vec![0xFF, 0xFE];
        with_mark.extend(utf16.iter().flat_map(|unit| unit.to_le_bytes()));
        let mut big = vec![0xFE, 0xFF];
        big.extend(utf16.iter().flat_map(|unit| unit.to_be_bytes()));
        let bare: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let utf8 = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
        for bytes in [with_mark, big, bare, utf8, text.as_bytes().to_vec()] {
            let table = Table::parse(&decode(&bytes).expect("text")).expect("a table");
            assert_eq!(table.header, ["name", "address"]);
            assert_eq!(table.rows[0].1, ["Änne", "a@example.com"]);
        }
        assert_eq!(decode(b"\xC4nne"), Err(TableError::Encoding));
        assert_eq!(decode(&[0xFF, 0xFE, 0x41]), Err(TableError::Encoding));
    }

    #[test]
    fn lines_above_the_header_are_left_out() {
        let table = Table::parse("#TYPE Selected\nsep=;\n\na;b\n1;2\n").expect("a table");
        assert_eq!(table.header, ["a", "b"]);
        assert_eq!(table.rows, [(5, vec!["1".to_owned(), "2".to_owned()])]);
    }

    #[test]
    fn broken_tables_are_told_with_their_line() {
        assert_eq!(
            Table::parse("a,b\n1\n"),
            Err(TableError::Ragged {
                line: 2,
                found: 1,
                wanted: 2
            })
        );
        assert_eq!(Table::parse("a,b\n1,\"2\n"), Err(TableError::Quote(2)));
        assert_eq!(Table::parse("\n\n"), Err(TableError::Empty));
    }
}
