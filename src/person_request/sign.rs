//! An employee signs what the person confirmed, and the person is in the registry (person requests 4.4).
//!
//! ```text
//!  signed content ─▶ signature ─▶ own, approved request ─▶ the signer is the employee ─▶ the content is what was shown
//!                                          │ one transaction
//!            new: nobody the same ─▶ person, method, relationship ┐
//!            known: still there ─▶ the version before, person ────┴─▶ version ─▶ evidence ─▶ SIGNED
//! ```
//!
//! The signed file is kept in the same transaction, as the evidence of a registration is: a storage of files could not be
//! made to agree with the database at every moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    approve::{content, own},
    create::setting,
    current::CurrentMethod,
    error::RequestError,
    links::tax_id_contradicts,
    methods::{self, time},
    rules::{OTP, Setting, THIRD_PERSON},
    store::{self, Request, RequestStatus},
    versions::Version,
    view,
    wanted::{Confidants, PersonRequestBody},
};
use crate::{
    api::{Answer, ApiError, Call, members::Members},
    db::Tx,
    events::{self, Actor, Event},
    invalid::Rule,
    oauth::{bearer::Staff, store as oauth_store},
    person::{
        documents::normalise_number,
        methods::{Method, with_methods},
        names,
        origin::Origin,
        registration::{ConfidantPerson, Person, RelationType},
        rules::has_document,
        store::{
            self as person_store, Evidence, NewMethod, NewPerson, NewRelationship, NewVersion,
        },
        terms::{relationship_ends, third_person_ends},
        verification::{VerificationStatus, initial_streams},
    },
    random::Draw,
    signed_content::{Policy, Signed, json_object},
    standing::{self, rules::reasons},
    state::App,
};

/// The container of a body (§4.4 row 2).
///
/// # Errors
/// Everything that is wrong with the body.
pub(super) fn container(body: &Map<String, Value>) -> Result<Arc<str>, ApiError> {
    const CONTENT: &str = "signed_content";
    const ENCODING: &str = "signed_content_encoding";
    let mut members = Members::of(body);
    let text = members
        .require(CONTENT)
        .and_then(|value| members.text(CONTENT, value));
    if members
        .get(ENCODING)
        .is_some_and(|encoding| encoding.as_str() != Some("base64"))
    {
        let rule = Rule::with_description(
            "inclusion",
            "value is not allowed in enum",
            json!({ "values": ["base64"] }),
        );
        members.add_broken_rule(ENCODING, rule);
    }
    members.only(&[CONTENT, ENCODING]);
    members.finish()?;
    // Without a text something was reported.
    text.map(Arc::from).ok_or_else(ApiError::internal)
}

/// Signs a request (§4.4).
///
/// # Errors
/// The first rule of the table there that is broken.
pub(super) async fn sign(
    call: &Call,
    staff: &Staff,
    version: Version,
    id: &str,
    text: Arc<str>,
) -> Result<Answer, RequestError> {
    let (app, now) = (&call.app, call.now);
    let signed = app
        .verify(Arc::clone(&text), Policy::with_max_age(None))
        .await?;
    let shown = json_object(&signed.content).map_err(|_| RequestError::ContentUnreadable)?;
    let (request, status) = own(call, staff, version, id).await?;
    if status != RequestStatus::Approved {
        return Err(RequestError::NotApproved);
    }
    check_signer(app, staff, &signed).await?;
    check_content(&request, &Value::Object(shown))?;
    let wanted = PersonRequestBody::from_valid_body(version, content(&request)?.body.clone())?;
    let signing = Signing {
        app,
        staff,
        request: &request,
        wanted: &wanted,
        current: &content(&request)?.current,
        setting: setting(app, now),
        now,
    };
    let mut tx = app.db.begin().await?;
    let person_id = wanted.person_id.unwrap_or_else(|| app.random.uuid());
    let person = &wanted.person;
    person_store::wait_for_rivals(&mut tx, person.birth_date, person.tax_id.as_deref(), None)
        .await?;
    // Of two signatures at the same moment the second finds the request signed before it finds the person registered.
    if !store::sign(tx.link(), request.id, person_id, staff.user.id, now).await? {
        return Err(RequestError::NotApproved);
    }
    signing.register(&mut tx, person_id).await?;
    let evidence = Evidence {
        signature_sha256: &signed.signature_sha256,
        certificate_sha256: &signed.signer.certificate_sha256,
        signed_content: &text,
    };
    if !person_store::use_signature(tx.link(), &evidence, person_id, now).await? {
        // The content names its request, and a request is signed once.
        return Err(RequestError::NotApproved);
    }
    tx.commit().await?;
    Ok(Answer::ok(json!({
        "id": request.id,
        "person_id": person_id,
        "status": RequestStatus::Signed.as_str(),
        "inserted_at": time(request.inserted_at),
        "updated_at": time(now),
    })))
}

