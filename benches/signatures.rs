//! What a signature check costs: `cargo bench --bench signatures` prints one table.
//!
//! The unit is OpenSSL's ECDSA P-256 verification in the same run. Everything runs on one thread;
//! rounds alternate between the rows, so that what disturbs the machine disturbs all of them, and
//! figures are medians of rounds. Nothing is asserted. `DOVIRA_BENCH_ROUNDS` (11) changes how many.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use dovira::signed_content::{
    Policy, TrustStore,
    certificate::Certificate,
    issue::{Issuer, Name, Person, Template, issue},
    sign::{DstuHash, SigningKey, ToSign, sign},
    verify,
};
use dstu::{Backend, Curve, Digest, Gost34311, Kupyna256, PublicKey, SecretKey};
use openssl::{
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    nid::Nid,
};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyError = Box<dyn Error + Send + Sync>;

/// How long one round of one row takes about.
const ROUND: Duration = Duration::from_millis(30);
/// Octets of the content: a registration with all its members.
const CONTENT: usize = 6 * 1024;
/// Octets of the longest content that is read.
const MOST: usize = 2 * 1024 * 1024;

fn main() -> Result<(), AnyError> {
    let rounds = match std::env::var("DOVIRA_BENCH_ROUNDS") {
        Ok(text) => text.parse()?,
        Err(_) => 11,
    };
    let mut rows = rows()?;
    for row in &mut rows {
        let once = row.run(1)?;
        row.repeat = (ROUND.as_nanos() / once.as_nanos().max(1)).clamp(1, 100_000) as u32;
    }
    for _ in 0..rounds {
        for row in &mut rows {
            let took = row.run(row.repeat)?;
            row.took.push(took / row.repeat);
        }
    }
    let unit = rows
        .first()
        .map(Row::median)
        .unwrap_or_default()
        .as_secs_f64();
    println!("{rounds} rounds, medians; {:?}", Backend::best());
    println!();
    println!("| What | Time | In P-256 verifications a time | At least |");
    println!("|---|---|---|---|");
    for row in &rows {
        let took = row.median().as_secs_f64();
        let goal = row.goal;
        println!(
            "| {} | {:.2} µs | {:.2} | {goal} |",
            row.name,
            took * 1e6,
            unit / took
        );
    }
    for (name, octets) in [("GOST 34.311-95", CONTENT), ("Kupyna-256", CONTENT)] {
        let hash = rows.iter().find(|row| row.name == format!("{name}, 6 KiB"));
        let took = hash.map(Row::median).unwrap_or_default().as_secs_f64();
        let speed = octets as f64 / took;
        println!(
            "| {name}: {:.0} MB/s; KB in the time of one P-256 verification | | {:.1} | {} |",
            speed / 1e6,
            speed * unit / 1e3,
            if name.starts_with("GOST") { "6.2" } else { "" }
        );
    }
    Ok(())
}

/// Something measured.
struct Row {
    name: String,
    goal: &'static str,
    work: Box<dyn FnMut() -> Result<(), AnyError>>,
    repeat: u32,
    took: Vec<Duration>,
}

impl Row {
    fn new(
        name: impl Into<String>,
        goal: &'static str,
        work: impl FnMut() -> Result<(), AnyError> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            goal,
            work: Box::new(work),
            repeat: 1,
            took: vec![],
        }
    }

    fn run(&mut self, times: u32) -> Result<Duration, AnyError> {
        let began = Instant::now();
        for _ in 0..times {
            (self.work)()?;
        }
        Ok(began.elapsed())
    }

    fn median(&self) -> Duration {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

fn rows() -> Result<Vec<Row>, AnyError> {
    let mut rows = vec![p256()?];
    let fast = Backend::carry_less().ok_or("this machine has no carry-less multiplication")?;
    let portable = Backend::portable();
    for (curve, backend, how, goal) in [
        (Curve::M257, fast, "carry-less multiplication", "1.0"),
        (Curve::M431, fast, "carry-less multiplication", "0.35"),
        (Curve::M257, portable, "portable", "0.15"),
        (Curve::M431, portable, "portable", ""),
    ] {
        rows.push(raw(curve, backend, how, goal)?);
    }
    rows.push(key(Curve::M257, fast, "")?);
    rows.push(key(Curve::M431, fast, "")?);
    let gost = || SigningKey::generate_dstu(Curve::M257, DstuHash::Gost34311);
    let kupyna = |hash| move || SigningKey::generate_dstu(Curve::M431, hash);
    rows.push(message("6 KiB, both cold", "0.25", CONTENT, true, gost)?);
    rows.push(message(
        "6 KiB, intermediate known good",
        "",
        CONTENT,
        false,
        gost,
    )?);
    let what = "6 KiB, m = 431 and Kupyna-256, both cold";
    rows.push(message(
        what,
        "",
        CONTENT,
        true,
        kupyna(DstuHash::Kupyna256),
    )?);
    let what = "6 KiB, ECDSA P-256, both cold";
    rows.push(message(
        what,
        "",
        CONTENT,
        true,
        SigningKey::generate_ecdsa_p256,
    )?);
    let what = "2 MiB, the most there can be, m = 431 and Kupyna-512, both cold";
    rows.push(message(
        what,
        "50 ms",
        MOST,
        true,
        kupyna(DstuHash::Kupyna512),
    )?);
    for curve in Curve::ALL {
        if !matches!(curve, Curve::M257 | Curve::M431) {
            rows.push(raw(curve, fast, "carry-less multiplication", "")?);
        }
    }
    let content = vec![b'x'; CONTENT];
    let same = content.clone();
    rows.push(Row::new("GOST 34.311-95, 6 KiB", "", move || {
        black_box(Gost34311::digest(black_box(&content)));
        Ok(())
    }));
    rows.push(Row::new("Kupyna-256, 6 KiB", "", move || {
        black_box(Kupyna256::digest(black_box(&same)));
        Ok(())
    }));
    Ok(rows)
}

/// The yardstick.
fn p256() -> Result<Row, AnyError> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = EcKey::generate(&group)?;
    let digest = [7; 32];
    let signature = EcdsaSig::sign(&digest, &key)?;
    Ok(Row::new("OpenSSL, ECDSA P-256: verify", "", move || {
        is(signature.verify(&digest, &key)?)
    }))
}

