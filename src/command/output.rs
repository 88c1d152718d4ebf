//! What commands print: lists for people and for programs, and pages about one thing.

use std::io::{self, Write as _};

use clap::Args;
use serde_json::Value;

use super::{CannotRun, CommandResult, Outcome};
use crate::person::store::lookup::Part;

/// Which part of a list.
#[derive(Args)]
pub struct Paged {
    /// Which page of the list
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Entries on a page
    #[arg(long, default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: u32,
    /// Print a list of objects (JSON)
    #[arg(long)]
    pub(super) json: bool,
}

impl Paged {
    pub(super) fn part(&self) -> Part {
        Part {
            limit: i64::from(self.page_size),
            offset: i64::from(self.page - 1) * i64::from(self.page_size),
        }
    }
}

/// Writes to stdout.
pub(super) fn print(text: &str) -> Result<(), CannotRun> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CannotRun::Io("stdout".to_owned(), error))
        }
        _ => Ok(()),
    }
}

/// A list: one array of objects, or a line of columns each.
pub(super) fn list(entries: Vec<Value>, is_json: bool, columns: &[&str]) -> CommandResult {
    if is_json {
        print(&format!("{}\n", Value::Array(entries)))?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for entry in &entries {
        let cell = |name: &&str| {
            entry
                .get(*name)
                .and_then(printable_value)
                .unwrap_or("–".to_owned())
        };
        let cells: Vec<_> = columns.iter().map(cell).collect();
        text.push_str(&cells.join("  "));
        text.push('\n');
    }
    print(&text)?;
    Ok(Outcome::Done)
}

/// What a change came to: one object in a list, or a sentence.
pub(super) fn change(after: Value, is_json: bool, sentence: &str) -> CommandResult {
    if is_json {
        print(&format!("{}\n", Value::Array(vec![after])))?;
    } else {
        print(&format!("{sentence}\n"))?;
    }
    Ok(Outcome::Done)
}

/// Everything about one thing: one object in a list, or a page of text.
pub(super) fn page(about: Value, is_json: bool) -> CommandResult {
    if is_json {
        print(&format!("{}\n", Value::Array(vec![about])))?;
    } else {
        let mut text = String::new();
        members(&about, 0, &mut text);
        print(&text)?;
    }
    Ok(Outcome::Done)
}

/// Says that there is nothing of that id.
pub(super) fn no(what: &str, id: uuid::Uuid) -> CommandResult {
    eprintln!("There is no {what} {id}.");
    Ok(Outcome::No)
}

/// A value in one line; none where there is nothing. What people typed may hold anything: control characters would move the
/// terminal's cursor.
fn printable_value(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let escaped = |c: char| {
        if c.is_control() {
            c.escape_default().collect::<String>()
        } else {
            c.to_string()
        }
    };
    Some(text.chars().map(escaped).collect())
}

/// The members of an object, a line each, and what they hold below them.
fn members(object: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for (name, value) in object.as_object().into_iter().flatten() {
        let name = name.replace('_', " ");
        match value {
            Value::Object(_) => {
                text.push_str(&format!("{indent}{name}:\n"));
                members(value, depth + 1, text);
            }
            Value::Array(list) if list.is_empty() => {
                text.push_str(&format!("{indent}{name}: none\n"));
            }
            Value::Array(list) => {
                text.push_str(&format!("{indent}{name}:\n"));
                for (at, one) in list.iter().enumerate() {
                    match printable_value(one).filter(|_| !one.is_object()) {
                        Some(one) => text.push_str(&format!("{indent}  {one}\n")),
                        None => {
                            text.push_str(&format!("{indent}  {}.\n", at + 1));
                            members(one, depth + 2, text);
                        }
                    }
                }
            }
            value => {
                let value = printable_value(value).unwrap_or("–".to_owned());
                text.push_str(&format!("{indent}{name}: {value}\n"));
            }
        }
    }
}

/// A name of a list: `Зразкова М.Д.`
pub(super) fn masked_name(last_name: &str, first_name: &str, second_name: Option<&str>) -> String {
    let initial = |name: &str| name.trim().chars().next().map(|first| format!("{first}."));
    let first = initial(first_name).unwrap_or_default();
    let second = second_name.and_then(initial).unwrap_or_default();
    format!("{last_name} {first}{second}")
}

/// A number of a list: the last digits, and no more than a third of it.
pub(super) fn masked_number(number: &str) -> String {
    let length = number.chars().count();
    let hidden = length - (length / 3).min(4);
    let end: String = number.chars().skip(hidden).collect();
    format!("{}{end}", "*".repeat(hidden))
}

/// An e-mail address of a list: the first letter, and where it is.
pub(super) fn masked_email(email: &str) -> String {
    match email.split_once('@') {
        Some((name, host)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}***@{host}")
        }
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_masked() {
        let name = masked_name("Зразкова", "Марія", Some("Демʼянівна"));
        assert_eq!(name, "Зразкова М.Д.");
        assert_eq!(masked_name("Зразкова", "Марія", None), "Зразкова М.");
        assert_eq!(masked_number("3112201416"), "*******416");
        assert_eq!(masked_number("+380500000017"), "*********0017");
        assert_eq!(masked_number("12"), "**");
        assert_eq!(masked_email("demian@example.com"), "d***@example.com");
        assert_eq!(masked_email("demian"), "***");
    }

    #[test]
    fn a_page_names_everything_and_moves_no_cursor() {
        let about = json!({ "id": 1, "is_active": true, "gone": null, "first_name": "А\u{1b}[2J", "none": [],
            "list": [{ "a": 1, "b": { "c": 2 } }, "x"] });
        let mut text = String::new();
        members(&about, 0, &mut text);
        let expected = "id: 1\nis active: yes\ngone: –\nfirst name: А\\u{1b}[2J\nnone: none\nlist:\n  1.\n    a: 1\n    b:\n      c: 2\n  x\n";
        assert_eq!(text, expected);
    }
}
