//! Values in scripts: a name is never a command.

/// A text as PowerShell takes it, whatever is in it. Typographic quotation marks end a text there like plain
/// ones. Source: PowerShell documentation, `about_Quoting_Rules`.
pub(super) fn powershell(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201B}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// A text as a POSIX shell takes it, whatever is in it.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text on one line of a comment or in a cell of a Markdown table.
pub(super) fn line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '<' | '*' | '_' | '[' => line.extend(['\\', c]),
            c if c.is_control() || c == '\u{2028}' || c == '\u{2029}' => line.push(' '),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PowerShell makes of a text in single quotation marks, by its rules: any of them that is not
    /// doubled ends it. None: it does not end with the text.
    fn read(text: &str) -> Option<String> {
        let is_mark = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201B}');
        let mut chars = text.chars().peekable();
        chars.next_if(|c| is_mark(*c))?;
        let mut value = String::new();
        while let Some(c) = chars.next() {
            if is_mark(c) && chars.next_if(|next| is_mark(*next)).is_none() {
                return chars.next().is_none().then_some(value);
            }
            value.push(c);
        }
        None
    }

    #[test]
    fn a_name_is_never_a_command() {
        for text in [
            "O'Neil",
            "’; Remove-Mailbox *; ’",
            "‘‛‚",
            "$(whoami)",
            "`n",
            "two\nlines",
            "\"",
            "",
            "''",
            "a'’b",
        ] {
            assert_eq!(read(&powershell(text)).as_deref(), Some(text), "{text}");
        }
        assert_eq!(shell("O'Neil $(x) `y`"), r"'O'\''Neil $(x) `y`'");
        assert_eq!(line("a|b\n# c"), "a\\|b # c");
    }
}
