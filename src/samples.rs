//! The sample pages: every view, in both languages, with the data that are hardest on it.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use askama::Template;
use flate2::{Compression, write::GzEncoder};

use crate::{
    locale::Locale,
    web::{
        assets::asset,
        samples::{layout, noon},
    },
};

/// Every sample page: name and HTML.
fn all(locale: Locale) -> Vec<(String, String)> {
    let mut pages = crate::web::notices::samples(locale);
    pages.extend(crate::web::error_page::samples(locale));
    pages.extend(crate::sign_up::views::samples(locale));
    pages.extend(crate::journey::code_views::samples(locale));
    pages.extend(crate::details::refusal::samples(locale));
    pages.extend(crate::consent::views::samples(locale));
    pages.extend(crate::cabinet::views::samples(locale));
    pages.extend(crate::demo::views::samples(locale));
    pages
}

/// The values of every attribute `name` in a page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// What stands between the first `open` and the next `close`.
fn between<'a>(html: &'a str, open: &str, close: &str) -> &'a str {
    let (_, rest) = html.split_once(open).unwrap();
    rest.split_once(close).unwrap().0
}

/// Text without its markup.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    text
}

/// `html` without what lies between `open` and `close`.
fn without(html: &str, open: &str, close: &str) -> String {
    let mut parts = html.split(open);
    let mut rest = parts.next().unwrap().to_owned();
    for part in parts {
        rest.push(' ');
        rest.push_str(part.split_once(close).unwrap().1);
    }
    rest
}

/// ux §3: what a Ukrainian page says is written with Ukrainian letters, and no word mixes scripts. Data are shown as
/// they were signed, and names as their owners write them.
fn lint(here: &str, html: &str) {
    let mut html = html.to_owned();
    for (open, close) in [
        ("<dd>", "</dd>"),
        ("<bdi>", "</bdi>"),
        ("<code>", "</code>"),
    ] {
        html = without(&html, open, close);
    }
    let text = text_of(&html.replace('<', " <"))
        .replace("&#39;", "'")
        .replace("&#34;", "\"");
    let is_cyrillic = |character: char| ('\u{400}'..='\u{52f}').contains(&character);
    let characters: Vec<char> = text.chars().collect();
    for window in characters.windows(3) {
        let is_wrong = is_cyrillic(window[0])
            && matches!(window[1], '\'' | '\u{2019}' | '\u{2018}' | '`')
            && is_cyrillic(window[2]);
        assert!(!is_wrong, "{here}: the apostrophe in {window:?}");
    }
    for word in text.split(|character: char| !character.is_alphabetic()) {
        let latin = word.contains(|character: char| character.is_ascii_alphabetic());
        assert!(
            !(latin && word.contains(is_cyrillic)),
            "{here}: {word} mixes scripts"
        );
        let small = word.to_lowercase();
        assert!(
            !small.contains(['ы', 'э', 'ё', 'ъ']),
            "{here}: a foreign letter in {word}"
        );
    }
}

