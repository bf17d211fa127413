//! The client and both reads, against the emulator in process and against servers that misbehave.

mod calls;
mod failures;
mod loopback;
mod organization;
mod pace;
mod unknown;
mod world;
