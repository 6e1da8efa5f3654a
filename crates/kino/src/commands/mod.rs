//! What each command does.

mod audit;
mod config;
mod create_superuser;
mod demo;
mod doctor;
mod export;
mod import;
mod index;
mod keys;
mod serve;

use std::{error::Error, process::ExitCode};

use crate::cli::{Audit, Cli, Command, Demo, Export, Import};

/// Runs a command. An error is for the person who typed it: it says what to do.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let source = cli.settings.source();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&source.settings()?).await,
        Command::CreateSuperuser(wish) => create_superuser::run(&source.settings()?, wish).await,
        Command::Import(Import::Films { from, format, access }) => {
            import::films::run(&source.settings()?, &from, format, access).await
        }
        Command::Import(Import::Users { file }) => import::users::run(&source.settings()?, &file).await,
        Command::Export(Export::Films { file, format }) => {
            export::films(&source.settings()?, &file, format).await
        }
        Command::Demo(Demo::Generate { films, seed, add }) => {
            demo::generate(&source.settings()?, films, seed, add).await
        }
        Command::Keys(wish) => keys::run(&source.settings()?, &wish).await,
        Command::Audit(Audit::Verify { expect }) => audit::verify(&source.settings()?, expect).await,
        Command::Index(wish) => index::run(&source.settings()?, wish).await,
        Command::Doctor => doctor::run(&source.settings()?).await,
        Command::Config => config::run(&source),
    }
}
