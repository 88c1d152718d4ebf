//! The ready-made cases: what is signed, by whom, when, and what is spoilt on purpose.
//!
//! Everything here follows from the case, the moment and randomness. Each run invents another child, so that a case can be
//! tried again and again.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Kin, Parent, Signs};
use crate::{
    person::{
        age::kyiv_day,
        samples::{Size, confidant_registration_of, self_registration},
        tax_id::TaxId,
    },
    random::{Draw, Random},
    sign_up::entry::Entry,
};

/// A ready-made case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Nothing special.
    Ordinary,
    /// Apostrophes, and the longest names that are allowed.
    LongNames,
    /// Everything optional is missing.
    Minimal,
    /// Signed data sent by a form.
    ByForm,
    /// Signed with a longer key and the newer hash.
    Kupyna,
    /// Signed with ECDSA.
    Ecdsa,
    /// Signed by the father, with RSA.
    Rsa,
    /// Somebody registers themselves.
    OwnSignUp,
    /// The mother signs in.
    SignIn,
    /// The mother signs in for a child of hers who is registered.
    ConfidantSignIn,
    /// The mother registers a child whom she registered before.
    ComesBack,
    /// The mother signs in for a child whom a doctor registered with her.
    DoctorsChild,
    /// The father wants to act for a child of the registry for whom only the mother stands.
    Claim,
    /// Somebody proves who they are at a provider of identities and registers in the cabinet.
    Cabinet,
    /// A required date is missing.
    BirthDateMissing,
    /// A consent is refused.
    ConsentRefused,
    /// The signature was damaged on its way.
    BrokenSignature,
    /// Signed too long ago.
    ExpiredLink,
    /// Signed by somebody else than the one who is signed in.
    AnotherSigner,
    /// The confidant's own access is over.
    ExpiredToken,
    /// The way back leads to where the client is not registered.
    UnknownAddress,
}

impl Case {
    /// Those that lead to a token.
    pub const GOOD: [Self; 7] = [
        Self::Ordinary,
        Self::LongNames,
        Self::Minimal,
        Self::ByForm,
        Self::Kupyna,
        Self::Ecdsa,
        Self::Rsa,
    ];
    /// The other ways in.
    pub const ENTRIES: [Self; 4] = [
        Self::OwnSignUp,
        Self::SignIn,
        Self::ConfidantSignIn,
        Self::Cabinet,
    ];
    /// Those about who may act for whom.
    pub const STANDING: [Self; 3] = [Self::ComesBack, Self::DoctorsChild, Self::Claim];
    /// Those that are refused.
    pub const BAD: [Self; 7] = [
        Self::BirthDateMissing,
        Self::ConsentRefused,
        Self::BrokenSignature,
        Self::ExpiredLink,
        Self::AnotherSigner,
        Self::ExpiredToken,
        Self::UnknownAddress,
    ];

