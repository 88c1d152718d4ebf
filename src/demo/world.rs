//! What the demonstration needs around it, kept under its data directory: secrets, certificates, a family, a client.
//!
//! ```text
//! DIR/secret, client-secret, api-key                   made once, readable by their owner only
//! DIR/keys/*.pem                                       the same: root, intermediate and one for each `Signs`
//! DIR/certificates/trusted/root.cer ─▶ intermediates/intermediate.cer ─▶ people/*.cer
//! DIR/dovira.sqlite
//! ```
//!
//! Every file is written under another name first and renamed when it is whole. A start keeps what is good and makes the
//! rest: what is missing, cannot be read, does not fit together, is of another kind or is about to expire. So a directory
//! left half-made by a process that was killed, or made by an earlier version, heals by itself. Nobody here exists.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use dstu::Curve;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::{
    import::{self, ImportError},
    person::samples,
    random::{Draw, Random},
    secrets::Plain,
    signed_content::{
        algorithm::PublicKey,
        certificate::Certificate,
        issue::{self, IssueError, Issuer, Name, Template, issue},
        sign::{self, DstuHash, SignError, SigningKey, ToSign},
    },
    state::App,
};

/// The pretend client.
pub const CLIENT_ID: Uuid = uuid!("c0a1f00d-0000-4000-8000-000000000001");
/// Its name.
pub const CLIENT_NAME: &str = "Ромашка";
/// The pretend program of a doctor.
pub const CLINIC_ID: Uuid = uuid!("c0a1f00d-0000-4000-8000-000000000002");
/// What it asks people for.
pub const SCOPE: &str =
    "person:read person_request:read person_request:write declaration:read patient_summary:read";

/// How long before it ends a certificate is made anew: a demonstration must not break in the middle.
const MARGIN: TimeDelta = TimeDelta::days(1);
/// From when certificates are good: a link signed long ago must fail by its age alone.
const BEFORE: TimeDelta = TimeDelta::days(30);
/// For how long an authority's certificate is good.
const AUTHORITY_LIFE: TimeDelta = TimeDelta::days(3650);
/// For how long a person's certificate is good.
const PERSON_LIFE: TimeDelta = TimeDelta::days(730);

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A key could not be made or used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// One of the two grown-ups of the invented family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// Who registers the child, unless a case says otherwise.
    Mother,
    /// The other one.
    Father,
}

impl Parent {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mother, Self::Father];

    /// The id of the person in the registry.
    #[must_use]
    pub const fn person_id(self) -> Uuid {
        match self {
            Self::Mother => uuid!("5a3b1e00-0000-4000-8000-000000000001"),
            Self::Father => uuid!("5a3b1e00-0000-4000-8000-000000000002"),
        }
    }

    /// The id of the user.
    #[must_use]
    pub const fn user_id(self) -> Uuid {
        match self {
            Self::Mother => uuid!("5a3b1e00-0000-4000-9000-000000000001"),
            Self::Father => uuid!("5a3b1e00-0000-4000-9000-000000000002"),
        }
    }

    /// Where codes reach them.
    pub(super) const fn phone_number(self) -> &'static str {
        match self {
            Self::Mother => "+380500000025",
            Self::Father => "+380500000017",
        }
    }

    const fn method_id(self) -> Uuid {
        match self {
            Self::Mother => uuid!("5a3b1e00-0000-4000-a000-000000000001"),
            Self::Father => uuid!("5a3b1e00-0000-4000-a000-000000000002"),
        }
    }

    const fn tax_id(self) -> &'static str {
        match self {
            Self::Mother => "3346809522",
            Self::Father => "3112201416",
        }
    }

    /// The parent as a provider of identities tells them: first name and patronymic as one.
    pub(super) fn identity(self) -> Value {
        let person = self.certificate_subject();
        json!({ "id": 2, "drfocode": self.tax_id(), "givenname": person.given_name, "lastname": person.surname })
    }

    fn certificate_subject(self) -> issue::Person<'static> {
        let (surname, given_name) = match self {
            Self::Mother => ("Зразкова", "Оксана Іванівна"),
            Self::Father => ("Зразковий", "Дем\u{2BC}ян Миколайович"),
        };
        issue::Person {
            surname,
            given_name,
            drfo: Some(self.tax_id()),
            organisation: None,
        }
    }

    /// The person as a provisioning file has it. The samples' adult is the father.
    fn person_data(self) -> Value {
        let mut person = samples::self_registration("")
            .get_mut("person")
            .map(Value::take)
            .unwrap_or_default();
        let mut set = |pointer: &str, value: &str| {
            if let Some(member) = person.pointer_mut(pointer) {
                *member = json!(value);
            }
        };
        let phone = self.phone_number();
        match self {
            Self::Mother => {
                set("/first_name", "Оксана");
                set("/last_name", "Зразкова");
                set("/second_name", "Іванівна");
                set("/birth_date", "1991-08-19");
                set("/gender", "FEMALE");
                set("/email", "oksana@example.com");
                set("/tax_id", self.tax_id());
                set("/unzr", "19910819-00000");
                set("/documents/0/number", "000000025");
                set("/phones/0/number", phone);
            }
            Self::Father => {}
        }
        if let Some(members) = person.as_object_mut() {
            members.insert("id".to_owned(), json!(self.person_id()));
            members.insert("verification_status".to_owned(), json!("VERIFIED"));
            members.insert(
                "authentication_methods".to_owned(),
                json!([{ "id": self.method_id(), "type": "OTP", "phone_number": phone }]),
            );
        }
        person
    }
}

