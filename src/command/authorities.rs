//! `dovira ca …`

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use clap::{
    Args, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use serde::Serialize;

use super::{
    CommandResult,
    new_files::{self, NewFile},
    output::print,
};
use crate::{
    clock::{Clock, SystemClock},
    process::{CannotRun, Outcome},
    random::{Draw as _, Random, SystemRandom},
    secrets::hex,
    signed_content::{
        authorities::{self, Decision, Description, ExistingDigests, Set, State, Unusable, Wish},
        certificate::Certificate,
        text::printable_text,
        trust_store::{FileProblem, Member, files, members_of},
    },
};

const RANDOM: &dyn Random = &SystemRandom;
/// Columns of the terminal that lists are made for.
const COLUMNS: usize = 100;
/// Characters of a path in a sentence. A system has no longer ones.
const MAX_PATH: usize = 4096;

/// `dovira ca …`
#[derive(Subcommand)]
pub enum CaCommand {
    /// List the trusted and the intermediate certificates
    ///
    /// Exit code 0: a server can start with them. 1: a file is bad or nothing is trusted; each bad file
    /// is named, the rest is listed. Expired certificates are marked; they do no harm.
    List(List),
    /// Add the certificates of authorities from a file
    ///
    /// FILE is one certificate (DER or PEM), several (PEM), or a PKCS#7 bundle such as the
    /// CACertificates.p7b of the central certification authority. What can be used is added to the
    /// intermediates, the rest is listed with the reason. A self-signed certificate is a decision about
    /// whom to trust: it is only added with --as trusted. Exit code 1: nothing in FILE could be used.
    /// A running server reads its certificates at the start: restart it afterwards.
    Add(Add),
}

/// `dovira ca list`
#[derive(Args)]
pub struct List {
    /// Directory of trusted certificates
    #[arg(long, env = "DOVIRA_TRUSTED_CERTIFICATES")]
    trusted: PathBuf,
    /// Directory of intermediate certificates
    #[arg(long, env = "DOVIRA_INTERMEDIATE_CERTIFICATES")]
    intermediates: Option<PathBuf>,
    /// The time at which they are judged (RFC 3339) [default: now]
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// Print one line of JSON for each certificate
    #[arg(long)]
    json: bool,
}

/// `dovira ca add`
#[derive(Args)]
pub struct Add {
    /// Directory of trusted certificates; made when it is missing
    #[arg(long, env = "DOVIRA_TRUSTED_CERTIFICATES")]
    trusted: Option<PathBuf>,
    /// Directory of intermediate certificates; made when it is missing
    #[arg(long, env = "DOVIRA_INTERMEDIATE_CERTIFICATES")]
    intermediates: Option<PathBuf>,
    /// Where to. With "trusted" the self-signed ones are added, and one that is not self-signed when
    /// it is the only one or named by --sha256
    #[arg(long = "as", value_name = "SET", value_parser = sets())]
    set: Option<Set>,
    /// Only the certificate with this SHA-256 (hexadecimal digits; colons may stand between them);
    /// may be given several times
    #[arg(long = "sha256", value_name = "DIGEST", value_parser = digest)]
    named: Vec<[u8; 32]>,
    /// The time at which they are judged (RFC 3339) [default: now]
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// The file
    file: PathBuf,
}

/// The words for the sets.
fn sets() -> impl TypedValueParser<Value = Set> {
    let words = [
        PossibleValue::new("trusted").help("Those that end a chain"),
        PossibleValue::new("intermediate").help("Those that help to build one"),
    ];
    PossibleValuesParser::new(words).map(|word| match word.as_str() {
        "trusted" => Set::Trusted,
        _ => Set::Intermediate,
    })
}

pub(super) fn ca(command: &CaCommand) -> CommandResult {
    match command {
        CaCommand::List(line) => list(line),
        CaCommand::Add(line) => add(line),
    }
}

/// 32 octets in hexadecimal digits, as the usual tools print them.
fn digest(text: &str) -> Result<[u8; 32], String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|character| !matches!(character, ':' | ' '))
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    let octets: Option<Vec<u8>> = digits.filter(|digits| digits.len() == 64).map(|digits| {
        digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit))
            .collect()
    });
    octets
        .and_then(|octets| octets.try_into().ok())
        .ok_or_else(|| "a SHA-256 has 64 hexadecimal digits".to_owned())
}

/// Names of files come from elsewhere, too.
fn path_shown(path: &Path) -> String {
    printable_text(&path.to_string_lossy(), MAX_PATH)
}

