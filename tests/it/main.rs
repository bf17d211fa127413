//! One test binary: cases, the emulator, the whole program.

mod cases;
mod live;
mod support;
