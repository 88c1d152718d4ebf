//! What the steps of a registration in the cabinet show.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use super::fields::{
    Field, FieldFaults, FieldGroup, FieldKind, FieldTexts, ProviderIdentity, cure, text,
};
use crate::{
    config::Config,
    person::dictionaries::Dictionaries,
    web::{
        error_page::ErrorLine,
        layout::Layout,
        words::{Rich, Value, Words},
    },
};

/// What stands around every step.
#[derive(Debug, Clone)]
pub struct StepFrame {
    /// The name of the client application.
    pub client_name: String,
    /// Until when the form is good.
    pub expires_at: DateTime<Utc>,
    /// The address of the step before.
    pub back: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// Its CSRF token.
    pub csrf: String,
    /// Where somebody goes who gives up.
    pub leave: String,
    /// Its CSRF token.
    pub leave_csrf: String,
}

/// A choice of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    code: String,
    words: String,
    is_chosen: bool,
}

/// What a value is called; perhaps with an abbreviation in it.
struct Label {
    before: String,
    short: Option<(String, String)>,
    after: String,
}

impl Label {
    fn new(words: Words, key: &str, short: Option<(&str, &str)>) -> Self {
        let text = words.text(key);
        let parts = short.and_then(|(short, full)| {
            let short = words.text(short);
            let (before, after) = text.split_once(&short)?;
            Some((before.to_owned(), short, words.text(full), after.to_owned()))
        });
        match parts {
            Some((before, short, full, after)) => Self {
                before,
                short: Some((short, full)),
                after,
            },
            None => Self {
                before: text,
                short: None,
                after: String::new(),
            },
        }
    }
}

/// A field as it is drawn.
pub struct FieldView {
    name: &'static str,
    label: Label,
    hint: Option<Rich>,
    value: String,
    error: Option<String>,
    autocomplete: &'static str,
    kind: FieldKind,
    choices: Vec<Choice>,
    is_optional: bool,
}

impl FieldView {
    fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            FieldKind::Email => "email",
            FieldKind::Phone => "tel",
            _ => "text",
        }
    }

    /// What a phone's keyboard offers.
    fn input_mode(&self) -> Option<&'static str> {
        (self.kind == FieldKind::Zip).then_some("numeric")
    }

    fn is_choice(&self) -> bool {
        matches!(self.kind, FieldKind::Choice(_))
    }

    fn is_mark(&self) -> bool {
        self.kind == FieldKind::Mark
    }

    fn is_set(&self) -> bool {
        self.value.trim() == "yes"
    }
}

/// «Крок 1 з 4», «Крок 2 з 4»: fields in groups, and what the provider told, locked.
#[derive(Template, WebTemplate)]
#[template(path = "cabinet/step.html")]
pub struct StepPage {
    layout: Layout,
    frame: StepFrame,
    step: u32,
    locked: Vec<(Label, String)>,
    locked_error: Option<(String, Rich)>,
    groups: Vec<(String, Vec<FieldView>)>,
    errors: Vec<ErrorLine>,
}

impl std::fmt::Debug for StepPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StepPage({})", self.step)
    }
}

/// What a step shows.
pub struct StepContent<'a> {
    /// Which one: 1 or 2.
    pub number: u32,
    /// Its fields.
    pub groups: &'static [FieldGroup],
    /// What was typed.
    pub typed: &'a FieldTexts,
    /// What the provider told.
    pub proven: &'a ProviderIdentity,
    /// What is wrong with which field.
    pub faults: &'a FieldFaults,
    /// Whether the provider told something that cannot be registered.
    pub is_locked_wrong: bool,
    /// What the codes mean.
    pub dictionaries: &'a Dictionaries,
    /// The types of document that a registration may have.
    pub document_types: &'a [String],
}

