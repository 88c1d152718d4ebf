//! The command line (design 3): what each command answers, with which exit code.

use std::{fs, io::Read as _, path::Path};

use dovira::{
    clock::{Clock, SystemClock},
    signed_content::sign::{DstuHash, SignError, SigningKey},
};
use dstu::Curve;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    CLIENT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    Program, SECRET, Scratch, Server, authority, provisioning,
};

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signatures")
}

#[test]
fn verify_tells_the_verdict_of_every_sample() {
    // signed content §13
    let folder = fixtures();
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let (trusted, intermediates) = (
        text(folder.join("trusted")),
        text(folder.join("intermediates")),
    );
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let at = manifest["evaluation_time"].as_str().unwrap();
    let mut valid = 0;
    let samples = manifest["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 44);
    for sample in samples {
        let file = text(folder.join(sample["file"].as_str().unwrap()));
        let run = Program::bare(&[
            "verify",
            "--trusted",
            &trusted,
            "--intermediates",
            &intermediates,
            "--at",
            at,
            &file,
        ]);
        let is_valid = sample["expected"] == "valid";
        valid += usize::from(is_valid);
        let run = run.ends(i32::from(!is_valid));
        assert_eq!(run.out.lines().count(), 1);
        let line: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(line["verdict"], sample["expected"], "{file}");
        assert_eq!(line["reason"].is_null(), is_valid, "{file}");
        if is_valid {
            assert_eq!(line["content_sha256"], sample["content_sha256"], "{file}");
            assert_eq!(line["drfo"], sample["signer_drfo"], "{file}");
            assert_eq!(line["edrpou"], sample["signer_edrpou"], "{file}");
            assert_eq!(line["algorithm"], sample["algorithm"], "{file}");
            assert_eq!(line["signing_time"], sample["signing_time"], "{file}");
        }
        assert_eq!(run.err, "");
    }
    assert_eq!(valid, 20);
    // Freshness is off unless it is asked for.
    let file = text(folder.join("samples/valid-ecdsa-p256-bes.p7s"));
    for (seconds, code) in [("600", 0), ("60", 1)] {
        Program::bare(&[
            "verify",
            "--trusted",
            &trusted,
            "--intermediates",
            &intermediates,
            "--at",
            at,
            "--max-age",
            seconds,
            &file,
        ])
        .ends(code);
    }
    for arguments in [
        vec!["verify", "--trusted", &trusted, "/nowhere.p7s"],
        vec!["verify", "--trusted", "/nowhere", &file],
        vec!["verify", "--trusted", &trusted, "--max-age", "0", &file],
        vec!["verify", "--trusted", &trusted, "--at", "yesterday", &file],
        vec!["verify", &file],
        vec!["nonsense"],
    ] {
        let run = Program::bare(&arguments).ends(2);
        assert_eq!(run.out, "");
        assert!(!run.err.is_empty(), "{arguments:?}");
    }
}

#[rstest]
#[case(
    "dstu4145-gost34311/m257",
    SigningKey::generate_dstu(Curve::M257, DstuHash::Gost34311)
)]
#[case(
    "dstu4145-kupyna384/m431",
    SigningKey::generate_dstu(Curve::M431, DstuHash::Kupyna384)
)]
#[case("ecdsa-p256-sha256", SigningKey::generate_ecdsa_p256())]
#[case("rsa2048-sha256", SigningKey::generate_rsa_2048())]
#[tokio::test]
async fn what_sign_makes_verify_finds_good(
    #[case] algorithm: &str,
    #[case] key: Result<SigningKey, SignError>,
) {
    let scratch = Scratch::new(Sqlite).await;
    let program = Program::new(&scratch);
    let signer = authority().person_with(key.unwrap(), Some("3112201416"));
    let key = program.file("key.pem", &signer.key.to_pem().unwrap());
    let certificate = program.file("signer.cer", signer.certificate.der());
    let root = program.file("root.cer", authority().certificate.der());
    let content = "{\"зразок\":1}\n".as_bytes();
    let at = "2026-06-15T10:00:00Z";
    let signed = Program::with_input(
        &[
            "sign",
            "--key",
            &key,
            "--cert",
            &certificate,
            "--chain",
            &root,
            "--at",
            at,
        ],
        content,
    )
    .ends(0);
    assert_eq!(signed.out.lines().count(), 1);
    let file = program.file("signed.b64", signed.out.as_bytes());
    let trusted = program.trusted().to_str().unwrap();
    let verified = Program::bare(&["verify", "--trusted", trusted, "--at", at, &file]).ends(0);
    let line: Value = serde_json::from_str(&verified.out).unwrap();
    let sha256: String = openssl::sha::sha256(content)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    assert_eq!(
        line,
        json!({
            "verdict": "valid", "reason": null, "algorithm": algorithm, "drfo": "3112201416", "edrpou": null,
            "signer": "Зразковий Демʼян Миколайович", "signing_time": at, "content_sha256": sha256,
        })
    );
    // Without a time it is now, and fresh.
    let now =
        Program::with_input(&["sign", "--key", &key, "--cert", &certificate], content).ends(0);
    let file = program.file("now.b64", now.out.as_bytes());
    Program::bare(&["verify", "--trusted", trusted, "--max-age", "600", &file]).ends(0);

    let other = program.file("other.pem", &authority().person(None).key.to_pem().unwrap());
    for (key, certificate) in [
        (&*other, &*certificate),
        (&certificate, &certificate),
        (&key, &key),
        ("/nowhere", &certificate),
    ] {
        let run =
            Program::with_input(&["sign", "--key", key, "--cert", certificate], content).ends(2);
        assert_eq!(run.out, "");
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
}

#[rstest]
#[tokio::test]
async fn migrate_check_and_import(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let program = Program::new(&scratch);
    let check = program.run(&["check"]).ends(1);
    assert_eq!(
        check.out,
        "Configuration: good.\nCertificates: 1 trusted, 0 intermediate.\nSMS: none; a masked line in the log, so nobody gets a code (DOVIRA_SMS_GATEWAY).\nSMS reports: not taken (DOVIRA_SMS_REPORT_SECRET).\nProvider of identities: none, so nobody can register in the cabinet (DOVIRA_GOVID_URL).\nDatabase: 12 migrations are missing; run dovira migrate.\n"
    );
    for _ in 0..2 {
        assert_eq!(
            program.run(&["migrate"]).ends(0).out,
            "The schema is up to date.\n"
        );
    }
    let bad = program.file(
        "bad.json",
        br#"{"clients":[{"id":"x","name":""}],"surprise":[]}"#,
    );
    let run = program.run(&["import", &bad]).ends(1);
    assert_eq!(run.out, "");
    assert!(
        run.err.lines().count() >= 3 && run.err.contains("$.clients.[0].id: "),
        "{}",
        run.err
    );
    let broken = program.file("broken.json", b"{\"clients\": [}");
    assert_eq!(
        program.run(&["import", &broken]).ends(1).err,
        "The file is not JSON: line 1, column 14.\n"
    );
    program.run(&["import", "/nowhere.json"]).ends(2);
    let empty = "Configuration: good.\nCertificates: 1 trusted, 0 intermediate.\nSMS: none; a masked line in the log, so nobody gets a code (DOVIRA_SMS_GATEWAY).\nSMS reports: not taken (DOVIRA_SMS_REPORT_SECRET).\nProvider of identities: none, so nobody can register in the cabinet (DOVIRA_GOVID_URL).\nDatabase: the schema is up to date.\nClients: 0.\nDictionaries: 11 with 330 values.\n";
    assert_eq!(program.run(&["check"]).ends(0).out, empty);

    let good = program.file("good.json", &serde_json::to_vec(&provisioning()).unwrap());
    for _ in 0..2 {
        let run = program.run(&["import", &good]).ends(0);
        assert_eq!(
            run.out,
            "Imported: 3 clients, 1 persons, 1 users, 0 other entries.\n"
        );
    }
    assert_eq!(
        program.run(&["check"]).ends(0).out,
        empty.replace("Clients: 0.\n", "Clients: 3.\n")
    );
    // A scope that lost its description cannot be shown to people.
    let db = scratch.open().await;
    let mut held = db.write().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query(
        "UPDATE clients SET scopes = 'x:read' WHERE name = 'Мій лікар'"
    )
    .execute(c)
    .await
    .map(|_| ()))
    .unwrap();
    drop(held);
    let check = program.run(&["check"]).ends(1);
    assert!(
        check.out.contains(&format!(
            "Client {CLIENT}: the scope x:read has no description."
        )),
        "{}",
        check.out
    );
    // Without a dictionary that the schemas ask nobody could be registered.
    let mut held = db.write().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query(
        "UPDATE clients SET scopes = 'person:read' WHERE name = 'Мій лікар'"
    )
    .execute(c)
    .await
    .map(|_| ()))
    .unwrap();
    dovira::on!(held.link(), |c| sqlx::query(
        "UPDATE dictionary_values SET is_active = false WHERE name = 'PHONE_TYPE'"
    )
    .execute(c)
    .await
    .map(|_| ()))
    .unwrap();
    dovira::on!(held.link(), |c| sqlx::query(
        "DELETE FROM dictionary_values WHERE name = 'GENDER'"
    )
    .execute(c)
    .await
    .map(|_| ()))
    .unwrap();
    drop(held);
    let check = program.run(&["check"]).ends(1);
    let end = "Clients: 3.
