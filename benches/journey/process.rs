//! Servers as processes of their own, pinned to one core, and what the kernel says of them.

use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    net::{SocketAddr, TcpListener},
    ops::Sub,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::{AnyError, http, people, people::Registry};

/// The secret of every measured installation.
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Clock ticks in a second: fixed for what Linux tells user space.
const TICKS: u32 = 100;

/// Processor time, and wall time where it was measured along.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Of the processor.
    pub cpu: Duration,
    /// By the clock on the wall.
    pub wall: Duration,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            wall: self.wall.saturating_sub(before.wall),
        }
    }
}

impl Spent {
    /// What each of `requests` cost that took `wall` together.
    pub fn of_each(self, requests: u64, wall: Duration) -> Self {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX).max(1);
        Self {
            cpu: self.cpu / requests,
            wall: wall / requests,
        }
    }
}

/// Processor time of a process: with its children that have ended, too.
fn processor_time(pid: u32) -> Result<Duration, AnyError> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before it may hold spaces, but no closing parenthesis follows it.
    let (_, fields) = stat.rsplit_once(')').ok_or("stat")?;
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map_while(|field| field.parse::<u32>().ok())
        .sum();
    Ok(Duration::from_secs(1) * ticks / TICKS)
}

/// Where the data of one server are.
pub struct Database {
    url: String,
    postmaster: Option<u32>,
    log: &'static str,
}

impl Database {
    /// A new SQLite file.
    pub fn sqlite(directory: &Path) -> Result<Self, AnyError> {
        let file = directory.join(format!("{}.sqlite", next()));
        Ok(Self {
            url: format!("sqlite:{}", file.display()),
            postmaster: None,
            log: "info",
        })
    }

    /// A new database of the server at `url`.
    pub async fn postgres(url: &str, postmaster: u32) -> Result<Self, AnyError> {
        use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
        let name = format!("bench_{}_{}", std::process::id(), next());
        let mut connection = PgConnection::connect(url).await?;
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await?;
        connection.close().await?;
        let (server, _) = url.rsplit_once('/').ok_or("the URL names no database")?;
        Ok(Self {
            url: format!("{server}/{name}"),
            postmaster: Some(postmaster),
            log: "info",
        })
    }

    /// The same with a server that logs nothing.
    pub fn silent(self) -> Self {
        Self { log: "off", ..self }
    }

    /// Puts everybody and the client in; the confidants' access tokens.
    pub async fn fill(&self, program: &Path, registry: &Registry) -> Result<Vec<String>, AnyError> {
        use sqlx::{Connection, Executor, PgConnection};
        let mut import = Command::new(program);
        import.arg("import").arg(&registry.provisioning);
        self.run(&mut import)?;
        if self.postmaster.is_some() {
            // Which autovacuum does within a minute: without it a plan for empty tables is kept.
            let mut connection = PgConnection::connect(&self.url).await?;
            connection.execute("ANALYZE").await?;
            connection.close().await?;
        }
        let tokens = registry.users.iter().map(|user| {
            let mut issue = Command::new(program);
            issue.args(["token", "issue", "--ttl", "86400"]);
            issue.args(["--scope", "confidant_person:sign_up"]);
            issue.args(["--client", &people::CLIENT.to_string()]);
            issue.args(["--user", &user.to_string()]);
            Ok(self.run(&mut issue)?.trim().to_owned())
        });
        tokens.collect()
    }

    fn run(&self, command: &mut Command) -> Result<String, AnyError> {
        let ran = self.settings(command).stderr(Stdio::inherit()).output()?;
        if !ran.status.success() {
            return Err(format!("{command:?} ended with {}", ran.status).into());
        }
        Ok(String::from_utf8(ran.stdout)?)
    }

    fn settings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DOVIRA_DATABASE_URL", &self.url)
            .env("DOVIRA_SECRET", SECRET)
            .env("DOVIRA_LOG", self.log)
    }

    /// Processor time of the database server, nothing for SQLite: that runs inside the program.
    pub fn processor_time(&self) -> Result<Spent, AnyError> {
        let Some(postmaster) = self.postmaster else {
            return Ok(Spent::default());
        };
        let mut cpu = processor_time(postmaster)?;
        let children =
            fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
        for child in children.split_whitespace() {
            // One that ends in between is counted with its parent the next time.
            cpu += processor_time(child.parse()?).unwrap_or_default();
        }
        Ok(Spent {
            cpu,
            ..Spent::default()
        })
    }
}

fn next() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Memory of a process, in kB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was ever resident.
    pub peak: u64,
}

/// A server.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What runs.
    pub program: PathBuf,
    /// How long it took from its start to its first good answer.
    pub ready_after: Duration,
}

impl Process {
    /// The bare route on `core`.
    pub async fn bare(core: &str) -> Result<Self, AnyError> {
        let program = std::env::current_exe()?;
        let address = free_address()?;
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(&program);
        command.arg("bare").arg(address.to_string());
        Self::start(command, program, address, "/").await
    }

    /// `program serve` on `core`.
    pub async fn serve(
        program: &Path,
        database: &Database,
        registry: &Registry,
        core: &str,
        directory: &Path,
    ) -> Result<Self, AnyError> {
        let address = free_address()?;
        let log = fs::File::create(directory.join(format!("{}.log", next())))?;
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(program).arg("serve");
        database
            .settings(&mut command)
            .env("DOVIRA_LISTEN", address.to_string())
            // They are counted, as anywhere, but nobody is stopped.
            .env("DOVIRA_CONFIDANT_SIGN_UPS_PER_DAY", "1000")
            .env("DOVIRA_TRUSTED_CERTIFICATES", &registry.trusted)
            .stderr(log);
        Self::start(command, program.to_owned(), address, "/health/ready").await
    }

    async fn start(
        mut command: Command,
        program: PathBuf,
        address: SocketAddr,
        ready: &str,
    ) -> Result<Self, AnyError> {
        let began = Instant::now();
        let mut child = command.stdin(Stdio::null()).spawn()?;
        let request = http::get(ready, "", "");
        loop {
            if let Ok(mut connection) = http::Connection::open(address).await
                && connection.ask(&request).await?.status() == "200"
            {
                break;
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("{command:?} ended with {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self {
            child,
            address,
            program,
            ready_after: began.elapsed(),
        })
    }

    /// Processor time until now.
    pub fn processor_time(&self) -> Result<Spent, AnyError> {
        Ok(Spent {
            cpu: processor_time(self.child.id())?,
            ..Spent::default()
        })
    }

    /// Memory now.
    pub fn memory(&self) -> Result<Memory, AnyError> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = |name: &str| -> Result<u64, AnyError> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.ok_or("no such line")?.parse()?)
        };
        Ok(Memory {
            resident: line("VmRSS:")?,
            peak: line("VmHWM:")?,
        })
    }

    /// Stops it as an operator would, and waits.
    pub fn stop(mut self) -> Result<(), AnyError> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr, AnyError> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The machine in a line or two.
pub fn machine(directory: &Path) -> Result<String, AnyError> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("processor of an unknown model", |(_, model)| model);
    let count = processors
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let sync = sync_time(directory)?;
    Ok(format!(
        "{count} cores ({model}); a write of 4 KiB is on the disk after {:.2} ms (median)",
        sync.as_secs_f64() * 1000.0
    ))
}

/// How long a small write takes to reach the disk: each commit waits for one.
fn sync_time(directory: &Path) -> Result<Duration, AnyError> {
    let path = directory.join("sync");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    fs::remove_file(path)?;
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}