/// A child of the family who is registered already, and whom the mother is confirmed to stand for.
pub struct Kin;

impl Kin {
    const PERSON: Uuid = uuid!("5a3b1e00-0000-4000-8000-000000000003");
    const RELATIONSHIP: Uuid = uuid!("5a3b1e00-0000-4000-b000-000000000003");
    const TAX_ID: &str = "4358900023";

    /// What the mother signs to act for the child; a nonce belongs into `jwt`.
    pub fn search() -> Value {
        json!({ "last_name": "Зразкова", "given_name": "Орися", "tax_id": Self::TAX_ID, "jwt": "" })
    }

    fn person_data() -> Value {
        let mut person = samples::confidant_registration(Parent::Mother.person_id())
            .get_mut("person")
            .map(Value::take)
            .unwrap_or_default();
        if let Some(members) = person.as_object_mut() {
            for (name, value) in [
                ("first_name", json!("Орися")),
                ("birth_date", json!("2019-05-05")),
                ("tax_id", json!(Self::TAX_ID)),
                ("unzr", json!("20190505-00000")),
            ] {
                members.insert(name.to_owned(), value);
            }
        }
        if let Some(number) = person.pointer_mut("/documents/0/number") {
            *number = json!("І-БК№190505");
        }
        if let Some(issued_at) = person.pointer_mut("/documents/0/issued_at") {
            *issued_at = json!("2019-05-12");
        }
        registry_person(person, Self::PERSON)
    }
}

/// Somebody of the registry whom no code reaches, as a provisioning file has them.
fn registry_person(mut person: Value, id: Uuid) -> Value {
    if let Some(members) = person.as_object_mut() {
        members.shift_remove("confidant_person");
        for (name, value) in [
            ("id", json!(id)),
            ("verification_status", json!("VERIFIED")),
            ("authentication_methods", json!([])),
        ] {
            members.insert(name.to_owned(), value);
        }
    }
    person
}

/// The mother stands for somebody.
fn of_mother(id: Uuid, person_id: Uuid) -> Value {
    json!({
        "id": id, "person_id": person_id,
        "confidant_person_id": Parent::Mother.person_id(), "verification_status": "VERIFIED",
    })
}

/// A family doctor, who registers people with the program of a clinic.
pub struct Doctor;

impl Doctor {
    /// The id of the user.
    pub const USER: Uuid = uuid!("5a3b1e00-0000-4000-9000-000000000004");
    const EMPLOYEE: Uuid = uuid!("5a3b1e00-0000-4000-c000-000000000004");
    /// Tax number.
    pub const TAX_ID: &str = "3226700056";
    /// Last name.
    pub const LAST_NAME: &str = "Вигаданий";
    /// First name and patronymic.
    pub const GIVEN_NAME: &str = "Любомир Тарасович";
    /// What the clinic's program may do in the doctor's name.
    pub const SCOPE: &str = "person_request:read person_request:write";
}