Dictionaries: 10 with 328 values.
Dictionary GENDER: it has no value in use, so no registration that needs one is accepted.
Dictionary PHONE_TYPE: it has no value in use, so no registration that needs one is accepted.
";
    assert!(check.out.ends_with(end), "{}", check.out);
}

/// The value after a name in what a command prints.
#[track_caller]
fn printed<'o>(out: &'o str, name: &str) -> &'o str {
    let line = out.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {out}")).trim()
}

/// Asks the server for the tokens of a code that nobody gave: says whether the secret is good.
async fn message(server: &Server, path: &str, body: &Value) -> String {
    let url = format!("http://{}{path}", server.address);
    let answer = reqwest::Client::new()
        .post(url)
        .json(body)
        .send()
        .await
        .unwrap();
    let body: Value = answer.json().await.unwrap();
    body["error"]["message"]
        .as_str()
        .unwrap_or("fine")
        .to_owned()
}

#[rstest]
#[tokio::test]
async fn clients_and_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let program = Program::new(&scratch);
    let good = program.file("good.json", &serde_json::to_vec(&provisioning()).unwrap());
    program.run(&["import", &good]).ends(0);
    let add = |uri: &str, scope: &str| {
        program.run(&[
            "client",
            "add",
            "--name",
            "Нова",
            "--type",
            "PIS",
            "--redirect-uri",
            uri,
            "--scope",
            scope,
        ])
    };
    let run = add("https://new.example/back", "person:read").ends(0);
    let id = printed(&run.out, "client_id").to_owned();
    let secret = printed(&run.out, "client_secret").to_owned();
    assert_eq!(secret.len(), 43);
    assert_eq!(printed(&run.out, "api_key").len(), 43);
    for (uri, scope) in [
        ("http://new.example/", "person:read"),
        ("https://new.example/", "x:unknown"),
        ("https://new.example/", ""),
    ] {
        let run = add(uri, scope).ends(2);
        assert_eq!(
            (run.out.as_str(), run.err.lines().count()),
            ("", 1),
            "{}",
            run.err
        );
    }
    let list = program.run(&["client", "list"]).ends(0).out;
    assert_eq!(list.lines().count(), 4);
    assert!(list.contains(&format!("{id}  PIS  active  Нова")), "{list}");

    let server = program.serve(&[]);
    let exchange = |secret: &str| {
        json!({ "token": {
            "grant_type": "authorization_code", "client_id": id, "client_secret": secret, "code": "none",
            "redirect_uri": "https://new.example/back", "scope": "person:read",
        } })
    };
    assert_eq!(
        message(&server, "/oauth/tokens", &exchange(&secret)).await,
        "Token not found."
    );
    let run = program.run(&["client", "rotate-secret", &id]).ends(0);
    let fresh = printed(&run.out, "client_secret");
    assert_eq!(
        message(&server, "/oauth/tokens", &exchange(&secret)).await,
        "Invalid client id or secret."
    );
    assert_eq!(
        message(&server, "/oauth/tokens", &exchange(fresh)).await,
        "Token not found."
    );

    program.run(&["client", "block", &id]).ends(0);
    assert!(
        program
            .run(&["client", "list"])
            .out
            .contains(&format!("{id}  PIS  blocked  Нова"))
    );
    let nonce = json!({ "client_id": id });
    assert_eq!(
        message(&server, "/oauth/nonce", &nonce).await,
        "Client is blocked"
    );
    program.run(&["client", "unblock", &id]).ends(0);
    assert_eq!(message(&server, "/oauth/nonce", &nonce).await, "fine");
    let nobody = "c11e0000-0000-4000-8000-0000000000ff";
    for command in ["block", "unblock", "rotate-secret"] {
        let run = program.run(&["client", command, nobody]).ends(1);
        assert_eq!(
            (run.out.as_str(), run.err),
            ("", format!("There is no client {nobody}.\n"))
        );
        program.run(&["client", command, "nonsense"]).ends(2);
    }

    let (client, user) = (CLIENT.to_string(), CONFIDANT_USER.to_string());
    let issue = |client: &str, user: &str, scope: &str, ttl: &str| {
        program.run(&[
            "token", "issue", "--client", client, "--user", user, "--scope", scope, "--ttl", ttl,
        ])
    };
    let token = issue(&client, &user, "confidant_person:sign_up", "600")
        .ends(0)
        .out;
    let signed = authority()
        .person(Some("3112201416"))
        .sign(&Child::content(), SystemClock.now());
    let url = format!(
        "http://{}/api/pis/confidant/sign-up_validation",
        server.address
    );
    let body = json!({ "signed_content": signed, "signed_content_encoding": "base64" });
    let answer = reqwest::Client::new()
        .post(url)
        .bearer_auth(token.trim())
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    issue(nobody, &user, "person:read", "600").ends(1);
    issue(&client, nobody, "person:read", "600").ends(1);
    issue(&client, &user, "", "600").ends(2);
    issue(&client, &user, "person:read", "0").ends(2);
    assert!(!program.run(&["client", "list"]).out.contains(SECRET));

    // Decisions §5: the JWT of a proof of identity.
    let proof = "d0000000-0000-4000-8000-000000000001";
    let file = json!({ "user_requests": [{
        "id": proof, "tax_id": "3126509816", "first_name": "Петро", "last_name": "Іванов", "email": null,
        "client_id": CLIENT, "redirect_uri": "https://pis.example/", "scope": "person:read", "expires_at": "2999-01-01T00:00:00Z",
    }] });
    let file = program.file("proofs.json", &serde_json::to_vec(&file).unwrap());
    program.run(&["import", &file]).ends(0);
    let jwt = program
        .run(&["token", "user-request", "--id", proof])
        .ends(0)
        .out;
    let answer = reqwest::Client::new()
        .post(format!(
            "http://{}/private/cabinet/registration/user_request",
            server.address
        ))
        .bearer_auth(jwt.trim())
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
    let run = program
        .run(&["token", "user-request", "--id", nobody])
        .ends(1);
    assert_eq!(run.err, format!("There is no user request {nobody}.\n"));
    program
        .run(&["token", "user-request", "--id", proof, "--minutes", "0"])
        .ends(2);
}

