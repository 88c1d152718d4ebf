//! The command line.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 misuse or cannot run. Errors go to stderr, one plain sentence each.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use dovira::{
    command::{self, Command},
    demo,
    process::Outcome,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The open front door of a patient registry.
#[derive(Parser)]
#[command(name = "dovira", version, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    chosen: Chosen,
}

#[derive(Subcommand)]
enum Chosen {
    #[command(flatten)]
    Command(Command),
    /// Show everything on this machine: a database, people, certificates and a pretend client application
    Demo(demo::Arguments),
}

fn main() -> ExitCode {
    let line = Line::parse();
    let ran = match line.chosen {
        Chosen::Command(command) => command::run(command),
        Chosen::Demo(arguments) => command::run_to_end(demo::run(arguments)),
    };
    match ran {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}
