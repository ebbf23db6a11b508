//! The Rust SDK against the real command: one program, so that it is linked once.

mod case;
mod connection;
mod files;
mod mission;
mod streams;
mod sync;
