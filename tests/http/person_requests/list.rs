//! `GET /api/person_requests` (§4.2).

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::support::{
    Answer,
    Database::{self, Postgres, Sqlite},
};

/// A list, whole.
#[track_caller]
fn assert_list(answer: &Answer, data: Value, paging: [i64; 4]) {
    let [number, size, entries, pages] = paging;
    let expected = json!({
        "meta": { "code": 200, "url": format!("{PUBLIC_URL}{}", answer.path), "type": "list", "request_id": "[uuid]" },
        "data": data,
        "paging": { "page_number": number, "page_size": size, "total_entries": entries, "total_pages": pages },
    });
    assert_json(&answer.is(200).json(), &expected);
}

/// Requests of the clinic made behind the program's back: `days` ago, so many, in a status.
async fn fill(app: &TestApp, database: Database, days: i64, count: i64, status: &str) {
    let at = time_in(database, app.now() - TimeDelta::days(days));
    let series = match database {
        Sqlite => format!(
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)"
        ),
        Postgres => format!("(SELECT generate_series(1, {count}) AS n)"),
    };
    let id = match database {
        Sqlite => "randomblob(16)",
        Postgres => "gen_random_uuid()",
    };
    let (clinic, doctor) = (id_in(database, CLINIC), id_in(database, DOCTOR));
    app.execute(&format!(
        "INSERT INTO person_requests (id, version, status, channel, is_active, legal_entity_id, employee_id, first_name, last_name, inserted_at, inserted_by, updated_at)
         SELECT {id}, 1, '{status}', 'MIS', true, {clinic}, {doctor}, 'Імʼя', CAST(n AS TEXT), {at}, {doctor}, {at} FROM {series} s"
    ))
    .await;
}

