//! Passwords: what the service takes, and new ones.

use rand::TryRng as _;
use rand::rngs::SysRng;
use secrecy::zeroize::Zeroizing;
use workmailctl::model::PASSWORD_LENGTH;

/// What a new password is made of. What looks alike in some fonts is left out, because it may be typed.
const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#$%&*+-.:=?@_";
/// The most characters that the API takes. Source: API reference, `CreateUser`, `Password`.
const MOST: usize = 256;

/// A new password, each sign as likely as any other, of those passwords that the service takes.
pub(crate) fn generate(length: usize) -> Result<Zeroizing<String>, String> {
    loop {
        // Exactly as long as needed: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(length));
        while text.len() < length {
            text.push(sign()?);
        }
        // One with too few classes is thrown away whole, so that none becomes likelier than others.
        if refuse_weak(&text).is_ok() {
            return Ok(text);
        }
    }
}

/// One sign. Bytes beyond the last whole round of signs are thrown away: taken modulo they would make
/// the first signs likelier.
fn sign() -> Result<char, String> {
    let whole = 256 - 256 % SIGNS.len();
    let mut byte = Zeroizing::new([0_u8]);
    loop {
        SysRng
            .try_fill_bytes(byte.as_mut())
            .map_err(|error| format!("the system gives no random numbers: {error}"))?;
        let drawn = usize::from(byte[0]);
        if drawn < whole {
            return Ok(char::from(SIGNS[drawn % SIGNS.len()]));
        }
    }
}

/// What the rule of a `WorkMail` directory says against a password. Source: behaviour notes, section 15:
/// 8 to 63 characters of three of five classes.
pub(super) fn refuse_weak(text: &str) -> Result<(), String> {
    refuse_unsendable(text)?;
    let length = text.chars().count();
    if !PASSWORD_LENGTH.contains(&length) {
        let (fewest, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
        return Err(format!(
            "it has {length} characters, and {fewest} to {most} are needed"
        ));
    }
    let has = |class: fn(char) -> bool| usize::from(text.chars().any(class));
    let classes = has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| c == ' ' || c.is_ascii_punctuation())
        + has(|c| !c.is_ascii());
    if classes < 3 {
        let classes = "great and small letters, digits, signs and Latin-1 letters";
        return Err(format!("it has fewer than three of {classes}"));
    }
    Ok(())
}

/// What the API says against any password. Source: API reference, `CreateUser`, `Password`, and
/// `EwsAvailabilityProvider`, `EwsPassword`.
pub(super) fn refuse_unsendable(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length == 0 {
        return Err("it is empty".to_owned());
    }
    if length > MOST {
        return Err(format!(
            "it has {length} characters, and {MOST} are the most"
        ));
    }
    if text.chars().any(|c| !('\u{20}'..='\u{ff}').contains(&c)) {
        return Err(
            "it has characters that the service does not take: Latin-1 ones only".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn new_passwords_are_taken_and_no_two_are_alike() {
        let mut seen = BTreeSet::new();
        for round in 0..400 {
            let length = [8, 24, 63][round % 3];
            let made = generate(length).expect("a password");
            assert_eq!(made.len(), length);
            assert_eq!(refuse_weak(&made), Ok(()));
            assert!(seen.insert(made.as_str().to_owned()));
        }
        let drawn: BTreeSet<char> = seen.iter().flat_map(|text| text.chars()).collect();
        assert_eq!(drawn.len(), SIGNS.len(), "every sign is drawn");
    }

    #[test]
    fn the_rule_is_that_of_the_directory() {
        for (text, fits) in [
            ("Abcdefg1", true),
            ("abc 123 ", true),
            ("abcdéf12", true),
            ("Abcdef1", false),
            ("abcdefg1", false),
            ("ABCDEFGH", false),
            ("Abcdefg1\u{100}", false),
            ("Abcdefg1\n", false),
        ] {
            assert_eq!(refuse_weak(text).is_ok(), fits, "{text:?}");
        }
        assert!(refuse_weak(&format!("Ab1{}", "x".repeat(60))).is_ok());
        assert!(refuse_weak(&format!("Ab1{}", "x".repeat(61))).is_err());
        assert!(refuse_unsendable(&"x".repeat(256)).is_ok());
        assert!(refuse_unsendable(&"x".repeat(257)).is_err());
    }
}