/// A key that one of them signs with. People get a new certificate for each device and each authority, so one may have
/// several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// The mother, as most people in Ukraine do.
    Mother,
    /// The mother, with a longer key and the newer hash.
    MotherKupyna,
    /// The mother, with ECDSA.
    MotherEcdsa,
    /// The father, as most people do.
    Father,
    /// The father, with RSA.
    FatherRsa,
}

impl Signs {
    /// Whose key it is.
    #[must_use]
    pub const fn parent(self) -> Parent {
        match self {
            Self::Mother | Self::MotherKupyna | Self::MotherEcdsa => Parent::Mother,
            Self::Father | Self::FatherRsa => Parent::Father,
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Mother => "mother",
            Self::MotherKupyna => "mother-kupyna",
            Self::MotherEcdsa => "mother-ecdsa",
            Self::Father => "father",
            Self::FatherRsa => "father-rsa",
        }
    }

    const fn kind(self) -> DemoKeyKind {
        match self {
            Self::Mother | Self::Father => DemoKeyKind::Gost,
            Self::MotherKupyna => DemoKeyKind::Kupyna,
            Self::MotherEcdsa => DemoKeyKind::Ecdsa,
            Self::FatherRsa => DemoKeyKind::Rsa,
        }
    }
}

/// The kinds of keys in use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DemoKeyKind {
    /// DSTU 4145 on the curve m = 257 with GOST 34.311: what nearly all Ukrainian signatures are.
    Gost,
    /// DSTU 4145 on m = 431 with Kupyna-256. Authorities that have gone over to the longer curve sign their certificates
    /// with this size and name it in the keys; the larger ones are rare.
    Kupyna,
    /// ECDSA on P-256.
    Ecdsa,
    /// RSA of 2048 bits.
    Rsa,
}

impl DemoKeyKind {
    fn new_key(self) -> Result<SigningKey, SignError> {
        match self {
            Self::Gost => SigningKey::generate_dstu(Curve::M257, DstuHash::Gost34311),
            Self::Kupyna => SigningKey::generate_dstu(Curve::M431, DstuHash::Kupyna256),
            Self::Ecdsa => SigningKey::generate_ecdsa_p256(),
            Self::Rsa => SigningKey::generate_rsa_2048(),
        }
    }

    fn is_of(self, key: &SigningKey) -> bool {
        match (self, key) {
            (Self::Gost, SigningKey::Dstu(key, DstuHash::Gost34311)) => key.curve() == Curve::M257,
            (Self::Kupyna, SigningKey::Dstu(key, DstuHash::Kupyna256)) => {
                key.curve() == Curve::M431
            }
            (Self::Ecdsa, SigningKey::EcdsaP256(_)) | (Self::Rsa, SigningKey::Rsa(_)) => true,
            _ => false,
        }
    }
}

/// A key with its certificate.
struct Holder {
    key: SigningKey,
    certificate: Certificate,
}

impl Holder {
    fn read(key: &Path, certificate: &Path) -> Option<Self> {
        Some(Self {
            key: SigningKey::read(&fs::read(key).ok()?).ok()?,
            certificate: Certificate::from_der(&fs::read(certificate).ok()?).ok()?,
        })
    }

    fn public_key(&self) -> Option<PublicKey> {
        PublicKey::from_spki(&self.key.public_key_der().ok()?).ok()
    }

    /// Whether the certificate is this key's, issued by `parent` (or by itself) and good for a while from `now` on.
    fn is_good(&self, parent: Option<&Self>, now: DateTime<Utc>) -> bool {
        let own = self.public_key();
        let issuer = match parent {
            Some(parent) => parent.public_key(),
            None => own.clone(),
        };
        let (not_before, not_after) = self.certificate.validity();
        own.as_ref() == self.certificate.public_key()
            && issuer.is_some_and(|issuer| self.certificate.is_signed_by(&issuer))
            && not_before <= now
            && now + MARGIN < not_after
    }
}

/// A template for a public key, a serial number and a validity.
type Fill<'a> = dyn Fn(Vec<u8>, &[u8], issue::Validity) -> Template + 'a;

/// What a holder's certificate will say, and where both are kept.
struct HolderRequirements<'a> {
    key: PathBuf,
    certificate: PathBuf,
    kind: DemoKeyKind,
    template: &'a Fill<'a>,
    life: TimeDelta,
}