    /// The name in a form.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::LongNames => "long-names",
            Self::Minimal => "minimal",
            Self::ByForm => "by-form",
            Self::Kupyna => "kupyna",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
            Self::OwnSignUp => "own-sign-up",
            Self::SignIn => "sign-in",
            Self::ConfidantSignIn => "confidant-sign-in",
            Self::ComesBack => "comes-back",
            Self::DoctorsChild => "doctors-child",
            Self::Claim => "claim",
            Self::Cabinet => "cabinet",
            Self::BirthDateMissing => "birth-date-missing",
            Self::ConsentRefused => "consent-refused",
            Self::BrokenSignature => "broken-signature",
            Self::ExpiredLink => "expired-link",
            Self::AnotherSigner => "another-signer",
            Self::ExpiredToken => "expired-token",
            Self::UnknownAddress => "unknown-address",
        }
    }

    /// The case of that name.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::GOOD
            .into_iter()
            .chain(Self::ENTRIES)
            .chain(Self::STANDING)
            .chain(Self::BAD)
            .find(|case| case.id() == id)
    }

    /// Where the browser is sent.
    #[must_use]
    pub const fn entry(self) -> Entry {
        match self {
            Self::OwnSignUp | Self::Cabinet => Entry::SignUp,
            Self::SignIn => Entry::SignIn,
            Self::ConfidantSignIn | Self::DoctorsChild => Entry::ConfidantSignIn,
            _ => Entry::ConfidantSignUp,
        }
    }

    /// What is sent to the service, and how it is signed.
    #[must_use]
    pub fn plan(self, now: DateTime<Utc>, random: &dyn Random) -> Plan {
        let applicant = match self {
            Self::Rsa | Self::Claim => Parent::Father,
            _ => Parent::Mother,
        };
        let size = match self {
            Self::LongNames => Size::Longest,
            Self::Minimal => Size::Minimal,
            _ => Size::Ordinary,
        };
        let newcomer = (self == Self::OwnSignUp).then(|| Newcomer::invent(kyiv_day(now), random));
        let child = Child::invent(kyiv_day(now), random);
        let mut content = match (self, &newcomer) {
            (Self::OwnSignUp, Some(newcomer)) => newcomer.registration(),
            (Self::SignIn, _) => json!({ "jwt": "" }),
            (Self::ConfidantSignIn, _) => Kin::search(),
            (Self::DoctorsChild, _) => child.search(),
            _ => child.registration(size, applicant),
        };
        let before = match self {
            Self::ComesBack => Before::Registered(content.clone()),
            Self::DoctorsChild => Before::Requested(child.request()),
            Self::Claim => Before::Provisioned {
                person_id: random.uuid(),
                relationship_id: random.uuid(),
                person: child.person(Parent::Mother),
            },
            _ => Before::Nothing,
        };
        match self {
            // What is typed anew changes nothing.
            Self::ComesBack => set(&mut content, "/person/birth_settlement", json!("Львів")),
            Self::BirthDateMissing => {
                if let Some(person) = content.get_mut("person").and_then(Value::as_object_mut) {
                    person.shift_remove("birth_date");
                }
            }
            Self::ConsentRefused => {
                set(
                    &mut content,
                    "/process_disclosure_data_consent",
                    json!(false),
                );
            }
            _ => {}
        }
        Plan {
            entry: self.entry(),
            content,
            newcomer,
            before,
            applicant,
            signer: match self {
                Self::Kupyna => Signs::MotherKupyna,
                Self::Ecdsa => Signs::MotherEcdsa,
                Self::Rsa => Signs::FatherRsa,
                Self::AnotherSigner | Self::Claim => Signs::Father,
                _ => Signs::Mother,
            },
            signed_at: match self {
                Self::ExpiredLink => now - TimeDelta::days(1),
                _ => now,
            },
            is_damaged: self == Self::BrokenSignature,
            token_life: match self {
                Self::ExpiredToken => TimeDelta::seconds(-1),
                _ => TimeDelta::hours(1),
            },
            is_by_form: self == Self::ByForm,
            is_elsewhere: self == Self::UnknownAddress,
        }
    }
}

/// What happened before a case begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// Whoever acts here registered somebody with this content.
    Registered(Value),
    /// A doctor registered somebody by this person request.
    Requested(Value),
    /// The operator brought somebody into the registry, for whom the mother stands.
    Provisioned {
        /// The id of the person.
        person_id: Uuid,
        /// The id of the relationship with the mother.
        relationship_id: Uuid,
        /// The data, as they are registered.
        person: Value,
    },
}

/// What a case does.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where the browser is sent.
    pub entry: Entry,
    /// What is signed; a nonce belongs into its member `jwt` where there is one.
    pub content: Value,
    /// Who signs instead of the family.
    pub newcomer: Option<Newcomer>,
    /// What happened before.
    pub before: Before,
    /// Whose access token is used.
    pub applicant: Parent,
    /// Who signs, with which key.
    pub signer: Signs,
    /// When it is signed.
    pub signed_at: DateTime<Utc>,
    /// Whether the signature is damaged afterwards.
    pub is_damaged: bool,
    /// For how long from now the access token is good.
    pub token_life: TimeDelta,
    /// Whether a form is sent instead of a link.
    pub is_by_form: bool,
    /// Whether the way back is one that was never registered.
    pub is_elsewhere: bool,
}

