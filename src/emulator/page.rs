//! Pages: opaque, signed tokens that go on behind the last item, so that nothing is skipped or told
//! twice while others write.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Signs and opens tokens. A token is good only for the operation and the input it was made for.
#[derive(Clone, Debug)]
pub(super) struct Pager {
    secret: [u8; 16],
}

impl Pager {
    pub(super) fn new(secret: [u8; 16]) -> Self {
        Self { secret }
    }

    /// The items of the page that the input asks for. `items` must come in the order of their keys.
    pub(super) fn page<T>(
        &self,
        operation: &str,
        input: &Map<String, Value>,
        default_size: u64,
        items: impl Iterator<Item = (u64, T)>,
    ) -> Result<(Vec<T>, Option<String>), Refusal> {
        let after = self.after(operation, input)?;
        let size = input
            .get("MaxResults")
            .and_then(Value::as_u64)
            .unwrap_or(default_size);
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
        let mut page = Vec::new();
        let mut last = None;
        for (key, item) in items.filter(|(key, _)| after.is_none_or(|after| *key > after)) {
            if page.len() == size {
                return Ok((page, last.map(|key| self.sign(operation, input, key))));
            }
            last = Some(key);
            page.push(item);
        }
        Ok((page, None))
    }

    /// The key of the last item that was told; none for the first page.
    pub(super) fn after(
        &self,
        operation: &str,
        input: &Map<String, Value>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(token) = input.get("NextToken").and_then(Value::as_str) else {
            return Ok(None);
        };
        let refused = || Refusal::invalid("The NextToken is not valid for this request.");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let key = bytes
            .get(..8)
            .and_then(|key| key.try_into().ok())
            .map(u64::from_be_bytes)
            .ok_or_else(refused)?;
        if self.sign(operation, input, key) == token {
            Ok(Some(key))
        } else {
            Err(refused())
        }
    }

    fn sign(&self, operation: &str, input: &Map<String, Value>, key: u64) -> String {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(operation.as_bytes());
        for (name, value) in input
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "NextToken" | "MaxResults"))
        {
            hash.update(name.as_bytes());
            hash.update(value.to_string().as_bytes());
        }
        hash.update(key.to_be_bytes());
        let mut bytes = key.to_be_bytes().to_vec();
        bytes.extend_from_slice(&hash.finalize()[..16]);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}