/// A certificate and where it is.
struct Listed {
    set: Set,
    file: PathBuf,
    certificate: Certificate,
}

/// A line of `dovira ca list --json`.
#[derive(Serialize)]
struct Line<'a> {
    set: Set,
    state: State,
    #[serde(flatten)]
    description: &'a Description,
    file: String,
}

fn list(line: &List) -> CommandResult {
    let now = line.at.unwrap_or_else(|| SystemClock.now());
    let mut listed = vec![];
    let mut problems = vec![];
    let mut sets = vec![(Set::Trusted, &line.trusted)];
    sets.extend(
        line.intermediates
            .iter()
            .map(|path| (Set::Intermediate, path)),
    );
    for (set, path) in &sets {
        read_set(*set, path, &mut listed, &mut problems)?;
    }
    if problems.is_empty() && !listed.iter().any(|one: &Listed| one.set == Set::Trusted) {
        problems.push(format!(
            "{}: {}.",
            path_shown(&line.trusted),
            FileProblem::Empty
        ));
    }
    let everyone: Vec<_> = listed.iter().map(|one| &one.certificate).collect();
    let mut out = String::new();
    if !line.json {
        out.push_str(&columns(["STATE", "VALID", "KEY", "SIGNED WITH"]));
    }
    for one in &listed {
        let description = &Description::of(&one.certificate, &everyone);
        let state = State::of(&one.certificate, now);
        if line.json {
            let line = Line {
                set: one.set,
                state,
                description,
                file: one.file.to_string_lossy().into_owned(),
            };
            let text = authorities::json_line(&line).map_err(|error| {
                CannotRun::Other(format!("The list cannot be printed: {error}."))
            })?;
            out.push_str(&text);
            out.push('\n');
        } else {
            out.push_str(&row(one, state, description));
        }
    }
    if !line.json {
        out.push_str(&totals(&listed, now));
    }
    print(&out)?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() {
        Outcome::Done
    } else {
        Outcome::No
    })
}

/// Reads the certificates of a set; bad files become sentences.
fn read_set(
    set: Set,
    path: &Path,
    listed: &mut Vec<Listed>,
    problems: &mut Vec<String>,
) -> Result<(), CannotRun> {
    let files = files(path).map_err(|error| CannotRun::Io(path_shown(path), error))?;
    for file in files {
        let mut problem = |problem| problems.push(format!("{}: {problem}.", path_shown(&file)));
        let members = members_of(&file).unwrap_or_else(|error| {
            problem(error);
            vec![]
        });
        for (index, member) in members.into_iter().enumerate() {
            match member {
                Err(error) => problem(FileProblem::Certificate {
                    position: index + 1,
                    error,
                }),
                Ok(certificate) => {
                    if set == Set::Trusted && !certificate.is_authority() {
                        problem(FileProblem::NotAuthority(
                            Description::of(&certificate, &[]).serial,
                        ));
                    }
                    listed.push(Listed {
                        set,
                        file: file.clone(),
                        certificate,
                    });
                }
            }
        }
    }
    Ok(())
}

fn columns([state, valid, key, signature]: [&str; 4]) -> String {
    format!("{state:<13}  {valid:<24}  {key:<24}  {signature}")
        .trim_end()
        .to_owned()
        + "\n"
}

/// One certificate of the table: a line in columns, and what has no bounds below it.
fn row(one: &Listed, state: State, description: &Description) -> String {
    let day = |moment: &str| moment.get(..10).unwrap_or(moment).to_owned();
    let remark = |is_supported: bool| if is_supported { "" } else { " unsupported" };
    let mut out = "\n".to_owned();
    out.push_str(&columns([
        state.words(),
        &format!(
            "{} to {}",
            day(&description.not_before),
            day(&description.not_after)
        ),
        &format!(
            "{}{}",
            description.key_algorithm,
            remark(description.is_key_supported)
        ),
        &format!(
            "{}{}",
            description.signature_algorithm,
            remark(description.is_signature_supported)
        ),
    ]));
    let set = match one.set {
        Set::Trusted => "trusted",
        Set::Intermediate if description.is_authority => "intermediate",
        Set::Intermediate => "intermediate, but not a certification authority's",
    };
    let subject = description.subject(COLUMNS - 2);
    let key_id = description.key_id.as_deref().unwrap_or("none");
    out.push_str(&format!(
        "  {subject}\n  set     {set}\n  key id  {key_id}\n"
    ));
    out.push_str(&format!(
        "  serial  {}\n  file    {}\n",
        description.serial,
        path_shown(&one.file)
    ));
    out
}

