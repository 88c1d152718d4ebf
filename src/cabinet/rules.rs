//! What is decided about a registration in the cabinet: pure functions of what was sent, what is stored and what time it is.

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::{CabinetError, not_a_code};
use crate::{
    config::PersonLimits,
    person::{
        age::full_years,
        names,
        registration::Person,
        rules::{self as person_rules, BrokenRule},
        schema::{self, Schemas},
        store::Alike,
        verification::{VerificationStatus, cumulative, initial_streams},
    },
    phone::PhoneNumber,
    verification::GivenCode,
};

const OTP: &str = "OTP";
const NATIONAL_ID: &str = "NATIONAL_ID";
/// How a person of the cabinet is reached, whatever they sent (cabinet §3.3).
pub const PREFERRED_WAY: &str = "phone";

/// A proof of identity: who the provider says somebody is (cabinet §2.2).
#[derive(Clone, sqlx::FromRow)]
pub struct UserRequest {
    /// Its id.
    pub id: Uuid,
    /// The tax number.
    pub tax_id: String,
    /// First name; perhaps with the patronymic behind it.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Patronymic, where the provider tells it apart.
    pub second_name: Option<String>,
    /// E-mail address, where the provider knows one; in small letters.
    pub email: Option<String>,
    /// The account without a person that was found at the provider's answer.
    pub user_id: Option<Uuid>,
    /// The client that the browser came from.
    pub client_id: Uuid,
    /// Where the browser returns to.
    pub redirect_uri: String,
    /// What the client asks for.
    pub scope: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When somebody registered with it.
    pub consumed_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for UserRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserRequest({})", self.id)
    }
}

impl UserRequest {
    /// Whether it can still be registered with (row 3).
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.consumed_at.is_none() && now < self.expires_at
    }
}

/// The body of a registration, after its schema found it good (row 4).
pub struct Form {
    /// The code from the message.
    pub otp: GivenCode,
    /// The password, not looked at yet.
    pub password: SecretString,
    /// `patient` as it was sent.
    pub patient: Map<String, Value>,
}

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// Everything that is wrong with its form.
    pub fn read(schemas: &Schemas, body: Map<String, Value>) -> Result<Self, CabinetError> {
        let mut body = Value::Object(body);
        let mut invalid = schema::check_cabinet(schemas, &body);
        let given = body.get("otp").map(code);
        if let Some(None) = given {
            invalid.insert(0, not_a_code());
        }
        let mut take = |name: &str| body.get_mut(name).map(Value::take);
        match (given.flatten(), take("password"), take("patient")) {
            (Some(otp), Some(Value::String(password)), Some(Value::Object(patient)))
                if invalid.is_empty() =>
            {
                Ok(Self {
                    otp,
                    password: password.into(),
                    patient,
                })
            }
            _ => Err(CabinetError::Schema(invalid)),
        }
    }
}

/// The code of a body: an unsigned integer or a text of digits (cabinet §3.3). None for anything else.
fn code(value: &Value) -> Option<GivenCode> {
    match value {
        Value::String(text) => {
            let is_digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
            is_digits.then(|| GivenCode::from_text(text))
        }
        value => value.as_u64().map(|_| GivenCode::of_json(value)),
    }
}

/// A person who is to be registered, whose data are good and are the provider's (rows 6 to 12).
pub struct Application {
    /// The proof of identity.
    pub request: UserRequest,
    /// The person.
    pub person: Person,
    /// The same as it was sent.
    pub patient: Map<String, Value>,
    /// The phone that has to be proven.
    pub phone: PhoneNumber,
    /// The e-mail address of the account, in small letters.
    pub email: String,
}

impl Application {
    /// Judges what was sent.
    ///
    /// # Errors
    /// The first rule that is broken, in the order of rows 6 to 12.
    pub fn judge(
        request: UserRequest,
        patient: Map<String, Value>,
        limits: &PersonLimits<'_>,
        today: NaiveDate,
    ) -> Result<Self, CabinetError> {
        let mut person = Person::deserialize(Value::Object(patient.clone()))
            .map_err(|_| CabinetError::Internal("a patient that the schema let through"))?;
        check_consent(&patient)?;
        let phone = phone(&person)?;
        check_person(&person, limits, today)?;
        check_identity(&person, &request)?;
        let email = email(person.email.as_deref(), request.email.as_deref())?;
        if full_years(person.birth_date, today) < i32::from(limits.no_self_auth_age) {
            return Err(CabinetError::Age);
        }
        person.email = Some(email.clone());
        person.preferred_way_communication = Some(PREFERRED_WAY.to_owned());
        Ok(Self {
            request,
            person,
            patient,
            phone,
            email,
        })
    }
}

/// The consent (§3.3), which comes before a password is looked at.
///
/// # Errors
/// When it is not given.
pub fn check_consent(patient: &Map<String, Value>) -> Result<(), CabinetError> {
    if patient.get("process_disclosure_data_consent") == Some(&Value::Bool(true)) {
        Ok(())
    } else {
        Err(CabinetError::ConsentMissing)
    }
}

