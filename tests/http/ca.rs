//! `dovira ca`: what an operator sees and what is on disk afterwards.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use chrono::{DateTime, Utc};
use dovira::{
    secrets::hex,
    signed_content::{
        base64,
        certificate::Certificate,
        der::tag,
        der_write as write,
        issue::{Issuer, Name, Template, issue},
        oid,
        sign::SigningKey,
    },
};
use serde_json::Value;

use crate::support::{Database::Sqlite, Program, Run, Scratch, authority};

const AT: &str = "2026-06-15T10:00:00Z";

/// Two directories of certificates that do not exist yet, in one that does.
struct Place(Scratch);

impl Place {
    async fn new() -> Self {
        Self(Scratch::new(Sqlite).await)
    }

    fn path(&self, name: &str) -> String {
        self.0.directory.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, octets: &[u8]) -> String {
        fs::write(self.0.directory.join(name), octets).unwrap();
        self.path(name)
    }

    /// Runs `dovira ca …` on the two directories.
    fn ca(&self, arguments: &[&str]) -> Run {
        let (trusted, intermediates) = (self.path("trusted"), self.path("intermediates"));
        let mut line = vec!["ca"];
        line.extend(arguments);
        line.extend(["--trusted", &trusted, "--intermediates", &intermediates]);
        Program::bare(&line)
    }

    fn add(&self, file: &str, more: &[&str]) -> Run {
        self.ca(&[&["add", file, "--at", AT], more].concat())
    }