fn totals(listed: &[Listed], now: DateTime<Utc>) -> String {
    let count = |is: &dyn Fn(&Listed) -> bool| listed.iter().filter(|one| is(one)).count();
    format!(
        "\n{} trusted, {} intermediate; {} expired, {} not yet valid.\n",
        count(&|one| one.set == Set::Trusted),
        count(&|one| one.set == Set::Intermediate),
        count(&|one| State::of(&one.certificate, now) == State::Expired),
        count(&|one| State::of(&one.certificate, now) == State::NotYetValid),
    )
}

fn add(line: &Add) -> CommandResult {
    let now = line.at.unwrap_or_else(|| SystemClock.now());
    let file = path_shown(&line.file);
    let members = match members_of(&line.file) {
        Ok(members) => members,
        Err(FileProblem::Io(error)) => return Err(CannotRun::Io(file, error)),
        Err(problem) => {
            eprintln!("{file}: {problem}.");
            return Ok(Outcome::No);
        }
    };
    let (certificates, unreadable) = select_certificates(members, &line.named);
    let missing: Vec<_> = line
        .named
        .iter()
        .filter(|digest| !certificates.iter().any(|one| one.sha256() == **digest))
        .collect();
    for digest in &missing {
        eprintln!(
            "{file}: it holds no certificate with SHA-256 {}.",
            hex(*digest)
        );
    }
    if !missing.is_empty() {
        return Ok(Outcome::No);
    }
    let wish = Wish {
        set: line.set,
        named: line.named.clone(),
    };
    let known = ExistingDigests {
        trusted: digests_in(line.trusted.as_deref())?,
        intermediates: digests_in(line.intermediates.as_deref())?,
    };
    let certificates: Vec<_> = certificates.iter().collect();
    let decisions = authorities::decide(&certificates, &wish, &known, now);
    let decided: Vec<_> = certificates.into_iter().zip(&decisions).collect();
    if decided
        .iter()
        .all(|(_, decision)| matches!(decision, Decision::Skip(_)))
    {
        for sentence in refusals(&decided, &unreadable) {
            eprintln!("{file}: {sentence}.");
        }
        return Ok(Outcome::No);
    }
    for set in [Set::Trusted, Set::Intermediate] {
        write(line, set, &decided)?;
    }
    print(&report(line, &decided, &unreadable))?;
    Ok(Outcome::Done)
}

/// The certificates that count, each once, and sentences about those that cannot be read. When some
/// were named, the others are none of our business.
fn select_certificates(
    members: Vec<Member>,
    named: &[[u8; 32]],
) -> (Vec<Certificate>, Vec<String>) {
    let mut certificates: Vec<Certificate> = vec![];
    let mut unreadable = vec![];
    let mut seen = HashSet::new();
    for (index, member) in members.into_iter().enumerate() {
        match member {
            Ok(certificate) => {
                let digest = certificate.sha256();
                if (named.is_empty() || named.contains(&digest)) && seen.insert(digest) {
                    certificates.push(certificate);
                }
            }
            Err(error) if named.is_empty() => {
                let position = index + 1;
                unreadable.push(FileProblem::Certificate { position, error }.to_string());
            }
            Err(_) => {}
        }
    }
    (certificates, unreadable)
}

/// SHA-256 of every certificate that can be read there. What cannot be is for `list` to tell.
fn digests_in(path: Option<&Path>) -> Result<HashSet<[u8; 32]>, CannotRun> {
    let Some(path) = path else {
        return Ok(HashSet::new());
    };
    match files(path) {
        Ok(files) => Ok(files
            .iter()
            .filter_map(|file| members_of(file).ok())
            .flatten()
            .filter_map(|member| Some(member.ok()?.sha256()))
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(CannotRun::Io(path_shown(path), error)),
    }
}

type Decided<'a> = [(&'a Certificate, &'a Decision)];

fn skipped_certificates<'a>(
    decided: &Decided<'a>,
) -> impl Iterator<Item = (&'a Certificate, &'a Unusable)> {
    decided
        .iter()
        .filter_map(|(certificate, decision)| match decision {
            Decision::Skip(reason) => Some((*certificate, reason)),
            Decision::Add(_) | Decision::Present => None,
        })
}