/// Rows 7 and 8: the certificate names the employee who calls, in Latin or Cyrillic letters.
async fn check_signer(app: &App, staff: &Staff, signed: &Signed) -> Result<(), RequestError> {
    let drfo = signed
        .signer
        .drfo
        .as_deref()
        .ok_or(RequestError::DrfoMissing)?;
    let tax_ids = {
        let mut held = app.db.read().await?;
        oauth_store::tax_ids_at_work(held.link(), staff.user.id, staff.legal_entity_id()).await?
    };
    let drfo = normalise_number(drfo);
    if tax_ids
        .iter()
        .any(|tax_id| normalise_number(tax_id) == drfo)
    {
        Ok(())
    } else {
        Err(RequestError::SignerIsAnother)
    }
}

/// Rows 9 and 10: the content is what was shown, and the patient signed it.
fn check_content(request: &Request, shown: &Value) -> Result<(), RequestError> {
    if shown.get("patient_signed") != Some(&Value::Bool(true)) {
        return Err(RequestError::NotSignedByPatient);
    }
    let mut expected = view::data(request, RequestStatus::Approved);
    if let Value::Object(members) = &mut expected {
        members.insert("patient_signed".to_owned(), Value::Bool(true));
    }
    if *shown == expected {
        Ok(())
    } else {
        Err(RequestError::ContentDiffers)
    }
}

struct Signing<'a> {
    app: &'a App,
    staff: &'a Staff,
    request: &'a Request,
    wanted: &'a PersonRequestBody,
    current: &'a CurrentMethod,
    setting: Setting<'a>,
    now: DateTime<Utc>,
}

