//! The program through its doors: HTTP on both databases, and the command line.
//!
//! A test carries the place of its rule in the specification in its name or first line; "§" alone is the sign-up
//! document, "decisions" the one that settles what it leaves open. Every test that touches data runs on both databases.

#[cfg(test)]
mod support;

#[cfg(test)]
mod approvals;
#[cfg(test)]
mod atomicity;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod ca;
#[cfg(test)]
mod cabinet;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod deduplication;
#[cfg(test)]
mod dictionaries;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod housekeeping;
#[cfg(test)]
mod import;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod media;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod own;
#[cfg(test)]
mod own_pages;
#[cfg(test)]
mod person_requests;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod relationships;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod sms;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod trusted;
#[cfg(test)]
mod validation;
#[cfg(test)]
mod verifications;
#[cfg(test)]
mod words;
