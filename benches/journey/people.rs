//! An authority, confidants, a client, and children whose registrations are signed before anything is measured.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{Days, NaiveDate, TimeDelta};
use dovira::{
    clock::{Clock, SystemClock},
    person::{samples, tax_id::TaxId},
    signed_content::{
        certificate::Certificate,
        issue::{self, Issuer, Name, Template},
        sign::{SigningKey, ToSign, sign},
    },
};
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::AnyError;

/// The client.
pub const CLIENT: Uuid = uuid!("c1c1c1c1-0000-4000-8000-000000000001");
/// Its secret.
pub const CLIENT_SECRET: &str = "a secret of the measured client";
/// Its address.
pub const REDIRECT_URI: &str = "https://client.example/callback";
/// What it asks for.
pub const SCOPES: &str = "declaration:read person:read";
/// A confidant registers so many children: what they stand for is counted each time, and nobody stands for hundreds.
const CHILDREN_OF_ONE: usize = 20;
/// So many of those who are registered already have the same confidant.
const SIBLINGS: usize = 5;
/// Children are born on so many days.
const BIRTH_DAYS: usize = 3000;
/// Children who are registered already: what grows with the registry must be seen.
const REGISTERED: usize = 10_000;
/// Their numbers begin after those of the measured ones.
const FIRST_REGISTERED: usize = 600_000;

/// Everybody and everything that a journey needs.
pub struct Registry {
    /// The directory of trusted certificates.
    pub trusted: PathBuf,
    /// The provisioning file.
    pub provisioning: PathBuf,
    /// Signed registrations, each of another child.
    pub contents: Vec<Registration>,
    /// The users of the confidants.
    pub users: Vec<Uuid>,
}

/// A signed registration.
pub struct Registration {
    /// Which of the confidants signed it.
    pub confidant: usize,
    /// Base64.
    pub text: String,
}

impl Registry {
    /// Makes `children` registrations, with what they need under `directory`.
    pub fn new(directory: &Path, children: usize) -> Result<Self, AnyError> {
        let trusted = directory.join("trusted");
        fs::create_dir_all(&trusted)?;
        let confidants = children.div_ceil(CHILDREN_OF_ONE);
        let signers = signers(&trusted, confidants)?;
        let provisioning = directory.join("provisioning.json");
        let today = SystemClock.now();
        let registered = self::provisioning(confidants, today.date_naive())?;
        fs::write(&provisioning, registered.to_string())?;
        let contents = (0..children)
            .map(|number| {
                // Neighbours have different confidants: nobody registers their children all at once.
                let confidant = number % confidants;
                let (key, certificate) = signers.get(confidant).ok_or("no such confidant")?;
                let content = child(number, confidant, today.date_naive())?.to_string();
                let what = ToSign {
                    content: content.as_bytes(),
                    certificate,
                    chain: &[],
                    signing_time: Some(today),
                };
                let text = STANDARD.encode(sign(key, &what)?);
                Ok(Registration { confidant, text })
            })
            .collect::<Result<_, AnyError>>()?;
        Ok(Self {
            trusted,
            provisioning,
            contents,
            users: (0..confidants)
                .map(|number| id(Kind::User, number))
                .collect(),
        })
    }
}

/// What an id is of.
#[derive(Clone, Copy)]
enum Kind {
    Adult = 1,
    Method,
    User,
    Child,
    ChildMethod,
    ChildUser,
    Relationship,
}

fn id(kind: Kind, number: usize) -> Uuid {
    Uuid::from_u128(((kind as u128) << 100) + number as u128)
}

/// The tax number of an adult: all are born on one day.
fn tax_id(adult: usize) -> Result<String, AnyError> {
    let birth = NaiveDate::from_ymd_opt(1985, 3, 17).ok_or("no such day")?;
    let serial = u16::try_from(2 * adult + 1)?;
    let tax_id = TaxId::of(birth, serial).ok_or("no such tax number")?;
    Ok(tax_id.to_string())
}

/// The confidants' keys and certificates; that of the authority goes into `trusted`.
fn signers(trusted: &Path, confidants: usize) -> Result<Vec<(SigningKey, Certificate)>, AnyError> {
    let now = SystemClock.now();
    let validity = (now - TimeDelta::days(1), now + TimeDelta::days(30));
    let root_key = SigningKey::generate_ecdsa_p256()?;
    let name = Name::authority("Bench", "Bench root", "UA-00000000-0001");
    let root = Template::authority(name, None, root_key.public_key_der()?, &[1], validity);
    let root = issue::issue(&root, Issuer::Itself(&root_key))?;
    fs::write(trusted.join("root.cer"), root.der())?;
    (0..confidants)
        .map(|number| {
            let key = SigningKey::generate_ecdsa_p256()?;
            let tax_id = tax_id(number)?;
            let person = issue::Person {
                surname: "Зразковий",
                given_name: "Дем\u{2BC}ян Миколайович",
                drfo: Some(&tax_id),
                organisation: None,
            };
            let serial = u32::try_from(number + 2)?.to_be_bytes();
            let template = Template::person(&person, key.public_key_der()?, &serial, validity);
            let certificate = issue::issue(&template, Issuer::Authority(&root, &root_key))?;
            Ok((key, certificate))
        })
        .collect()
}