/// The phone of the one authentication method (row 6).
fn phone(person: &Person) -> Result<PhoneNumber, CabinetError> {
    person_rules::check_authentication_methods(person)?;
    let method = person.authentication_methods.first();
    let method = method.filter(|method| method.kind == OTP);
    let number = method.and_then(|method| method.phone_number.as_deref());
    number
        .and_then(|number| PhoneNumber::parse(number).ok())
        .ok_or(CabinetError::NotOtp)
}

/// The rules that need the whole person (row 7). A document may be out of its time: of an identity card only that it says
/// until when it is good is asked.
///
/// # Errors
/// The first rule that is broken.
pub fn check_person(
    person: &Person,
    limits: &PersonLimits<'_>,
    today: NaiveDate,
) -> Result<(), BrokenRule> {
    person_rules::check_unzr(person)?;
    person_rules::check_document_types(&person.documents, limits)?;
    let endless = person
        .documents
        .iter()
        .position(|document| document.kind == NATIONAL_ID && document.expiration_date.is_none());
    if let Some(at) = endless {
        let kind = NATIONAL_ID;
        return Err(BrokenRule::ExpirationMissing { at, kind });
    }
    person_rules::check_document_set(person)?;
    person_rules::check_phone_types(person)?;
    person_rules::check_birth_date(person.birth_date, today)?;
    person_rules::check_addresses(&person.addresses)
}

/// Whether the person is the one of the proof (rows 8 to 10). The provider may write the patronymic behind the first name;
/// where it tells them apart the first name is the whole one.
///
/// # Errors
/// What is another's.
pub fn check_identity(person: &Person, request: &UserRequest) -> Result<(), CabinetError> {
    if person.tax_id.as_deref() != Some(&*request.tax_id) {
        return Err(CabinetError::AnotherPerson);
    }
    if !names::same(&person.last_name, &request.last_name) {
        return Err(CabinetError::LastName);
    }
    let (given, proven) = (
        names::fold_name(&person.first_name),
        names::fold_name(&request.first_name),
    );
    let is_same = match request.second_name {
        Some(_) => given == proven,
        None => proven.contains(&given),
    };
    if is_same {
        Ok(())
    } else {
        Err(CabinetError::FirstName)
    }
}

/// The e-mail address of the account: the provider's, else the person's (cabinet §2.4).
///
/// # Errors
/// When there is none, or there are two.
pub fn email(given: Option<&str>, proven: Option<&str>) -> Result<String, CabinetError> {
    let (given, proven) = (given.map(str::to_lowercase), proven.map(str::to_lowercase));
    match (given, proven) {
        (Some(given), Some(proven)) if given != proven => Err(CabinetError::AnotherEmail),
        (given, proven) => proven.or(given).ok_or(CabinetError::EmailMissing),
    }
}

/// An account as far as rules ask.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its tax number.
    pub tax_id: Option<String>,
    /// Whether it is shut out.
    pub is_blocked: bool,
    /// Its person.
    pub person_id: Option<Uuid>,
    /// Whether that person is in the registry now.
    pub person_is_current: bool,
    /// Whether its tax number is proven.
    pub tax_id_is_trusted: bool,
}

/// What is stored about somebody who registers (rows 13 to 15).
#[derive(Debug, Clone)]
pub struct RegistrationFacts {
    /// The account with the tax number.
    pub by_tax_id: Option<Account>,
    /// The account with the e-mail address.
    pub by_email: Option<Account>,
    /// Whether that address was proven; whoever typed it gets nobody's account by it.
    pub email_is_proven: bool,
    /// Everybody with the tax number and the birth date.
    pub alike: Vec<Alike>,
    /// The account of the person that was found among them.
    pub of_person: Option<OfPerson>,
    /// How many methods of others have the phone.
    pub phone_uses: u32,
}

/// The account of a registered person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OfPerson {
    /// Its id.
    pub id: Uuid,
    /// Its number, proven or vouched for.
    pub tax_id: Option<String>,
    /// Whether it is in use.
    pub is_active: bool,
    /// Whether it is shut out.
    pub is_blocked: bool,
}

/// What a registration does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The account that is updated; none: one is made.
    pub user_id: Option<Uuid>,
    /// The person who is updated; none: one is made.
    pub person_id: Option<Uuid>,
}

/// The person among `alike` who is registered (cabinet §3.6.1).
///
/// # Errors
/// When one of them is dead, or several could be meant.
pub fn find_registered_person(alike: &[Alike]) -> Result<Option<&Alike>, CabinetError> {
    if alike.iter().any(|person| person.known.is_deceased) {
        return Err(CabinetError::PersonNotActive);
    }
    let is_current = |person: &&Alike| person.known.is_current();
    let is_claimed = |person: &&Alike| person.known.is_claimed();
    // What somebody typed makes no second one of a record that somebody answers for.
    let has_vouched = alike
        .iter()
        .any(|one| is_current(&one) && !is_claimed(&one));
    let mut current = alike
        .iter()
        .filter(|person| is_current(person) && !(has_vouched && is_claimed(person)));
    match (current.next(), current.next()) {
        (_, Some(_)) => Err(CabinetError::NotUnique),
        (found, None) => Ok(found),
    }
}