impl Signing<'_> {
    /// Makes or changes the person of that id.
    async fn register(&self, tx: &mut Tx, id: Uuid) -> Result<(), RequestError> {
        let person = normalise_person(&self.wanted.person);
        let version = match self.wanted.person_id {
            None => {
                self.check_unknown(tx).await?;
                1
            }
            Some(id) => keep_outgoing(tx, id).await? + 1,
        };
        let data = self.wanted.body.get("person").unwrap_or(&Value::Null);
        let new = NewPerson {
            id,
            person: &person,
            status: "active",
            is_active: true,
            verification_status: VerificationStatus::VerificationNeeded,
            verification: self.verification(data),
            inserted_by: Some(self.staff.user.id),
            origin: Origin::Institution,
            confidant_id: None,
        };
        person_store::save_person(tx.link(), &new, || self.app.random.uuid(), self.now).await?;
        person_store::save_consents(tx.link(), id).await?;
        if self.wanted.person_id.is_none() {
            self.add_method(tx, id).await?;
        }
        self.relate_all(tx, id, data).await?;
        let version = NewVersion {
            person_id: id,
            version,
            person: data,
            person_request_id: Some(self.request.id),
            inserted_by: Some(self.staff.user.id),
            origin: Origin::Institution,
        };
        Ok(person_store::keep_version(tx.link(), &version, self.now).await?)
    }

    /// Row 12, once more: somebody may have registered the person meanwhile.
    async fn check_unknown(&self, tx: &mut Tx) -> Result<(), RequestError> {
        let person = &self.wanted.person;
        let asked = methods::phone_and_third_person(self.wanted);
        let is_adult = self.setting.is_adult(person.birth_date);
        let (_, namesakes) = store::facts(tx.link(), person, asked, is_adult, self.now).await?;
        let is_child = self.setting.is_child(person.birth_date);
        if namesakes
            .iter()
            .any(|namesake| namesake.is(person, is_child))
        {
            return Err(RequestError::Exists);
        }
        Ok(())
    }

    /// The streams of verification; the one of people says whether a rule asks for a look (§4.4 "Verification flag").
    fn verification(&self, data: &Value) -> Map<String, Value> {
        let reason = if self.rules_are_triggered() {
            "RULES_TRIGGERED"
        } else {
            "RULES_PASSED"
        };
        let mut streams = initial_streams(data);
        streams.insert(
            "nhs".to_owned(),
            json!({
                "status": VerificationStatus::VerificationNeeded.as_str(),
                "reason": reason,
                "comment": null,
            }),
        );
        streams
    }

    fn rules_are_triggered(&self) -> bool {
        let person = &self.wanted.person;
        if *self.current == CurrentMethod::Offline {
            return true;
        }
        if self.setting.is_child(person.birth_date) {
            has_document(person, "BIRTH_CERTIFICATE_FOREIGN")
        } else {
            person.no_tax_id
                || tax_id_contradicts(person)
                || has_document(person, "PERMANENT_RESIDENCE_PERMIT")
        }
    }

    async fn add_method(&self, tx: &mut Tx, person_id: Uuid) -> Result<(), RequestError> {
        let method = self.wanted.method().ok_or(RequestError::Methods)?;
        let birth_date = self.wanted.person.birth_date;
        let is_through_another = method.kind == THIRD_PERSON;
        let new = NewMethod {
            id: self.app.random.uuid(),
            person_id,
            kind: &method.kind,
            phone_number: method
                .phone_number
                .as_deref()
                .filter(|_| method.kind == OTP),
            value: method.value.filter(|_| is_through_another),
            alias: method.alias.as_deref(),
            is_active: true,
            is_primary: true,
            started_at: self.now,
            ended_at: is_through_another
                .then(|| third_person_ends(birth_date, self.setting.people, self.now)),
            origin: Origin::Institution,
        };
        Ok(person_store::save_method(tx.link(), &new, self.now).await?)
    }

    /// Who stands for a minor, seen and written down by a doctor (sign-up 11.5, authority §3): whoever the request names with
    /// documents, and the third person through whom it was confirmed, unless that method was made online.
    async fn relate_all(&self, tx: &mut Tx, id: Uuid, data: &Value) -> Result<(), RequestError> {
        if self.setting.is_adult(self.wanted.person.birth_date) {
            return Ok(());
        }
        let mut named = self.find_confidants(tx, data).await?;
        if let Some(confidant_id) = self.confirmed_through(tx, id).await?
            && named.iter().all(|(known, _)| *known != confidant_id)
        {
            named.push((confidant_id, self.documents_of_request(data)));
        }
        for (confidant_id, documents) in named {
            if confidant_id != id {
                self.relate(tx, id, confidant_id, documents).await?;
            }
        }
        Ok(())
    }

    /// The persons of the registry whom the request names as confidants, with what proves it. The first version describes
    /// them in full: only somebody who is that person without doubt is meant.
    async fn find_confidants(
        &self,
        tx: &mut Tx,
        data: &Value,
    ) -> Result<Vec<(Uuid, Vec<Value>)>, RequestError> {
        let described = match &self.wanted.confidants {
            Confidants::None => return Ok(Vec::new()),
            Confidants::Registered(confidant) => {
                let documents = data.pointer("/confidant_person/documents_relationship");
                return Ok(vec![(confidant.person_id, list(documents))]);
            }
            Confidants::Described(described) => described,
        };
        let mut named = Vec::new();
        for (at, confidant) in described.iter().enumerate() {
            let papers = confidant.documents_person.iter();
            let papers: Vec<_> = papers
                .map(|paper| (paper.kind.clone(), paper.number.clone()))
                .collect();
            let (tax_id, born) = (confidant.tax_id.as_deref(), confidant.birth_date);
            let found = person_store::candidates(tx.link(), tax_id, born, &papers).await?;
            let mut found = found.into_iter().filter(|one| {
                let known = &one.known;
                !known.is_claimed()
                    && names::same(&known.first_name, &confidant.first_name)
                    && names::same(&known.last_name, &confidant.last_name)
            });
            if let (Some(one), None) = (found.next(), found.next()) {
                let path = format!("/confidant_person/{at}/documents_relationship");
                named.push((one.known.id, list(data.pointer(&path))));
            }
        }
        Ok(named)
    }

    /// Through whom the request was confirmed by a method that is worth something: it was made by this request, or by an
    /// institution or the operator before.
    async fn confirmed_through(&self, tx: &mut Tx, id: Uuid) -> Result<Option<Uuid>, RequestError> {
        let CurrentMethod::ThirdPerson { person_id, .. } = self.current else {
            return Ok(None);
        };
        let known = with_methods(tx.link(), id).await?;
        let is_worth = |method: &Method| {
            method.kind == THIRD_PERSON
                && method.value == Some(*person_id)
                && method.origin.is_vouched()
                && method.is_in_use(self.now)
        };
        let methods = known.map(|(_, methods)| methods).unwrap_or_default();
        Ok(methods.iter().any(is_worth).then_some(*person_id))
    }

    /// The documents of the first confidant whom the request describes: those of whoever confirmed it.
    fn documents_of_request(&self, data: &Value) -> Vec<Value> {
        list(data.pointer("/confidant_person/0/documents_relationship"))
    }

    /// What is between the two becomes what a doctor saw; what somebody decided before stays.
    async fn relate(
        &self,
        tx: &mut Tx,
        person_id: Uuid,
        confidant_id: Uuid,
        documents: Vec<Value>,
    ) -> Result<(), RequestError> {
        standing::store::hold(tx.link(), person_id, confidant_id).await?;
        // Only what is between the two matters here, whoever they are.
        let pair = standing::store::pair(tx.link(), person_id, confidant_id, Uuid::nil()).await?;
        let between = pair.facts.map(|facts| facts.relationship);
        let id = match between {
            Some(one) if one.is_in_force(self.now) && (one.waits() || one.is_unknown_there()) => {
                person_store::see_relationship(tx.link(), one.id, &documents, self.now).await?;
                one.id
            }
            Some(one) if !one.can_be_claimed_anew(self.now) => return Ok(()),
            _ => {
                person_store::end_expired_relationship(
                    tx.link(),
                    person_id,
                    confidant_id,
                    self.now,
                )
                .await?;
                self.add_relationship(tx, person_id, confidant_id, documents)
                    .await?
            }
        };
        events::tell(&Event {
            kind: "relationship.confirmed",
            actor: Actor::Employee(self.staff.user.id),
            person_id: Some(person_id),
            subject_id: Some(id),
        });
        Ok(())
    }

    async fn add_relationship(
        &self,
        tx: &mut Tx,
        person_id: Uuid,
        confidant_id: Uuid,
        documents_relationship: Vec<Value>,
    ) -> Result<Uuid, RequestError> {
        let confidant = ConfidantPerson {
            person_id: confidant_id,
            relation_type: RelationType::Primary,
            documents_relationship,
        };
        let birth_date = self.wanted.person.birth_date;
        let new = NewRelationship {
            id: self.app.random.uuid(),
            person_id,
            confidant: &confidant,
            verification_status: VerificationStatus::VerificationNeeded.as_str(),
            verification_reason: reasons::BY_DOCTOR,
            active_to: relationship_ends(birth_date, self.setting.people, self.now),
            register_confirmed_at: None,
            inserted_by: Some(self.staff.user.id),
        };
        person_store::save_relationship(tx.link(), &new, self.now).await?;
        Ok(new.id)
    }
}

fn list(value: Option<&Value>) -> Vec<Value> {
    value.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Row 11; and what the person was before is kept where it is not yet. Their version.
async fn keep_outgoing(tx: &mut Tx, id: Uuid) -> Result<i64, RequestError> {
    match person_store::keep_outgoing(tx.link(), id).await? {
        None => Err(RequestError::PersonGone),
        Some(outgoing) if !outgoing.is_current => Err(RequestError::PersonInactive),
        Some(outgoing) => Ok(outgoing.version),
    }
}

/// The person as they are registered: no more than one space in a name, the e-mail address in small letters (§4.4, §5.1).
fn normalise_person(person: &Person) -> Person {
    let collapsed = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut person = person.clone();
    person.first_name = collapsed(&person.first_name);
    person.last_name = collapsed(&person.last_name);
    person.second_name = person.second_name.as_ref().map(collapsed);
    person.email = person.email.map(|email| email.to_lowercase());
    person
}
