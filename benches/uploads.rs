//! What ten documents of 10 MB cost that are sent at the same moment: memory of the server, and time.
//!
//! `cargo bench --bench uploads`. The server is a process of its own, with its files in a directory; the links are signed here
//! with its secret. The kernel tells the peak of its resident memory (Linux).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot go on has nothing to say"
)]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use dovira::{
    clock::{Clock, SystemClock},
    config::{Config, Settings},
    limits,
    outside::files::{Media, Object, UploadState},
    random::SystemRandom,
    secrets::Keys,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const DOCUMENTS: usize = 10;
const GOAL: u64 = 20 * 1024;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn kilobytes(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .expect("a number of kilobytes")
    }

    /// From now on the peak is counted anew.
    fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.0.id()), "5").unwrap();
    }
}

#[tokio::main]
async fn main() {
    let directory = std::env::temp_dir().join(format!("dovira-uploads-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    measure(&directory).await;
    fs::remove_dir_all(&directory).unwrap();
}

async fn measure(directory: &Path) {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let certificates =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures/trusted");
    let settings = [
        format!(
            "--database-url=sqlite:{}",
            directory.join("bench.sqlite").display()
        ),
        format!("--secret={SECRET}"),
        format!("--listen={address}"),
        format!("--trusted-certificates={}", certificates.display()),
        format!("--media={}", directory.join("media").display()),
        "--log=warn".to_owned(),
    ];
    let child = Command::new(env!("CARGO_BIN_EXE_dovira"))
        .arg("serve")
        .args(&settings)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    let http = reqwest::Client::new();
    let ready = format!("http://{address}/health/ready");
    while !http
        .get(&ready)
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let line = std::iter::once("dovira".to_owned()).chain(settings);
    let config = Config::read(&Line::parse_from(line).settings).unwrap();
    let keys = Keys::derive(&config.secret).unwrap();
    let media = Media::open(
        &config.media,
        &keys,
        &config.public_url,
        Arc::new(SystemRandom),
    )
    .unwrap();
    let mut document = vec![0xFF, 0xD8, 0xFF];
    document.resize(usize::try_from(limits::UPLOAD).unwrap(), 7);
    let document = bytes::Bytes::from(document);
    let now = SystemClock.now();

    println!("| Round | Resident before | Peak | Difference | Goal | Time |");
    println!("|---|---|---|---|---|---|");
    for round in 1..=3 {
        server.forget_peak();
        let before = server.kilobytes("VmRSS:");
        let began = Instant::now();
        let sent: Vec<_> = (0..DOCUMENTS)
            .map(|number| {
                let object = Object::parse(&format!("round-{round}/{number}.jpeg")).unwrap();
                let request = http.put(media.upload_link(&object, now).unwrap());
                let request = request
                    .header("content-type", "image/jpeg")
                    .body(document.clone());
                (object, tokio::spawn(request.send()))
            })
            .collect();
        for (object, sent) in sent {
            let answer = sent.await.unwrap().unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(
                media.check_upload(&object, now).await.unwrap(),
                UploadState::Jpeg
            );
        }
        let time = began.elapsed();
        let peak = server.kilobytes("VmHWM:");
        println!(
            "| {round} | {before} kB | {peak} kB | {} kB | < {GOAL} kB | {} ms |",
            peak.saturating_sub(before),
            time.as_millis()
        );
    }
}
