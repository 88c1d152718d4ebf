//! The words that the tests are written in.

mod answer;
mod app;
mod authority;
mod browser;
mod database;
mod expect;
mod log;
mod program;
mod world;

pub use self::{
    answer::Answer,
    app::{Api, PUBLIC_URL, TestApp},
    authority::{Authority, Identity, authority},
    browser::{Browser, csrf_of},
    database::{Database, Scratch},
    expect::{assert_json, field, required},
    log::{Log, Statements},
    program::{Program, Run, Server},
    world::{
        API_KEY, CLIENT, CLIENT_SCOPES, CONFIDANT, CONFIDANT_USER, Child, OTHER_CLIENT,
        REDIRECT_URI, SECRET, TRUSTED_CLIENT, World, address, provisioning,
    },
};