impl Plan {
    /// The signature as it is sent: in DER the value of the signature comes last.
    #[must_use]
    pub fn send(&self, mut der: Vec<u8>) -> Vec<u8> {
        if self.is_damaged
            && let Some(last) = der.last_mut()
        {
            *last ^= 1;
        }
        der
    }
}

const GIRLS: [&str; 8] = [
    "Соломія",
    "Злата",
    "Мар\u{2BC}яна",
    "Дарина",
    "Емілія",
    "Орися",
    "Любава",
    "Вікторія",
];
const BOYS: [&str; 8] = [
    "Тарас",
    "Назар",
    "Лук\u{2BC}ян",
    "Матвій",
    "Орест",
    "Юрій",
    "Святослав",
    "Тимофій",
];

/// A child that was never born.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Child {
    first_name: &'static str,
    is_girl: bool,
    birth_date: NaiveDate,
    tax_id: String,
    unzr: String,
    certificate: String,
}

impl Child {
    /// A child of one to nine years on `today`.
    fn invent(today: NaiveDate, random: &dyn Random) -> Self {
        let draw = |below: u64| u64::from_be_bytes(random.bytes::<8>()) % below;
        let birth_date = today
            .checked_sub_days(Days::new(366 + draw(8 * 365)))
            .unwrap_or(today);
        let is_girl = draw(2) == 0;
        let names = if is_girl { GIRLS } else { BOYS };
        let at = usize::try_from(draw(8)).unwrap_or_default();
        Self {
            first_name: names.get(at).copied().unwrap_or("Соломія"),
            is_girl,
            birth_date,
            tax_id: tax_id(birth_date, draw(1000), is_girl, draw(5)),
            unzr: format!("{}-{:05}", birth_date.format("%Y%m%d"), draw(100_000)),
            certificate: format!("І-БК№{:06}", draw(1_000_000)),
        }
    }

    /// What a parent signs to act for the child; a nonce belongs into `jwt`.
    fn search(&self) -> Value {
        json!({ "last_name": self.last_name(), "given_name": self.first_name, "tax_id": self.tax_id, "jwt": "" })
    }

    /// What a doctor asks for, the mother beside them (person requests §3.10).
    fn request(&self) -> Value {
        let mut content = self.registration(Size::Ordinary, Parent::Mother);
        set(&mut content, "/patient_signed", json!(false));
        if let Some(Value::Object(confidant)) = content.pointer_mut("/person/confidant_person") {
            confidant.shift_remove("relation_type");
        }
        content
    }

    /// The child as the registry may have them.
    fn person(&self, parent: Parent) -> Value {
        let mut content = self.registration(Size::Ordinary, parent);
        content
            .get_mut("person")
            .map(Value::take)
            .unwrap_or_default()
    }

    fn last_name(&self) -> &'static str {
        if self.is_girl {
            "Зразкова"
        } else {
            "Зразковий"
        }
    }

    fn registration(&self, size: Size, parent: Parent) -> Value {
        let mut content = confidant_registration_of(size, parent.person_id());
        let long = size == Size::Longest;
        let (second_name, gender) = if self.is_girl {
            ("Дем\u{2BC}янівна", "FEMALE")
        } else {
            ("Дем\u{2BC}янович", "MALE")
        };
        if !long {
            set(&mut content, "/person/first_name", json!(self.first_name));
            set(&mut content, "/person/last_name", json!(self.last_name()));
            set(&mut content, "/person/second_name", json!(second_name));
        }
        set(&mut content, "/person/gender", json!(gender));
        set(&mut content, "/person/birth_date", json!(self.birth_date));
        set(&mut content, "/person/tax_id", json!(self.tax_id));
        set(&mut content, "/person/unzr", json!(self.unzr));
        let issued_at = self.birth_date + Days::new(7);
        let expires_at = issued_at + Days::new(20 * 366);
        set(
            &mut content,
            "/person/documents/0/number",
            json!(self.certificate),
        );
        let relationship = "/person/confidant_person/documents_relationship/0";
        set(
            &mut content,
            &format!("{relationship}/number"),
            json!(self.certificate),
        );
        set(
            &mut content,
            &format!("{relationship}/issued_at"),
            json!(issued_at),
        );
        for at in 0..2 {
            let document = format!("/person/documents/{at}");
            set(
                &mut content,
                &format!("{document}/issued_at"),
                json!(issued_at),
            );
            set(
                &mut content,
                &format!("{document}/expiration_date"),
                json!(expires_at),
            );
        }
        let alias = match parent {
            Parent::Mother => "мама",
            Parent::Father => "тато",
        };
        set(
            &mut content,
            "/person/authentication_methods/0/alias",
            json!(alias),
        );
        content
    }
}