fn gzip_size(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

fn check(locale: Locale, name: &str, html: &str, css: usize) {
    let here = format!("{}/{name}", locale.code());
    let words = locale.words();
    for (element, times) in [
        ("<h1", 1),
        ("<main", 1),
        ("<header", 1),
        ("<footer", 1),
        ("<title>", 1),
        ("<a class=\"skip\" href=\"#main\"", 1),
        ("<main id=\"main\" tabindex=\"-1\"", 1),
        ("<style", 0),
        ("http-equiv", 0),
    ] {
        assert_eq!(html.matches(element).count(), times, "{here}: {element}");
    }
    assert!(
        html.contains(&format!("<html lang=\"{}\">", locale.code())),
        "{here}: lang"
    );

    let title = between(html, "<title>", "</title>");
    let heading = text_of(between(html, "<h1>", "</h1>"));
    // The pretend client of the demonstration is a site of its own.
    let is_client = name.starts_with("romashka-");
    let service = words.text(if is_client {
        "romashka-name"
    } else {
        "service-short"
    });
    let prefix = words.text("error-prefix");
    let bare = title.strip_prefix(prefix.as_str()).unwrap_or(title);
    let expected = if name.starts_with("accept-") {
        words.text("accept-title")
    } else if name.starts_with("revoke") {
        words.text("revoke-title")
    } else {
        heading
    };
    assert_eq!(bare, format!("{expected} — {service}"), "{here}: title");
    let quiet = name.contains("already-");
    let told = (name.starts_with("error-") && !quiet) || name == "accept-failed";
    assert_eq!(title.starts_with(&prefix), told, "{here}: error prefix");
    for personal in [
        "Короленко",
        "Переяславська",
        "Лі Ян",
        "Ромашка",
        "3126509816",
    ] {
        assert!(
            is_client || !title.contains(personal),
            "{here}: {personal} in the title"
        );
    }

    assert_eq!(
        html.matches("<script").count(),
        html.matches("<script src=\"/static/").count(),
        "{here}: a script without a file"
    );
    for tag in html.split('<').filter_map(|rest| rest.split('>').next()) {
        for attribute in tag.split(' ').skip(1) {
            let attribute = attribute.split('=').next().unwrap();
            assert!(
                attribute != "style"
                    && !(attribute.starts_with("on") && tag.contains(&format!("{attribute}=\""))),
                "{here}: <{tag}>"
            );
        }
    }
    for url in attributes(html, "src").into_iter().chain(
        html.split("<link")
            .skip(1)
            .flat_map(|link| attributes(link.split('>').next().unwrap(), "href")),
    ) {
        assert!(
            url.starts_with("/static/") && url.matches('.').count() == 2,
            "{here}: {url}"
        );
    }

    let ids = attributes(html, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{here}: ids {ids:?}");
    for reference in ["for", "aria-labelledby", "aria-describedby"] {
        for id in attributes(html, reference)
            .iter()
            .flat_map(|ids| ids.split(' '))
        {
            assert!(unique.contains(id), "{here}: {reference}={id}");
        }
    }
    for id in attributes(html, "href")
        .iter()
        .filter_map(|href| href.strip_prefix('#'))
    {
        assert!(unique.contains(id), "{here}: #{id}");
    }

    let size = gzip_size(html.as_bytes()) + css;
    assert!(size < 30 * 1024, "{here}: {size} bytes compressed");
}

/// Style rules 10 and 11, ux §5: each sample in each language; the browser checks read what this test writes.
#[test]
fn every_sample_is_a_whole_page() {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    let folder = target.join("page-samples");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("static")).unwrap();
    for name in ["app.css", "app.js", "mark.svg", "demo.css", "camomile.svg"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("static")
            .join(name);
        fs::copy(source, folder.join(asset(name).trim_start_matches('/'))).unwrap();
    }
    let css = gzip_size(include_bytes!("../static/app.css"))
        + gzip_size(include_bytes!("../static/demo.css"));
    let mut names = HashSet::new();
    for locale in Locale::ALL {
        let pages = all(locale);
        assert!(pages.len() > 50);
        fs::create_dir_all(folder.join(locale.code())).unwrap();
        for (name, html) in pages {
            if locale == Locale::Uk {
                lint(&name, &html);
            }
            check(locale, &name, &html, css);
            assert!(
                names.insert(format!("{}/{name}", locale.code())),
                "{name} twice"
            );
            fs::write(
                folder.join(locale.code()).join(format!("{name}.html")),
                html,
            )
            .unwrap();
        }
    }
}

/// A person's data and a client's name come from outside: they must not bring markup.
#[test]
fn values_from_outside_are_escaped() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut person = crate::details::people::child();
    for member in ["first_name", "email", "gender", "unzr"] {
        person[member] = evil.into();
    }
    let details = crate::sign_up::views::Details {
        person: &person,
        patient_signed: true,
        process_disclosure_data_consent: true,
        client_name: evil,
        expires_at: noon(),
        kind: crate::details::SignUpKind::Confidant,
        known: None,
        dictionaries: crate::person::dictionaries::shipped::dictionaries(),
    };
    let page = crate::sign_up::views::DetailsPage::new(layout(Locale::Uk), &details, evil, evil);
    let html = page.render().unwrap();
    assert!(!html.contains("<img src=x"));
    assert!(!html.contains("&#38;#"), "escaped twice");
    check(Locale::Uk, "evil", &html, 0);
}
