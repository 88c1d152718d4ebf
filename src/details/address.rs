//! An address as people write one: from the door to the country, a line each.
//!
//! Each part is shown as it was signed; beside the words of dictionaries only «буд.», «кв.», «район» and «область» are ours.

use serde_json::Value as Json;

use super::{Extent, reader::Reader, values::value};
use crate::{person::dictionaries::Dictionaries, web::words::Words};

/// How the names of regions end that want the word «район» after them.
const REGION_ENDINGS: [&str; 3] = ["ський", "цький", "зький"];
/// How the names of areas end that want the word «область» after them; «М.КИЇВ» does not.
const AREA_ENDINGS: [&str; 3] = ["ська", "цька", "зька"];

/// An address in one line.
#[must_use]
pub fn address_line(words: Words, dictionaries: &Dictionaries, address: &Json) -> String {
    let reader = Reader {
        words,
        dictionaries,
        extent: Extent::Whole,
    };
    reader.address_lines(address).join(", ")
}

impl Reader<'_> {
    /// The name of the entry (signup 12.3) with the kind of address: «Адреса (проживання)».
    pub(super) fn address_label(&self, address: &Json) -> String {
        let name = self.words.text("entry-person-addresses");
        match self.dictionary_meaning(address, "type", "ADDRESS_TYPE") {
            Some(kind) => format!("{name} ({kind})"),
            None => name,
        }
    }

    /// The lines of an address; what is not given leaves no gap.
    pub(super) fn address_lines(&self, address: &Json) -> Vec<String> {
        let street = [
            self.dictionary_meaning(address, "street_type", "STREET_TYPE"),
            value(address, "street"),
        ];
        let door = [
            join_parts(street, " "),
            self.numbered_text("address-building", value(address, "building")),
            self.numbered_text("address-apartment", value(address, "apartment")),
        ];
        let settlement = [
            self.dictionary_meaning(address, "settlement_type", "SETTLEMENT_TYPE"),
            value(address, "settlement"),
        ];
        let country = [
            value(address, "zip"),
            self.dictionary_meaning(address, "country", "COUNTRY"),
        ];
        [
            join_parts(door, ", "),
            join_parts(settlement, " "),
            self.adjective("address-region", value(address, "region"), &REGION_ENDINGS),
            self.adjective("address-area", value(address, "area"), &AREA_ENDINGS),
            join_parts(country, ", "),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn dictionary_meaning(&self, owner: &Json, member: &str, dictionary: &str) -> Option<String> {
        value(owner, member).map(|code| self.meaning(dictionary, &code))
    }

    fn numbered_text(&self, key: &str, text: Option<String>) -> Option<String> {
        text.map(|text| {
            self.words
                .text_with(key, &[("number", text.as_str().into())])
        })
    }

    /// A name that says what it is only with a noun after it gets the noun; any other stays as it was signed.
    fn adjective(&self, key: &str, name: Option<String>, endings: &[&str]) -> Option<String> {
        let name = name?;
        let lower = name.trim().to_lowercase();
        if !endings.iter().any(|ending| lower.ends_with(ending)) {
            return Some(name);
        }
        let values = [("name", name.as_str().into())];
        Some(self.words.text_with(key, &values))
    }
}

fn join_parts<const N: usize>(parts: [Option<String>; N], between: &str) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(between))
}