/// A serial number: positive, and without a leading zero.
fn serial(random: &dyn Random) -> [u8; 16] {
    let mut serial = random.bytes::<16>();
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 0x01;
    }
    serial
}

/// The holder on disk, if they are still what is wanted; else a new one.
fn keep_or_make(
    wanted: &HolderRequirements<'_>,
    parent: Option<&Holder>,
    now: DateTime<Utc>,
    random: &dyn Random,
) -> Result<Holder, WorldError> {
    let serial = serial(random);
    let validity = (now - BEFORE, now + wanted.life);
    let new = |key: SigningKey| -> Result<Holder, WorldError> {
        let template = (wanted.template)(key.public_key_der()?, &serial, validity);
        let issuer = match parent {
            Some(parent) => Issuer::Authority(&parent.certificate, &parent.key),
            None => Issuer::Itself(&key),
        };
        let certificate = issue(&template, issuer)?;
        Ok(Holder { key, certificate })
    };
    if let Some(kept) = Holder::read(&wanted.key, &wanted.certificate)
        .filter(|holder| wanted.kind.is_of(&holder.key) && holder.is_good(parent, now))
    {
        // A later version of the program may call people otherwise.
        let same = new(kept.key.clone())?.certificate.subject() == kept.certificate.subject();
        if same {
            return Ok(kept);
        }
    }
    let made = new(wanted.kind.new_key()?)?;
    write(&wanted.key, &made.key.to_pem()?)?;
    write(&wanted.certificate, made.certificate.der())?;
    Ok(made)
}

/// One who signs.
pub struct Signer {
    key: SigningKey,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl Signer {
    /// Signed content in DER, signed at `at`, with every certificate below the root.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn sign(&self, content: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>, SignError> {
        sign::sign(
            &self.key,
            &ToSign {
                content,
                certificate: &self.certificate,
                chain: &self.chain,
                signing_time: Some(at),
            },
        )
    }
}

/// Everything under the data directory.
pub struct World {
    directory: PathBuf,
    /// The secret of the installation.
    pub secret: Plain,
    /// The client's secret.
    pub client_secret: Plain,
    /// The client's api key.
    pub api_key: Plain,
    mother: Signer,
    mother_kupyna: Signer,
    mother_ecdsa: Signer,
    father: Signer,
    father_rsa: Signer,
    intermediate: Holder,
}

impl World {
    /// Keeps what is good under `directory` and makes the rest.
    ///
    /// # Errors
    /// What could not be read, written or made.
    pub fn open(
        directory: &Path,
        now: DateTime<Utc>,
        random: &dyn Random,
    ) -> Result<Self, WorldError> {
        let directory = directory.to_owned();
        let secret = |name: &str| kept_secret(&directory.join(name), random);
        let (secret, client_secret, api_key) = (
            secret("secret")?,
            secret("client-secret")?,
            secret("api-key")?,
        );
        let key = |name: &str| directory.join("keys").join(format!("{name}.pem"));
        let root = keep_or_make(
            &HolderRequirements {
                key: key("root"),
                certificate: trusted_directory(&directory).join("root.cer"),
                kind: DemoKeyKind::Gost,
                template: &|public_key, serial, validity| {
                    let name = Name::authority(
                        "Вигаданий орган",
                        "Демонстраційний корінь",
                        "UA-00000000-0001",
                    );
                    Template::authority(name, None, public_key, serial, validity)
                },
                life: AUTHORITY_LIFE,
            },
            None,
            now,
            random,
        )?;
        let intermediate = keep_or_make(
            &HolderRequirements {
                key: key("intermediate"),
                certificate: intermediates(&directory).join("intermediate.cer"),
                kind: DemoKeyKind::Gost,
                template: &|public_key, serial, validity| {
                    let name = Name::authority(
                        "Вигаданий надавач",
                        "Демонстраційний надавач",
                        "UA-00000000-0002",
                    );
                    Template::authority(name, Some(0), public_key, serial, validity)
                },
                life: AUTHORITY_LIFE,
            },
            Some(&root),
            now,
            random,
        )?;
        let signer = |signs: Signs| -> Result<Signer, WorldError> {
            let name = format!("{}.cer", signs.file());
            let holder = keep_or_make(
                &HolderRequirements {
                    key: key(signs.file()),
                    certificate: directory.join("certificates/people").join(name),
                    kind: signs.kind(),
                    template: &|public_key, serial, validity| {
                        let person = signs.parent().certificate_subject();
                        Template::person(&person, public_key, serial, validity)
                    },
                    life: PERSON_LIFE,
                },
                Some(&intermediate),
                now,
                random,
            )?;
            let above = Certificate::from_der(intermediate.certificate.der());
            Ok(Signer {
                key: holder.key,
                certificate: holder.certificate,
                chain: above.into_iter().collect(),
            })
        };
        Ok(Self {
            secret,
            client_secret,
            api_key,
            mother: signer(Signs::Mother)?,
            mother_kupyna: signer(Signs::MotherKupyna)?,
            mother_ecdsa: signer(Signs::MotherEcdsa)?,
            father: signer(Signs::Father)?,
            father_rsa: signer(Signs::FatherRsa)?,
            intermediate,
            directory,
        })
    }

