//! The `kino` program.
fn main() {}
