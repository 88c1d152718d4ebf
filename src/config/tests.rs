use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

fn read(arguments: &[&str]) -> Result<Config, Problems> {
    let line = std::iter::once("dovira").chain(arguments.iter().copied());
    Config::read(&Line::parse_from(line).settings)
}

const GOOD: [&str; 4] = [
    "--secret",
    "0123456789abcdef0123456789abcdef",
    "--trusted-certificates",
    ".",
];

#[test]
fn the_defaults_need_only_a_secret_and_certificates() {
    let config = read(&GOOD).unwrap();
    assert_eq!(config.public_url.origin(), "http://127.0.0.1:8080");
    assert_eq!(config.signature_max_age, Some(TimeDelta::minutes(30)));
    assert!((config.people.match_score - 0.95).abs() < f64::EPSILON);
}

#[test]
fn every_problem_is_named_at_once() {
    let Err(Problems(problems)) = read(&[
        "--database-url",
        "mysql:x",
        "--listen",
        "0.0.0.0:80",
        "--redirect-errors",
        "yes",
        "--jwt-login-ttl",
        "0",
        "--public-url",
        "ftp://x",
        "--intermediate-certificates",
        "/nowhere",
    ]) else {
        panic!("accepted");
    };
    let names: Vec<_> = problems
        .iter()
        .filter_map(|text| text.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "DOVIRA_DATABASE_URL",
            "DOVIRA_PUBLIC_URL",
            "DOVIRA_SECRET",
            "DOVIRA_TRUSTED_CERTIFICATES",
            "DOVIRA_INTERMEDIATE_CERTIFICATES",
            "DOVIRA_REDIRECT_ERRORS",
            "DOVIRA_JWT_LOGIN_TTL",
        ]
    );
}

#[test]
fn http_is_for_loopback_only() {
    let open: Vec<_> = GOOD
        .iter()
        .copied()
        .chain(["--listen", "0.0.0.0:8080"])
        .collect();
    assert!(read(&open).is_err());
    let https: Vec<_> = open
        .into_iter()
        .chain(["--public-url", "https://my.example/"])
        .collect();
    assert_eq!(
        read(&https).unwrap().public_url.origin(),
        "https://my.example"
    );
}

fn register(address: &str) -> Result<Option<RelationshipRegistry>, Problems> {
    let line = GOOD
        .iter()
        .copied()
        .chain(["--relationship-registry", address]);
    Ok(read(&line.collect::<Vec<_>>())?.relationship_registry)
}

#[test]
fn a_register_of_relationships() {
    assert!(register("").unwrap().is_none());
    let built = register("https://register.example/relationships?v=1")
        .unwrap()
        .unwrap();
    assert_eq!(
        built.url.as_str(),
        "https://register.example/relationships?v=1"
    );
    assert!(built.token.is_none());
    assert_eq!(built.timeout, Duration::from_secs(5));
    assert_eq!(built.circuit_failures, 5);
    assert_eq!(built.circuit_time, TimeDelta::seconds(30));
    for loopback in [
        "http://127.0.0.1:1/x",
        "http://[::1]/",
        "http://localhost:8081",
    ] {
        assert!(register(loopback).unwrap().is_some(), "{loopback}");
    }
    for bad in [
        "register.example",
        "ftp://register.example/",
        "http://register.example/",
        "http://127.0.0.1.example/",
        "https://name:password@register.example/",
        "https://register.example/#part",
    ] {
        let Problems(problems) = register(bad).unwrap_err();
        assert_eq!(problems.len(), 1, "{bad}");
        assert!(
            problems[0].starts_with("DOVIRA_RELATIONSHIP_REGISTRY: "),
            "{bad}"
        );
        assert!(!problems[0].contains("password@"), "{bad}");
    }
}

