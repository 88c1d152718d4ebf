//! `dovira sign` and `dovira verify`.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

use super::CommandResult;
use crate::{
    clock::{Clock, SystemClock},
    process::{CannotRun, Outcome},
    signed_content::{
        Policy, TrustStore,
        command::{sign_files, verify_file},
    },
};

/// `dovira sign`
#[derive(Args)]
pub struct Sign {
    /// The private key (PEM or DER)
    #[arg(long)]
    key: PathBuf,
    /// The signer's certificate (DER or PEM)
    #[arg(long)]
    cert: PathBuf,
    /// Further certificates to send along; may be given several times
    #[arg(long, num_args = 1..)]
    chain: Vec<PathBuf>,
    /// The signing time (RFC 3339) [default: now]
    #[arg(long)]
    at: Option<DateTime<Utc>>,
}

/// `dovira verify`
#[derive(Args)]
pub struct Verify {
    /// Directory of trusted certificates
    #[arg(long, env = "DOVIRA_TRUSTED_CERTIFICATES")]
    trusted: PathBuf,
    /// Directory of intermediate certificates
    #[arg(long, env = "DOVIRA_INTERMEDIATE_CERTIFICATES")]
    intermediates: Option<PathBuf>,
    /// The time at which it is judged (RFC 3339) [default: now]
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// Seconds for which a signature is fresh; without it the rule is off
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=3_155_760_000))]
    max_age: Option<i64>,
    /// The signature: DER or base64
    file: PathBuf,
}

fn read(path: &Path) -> Result<Vec<u8>, CannotRun> {
    std::fs::read(path).map_err(|error| CannotRun::Io(path.display().to_string(), error))
}

pub(super) fn sign(line: &Sign) -> CommandResult {
    let mut content = Vec::new();
    std::io::stdin()
        .read_to_end(&mut content)
        .map_err(|error| CannotRun::Io("stdin".to_owned(), error))?;
    let (key, certificate) = (read(&line.key)?, read(&line.cert)?);
    let chain = line
        .chain
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let at = line.at.unwrap_or_else(|| SystemClock.now());
    let text = sign_files(&key, &certificate, &chain, at, &content)
        .map_err(|error| CannotRun::Other(format!("It cannot be signed: {error}.")))?;
    println!("{text}");
    Ok(Outcome::Done)
}

pub(super) fn verify(line: &Verify) -> CommandResult {
    let octets = read(&line.file)?;
    let store = TrustStore::load(&line.trusted, line.intermediates.as_deref())
        .map_err(|problems| CannotRun::Other(problems.to_string()))?;
    let now = line.at.unwrap_or_else(|| SystemClock.now());
    let verdict = verify_file(
        &octets,
        &store,
        now,
        &Policy::with_max_age(line.max_age.map(TimeDelta::seconds)),
    );
    let text = serde_json::to_string(&verdict)
        .map_err(|error| CannotRun::Other(format!("The verdict cannot be printed: {error}.")))?;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| CannotRun::Io("stdout".to_owned(), error))?;
    Ok(if verdict.is_valid() {
        Outcome::Done
    } else {
        Outcome::No
    })
}
