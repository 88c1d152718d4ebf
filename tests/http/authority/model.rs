//! Random acts of five people over three records never let anybody act who may not, and never keep out who may.
//!
//! The model knows what was proven and decided, nothing of the program: whatever is typed, and in whatever order, the
//! program must answer as the model says, and every token that was ever given is good exactly as long as the right is.

use chrono::TimeDelta;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::*;
use crate::{
    person_requests::Clinic,
    support::{
        Database::{self, Postgres, Sqlite},
        UNLIMITED,
    },
};

const PEOPLE: usize = 5;
const RECORDS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Act {
    /// A confidant registers somebody, or claims somebody who is registered.
    Brings(usize, usize),
    /// The operator says yes, or no.
    Confirms(usize, usize),
    Refuses(usize, usize),
    /// A doctor signs a request that names the confidant.
    Signs(usize, usize),
    /// The owner of a record comes for themselves.
    ComesHome(usize),
    /// The operator shuts a confidant out, or lets them in again.
    Blocks(usize),
    Unblocks(usize),
    /// What was allowed to the client is taken back.
    Revokes(usize, usize),
    /// Everybody comes of age.
    Ages,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Between {
    /// Nothing, or it is over and can be claimed anew.
    #[default]
    Nothing,
    Waits,
    Approved,
    Refused,
}

#[derive(Default)]
struct Record {
    exists: bool,
    brought_by: Option<usize>,
    /// Somebody else wrote in it, or its owner came.
    is_anothers_too: bool,
    /// Its owner came.
    is_home: bool,
    /// And left a phone, by which an adult confirms what a doctor changes.
    has_phone: bool,
    between: [Between; PEOPLE],
}

#[derive(Default)]
struct Model {
    records: [Record; RECORDS],
    is_blocked: [bool; PEOPLE],
    are_adults: bool,
}

impl Model {
    fn may_act(&self, who: usize, whom: usize) -> bool {
        let record = &self.records[whom];
        let has_another =
            (0..PEOPLE).any(|other| other != who && record.between[other] == Between::Approved);
        let is_own = record.brought_by == Some(who) && !record.is_anothers_too && !has_another;
        !self.is_blocked[who]
            && match record.between[who] {
                Between::Approved => true,
                Between::Waits => is_own,
                Between::Nothing | Between::Refused => false,
            }
    }

    /// What a confidant is answered who brings a record.
    fn brings(&mut self, who: usize, whom: usize) -> u16 {
        if self.is_blocked[who] {
            return 401;
        }
        let may_act = self.may_act(who, whom);
        let record = &mut self.records[whom];
        if may_act {
            return 201;
        }
        if self.are_adults {
            return 409;
        }
        if record.between[who] == Between::Nothing {
            record.between[who] = Between::Waits;
        }
        if record.exists {
            return 409;
        }
        record.exists = true;
        record.brought_by = Some(who);
        201
    }

    fn decides(&mut self, who: usize, whom: usize, says: Between) {
        let record = &mut self.records[whom];
        let between = &mut record.between[who];
        let is_open = *between == Between::Waits
            || (*between == Between::Approved && says == Between::Refused);
        if is_open {
            *between = says;
        }
    }

    fn signs(&mut self, who: usize, whom: usize) {
        let record = &mut self.records[whom];
        record.is_anothers_too = true;
        if !self.are_adults && record.between[who] != Between::Refused {
            record.between[who] = Between::Approved;
        }
    }

    /// What the owner of a record is answered: a minor signs in and registers themselves later.
    fn comes_home(&mut self, whom: usize) -> u16 {
        let record = &mut self.records[whom];
        if !self.are_adults && !record.exists {
            return 401;
        }
        let was_home = std::mem::replace(&mut record.is_home, true);
        record.exists = true;
        record.is_anothers_too = true;
        record.has_phone |= self.are_adults;
        if was_home && !self.are_adults {
            return 201;
        }
        for between in &mut record.between {
            if *between == Between::Waits {
                *between = Between::Nothing;
            }
        }
        201
    }

    fn ages(&mut self) {
        self.are_adults = true;
        for between in self
            .records
            .iter_mut()
            .flat_map(|record| &mut record.between)
        {
            // What ran out; what was refused before it ran out stays refused, which is the same to an adult.
            *between = Between::Nothing;
        }
    }
}

/// Somebody who is eighteen in two months, with the name of every certificate here.
struct Ward {
    number: u16,
    tax_id: String,
}

const BIRTHDAY: &str = "2008-08-01";

impl Ward {
    fn new(number: u16) -> Self {
        let birthday = BIRTHDAY.parse().unwrap();
        Self {
            number,
            tax_id: TaxId::of(birthday, 1011 + 10 * number).unwrap().to_string(),
        }
    }

    fn phone(&self) -> String {
        format!("+3805011199{:02}", self.number)
    }

    /// What their owner signs.
    async fn own<'a>(&self, world: &'a World<'a>) -> (Somebody<'a>, Value) {
        let owner = Somebody {
            signer: authority().person(Some(&self.tax_id)),
            tax_id: self.tax_id.clone(),
            ..stranger(world, 0).await
        };
        let mut own = owner.own_content(&self.phone()).await;
        own["person"]["birth_date"] = json!(BIRTHDAY);
        own["person"]["unzr"] = json!(format!("20080801-{:05}", self.number));
        own["person"]["documents"][0]["number"] = json!(format!("2000000{:02}", self.number));
        (owner, own)
    }

    /// What a confidant signs.
    async fn content(&self, world: &World<'_>) -> Value {
        let (_, mut content) = self.own(world).await;
        content.as_object_mut().unwrap().shift_remove("jwt");
        for member in ["authentication_methods", "confidant_person"] {
            content["person"][member] = child(1)["person"][member].clone();
        }
        content
    }
}

