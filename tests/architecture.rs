//! The house as `docs/architecture.md` draws it, held against what the files import: arrows go down only.
//!
//! The table of rooms gives each room a floor. A room may use what stands on a lower floor, and nothing else; no files ask
//! each other in a circle, where a file that uses what encloses it (`super::`) is no arrow. What is there for tests alone
//! (`#[cfg(test)]`, `tests.rs`, `samples.rs`) may look at everything.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that cannot read its files fails"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type Module = Vec<String>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Each room with its floor: the rows `| floor | room | …` of the table.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let floor = cells.next()?.trim().parse().ok()?;
            let room = cells.next()?.trim().trim_matches('`').to_owned();
            Some((room, floor))
        })
        .collect()
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every module of the program but those that are there for tests, with its code without tests and comments.
fn modules() -> BTreeMap<Module, String> {
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut modules = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(&source).unwrap().with_extension("");
        let mut module: Module = relative
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        if module == ["main"]
            || module.iter().any(|part| part == "tests")
            || module.last().is_some_and(|part| part == "samples")
        {
            continue;
        }
        if module
            .last()
            .is_some_and(|part| part == "mod" || part == "lib")
        {
            module.pop();
        }
        let text = fs::read_to_string(&file).unwrap();
        modules.insert(module, without_tests(&text));
    }
    modules
}

/// `text` without comments and without the items under `#[cfg(test)]`.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = line.len() - line.trim_start().len();
            let end = format!("{}}}", " ".repeat(indent));
            let mut is_first = true;
            for line in lines.by_ref() {
                if line.trim_start().starts_with("#[") {
                    continue;
                }
                if (is_first && line.trim_end().ends_with(';')) || line.starts_with(&end) {
                    break;
                }
                is_first = false;
            }
            continue;
        }
        let code = line.split_once("//").map_or(line, |(code, _)| code);
        kept.push_str(code);
        kept.push('\n');
    }
    kept
}

/// The paths of a tree such as `crate::{db::Db, web::{page::Page, words}}`, each whole.
fn paths_of_tree(before: &[String], tree: &str, paths: &mut Vec<Module>) {
    let tree = tree.trim();
    let (head, inner) = match tree.split_once('{') {
        Some((head, inner)) => (head, inner.rsplit_once('}').map(|(inner, _)| inner)),
        None => (tree, None),
    };
    let mut path = before.to_vec();
    let plain = head.split(" as ").next().unwrap_or_default();
    path.extend(
        plain
            .split("::")
            .map(str::trim)
            .filter(|part| !matches!(*part, "" | "self" | "*"))
            .map(str::to_owned),
    );
    let Some(inner) = inner else {
        if !tree.is_empty() {
            paths.push(path);
        }
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                paths_of_tree(&path, &inner[start..at], paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    paths_of_tree(&path, &inner[start..], paths);
}

/// What the code of `module` names of this program, as paths from its root.
fn names_of(module: &Module, code: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for statement in code.split("use ").skip(1) {
        let tree = statement.split(';').next().unwrap_or_default();
        if ["crate", "super", "self"]
            .iter()
            .any(|start| tree.starts_with(start))
        {
            paths_of_tree(&[], tree, &mut paths);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let end = code[at..]
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .map_or(code.len(), |length| at + length);
            paths_of_tree(&[], code[at..end].trim_end_matches(':'), &mut paths);
        }
    }
    paths
        .into_iter()
        .map(|path| {
            let mut from: Module = match path.first().map(String::as_str) {
                Some("crate") => Vec::new(),
                _ => module.clone(),
            };
            for part in path {
                match part.as_str() {
                    "crate" => {}
                    "super" => drop(from.pop()),
                    _ => from.push(part),
                }
            }
            from
        })
        .collect()
}

/// Which module uses which; what a module uses of those that enclose it is left out.
fn arrows(modules: &BTreeMap<Module, String>) -> BTreeMap<&Module, BTreeSet<Module>> {
    let mut arrows: BTreeMap<&Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, code) in modules {
        let used = arrows.entry(module).or_default();
        for mut path in names_of(module, code) {
            while !path.is_empty() && !modules.contains_key(&path) {
                path.pop();
            }
            if !path.is_empty() && !module.starts_with(&path) {
                used.insert(path);
            }
        }
    }
    arrows
}

#[test]
fn every_room_has_a_floor() {
    let modules = modules();
    let rooms: BTreeSet<&str> = modules
        .keys()
        .filter_map(|module| module.first().map(String::as_str))
        .collect();
    let floors = floors();
    let drawn: BTreeSet<&str> = floors.keys().map(String::as_str).collect();
    assert_eq!(rooms, drawn, "rooms of src, and rooms of the table");
}

#[test]
fn arrows_go_down() {
    let (modules, floors) = (modules(), floors());
    let mut wrong = Vec::new();
    for (module, used) in arrows(&modules) {
        for target in used {
            let (Some(from), Some(to)) = (module.first(), target.first()) else {
                continue;
            };
            if from != to && floors[to] >= floors[from] {
                wrong.push(format!("{} uses {}", module.join("::"), target.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "against the table:\n{}", wrong.join("\n"));
}

#[test]
fn no_files_ask_each_other_in_a_circle() {
    let modules = modules();
    let mut left = arrows(&modules);
    // Whoever uses nobody that is left is in no circle.
    loop {
        let names: BTreeSet<Module> = left.keys().map(|module| (*module).clone()).collect();
        let before = left.len();
        left.retain(|_, used| used.iter().any(|target| names.contains(target)));
        if left.len() == before {
            break;
        }
    }
    // What only leads into a circle is told too: follow the names.
    let told: Vec<String> = left.keys().map(|module| module.join("::")).collect();
    assert!(told.is_empty(), "circles of files:\n{}", told.join("\n"));
}

/// The reader of imports, by itself: a test that reads nothing would find nothing.
#[test]
fn what_a_file_names() {
    let module = vec!["sign_up".to_owned(), "pages".to_owned()];
    let code = "use super::{entry::Entry, codes};\nuse crate::{\n    db::{Db, Link as L},\n    web::page::*,\n};\n\
        fn f() { crate::paths::of_flow() }\n";
    let names: BTreeSet<String> = names_of(&module, code)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    for name in [
        "sign_up::entry::Entry",
        "sign_up::codes",
        "db::Db",
        "db::Link",
        "web::page",
        "paths::of_flow",
    ] {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    let tested = "use crate::db;\n#[cfg(test)]\nmod tests {\n    use crate::demo;\n}\nfn g() {}\n";
    assert_eq!(without_tests(tested), "use crate::db;\nfn g() {}\n");
}

/// A function is a verb with its object, or the noun that it returns: a newcomer searches in vain among `shown`, `told` and
/// `refused`.
#[test]
fn no_function_is_called_by_one_participle() {
    const VERBS: [&str; 8] = [
        "embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed",
    ];
    const IRREGULAR: &str = " begun born borne bought bound broken built chosen done drawn driven fallen felt forgotten \
        found given gone heard held here hidden kept known left lost made meant met paid proven said sent shown sold \
        spent spoken spread stolen stood sworn taken taught then there thrown thought told torn typed understood won worn \
        written ";
    let mut wrong = Vec::new();
    for (module, code) in modules() {
        for rest in code.split("fn ").skip(1) {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let is_regular = name.ends_with("ed") && !name.contains('_');
            if (is_regular && !VERBS.contains(&&*name)) || IRREGULAR.contains(&format!(" {name} "))
            {
                wrong.push(format!("{}::{name}", module.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "functions:\n{}", wrong.join("\n"));
}
