//! The names of indices: `kino-films-v1-<generation>` and `kino-persons-v1-<generation>`. The aliases `kino-films-v1` and
//! `kino-persons-v1` lead searches to the generation in use.
//!
//! `v1` is the version of the mapping: servers of two versions beside each other have an index each. Each index has an
//! alias of its own too, which is written through: a write to an index would make it where it is gone.

use uuid::Uuid;

use super::{super::engine::DocumentKind, mapping::VERSION};

/// The names of one platform's indices.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

/// The indices of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    prefix: String,
    pub(super) id: Uuid,
}

pub(super) const KINDS: [DocumentKind; 2] = [DocumentKind::Film, DocumentKind::Person];

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The alias that is searched.
    pub(super) fn alias(&self, kind: DocumentKind) -> String {
        format!("{}-{}-v{VERSION}", self.prefix, word(kind))
    }

    /// A generation that nobody else has. Later ones have greater ids.
    pub(super) fn new_generation(&self) -> Generation {
        self.generation(Uuid::now_v7())
    }

    pub(super) fn generation(&self, id: Uuid) -> Generation {
        Generation { prefix: self.prefix.clone(), id }
    }

    /// What matches every index of ours, of every version, and perhaps some that are not.
    pub(super) fn pattern(&self) -> String {
        KINDS.map(|kind| format!("{}-{}-v*", self.prefix, word(kind))).join(",")
    }

    /// The version and the generation of an index; none of one that is not ours.
    pub(super) fn parse(&self, index: &str) -> Option<(u32, Generation)> {
        let kind_and_rest = index.strip_prefix(&self.prefix)?.strip_prefix('-')?;
        let rest = KINDS.into_iter().find_map(|kind| kind_and_rest.strip_prefix(word(kind)))?;
        let (version, id) = rest.strip_prefix("-v")?.split_once('-')?;
        Some((version.parse().ok()?, self.generation(id.parse().ok()?)))
    }
}

impl Generation {
    pub(super) fn index(&self, kind: DocumentKind) -> String {
        format!("{}-{}-v{VERSION}-{}", self.prefix, word(kind), self.id.simple())
    }

    /// What is written through.
    pub(super) fn writer(&self, kind: DocumentKind) -> String {
        format!("{}-writer", self.index(kind))
    }
}

const fn word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Film => "films",
        DocumentKind::Person => "persons",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_read() {
        let names = Names::new("kino");
        let generation = names.new_generation();
        for kind in KINDS {
            assert_eq!(names.parse(&generation.index(kind)), Some((VERSION, generation.clone())));
            assert_eq!(Names::new("kin").parse(&generation.index(kind)), None);
        }
        let longer = Names::new("kino-films-v1-x").new_generation().index(DocumentKind::Film);
        assert_eq!(names.parse(&longer), None, "of a platform whose name begins like ours");
        assert_eq!(names.parse("kino-films-v1"), None);
        assert!(names.new_generation().id > generation.id);
    }
}