impl StepPage {
    /// The page of `step`.
    #[must_use]
    pub fn new(layout: Layout, frame: StepFrame, step: &StepContent<'_>) -> Self {
        let words = layout.words;
        let label = |key: &str| Label::new(words, key, None);
        let proven = step.proven;
        let locked = if step.number == 1 {
            let (first_name, _) = proven.names();
            let second_name = proven.second_name.as_ref();
            let mut locked = vec![
                (label("cabinet-last-name"), proven.last_name.clone()),
                (label("cabinet-first-name"), first_name.to_owned()),
            ];
            locked.extend(second_name.map(|name| (label("cabinet-second-name"), name.clone())));
            let short = Some(("cabinet-tax-id.short", "cabinet-tax-id.full"));
            let tax_id = Label::new(words, "cabinet-tax-id", short);
            locked.push((tax_id, proven.tax_id.clone()));
            locked
        } else {
            let email = proven.email.as_ref();
            email
                .map(|email| (label("cabinet-email"), email.clone()))
                .into_iter()
                .collect()
        };
        let is_locked = |field: &Field| match field.name {
            "second_name" => proven.second_name.is_some(),
            "email" => proven.email.is_some(),
            _ => false,
        };
        let groups: Vec<_> = step
            .groups
            .iter()
            .map(|(heading, fields)| {
                let fields = fields.iter().filter(|field| !is_locked(field));
                let views = fields.map(|field| view(words, field, step)).collect();
                (words.text(heading), views)
            })
            .collect();
        let of_fields = groups
            .iter()
            .flat_map(|(_, fields): &(_, Vec<FieldView>)| fields)
            .filter_map(|field| {
                Some(ErrorLine {
                    text: field.error.clone()?,
                    href: Some(format!("#{}", field.name)),
                })
            });
        let locked_error = step.is_locked_wrong.then(|| {
            let phone = [("phone", Value::phone(&layout.support.phone))];
            (
                words.text("cabinet-locked-wrong"),
                words.rich("cabinet-locked-help", &phone),
            )
        });
        // What stands first on the page is said first.
        let of_locked = locked_error.iter().map(|(text, _)| ErrorLine {
            text: text.clone(),
            href: Some("#locked".to_owned()),
        });
        let errors = of_locked.chain(of_fields).collect();
        Self {
            layout,
            frame,
            step: step.number,
            locked,
            locked_error,
            groups,
            errors,
        }
    }

    fn heading(&self) -> String {
        self.layout.words.text(match self.step {
            1 => "cabinet-details-heading",
            _ => "cabinet-contacts-heading",
        })
    }

    fn title(&self) -> String {
        title(&self.layout, &self.heading(), !self.errors.is_empty())
    }

    fn progress(&self) -> String {
        progress(self.layout.words, self.step)
    }

    fn until(&self) -> Rich {
        until(self.layout.words, self.frame.expires_at)
    }

    fn return_button(&self) -> Rich {
        return_button(self.layout.words, &self.frame.client_name)
    }
}

fn title(layout: &Layout, heading: &str, is_wrong: bool) -> String {
    if is_wrong {
        layout.error_title(heading)
    } else {
        layout.title(heading)
    }
}

fn progress(words: Words, step: u32) -> String {
    words.text_with("cabinet-progress", &[("step", Value::Number(step))])
}

fn until(words: Words, at: DateTime<Utc>) -> Rich {
    words.rich("cabinet-until", &[("time", Value::Time(at))])
}

fn return_button(words: Words, client_name: &str) -> Rich {
    words.rich("return-button", &[("client", Value::name(client_name))])
}

/// What some documents have to have: the hint says which, and «optional» would not be true.
const OF_SOME_DOCUMENTS: [&str; 2] = ["unzr", "document_expiration_date"];