struct Stage<'a> {
    world: &'a World<'a>,
    people: Vec<Somebody<'a>>,
    wards: Vec<(Ward, Value)>,
    clinic: Clinic<'a>,
    /// Who holds which token for whom.
    held: Vec<(usize, usize, Tokens)>,
}

impl Stage<'_> {
    async fn id_of(&self, whom: usize) -> Option<Uuid> {
        const SQL: &str = "SELECT id FROM persons WHERE tax_id = $1 AND status = 'active'";
        let mut held = self.world.app.app.db.read().await.unwrap();
        dovira::on!(held.link(), |c| sqlx::query_scalar(SQL)
            .bind(&self.wards[whom].0.tax_id)
            .fetch_optional(c)
            .await)
        .unwrap()
    }

    async fn acts(&mut self, act: Act, model: &mut Model) {
        let app = self.world.app;
        match act {
            Act::Brings(who, whom) => {
                let answer = self.people[who].brings(&self.wards[whom].1).await;
                assert_eq!(answer.status, model.brings(who, whom), "{act:?} {answer:?}");
            }
            Act::Confirms(who, whom) => self.decides(who, whom, Between::Approved, model).await,
            Act::Refuses(who, whom) => self.decides(who, whom, Between::Refused, model).await,
            Act::Signs(who, whom) => {
                let Some(id) = self.id_of(whom).await else {
                    return;
                };
                if model.are_adults && !model.records[whom].has_phone {
                    return;
                }
                let (people, wards) = (&self.people, &self.wards);
                let mut body =
                    super::tries::doctors_version(&people[who], &wards[whom].1, id, true);
                if model.are_adults {
                    body["person"]
                        .as_object_mut()
                        .unwrap()
                        .shift_remove("confidant_person");
                }
                self.clinic.registered(&body).await;
                model.signs(who, whom);
            }
            Act::ComesHome(whom) => {
                let ward = &self.wards[whom].0;
                let (owner, content) = ward.own(self.world).await;
                let answer = if model.are_adults {
                    let begun = self.world.begin_own(owner.sign(&content)).await;
                    let code = self.world.order_code(&begun, &ward.phone()).await;
                    self.world.register_own(&begun, &json!(code)).await
                } else {
                    owner.logs_in().await
                };
                answer.is(model.comes_home(whom));
            }
            Act::Blocks(who) => {
                app.change(
                    "UPDATE users SET is_blocked = true, updated_at = $2 WHERE id = $1",
                    self.people[who].user_id,
                )
                .await;
                model.is_blocked[who] = true;
            }
            Act::Unblocks(who) => {
                app.change(
                    "UPDATE users SET is_blocked = false, updated_at = $2 WHERE id = $1",
                    self.people[who].user_id,
                )
                .await;
                model.is_blocked[who] = false;
            }
            Act::Revokes(who, whom) => self.revokes(who, whom).await,
            Act::Ages => {
                app.clock.advance(TimeDelta::days(60));
                if !model.are_adults {
                    model.ages();
                }
            }
        }
    }

    async fn decides(&self, who: usize, whom: usize, says: Between, model: &mut Model) {
        let app = self.world.app;
        let Some(id) = self.id_of(whom).await else {
            return;
        };
        let is_known = model.records[whom].between[who];
        let can = is_known == Between::Waits
            || (is_known == Between::Approved && says == Between::Refused);
        if !can {
            return;
        }
        let relationship = app.relationship(id, self.people[who].person_id).await;
        let sql = match says {
            Between::Approved => {
                "UPDATE confidant_person_relationships SET verification_status = 'VERIFIED', verification_reason = 'MANUAL_CONFIRMED', updated_at = $2 WHERE id = $1"
            }
            _ => {
                "UPDATE confidant_person_relationships SET verification_status = 'NOT_VERIFIED', verification_reason = 'MANUAL_NOT_CONFIRMED', updated_at = $2 WHERE id = $1"
            }
        };
        app.change(sql, relationship).await;
        model.decides(who, whom, says);
    }

    async fn revokes(&mut self, who: usize, whom: usize) {
        const SQL: &str = "SELECT a.id, a.user_id FROM approvals a JOIN users u ON u.id = a.user_id WHERE u.person_id = $1 AND a.actor_user_id = $2";
        let app = &self.world.app.app;
        let Some(id) = self.id_of(whom).await else {
            return;
        };
        let (user, person) = (self.people[who].user_id, self.people[who].person_id);
        let found: Option<(Uuid, Uuid)> = {
            let mut held = app.db.read().await.unwrap();
            dovira::on!(held.link(), |c| sqlx::query_as(SQL)
                .bind(id)
                .bind(user)
                .fetch_optional(c)
                .await)
            .unwrap()
        };
        let Some((approval, user_id)) = found else {
            return;
        };
        let applicant = dovira::oauth::token::Applicant {
            user_id: user,
            person_id: person,
        };
        let subject = dovira::oauth::token::Subject {
            user_id,
            applicant: Some(applicant),
        };
        let now = self.world.app.now();
        dovira::oauth::approvals::revoke(app, subject, approval, None, now)
            .await
            .unwrap();
        let (gone, kept) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|held: &(usize, usize, Tokens)| (held.0, held.1) == (who, whom));
        self.held = kept;
        for (_, _, tokens) in gone {
            refuses(&self.world.person(&tokens.access).await, NO_TOKEN);
            assert_ne!(self.world.refresh(&tokens.refresh).await.status, 201);
        }
    }

    /// Every token is as good as the model says; everybody who may act gets one.
    async fn is_as(&mut self, model: &Model) {
        let mut kept = Vec::new();
        for (who, whom, tokens) in std::mem::take(&mut self.held) {
            let read = self.world.person(&tokens.access).await;
            if model.may_act(who, whom) {
                read.is(200);
                kept.push((who, whom, tokens));
            } else {
                refuses(&read, NO_TOKEN);
                assert_ne!(self.world.refresh(&tokens.refresh).await.status, 201);
            }
        }
        for who in 0..PEOPLE {
            for whom in 0..RECORDS {
                let holds = kept.iter().any(|held| (held.0, held.1) == (who, whom));
                let content = &self.wards[whom].1;
                match (model.may_act(who, whom), holds) {
                    (true, false) => {
                        let tokens = self.people[who].gets_tokens_for(content).await;
                        kept.push((who, whom, tokens));
                    }
                    (false, _) if model.records[whom].between[who] != Between::Nothing => {
                        let answer = self.people[who].acts_for(content).await;
                        assert_ne!(answer.status, 201, "{who} for {whom}");
                    }
                    _ => {}
                }
            }
        }
        self.held = kept;
    }
}

