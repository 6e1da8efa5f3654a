//! The tables.

pub(super) mod film {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "films")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub title_ru: Option<String>,
        pub title_en: Option<String>,
        pub original_title: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub description_ru: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub description_en: Option<String>,
        pub year: Option<i32>,
        pub access: String,
        #[sea_orm(column_type = "Double", nullable)]
        pub imdb_rating: Option<f64>,
        pub votes: i64,
        pub duration_minutes: Option<i32>,
        pub seasons: Option<i32>,
        pub episodes: Option<i32>,
        pub age_rating: Option<String>,
        pub poster_url: Option<String>,
        pub video_url: Option<String>,
        /// A JSON array of texts; none is empty.
        #[sea_orm(column_type = "Text", nullable)]
        pub keywords: Option<String>,
        pub version: i64,
        /// Of the line that it was imported from: the same line again changes nothing.
        pub import_hash: Option<Vec<u8>>,
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod genre {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "genres")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub key: String,
        pub name_ru: Option<String>,
        pub name_en: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "persons")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name_ru: Option<String>,
        pub name_en: Option<String>,
        /// The folded names, for search.
        pub search_key: String,
        /// The folded name, where this is the person that a bare name means.
        #[sea_orm(unique)]
        pub name_key: Option<String>,
        /// The person's id where they were imported from.
        #[sea_orm(unique)]
        pub source_id: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod film_genre {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "film_genres")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub genre_id: Uuid,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod film_person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "film_persons")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub role: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod film_country {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "film_countries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub country: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod dead_letter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dead_letters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        /// The document that the index would not take, or the event that could not be read.
        pub subject: Uuid,
        /// The event's.
        #[sea_orm(column_type = "Text", nullable)]
        pub payload: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub reason: String,
        pub attempts: i32,
        pub first_at: DateTimeUtc,
        pub last_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod index_rebuild {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "index_rebuilds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub requested_at: DateTimeUtc,
        pub started_at: Option<DateTimeUtc>,
        pub finished_at: Option<DateTimeUtc>,
        pub done: i64,
        pub total: i64,
        #[sea_orm(column_type = "Text", nullable)]
        pub problem: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod film_revision {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "film_revisions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub at: DateTimeUtc,
        pub actor_id: Option<Uuid>,
        #[sea_orm(column_type = "Text", nullable)]
        pub actor_name: Option<String>,
        pub action: String,
        /// A JSON array of field names.
        #[sea_orm(column_type = "Text")]
        pub changed: String,
        /// JSON; none of a film that was deleted.
        #[sea_orm(column_type = "Text", nullable)]
        pub film: Option<String>,
        pub votes: i64,
        pub import_hash: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
