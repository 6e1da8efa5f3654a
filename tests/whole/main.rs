//! Tests of the whole platform: its APIs over real HTTP on every engine, journeys, crashes, pages, documentation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod account_pages;
mod app;
mod auth;
mod authenticator;
mod authenticator_app;
mod browser;
mod catalogue;
mod child;
mod command_line;
mod crashes;
mod documents;
mod first_starts;
mod letters;
mod outages;
mod pages;
mod program;
mod provider;
mod readme;