#[rstest]
#[tokio::test]
async fn healthcheck_asks_a_running_server(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let program = Program::new(&scratch);
    let server = program.serve(&[]);
    let address = server.address.clone();
    Program::bare(&["healthcheck", "--listen", &address]).ends(0);
    server.signal("TERM");
    let (code, _) = server.end();
    assert_eq!(code, Some(0));
    let run = Program::bare(&["healthcheck", "--listen", &address]).ends(1);
    assert_eq!(run.err, format!("Nobody answers at {address}.\n"));
    // Without its schema a server lives, and is not ready.
    let behind = Scratch::new(database).await;
    let program = Program::new(&behind);
    let server = program.serve(&["--no-migrate"]);
    let run = Program::bare(&["healthcheck", "--listen", &server.address]).ends(1);
    assert_eq!(run.err, "The server answers 503 Service Unavailable.\n");
}

#[tokio::test]
async fn serve_refuses_a_bad_configuration_and_lists_every_problem() {
    let run = Program::bare(&[
        "serve",
        "--database-url",
        "mysql:x",
        "--listen",
        "localhost",
        "--public-url",
        "ftp://x",
        "--redirect-errors",
        "yes",
        "--jwt-login-ttl",
        "0",
        "--intermediate-certificates",
        "/nowhere",
        "--auth-code-grant-lifetime",
        "soon",
        "--pis-online-deduplication-match-score",
        "2",
    ])
    .ends(2);
    let names: Vec<_> = run
        .err
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        names,
        [
            "DOVIRA_DATABASE_URL",
            "DOVIRA_LISTEN",
            "DOVIRA_PUBLIC_URL",
            "DOVIRA_SECRET",
            "DOVIRA_TRUSTED_CERTIFICATES",
            "DOVIRA_INTERMEDIATE_CERTIFICATES",
            "DOVIRA_REDIRECT_ERRORS",
            "DOVIRA_JWT_LOGIN_TTL",
            "DOVIRA_AUTH_CODE_GRANT_LIFETIME",
            "DOVIRA_PIS_ONLINE_DEDUPLICATION_MATCH_SCORE",
        ]
    );
    assert_eq!(run.out, "");

    let scratch = Scratch::new(Sqlite).await;
    let program = Program::new(&scratch);
    // Cookies and signed data must not travel in the clear.
    for arguments in [
        &["serve", "--listen", "0.0.0.0:0"][..],
        &[
            "serve",
            "--listen",
            "[::]:0",
            "--public-url",
            "http://my.dovira.example",
        ],
    ] {
        let run = program.run(arguments).ends(2);
        assert!(
            run.err
                .starts_with("DOVIRA_PUBLIC_URL: it must begin with https://"),
            "{}",
            run.err
        );
    }
    // A database that is not there, certificates that are none, a port that is taken: a sentence each.
    let taken = program.serve(&[]);
    let file = program.file("trusted/nonsense.cer", b"nonsense");
    let run = program.run(&["serve", "--listen", &taken.address]).ends(2);
    assert!(run.err.contains("nonsense.cer"), "{}", run.err);
    fs::remove_file(file).unwrap();
    let run = program.run(&["serve", "--listen", &taken.address]).ends(2);
    assert!(
        run.err
            .contains(&format!("Cannot listen on {}", taken.address)),
        "{}",
        run.err
    );
    let run = program
        .run(&[
            "serve",
            "--database-url",
            "postgres://nobody@127.0.0.1:1/none",
        ])
        .ends(2);
    assert!(
        run.err.contains("The database cannot be opened"),
        "{}",
        run.err
    );
    program.run(&["serve", "--log", "dovira=loud"]).ends(2);
}

