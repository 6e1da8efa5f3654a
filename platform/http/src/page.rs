//! Lists by page.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{FieldError, Fields, Problem, Query};

const DEFAULT_SIZE: u32 = 50;
const LARGEST_SIZE: u32 = 100;

/// Which page of a list: `?page_number=1..&page_size=1..100`.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The page, from 1.
    #[serde(default = "first")]
    #[param(minimum = 1, default = 1)]
    pub page_number: u32,
    /// Items on a page.
    #[serde(default = "default_size")]
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub page_size: u32,
}

const fn first() -> u32 {
    1
}

const fn default_size() -> u32 {
    DEFAULT_SIZE
}

impl PageQuery {
    /// How many items come before the page.
    pub const fn offset(self) -> u64 {
        (self.page_number as u64 - 1) * self.page_size as u64
    }

    /// How many items the page has room for.
    pub const fn limit(self) -> u64 {
        self.page_size as u64
    }

    /// A page of a list of `total` items.
    pub const fn page<T>(self, items: Vec<T>, total: u64) -> Page<T> {
        Page { items, total, page_number: self.page_number, page_size: self.page_size }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(query) = Query::<Self>::from_request_parts(parts, state).await?;
        let mut fields = Fields::new();
        if query.page_number == 0 {
            let (ru, en) = ("Страницы считаются с 1.", "Pages are counted from 1.");
            fields.wrong(FieldError::new("page_number", "out_of_range", ru, en));
        }
        if !(1..=LARGEST_SIZE).contains(&query.page_size) {
            let (ru, en) = ("От 1 до 100.", "From 1 to 100.");
            fields.wrong(FieldError::new("page_size", "out_of_range", ru, en));
        }
        fields.finish()?;
        Ok(query)
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items of this page; none past the end.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// The page, from 1.
    pub page_number: u32,
    /// Items on a page.
    pub page_size: u32,
}
