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

fn verification(more: &[&'static str]) -> Result<Verification, Problems> {
    let line: Vec<_> = GOOD.iter().chain(more).copied().collect();
    read(&line).map(|config| config.verification)
}

/// Verifications §8, decisions §4
#[test]
fn codes_are_as_specified_by_default() {
    let built = verification(&[]).unwrap();
    assert_eq!(built.code_life, TimeDelta::seconds(300));
    assert_eq!((built.most_wrong, built.code_digits), (3, 4));
    assert_eq!(built.text, "Код авторизації дій в системі eHealth: ");
    assert_eq!(built.sends.pause, TimeDelta::seconds(60));
    assert_eq!(built.sends.per_hour, 10);
    assert_eq!(built.requests_per_minute, 60);
    assert!(built.validate_all_phones);
    assert_eq!(built.kept, Some(TimeDelta::days(30)));
    assert_eq!(built.lost_after, TimeDelta::minutes(30));
    assert!(matches!(built.gateway, SmsGateway::Log));
    assert!(built.report_secret.is_none());
    for never in ["", "0", "-5"] {
        let line = ["--validations-expiration-period-days", never];
        let line: Vec<_> = GOOD.iter().copied().chain(line).collect();
        assert_eq!(read(&line).unwrap().verification.kept, None, "{never}");
    }
}

#[test]
fn a_gateway_of_each_kind() {
    let gateway = |address: &'static str| verification(&["--sms-gateway", address]);
    let SmsGateway::Http(http) = gateway("https://gateway.example/messages?v=1")
        .unwrap()
        .gateway
    else {
        panic!("no gateway");
    };
    assert_eq!(http.timeout, Duration::from_secs(5));
    assert!(http.token.is_none());
    // Gateways of a closed network speak http; `dovira check` says what that means.
    assert!(gateway("http://gateway.internal:8080/").is_ok());
    let SmsGateway::File(path) = gateway("file:/var/tmp/messages").unwrap().gateway else {
        panic!("no file");
    };
    assert_eq!(path, std::path::Path::new("/var/tmp/messages"));
    for bad in [
        "",
        "log",
        "file:",
        "smtp://gateway.example",
        "gateway.example",
        "https://name:password@gateway.example/",
        "https://gateway.example/#part",
    ] {
        let Problems(problems) = gateway(bad).unwrap_err();
        assert_eq!(problems.len(), 1, "{bad}");
        assert!(problems[0].starts_with("DOVIRA_SMS_GATEWAY: "), "{bad}");
        assert!(!problems[0].contains("password@"), "{bad}");
    }
}

/// Decisions §4: a file holds codes, so it is refused where the world can reach the server
#[test]
fn a_file_is_for_development() {
    let open = [
        "--sms-gateway",
        "file:/var/tmp/messages",
        "--listen",
        "0.0.0.0:8080",
        "--public-url",
        "https://my.example",
    ];
    let Problems(problems) = verification(&open).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("loopback"));
}

#[test]
fn every_problem_with_codes_is_named_at_once() {
    let Problems(problems) = verification(&[
        "--otp-lifetime",
        "0",
        "--otp-code-length",
        "3",
        "--init-verification-limit",
        "3601",
        "--otp-sends-per-hour",
        "x",
        "--otp-code-text",
        "a\nb",
        "--pis-validate-all-phones",
        "yes",
        "--sms-gateway-token",
        "a token",
        "--sms-gateway-timeout-seconds",
        "0",
        "--sms-report-secret",
        "short",
        "--validations-expiration-period-days",
        "a month",
    ])
    .unwrap_err();
    let mut names: Vec<_> = problems
        .iter()
        .filter_map(|text| text.split(':').next())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "DOVIRA_INIT_VERIFICATION_LIMIT",
            "DOVIRA_OTP_CODE_LENGTH",
            "DOVIRA_OTP_CODE_TEXT",
            "DOVIRA_OTP_LIFETIME",
            "DOVIRA_OTP_SENDS_PER_HOUR",
            "DOVIRA_PIS_VALIDATE_ALL_PHONES",
            "DOVIRA_SMS_GATEWAY_TIMEOUT_SECONDS",
            "DOVIRA_SMS_GATEWAY_TOKEN",
            "DOVIRA_SMS_REPORT_SECRET",
            "DOVIRA_VALIDATIONS_EXPIRATION_PERIOD_DAYS",
        ]
    );
    assert!(
        problems
            .iter()
            .all(|text| !text.contains("a token") && !text.contains("short"))
    );
}

