//! The rules about people and person requests.

use chrono::TimeDelta;

use super::{Reader, list};
use crate::config::{People, PersonRequestSettings, PersonRequests, Settings};

impl Reader {
    pub(super) fn people(&mut self, settings: &Settings) -> People {
        let term = self.number(
            "DOVIRA_THIRD_PERSON_TERM",
            &settings.third_person_term,
            1..=36_500,
        );
        People {
            no_self_auth_age: self.number(
                "DOVIRA_NO_SELF_AUTH_AGE",
                &settings.no_self_auth_age,
                0..=150,
            ),
            no_self_registration_age: self.number(
                "DOVIRA_NO_SELF_REGISTRATION_AGE",
                &settings.no_self_registration_age,
                0..=150,
            ),
            full_legal_capacity_age: self.number(
                "DOVIRA_PERSON_FULL_LEGAL_CAPACITY_AGE",
                &settings.person_full_legal_capacity_age,
                0..=150,
            ),
            registration_document_types: list(&settings.pis_person_registration_document_types),
            legal_capacity_document_types: list(&settings.pis_person_legal_capacity_document_types),
            confidant_sign_ups_per_day: self.number(
                "DOVIRA_CONFIDANT_SIGN_UPS_PER_DAY",
                &settings.confidant_sign_ups_per_day,
                0..=1_000_000,
            ),
            phone_number_auth_limit: self.number(
                "DOVIRA_PHONE_NUMBER_AUTH_LIMIT",
                &settings.phone_number_auth_limit,
                1..=1_000_000,
            ),
            third_person_term: TimeDelta::days(term),
            match_score: self.number(
                "DOVIRA_PIS_ONLINE_DEDUPLICATION_MATCH_SCORE",
                &settings.pis_online_deduplication_match_score,
                0.0..=1.0,
            ),
            search_document_types: list(&settings.active_person_search_document_types),
            confidant_forbidden_statuses: list(&settings.confidant_forbidden_verification_statuses),
        }
    }

    pub(super) fn person_requests(&mut self, settings: &PersonRequestSettings) -> PersonRequests {
        let expiration = self.number(
            "DOVIRA_PERSON_REQUEST_EXPIRATION",
            &settings.person_request_expiration,
            1..=100_000,
        );
        let expiration = match settings.person_request_term_unit.trim() {
            "MINUTES" => TimeDelta::minutes(expiration),
            "HOURS" => TimeDelta::hours(expiration),
            "DAYS" => TimeDelta::days(expiration),
            other => {
                let what = format!("\"{other}\" is none of MINUTES, HOURS and DAYS");
                self.problem("DOVIRA_PERSON_REQUEST_TERM_UNIT", what);
                TimeDelta::days(expiration)
            }
        };
        let cleaning = self.number(
            "DOVIRA_PERSON_REQUEST_AUTOCLEANING",
            &settings.person_request_autocleaning,
            1..=36_500,
        );
        if expiration > TimeDelta::days(cleaning) {
            // Else the data of a request would go while it still waits.
            let what = "requests must expire before their data are cleaned";
            self.problem("DOVIRA_PERSON_REQUEST_AUTOCLEANING", what.to_owned());
        }
        let registration_document_types = list(&settings.person_registration_document_types);
        PersonRequests {
            expiration,
            cleaning: TimeDelta::days(cleaning),
            third_person_limit: self.number(
                "DOVIRA_THIRD_PERSON_LIMIT",
                &settings.third_person_limit,
                0..=1_000_000,
            ),
            person_with_third_person_limit: self.number(
                "DOVIRA_PERSON_WITH_THIRD_PERSON_LIMIT",
                &settings.person_with_third_person_limit,
                0..=1_000_000,
            ),
            third_person_offline: self.boolean(
                "DOVIRA_THIRD_PERSON_OFFLINE",
                &settings.third_person_offline,
            ),
            counts_phones: self.boolean(
                "DOVIRA_USE_PHONE_NUMBER_AUTH_LIMIT",
                &settings.use_phone_number_auth_limit,
            ),
            registration_document_types,
            legal_capacity_document_types: list(&settings.person_legal_capacity_document_types),
            child_document_types: list(&settings.no_self_auth_age_document_types),
            adult_document_types: list(&settings.self_auth_age_document_types),
        }
    }
}
