//! The words that the tests are written in.

mod answer;
mod app;
mod authority;
mod browser;
mod cabinet;
mod database;
mod expect;
mod fake_registry;
mod log;
mod otp;
mod own;
mod program;
mod world;

pub use self::{
    answer::Answer,
    app::{Api, PUBLIC_URL, TestApp},
    authority::{Authority, Identity, authority},
    browser::{Browser, csrf_of},
    cabinet::{
        CABINET, CABINET_URI, Cabinet, OWN_PHONE, TAX_ID, USER_REQUEST, body, changed, patient,
    },
    database::{Database, Scratch},
    expect::{assert_json, field, required},
    fake_registry::{FakeRegistry, Reply, cut_short, nobody},
    log::{Log, Statements},
    otp::{Otp, PHONE, PHONE_PATH, UNLIMITED, wrong},
    own::{Begun, Own},
    program::{Program, Run, Server},
    world::{
        API_KEY, CLIENT, CLIENT_SCOPES, CONFIDANT, CONFIDANT_USER, Child, OTHER_CLIENT,
        REDIRECT_URI, SECRET, TRUSTED_CLIENT, World, address, provisioning,
    },
};
