//! What an operator does by commands: people, relationships, users, tokens (authority §10).

use chrono::{DateTime, TimeDelta, Utc};
use dovira::{
    clock::{Clock, SystemClock},
    db::Db,
    oauth::{
        scope::Scopes,
        store as oauth_store,
        token::{Applicant, Subject, Token, TokenName},
    },
    person::store::{self as person_store, Evidence},
    random::{Draw, Random, SystemRandom},
    secrets::Plain,
};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    CLIENT, CONFIDANT, CONFIDANT_USER, Child,
    Database::{self, Postgres, Sqlite},
    Program, SECRET, Scratch, TestApp, provisioning,
};

const CHILD: &str = "c4110000-0000-4000-8000-000000000001";
const CHILD_USER: &str = "c4110000-0000-4000-8000-0000000000aa";
const RELATIONSHIP: &str = "f0000000-0000-4000-8000-000000000001";
const NOBODY: &str = "c4110000-0000-4000-8000-0000000000ff";
const SIGNATURE: [u8; 32] = [7; 32];
const CLAIM: [u8; 32] = [8; 32];

fn now() -> DateTime<Utc> {
    SystemClock.now()
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

/// A confidant, a child and what is between them.
fn file() -> Value {
    let mut file = provisioning();
    let mut child = Child::content()["person"].clone();
    for member in ["authentication_methods", "confidant_person"] {
        child.as_object_mut().unwrap().shift_remove(member);
    }
    child["id"] = json!(CHILD);
    child["authentication_methods"] = json!([
        { "id": "af000000-0000-4000-8000-0000000000c1", "type": "THIRD_PERSON", "value": CONFIDANT },
    ]);
    file["persons"].as_array_mut().unwrap().push(child);
    file["users"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": CHILD_USER, "person_id": CHILD, "email": "child@example.com" }));
    file["confidant_person_relationships"] = json!([{
        "id": RELATIONSHIP, "person_id": CHILD, "confidant_person_id": CONFIDANT,
        "verification_status": "VERIFICATION_NEEDED", "verification_reason": "ONLINE_TRIGGERED",
        "documents_relationship": [{ "type": "BIRTH_CERTIFICATE", "number": "І-БК№540022" }],
    }]);
    file
}

/// A registry with two people, and a program to look after it.
struct Registry<'a> {
    program: Program<'a>,
    db: Db,
}

impl<'a> Registry<'a> {
    async fn new(scratch: &'a Scratch) -> Self {
        let program = Program::new(scratch);
        let text = serde_json::to_vec(&file()).unwrap();
        let path = program.file("registry.json", &text);
        program.run(&["import", &path]).ends(0);
        let db = scratch.open().await;
        let registry = Self { program, db };
        registry.sign().await;
        registry
    }

    /// The child was registered with one signature and claimed with another.
    async fn sign(&self) {
        let mut tx = self.db.begin().await.unwrap();
        let evidence = |signature_sha256| Evidence {
            signature_sha256,
            certificate_sha256: &[9; 32],
            signed_content: "bXkgY2hpbGQ=",
        };
        let (used, claimed) = (evidence(&SIGNATURE), evidence(&CLAIM));
        let is_new = person_store::use_signature(tx.link(), &used, uuid(CHILD), now()).await;
        assert!(is_new.unwrap());
        person_store::add_claim(tx.link(), uuid(RELATIONSHIP), &claimed, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// What a command prints as JSON: always a list.
    #[track_caller]
    fn json(&self, line: &[&str]) -> Vec<Value> {
        let line: Vec<_> = line.iter().chain(&["--json"]).copied().collect();
        let run = self.program.run(&line).ends(0);
        assert_eq!(run.err, "");
        let Value::Array(list) = serde_json::from_str(&run.out).unwrap() else {
            panic!("no list: {}", run.out)
        };
        assert!(list.iter().all(|one| one["id"].is_string()), "{list:?}");
        list
    }

    /// Whatever is unknown is one sentence.
    #[track_caller]
    fn knows_nobody(&self, line: &[&str], what: &str) {
        let run = self.program.run(line).ends(1);
        assert_eq!(
            (run.out.as_str(), run.err),
            ("", format!("There is no {what} {NOBODY}.\n"))
        );
    }

    async fn count(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {sql}"));
        let mut held = self.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    /// The acts and comments that are kept of a subject, the first one first.
    async fn acts(&self, subject: &str) -> Vec<(String, Option<String>)> {
        let mut held = self.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_as(
            "SELECT act, comment FROM operator_acts WHERE subject_id = $1 ORDER BY inserted_at"
        )
        .bind(uuid(subject))
        .fetch_all(c)
        .await)
        .unwrap()
    }

    /// A token of a user, or of another for them; its id.
    async fn token(
        &self,
        user: &str,
        applicant: Option<(Uuid, Uuid)>,
        parent: Option<Uuid>,
    ) -> Uuid {
        let random: &dyn Random = &SystemRandom;
        let applicant = applicant.map(|(user_id, person_id)| Applicant { user_id, person_id });
        let token = Token {
            id: random.uuid(),
            name: TokenName::Access,
            subject: Subject {
                user_id: uuid(user),
                applicant,
            },
            client_id: CLIENT,
            approval_id: None,
            parent_id: parent,
            scope: Scopes::parse("person:read").unwrap(),
            grant_type: "operator".to_owned(),
            redirect_uri: None,
            expires_at: now() + TimeDelta::days(1),
            used_at: None,
        };
        let value = Plain::generate(random);
        let mut held = self.db.write().await.unwrap();
        oauth_store::add_token(held.link(), &token, &value.hash(), now())
            .await
            .unwrap();
        token.id
    }

    /// The ids of the tokens that a user can use, or others for them.
    #[track_caller]
    fn tokens(&self, user: &str) -> Vec<String> {
        let list = self.json(&["token", "list", "--user", user]);
        list.iter().map(|one| text(one, "id")).collect()
    }

    async fn is_used(&self, signature: &[u8; 32]) -> bool {
        let mut held = self.db.read().await.unwrap();
        person_store::signature_is_used(held.link(), signature)
            .await
            .unwrap()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn people_are_found_masked(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let confidant = CONFIDANT.to_string();
    let person = provisioning()["persons"][0].clone();
    let (last_name, first_name) = (text(&person, "last_name"), text(&person, "first_name"));
    let upper = last_name.to_uppercase();
    let number = text(&person["documents"][0], "number");
    let spaced = format!(" {number} ");
    let birth_date = text(&person, "birth_date");
    for criteria in [
        vec!["--tax-id", "3112201416"],
        vec!["--document-number", &spaced],
        vec!["--last-name", &upper, "--first-name", &first_name],
        vec!["--birth-date", &birth_date],
        vec![
            "--tax-id",
            "3112201416",
            "--document-number",
            &number,
            "--last-name",
            &last_name,
            "--first-name",
            &first_name,
            "--birth-date",
            &birth_date,
        ],
    ] {
        let line: Vec<_> = ["person", "find"]
            .iter()
            .chain(&criteria)
            .copied()
            .collect();
        let found = registry.json(&line);
        assert_eq!(
            found,
            [json!({
                "id": confidant, "name": "Зразковий Д.М.", "birth_year": &birth_date[..4], "tax_id": "*******416",
                "status": "active", "is_active": true, "is_deceased": false, "verification_status": "VERIFIED", "origin": "operator",
            })],
            "{criteria:?}"
        );
        let out = registry.program.run(&line).ends(0).out;
        assert_eq!(out.lines().count(), 1);
        assert!(out.starts_with(&confidant) && out.contains("Зразковий Д.М."));
        for whole in [first_name.as_str(), "3112201416", &birth_date] {
            assert!(!out.contains(whole), "{whole} is in {out}");
        }
    }
    // Every criterion applies, and pages end.
    for nobody in [
        vec!["--tax-id", "3112201416", "--birth-date", "2000-01-01"],
        vec!["--tax-id", "3112201416", "--page", "2"],
        vec!["--document-number", "000000000"],
    ] {
        let line: Vec<_> = ["person", "find"].iter().chain(&nobody).copied().collect();
        assert_eq!(registry.json(&line), Vec::<Value>::new(), "{nobody:?}");
    }
    for misuse in [
        vec![],
        vec!["--last-name", "Зразковий"],
        vec!["--first-name", "Демʼян"],
        vec!["--birth-date", "yesterday"],
        vec!["--tax-id", "1", "--page", "0"],
        vec!["--tax-id", "1", "--page-size", "0"],
        vec!["--tax-id", "1", "--page-size", "1001"],
    ] {
        let line: Vec<_> = ["person", "find"].iter().chain(&misuse).copied().collect();
        registry.program.run(&line).ends(2);
    }
}

#[rstest]
#[tokio::test]
async fn everything_about_one_person(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    registry.token(CHILD_USER, None, None).await;
    let comment = ["--comment", "За листом № 5"];
    let block = ["user", "block", CHILD_USER, comment[0], comment[1]];
    registry.program.run(&block).ends(0);
    let shown = registry.json(&["person", "show", CHILD]);
    let [about] = &shown[..] else { panic!("one") };
    let names: Vec<_> = about
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "id",
            "person",
            "documents",
            "authentication_methods",
            "confidants",
            "wards",
            "users",
            "approvals",
            "evidence",
            "versions",
            "person_requests",
            "operator_acts"
        ]
    );
    let child = Child::content()["person"].clone();
    assert_eq!(about["person"]["first_name"], child["first_name"]);
    assert_eq!(about["person"]["tax_id"], child["tax_id"]);
    assert_eq!(about["person"]["origin"], "operator");
    assert_eq!(
        about["documents"][0]["number"],
        child["documents"][0]["number"]
    );
    assert_eq!(
        about["authentication_methods"][0]["value"],
        json!(CONFIDANT)
    );
    assert_eq!(about["confidants"][0]["id"], RELATIONSHIP);
    assert_eq!(about["confidants"][0]["confidant_name"], "Зразковий Д.М.");
    assert_eq!(about["users"][0]["email"], "child@example.com");
    assert_eq!(about["operator_acts"][0]["comment"], "За листом № 5");
    let digest = "07".repeat(32);
    assert_eq!(about["evidence"][0]["signature_sha256"], digest);
    assert_eq!(about["evidence"][0].get("signed_content"), None);

    let page = registry.program.run(&["person", "show", CHILD]).ends(0).out;
    for what in [
        format!("id: {CHILD}\n"),
        format!("first name: {}\n", text(&child, "first_name")),
        format!("signature sha256: {digest}\n"),
        "versions: none\n".to_owned(),
    ] {
        assert!(page.contains(&what), "{what} is not in {page}");
    }

    let out = registry
        .program
        .run(&["person", "export", CHILD, "-"])
        .ends(0)
        .out;
    let exported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(exported["evidence"][0]["signed_content"], "bXkgY2hpbGQ=");
    assert_eq!(exported["person"], about["person"]);
    for secret in ["password", "value_hash"] {
        assert!(!out.contains(secret), "{secret}");
    }
    let path = scratch.directory.join("export.json");
    let path = path.to_str().unwrap();
    let line = ["person", "export", CHILD, path, "--comment", "Запит особи"];
    registry.program.run(&line).ends(0);
    let written: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(written["person"], about["person"]);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Nothing is overwritten, and what was not exported is not said to be.
    registry.program.run(&line).ends(2);
    let acts = registry.acts(CHILD).await;
    let exported =
        |comment: Option<&str>| ("person.exported".to_owned(), comment.map(str::to_owned));
    assert_eq!(acts, [exported(None), exported(Some("Запит особи"))]);
    for command in ["show", "deactivate", "deceased"] {
        registry.knows_nobody(&["person", command, NOBODY], "person");
        registry
            .program
            .run(&["person", command, "nonsense"])
            .ends(2);
    }
    registry.knows_nobody(&["person", "export", NOBODY, "-"], "person");
}

#[rstest]
#[tokio::test]
async fn whoever_is_erased_is_gone(
    #[values(Sqlite, Postgres)] database: Database,
    #[values(true, false)] keeps: bool,
) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    registry.token(CHILD_USER, None, None).await;
    let applicant = Some((CONFIDANT_USER, CONFIDANT));
    registry.token(CHILD_USER, applicant, None).await;
    registry
        .program
        .run(&[
            "relationship",
            "confirm",
            RELATIONSHIP,
            "--comment",
            "Бачив свідоцтво",
        ])
        .ends(0);
    let run = registry.program.run(&["person", "erase", CHILD]).ends(2);
    assert_eq!(
        run.err,
        "Whoever is erased cannot be brought back: give --yes to do it.\n"
    );
    assert_eq!(registry.count("persons").await, 2);
    let flag = if keeps { "true" } else { "false" };
    let erased = registry.json(&[
        "person",
        "erase",
        CHILD,
        "--yes",
        "--keeps-evidence",
        flag,
        "--comment",
        "Заява",
    ]);
    assert_eq!(
        erased,
        [json!({ "id": CHILD, "is_erased": true, "keeps_evidence": keeps, "person_requests": [] })]
    );
    for (table, rows) in [
        ("persons", 1),
        ("users", 1),
        ("tokens", 0),
        ("approvals", 0),
        ("confidant_person_relationships", 0),
        ("relationship_claims", 0),
        ("used_signatures", 0),
        ("person_authentication_methods", 1),
        // Two registrations of a signature; of a claim nothing stays where nothing is kept.
        ("erased_evidence", if keeps { 2 } else { 1 }),
        (
            "erased_evidence WHERE signed_content IS NOT NULL",
            if keeps { 2 } else { 0 },
        ),
        (
            "erased_evidence WHERE person_id IS NOT NULL",
            if keeps { 2 } else { 0 },
        ),
        ("operator_acts WHERE comment = 'Заява'", 1),
        ("operator_acts WHERE comment = 'Бачив свідоцтво'", 0),
    ] {
        assert_eq!(registry.count(table).await, rows, "{table}");
    }
    // The signature is used up, whoever it is tried for; a claim used none up.
    assert!(registry.is_used(&SIGNATURE).await);
    assert!(!registry.is_used(&CLAIM).await);
    let mut held = registry.db.write().await.unwrap();
    let evidence = Evidence {
        signature_sha256: &SIGNATURE,
        certificate_sha256: &[9; 32],
        signed_content: "",
    };
    let used = person_store::use_signature(held.link(), &evidence, CONFIDANT, now()).await;
    assert!(!used.unwrap());
    drop(held);
    registry.knows_nobody(&["person", "erase", NOBODY, "--yes"], "person");
    // The one who stood for the child goes the same way.
    let confidant = CONFIDANT.to_string();
    registry
        .program
        .run(&["person", "erase", &confidant, "--yes"])
        .ends(0);
    assert_eq!(registry.count("persons").await, 0);
    assert_eq!(registry.count("users").await, 0);
}

/// Erasing a confidant leaves the child, who confirms through them no more.
#[rstest]
#[tokio::test]
async fn a_confidant_is_erased(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let applicant = Some((CONFIDANT_USER, CONFIDANT));
    registry.token(CHILD_USER, applicant, None).await;
    let confidant = CONFIDANT.to_string();
    registry
        .program
        .run(&["person", "erase", &confidant, "--yes"])
        .ends(0);
    for (table, rows) in [
        ("persons", 1),
        ("users", 1),
        ("tokens", 0),
        ("confidant_person_relationships", 0),
        ("person_authentication_methods", 0),
        ("used_signatures", 1),
        ("erased_evidence WHERE is_used = false", 1),
    ] {
        assert_eq!(registry.count(table).await, rows, "{table}");
    }
}

#[rstest]
#[tokio::test]
async fn streams_one_by_one(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let set = |stream: &str, status: &str, reason: Option<&str>| {
        let mut line = vec![
            "person",
            "verification",
            CHILD,
            "--stream",
            stream,
            "--status",
            status,
        ];
        line.extend(reason.into_iter().flat_map(|reason| ["--reason", reason]));
        registry.json(&line).remove(0)
    };
    // The operator imported a status without streams: it becomes the manual one.
    let after = set("drfo", "VERIFICATION_NEEDED", None);
    assert_eq!(
        after,
        json!({
            "id": CHILD, "verification_status": "VERIFICATION_NEEDED",
            "verification": {
                "nhs": { "status": "VERIFIED", "reason": null },
                "drfo": { "status": "VERIFICATION_NEEDED", "reason": null },
            },
        })
    );
    let together = |after: Value| text(&after, "verification_status");
    assert_eq!(together(set("drfo", "VERIFIED", None)), "VERIFIED");
    assert_eq!(
        together(set("unzr", "NOT_VERIFIED", None)),
        "CHANGES_NEEDED"
    );
    // A question about a death is no death.
    assert_eq!(
        together(set("dracs_death", "NOT_VERIFIED", None)),
        "CHANGES_NEEDED"
    );
    assert_eq!(registry.count("persons WHERE is_deceased = true").await, 0);
    let documents = set("nhs", "NOT_VERIFIED", Some("DOCUMENTS_TRIGGERED"));
    assert_eq!(together(documents), "CHANGES_NEEDED");
    // The reason of before does not stay with what is said by hand.
    let by_hand = set("nhs", "NOT_VERIFIED", None);
    assert_eq!(by_hand["verification"]["nhs"]["reason"], Value::Null);
    assert_eq!(together(by_hand), "NOT_VERIFIED");

    let refused = |stream: &str, status: &str| {
        let line = [
            "person",
            "verification",
            CHILD,
            "--stream",
            stream,
            "--status",
            status,
        ];
        registry.program.run(&line).ends(2).err
    };
    for (stream, status, named) in [
        ("horoscope", "VERIFIED", "dracs_name_change"),
        ("nhs", "verified", "VERIFICATION_NOT_NEEDED"),
        ("nhs", "DEAD", "it is one of VERIFIED, VERIFICATION_NEEDED"),
        (
            "drfo",
            "CHANGES_NEEDED",
            "it is one of VERIFIED, VERIFICATION_NEEDED",
        ),
    ] {
        let err = refused(stream, status);
        assert!(err.contains(named), "{named} is not in {err}");
    }
    let line = [
        "person",
        "verification",
        CHILD,
        "--stream",
        "nhs",
        "--status",
        "VERIFIED",
        "--reason",
        "бо так",
    ];
    registry.program.run(&line).ends(2);
    let line = [
        "person",
        "verification",
        NOBODY,
        "--stream",
        "nhs",
        "--status",
        "VERIFIED",
    ];
    registry.knows_nobody(&line, "person");
}

/// The body of a login.
fn login(signed_content: &str) -> Value {
    json!({ "token": {
        "client_id": CLIENT, "client_secret": SECRET, "grant_type": "pis_auth", "scope": "app:authorize profile:read",
        "signed_content": signed_content, "signed_content_encoding": "base64",
    } })
}

#[rstest]
#[tokio::test]
async fn the_dead_and_the_inactive_enter_nowhere(
    #[values(Sqlite, Postgres)] database: Database,
    #[values("none", "deceased", "deactivate")] command: &str,
) {
    let scratch = Scratch::new(database).await;
    let confidant = CONFIDANT.to_string();
    {
        let registry = Registry::new(&scratch).await;
        let user = CONFIDANT_USER.to_string();
        registry.token(&user, None, None).await;
        registry
            .token(CHILD_USER, Some((CONFIDANT_USER, CONFIDANT)), None)
            .await;
        assert_eq!(registry.tokens(&user).len(), 2);
        if command != "none" {
            let line = ["person", command, &confidant, "--comment", "Довідка"];
            let after = registry.json(&line).remove(0);
            let expected = match command {
                "deceased" => json!({
                    "id": confidant, "verification_status": "NOT_VERIFIED",
                    "verification": {
                        "nhs": { "status": "VERIFIED", "reason": null },
                        "dracs_death": { "status": "DEAD", "reason": null },
                    },
                }),
                _ => json!({ "id": confidant, "status": "inactive", "is_active": false }),
            };
            assert_eq!(after, expected);
            let act = match command {
                "deceased" => "person.deceased",
                _ => "person.deactivated",
            };
            let acts = registry.acts(&confidant).await;
            assert_eq!(acts, [(act.to_owned(), Some("Довідка".to_owned()))]);
            assert_eq!(registry.tokens(&user), Vec::<String>::new());
        }
    }
    let app = TestApp::on(scratch, &[]).await;
    let world = app.world().await;
    let answer = app
        .api()
        .post("/auth/login", &login(&world.signed_nonce().await))
        .await;
    let is_let_in = answer.status == 201;
    assert_eq!(is_let_in, command == "none", "{}", answer.status);
}

#[rstest]
#[tokio::test]
async fn who_stands_for_whom(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let confidant = CONFIDANT.to_string();
    let lists = |arguments: &[&str]| {
        let line: Vec<_> = ["relationship", "list"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let list = registry.json(&line);
        list.iter().map(|one| text(one, "id")).collect::<Vec<_>>()
    };
    for arguments in [
        &[][..],
        &["--waiting"],
        &["--person", CHILD],
        &["--confidant", &confidant],
        &["--waiting", "--person", CHILD, "--confidant", &confidant],
        &["--waiting", "--confidant", &confidant],
    ] {
        assert_eq!(lists(arguments), [RELATIONSHIP], "{arguments:?}");
    }
    for arguments in [
        &["--person", NOBODY][..],
        &["--confidant", CHILD],
        &["--page", "2"],
        &["--person", CHILD, "--confidant", NOBODY],
    ] {
        assert_eq!(lists(arguments), Vec::<String>::new(), "{arguments:?}");
    }
    let out = registry.program.run(&["relationship", "list"]).ends(0).out;
    assert_eq!(out.lines().count(), 1);
    assert!(
        out.contains("Зразковий Д.М.") && !out.contains("Демʼян"),
        "{out}"
    );

    let shown = registry
        .json(&["relationship", "show", RELATIONSHIP])
        .remove(0);
    assert_eq!(shown["confidant_name"], "Зразковий Демʼян Миколайович");
    assert_eq!(shown["documents_relationship"][0]["number"], "І-БК№540022");
    assert_eq!(shown["verification_reason"], "ONLINE_TRIGGERED");
    assert_eq!(shown["inserted_by"], Value::Null);
    assert_eq!(shown["evidence"][0]["kind"], "claim");
    assert_eq!(shown["evidence"][0]["signature_sha256"], "08".repeat(32));
    assert_eq!(shown["evidence"][0]["certificate_sha256"], "09".repeat(32));
    let page = registry
        .program
        .run(&["relationship", "show", RELATIONSHIP])
        .ends(0)
        .out;
    assert!(page.contains("kind: claim\n"), "{page}");

    let decide = |command: &str, comment: &str| {
        let line = ["relationship", command, RELATIONSHIP, "--comment", comment];
        let after = registry.json(&line).remove(0);
        let reason = text(&after, "verification_reason");
        (
            text(&after, "verification_status"),
            reason,
            after["is_active"] == true,
        )
    };
    let is =
        |status: &str, reason: &str, is_active| (status.to_owned(), reason.to_owned(), is_active);
    let applicant = Some((CONFIDANT_USER, CONFIDANT));
    assert_eq!(
        decide("confirm", "Бачив"),
        is("VERIFIED", "MANUAL_CONFIRMED", true)
    );
    assert_eq!(lists(&["--waiting"]), Vec::<String>::new());
    // Confirming ends no token; saying no ends those of the confidant for this person alone.
    let own = registry.token(CHILD_USER, None, None).await.to_string();
    registry.token(CHILD_USER, applicant, None).await;
    decide("confirm", "Бачив двічі");
    assert_eq!(registry.tokens(CHILD_USER).len(), 2);
    assert_eq!(
        decide("refuse", "Помилка"),
        is("NOT_VERIFIED", "MANUAL_NOT_CONFIRMED", true)
    );
    assert_eq!(registry.tokens(CHILD_USER), std::slice::from_ref(&own));
    decide("confirm", "Таки так");
    registry.token(CHILD_USER, applicant, None).await;
    assert_eq!(
        decide("end", "Позбавлення прав"),
        is("VERIFIED", "MANUAL_CONFIRMED", false)
    );
    assert_eq!(registry.tokens(CHILD_USER), [own]);
    for command in ["confirm", "refuse", "end"] {
        let run = registry
            .program
            .run(&["relationship", command, RELATIONSHIP])
            .ends(1);
        assert_eq!(
            run.err,
            format!("The relationship {RELATIONSHIP} was ended before.\n")
        );
        registry.knows_nobody(&["relationship", command, NOBODY], "relationship");
    }
    registry.knows_nobody(&["relationship", "show", NOBODY], "relationship");
    let shown = registry
        .json(&["relationship", "show", RELATIONSHIP])
        .remove(0);
    assert_eq!(
        (&shown["ended_reason"], &shown["comment"]),
        (&json!("DECISION"), &json!("Позбавлення прав"))
    );
    let comments: Vec<_> = registry.acts(RELATIONSHIP).await;
    let acts: Vec<_> = comments.iter().map(|(act, _)| act.as_str()).collect();
    assert_eq!(
        acts,
        [
            "relationship.confirmed",
            "relationship.confirmed",
            "relationship.refused",
            "relationship.confirmed",
            "relationship.ended"
        ]
    );
}

#[rstest]
#[tokio::test]
async fn users_and_their_tokens(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let user = CONFIDANT_USER.to_string();
    let listed = registry.json(&["user", "list", "--person", CHILD]);
    let [child] = &listed[..] else { panic!("one") };
    assert_eq!(
        (
            &child["id"],
            &child["person_id"],
            &child["email"],
            &child["tax_id"],
            &child["is_blocked"]
        ),
        (
            &json!(CHILD_USER),
            &json!(CHILD),
            &json!("c***@example.com"),
            &Value::Null,
            &json!(false)
        )
    );
    let out = registry.program.run(&["user", "list"]).ends(0).out;
    assert_eq!(out.lines().count(), 2);
    assert!(
        out.contains("*******416") && !out.contains("3112201416"),
        "{out}"
    );
    assert_eq!(
        registry.json(&["user", "list", "--page-size", "1"]).len(),
        1
    );
    assert_eq!(
        registry.json(&["user", "list", "--blocked"]),
        Vec::<Value>::new()
    );

    let applicant = Some((CONFIDANT_USER, CONFIDANT));
    let own = registry.token(&user, None, None).await;
    let for_child = registry.token(CHILD_USER, applicant, None).await;
    let of_child = registry.token(CHILD_USER, None, None).await.to_string();
    let listed = registry.json(&["token", "list", "--user", &user]);
    let names: Vec<_> = listed[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "id",
            "name",
            "user_id",
            "applicant_user_id",
            "applicant_person_id",
            "client_id",
            "client_name",
            "scope",
            "inserted_at",
            "expires_at"
        ]
    );
    assert_eq!(
        registry.tokens(&user),
        [own.to_string(), for_child.to_string()]
    );

    // A token and all that it gave.
    let given = registry.token(&user, None, Some(own)).await;
    assert!(registry.tokens(&user).contains(&given.to_string()));
    let revoked = registry.json(&["token", "revoke", &own.to_string(), "--comment", "Втрачено"]);
    assert_eq!(revoked[0]["id"], own.to_string());
    assert_eq!(registry.tokens(&user), [for_child.to_string()]);
    assert_eq!(
        registry.acts(&own.to_string()).await,
        [("token.revoked".to_owned(), Some("Втрачено".to_owned()))]
    );

    let signed_out = registry.json(&["user", "sign-out", &user, "--comment", "Просить"]);
    assert_eq!(signed_out, [json!({ "id": user, "ended_tokens": 1 })]);
    assert_eq!(registry.tokens(CHILD_USER), [of_child]);

    let blocked = registry.json(&["user", "block", CHILD_USER, "--comment", "Суд"]);
    assert_eq!(blocked, [json!({ "id": CHILD_USER, "is_blocked": true })]);
    assert_eq!(registry.tokens(CHILD_USER), Vec::<String>::new());
    let listed = registry.json(&["user", "list", "--blocked"]);
    assert_eq!(listed[0]["id"], CHILD_USER);
    registry
        .program
        .run(&["user", "unblock", CHILD_USER])
        .ends(0);
    assert_eq!(
        registry.json(&["user", "list", "--blocked"]),
        Vec::<Value>::new()
    );
    assert_eq!(
        registry.acts(CHILD_USER).await,
        [
            ("user.blocked".to_owned(), Some("Суд".to_owned())),
            ("user.unblocked".to_owned(), None)
        ]
    );
    for command in ["block", "unblock", "sign-out"] {
        registry.knows_nobody(&["user", command, NOBODY], "user");
    }
    registry.knows_nobody(&["token", "list", "--user", NOBODY], "user");
    registry.knows_nobody(&["token", "revoke", NOBODY], "token");
    for misuse in [
        &["token", "list"][..],
        &["user", "block"],
        &["user", "block", CHILD_USER, "--comment", " "],
        &["relationship", "list", "--person", "nonsense"],
    ] {
        registry.program.run(misuse).ends(2);
    }
}

/// Nobody is granted the scope of login tokens (authority §8)
#[rstest]
#[tokio::test]
async fn check_tells_what_somebody_could_do(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    let registry = Registry::new(&scratch).await;
    let out = registry.program.run(&["check"]).ends(0).out;
    assert!(
        !out.contains("DOVIRA_CONFIDANT_SIGN_IN_NONCE")
            && !out.contains("DOVIRA_LOGIN_WITHOUT_SECRET")
    );
    let line = [
        "check",
        "--confidant-sign-in-nonce",
        "optional",
        "--login-without-secret",
        "true",
    ];
    let out = registry.program.run(&line).ends(0).out;
    for sentence in [
        "DOVIRA_CONFIDANT_SIGN_IN_NONCE=optional: whoever captures what a confidant signed to sign in can sign in with it themselves, once, ",
        "DOVIRA_LOGIN_WITHOUT_SECRET=true: whoever captures what a person signed",
    ] {
        assert!(out.contains(sentence), "{out}");
    }
    let sql = "UPDATE clients SET scopes = 'person:read app:authorize' WHERE name = 'Мій лікар'";
    let mut held = registry.db.write().await.unwrap();
    dovira::on!(held.link(), |c| sqlx::query(sql)
        .execute(c)
        .await
        .map(|_| ()))
    .unwrap();
    drop(held);
    let out = registry.program.run(&["check"]).ends(1).out;
    assert!(
        out.contains(&format!(
            "Client {CLIENT}: \"app:authorize\" is the scope of login tokens"
        )),
        "{out}"
    );
    let line = [
        "client",
        "add",
        "--name",
        "Нова",
        "--type",
        "PIS",
        "--redirect-uri",
        "https://new.example/",
        "--scope",
        "person:read app:authorize",
    ];
    let run = registry.program.run(&line).ends(2);
    assert!(
        run.err
            .starts_with("\"app:authorize\" is the scope of login tokens"),
        "{}",
        run.err
    );
}