const MEN: [(&str, &str, &str); 4] = [
    ("Вигаданий", "Остап", "Тарасович"),
    ("Уявний", "Лук\u{2BC}ян", "Іванович"),
    ("Вигаданий", "Назар", "Дем\u{2BC}янович"),
    ("Уявний", "Юрій", "Олегович"),
];
const WOMEN: [(&str, &str, &str); 4] = [
    ("Вигадана", "Мар\u{2BC}яна", "Тарасівна"),
    ("Уявна", "Соломія", "Іванівна"),
    ("Вигадана", "Дарина", "Дем\u{2BC}янівна"),
    ("Уявна", "Злата", "Олегівна"),
];

/// Somebody who was never born either, and is of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Last name.
    pub last_name: &'static str,
    /// First name and patronymic.
    pub given_name: String,
    /// Tax number.
    pub tax_id: String,
    first_name: &'static str,
    second_name: &'static str,
    is_woman: bool,
    birth_date: NaiveDate,
    unzr: String,
    identity_card: String,
    phone_number: String,
}

impl Newcomer {
    /// The person as a provider of identities tells them.
    pub(super) fn identity(&self) -> Value {
        json!({
            "id": 1, "drfocode": self.tax_id, "givenname": self.first_name, "lastname": self.last_name,
            "middlename": self.second_name, "phone": self.phone_number, "email": format!("{}@example.ua", self.tax_id),
        })
    }

    /// Somebody of twenty to sixty years on `today`.
    pub(super) fn invent(today: NaiveDate, random: &dyn Random) -> Self {
        let draw = |below: u64| u64::from_be_bytes(random.bytes::<8>()) % below;
        let birth_date = today
            .checked_sub_days(Days::new(20 * 366 + draw(40 * 365)))
            .unwrap_or(today);
        let is_woman = draw(2) == 0;
        let names = if is_woman { WOMEN } else { MEN };
        let at = usize::try_from(draw(4)).unwrap_or_default();
        let (last_name, first_name, second_name) =
            names
                .get(at)
                .copied()
                .unwrap_or(("Уявна", "Злата", "Олегівна"));
        Self {
            last_name,
            given_name: format!("{first_name} {second_name}"),
            tax_id: tax_id(birth_date, draw(1000), is_woman, draw(5)),
            first_name,
            second_name,
            is_woman,
            birth_date,
            unzr: format!("{}-{:05}", birth_date.format("%Y%m%d"), draw(100_000)),
            identity_card: format!("{:09}", draw(1_000_000_000)),
            phone_number: format!("+38050{:07}", draw(10_000_000)),
        }
    }

    fn registration(&self) -> Value {
        let mut content = self_registration("");
        let gender = if self.is_woman { "FEMALE" } else { "MALE" };
        for (pointer, value) in [
            ("first_name", json!(self.first_name)),
            ("last_name", json!(self.last_name)),
            ("second_name", json!(self.second_name)),
            ("gender", json!(gender)),
            ("birth_date", json!(self.birth_date)),
            ("tax_id", json!(self.tax_id)),
            ("unzr", json!(self.unzr)),
            ("documents/0/number", json!(self.identity_card)),
            ("phones/0/number", json!(self.phone_number)),
            (
                "authentication_methods/0/phone_number",
                json!(self.phone_number),
            ),
        ] {
            set(&mut content, &format!("/person/{pointer}"), value);
        }
        content
    }
}