fn act() -> impl Strategy<Value = Act> {
    let pair = || (0..PEOPLE, 0..RECORDS);
    prop_oneof![
        6 => pair().prop_map(|(who, whom)| Act::Brings(who, whom)),
        2 => pair().prop_map(|(who, whom)| Act::Confirms(who, whom)),
        1 => pair().prop_map(|(who, whom)| Act::Refuses(who, whom)),
        1 => pair().prop_map(|(who, whom)| Act::Signs(who, whom)),
        1 => (0..RECORDS).prop_map(Act::ComesHome),
        1 => (0..PEOPLE).prop_map(Act::Blocks),
        1 => (0..PEOPLE).prop_map(Act::Unblocks),
        1 => pair().prop_map(|(who, whom)| Act::Revokes(who, whom)),
        1 => Just(Act::Ages),
    ]
}

async fn play(database: Database, acts: &[Act]) {
    let mut settings = UNLIMITED.to_vec();
    settings.extend(["--confidant-sign-ups-per-day", "0"]);
    let app = TestApp::with(database, &settings).await;
    let world = app.world().await;
    let mut people = Vec::new();
    for number in 0..5 {
        people.push(Somebody::new(&world, number).await);
    }
    let mut wards = Vec::new();
    for number in 0..3 {
        let ward = Ward::new(number);
        let content = ward.content(&world).await;
        wards.push((ward, content));
    }
    let mut stage = Stage {
        world: &world,
        people,
        wards,
        clinic: Clinic::new(&app).await,
        held: Vec::new(),
    };
    let mut model = Model::default();
    for act in acts {
        stage.acts(*act, &mut model).await;
        stage.is_as(&model).await;
    }
}

fn run(database: Database, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases,
        max_shrink_iters: 12,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&prop::collection::vec(act(), 4..14), |acts| {
            runtime.block_on(play(database, &acts));
            Ok(())
        })
        .unwrap();
}

#[test]
fn random_acts_let_nobody_act_who_may_not_sqlite() {
    run(Sqlite, 16);
}

#[test]
fn random_acts_let_nobody_act_who_may_not_postgres() {
    run(Postgres, 6);
}
