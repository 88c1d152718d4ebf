//! Services beside this program: the register of relationships, the storage of files, the provider of identities.

use std::{path::PathBuf, time::Duration};

use chrono::TimeDelta;
use rusty_s3::{Bucket, UrlStyle};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::{Reader, list};
use crate::{
    config::{
        Cabinet, CabinetSettings, GovId, Media, MediaSettings, RelationshipRegistry,
        RelationshipRegistrySettings, S3Store, Storage, is_loopback,
    },
    limits,
};

impl Reader {
    pub(super) fn relationship_registry(
        &mut self,
        settings: &RelationshipRegistrySettings,
    ) -> Option<RelationshipRegistry> {
        // Read in any case: a number that is wrong is wrong before there is an address, too.
        let timeout = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_TIMEOUT_SECONDS",
            &settings.relationship_registry_timeout_seconds,
            // The longest leaves time for the registration itself (limits::REQUEST_TIME).
            0.01..=20.0,
        );
        let circuit_failures = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_FAILURES",
            &settings.relationship_registry_circuit_failures,
            1..=1000,
        );
        let circuit_seconds = self.number(
            "DOVIRA_RELATIONSHIP_REGISTRY_CIRCUIT_SECONDS",
            &settings.relationship_registry_circuit_seconds,
            1..=86_400,
        );
        let token = self.token(
            "DOVIRA_RELATIONSHIP_REGISTRY_TOKEN",
            settings.relationship_registry_token.as_deref(),
        );
        let text = settings.relationship_registry.trim();
        if text.is_empty() {
            return None;
        }
        let url = read_register(
            text,
            "it must be an address such as https://register.example/relationships",
            "it must not hold a name or password; DOVIRA_RELATIONSHIP_REGISTRY_TOKEN is for that",
        )
        .map_err(|what| self.problem("DOVIRA_RELATIONSHIP_REGISTRY", what))
        .ok()?;
        Some(RelationshipRegistry {
            url,
            token,
            timeout: Duration::from_secs_f64(timeout),
            circuit_failures,
            circuit_time: TimeDelta::seconds(circuit_seconds),
        })
    }

    pub(super) fn media(&mut self, settings: &MediaSettings) -> Media {
        // A presigned link lives seven days at most.
        let life = self.number(
            "DOVIRA_MEDIA_LINK_LIFETIME",
            &settings.media_link_lifetime,
            1..=604_800,
        );
        let storage = match settings.media.strip_prefix("s3:") {
            None if settings.media.trim().is_empty() => {
                self.problem("DOVIRA_MEDIA", "it must name a directory or a store");
                Storage::Directory(PathBuf::new())
            }
            None => Storage::Directory(settings.media.clone().into()),
            Some(address) => match read_bucket(address) {
                Ok(bucket) => Storage::S3(self.s3(bucket, settings)),
                Err(what) => {
                    self.problem("DOVIRA_MEDIA", what);
                    Storage::Directory(PathBuf::new())
                }
            },
        };
        Media {
            storage,
            link_life: TimeDelta::seconds(life),
        }
    }

    pub(super) fn s3(&mut self, bucket: Bucket, settings: &MediaSettings) -> S3Store {
        let secret = settings.media_secret_access_key.clone().unwrap_or_default();
        for (name, value) in [
            ("DOVIRA_MEDIA_ACCESS_KEY_ID", &settings.media_access_key_id),
            ("DOVIRA_MEDIA_SECRET_ACCESS_KEY", &secret),
        ] {
            if value.is_empty() {
                self.problem(name, "a store that speaks S3 needs it");
            }
        }
        S3Store {
            bucket,
            access_key_id: settings.media_access_key_id.clone(),
            secret_access_key: secret.into(),
        }
    }

    pub(super) fn cabinet(&mut self, settings: &CabinetSettings, processors: usize) -> Cabinet {
        const MOST: i64 = 60 * 24 * 30;
        let mut minutes = |name, text: &str| TimeDelta::minutes(self.number(name, text, 1..=MOST));
        let auth_request_life = minutes("DOVIRA_AUTH_REQUEST_TTL", &settings.auth_request_ttl);
        let user_request_life = minutes(
            "DOVIRA_USER_REQUEST_TTL_MINUTES",
            &settings.user_request_ttl_minutes,
        );
        let jwt_life = minutes(
            "DOVIRA_JWT_TTL_REGISTRATION",
            &settings.jwt_ttl_registration,
        );
        let role_id = settings.cabinet_role_id.trim().parse();
        Cabinet {
            provider: self.govid(settings),
            auth_request_life,
            user_request_life,
            jwt_life,
            token_life: self.seconds(
                "DOVIRA_CABINET_REGISTRATION_TOKEN_LIFETIME",
                &settings.cabinet_registration_token_lifetime,
            ),
            password_min_length: self.number(
                "DOVIRA_PASSWORD_MIN_LENGTH",
                &settings.password_min_length,
                1..=limits::PASSWORD,
            ),
            password_slots: match &settings.password_slots {
                Some(text) => self.number("DOVIRA_PASSWORD_SLOTS", text, 1..=1024),
                // The other half is for everybody who does not wait for a password.
                None => (processors / 2).max(1),
            },
            role_id: role_id.unwrap_or_else(|_| {
                self.problem("DOVIRA_CABINET_ROLE_ID", "it must be a UUID");
                Uuid::nil()
            }),
        }
    }

    pub(super) fn govid(&mut self, settings: &CabinetSettings) -> Option<GovId> {
        // Read in any case: what is wrong is wrong before there is an address, too.
        let timeout = self.number(
            "DOVIRA_GOVID_TIMEOUT_SECONDS",
            &settings.govid_timeout_seconds,
            // Two answers are waited for, and there must be time for the rest of a request (limits::REQUEST_TIME).
            0.01..=10.0,
        );
        let text = settings.govid_url.trim();
        if text.is_empty() {
            return None;
        }
        let url = read_register(
            text,
            "it must be an address such as https://id.gov.ua",
            "it must not hold a name or password; DOVIRA_GOVID_CLIENT_SECRET is for that",
        )
        .map_err(|what| self.problem("DOVIRA_GOVID_URL", what));
        let client_id = settings.govid_client_id.trim();
        if client_id.is_empty() {
            self.problem(
                "DOVIRA_GOVID_CLIENT_ID",
                "it must be given with DOVIRA_GOVID_URL",
            );
        }
        let secret = settings.govid_client_secret.as_deref().unwrap_or_default();
        if secret.is_empty() {
            self.problem(
                "DOVIRA_GOVID_CLIENT_SECRET",
                "it must be given with DOVIRA_GOVID_URL",
            );
        }
        Some(GovId {
            url: url.ok()?,
            client_id: client_id.to_owned(),
            client_secret: SecretString::from(secret),
            auth_type: list(&settings.govid_auth_type).join(","),
            timeout: Duration::from_secs_f64(timeout),
        })
    }
}