/// Replaces a member that is there; what is not there stays away.
fn set(content: &mut Value, pointer: &str, value: Value) {
    if let Some(member) = content.pointer_mut(pointer) {
        *member = value;
    }
}

/// The tax number of an invented child: `serial` is below 1000, `pick` below 5.
fn tax_id(birth_date: NaiveDate, serial: u64, is_girl: bool, pick: u64) -> String {
    let serial = 10 * serial + 2 * pick + u64::from(!is_girl);
    u16::try_from(serial)
        .ok()
        .and_then(|serial| TaxId::of(birth_date, serial))
        .map_or_else(String::new, |tax_id| tax_id.to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        clock::{Clock, SystemClock},
        config::PersonLimits,
        person::{
            dictionaries::shipped,
            registration::Content,
            rules,
            schema::{Registration, check},
        },
        random::SystemRandom,
    };

    fn plan(case: Case) -> Plan {
        case.plan(SystemClock.now(), &SystemRandom)
    }

    #[test]
    fn names_lead_back_to_their_cases() {
        let all = Case::GOOD
            .into_iter()
            .chain(Case::ENTRIES)
            .chain(Case::STANDING)
            .chain(Case::BAD);
        for case in all {
            assert_eq!(Case::of(case.id()), Some(case));
        }
        assert_eq!(Case::of("another"), None);
    }

    /// The schema finds fault with one case only; the others are refused for other reasons.
    #[test]
    fn only_a_missing_birth_date_is_against_the_schema() {
        for case in Case::GOOD.into_iter().chain(Case::BAD) {
            for _ in 0..20 {
                let broken: Vec<_> = check(
                    shipped::dictionaries(),
                    Registration::Confidant,
                    &plan(case).content,
                )
                .iter()
                .filter_map(|invalid| invalid.entry.clone())
                .collect();
                let expected: &[&str] = match case {
                    Case::BirthDateMissing => &["$.person.birth_date"],
                    _ => &[],
                };
                assert_eq!(broken, expected, "{case:?}");
            }
        }
    }

    /// What happened before is what a doctor or an operator may do, and the case is about the same child.
    #[test]
    fn what_happened_before_can_happen() {
        for _ in 0..20 {
            let back = plan(Case::ComesBack);
            let Before::Registered(mut first) = back.before else {
                panic!("nothing was registered");
            };
            let dictionaries = shipped::dictionaries();
            assert_eq!(check(dictionaries, Registration::Confidant, &first), []);
            assert_ne!(first, back.content);
            set(&mut first, "/person/birth_settlement", json!("Львів"));
            assert_eq!(first, back.content);

            let doctors = plan(Case::DoctorsChild);
            let Before::Requested(request) = doctors.before else {
                panic!("nothing was asked for");
            };
            assert_eq!(
                check(dictionaries, Registration::RequestCreateV2, &request),
                []
            );
            assert_eq!(doctors.content["tax_id"], request["person"]["tax_id"]);
            assert_eq!(doctors.content["last_name"], request["person"]["last_name"]);

            let claim = plan(Case::Claim);
            let Before::Provisioned { person, .. } = claim.before else {
                panic!("nobody is there");
            };
            assert_eq!(person["tax_id"], claim.content["person"]["tax_id"]);
            let named = &claim.content["person"]["confidant_person"]["person_id"];
            assert_eq!(*named, json!(Parent::Father.person_id()));
        }
    }

    /// The rules of the registry find fault with none of them: what is spoilt is spoilt elsewhere.
    #[test]
    fn the_data_keep_to_the_rules() {
        let types = ["BIRTH_CERTIFICATE", "TEMPORARY_PASSPORT"].map(str::to_owned);
        let limits = PersonLimits {
            no_self_auth_age: 14,
            no_self_registration_age: 14,
            full_legal_capacity_age: 18,
            registration_document_types: &types,
            legal_capacity_document_types: &[],
        };
        for case in Case::GOOD.into_iter().chain(Case::BAD) {
            for _ in 0..20 {
                let Ok(content) = serde_json::from_value::<Content>(plan(case).content) else {
                    assert_eq!(case, Case::BirthDateMissing);
                    continue;
                };
                let today = kyiv_day(SystemClock.now());
                assert_eq!(rules::check(&content.person, &limits, today), Ok(()));
            }
        }
    }

    /// Whoever registers themselves is somebody else each time, with data that keep to schema and rules.
    #[test]
    fn newcomers_can_be_registered() {
        let types = ["NATIONAL_ID".to_owned()];
        let limits = PersonLimits {
            no_self_auth_age: 14,
            no_self_registration_age: 14,
            full_legal_capacity_age: 18,
            registration_document_types: &types,
            legal_capacity_document_types: &[],
        };
        let mut tax_ids = std::collections::HashSet::new();
        for _ in 0..50 {
            let plan = plan(Case::OwnSignUp);
            let dictionaries = shipped::dictionaries();
            assert_eq!(check(dictionaries, Registration::Own, &plan.content), []);
            let content: Content = serde_json::from_value(plan.content).unwrap();
            let today = kyiv_day(SystemClock.now());
            assert_eq!(rules::check_own(&content.person, &limits, today), Ok(()));
            let newcomer = plan.newcomer.unwrap();
            assert_eq!(content.person.tax_id.as_ref(), Some(&newcomer.tax_id));
            tax_ids.insert(newcomer.tax_id);
        }
        assert!(tax_ids.len() > 40);
    }

    /// Whoever is signed in signs, but in one case.
    #[test]
    fn the_applicant_signs() {
        for case in Case::GOOD.into_iter().chain(Case::BAD) {
            let plan = plan(case);
            let is_own = plan.signer.parent() == plan.applicant;
            assert_eq!(is_own, case != Case::AnotherSigner, "{case:?}");
        }
    }

    #[test]
    fn consents_are_given_but_for_one() {
        for case in Case::GOOD.into_iter().chain(Case::BAD) {
            let content = plan(case).content;
            assert_eq!(content["patient_signed"], true);
            let given = content["process_disclosure_data_consent"] == true;
            assert_eq!(given, case != Case::ConsentRefused);
        }
    }

    #[rstest]
    #[case("1985-03-17", 14, false, 0, "3112201416")]
    #[case("1991-08-19", 95, true, 1, "3346809522")]
    #[case("2012-02-29", 7, false, 2, "4096700752")]
    fn tax_numbers_are_right(
        #[case] birth_date: &str,
        #[case] serial: u64,
        #[case] is_girl: bool,
        #[case] pick: u64,
        #[case] expected: &str,
    ) {
        assert_eq!(
            tax_id(birth_date.parse().unwrap(), serial, is_girl, pick),
            expected
        );
    }

    #[test]
    fn every_run_invents_another_child() {
        let certificate = |plan: Plan| plan.content["person"]["documents"][0]["number"].clone();
        assert_ne!(
            certificate(plan(Case::Ordinary)),
            certificate(plan(Case::Ordinary))
        );
        for _ in 0..200 {
            let child = Child::invent(kyiv_day(SystemClock.now()), &SystemRandom);
            assert!(
                child
                    .unzr
                    .starts_with(&child.birth_date.format("%Y%m%d").to_string())
            );
            assert_eq!(child.tax_id.len(), 10);
        }
    }

    #[test]
    fn a_damaged_signature_differs_in_one_bit() {
        assert_eq!(plan(Case::BrokenSignature).send(vec![1, 2, 3]), [1, 2, 2]);
        assert_eq!(plan(Case::Ordinary).send(vec![1, 2, 3]), [1, 2, 3]);
    }
}