    /// Somebody who is not of the family, with a key and a certificate that nobody keeps.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn newcomer(
        &self,
        surname: &str,
        given_name: &str,
        drfo: &str,
        now: DateTime<Utc>,
        random: &dyn Random,
    ) -> Result<Signer, WorldError> {
        let person = issue::Person {
            surname,
            given_name,
            drfo: Some(drfo),
            organisation: None,
        };
        let key = DemoKeyKind::Gost.new_key()?;
        let validity = (now - BEFORE, now + PERSON_LIFE);
        let serial = serial(random);
        let template = Template::person(&person, key.public_key_der()?, &serial, validity);
        let Holder {
            key: above_key,
            certificate: above,
        } = &self.intermediate;
        let certificate = issue(&template, Issuer::Authority(above, above_key))?;
        Ok(Signer {
            key,
            certificate,
            chain: Certificate::from_der(above.der()).into_iter().collect(),
        })
    }

    /// The directory of trusted certificates.
    #[must_use]
    pub fn trusted_directory(&self) -> PathBuf {
        trusted_directory(&self.directory)
    }

    /// The directory of files.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.directory.join("media")
    }

    /// The directory of intermediate certificates.
    #[must_use]
    pub fn intermediates(&self) -> PathBuf {
        intermediates(&self.directory)
    }

    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.directory.join("dovira.sqlite")
    }

    /// The one who signs with this key.
    #[must_use]
    pub const fn signer(&self, signs: Signs) -> &Signer {
        match signs {
            Signs::Mother => &self.mother,
            Signs::MotherKupyna => &self.mother_kupyna,
            Signs::MotherEcdsa => &self.mother_ecdsa,
            Signs::Father => &self.father,
            Signs::FatherRsa => &self.father_rsa,
        }
    }

    /// Puts the client and the family into the registry, as an operator would: with a provisioning file. The client's
    /// addresses may differ from the last start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provision(
        &self,
        app: &App,
        redirect_uris: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), ImportError> {
        bring(app, &self.provisioning(redirect_uris), now).await
    }

    fn provisioning(&self, redirect_uris: &[String]) -> Value {
        json!({
            "clients": [{
                "id": CLIENT_ID,
                "name": CLIENT_NAME,
                "client_type": "PIS",
                "secret": self.client_secret.expose(),
                "api_key": self.api_key.expose(),
                "redirect_uris": redirect_uris,
                "scopes": format!("{SCOPE} confidant_person:sign_up"),
                "legal_entity": { "type": "PIS", "name": "ТОВ «Ромашка» (вигадане)", "edrpou": "00000000" }
            }, {
                "id": CLINIC_ID,
                "name": "Волошка",
                "client_type": "MIS",
                "redirect_uris": redirect_uris,
                "scopes": Doctor::SCOPE,
                "legal_entity": { "id": CLINIC_ID, "type": "PRIMARY_CARE", "name": "Амбулаторія «Волошка» (вигадана)", "edrpou": "00000001" }
            }],
            "persons": Parent::ALL
                .map(Parent::person_data)
                .into_iter()
                .chain([Kin::person_data()])
                .collect::<Vec<_>>(),
            "confidant_person_relationships": [of_mother(Kin::RELATIONSHIP, Kin::PERSON)],
            "users": Parent::ALL
                .map(|parent| json!({
                    "id": parent.user_id(), "tax_id": parent.tax_id(), "person_id": parent.person_id()
                }))
                .into_iter()
                .chain([json!({ "id": Doctor::USER, "tax_id": Doctor::TAX_ID })])
                .collect::<Vec<_>>(),
            "employees": [{
                "id": Doctor::EMPLOYEE, "user_id": Doctor::USER, "legal_entity_id": CLINIC_ID,
                "employee_type": "DOCTOR", "status": "APPROVED", "tax_id": Doctor::TAX_ID,
            }],
        })
    }
}