/// The client, the confidants, and [`REGISTERED`] children of others.
fn provisioning(confidants: usize, today: NaiveDate) -> Result<Value, AnyError> {
    let mut persons = Vec::new();
    let mut users = Vec::new();
    let mut relationships = Vec::new();
    for number in 0..confidants + REGISTERED / SIBLINGS {
        let adult = adult(number)?;
        users.push(json!({
            "id": id(Kind::User, number), "tax_id": adult.get("tax_id"), "person_id": id(Kind::Adult, number),
        }));
        persons.push(adult);
    }
    for number in 0..REGISTERED {
        let confidant = confidants + number / SIBLINGS;
        let mut child = person(child(FIRST_REGISTERED + number, confidant, today)?);
        let (person_id, confidant) = (id(Kind::Child, number), id(Kind::Adult, confidant));
        set(&mut child, "/id", json!(person_id));
        set(
            &mut child,
            "/authentication_methods",
            json!([{ "id": id(Kind::ChildMethod, number), "type": "THIRD_PERSON", "value": confidant }]),
        );
        users.push(json!({
            "id": id(Kind::ChildUser, number), "tax_id": child.get("tax_id"), "person_id": person_id,
        }));
        persons.push(child);
        relationships.push(json!({
            "id": id(Kind::Relationship, number), "person_id": person_id, "confidant_person_id": confidant,
            "verification_status": "VERIFIED",
        }));
    }
    Ok(json!({
        "clients": [{
            "id": CLIENT, "name": "Ромашка", "client_type": "PIS", "secret": CLIENT_SECRET,
            "redirect_uris": [REDIRECT_URI],
            "scopes": format!("{SCOPES} confidant_person:sign_up"),
            "legal_entity": { "type": "PRIMARY_CARE", "name": "Центр первинної допомоги", "edrpou": "00000000" },
        }],
        "persons": persons,
        "users": users,
        "confidant_person_relationships": relationships,
    }))
}

/// The person of a registration.
fn person(mut registration: Value) -> Value {
    registration
        .get_mut("person")
        .map(Value::take)
        .unwrap_or_default()
}

/// An adult whom a code reaches: a tax number, a document and a phone of their own.
fn adult(number: usize) -> Result<Value, AnyError> {
    let mut adult = person(samples::self_registration(""));
    let phone = format!("+38050{number:07}");
    for (place, value) in [
        ("/id", json!(id(Kind::Adult, number))),
        ("/tax_id", json!(tax_id(number)?)),
        ("/documents/0/number", json!(format!("{number:09}"))),
        (
            "/authentication_methods",
            json!([{ "id": id(Kind::Method, number), "type": "OTP", "phone_number": phone }]),
        ),
    ] {
        set(&mut adult, place, value);
    }
    Ok(adult)
}

/// A registration of child `number` by one of the adults: a birth date, a tax number and a birth certificate of their own.
fn child(number: usize, confidant: usize, today: NaiveDate) -> Result<Value, AnyError> {
    let (nth, day) = (number / BIRTH_DAYS, number % BIRTH_DAYS);
    let birth = today
        .checked_sub_days(Days::new(400 + u64::try_from(day)?))
        .ok_or("no such day")?;
    let serial = u16::try_from(nth * 2)?;
    let tax_id = TaxId::of(birth, serial).ok_or("no such tax number")?;
    let certificate = format!("І-БК№{number:06}");
    let issued = birth.to_string();
    let mut content = samples::confidant_registration(id(Kind::Adult, confidant));
    let document = "/person/documents/0";
    let proof = "/person/confidant_person/documents_relationship/0";
    for (place, value) in [
        ("/person/birth_date".to_owned(), birth.to_string()),
        ("/person/tax_id".to_owned(), tax_id.to_string()),
        (
            "/person/unzr".to_owned(),
            format!("{}-{nth:05}", birth.format("%Y%m%d")),
        ),
        (format!("{document}/number"), certificate.clone()),
        (format!("{document}/issued_at"), issued.clone()),
        (format!("{proof}/number"), certificate),
        (format!("{proof}/issued_at"), issued),
    ] {
        set(&mut content, &place, json!(value));
    }
    Ok(content)
}

/// Sets the member at `place`, a JSON pointer.
fn set(json: &mut Value, place: &str, value: Value) {
    if let Some((parent, name)) = place.rsplit_once('/')
        && let Some(members) = json.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        members.insert(name.to_owned(), value);
        return;
    }
    if let Some(member) = json.pointer_mut(place) {
        *member = value;
    }
}
