//! The command `arras`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let context = arras_cli::context::Context::of_process();
    ExitCode::from(arras_cli::main(&context).code())
}