/// A child of the registry for whom the mother stands, as an operator would bring them.
pub fn child_of_mother(person: Value, person_id: Uuid, relationship_id: Uuid) -> Value {
    json!({
        "persons": [registry_person(person, person_id)],
        "confidant_person_relationships": [of_mother(relationship_id, person_id)],
    })
}

/// Brings what a provisioning file says into the registry.
///
/// # Errors
/// When the file is no good, or the database fails.
pub async fn bring(app: &App, file: &Value, now: DateTime<Utc>) -> Result<(), ImportError> {
    let file = import::read(file.to_string().as_bytes()).map_err(ImportError::Problems)?;
    import::import(&app.db, &app.keys, &*app.random, &file, now).await?;
    Ok(())
}

fn trusted_directory(directory: &Path) -> PathBuf {
    directory.join("certificates/trusted")
}

fn intermediates(directory: &Path) -> PathBuf {
    directory.join("certificates/intermediates")
}

/// The secret in a file, made when there is none that is whole.
fn kept_secret(path: &Path, random: &dyn Random) -> Result<Plain, WorldError> {
    let new = Plain::generate(random);
    if let Ok(kept) = fs::read_to_string(path)
        && kept.len() == new.expose().len()
    {
        return Ok(Plain::from(kept));
    }
    write(path, new.expose().as_bytes())?;
    Ok(new)
}