/// Begins a request and waits until the server reads its body.
async fn half_a_request(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = "POST /oauth/nonce HTTP/1.1\r\nHost: my\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[rstest]
#[tokio::test]
async fn requests_under_way_finish_after_sigterm(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let mut server = Program::new(&scratch).serve(&[]);
    let mut stream = half_a_request(&server).await;
    server.signal("TERM");
    server.says("stopping");
    assert!(
        TcpStream::connect(&server.address).await.is_err(),
        "nobody else is let in"
    );
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    assert!(answer.contains("can't be blank"), "{answer}");
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    assert!(rest.contains("stopped=Cleanly"), "{rest}");
}

#[rstest]
#[tokio::test]
async fn a_second_signal_ends_at_once(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("TERM", "INT")] signal: &str,
) {
    let scratch = Scratch::new(database).await;
    let mut server = Program::new(&scratch).serve(&["--shutdown-grace", "3600"]);
    let mut stream = half_a_request(&server).await;
    server.signal(signal);
    server.says("stopping");
    server.signal(signal);
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    assert!(rest.contains("stopped=AtOnce"), "{rest}");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
}

#[rstest]
#[tokio::test]
async fn the_grace_ends_what_does_not_finish(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let server = Program::new(&scratch).serve(&["--shutdown-grace", "0"]);
    let _stream = half_a_request(&server).await;
    server.signal("TERM");
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    assert!(rest.contains("stopped=AtOnce"), "{rest}");
}

