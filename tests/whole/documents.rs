//! What is written about the platform holds.

use std::{fs, path::PathBuf};

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> String {
    fs::read_to_string(top().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Folders of the workspace's members, from its manifest.
fn members() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let list = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let names = list.lines().map(|line| line.trim().trim_end_matches(',').trim_matches('"').to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_architecture_page_names_every_crate() {
    let page = read("ARCHITECTURE.md");
    let members = members();
    assert!(members.len() >= 12, "{members:?}");
    for folder in members {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        let name = manifest.split_once("name = \"").unwrap().1.split_once('"').unwrap().0;
        assert!(page.contains(name), "ARCHITECTURE.md does not name {name}");
        assert!(page.contains(&folder), "ARCHITECTURE.md does not say where {name} is: {folder}");
    }
}

#[test]
fn services_import_neither_each_other_nor_what_is_above_them() {
    for folder in members() {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        let dependencies = manifest.split_once("\n[dependencies]").unwrap().1.split("\n[").next().unwrap();
        let uses = |names: &[&str]| {
            let used = names.iter().find(|name| dependencies.contains(&format!("{name}.workspace")));
            assert!(used.is_none(), "{folder} may not import {used:?}");
        };
        let services = ["kino-auth", "kino-catalogue"];
        let above = ["kino-cinema", "kino"];
        if folder.starts_with("platform/") || folder.starts_with("services/") {
            uses(&services);
            uses(&above);
        } else if folder.starts_with("faces/") {
            uses(&services);
        }
    }
}

#[test]
fn the_committed_api_documents_are_those_of_the_code() {
    let folder = top().join("docs/openapi");
    for (name, document) in kino::openapi_documents() {
        let file = folder.join(name);
        if std::env::var_os("KINO_TEST_UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &document).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == document, "docs/openapi/{name} is stale; run `make generate`");
    }
}