/// A raw verification, the key being ready.
fn raw(curve: Curve, backend: Backend, how: &str, goal: &'static str) -> Result<Row, AnyError> {
    let secret = SecretKey::generate(curve, openssl::rand::rand_bytes)?;
    let digest = [7; 32];
    let signature = secret.sign(&digest, openssl::rand::rand_bytes)?;
    let key = secret.public_key();
    let name = format!("DSTU 4145, m = {}: verify, {how}", curve.parameters().m);
    Ok(Row::new(name, goal, move || {
        is(key.verify_with(backend, &digest, &signature).is_ok())
    }))
}

/// Decompression and the check of the order.
fn key(curve: Curve, backend: Backend, goal: &'static str) -> Result<Row, AnyError> {
    let secret = SecretKey::generate(curve, openssl::rand::rand_bytes)?;
    let octets = secret.public_key().to_compressed();
    let name = format!(
        "DSTU 4145, m = {}: decompress, check the order",
        curve.parameters().m
    );
    Ok(Row::new(name, goal, move || {
        is(PublicKey::from_compressed_with(backend, curve, &octets).is_ok())
    }))
}

/// A whole message: content, its signer under one intermediate, which travels along, under
/// a trusted root. Cold: nothing was ever seen, even the root is read anew.
fn message(
    what: &str,
    goal: &'static str,
    octets: usize,
    is_cold: bool,
    new_key: impl Fn() -> Result<SigningKey, dovira::signed_content::sign::SignError>,
) -> Result<Row, AnyError> {
    let now: DateTime<Utc> = "2026-06-15T10:00:00Z".parse()?;
    let validity = (now - TimeDelta::days(1), now + TimeDelta::days(1));
    let authority = |name: &str, serial: u8, key: &SigningKey| -> Result<Template, AnyError> {
        let name = Name::authority("Вимір", name, "UA-1");
        Ok(Template::authority(
            name,
            None,
            key.public_key_der()?,
            &[serial],
            validity,
        ))
    };
    let (root_key, above_key, key) = (new_key()?, new_key()?, new_key()?);
    let root = issue(
        &authority("Корінь", 1, &root_key)?,
        Issuer::Itself(&root_key),
    )?;
    let above = issue(
        &authority("Надавач", 2, &above_key)?,
        Issuer::Authority(&root, &root_key),
    )?;
    let person = Person {
        surname: "Вимірна",
        given_name: "Ґаля Їжаківна",
        drfo: Some("3346809522"),
        organisation: None,
    };
    let person = Template::person(&person, key.public_key_der()?, &[3], validity);
    let certificate = issue(&person, Issuer::Authority(&above, &above_key))?;
    let content = vec![b'x'; octets];
    let what_to_sign = ToSign {
        content: &content,
        certificate: &certificate,
        chain: std::slice::from_ref(&above),
        signing_time: Some(now),
    };
    let der = sign(&key, &what_to_sign)?;
    let known = store(&root)?;
    let name = format!("a message: {what}");
    Ok(Row::new(name, goal, move || {
        let verdict = if is_cold {
            verify(&der, &store(&root)?, now, &Policy::default())
        } else {
            verify(&der, &known, now, &Policy::default())
        };
        is(verdict.is_ok())
    }))
}

fn store(root: &Certificate) -> Result<TrustStore, AnyError> {
    let root = Certificate::from_der(root.der())?;
    TrustStore::new(vec![root], vec![]).map_err(|_| "the root is no authority".into())
}

fn is(good: bool) -> Result<(), AnyError> {
    if good {
        Ok(())
    } else {
        Err("a check failed".into())
    }
}