    /// The names in a directory, hidden ones too; none when it is not there.
    fn names(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.0.directory.join(directory)) else {
            return vec![];
        };
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// What is said, without the place where it was said.
    fn without(&self, text: &str) -> String {
        text.replace(self.0.directory.to_str().unwrap(), "DIR")
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn template(key: &SigningKey, name: &str, serial: u8) -> Template {
    let validity = (at("2022-01-01T00:00:00Z"), at("2032-01-01T00:00:00Z"));
    let name = Name::authority("Центр", name, "UA-1");
    Template::authority(
        name,
        None,
        key.public_key_der().unwrap(),
        &[serial],
        validity,
    )
}

/// A root, a good authority below it, and others below it that are not good.
struct World {
    root: Certificate,
    good: Certificate,
    expired: Certificate,
    early: Certificate,
    forged: Certificate,
}

impl World {
    fn new() -> Self {
        let key = SigningKey::generate_ecdsa_p256().unwrap();
        let root = issue(&template(&key, "Корінь", 1), Issuer::Itself(&key)).unwrap();
        let below = |name, serial, change: &dyn Fn(&mut Template)| {
            let own = SigningKey::generate_ecdsa_p256().unwrap();
            let mut template = template(&own, name, serial);
            change(&mut template);
            issue(&template, Issuer::Authority(&root, &key)).unwrap()
        };
        let good = below("Добрий", 2, &|_| {});
        let expired = below("Колишній", 3, &|one| {
            one.not_after = at("2026-03-01T00:00:00Z")
        });
        let early = below("Майбутній", 4, &|one| {
            one.not_before = at("2027-01-01T00:00:00Z")
        });
        // The last octets of a certificate are those of its signature.
        let mut octets = root.der().to_vec();
        *octets.last_mut().unwrap() ^= 1;
        let forged = Certificate::from_der(&octets).unwrap();
        Self {
            root,
            good,
            expired,
            early,
            forged,
        }
    }
}

fn armoured(label: &str, octets: &[u8]) -> Vec<u8> {
    let text = base64::encode(octets);
    let lines: Vec<_> = text.as_bytes().chunks(64).collect();
    let body = lines.join(&b"\r\n"[..]);
    [
        format!("-----BEGIN {label}-----\r\n").as_bytes(),
        &body,
        format!("\r\n-----END {label}-----\r\n").as_bytes(),
    ]
    .concat()
}

fn pem(certificates: &[&Certificate]) -> Vec<u8> {
    let blocks: Vec<_> = certificates
        .iter()
        .map(|certificate| armoured("CERTIFICATE", certificate.der()))
        .collect();
    blocks.join(&b"a line between\r\n"[..])
}

/// SignedData without signers, as the central authority publishes certificates.
fn bundle(ders: &[&[u8]]) -> Vec<u8> {
    let data = write::sequence(&[
        &write::unsigned_integer(&[1]),
        &write::value(tag::SET, &[]),
        &write::sequence(&[&write::oid(oid::DATA)]),
        &write::value(tag::context_constructed(0), ders),
        &write::value(tag::SET, &[]),
    ]);
    write::sequence(&[&write::oid(oid::SIGNED_DATA), &write::explicit(0, &data)])
}

/// The same with indefinite lengths outside.
fn ber_bundle(ders: &[&[u8]]) -> Vec<u8> {
    let open = |tag: u8| vec![tag, 0x80];
    [
        open(tag::SEQUENCE),
        write::oid(oid::SIGNED_DATA),
        open(tag::context_constructed(0)),
        open(tag::SEQUENCE),
        write::unsigned_integer(&[1]),
        write::value(tag::SET, &[]),
        write::sequence(&[&write::oid(oid::DATA)]),
        open(tag::context_constructed(0)),
        ders.concat(),
        vec![0, 0],
        write::value(tag::SET, &[]),
        vec![0; 6],
    ]
    .concat()
}

fn sha256(certificate: &Certificate) -> String {
    hex(&certificate.sha256())
}

fn file_name(certificate: &Certificate) -> String {
    format!("{}.cer", sha256(certificate))
}

fn fixtures(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures");
    folder.join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_form_of_a_file_gives_the_same_certificates() {
    let world = World::new();
    let (root, good) = (&world.root, &world.good);
    let ders: &[&[u8]] = &[root.der(), good.der()];
    for (name, octets) in [
        ("several.pem", pem(&[root, good])),
        ("bundle.p7b", bundle(ders)),
        ("bundle.pem", armoured("PKCS7", &bundle(ders))),
        ("bundle-ber.p7b", ber_bundle(ders)),
        (
            "mark.pem",
            ["\u{feff}".as_bytes(), &pem(&[good, root])].concat(),
        ),
        ("twice.p7b", bundle(&[good.der(), root.der(), good.der()])),
    ] {
        let place = Place::new().await;
        let file = place.file(name, &octets);
        let run = place.add(&file, &[]).ends(0);
        assert!(
            run.out.contains("1 added, 0 already there, 1 skipped."),
            "{name}: {}",
            run.out
        );
        place.add(&file, &["--as", "trusted"]).ends(0);
        assert_eq!(place.names("trusted"), [file_name(root)], "{name}");
        assert_eq!(place.names("intermediates"), [file_name(good)], "{name}");
        for (set, certificate) in [("trusted", root), ("intermediates", good)] {
            let path = PathBuf::from(place.path(set)).join(file_name(certificate));
            assert_eq!(fs::read(&path).unwrap(), certificate.der());
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o644);
        }
        // The same once more changes nothing.
        let run = place.add(&file, &[]).ends(0);
        assert!(
            run.out
                .ends_with("\n0 added, 2 already there, 0 skipped.\n"),
            "{}",
            run.out
        );
        place.ca(&["list", "--at", AT]).ends(0);
    }
    for (name, octets) in [("one.cer", good.der().to_vec()), ("one.pem", pem(&[good]))] {
        let place = Place::new().await;
        place.add(&place.file(name, &octets), &[]).ends(0);
        assert_eq!(place.names("intermediates"), [file_name(good)]);
        assert_eq!(place.names("trusted"), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_bundle_is_told_certificate_by_certificate() {
    let world = World::new();
    let World {
        root,
        good,
        expired,
        early,
        ..
    } = &world;
    let place = Place::new().await;
    let person = authority().person(None).certificate;
    let ders = [
        root.der(),
        expired.der(),
        b"0\x03\x02\x01\x05",
        good.der(),
        early.der(),
        person.der(),
    ];
    let file = place.file("CACertificates.p7b", &bundle(&ders));
    let run = place.add(&file, &[]).ends(0);
    let fingerprint = sha256;
    let (r, g, x, e, p) = (
        fingerprint(root),
        fingerprint(good),
        fingerprint(expired),
        fingerprint(early),
        fingerprint(&person),
    );
    let expected = format!(
        "\
Added to the intermediates, in DIR/intermediates:

  Добрий, Центр
  serial   02
  SHA-256  {g}

Skipped:

  Корінь, Центр
  serial   01
  SHA-256  {r}
  it is self-signed: compare its SHA-256 with the one that the authority publishes, then trust it with --as trusted

  Колишній, Центр
  serial   03
  SHA-256  {x}
  it expired at 2026-03-01T00:00:00Z

  Майбутній, Центр
  serial   04
  SHA-256  {e}
  it is valid only from 2027-01-01T00:00:00Z

  Зразковий Демʼян Миколайович
  serial   07
  SHA-256  {p}
  it is not a certification authority's (basicConstraints cA)

  certificate 3 cannot be read: a value has an unexpected type

1 added, 0 already there, 5 skipped.
A running server reads its certificates at the start: restart it to use them.
"
    );
    assert_eq!((place.without(&run.out), run.err.as_str()), (expected, ""));

    // The root alone, by the fingerprint that its authority publishes.
    let published = r
        .to_uppercase()
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap().to_owned())
        .collect::<Vec<_>>()
        .join(":");
    let run = place
        .add(&file, &["--as", "trusted", "--sha256", &published])
        .ends(0);
    let expected = format!(
        "\
Trusted from now on, in DIR/trusted:

  Корінь, Центр
  serial   01
  SHA-256  {r}

1 added, 0 already there, 0 skipped.
A running server reads its certificates at the start: restart it to use them.
"
    );
    assert_eq!(place.without(&run.out), expected);
    assert_eq!(place.names("trusted"), [file_name(root)]);

    let nobody = "0".repeat(64);
    let run = place
        .add(
            &file,
            &["--as", "trusted", "--sha256", &g, "--sha256", &nobody],
        )
        .ends(1);
    assert_eq!(
        (run.out.as_str(), place.without(&run.err)),
        (
            "",
            format!("DIR/CACertificates.p7b: it holds no certificate with SHA-256 {nobody}.\n")
        )
    );
    place
        .add(&file, &["--as", "trusted", "--sha256", &g])
        .ends(0);
    assert_eq!(place.names("trusted").len(), 2);
    place.add(&file, &["--sha256", "12"]).ends(2);
}

#[tokio::test]
async fn a_bad_file_is_named_and_refused_and_nothing_is_written() {
    let world = World::new();
    let World {
        root,
        good,
        expired,
        early,
        forged,
    } = &world;
    let person = authority().person(None).certificate;
    let der = |certificate: &Certificate| certificate.der().to_vec();
    let root_sha256 = sha256(root);
    let own = format!(
        "certificate with serial 01 and SHA-256 {root_sha256}: it is self-signed: compare its SHA-256 with the one that the authority publishes, then trust it with --as trusted."
    );
    let unknown = "it is neither a certificate nor a PKCS #7 bundle, in DER or PEM.";
    let cut = good.der()[..good.der().len() - 1].to_vec();
    let key = SigningKey::generate_ecdsa_p256().unwrap().to_pem().unwrap();
    for (name, octets, more, sentences) in [
        ("empty", vec![], None, vec![unknown]),
        ("garbage", b"\x00\xff garbage".to_vec(), None, vec![unknown]),
        ("text", b"not a certificate".to_vec(), None, vec![unknown]),
        ("cut.cer", cut, None, vec![unknown]),
        (
            "other.der",
            vec![0x30, 3, 2, 1, 5],
            None,
            vec!["certificate 1 cannot be read: a value has an unexpected type."],
        ),
        (
            "large.pem",
            vec![b' '; 8 * 1024 * 1024 + 1],
            None,
            vec!["it is longer than 8 MiB."],
        ),
        (
            "none.p7b",
            bundle(&[]),
            None,
            vec!["it holds no certificates."],
        ),
        (
            "key.pem",
            key,
            None,
            vec!["it holds something other than certificates: PRIVATE KEY."],
        ),
        (
            "label.pem",
            armoured("X\u{1b}[31m", &[1]),
            None,
            vec!["it holds something other than certificates: X\\u{1b}[31m."],
        ),
        (
            "expired.cer",
            der(expired),
            None,
            vec!["certificate with serial 03: it expired at 2026-03-01T00:00:00Z."],
        ),
        (
            "early.cer",
            der(early),
            None,
            vec!["certificate with serial 04: it is valid only from 2027-01-01T00:00:00Z."],
        ),
        (
            "person.cer",
            der(&person),
            Some("trusted"),
            vec![
                "certificate with serial 07: it is not a certification authority's (basicConstraints cA).",
            ],
        ),
        (
            "forged.cer",
            der(forged),
            Some("trusted"),
            vec![
                "certificate with serial 01: it is self-signed, but the signature is not one by its own key.",
            ],
        ),
        ("root.cer", der(root), None, vec![&own]),
        (
            "both.pem",
            pem(&[expired, early]),
            Some("trusted"),
            vec![
                "certificate with serial 03: it expired at 2026-03-01T00:00:00Z.",
                "certificate with serial 04: it is valid only from 2027-01-01T00:00:00Z.",
            ],
        ),
    ] {
        let place = Place::new().await;
        let file = place.file(name, &octets);
        let more = more.map(|set| vec!["--as", set]).unwrap_or_default();
        let run = place.add(&file, &more).ends(1);
        let expected: String = sentences
            .iter()
            .map(|sentence| format!("DIR/{name}: {sentence}\n"))
            .collect();
        assert_eq!((run.out.as_str(), place.without(&run.err)), ("", expected));
        assert_eq!(place.names(""), [name]);
    }
    // What is not valid yet can be added ahead, when its time is asked for.
    let place = Place::new().await;
    let file = place.file("early.cer", early.der());
    place
        .ca(&["add", &file, "--at", "2027-06-01T00:00:00Z"])
        .ends(0);
    assert_eq!(place.names("intermediates"), [file_name(early)]);
}

#[tokio::test]
async fn what_cannot_be_done_is_not_half_done() {
    let world = World::new();
    let World { root, good, .. } = &world;
    let place = Place::new().await;
    let file = place.file("both.pem", &pem(&[good, root]));
    let path = |name: &str| place.path(name);
    fs::create_dir(path("full")).unwrap();
    let single = place.file("single.cer", root.der());
    for (arguments, sentence) in [
        (
            vec!["/nowhere.cer"],
            "/nowhere.cer: No such file or directory (os error 2).",
        ),
        (
            vec![&*file],
            "It is not known where to: give --intermediates or set DOVIRA_INTERMEDIATE_CERTIFICATES.",
        ),
        (
            vec![&file, "--as", "trusted"],
            "It is not known where to: give --trusted or set DOVIRA_TRUSTED_CERTIFICATES.",
        ),
        (
            vec![&file, "--intermediates", &path("nowhere/x")],
            "DIR/nowhere/x: No such file or directory (os error 2).",
        ),
        (
            vec![&file, "--intermediates", &single],
            "DIR/single.cer: it is one file; only a directory can be added to.",
        ),
    ] {
        let run = Program::bare(&[&["ca", "add", "--at", AT], &*arguments].concat()).ends(2);
        assert_eq!(
            (run.out.as_str(), place.without(&run.err)),
            ("", format!("{sentence}\n"))
        );
    }
    // Nobody can make a file here, not even the superuser.
    let unwritable = "/proc/sys/kernel/random";
    let run = Program::bare(&[
        "ca",
        "add",
        &file,
        "--at",
        AT,
        "--intermediates",
        unwritable,
    ])
    .ends(2);
    assert!(
        run.err.starts_with(unwritable) && run.err.lines().count() == 1,
        "{}",
        run.err
    );
    // The disk is full in the middle of a file: none may have more than 1024 octets (512 with some
    // shells).
    let key = SigningKey::generate_ecdsa_p256().unwrap();
    let large = issue(&template(&key, &"ї".repeat(500), 9), Issuer::Itself(&key)).unwrap();
    assert!(large.der().len() > 1024);
    let both = place.file("large.pem", &pem(&[root, &large]));
    let mut full = Command::new("sh");
    full.args([
        "-c",
        "trap '' XFSZ; ulimit -f 1; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_dovira"),
    ]);
    full.args([
        "ca",
        "add",
        &both,
        "--at",
        AT,
        "--as",
        "intermediate",
        "--intermediates",
        &path("full"),
    ]);
    let output = full.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("File too large") && err.lines().count() == 1,
        "{err}"
    );
    assert!(output.stdout.is_empty());
    assert_eq!(place.names("full"), Vec::<String>::new());
    // A file that has the name already, with something else in it, stays.
    let name = PathBuf::from(path("full")).join(file_name(good));
    fs::write(&name, b"mine").unwrap();
    let run = Program::bare(&[
        "ca",
        "add",
        &file,
        "--at",
        AT,
        "--as",
        "intermediate",
        "--intermediates",
        &path("full"),
    ])
    .ends(2);
    assert_eq!(
        place.without(&run.err),
        format!(
            "DIR/full/{}: a file of this name is there already.\n",
            file_name(good)
        )
    );
    assert_eq!(place.names("full"), [file_name(good)]);
    assert_eq!(fs::read(name).unwrap(), b"mine");
}

#[tokio::test]
async fn what_is_added_vouches_for_signatures() {
    let place = Place::new().await;
    place
        .add(&fixtures("trusted/root-ecdsa.cer"), &["--as", "trusted"])
        .ends(0);
    place
        .add(&fixtures("intermediates/int-ecdsa.cer"), &[])
        .ends(0);
    let (trusted, intermediates) = (place.path("trusted"), place.path("intermediates"));
    Program::bare(&[
        "verify",
        "--trusted",
        &trusted,
        "--intermediates",
        &intermediates,
        "--at",
        AT,
        &fixtures("samples/valid-ecdsa-p256-bes.p7s"),
    ])
    .ends(0);
}

#[test]
fn the_list_is_a_table_or_lines_of_json() {
    let (trusted, intermediates) = (
        fixtures("trusted/root-rsa.cer"),
        fixtures("intermediates/int-ecdsa.cer"),
    );
    let list = |more: &[&str]| {
        let line = [
            "ca",
            "list",
            "--trusted",
            &trusted,
            "--intermediates",
            &intermediates,
        ];
        Program::bare(&[&line, more].concat()).ends(0)
    };
    let root = fixtures("");
    let table = "\
STATE          VALID                     KEY                       SIGNED WITH

good           2022-01-01 to 2032-01-01  rsa2048                   rsa2048-sha256
  Тестовий ЦЗО RSA А, Тестовий центр А
  set     trusted
  key id  52abaf11f41022722f4d2eab1e49ad082c8eccfa
  serial  2326f4ba1763ed4f8d1ee128fe0b49c010680b
  file    DIR/trusted/root-rsa.cer

expired        2022-06-01 to 2030-06-01  ecdsa-p256                ecdsa-sha256
  КНЕДП тест ECDSA А, Тестовий КНЕДП А
  set     intermediate
  key id  062c468f60c61113dcdb0d4bba19f63c50104a52
  serial  2bb3bb73c4ac3a6bab7ef2c5c54996662893d6
  file    DIR/intermediates/int-ecdsa.cer

1 trusted, 1 intermediate; 1 expired, 0 not yet valid.
";
    let run = list(&["--at", "2030-06-01T00:00:01Z"]);
    assert_eq!(
        (run.out.replace(&root, "DIR/"), run.err.as_str()),
        (table.to_owned(), "")
    );
    let json = r#"{"set":"trusted","state":"good","common_name":"Тестовий ЦЗО RSA А","organization":"Тестовий центр А","key_algorithm":"rsa2048","is_key_supported":true,"signature_algorithm":"rsa2048-sha256","is_signature_supported":true,"is_authority":true,"is_self_signed":true,"not_before":"2022-01-01T00:00:00Z","not_after":"2032-01-01T00:00:00Z","key_id":"52abaf11f41022722f4d2eab1e49ad082c8eccfa","serial":"2326f4ba1763ed4f8d1ee128fe0b49c010680b","sha256":"ROOT","file":"DIR/trusted/root-rsa.cer"}
{"set":"intermediate","state":"not_yet_valid","common_name":"КНЕДП тест ECDSA А","organization":"Тестовий КНЕДП А","key_algorithm":"ecdsa-p256","is_key_supported":true,"signature_algorithm":"ecdsa-sha256","is_signature_supported":true,"is_authority":true,"is_self_signed":false,"not_before":"2022-06-01T00:00:00Z","not_after":"2030-06-01T00:00:00Z","key_id":"062c468f60c61113dcdb0d4bba19f63c50104a52","serial":"2bb3bb73c4ac3a6bab7ef2c5c54996662893d6","sha256":"BELOW","file":"DIR/intermediates/int-ecdsa.cer"}
"#;
    let digest = |path: &str| hex(&openssl::sha::sha256(&fs::read(path).unwrap()));
    let json = json
        .replace("ROOT", &digest(&trusted))
        .replace("BELOW", &digest(&intermediates));
    let run = list(&["--json", "--at", "2022-03-01T00:00:00Z"]);
    assert_eq!(
        (run.out.replace(&root, "DIR/"), run.err.as_str()),
        (json, "")
    );
}

#[tokio::test]
async fn the_list_says_what_cannot_be_used() {
    let scratch = Scratch::new(Sqlite).await;
    let program = Program::new(&scratch);
    let key = SigningKey::generate_ecdsa_p256().unwrap();
    let root = issue(&template(&key, "Корінь", 1), Issuer::Itself(&key)).unwrap();
    let small = openssl::rsa::Rsa::generate(1024).unwrap();
    let mut template = template(&key, "Малий", 2);
    template.public_key = openssl::pkey::PKey::from_rsa(small)
        .unwrap()
        .public_key_to_der()
        .unwrap();
    let small = issue(&template, Issuer::Authority(&root, &key)).unwrap();
    program.file("trusted/root.cer", small.der());
    let person = authority().person(None).certificate;
    let people = program.file("people.cer", person.der());
    // The trusted ones are those of the environment.
    let run = program
        .run(&["ca", "list", "--at", AT, "--intermediates", &people])
        .ends(0);
    let lines: Vec<_> = run.out.lines().collect();
    assert_eq!(
        lines[2],
        "good           2022-01-01 to 2032-01-01  rsa1024 unsupported       ecdsa-sha256"
    );
    assert!(
        lines.contains(&"  set     intermediate, but not a certification authority's"),
        "{}",
        run.out
    );
}

#[tokio::test]
async fn every_bad_file_is_named_and_the_rest_is_listed() {
    let world = World::new();
    let place = Place::new().await;
    for directory in ["trusted", "intermediates"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    let run = place.ca(&["list"]).ends(1);
    assert_eq!(
        place.without(&run.err),
        "DIR/trusted: it holds no certificates.\n"
    );
    place.file("trusted/a.cer", world.root.der());
    place.file("trusted/b.cer", b"nonsense");
    place.file("trusted/c.cer", authority().person(None).certificate.der());
    place.file(
        "intermediates/d.p7b",
        &bundle(&[world.good.der(), b"0\x03\x02\x01\x05"]),
    );
    place.file("intermediates/e.pem", b"");
    place.file("intermediates/.hidden", b"");
    let run = place.ca(&["list", "--json", "--at", AT]).ends(1);
    assert_eq!(
        place.without(&run.err),
        "\
DIR/trusted/b.cer: it is neither a certificate nor a PKCS #7 bundle, in DER or PEM.
DIR/trusted/c.cer: certificate with serial 07 cannot be trusted: it is not a certification authority's (basicConstraints cA).
DIR/intermediates/d.p7b: certificate 2 cannot be read: a value has an unexpected type.
DIR/intermediates/e.pem: it is neither a certificate nor a PKCS #7 bundle, in DER or PEM.
"
    );
    // What is told is what stops everything that needs the certificates.
    let (trusted, intermediates) = (place.path("trusted"), place.path("intermediates"));
    let sets = ["--trusted", &trusted, "--intermediates", &intermediates];
    let sample = fixtures("samples/valid-ecdsa-p256-bes.p7s");
    let stopped = Program::bare(&[&["verify", &sample], &sets[..]].concat()).ends(2);
    assert_eq!(stopped.err.replace('\n', ".\n"), run.err);

    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = lines
        .iter()
        .map(|line| line["common_name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Корінь", "Зразковий Демʼян Миколайович", "Добрий"]);
    assert_eq!(lines[2]["signature_algorithm"], "ecdsa-p256-sha256");

    for arguments in [
        &["ca", "list"][..],
        &["ca", "list", "--trusted", "/nowhere"],
        &["ca", "list", "--trusted", "/nowhere", "--at", "yesterday"],
        &["ca"],
    ] {
        let run = Program::bare(arguments).ends(2);
        assert!(run.out.is_empty() && !run.err.is_empty(), "{run:?}");
    }
}

#[tokio::test]
async fn names_in_certificates_are_text_and_nothing_more() {
    let hostile = format!("\u{1b}[2J\r\n\u{202e}\u{7f}\"'\\{}", "ї".repeat(5_000));
    let place = Place::new().await;
    let key = SigningKey::generate_ecdsa_p256().unwrap();
    let mut template = template(&key, "", 1);
    template.subject = Name::new(&[
        (oid::COMMON_NAME, &hostile),
        (oid::ORGANIZATION, "\u{1b}]0;\u{7}"),
    ]);
    let root = issue(&template, Issuer::Itself(&key)).unwrap();
    let file = place.file("a\u{1b}[31m.cer", root.der());
    let added = place.add(&file, &["--as", "trusted"]).ends(0);
    let refused = place
        .ca(&["add", &file, "--at", "2040-01-01T00:00:00Z"])
        .ends(1);
    place.ca(&["list"]).ends(2);
    fs::create_dir(place.path("intermediates")).unwrap();
    let table = place.ca(&["list", "--at", AT]).ends(0);
    let json = place.ca(&["list", "--json"]).ends(0);
    for run in [&added, &refused, &table, &json] {
        for text in [&run.out, &run.err] {
            assert!(
                !text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')),
                "{text:?}"
            );
        }
    }
    assert!(
        refused
            .err
            .contains("a\\u{1b}[31m.cer: certificate with serial 01: it expired"),
        "{}",
        refused.err
    );
    let subject = table
        .out
        .lines()
        .find(|line| line.starts_with("  \\u{1b}[2J"))
        .unwrap();
    assert!(
        subject.chars().count() <= 100 && subject.ends_with("ї…"),
        "{subject}"
    );
    assert_eq!(json.out.lines().count(), 1);
    let line: Value = serde_json::from_str(&json.out).unwrap();
    let name = line["common_name"].as_str().unwrap();
    assert!(
        hostile.starts_with(name.strip_suffix('…').unwrap()),
        "{name:?}"
    );
    assert_eq!(name.chars().count(), 256);
}