fn view(words: Words, field: &'static Field, step: &StepContent<'_>) -> FieldView {
    let value = match (step.typed.get(field.name), field.name) {
        (Some(typed), _) => typed.clone(),
        (None, "second_name") => step.proven.names().1.unwrap_or_default().to_owned(),
        (None, "birth_country") => words.text("cabinet-birth-country.usual"),
        (None, _) => String::new(),
    };
    let error = step.faults.get(field.name).map(|fault| {
        let name = Value::Text(words.text(field.label).into());
        let most = Value::Number(field.most());
        let key = cure(field, *fault, step.typed);
        words.text_with(key, &[("field", name), ("most", most)])
    });
    let hint = field.hint.map(|key| {
        let example = field.example.map(|key| words.text(key)).unwrap_or_default();
        words.rich(key, &[("example", Value::name(&example))])
    });
    let choices = match field.kind {
        FieldKind::Choice(dictionary) => {
            let is_offered = |code: &str| {
                dictionary != "DOCUMENT_TYPE"
                    || step.document_types.iter().any(|known| known == code)
            };
            let codes = step
                .dictionaries
                .codes(dictionary)
                .filter(|code| is_offered(code));
            codes
                .map(|code| Choice {
                    words: step
                        .dictionaries
                        .words(dictionary, code, words.locale())
                        .unwrap_or_else(|| code.to_owned()),
                    is_chosen: text(step.typed, field.name) == Some(code),
                    code: code.to_owned(),
                })
                .collect()
        }
        _ => Vec::new(),
    };
    FieldView {
        name: field.name,
        hint,
        value,
        error,
        autocomplete: field.autocomplete,
        kind: field.kind,
        choices,
        is_optional: field.is_optional && !OF_SOME_DOCUMENTS.contains(&field.name),
        label: Label::new(words, field.label, field.short),
    }
}

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordTrouble {
    /// Nothing was typed.
    Missing,
    /// Too short; what it must have.
    Short(u32),
    /// Too long; what it may have.
    Long(u32),
    /// A small letter, a capital or a digit is missing.
    Simple,
    /// It was used before.
    Used,
    /// The second one is another.
    Differs,
}

/// «Крок 3 з 4»: a password, twice.
#[derive(Clone, Template, WebTemplate)]
#[template(path = "cabinet/password.html")]
pub struct PasswordPage {
    /// The frame of every page.
    pub layout: Layout,
    /// The frame of every step.
    pub frame: StepFrame,
    /// The e-mail address that the password belongs to.
    pub email: String,
    /// Characters that a password must have.
    pub min: u32,
    /// What is wrong.
    pub troubles: Vec<PasswordTrouble>,
}

impl std::fmt::Debug for PasswordPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordPage({:?})", self.troubles)
    }
}

impl PasswordPage {
    fn heading(&self) -> String {
        self.layout.words.text("cabinet-password-heading")
    }

    fn title(&self) -> String {
        title(&self.layout, &self.heading(), !self.troubles.is_empty())
    }

    fn progress(&self) -> String {
        progress(self.layout.words, 3)
    }

    fn until(&self) -> Rich {
        until(self.layout.words, self.frame.expires_at)
    }

    fn return_button(&self) -> Rich {
        return_button(self.layout.words, &self.frame.client_name)
    }

    fn hint(&self) -> String {
        let min = [("min", Value::Number(self.min))];
        self.layout.words.text_with("cabinet-password.hint", &min)
    }

    fn trouble_text(&self, trouble: PasswordTrouble) -> String {
        let words = self.layout.words;
        let number = |key: &str, number| words.text_with(key, &[("number", Value::Number(number))]);
        match trouble {
            PasswordTrouble::Missing => words.text("cabinet-password-missing"),
            PasswordTrouble::Short(min) => number("cabinet-password-short", min),
            PasswordTrouble::Long(max) => number("cabinet-password-long", max),
            PasswordTrouble::Simple => words.text("cabinet-password-simple"),
            PasswordTrouble::Used => words.text("cabinet-password-used"),
            PasswordTrouble::Differs => words.text("cabinet-password-differs"),
        }
    }

    /// What is said beside the first field, or the second.
    fn of_field(&self, is_second: bool) -> Vec<String> {
        let is_here =
            |trouble: &&PasswordTrouble| (**trouble == PasswordTrouble::Differs) == is_second;
        let here = self.troubles.iter().filter(is_here);
        here.map(|trouble| self.trouble_text(*trouble)).collect()
    }