fn cabinet(arguments: &[&str]) -> Result<Cabinet, Problems> {
    let line = GOOD.into_iter().chain(arguments.iter().copied());
    Ok(read(&line.collect::<Vec<_>>())?.cabinet)
}

#[test]
fn a_provider_of_identities() {
    let none = cabinet(&[]).unwrap();
    assert!(none.provider.is_none());
    assert_eq!(none.password_min_length, 8);
    assert_eq!(none.user_request_life, TimeDelta::minutes(60));
    assert_eq!(none.jwt_life, TimeDelta::minutes(480));
    assert!(none.password_slots > 0);
    let whole = [
        "--govid-url",
        "https://id.gov.ua",
        "--govid-client-id",
        "dovira",
        "--govid-client-secret",
        "secret",
    ];
    let provider = cabinet(&whole).unwrap().provider.unwrap();
    assert_eq!(provider.url.as_str(), "https://id.gov.ua/");
    assert_eq!(provider.auth_type, "dig_sign,bank_id,mobile_id");
    assert!(!format!("{provider:?}").contains("\"secret\""));
    assert!(
        cabinet(&[
            "--govid-url",
            "http://127.0.0.1:8081/govid",
            "--govid-client-id",
            "a",
            "--govid-client-secret",
            "b"
        ])
        .is_ok()
    );
}

#[test]
fn a_provider_of_identities_is_whole_or_not_there() {
    let Err(Problems(problems)) = cabinet(&["--govid-url", "http://id.example"]) else {
        panic!("accepted");
    };
    let names: Vec<_> = problems
        .iter()
        .filter_map(|text| text.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "DOVIRA_GOVID_URL",
            "DOVIRA_GOVID_CLIENT_ID",
            "DOVIRA_GOVID_CLIENT_SECRET"
        ]
    );
    for wrong in [
        ["--password-min-length", "0"],
        ["--password-min-length", "129"],
        ["--cabinet-role-id", "role"],
        ["--user-request-ttl-minutes", "0"],
        ["--govid-timeout-seconds", "60"],
        ["--govid-url", "https://user:password@id.example"],
    ] {
        let Err(Problems(problems)) = cabinet(&wrong) else {
            panic!("accepted {wrong:?}");
        };
        assert!(!problems.join(" ").contains("user:password"));
    }
}

fn person_requests(more: &[&str]) -> Result<PersonRequests, Vec<String>> {
    let line: Vec<_> = GOOD.iter().chain(more).copied().collect();
    match read(&line) {
        Ok(config) => Ok(config.person_requests),
        Err(Problems(problems)) => Err(problems),
    }
}

/// Person requests 10: the values of an installation that says nothing.
#[test]
fn person_requests_as_they_are() {
    let settings = person_requests(&[]).unwrap();
    assert_eq!(settings.expiration, TimeDelta::days(1));
    assert_eq!(settings.cleaning, TimeDelta::days(30));
    assert_eq!(settings.third_person_limit, 150);
    assert_eq!(settings.person_with_third_person_limit, 5);
    assert!(!settings.third_person_offline);
    assert!(settings.counts_phones);
    assert_eq!(
        settings.registration_document_types,
        [
            "PASSPORT",
            "NATIONAL_ID",
            "BIRTH_CERTIFICATE",
            "COMPLEMENTARY_PROTECTION_CERTIFICATE",
            "REFUGEE_CERTIFICATE",
            "TEMPORARY_CERTIFICATE",
            "TEMPORARY_PASSPORT",
            "PERMANENT_RESIDENCE_PERMIT",
            "BIRTH_CERTIFICATE_FOREIGN",
        ]
    );
    assert_eq!(
        settings.legal_capacity_document_types,
        [
            "MARRIAGE_CERTIFICATE",
            "DIVORCE_CERTIFICATE",
            "COURT_DECISION_LEGAL_CAPACITY",
            "COURT_DECISION_DIVORCE",
            "GUARDIANSHIP_DECISION_LEGAL_CAPACITY",
            "STATE_REGISTER_EXTRACT",
            "LEGAL_CAPACITY_DOCUMENT",
        ]
    );
    assert!(settings.child_document_types.is_empty());
    assert!(settings.adult_document_types.is_empty());
}

