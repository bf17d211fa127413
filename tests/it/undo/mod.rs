//! What undoes a run: the file beside its journal, and the plan that is made of it.

mod back;
mod kinds;
mod mishaps;
mod program;
mod worlds;
