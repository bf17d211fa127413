//! What the new content of a message must be. Source: API reference, `RawMessageContent`.
//!
//! The reference names no header. Those that a message must have, and those that it has once at most, are
//! the ones of RFC 5322, section 3.6; of those that must stay as they are, only the message id is taken
//! to be one. Whether attachments are of a type that Amazon SES sends is not looked at.

/// The most bytes of a line with its end. Source: API reference, `RawMessageContent`.
const LINE: usize = 1000;

const REQUIRED: &[&str] = &["date", "from"];
const UNIQUE: &[&str] = &[
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
];
const IMMUTABLE: &[&str] = &["message-id"];

/// Tells what is wrong with the new content of a message.
pub(super) fn check(content: &[u8], before: &[u8]) -> Result<(), String> {
    // The end of a line is CRLF, whatever the file has.
    if too_long(content) {
        return Err(format!("A line is longer than {LINE} characters."));
    }
    let (headers, body) = headers(content)?;
    let count = |name: &str| headers.iter().filter(|(found, _)| found == name).count();
    if let Some(name) = REQUIRED.iter().find(|name| count(name) == 0) {
        return Err(format!("The header {name} is missing."));
    }
    if let Some(name) = UNIQUE.iter().find(|name| count(name) > 1) {
        return Err(format!("The header {name} is there more than once."));
    }
    // What came in need not meet the standard; what cannot be read cannot be compared.
    if let Ok((old, _)) = self::headers(before) {
        let value = |headers: &[(String, String)], name: &str| {
            let found = headers.iter().find(|(found, _)| found == name);
            found.map(|(_, value)| value.clone())
        };
        let changed = |name: &&&str| value(&old, name) != value(&headers, name);
        if let Some(name) = IMMUTABLE.iter().find(changed) {
            return Err(format!("The header {name} was changed."));
        }
    }
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    match kind {
        Some((_, kind)) if kind.to_ascii_lowercase().starts_with("multipart/") => parts(kind, body),
        _ => Ok(()),
    }
}

fn too_long(content: &[u8]) -> bool {
    content
        .split(|byte| *byte == b'\n')
        .any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > LINE - 2)
}

/// Names in small letters with their unfolded values, and what is behind them.
type Headers<'a> = (Vec<(String, String)>, &'a [u8]);

fn headers(content: &[u8]) -> Result<Headers<'_>, String> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, behind) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = behind;
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            let Some((_, value)) = headers.last_mut() else {
                return Err("The first line of the headers continues nothing.".to_owned());
            };
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(line.trim());
            continue;
        }
        let header = line.split_once(':').filter(|(name, _)| {
            !name.is_empty() && name.trim_end().chars().all(|c| c.is_ascii_graphic())
        });
        let Some((name, value)) = header else {
            return Err(format!("`{}` is no header.", line.escape_debug()));
        };
        headers.push((
            name.trim_end().to_ascii_lowercase(),
            value.trim().to_owned(),
        ));
    }
    Ok((headers, rest))
}

/// A multipart message has a boundary, parts that begin with it, and an end.
fn parts(kind: &str, body: &[u8]) -> Result<(), String> {
    let boundary = kind.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
        is_boundary.then(|| value.trim().trim_matches('"').to_owned())
    });
    let boundary = boundary
        .filter(|boundary| !boundary.is_empty())
        .ok_or("A multipart message has no boundary.")?;
    let has = |delimiter: String| {
        body.split(|byte| *byte == b'\n')
            .any(|line| line.trim_ascii_end() == delimiter.as_bytes())
    };
    if has(format!("--{boundary}")) && has(format!("--{boundary}--")) {
        Ok(())
    } else {
        Err("A multipart message has no parts, or no end.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    const OLD: &[u8] = b"Date: d\r\nFrom: a\r\nMessage-ID: <1>\r\nno header at all\r\n\r\nx";
    const HEAD: &str = "Date: d\r\nFrom: a\r\nMessage-Id:\r\n <1>\r\n";

    fn rejected(text: &str) -> String {
        check(text.as_bytes(), b"Message-ID: <1>\r\n\r\n").expect_err("it breaks a rule")
    }

    #[test]
    fn a_message_of_the_standard_is_taken() {
        assert_eq!(
            check(
                format!("{HEAD}\r\nhello").as_bytes(),
                b"Message-ID: <1>\n\n"
            ),
            Ok(())
        );
        assert_eq!(check(b"Date: d\nFrom: a\nMessage-ID: <2>\n\n", OLD), Ok(()));
        let parts = "Content-Type: Multipart/mixed;\r\n boundary=\"=_b\"\r\n\r\n--=_b\r\n\r\nx\r\n--=_b--\r\n";
        assert_eq!(
            check(format!("{HEAD}{parts}").as_bytes(), b"Message-ID: <1>\n\n"),
            Ok(())
        );
        let line = "x".repeat(998);
        assert_eq!(
            check(
                format!("{HEAD}\r\n{line}\r\n{line}\n{line}").as_bytes(),
                b"Message-ID: <1>\n\n"
            ),
            Ok(())
        );
    }

    #[test]
    fn what_breaks_a_rule_is_told() {
        let long = format!("{HEAD}\r\n{}\r\n", "x".repeat(999));
        for (text, why) in [
            (
                "From: a\r\nMessage-ID: <1>\r\n\r\n",
                "The header date is missing.",
            ),
            ("Date: d\r\n\r\nFrom: a\r\n", "The header from is missing."),
            (
                "Date: d\r\nFrom: a\r\nTo: b\r\nTO: c\r\n\r\n",
                "The header to is there more than once.",
            ),
            (
                "Date: d\r\nFrom: a\r\nMessage-ID: <2>\r\n\r\n",
                "The header message-id was changed.",
            ),
            (
                "Date: d\r\nFrom: a\r\n\r\n",
                "The header message-id was changed.",
            ),
            (
                " x\r\nDate: d\r\n\r\n",
                "The first line of the headers continues nothing.",
            ),
            ("Date: d\r\nhello\r\n\r\n", "`hello` is no header."),
            (&long, "A line is longer than 1000 characters."),
            (
                &format!("{HEAD}Content-Type: multipart/mixed\r\n\r\n"),
                "A multipart message has no boundary.",
            ),
            (
                &format!("{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
                "A multipart message has no parts, or no end.",
            ),
        ] {
            assert_eq!(rejected(text), why);
        }
    }
}
