//! The exports of many mailboxes, in a service in memory.
