//! The Auth API over real HTTP, on SQLite with the memory cache and on PostgreSQL with Redis.

mod accounts;
mod attacks;
mod audit;
mod bad_input;
mod devices;
mod email;
mod export;
mod has_permission;
mod import_users;
mod keys;
mod passkeys;
mod passwords;
mod profile;
mod resets;
mod role_changes;
mod role_crud;
mod role_rights;
mod roles;
mod second_factor;
mod second_factor_attacks;
mod sessions;
mod social;
