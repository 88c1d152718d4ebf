//! §1: a database of the release before, with each kind of record: what came from where is derived, and what somebody typed
//! signs nobody in any more.

use dovira::db::Db;
use rstest::rstest;
use uuid::Uuid;

use crate::{
    person_requests::id_in,
    support::{
        Database::{self, Postgres, Sqlite},
        Scratch,
    },
};

/// The cabinet, as whatever it makes is signed.
const CABINET: Uuid = Uuid::from_u128(0x4261_eacf_8008_4e62_899f_de1e_2f70_65f0);
const AT: &str = "'2026-05-01T10:00:00+00:00'";
const LATER: &str = "'2026-05-20T10:00:00+00:00'";

fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(kind << 120 | 0x4000_8000_0000_0000_0000 | number)
}

/// A database as it was, row by row.
struct Old {
    database: Database,
    db: Db,
}

impl Old {
    fn id(&self, id: Uuid) -> String {
        id_in(self.database, id)
    }

    fn octets(&self, octet: u8) -> String {
        match self.database {
            Sqlite => format!("x'{octet:064x}'"),
            Postgres => format!("'\\x{octet:064x}'"),
        }
    }

    async fn run(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let mut held = self.db.write().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::raw_sql(sql)
            .execute(c)
            .await
            .map(|_| ()))
        .unwrap();
    }

    async fn text(&self, sql: &str) -> Option<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let mut held = self.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }

    /// A person whom `by` made; `updated_by` changed them to that version.
    async fn person(&self, number: u128, by: Option<Uuid>, version: i64, updated_by: Option<Uuid>) {
        let person = self.id(id(0xa0, number));
        let or_null = |id: Option<Uuid>| id.map_or("NULL".to_owned(), |id| self.id(id));
        let (by, updated_by) = (or_null(by), or_null(updated_by));
        self.run(&format!(
            "INSERT INTO persons (id, version, status, is_active, verification_status, verification, first_name, last_name, first_name_key, last_name_key,
                birth_date, no_tax_id, tax_id, addresses, phones, inserted_at, inserted_by, updated_at, updated_by)
            VALUES ({person}, {version}, 'active', true, 'VERIFICATION_NEEDED', '{{}}', 'Демʼян', 'Зразковий', 'демян', 'зразковий',
                '1985-03-17', false, '300000000{number}', '[]', '[]', {AT}, {by}, {AT}, {updated_by})"
        ))
        .await;
        self.run(&format!(
            "INSERT INTO person_authentication_methods (id, person_id, type, is_active, is_primary, started_at, inserted_at, updated_at)
            VALUES ({}, {person}, 'OTP', true, true, {AT}, {AT}, {AT})",
            self.id(id(0xb0, number))
        ))
        .await;
    }

    /// A person's user with their number.
    async fn user(&self, number: u128, is_trusted: bool) {
        let (user, person) = (self.id(id(0xc0, number)), self.id(id(0xa0, number)));
        self.run(&format!(
            "INSERT INTO users (id, tax_id, tax_id_is_trusted, person_id, is_active, is_blocked, inserted_at, updated_at)
            VALUES ({user}, '300000000{number}', {is_trusted}, {person}, true, false, {AT}, {LATER})"
        ))
        .await;
    }

    async fn origin(&self, number: u128) -> [Option<String>; 3] {
        let person = self.id(id(0xa0, number));
        let of = |column: &str| format!("SELECT {column} FROM persons WHERE id = {person}");
        [
            self.text(&of("origin")).await,
            self.text(&of("version_origin")).await,
            self.text(&format!(
                "SELECT origin FROM person_authentication_methods WHERE person_id = {person}"
            ))
            .await,
        ]
    }

    async fn count(&self, table: &str, condition: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE {condition}"));
        let mut held = self.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }
}

/// The people of the database before, by number.
const OPERATORS: u128 = 1;
const CONFIDANTS: u128 = 2;
const DOCTORS: u128 = 3;
const OWN: u128 = 4;
const CABINETS: u128 = 5;
const CAME_HOME: u128 = 6;
const CHANGED_BY_A_DOCTOR: u128 = 7;
const MOTHER: u128 = 8;

