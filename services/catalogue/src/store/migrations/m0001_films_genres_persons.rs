//! Films, genres and persons.

use kino_engine::outbox;
use sea_orm_migration::{prelude::*, schema};

pub(super) struct Begin;

impl MigrationName for Begin {
    fn name(&self) -> &'static str {
        "m0001_films_genres_persons"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Begin {
    /// SQLite would otherwise keep half a migration when the process is killed in it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let films = Table::create()
            .table("films")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("kind"))
            .col(schema::text_null("title_ru"))
            .col(schema::text_null("title_en"))
            .col(schema::text_null("original_title"))
            .col(schema::text_null("description_ru"))
            .col(schema::text_null("description_en"))
            .col(schema::integer_null("year"))
            .col(schema::string("access"))
            .col(schema::double_null("imdb_rating"))
            .col(schema::big_integer("votes"))
            .col(schema::integer_null("duration_minutes"))
            .col(schema::string_null("age_rating"))
            .col(schema::text_null("poster_url"))
            .col(schema::text_null("video_url"))
            .col(schema::big_integer("version"))
            .col(schema::blob_null("import_hash"))
            .col(schema::timestamp_with_time_zone("updated_at"))
            .to_owned();
        manager.create_table(films).await?;
        // The orders that lists are asked for.
        for column in ["imdb_rating", "year", "votes"] {
            let index = Index::create()
                .name(format!("films_by_{column}"))
                .table("films")
                .col(column)
                .col("id")
                .to_owned();
            manager.create_index(index).await?;
        }

        let genres = Table::create()
            .table("genres")
            .col(schema::uuid("id").primary_key())
            .col(schema::string_uniq("key"))
            .col(schema::text_null("name_ru"))
            .col(schema::text_null("name_en"))
            .to_owned();
        manager.create_table(genres).await?;

        let persons = Table::create()
            .table("persons")
            .col(schema::uuid("id").primary_key())
            .col(schema::text_null("name_ru"))
            .col(schema::text_null("name_en"))
            .col(schema::text("search_key"))
            .col(schema::text_null("name_key").unique_key())
            .col(schema::string_null("source_id").unique_key())
            .to_owned();
        manager.create_table(persons).await?;
        let by_name =
            Index::create().name("persons_by_name").table("persons").col("search_key").col("id").to_owned();
        manager.create_index(by_name).await?;

        let film_genres = Table::create()
            .table("film_genres")
            .col(schema::uuid("film_id"))
            .col(schema::uuid("genre_id"))
            .col(schema::integer("position"))
            .primary_key(Index::create().col("film_id").col("genre_id"))
            .foreign_key(&mut of_film("film_genres"))
            .foreign_key(ForeignKey::create().from("film_genres", "genre_id").to("genres", "id"))
            .to_owned();
        manager.create_table(film_genres).await?;

        let film_persons = Table::create()
            .table("film_persons")
            .col(schema::uuid("film_id"))
            .col(schema::uuid("person_id"))
            .col(schema::string("role"))
            .col(schema::integer("position"))
            .primary_key(Index::create().col("film_id").col("person_id").col("role"))
            .foreign_key(&mut of_film("film_persons"))
            .foreign_key(ForeignKey::create().from("film_persons", "person_id").to("persons", "id"))
            .to_owned();
        manager.create_table(film_persons).await?;

        let film_countries = Table::create()
            .table("film_countries")
            .col(schema::uuid("film_id"))
            .col(schema::string("country"))
            .col(schema::integer("position"))
            .primary_key(Index::create().col("film_id").col("country"))
            .foreign_key(&mut of_film("film_countries"))
            .to_owned();
        manager.create_table(film_countries).await?;

        for (table, column) in
            [("film_genres", "genre_id"), ("film_persons", "person_id"), ("film_countries", "country")]
        {
            let index =
                Index::create().name(format!("{table}_by_{column}")).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        manager.create_table(outbox::table()).await
    }
}

fn of_film(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "film_id")
        .to("films", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
