//! The program as it is installed: a process with arguments, streams and signals.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{Scratch, authority};

/// The secret of every process of the tests.
const SECRET: &str = "the secret of the tests, long enough";

/// The program with a database, a secret and trusted certificates.
pub struct Program<'a> {
    scratch: &'a Scratch,
    trusted: PathBuf,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// What it said on stdout.
    pub out: String,
    /// What it said on stderr.
    pub err: String,
}

impl Run {
    /// The same, after a look at the exit code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// The program, with nothing of the surroundings' settings.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dovira"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DOVIRA_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl<'a> Program<'a> {
    /// The program with its data in `scratch`.
    pub fn new(scratch: &'a Scratch) -> Self {
        let trusted = scratch.directory.join("trusted");
        std::fs::create_dir_all(&trusted).unwrap();
        std::fs::write(trusted.join("root.cer"), authority().certificate.der()).unwrap();
        Self { scratch, trusted }
    }

    /// Runs it without any setting.
    pub fn bare(arguments: &[&str]) -> Run {
        run(command(arguments), b"")
    }

    /// The same with an input.
    pub fn with_input(arguments: &[&str], input: &[u8]) -> Run {
        run(command(arguments), input)
    }

    /// Runs it on the data.
    pub fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments), b"")
    }

    /// Writes a file beside the data.
    pub fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.scratch.directory.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The directory of trusted certificates.
    pub fn trusted(&self) -> &Path {
        &self.trusted
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command
            .env("DOVIRA_DATABASE_URL", &self.scratch.url)
            .env("DOVIRA_SECRET", SECRET)
            .env("DOVIRA_TRUSTED_CERTIFICATES", &self.trusted);
        command
    }

    /// Starts the server on a port that is free, and waits until it says that it is ready.
    pub fn serve(&self, arguments: &[&str]) -> Server {
        let mut line = vec![
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--public-url",
            "http://127.0.0.1",
        ];
        line.extend(arguments);
        let mut child = self
            .command(&line)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut begun = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended: {begun}");
            begun.push_str(&line);
            if let Some((_, rest)) = line.split_once("ready listen=") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        Server {
            child,
            log,
            address,
        }
    }
}

/// A server that runs.
pub struct Server {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &line]).status().unwrap();
        assert!(status.success(), "{line}");
    }

    /// Reads its log up to a line that holds `text`.
    pub fn says(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(
                self.log.read_line(&mut line).unwrap() > 0,
                "it never said {text}"
            );
        }
    }

    /// Waits for its end; the exit code (none: killed) and the rest of its log.
    pub fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