#[rstest]
#[tokio::test]
async fn acceptance_15_the_latest_first_own_only(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    assert_list(&clinic.api().get(PATH).await, json!([]), [1, 50, 0, 0]);
    let first = clinic.created(&adult()).await;
    let (second, _) = clinic
        .approved(&with(offline(), "/person/tax_id", json!("3112201417")))
        .await;
    app.clock.advance(TimeDelta::seconds(1));
    let version_2 = id_of(
        &clinic
            .api()
            .post(V2, &with(offline(), "/person/tax_id", json!("0000000000")))
            .await,
    );
    let other = clinic.api_of(OTHER_CLINIC, DOCTOR, SCOPES).await;
    let foreign = id_of(&other.post(PATH, &offline()).await);
    let person = json!({ "first_name": "Дем\u{2BC}ян", "last_name": "Зразковий", "second_name": "Миколайович" });
    let listed = |id: &str, status: &str, version: i64| json!({ "id": id, "status": status, "person": person, "version": version });
    let all = json!([
        listed(&version_2, "NEW", 2),
        listed(&second, "APPROVED", 1),
        listed(&first, "NEW", 1)
    ]);
    assert_list(&clinic.api().get(PATH).await, all.clone(), [1, 50, 3, 1]);
    assert_list(&clinic.api().get(V2).await, all, [1, 50, 3, 1]);
    assert_list(
        &other.get(PATH).await,
        json!([listed(&foreign, "NEW", 1)]),
        [1, 50, 1, 1],
    );
    let mut by_status = clinic.api().get(&format!("{PATH}?status=APPROVED")).await;
    assert_list(
        &by_status,
        json!([listed(&second, "APPROVED", 1)]),
        [1, 50, 1, 1],
    );
    by_status = clinic.api().get(&format!("{PATH}?status=SIGNED")).await;
    assert_list(&by_status, json!([]), [1, 50, 0, 0]);
    let page = clinic
        .api()
        .get(&format!(
            "{PATH}?page=2&page_size=2&legal_entity_id={CLINIC}"
        ))
        .await;
    assert_list(&page, json!([listed(&first, "NEW", 1)]), [2, 2, 3, 2]);
    assert_list(
        &clinic
            .api()
            .get(&format!("{PATH}?page=3&page_size=2"))
            .await,
        json!([]),
        [3, 2, 3, 2],
    );
    for (size, shown) in [("301", 300), ("300", 300), ("0", 1), ("-5", 1)] {
        let answer = clinic.api().get(&format!("{PATH}?page_size={size}")).await;
        assert_eq!(
            answer.is(200).json()["paging"]["page_size"],
            shown,
            "{size}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_query_that_cannot_be_answered(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    let wrong = |name: &str, rule: &str, raw: &str, params: Value| {
        let mut item = item(name, rule, raw, params);
        item["entry_type"] = json!("query_parameter");
        item
    };
    let statuses =
        json!({ "values": ["NEW", "APPROVED", "SIGNED", "REJECTED", "CANCELLED", "EXPIRED"] });
    let least = json!({ "greater_than_or_equal_to": 1 });
    let number = |name: &str| {
        wrong(
            name,
            "number",
            "expected the value to be >= %{greater_than_or_equal_to}",
            least.clone(),
        )
    };
    let cast = |name: &str| {
        wrong(
            name,
            "cast",
            "type mismatch. Expected %{expected} but got %{actual}",
            json!({ "actual": "string", "expected": "integer" }),
        )
    };
    let status = wrong(
        "status",
        "inclusion",
        "value is not allowed in enum",
        statuses,
    );
    for (query, items) in [
        ("status=new", vec![status.clone()]),
        ("status=CANCELED", vec![status.clone()]),
        ("page=0", vec![number("page")]),
        ("page=-99999999999999999999", vec![number("page")]),
        ("page=x", vec![cast("page")]),
        ("page_size=x", vec![cast("page_size")]),
        (
            "status=x&page=-1&page_size=1.5",
            vec![status, number("page"), cast("page_size")],
        ),
        (
            &format!("legal_entity_id={OTHER_CLINIC}"),
            vec![wrong(
                "legal_entity_id",
                "inclusion",
                "value is not allowed in enum",
                json!({ "values": [CLINIC] }),
            )],
        ),
    ] {
        refuses_schema(&clinic.api().get(&format!("{PATH}?{query}")).await, items);
    }
    for query in [
        "",
        "status=&page=&page_size=",
        "unknown=1",
        "page=9223372036854775807&page_size=300",
        "page=99999999999999999999&page_size=99999999999999999999",
        "page_size=-99999999999999999999",
    ] {
        clinic.api().get(&format!("{PATH}?{query}")).await.is(200);
    }
}

/// Every page of every size holds exactly what lies there, on whichever days it was made.
#[rstest]
#[tokio::test]
async fn pages_fit_together(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    for (days, count, status) in [
        (40, 7, "SIGNED"),
        (40, 3, "REJECTED"),
        (12, 11, "SIGNED"),
        (0, 2, "EXPIRED"),
        (1, 5, "CANCELLED"),
        (12, 1, "EXPIRED"),
    ] {
        fill(&app, database, days, count, status).await;
    }
    for (query, total) in [
        ("", 29),
        ("&status=SIGNED", 18),
        ("&status=REJECTED", 3),
        ("&status=NEW", 0),
    ] {
        let mut orders = Vec::new();
        for size in [1, 4, 7, 29, 50] {
            let mut ids: Vec<String> = Vec::new();
            for page in 1.. {
                let answer = clinic
                    .api()
                    .get(&format!("{PATH}?page={page}&page_size={size}{query}"))
                    .await
                    .is(200)
                    .json();
                assert_eq!(answer["paging"]["total_entries"], total);
                assert_eq!(answer["paging"]["total_pages"], (total + size - 1) / size);
                let listed = answer["data"].as_array().unwrap();
                ids.extend(
                    listed
                        .iter()
                        .map(|request| request["id"].as_str().unwrap().to_owned()),
                );
                if listed.is_empty() {
                    break;
                }
                assert!(page < 60);
            }
            orders.push(ids);
        }
        assert!(
            orders
                .iter()
                .all(|ids| *ids == orders[0] && ids.len() == usize::try_from(total).unwrap()),
            "{query}"
        );
    }
}

/// Counts are exact whatever changes rows, and however many at once.
#[rstest]
#[tokio::test]
async fn counts_follow_every_change(#[values(Sqlite, Postgres)] database: Database) {
    let app = TestApp::new(database).await;
    let clinic = Clinic::new(&app).await;
    fill(&app, database, 3, 20, "SIGNED").await;
    fill(&app, database, 2, 10, "REJECTED").await;
    app.execute("UPDATE person_requests SET status = 'CANCELLED' WHERE status = 'REJECTED' AND CAST(last_name AS INTEGER) <= 4").await;
    app.execute("UPDATE person_requests SET channel = 'PIS'")
        .await;
    for (status, count) in [
        ("SIGNED", 20),
        ("REJECTED", 6),
        ("CANCELLED", 4),
        ("NEW", 0),
    ] {
        let answer = clinic
            .api()
            .get(&format!("{PATH}?status={status}"))
            .await
            .is(200)
            .json();
        assert_eq!(answer["paging"]["total_entries"], count, "{status}");
    }
    let wrong = "SELECT count(*) FROM person_request_counts c WHERE c.requests <> (SELECT count(*) FROM person_requests r
        WHERE r.legal_entity_id = c.legal_entity_id AND r.status = c.status AND ";
    let day = match database {
        Sqlite => "substr(r.inserted_at, 1, 10) = c.day)",
        Postgres => "(r.inserted_at AT TIME ZONE 'UTC')::date = c.day)",
    };
    assert_eq!(app.number(&format!("{wrong}{day}")).await, 0);
}
