//! Which tables and columns a database has: courses and years differ in them.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbErr, Statement,
    sea_query::{Alias, IntoTableRef as _, TableRef},
};

const OF_SERVER: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
                         FROM information_schema.columns WHERE table_schema = $1";
const OF_FILE: &str = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                       WHERE t.type IN ('table', 'view')";

/// The tables of a schema, or of a file.
#[derive(Debug)]
pub(super) struct Tables {
    schema: Option<String>,
    columns: HashMap<String, HashSet<String>>,
}

impl Tables {
    pub(super) async fn of(connection: &DatabaseConnection, schema: Option<String>) -> Result<Self, DbErr> {
        let engine = connection.get_database_backend();
        let question = match &schema {
            Some(schema) => Statement::from_sql_and_values(engine, OF_SERVER, [schema.into()]),
            None => Statement::from_string(engine, OF_FILE),
        };
        let mut columns: HashMap<String, HashSet<String>> = HashMap::new();
        for row in connection.query_all_raw(question).await? {
            columns.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
        }
        Ok(Self { schema, columns })
    }

    /// Whether there is a table with these columns.
    pub(super) fn have(&self, table: &str, columns: &[&str]) -> bool {
        let there = self.columns.get(table);
        there.is_some_and(|there| columns.iter().all(|column| there.contains(*column)))
    }

    /// A table by its name, in its schema.
    pub(super) fn table(&self, name: &'static str) -> TableRef {
        match &self.schema {
            Some(schema) => (Alias::new(schema), Alias::new(name)).into_table_ref(),
            None => Alias::new(name).into_table_ref(),
        }
    }
}