#[test]
fn every_problem_with_a_register_is_named_at_once() {
    let wrong = [
        "--relationship-registry",
        "http://register.example/",
        "--relationship-registry-token",
        "a token",
        "--relationship-registry-timeout-seconds",
        "0",
        "--relationship-registry-circuit-failures",
        "0",
        "--relationship-registry-circuit-seconds",
        "0",
    ];
    let line: Vec<_> = GOOD.into_iter().chain(wrong).collect();
    let Err(Problems(problems)) = read(&line) else {
        panic!("accepted");
    };
    let names: Vec<_> = problems
        .iter()
        .filter_map(|text| text.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "DOVIRA_RELATIONSHIP_REGISTRY_TIMEOUT_SECONDS",
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_FAILURES",
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_SECONDS",
            "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
            "DOVIRA_RELATIONSHIP_REGISTRY",
        ]
    );
    assert!(problems.iter().all(|text| !text.contains("a token")));
}

fn media(settings: &[&'static str]) -> Result<Storage, Problems> {
    let line: Vec<_> = GOOD.iter().chain(settings).copied().collect();
    Ok(read(&line)?.media.storage)
}

#[test]
fn where_files_are_kept() {
    let Storage::Directory(path) = media(&[]).unwrap() else {
        panic!("another storage");
    };
    assert_eq!(path.to_str(), Some("media"));
    let key = [
        "--media-access-key-id",
        "id",
        "--media-secret-access-key",
        "key",
    ];
    let with = |address: &'static str| media(&[&["--media", address][..], &key].concat());
    for (address, bucket, region) in [
        (
            "s3:https://s3.example/documents",
            "https://s3.example/documents/a",
            "us-east-1",
        ),
        (
            "s3:http://127.0.0.1:9000/d?region=eu-central-1",
            "http://127.0.0.1:9000/d/a",
            "eu-central-1",
        ),
    ] {
        let Storage::S3(store) = with(address).unwrap() else {
            panic!("another storage");
        };
        assert_eq!(store.bucket.object_url("a").as_str(), bucket);
        assert_eq!(store.bucket.region(), region);
    }
    for wrong in [
        "",
        "s3:",
        "s3:https://s3.example",
        "s3:https://s3.example/a/b",
        "s3:http://s3.example/documents",
        "s3:ftp://s3.example/documents",
        "s3:https://id:key@s3.example/documents",
    ] {
        let Problems(problems) = with(wrong).unwrap_err();
        assert_eq!(problems.len(), 1, "{wrong}");
        assert!(problems[0].starts_with("DOVIRA_MEDIA: "), "{problems:?}");
        assert!(!problems[0].contains("key@"));
    }
    let Problems(problems) = media(&["--media", "s3:https://s3.example/documents"]).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(media(&["--media-link-lifetime", "604801"]).is_err());
}

#[test]
fn the_support_is_the_installation_s() {
    let with = |more: &[&'static str]| {
        let all: Vec<_> = GOOD.iter().chain(more).copied().collect();
        read(&all).map(|config| config.support)
    };
    assert_eq!(with(&[]).unwrap(), Support::default());
    let support = with(&[
        "--support-phone",
        "+380 44 000 00 00",
        "--support-hours",
        " 9:00–18:00 ",
        "--support-email",
        "help@example.ua",
    ])
    .unwrap();
    assert_eq!(support.phone_href(), "tel:+380440000000");
    assert_eq!(support.hours.as_deref(), Some("9:00–18:00"));
    assert_eq!(support.email.as_deref(), Some("help@example.ua"));
    for wrong in [
        ["--support-phone", "call us"],
        ["--support-email", "help"],
        ["--support-email", "a@b.c?subject=x"],
    ] {
        assert!(with(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn zero_turns_freshness_off() {
    let off = GOOD
        .iter()
        .copied()
        .chain(["--signed-content-signature-timestamp-valid-minutes", "0"]);
    assert_eq!(
        read(&off.collect::<Vec<_>>()).unwrap().signature_max_age,
        None
    );
}
