//! Settings for tests of rules: the defaults.

use clap::Parser;

use super::{Config, People, Settings};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// The rules about people, as they are where nobody sets anything.
pub(crate) fn people() -> People {
    let line = [
        "dovira",
        "--secret",
        "0123456789abcdef0123456789abcdef",
        "--trusted-certificates",
        ".",
    ];
    Config::read(&Line::parse_from(line).settings)
        .unwrap()
        .people
}
