//! The Auth API over real HTTP, on SQLite with the memory cache and on PostgreSQL with Redis.

mod attacks;
mod bad_input;
mod devices;
mod email;
mod has_permission;
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