async fn fill(old: &Old) {
    old.person(OPERATORS, None, 1, None).await;
    old.user(OPERATORS, false).await;
    old.person(MOTHER, None, 1, None).await;
    old.user(MOTHER, true).await;
    let mother = id(0xc0, MOTHER);
    for number in [CONFIDANTS, CAME_HOME] {
        old.person(number, Some(mother), 1, None).await;
    }
    old.person(CHANGED_BY_A_DOCTOR, Some(mother), 2, Some(id(0xd0, 1)))
        .await;
    for number in [CONFIDANTS, CAME_HOME, CHANGED_BY_A_DOCTOR] {
        old.user(number, number == CAME_HOME).await;
        let octet = u8::try_from(number).unwrap();
        let (person, relationship) = (old.id(id(0xa0, number)), old.id(id(0xf0, number)));
        old.run(&format!(
            "INSERT INTO used_signatures (signature_sha256, certificate_sha256, person_id, signed_content, used_at) VALUES ({0}, {0}, {person}, 'text', {AT})",
            old.octets(octet)
        ))
        .await;
        let is_active = number != CAME_HOME;
        old.run(&format!(
            "INSERT INTO confidant_person_relationships (id, person_id, confidant_person_id, relation_type, is_active, verification_status, verification_reason, documents_relationship, inserted_at, inserted_by, updated_at)
            VALUES ({relationship}, {person}, {}, 'PRIMARY', {is_active}, 'VERIFICATION_NEEDED', 'ONLINE_TRIGGERED', '[]', {AT}, {}, {LATER})",
            old.id(id(0xa0, MOTHER)), old.id(mother)
        ))
        .await;
    }
    old.person(DOCTORS, Some(id(0xd0, 1)), 1, None).await;
    old.person(OWN, Some(id(0xc0, OWN)), 1, None).await;
    old.user(OWN, true).await;
    old.person(CABINETS, Some(CABINET), 1, None).await;
    for (number, version) in [(DOCTORS, 1), (CHANGED_BY_A_DOCTOR, 2)] {
        let (request, person) = (old.id(id(0xe0, number)), old.id(id(0xa0, number)));
        old.run(&format!(
            "INSERT INTO person_requests (id, version, status, channel, is_active, legal_entity_id, employee_id, inserted_at, inserted_by, updated_at)
            VALUES ({request}, 1, 'SIGNED', 'MIS', true, {request}, {request}, {AT}, {request}, {AT});
            INSERT INTO person_versions (person_id, version, person_data, person_request_id, inserted_at) VALUES ({person}, {version}, '{{}}', {request}, {AT})"
        ))
        .await;
    }
    old.run(&format!(
        "INSERT INTO person_documents (id, person_id, position, type, number, number_key) VALUES ({0}, {0}, 0, 'BIRTH_CERTIFICATE', 'І-ЖС№139685', 'I-ЖC№139685')",
        old.id(id(0xa0, CONFIDANTS))
    ))
    .await;
    grants(old).await;
}

/// A client that could ask for login tokens, and what it was given.
async fn grants(old: &Old) {
    let (client, user) = (old.id(id(0x0c, 1)), old.id(id(0xc0, MOTHER)));
    let (octet, other) = (old.octets(1), old.octets(2));
    let (first, second) = (old.id(id(0x0d, 1)), old.id(id(0x0d, 2)));
    old.run(&format!(
        "INSERT INTO clients (id, name, client_type, redirect_uris, redirect_uri_match, scopes, allowed_grant_types, is_blocked, inserted_at, updated_at)
            VALUES ({client}, 'А', 'PIS', '[]', 'exact', 'person:read app:authorize app:read_pis', '[]', false, {AT}, {AT});
        INSERT INTO approvals (id, user_id, client_id, actor_user_id, scope, inserted_at, updated_at) VALUES ({client}, {user}, {client}, {user}, 'app:authorize person:read', {AT}, {AT});
        INSERT INTO tokens (id, name, value_hash, user_id, client_id, approval_id, scope, grant_type, inserted_at, expires_at)
            VALUES ({first}, 'refresh_token', {octet}, {user}, {client}, {client}, 'person:read app:authorize', 'authorization_code', {AT}, {LATER});
        INSERT INTO tokens (id, name, value_hash, user_id, client_id, scope, grant_type, inserted_at, expires_at)
            VALUES ({second}, 'access_token', {other}, {user}, {client}, 'app:authorize', 'pis_auth', {AT}, {LATER});
        INSERT INTO flows (id, browser_hash, first_page, stage, client_id, redirect_uri, scope, payload, inserted_at, expires_at)
            VALUES ({client}, {octet}, 'sign_in', 'accept', {client}, 'https://a.example', 'app:authorize', '{{}}', {AT}, {LATER});
        INSERT INTO user_requests (id, tax_id, first_name, last_name, client_id, redirect_uri, scope, inserted_at, expires_at)
            VALUES ({client}, '1', 'А', 'Б', {client}, 'https://a.example', 'app:authorize person:read', {AT}, {LATER})"
    ))
    .await;
}