/// Writes a file that only its owner can read: whole, or not at all.
fn write(path: &Path, octets: &[u8]) -> Result<(), WorldError> {
    let failed = |error| WorldError::Io {
        path: path.to_owned(),
        error,
    };
    let (Some(folder), Some(name)) = (
        path.parent(),
        path.file_name().and_then(|name| name.to_str()),
    ) else {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    };
    fs::create_dir_all(folder).map_err(failed)?;
    // Hidden: nobody who reads the directory takes it for a finished one.
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let save = || {
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().open(&unfinished)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    save().map_err(failed)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        clock::{Clock, SystemClock},
        random::SystemRandom,
        signed_content::{Policy, TrustStore, verify},
    };

    /// A directory of its own for one test, removed at its end.
    pub struct Folder(pub PathBuf);

    impl Folder {
        pub fn new() -> Self {
            let name = format!("dovira-demo-{}", (&SystemRandom as &dyn Random).uuid());
            Self(std::env::temp_dir().join(name))
        }

        fn open(&self, now: DateTime<Utc>) -> World {
            World::open(&self.0, now, &SystemRandom).unwrap()
        }

        fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
            let mut found = BTreeMap::new();
            let mut folders = vec![self.0.clone()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        found.insert(path.clone(), fs::read(path).unwrap());
                    }
                }
            }
            found
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn signs(world: &World, now: DateTime<Utc>) {
        let store =
            TrustStore::load(&world.trusted_directory(), Some(&world.intermediates())).unwrap();
        assert_eq!(store.unsupported_certificates().count(), 0);
        for (signs, algorithm) in [
            (Signs::Mother, "dstu4145-gost34311/m257"),
            (Signs::MotherKupyna, "dstu4145-kupyna256/m431"),
            (Signs::MotherEcdsa, "ecdsa-p256-sha256"),
            (Signs::Father, "dstu4145-gost34311/m257"),
            (Signs::FatherRsa, "rsa2048-sha256"),
        ] {
            let der = world.signer(signs).sign(b"content", now).unwrap();
            let signed = verify(&der, &store, now, &Policy::default()).unwrap();
            assert_eq!(signed.content, b"content");
            assert_eq!(signed.algorithm, algorithm);
            let tax_id = signs.parent().tax_id();
            assert_eq!(signed.signer.drfo.as_deref(), Some(tax_id));
        }
    }

    #[test]
    fn a_later_start_keeps_everything() {
        let (folder, now) = (Folder::new(), SystemClock.now());
        signs(&folder.open(now), now);
        let made = folder.files();
        assert_eq!(made.len(), 3 + 7 + 7);
        signs(&folder.open(now + TimeDelta::days(100)), now);
        assert_eq!(folder.files(), made);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new();
        folder.open(SystemClock.now());
        for path in folder.files().keys() {
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o600,
                "{path:?}"
            );
        }
    }

    /// A process may be killed after any file, or leave one that it had only begun.
    #[test]
    fn a_half_made_directory_heals() {
        let (folder, now) = (Folder::new(), SystemClock.now());
        folder.open(now);
        for path in folder.files().into_keys() {
            let whole = fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            fs::write(path.with_file_name(format!(".{name}.unfinished")), b"half").unwrap();
            fs::remove_file(&path).unwrap();
            signs(&folder.open(now), now);
            fs::write(&path, &whole[..whole.len() / 2]).unwrap();
            signs(&folder.open(now), now);
            fs::write(&path, b"").unwrap();
            signs(&folder.open(now), now);
        }
        let left: Vec<_> = folder
            .files()
            .into_keys()
            .filter(|path| path.extension().is_some_and(|end| end == "unfinished"))
            .collect();
        assert_eq!(left, Vec::<PathBuf>::new());
    }

    #[test]
    fn what_an_earlier_version_made_is_made_anew() {
        let (folder, now) = (Folder::new(), SystemClock.now());
        folder.open(now);
        // A root that fits together, of another kind, and a family under it.
        let key = SigningKey::generate_ecdsa_p256().unwrap();
        let path = folder.0.join("certificates/trusted/root.cer");
        let kept = Certificate::from_der(&fs::read(&path).unwrap()).unwrap();
        let name = Name::authority(
            "Вигаданий орган",
            "Демонстраційний корінь",
            "UA-00000000-0001",
        );
        let validity = (now - BEFORE, now + AUTHORITY_LIFE);
        let public_key = key.public_key_der().unwrap();
        let template = Template::authority(name, None, public_key, &[1], validity);
        let root = issue(&template, Issuer::Itself(&key)).unwrap();
        assert_eq!(root.subject(), kept.subject());
        fs::write(&path, root.der()).unwrap();
        fs::write(folder.0.join("keys/root.pem"), key.to_pem().unwrap()).unwrap();
        signs(&folder.open(now), now);
        let healed = Certificate::from_der(&fs::read(&path).unwrap()).unwrap();
        let algorithm = healed.algorithm().unwrap();
        assert_eq!(
            algorithm.name(healed.public_key().unwrap()),
            "dstu4145-gost34311/m257"
        );
    }

    #[test]
    fn a_key_of_another_certificate_is_noticed() {
        let (folder, now) = (Folder::new(), SystemClock.now());
        folder.open(now);
        let other = DemoKeyKind::Gost.new_key().unwrap().to_pem().unwrap();
        for name in ["root", "intermediate", "mother", "father-rsa"] {
            fs::write(folder.0.join(format!("keys/{name}.pem")), &other).unwrap();
            signs(&folder.open(now), now);
        }
    }

    #[test]
    fn certificates_are_made_anew_before_they_end() {
        let (folder, now) = (Folder::new(), SystemClock.now());
        folder.open(now);
        let made = folder.files();
        let later = now + PERSON_LIFE;
        signs(&folder.open(later), later);
        let changed = folder.files();
        let changed: Vec<_> = made
            .keys()
            .filter(|path| made[*path] != changed[*path])
            .collect();
        assert_eq!(
            changed.len(),
            10,
            "people's keys and certificates: {changed:?}"
        );
        let much_later = now + AUTHORITY_LIFE;
        signs(&folder.open(much_later), much_later);
    }

    #[test]
    fn the_provisioning_file_is_good() {
        let folder = Folder::new();
        let world = folder.open(SystemClock.now());
        let text = world
            .provisioning(&["http://127.0.0.1:8081/callback".to_owned()])
            .to_string();
        assert!(import::read(text.as_bytes()).is_ok());
        let child = samples::confidant_registration(Parent::Mother.person_id());
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let file = child_of_mother(child["person"].clone(), one, two).to_string();
        assert!(import::read(file.as_bytes()).is_ok());
    }
}
