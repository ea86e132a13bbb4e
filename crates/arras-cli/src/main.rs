//! The command `arras`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A run makes many small values that live briefly: an allocator made for such spends less on each of them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let context = arras_cli::context::Context::of_process();
    ExitCode::from(arras_cli::main(&context).code())
}