#[rstest]
#[tokio::test]
async fn a_database_of_the_release_before(#[values(Sqlite, Postgres)] database: Database) {
    let scratch = Scratch::new(database).await;
    scratch.migrate_before("0011").await;
    let db = Db::connect(&scratch.url, 2).await.unwrap();
    let old = Old { database, db };
    fill(&old).await;
    old.db.migrate().await.unwrap();

    let texts = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned()));
    for (number, expected) in [
        (OPERATORS, ["operator", "operator", "operator"]),
        (MOTHER, ["operator", "operator", "operator"]),
        (CONFIDANTS, ["confidant", "confidant", "confidant"]),
        (CAME_HOME, ["confidant", "confidant", "confidant"]),
        (DOCTORS, ["institution", "institution", "institution"]),
        (OWN, ["own", "own", "own"]),
        (CABINETS, ["own", "own", "own"]),
        (
            CHANGED_BY_A_DOCTOR,
            ["confidant", "institution", "confidant"],
        ),
    ] {
        assert_eq!(old.origin(number).await, texts(expected), "{number}");
    }
    let mothers = format!("origin_confidant_id = {}", old.id(id(0xa0, MOTHER)));
    assert_eq!(old.count("persons", &mothers).await, 3);
    let owned = format!(
        "owned_at IS NOT NULL AND id IN ({}, {}, {})",
        old.id(id(0xa0, OWN)),
        old.id(id(0xa0, CABINETS)),
        old.id(id(0xa0, CAME_HOME))
    );
    assert_eq!(old.count("persons", &owned).await, 3);
    assert_eq!(old.count("persons", "owned_at IS NOT NULL").await, 3);

    // Who has which number: the operator's is vouched for, the doctor's too, the confidant's is nobody's.
    for (number, kept) in [
        (OPERATORS, true),
        (MOTHER, true),
        (OWN, true),
        (CAME_HOME, true),
        (CHANGED_BY_A_DOCTOR, true),
        (CONFIDANTS, false),
    ] {
        let with_number = format!(
            "id = {} AND tax_id IS NOT NULL AND tax_id_is_trusted = true",
            old.id(id(0xc0, number))
        );
        assert_eq!(
            old.count("users", &with_number).await,
            i64::from(kept),
            "{number}"
        );
    }
    // The number stays with the person's data.
    assert_eq!(old.count("persons", "tax_id IS NOT NULL").await, 8);

    let ended = "is_active = false AND ended_reason = 'EXPIRED' AND ended_at = updated_at";
    assert_eq!(old.count("confidant_person_relationships", ended).await, 1);
    let key = old.text("SELECT number_key FROM person_documents").await;
    assert_eq!(key.as_deref(), Some("IЖC139685"));
    for (sql, expected) in [
        ("SELECT scopes FROM clients", "person:read app:read_pis"),
        ("SELECT scope FROM approvals", "person:read"),
        (
            "SELECT scope FROM tokens WHERE approval_id IS NOT NULL",
            "person:read",
        ),
        (
            "SELECT scope FROM tokens WHERE approval_id IS NULL",
            "app:authorize",
        ),
        ("SELECT scope FROM flows", ""),
        ("SELECT scope FROM user_requests", "person:read"),
    ] {
        assert_eq!(old.text(sql).await.as_deref(), Some(expected), "{sql}");
    }
    assert_eq!(old.count("standing_changes", "1 = 1").await, 0);
    assert_eq!(old.count("persons", "is_deceased = true").await, 0);
}
