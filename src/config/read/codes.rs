//! One-time codes, and how they reach a phone.

use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use super::Reader;
use crate::{
    config::{HttpSmsGateway, SendLimits, SmsGateway, Verification, VerificationSettings},
    limits,
};

impl Reader {
    pub(super) fn verification(
        &mut self,
        settings: &VerificationSettings,
        listen: SocketAddr,
    ) -> Verification {
        let pause = self.number(
            "DOVIRA_INIT_VERIFICATION_LIMIT",
            &settings.init_verification_limit,
            // What was sent is counted for an hour.
            0..=3600,
        );
        let text = settings.otp_code_text.clone();
        if text.chars().count() > 255 || text.chars().any(char::is_control) {
            self.problem(
                "DOVIRA_OTP_CODE_TEXT",
                "it may have 255 characters, and no control character",
            );
        }
        let secret = settings
            .sms_report_secret
            .clone()
            .filter(|secret| !secret.is_empty());
        if secret.as_ref().is_some_and(|secret| secret.len() < 16) {
            self.problem(
                "DOVIRA_SMS_REPORT_SECRET",
                "it must have 16 characters or more: who knows it can cancel codes",
            );
        }
        Verification {
            code_life: TimeDelta::seconds(self.number(
                "DOVIRA_OTP_LIFETIME",
                &settings.otp_lifetime,
                1..=3600,
            )),
            most_wrong: self.number(
                "DOVIRA_OTP_MAX_FAILED_ATTEMPTS",
                &settings.otp_max_failed_attempts,
                0..=100,
            ),
            code_digits: self.number(
                "DOVIRA_OTP_CODE_LENGTH",
                &settings.otp_code_length,
                limits::CODE_DIGITS,
            ),
            text,
            sends: SendLimits {
                pause: TimeDelta::seconds(pause),
                per_hour: self.number(
                    "DOVIRA_OTP_SENDS_PER_HOUR",
                    &settings.otp_sends_per_hour,
                    0..=1_000_000,
                ),
            },
            requests_per_minute: self.number(
                "DOVIRA_VERIFICATION_REQUESTS_PER_MINUTE",
                &settings.verification_requests_per_minute,
                0..=1_000_000,
            ),
            validate_all_phones: self.boolean(
                "DOVIRA_PIS_VALIDATE_ALL_PHONES",
                &settings.pis_validate_all_phones,
            ),
            kept: self.verification_retention(&settings.validations_expiration_period_days),
            lost_after: TimeDelta::minutes(self.number(
                "DOVIRA_SMS_UPDATE_TIMEOUT_MINUTES",
                &settings.sms_update_timeout_minutes,
                1..=1440,
            )),
            gateway: self.sms_gateway(settings, listen),
            report_secret: secret.map(SecretString::from),
        }
    }

    /// How long verifications are kept. Nothing, zero and less: for ever (verifications §7.4).
    pub(super) fn verification_retention(&mut self, text: &str) -> Option<TimeDelta> {
        if text.trim().is_empty() {
            return None;
        }
        let days = self.number(
            "DOVIRA_VALIDATIONS_EXPIRATION_PERIOD_DAYS",
            text,
            -36_500..=36_500,
        );
        (days > 0).then(|| TimeDelta::days(days))
    }

    pub(super) fn sms_gateway(
        &mut self,
        settings: &VerificationSettings,
        listen: SocketAddr,
    ) -> SmsGateway {
        const NAME: &str = "DOVIRA_SMS_GATEWAY";
        const FORM: &str =
            "it must be log:, file:PATH or an address such as https://gateway.example/messages";
        // Read in any case: what is wrong is wrong before there is an address, too.
        let token = self.token(
            "DOVIRA_SMS_GATEWAY_TOKEN",
            settings.sms_gateway_token.as_deref(),
        );
        let timeout = self.number(
            "DOVIRA_SMS_GATEWAY_TIMEOUT_SECONDS",
            &settings.sms_gateway_timeout_seconds,
            // The longest leaves time for the rest of a request (limits::REQUEST_TIME).
            0.01..=20.0,
        );
        let text = settings.sms_gateway.trim();
        if text == "log:" {
            return SmsGateway::Log;
        }
        if let Some(path) = text.strip_prefix("file:") {
            if path.is_empty() {
                self.problem(NAME, FORM);
            } else if !listen.ip().is_loopback() {
                self.problem(
                    NAME,
                    "file: is for development: DOVIRA_LISTEN must be on loopback then, since the file has codes and numbers",
                );
            }
            return SmsGateway::File(path.into());
        }
        // The problem never repeats it: somebody may have put a password into it.
        let url = Url::parse(text)
            .map_err(|_| FORM)
            .and_then(|url| match url.scheme() {
                "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                    Err("it must not hold a name or password; DOVIRA_SMS_GATEWAY_TOKEN is for that")
                }
                "http" | "https" if url.fragment().is_some() => Err("it must not have a fragment"),
                "http" | "https" => Ok(url),
                _ => Err(FORM),
            });
        match url {
            Ok(url) => SmsGateway::Http(HttpSmsGateway {
                url,
                token,
                timeout: Duration::from_secs_f64(timeout),
            }),
            Err(what) => {
                self.problem(NAME, what);
                SmsGateway::Log
            }
        }
    }
}