/// A sentence for each certificate that is not added, without the final dot.
fn refusals(decided: &Decided<'_>, unreadable: &[String]) -> Vec<String> {
    skipped_certificates(decided)
        .map(|(certificate, reason)| {
            let Description { serial, sha256, .. } = Description::of(certificate, &[]);
            match reason {
                Unusable::TrustNotAsked | Unusable::TrustNotNamed => {
                    format!("certificate with serial {serial} and SHA-256 {sha256}: {reason}")
                }
                _ => format!("certificate with serial {serial}: {reason}"),
            }
        })
        .chain(unreadable.iter().cloned())
        .collect()
}

/// Where a set is.
fn directory(line: &Add, set: Set) -> Result<&Path, CannotRun> {
    let (path, flag, variable) = match set {
        Set::Trusted => (&line.trusted, "--trusted", "DOVIRA_TRUSTED_CERTIFICATES"),
        Set::Intermediate => (
            &line.intermediates,
            "--intermediates",
            "DOVIRA_INTERMEDIATE_CERTIFICATES",
        ),
    };
    path.as_deref().ok_or_else(|| {
        CannotRun::Other(format!(
            "It is not known where to: give {flag} or set {variable}."
        ))
    })
}

fn write(line: &Add, set: Set, decided: &Decided<'_>) -> Result<(), CannotRun> {
    let new: Vec<_> = decided
        .iter()
        .filter(|(_, decision)| **decision == Decision::Add(set))
        .map(|(certificate, _)| NewFile {
            name: format!("{}.cer", hex(&certificate.sha256())),
            octets: certificate.der().to_vec(),
        })
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let directory = directory(line, set)?;
    if directory.is_file() {
        return Err(CannotRun::Other(format!(
            "{}: it is one file; only a directory can be added to.",
            path_shown(directory)
        )));
    }
    new_files::add(directory, &new, &RANDOM.uuid().to_string())
        .map_err(|(path, error)| CannotRun::Io(path_shown(&path), error))
}

/// What was done, certificate by certificate.
fn report(line: &Add, decided: &Decided<'_>, unreadable: &[String]) -> String {
    let mut out = String::new();
    let with = |wanted: &Decision| -> Vec<_> {
        let those = decided.iter().filter(|(_, decision)| *decision == wanted);
        those
            .map(|(certificate, _)| block(certificate, None))
            .collect()
    };
    let place = |path: &Option<PathBuf>| path.as_deref().map(path_shown).unwrap_or_default();
    let (trusted, intermediate) = (
        with(&Decision::Add(Set::Trusted)),
        with(&Decision::Add(Set::Intermediate)),
    );
    let (added, present) = (trusted.len() + intermediate.len(), with(&Decision::Present));
    let mut left_out: Vec<_> = skipped_certificates(decided)
        .map(|(certificate, reason)| block(certificate, Some(reason)))
        .collect();
    left_out.extend(unreadable.iter().map(|sentence| format!("  {sentence}\n")));
    let counts = (present.len(), left_out.len());
    for (heading, blocks) in [
        (
            format!("Trusted from now on, in {}:", place(&line.trusted)),
            trusted,
        ),
        (
            format!(
                "Added to the intermediates, in {}:",
                place(&line.intermediates)
            ),
            intermediate,
        ),
        ("Already there:".to_owned(), present),
        ("Skipped:".to_owned(), left_out),
    ] {
        if !blocks.is_empty() {
            out.push_str(&format!("{heading}\n\n{}\n", blocks.join("\n")));
        }
    }
    out.push_str(&format!(
        "{added} added, {} already there, {} skipped.\n",
        counts.0, counts.1
    ));
    if added > 0 {
        out.push_str(
            "A running server reads its certificates at the start: restart it to use them.\n",
        );
    }
    out
}

fn block(certificate: &Certificate, reason: Option<&Unusable>) -> String {
    let description = Description::of(certificate, &[]);
    let mut out = format!(
        "  {}\n  serial   {}\n  SHA-256  {}\n",
        description.subject(COLUMNS - 2),
        description.serial,
        description.sha256
    );
    if let Some(reason) = reason {
        out.push_str(&format!("  {reason}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_as_tools_print_them() {
        for (text, expected) in [
            ("0a".repeat(32), Some([0x0a; 32])),
            ("0A:".repeat(32), Some([0x0a; 32])),
            ("0A 0a:".repeat(16), Some([0x0a; 32])),
            ("0a".repeat(31), None),
            ("0a".repeat(33), None),
            ("0g".repeat(32), None),
            ("٣a".repeat(32), None),
            (String::new(), None),
        ] {
            assert_eq!(digest(&text).ok(), expected, "{text}");
        }
    }
}
