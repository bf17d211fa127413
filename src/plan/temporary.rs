//! The temporary addresses of a plan, which only exist while it is executed.

use jiff::Timestamp;

use crate::model::RESERVED_LOCAL_PART;

/// The temporary address of this number: its reserved local part carries the plan's time and the
/// beginning of its nonce, so that a later run can tell whose it is and how old. The local part has
/// at most 64 characters, which is all that the service takes.
pub fn temporary_address(
    evaluated_at: Timestamp,
    nonce: &str,
    number: u32,
    domain: &str,
) -> String {
    let nonce: String = nonce
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    let seconds = evaluated_at.as_second();
    format!("{RESERVED_LOCAL_PART}{seconds}-{nonce}-{number}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Address;

    #[test]
    fn the_service_takes_it_and_it_is_known_as_ours() {
        for (at, number) in [(Timestamp::UNIX_EPOCH, 1), (Timestamp::MAX, u32::MAX)] {
            let nonce = "0d9b2c4e-77aa-4b0e-9f3c-1f6a2b3c4d5e";
            let text = temporary_address(at, nonce, number, "example.com");
            let address = Address::parse(&text).expect("within the service's pattern");
            assert!(address.is_reserved());
            assert!(text.contains("-0d9b2c4e-"));
        }
    }
}
