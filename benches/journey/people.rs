//! An authority, a confidant, a client, and children whose registrations are signed before anything is measured.

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

use crate::Failed;

/// The client.
pub const CLIENT: Uuid = uuid!("c1c1c1c1-0000-4000-8000-000000000001");
/// Its secret.
pub const CLIENT_SECRET: &str = "a secret of the measured client";
/// Its address.
pub const REDIRECT_URI: &str = "https://client.example/callback";
/// What it asks for.
pub const SCOPES: &str = "app:authorize declaration:read person:read";
/// The user of the confidant.
pub const USER: Uuid = uuid!("c1c1c1c1-0000-4000-8000-000000000002");
const CONFIDANT: Uuid = uuid!("c1c1c1c1-0000-4000-8000-000000000003");
const METHOD: Uuid = uuid!("c1c1c1c1-0000-4000-8000-000000000004");
const DRFO: &str = "3112201416";
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
    /// Signed registrations in base64, each of another child.
    pub contents: Vec<String>,
}

impl Registry {
    /// Makes `children` registrations, with what they need under `directory`.
    pub fn new(directory: &Path, children: usize) -> Result<Self, Failed> {
        let trusted = directory.join("trusted");
        fs::create_dir_all(&trusted)?;
        let (key, certificate) = confidant(&trusted)?;
        let provisioning = directory.join("provisioning.json");
        let today = SystemClock.now();
        let registered = self::provisioning(today.date_naive())?;
        fs::write(&provisioning, registered.to_string())?;
        let contents = (0..children)
            .map(|number| {
                let content = child(number, today.date_naive())?.to_string();
                let what = ToSign {
                    content: content.as_bytes(),
                    certificate: &certificate,
                    chain: &[],
                    signing_time: Some(today),
                };
                Ok(STANDARD.encode(sign(&key, &what)?))
            })
            .collect::<Result<_, Failed>>()?;
        Ok(Self {
            trusted,
            provisioning,
            contents,
        })
    }
}

/// The confidant's key and certificate; that of the authority goes into `trusted`.
fn confidant(trusted: &Path) -> Result<(SigningKey, Certificate), Failed> {
    let now = SystemClock.now();
    let validity = (now - TimeDelta::days(1), now + TimeDelta::days(30));
    let root_key = SigningKey::generate_ecdsa_p256()?;
    let name = Name::authority("Bench", "Bench root", "UA-00000000-0001");
    let root = Template::authority(name, None, root_key.public_key_der()?, &[1], validity);
    let root = issue::issue(&root, Issuer::Itself(&root_key))?;
    fs::write(trusted.join("root.cer"), root.der())?;
    let key = SigningKey::generate_ecdsa_p256()?;
    let person = issue::Person {
        surname: "Зразковий",
        given_name: "Дем\u{2BC}ян Миколайович",
        drfo: Some(DRFO),
        organisation: None,
    };
    let template = Template::person(&person, key.public_key_der()?, &[2], validity);
    let certificate = issue::issue(&template, Issuer::Authority(&root, &root_key))?;
    Ok((key, certificate))
}

/// The client, the confidant, and [`REGISTERED`] children of theirs.
fn provisioning(today: NaiveDate) -> Result<Value, Failed> {
    let mut confidant = person(samples::self_registration(""));
    set(&mut confidant, "/id", json!(CONFIDANT));
    set(
        &mut confidant,
        "/authentication_methods",
        json!([{ "id": METHOD, "type": "OTP", "phone_number": "+380500000017" }]),
    );
    let mut persons = vec![confidant];
    let mut users = vec![json!({ "id": USER, "tax_id": DRFO, "person_id": CONFIDANT })];
    let mut relationships = Vec::new();
    for number in 0..REGISTERED {
        let id = |kind: u128| Uuid::from_u128((kind << 100) + number as u128);
        let mut child = person(child(FIRST_REGISTERED + number, today)?);
        set(&mut child, "/id", json!(id(1)));
        set(
            &mut child,
            "/authentication_methods",
            json!([{ "id": id(2), "type": "THIRD_PERSON", "value": CONFIDANT }]),
        );
        users.push(json!({ "id": id(3), "tax_id": child.get("tax_id"), "person_id": id(1) }));
        persons.push(child);
        relationships.push(json!({
            "id": id(4), "person_id": id(1), "confidant_person_id": CONFIDANT, "verification_status": "VERIFIED",
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

/// A registration of child `number`: a birth date, a tax number and a birth certificate of their own.
fn child(number: usize, today: NaiveDate) -> Result<Value, Failed> {
    let (nth, day) = (number / BIRTH_DAYS, number % BIRTH_DAYS);
    let birth = today
        .checked_sub_days(Days::new(400 + u64::try_from(day)?))
        .ok_or("no such day")?;
    let serial = u16::try_from(nth * 2)?;
    let tax_id = TaxId::of(birth, serial).ok_or("no such tax number")?;
    let certificate = format!("І-БК№{number:06}");
    let issued = birth.to_string();
    let mut content = samples::confidant_registration(CONFIDANT);
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
