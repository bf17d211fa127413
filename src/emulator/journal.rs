//! `Journal`: writes what changed to the store in the background, many calls at once, and tells when it
//! is on the disk. A reply waits for that; the state itself does not.
#![expect(
    clippy::disallowed_methods,
    reason = "it has a thread of its own, because syncing a file blocks"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::store::{Record, Store, StoreError};

/// The writing end. Dropping it writes what is left and closes the store.
#[derive(Debug)]
pub(super) struct Journal {
    queue: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    reached: watch::Receiver<Reached>,
    wants_folding: Arc<AtomicBool>,
    submitted: u64,
}

/// What is on the disk.
#[derive(Clone, Debug, Default)]
struct Reached {
    number: u64,
    /// Why nothing more can be kept.
    broken: Option<String>,
}

/// A wait for the disk.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    reached: watch::Receiver<Reached>,
}

enum Order {
    Keep {
        number: u64,
        records: Vec<Record>,
    },
    /// Everything there is at this moment, as a new snapshot; at the end only if the log is not empty.
    Fold {
        everything: Vec<Record>,
        at_end: bool,
    },
}

impl Journal {
    pub(super) fn new(store: Store) -> Self {
        let (queue, orders) = mpsc::channel();
        let (news, reached) = watch::channel(Reached::default());
        let wants_folding = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&wants_folding);
        let thread = std::thread::spawn(move || write(store, &orders, &news, &flag));
        Self {
            queue: Some(queue),
            thread: Some(thread),
            reached,
            wants_folding,
            submitted: 0,
        }
    }

    /// Submits what changed, in the order of the effects. `everything` is asked when a new snapshot
    /// is worth it.
    pub(super) fn submit(
        &mut self,
        records: Vec<Record>,
        everything: impl FnOnce() -> Vec<Record>,
    ) {
        if records.is_empty() {
            return;
        }
        self.submitted += 1;
        self.send(Order::Keep {
            number: self.submitted,
            records,
        });
        if self.wants_folding.swap(false, Ordering::AcqRel) {
            self.fold(everything());
        }
    }

    /// Writes a new snapshot behind what was submitted.
    pub(super) fn fold(&mut self, everything: Vec<Record>) {
        self.send_fold(everything, false);
    }

    /// Writes a snapshot that needs no log, unless there is one.
    pub(super) fn fold_at_end(&mut self, everything: Vec<Record>) {
        self.send_fold(everything, true);
    }

    fn send_fold(&mut self, everything: Vec<Record>, at_end: bool) {
        self.submitted += 1;
        let number = self.submitted;
        self.send(Order::Fold { everything, at_end });
        self.send(Order::Keep {
            number,
            records: Vec::new(),
        });
    }

    /// A wait until all that was submitted is on the disk; none if it is there already.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        let reached = self.reached.borrow();
        (reached.number < self.submitted || reached.broken.is_some()).then(|| Ticket {
            number: self.submitted,
            reached: self.reached.clone(),
        })
    }

    /// Why nothing more can be kept, if the disk refused something.
    pub(super) fn broken(&self) -> Option<String> {
        self.reached.borrow().broken.clone()
    }

    /// A wait for the disk to refuse something.
    pub(super) fn alarm(&self) -> Ticket {
        Ticket {
            number: u64::MAX,
            reached: self.reached.clone(),
        }
    }

    fn send(&self, order: Order) {
        // The thread ends only when the queue does, or when the disk refused, which `Reached` tells.
        if let Some(queue) = &self.queue {
            let _ = queue.send(order);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Ticket {
    /// Waits until the disk has it, or tells why it never will.
    pub(super) async fn kept(mut self) -> Result<(), String> {
        let reached = self
            .reached
            .wait_for(|reached| reached.number >= self.number || reached.broken.is_some())
            .await;
        match reached {
            Ok(reached) => reached.broken.clone().map_or(Ok(()), Err),
            Err(_) => Err("The state is not kept any more.".to_owned()),
        }
    }
}

/// Takes everything that waits, writes it with one sync, and tells how far it is.
fn write(
    mut store: Store,
    orders: &Receiver<Order>,
    news: &watch::Sender<Reached>,
    wants_folding: &AtomicBool,
) {
    while let Ok(first) = orders.recv() {
        let written = batch(&mut store, std::iter::once(first).chain(orders.try_iter()));
        match written {
            Ok(number) => {
                wants_folding.fetch_or(store.wants_folding(), Ordering::AcqRel);
                news.send_modify(|reached| reached.number = reached.number.max(number));
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                let why = format!(
                    "The state cannot be kept: {error}{}.",
                    cause.unwrap_or_default()
                );
                news.send_modify(|reached| reached.broken = Some(why));
                return;
            }
        }
    }
}

fn batch(store: &mut Store, orders: impl Iterator<Item = Order>) -> Result<u64, StoreError> {
    let mut last = 0;
    for order in orders {
        match order {
            Order::Keep { number, records } => {
                store.write(&records)?;
                last = number;
            }
            Order::Fold { everything, at_end } => {
                if !at_end || store.has_news() {
                    store.fold(&everything)?;
                }
            }
        }
    }
    store.sync()?;
    Ok(last)
}
