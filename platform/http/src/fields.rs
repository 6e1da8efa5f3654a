//! Checking the fields of a request: all are looked at, and all that are wrong are named.

use kino_domain::Localized;

use crate::Problem;

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, with dots and indexes where it is nested.
    pub field: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// What is wrong with it.
    pub message: Localized,
}

impl FieldError {
    /// A field that is wrong, told in both languages.
    pub fn new(
        field: impl Into<String>,
        code: &'static str,
        ru: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code, message: Localized::both(ru, en) }
    }
}

/// Collects what is wrong with a request, so that one answer names it all.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the value of a field that passed its check; notes the error of one that did not.
    pub fn check<T>(&mut self, result: Result<T, FieldError>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }

    /// Notes an error.
    pub fn wrong(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// A problem that names every wrong field, if any is wrong.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}
