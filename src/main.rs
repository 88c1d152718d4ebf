//! The command line.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 misuse or cannot run. Errors go to stderr, one plain sentence each.

use std::process::ExitCode;

use clap::Parser;
use dovira::{command::Command, process::Outcome};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The open front door of a patient registry.
#[derive(Parser)]
#[command(name = "dovira", version, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let line = Line::parse();
    match dovira::command::run(line.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}
