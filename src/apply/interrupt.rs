//! `Interrupt`: how somebody outside stops an apply, gently first and at once the second time.

use std::sync::Arc;

use tokio::sync::watch;

/// A handle that stops an apply. Clones are the same handle.
#[derive(Clone, Debug)]
pub struct Interrupt {
    level: Arc<watch::Sender<u8>>,
}

impl Interrupt {
    /// A handle that nobody has used.
    pub fn new() -> Self {
        Self {
            level: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Stops gently the first time: no component begins, those in flight are finished. Aborts the
    /// second time.
    pub fn raise(&self) {
        self.level
            .send_modify(|level| *level = level.saturating_add(1));
    }

    /// How often it was raised.
    pub fn level(&self) -> u8 {
        *self.level.borrow()
    }

    /// Ends once it was raised this often.
    pub async fn reached(&self, times: u8) {
        let mut receiver = self.level.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = receiver.wait_for(|level| *level >= times).await;
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}