#[test]
fn help_names_every_command() {
    let run = Program::bare(&["--help"]).ends(0);
    for command in [
        "serve",
        "demo",
        "migrate",
        "check",
        "healthcheck",
        "import",
        "client",
        "token",
        "person",
        "relationship",
        "user",
        "ca",
        "sign",
        "verify",
    ] {
        assert!(
            run.out.contains(&format!("\n  {command} ")),
            "{command} is not in {}",
            run.out
        );
    }
    // No secret of the surroundings is shown.
    let mut serve = std::process::Command::new(env!("CARGO_BIN_EXE_dovira"))
        .args(["serve", "--help"])
        .env("DOVIRA_SECRET", "a secret of the surroundings")
        .env("DOVIRA_DATABASE_URL", "postgres://user:password@host/name")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = String::new();
    serve
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert!(serve.wait().unwrap().success());
    assert!(
        out.contains("DOVIRA_SECRET")
            && !out.contains("surroundings")
            && !out.contains("password@"),
        "{out}"
    );
}

/// What carries messages, without what is secret about it
#[tokio::test]
async fn check_tells_of_the_sms_gateway() {
    let scratch = Scratch::new(Sqlite).await;
    let program = Program::new(&scratch);
    program.run(&["migrate"]).ends(0);
    let tells = |arguments: &[&str], sentence: &str| {
        let line: Vec<_> = ["check"].iter().chain(arguments).copied().collect();
        let run = program.run(&line).ends(0);
        assert!(run.out.contains(sentence), "{}", run.out);
        assert!(!run.out.contains("secret"), "{}", run.out);
    };
    tells(
        &[
            "--sms-gateway",
            "https://gateway.example/secret?key=secret",
            "--sms-gateway-token",
            "secret",
            "--sms-report-secret",
            "a secret of the gateway",
        ],
        "SMS: https://gateway.example, with a token.\nSMS reports: taken.\n",
    );
    tells(
        &["--sms-gateway", "http://10.0.0.1/send"],
        "SMS: http://10.0.0.1, without a token; codes and numbers travel in the clear.\n",
    );
    tells(
        &["--sms-gateway", "file:messages"],
        "SMS: a file, for development; nobody gets a code by SMS.\n",
    );
}