    fn errors(&self) -> Vec<ErrorLine> {
        let line = |trouble: &PasswordTrouble| ErrorLine {
            text: self.trouble_text(*trouble),
            href: Some(
                match trouble {
                    PasswordTrouble::Differs => "#password_again",
                    _ => "#password",
                }
                .to_owned(),
            ),
        };
        self.troubles.iter().map(line).collect()
    }
}

/// The types of document that the form offers.
#[must_use]
pub fn document_types(config: &Config) -> &[String] {
    &config.people.registration_document_types
}

/// Every step as it is first seen, filled, and with every fault.
#[cfg(test)]
pub(crate) fn samples(locale: crate::locale::Locale) -> Vec<(String, String)> {
    use super::fields::{CONTACTS, DETAILS, FieldFault, of_step};
    use crate::{
        journey::code_views::{self, CodePage, LastStep, Trouble},
        web::samples::{LONG_CLIENT, layout, noon},
    };
    let frame = |client: &str, action: &str, back: Option<&str>| StepFrame {
        client_name: client.to_owned(),
        expires_at: noon(),
        back: back.map(str::to_owned),
        action: format!("/cabinet/registration/3f1c/{action}"),
        csrf: "csrf-token".to_owned(),
        leave: "/cabinet/registration/3f1c/leave".to_owned(),
        leave_csrf: "csrf-token".to_owned(),
    };
    let types = crate::person::dictionaries::shipped::dictionaries().codes("DOCUMENT_TYPE");
    let types: Vec<String> = types.map(str::to_owned).collect();
    let proven = |email: Option<&str>, second: Option<&str>| ProviderIdentity {
        tax_id: "3126509816".to_owned(),
        first_name: "Петро".to_owned(),
        last_name: "Короленко-Переяславська".to_owned(),
        second_name: second.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    let step = |number,
                client: &str,
                proven: &ProviderIdentity,
                typed: &FieldTexts,
                faults: &FieldFaults,
                wrong: bool| {
        let (groups, action, back) = match number {
            1 => (DETAILS, "details", None),
            _ => (
                CONTACTS,
                "contacts",
                Some("/cabinet/registration/3f1c/details"),
            ),
        };
        let shown = StepContent {
            number,
            groups,
            typed,
            proven,
            faults,
            is_locked_wrong: wrong,
            dictionaries: crate::person::dictionaries::shipped::dictionaries(),
            document_types: &types,
        };
        StepPage::new(layout(locale), frame(client, action, back), &shown)
            .render()
            .unwrap()
    };
    let every = |groups, fault: fn(&str) -> FieldFault| -> FieldFaults {
        of_step(groups)
            .map(|field| (field.name, fault(field.name)))
            .collect()
    };
    let typed: FieldTexts = of_step(DETAILS)
        .chain(of_step(CONTACTS))
        .map(|field| {
            let text = match field.kind {
                FieldKind::Choice("GENDER") => "MALE",
                FieldKind::Choice("DOCUMENT_TYPE") => "NATIONAL_ID",
                FieldKind::Choice(_) => "CITY",
                FieldKind::Mark => "yes",
                _ => "Дуже довга відповідь без жодного змісту, яку набрано навмисно \"<b>",
            };
            (field.name.to_owned(), text.to_owned())
        })
        .collect();
    let (none, bare, full) = (
        FieldFaults::new(),
        proven(None, None),
        proven(Some("a@b.ua"), Some("Миколайович")),
    );
    let password = |client: &str, troubles: &[PasswordTrouble]| {
        PasswordPage {
            layout: layout(locale),
            frame: frame(
                client,
                "password",
                Some("/cabinet/registration/3f1c/contacts"),
            ),
            email: "imia.prizvyshche@example.com".to_owned(),
            min: 8,
            troubles: troubles.to_vec(),
        }
        .render()
        .unwrap()
    };
    let code = |client: &str, again: bool, trouble: Option<Trouble>| {
        CodePage {
            client_name: client.to_owned(),
            sent_again_at: again.then(noon),
            trouble,
            back: "/cabinet/registration/3f1c/password".to_owned(),
            step: Some(LastStep {
                number: 4,
                expires_at: noon(),
                change: "/cabinet/registration/3f1c/contacts".to_owned(),
            }),
            ..code_views::sample(locale)
        }
        .render()
        .unwrap()
    };
    let rules = |name: &str| match name {
        "birth_date" => FieldFault::BirthDate,
        "unzr" => FieldFault::UnzrOfAnotherDay,
        "phone" => FieldFault::PhoneTaken,
        "email" => FieldFault::EmailTaken,
        "document_issued_at" => FieldFault::Date,
        "document_expiration_date" => FieldFault::NoSuchDay,
        "second_name" => FieldFault::Age,
        "document_number" => FieldFault::UnzrMissing,
        "area" => FieldFault::AnotherEmail,
        "document_issued_by" => FieldFault::Long,
        _ => FieldFault::Form,
    };
    [
        (
            "cabinet-details",
            step(
                1,
                "Кабінет пацієнта",
                &bare,
                &FieldTexts::new(),
                &none,
                false,
            ),
        ),
        (
            "cabinet-details-filled",
            step(1, LONG_CLIENT, &full, &typed, &none, false),
        ),
        (
            "error-cabinet-details-missing",
            step(
                1,
                "Кабінет пацієнта",
                &bare,
                &FieldTexts::new(),
                &every(DETAILS, |_| FieldFault::Missing),
                false,
            ),
        ),
        (
            "error-cabinet-details-forms",
            step(
                1,
                "Кабінет пацієнта",
                &bare,
                &typed,
                &every(DETAILS, |_| FieldFault::Form),
                false,
            ),
        ),
        (
            "error-cabinet-details-locked",
            step(1, "Кабінет пацієнта", &full, &typed, &none, true),
        ),
        (
            "error-cabinet-details-rules",
            step(
                1,
                "Кабінет пацієнта",
                &bare,
                &typed,
                &every(DETAILS, rules),
                true,
            ),
        ),
        (
            "cabinet-contacts",
            step(
                2,
                "Кабінет пацієнта",
                &bare,
                &FieldTexts::new(),
                &none,
                false,
            ),
        ),
        (
            "cabinet-contacts-filled",
            step(2, LONG_CLIENT, &full, &typed, &none, false),
        ),
        (
            "error-cabinet-contacts-missing",
            step(
                2,
                "Кабінет пацієнта",
                &bare,
                &FieldTexts::new(),
                &every(CONTACTS, |_| FieldFault::Missing),
                false,
            ),
        ),
        (
            "error-cabinet-contacts-rules",
            step(
                2,
                "Кабінет пацієнта",
                &bare,
                &typed,
                &every(CONTACTS, rules),
                false,
            ),
        ),
        ("cabinet-password", password(LONG_CLIENT, &[])),
        (
            "error-cabinet-password-missing",
            password("Кабінет пацієнта", &[PasswordTrouble::Missing]),
        ),
        (
            "error-cabinet-password-weak",
            password(
                "Кабінет пацієнта",
                &[PasswordTrouble::Short(8), PasswordTrouble::Simple],
            ),
        ),
        (
            "error-cabinet-password-long",
            password("Кабінет пацієнта", &[PasswordTrouble::Long(128)]),
        ),
        (
            "error-cabinet-password-used",
            password("Кабінет пацієнта", &[PasswordTrouble::Used]),
        ),
        (
            "error-cabinet-password-differs",
            password("Кабінет пацієнта", &[PasswordTrouble::Differs]),
        ),
        ("cabinet-code", code("Кабінет пацієнта", false, None)),
        ("cabinet-code-sent-again", code(LONG_CLIENT, true, None)),
        (
            "error-cabinet-code-wrong",
            code("Кабінет пацієнта", false, Some(Trouble::Wrong { left: 2 })),
        ),
        (
            "error-cabinet-code-not-sent",
            code("Кабінет пацієнта", false, Some(Trouble::NotSent)),
        ),
    ]
    .into_iter()
    .map(|(name, html)| (name.to_owned(), html))
    .collect()
}
