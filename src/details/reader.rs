//! From members of the person to rows.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::{
    DetailsCard, DetailsGroup, DetailsRow, DetailsValue, Extent, LONGEST_SHOWN, MOST_SHOWN,
    SignUpKind, SubmittedData,
    translation::entry_key,
    values::{list_of, mask, scalar, value},
};
use crate::{
    person::dictionaries::Dictionaries,
    web::words::{Value, Words},
};

/// One way of reading: in which language, with which dictionaries, how much.
pub(super) struct Reader<'a> {
    pub(super) words: Words,
    pub(super) dictionaries: &'a Dictionaries,
    pub(super) extent: Extent,
}

/// Where the members of the person are.
const PERSON: &str = "$.person";

impl Reader<'_> {
    pub(super) fn identity(&self, person: &Json, kind: SignUpKind) -> DetailsCard {
        let heading = match kind {
            SignUpKind::Own => "card-own",
            SignUpKind::Confidant => "card-patient",
        };
        let mut rows = self.names(PERSON, person);
        rows.extend([
            self.date(PERSON, person, "birth_date"),
            self.text(PERSON, person, "birth_country"),
            self.text(PERSON, person, "birth_settlement"),
            self.dictionary(PERSON, person, "gender", "GENDER"),
            self.text(PERSON, person, "tax_id"),
            self.no_tax_id(person),
            self.text(PERSON, person, "unzr"),
            self.secret(person),
        ]);
        self.card("patient", heading, vec![DetailsGroup::of(rows)])
    }

    fn names(&self, at: &str, owner: &Json) -> Vec<DetailsRow> {
        ["last_name", "first_name", "second_name"]
            .into_iter()
            .map(|member| self.text(at, owner, member))
            .collect()
    }

    fn no_tax_id(&self, person: &Json) -> DetailsRow {
        let said = match person.get("no_tax_id") {
            Some(Json::Bool(true)) => Some(self.words.text("tax-id-refused")),
            Some(Json::Bool(false)) => Some(self.words.text("tax-id-not-refused")),
            _ => value(person, "no_tax_id"),
        };
        self.row(PERSON, "no_tax_id", self.text_or_missing(said))
    }

    fn secret(&self, person: &Json) -> DetailsRow {
        let said = value(person, "secret").map(|_| self.words.text("secret-given"));
        self.row(PERSON, "secret", self.text_or_missing(said))
    }

    pub(super) fn documents(&self, person: &Json) -> DetailsCard {
        let groups = self.list(PERSON, person, "documents", |at, document| {
            let mut rows = self.document(at, document, "DOCUMENT_TYPE");
            rows.push(self.date(at, document, "expiration_date"));
            rows
        });
        self.card("documents", "card-documents", groups)
    }

    fn document(&self, at: &str, document: &Json, dictionary: &str) -> Vec<DetailsRow> {
        vec![
            self.dictionary(at, document, "type", dictionary),
            self.text(at, document, "number"),
            self.text(at, document, "issued_by"),
            self.date(at, document, "issued_at"),
        ]
    }

    /// What passed the schema is read as one writes it on an envelope. Of refused data each member has a row of its own:
    /// an error may be about any of them, and about one that is missing.
    pub(super) fn addresses(&self, person: &Json) -> DetailsCard {
        let written = match self.extent {
            Extent::Whole => self.addresses_as_written(person),
            Extent::Bounded => Vec::new(),
        };
        let groups = if written.is_empty() {
            self.list(PERSON, person, "addresses", |at, address| {
                self.address_members(at, address)
            })
        } else {
            vec![DetailsGroup::of(written)]
        };
        self.card("addresses", "card-addresses", groups)
    }

    fn addresses_as_written(&self, person: &Json) -> Vec<DetailsRow> {
        self.items(person, PERSON, "addresses")
            .into_iter()
            .map(|(entry, address)| DetailsRow {
                label: self.address_label(address),
                entry,
                shown: DetailsValue::Lines(self.address_lines(address)),
                errors: Vec::new(),
            })
            .collect()
    }

    fn address_members(&self, at: &str, address: &Json) -> Vec<DetailsRow> {
        vec![
            self.dictionary(at, address, "type", "ADDRESS_TYPE"),
            self.dictionary(at, address, "country", "COUNTRY"),
            self.text(at, address, "area"),
            self.text(at, address, "region"),
            self.dictionary(at, address, "settlement_type", "SETTLEMENT_TYPE"),
            self.text(at, address, "settlement"),
            self.dictionary(at, address, "street_type", "STREET_TYPE"),
            self.text(at, address, "street"),
            self.text(at, address, "building"),
            self.text(at, address, "apartment"),
            self.text(at, address, "zip"),
        ]
    }

    pub(super) fn contacts(&self, person: &Json) -> DetailsCard {
        let mut rows = self.phones(PERSON, person);
        rows.push(self.text(PERSON, person, "email"));
        rows.push(self.dictionary(
            PERSON,
            person,
            "preferred_way_communication",
            "PREFERRED_WAY_COMMUNICATION",
        ));
        self.card("contacts", "card-contacts", vec![DetailsGroup::of(rows)])
    }

    fn phones(&self, at: &str, owner: &Json) -> Vec<DetailsRow> {
        let groups = self.list(at, owner, "phones", |at, phone| {
            vec![
                self.dictionary(at, phone, "type", "PHONE_TYPE"),
                self.phone(at, phone, "number"),
            ]
        });
        groups.into_iter().flat_map(|group| group.rows).collect()
    }

    pub(super) fn methods(&self, person: &Json) -> DetailsCard {
        let groups = self.list(PERSON, person, "authentication_methods", |at, method| {
            let mut rows = vec![self.dictionary(at, method, "type", "AUTHENTICATION_METHOD")];
            // Of a method through somebody else no phone is registered.
            if value(method, "type").as_deref() == Some("OTP") {
                rows.push(self.phone(at, method, "phone_number"));
            }
            rows.push(self.text(at, method, "alias"));
            rows
        });
        self.card("methods", "card-methods", groups)
    }

    pub(super) fn emergency_contact(&self, person: &Json) -> DetailsCard {
        let member = "emergency_contact";
        let rows = match person.get(member) {
            Some(contact) if contact.is_object() => {
                let at = "$.person.emergency_contact";
                let mut rows = self.names(at, contact);
                rows.extend(self.phones(at, contact));
                rows
            }
            _ => vec![self.text(PERSON, person, member)],
        };
        self.card(
            "emergency-contact",
            "card-emergency-contact",
            vec![DetailsGroup::of(rows)],
        )
    }

    pub(super) fn confidant(&self, confidant: Option<&Json>) -> DetailsCard {
        let at = "$.person.confidant_person";
        let groups = match confidant {
            Some(confidant) if confidant.is_object() => {
                let mut rows = Vec::new();
                // Whoever sent the data named only the id: the names are the registry's, and not known of a refused one.
                if self.extent == Extent::Whole {
                    rows.extend(self.names(at, confidant));
                }
                rows.push(self.dictionary(at, confidant, "relation_type", "CONFIDANT_PERSON_TYPE"));
                let mut groups = vec![DetailsGroup::of(rows)];
                let member = "documents_relationship";
                groups.extend(self.list(at, confidant, member, |at, document| {
                    self.document(at, document, "DOCUMENT_RELATIONSHIP_TYPE")
                }));
                groups
            }
            other => {
                let shown = other.and_then(scalar);
                vec![DetailsGroup::of(vec![self.row(
                    PERSON,
                    "confidant_person",
                    self.text_or_missing(shown),
                )])]
            }
        };
        self.card("confidant", "card-confidant", groups)
    }

    pub(super) fn consents(&self, sent: &SubmittedData<'_>) -> DetailsCard {
        let row = |member: &str, given: Option<bool>| {
            let said = given.map(|given| {
                self.words.text(if given {
                    "consent-given"
                } else {
                    "consent-not-given"
                })
            });
            self.row("$", member, self.text_or_missing(said))
        };
        let rows = vec![
            row("patient_signed", sent.patient_signed),
            row(
                "process_disclosure_data_consent",
                sent.process_disclosure_data_consent,
            ),
        ];
        self.card("consents", "card-consents", vec![DetailsGroup::of(rows)])
    }

    fn card(&self, id: &'static str, heading: &str, groups: Vec<DetailsGroup>) -> DetailsCard {
        DetailsCard {
            id,
            heading: self.words.text(heading),
            groups,
        }
    }

    /// A group for each item of a list, with a heading where there are several; a row that says so where there are none,
    /// or more than are shown.
    fn list(
        &self,
        at: &str,
        owner: &Json,
        member: &str,
        rows: impl Fn(&str, &Json) -> Vec<DetailsRow>,
    ) -> Vec<DetailsGroup> {
        let count = list_of(owner, member).len();
        if count == 0 {
            let other = owner.get(member).filter(|list| !list.is_array());
            let shown = self.text_or_missing(other.and_then(scalar));
            return vec![DetailsGroup::of(vec![self.row(at, member, shown)])];
        }
        let shown = self.items(owner, at, member);
        let left_out = count - shown.len();
        let mut groups: Vec<DetailsGroup> = (1_u32..)
            .zip(shown)
            .map(|(number, (at, item))| DetailsGroup {
                heading: (count > 1).then(|| {
                    self.words
                        .text_with("list-item", &[("number", number.into())])
                }),
                rows: rows(&at, item),
            })
            .collect();
        if left_out > 0 {
            let number = Value::Number(u32::try_from(left_out).unwrap_or(u32::MAX));
            let text = self.words.text_with("list-more", &[("number", number)]);
            groups.push(DetailsGroup::of(vec![self.row(
                at,
                member,
                DetailsValue::Text(text),
            )]));
        }
        groups
    }

    /// The items of a list that are shown, each with its entry.
    pub(super) fn items<'a>(
        &self,
        owner: &'a Json,
        at: &str,
        member: &str,
    ) -> Vec<(String, &'a Json)> {
        let most = match self.extent {
            Extent::Whole => usize::MAX,
            Extent::Bounded => MOST_SHOWN,
        };
        list_of(owner, member)
            .iter()
            .take(most)
            .enumerate()
            .map(|(index, item)| (format!("{at}.{member}.[{index}]"), item))
            .collect()
    }

    pub(super) fn row(&self, at: impl AsRef<str>, member: &str, shown: DetailsValue) -> DetailsRow {
        let entry = format!("{}.{member}", at.as_ref());
        // The confidant's names have no name of their own in the tables: they are called as the patient's.
        let key = entry_key(&entry).or_else(|| entry_key(&format!("{PERSON}.{member}")));
        DetailsRow {
            label: key.map_or_else(|| member.to_owned(), |key| self.words.text(&key)),
            entry,
            shown,
            errors: Vec::new(),
        }
    }

    fn text_or_missing(&self, text: Option<String>) -> DetailsValue {
        text.map_or(DetailsValue::Missing, |text| {
            DetailsValue::Text(self.cut(&text))
        })
    }

    fn text(&self, at: &str, owner: &Json, member: &str) -> DetailsRow {
        self.row(at, member, self.text_or_missing(value(owner, member)))
    }

    fn date(&self, at: &str, owner: &Json, member: &str) -> DetailsRow {
        let text = value(owner, member);
        let day = text
            .as_deref()
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        let shown = match day {
            Some(day) => DetailsValue::Date {
                iso: day.format("%Y-%m-%d").to_string(),
                text: self.words.date(day),
            },
            None => self.text_or_missing(text),
        };
        self.row(at, member, shown)
    }

    fn phone(&self, at: &str, owner: &Json, member: &str) -> DetailsRow {
        let shown = value(owner, member).map_or(DetailsValue::Missing, |number| {
            let (text, end) = mask(&number);
            let digits = Value::from(end.as_str());
            let spoken = self
                .words
                .text_with("phone-ends-with", &[("digits", digits)]);
            DetailsValue::MaskedPhone { text, spoken }
        });
        self.row(at, member, shown)
    }

    fn dictionary(&self, at: &str, owner: &Json, member: &str, dictionary: &str) -> DetailsRow {
        let meaning = value(owner, member).map(|code| self.meaning(dictionary, &code));
        self.row(at, member, self.text_or_missing(meaning))
    }

    /// The value of a dictionary in words; its code when the dictionary does not know it.
    pub(super) fn meaning(&self, dictionary: &str, code: &str) -> String {
        self.dictionaries
            .words(dictionary, code, self.words.locale())
            .unwrap_or_else(|| code.to_owned())
    }

    /// `text`, cut where a bounded row ends.
    pub(super) fn cut(&self, text: &str) -> String {
        match (self.extent, text.char_indices().nth(LONGEST_SHOWN)) {
            (Extent::Bounded, Some((end, _))) => {
                format!("{}…", text.get(..end).unwrap_or_default())
            }
            _ => text.to_owned(),
        }
    }
}
