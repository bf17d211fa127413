//! Pages: opaque, signed tokens that go on behind the last item, so that nothing is skipped or told
//! twice while others write.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// What items are ordered by, and go on behind; it stays the same while others write.
pub(super) trait Key: Ord + Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Key for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

/// How many bytes of a token are its signature.
const SIGNATURE: usize = 16;

/// What tokens are signed with, so that one is good only for the operation and the input that it was made
/// for. It keeps nothing secret, and is always the same: a token outlasts a restart.
const SECRET: &[u8] = b"a page of the emulator";

/// The items of the page that the input asks for. `items` must come in the order of their keys.
pub(super) fn page<K: Key, T>(
    operation: &str,
    input: &Map<String, Value>,
    default_size: u64,
    items: impl Iterator<Item = (K, T)>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let after = after::<K>(operation, input)?;
    let size = input
        .get("MaxResults")
        .and_then(Value::as_u64)
        .unwrap_or(default_size);
    let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
    let mut page = Vec::new();
    let mut last = None;
    for (key, item) in items.filter(|(key, _)| after.as_ref().is_none_or(|after| key > after)) {
        if page.len() == size {
            return Ok((
                page,
                last.map(|key: K| sign(operation, input, &key.to_bytes())),
            ));
        }
        last = Some(key);
        page.push(item);
    }
    Ok((page, None))
}

/// The key of the last item that was told; none for the first page.
pub(super) fn after<K: Key>(
    operation: &str,
    input: &Map<String, Value>,
) -> Result<Option<K>, Refusal> {
    let Some(token) = input.get("NextToken").and_then(Value::as_str) else {
        return Ok(None);
    };
    let refused = || Refusal::invalid("The NextToken is not valid for this request.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
    let split = bytes.len().checked_sub(SIGNATURE).ok_or_else(refused)?;
    let key = &bytes[..split];
    if sign(operation, input, key) != token {
        return Err(refused());
    }
    K::from_bytes(key).map(Some).ok_or_else(refused)
}

fn sign(operation: &str, input: &Map<String, Value>, key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(SECRET);
    hash.update(operation.as_bytes());
    for (name, value) in input
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "NextToken" | "MaxResults"))
    {
        hash.update(name.as_bytes());
        hash.update(value.to_string().as_bytes());
    }
    hash.update(key);
    let mut bytes = key.to_vec();
    bytes.extend_from_slice(&hash.finalize()[..SIGNATURE]);
    URL_SAFE_NO_PAD.encode(bytes)
}