/// What is to be done, by what is stored (rows 13 to 15).
///
/// # Errors
/// The first row that refuses.
pub fn plan(facts: &RegistrationFacts, phone_limit: u32) -> Result<Plan, CabinetError> {
    let account = account(facts)?;
    let person_id = find_registered_person(&facts.alike)?.map(|person| person.known.id);
    let user_id = match (&facts.of_person, account) {
        // Nobody gets a second account in place of one that is shut out.
        (Some(of_person), _) if !of_person.is_active || of_person.is_blocked => {
            return Err(CabinetError::UserBlocked);
        }
        // Somebody else made it for the person, who comes home to it.
        (Some(of_person), None) if of_person.tax_id.is_none() => Some(of_person.id),
        // The person has an account that goes by neither the tax number nor the address.
        (Some(of_person), account) if Some(of_person.id) != account => {
            return Err(CabinetError::TaxIdExists);
        }
        (_, account) => account,
    };
    // The account of the address is somebody else's already.
    let is_of_another = |account: &Account| {
        Some(account.id) == user_id && account.person_is_current && account.person_id != person_id
    };
    if facts.by_email.as_ref().is_some_and(is_of_another) {
        return Err(CabinetError::EmailExists);
    }
    if facts.phone_uses >= phone_limit {
        return Err(CabinetError::PhoneLimit(phone_limit));
    }
    Ok(Plan { user_id, person_id })
}

/// The account that is updated; none: one is made (cabinet §3.6.2).
fn account(facts: &RegistrationFacts) -> Result<Option<Uuid>, CabinetError> {
    let RegistrationFacts {
        by_tax_id,
        by_email,
        ..
    } = facts;
    let is_of_person = |account: &Account| {
        facts
            .of_person
            .as_ref()
            .is_some_and(|one| one.id == account.id)
    };
    let blocked = |account: &Option<Account>| account.as_ref().is_some_and(|one| one.is_blocked);
    if blocked(by_tax_id) || blocked(by_email) {
        return Err(CabinetError::UserBlocked);
    }
    match (by_tax_id, by_email) {
        (Some(known), _) if known.person_is_current => Err(CabinetError::TaxIdExists),
        (Some(known), Some(other)) if known.id != other.id => Err(CabinetError::EmailExists),
        (Some(known), _) => Ok(Some(known.id)),
        (None, Some(other))
            if other.tax_id.as_deref().is_none_or(str::is_empty)
                && (facts.email_is_proven || is_of_person(other)) =>
        {
            Ok(Some(other.id))
        }
        (None, Some(_)) => Err(CabinetError::EmailExists),
        (None, None) => Ok(None),
    }
}

/// What a person is known by after an update: what was not sent stays as it is (cabinet §3.6.1).
pub fn fill(person: &mut Person, known: &Alike) {
    let keep = |sent: &mut Option<String>, stored: &Option<String>| {
        if sent.is_none() {
            sent.clone_from(stored);
        }
    };
    keep(&mut person.second_name, &known.known.second_name);
    keep(&mut person.unzr, &known.unzr);
    keep(&mut person.secret, &known.secret);
    if person.phones.is_empty() {
        person.phones.clone_from(&known.phones.0);
    }
}

/// The streams of verification after a registration, and what they say together. New data wait to be verified; what a
/// register or the health service found out about the person stays found out.
#[must_use]
pub fn verification(
    patient: &Map<String, Value>,
    known: Option<&Alike>,
) -> (Map<String, Value>, VerificationStatus) {
    let mut streams = initial_streams(&Value::Object(patient.clone()));
    let Some(known) = known else {
        let together = cumulative(&streams);
        return (streams, together);
    };
    let refused =
        known.verification.0.iter().filter(|(_, stream)| {
            stream.get("status").and_then(Value::as_str) == Some("NOT_VERIFIED")
        });
    for (name, stream) in refused {
        streams.insert(name.clone(), stream.clone());
    }
    let before = known.known.verification();
    let together = cumulative(&streams).or_worse(before);
    (streams, together)
}

/// Seconds after which there may be another call, where there were too many since `began_at`.
#[must_use]
pub fn wait(calls: u32, began_at: DateTime<Utc>, most: u32, now: DateTime<Utc>) -> Option<u64> {
    if calls <= most {
        return None;
    }
    let left = began_at + chrono::TimeDelta::minutes(1) - now;
    let seconds = left.num_milliseconds().max(1);
    u64::try_from(seconds).ok().map(|left| left.div_ceil(1000))
}

#[cfg(test)]
mod tests;