#[test]
fn the_term_of_person_requests() {
    for (term, unit, expected) in [
        ("1", "MINUTES", TimeDelta::minutes(1)),
        ("36", "HOURS", TimeDelta::hours(36)),
        ("30", "DAYS", TimeDelta::days(30)),
        ("720", " HOURS ", TimeDelta::days(30)),
    ] {
        let line = [
            "--person-request-expiration",
            term,
            "--person-request-term-unit",
            unit,
        ];
        assert_eq!(person_requests(&line).unwrap().expiration, expected);
    }
    for unit in ["", "days", "WEEKS", "DAY"] {
        let problems = person_requests(&["--person-request-term-unit", unit]).unwrap_err();
        let expected = format!(
            "DOVIRA_PERSON_REQUEST_TERM_UNIT: \"{unit}\" is none of MINUTES, HOURS and DAYS."
        );
        assert_eq!(problems, [expected]);
    }
}

/// Data that are cleaned while a request waits could not be signed.
#[test]
fn person_requests_expire_before_their_data_are_cleaned() {
    for (term, unit, cleaning, is_good) in [
        ("30", "DAYS", "30", true),
        ("31", "DAYS", "30", false),
        ("24", "HOURS", "1", true),
        ("25", "HOURS", "1", false),
        ("1441", "MINUTES", "1", false),
    ] {
        let read = person_requests(&[
            "--person-request-expiration",
            term,
            "--person-request-term-unit",
            unit,
            "--person-request-autocleaning",
            cleaning,
        ]);
        let expected = "DOVIRA_PERSON_REQUEST_AUTOCLEANING: requests must expire before their data are cleaned.";
        match read {
            Ok(_) => assert!(is_good, "{term} {unit}"),
            Err(problems) => {
                assert!(!is_good, "{term} {unit}");
                assert_eq!(problems, [expected]);
            }
        }
    }
}

#[test]
fn numbers_and_switches_of_person_requests() {
    for (option, good, bad) in [
        (
            "person-request-expiration",
            vec!["1"],
            vec!["0", "100001", "-1", "1.5", "", "x"],
        ),
        (
            "person-request-autocleaning",
            vec!["1", "36500"],
            vec!["0", "36501", "-1", ""],
        ),
        (
            "third-person-limit",
            vec!["0", "1000000"],
            vec!["-1", "1000001", ""],
        ),
        (
            "person-with-third-person-limit",
            vec!["0", "1000000"],
            vec!["-1", "1000001", ""],
        ),
        (
            "third-person-offline",
            vec!["true", "false"],
            vec!["yes", "1", "TRUE", ""],
        ),
        (
            "use-phone-number-auth-limit",
            vec!["true", "false"],
            vec!["no", "0", "False", ""],
        ),
        (
            "third-person-term",
            vec!["1", "36500"],
            vec!["0", "36501", ""],
        ),
        ("no-self-auth-age", vec!["0", "150"], vec!["-1", "151", ""]),
    ] {
        let line = |value: &str| format!("--{option}={value}");
        for value in good {
            assert!(person_requests(&[&line(value)]).is_ok(), "{option} {value}");
        }
        for value in bad {
            let problems = person_requests(&[&line(value)]).unwrap_err();
            let name = format!("DOVIRA_{}: ", option.replace('-', "_").to_uppercase());
            assert!(problems[0].starts_with(&name), "{problems:?}");
        }
    }
}