/// The address of a register. The problem never repeats it: somebody may have put a password into it.
fn read_register(
    text: &str,
    form: &'static str,
    secret: &'static str,
) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| form)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(secret);
    }
    if url.fragment().is_some() {
        return Err("it must not have a fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            Err("it must begin with https:// unless it is on loopback: what is asked is personal")
        }
        _ => Err(form),
    }
}

/// The bucket of `https://HOST/BUCKET?region=NAME`. The region is `us-east-1` unless given: stores of one's own ignore it.
fn read_bucket(address: &str) -> Result<Bucket, &'static str> {
    const FORM: &str =
        "a store must be written as s3:https://HOST/BUCKET or s3:https://HOST/BUCKET?region=NAME";
    let mut url = Url::parse(address).map_err(|_| FORM)?;
    let name = url.path().trim_matches('/').to_owned();
    let region = url
        .query_pairs()
        .find_map(|(key, value)| (key == "region").then(|| value.into_owned()))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if name.is_empty() || name.contains('/') || !is_plain {
        return Err(FORM);
    }
    let is_private = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    if !is_private {
        return Err(
            "a store must be reached by https:// unless it is on loopback: documents are personal",
        );
    }
    url.set_path("/");
    url.set_query(None);
    Bucket::new(url, UrlStyle::Path, name, region).map_err(|_| FORM)
}
