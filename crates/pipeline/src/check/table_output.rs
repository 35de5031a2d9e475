//! `duckdb` and `postgres` under `outputs`: where a table of results is.

use matchflow_database::{AddressError, PostgresAddress};
use matchflow_model::plan::{OutputPlan, TableMode};

use super::Check;
use crate::decode::{FilePath, ShortOrLong, Spanned};
use crate::raw::{DuckdbOutput, PostgresOutput};

/// The table, by default.
const TABLE: &str = "results";

/// The database, the table and the mode; `None` where the path is missing, which is reported already.
pub(super) fn duckdb_output(
    duckdb: &Spanned<ShortOrLong<FilePath, DuckdbOutput>>,
) -> Option<(Spanned<FilePath>, String, TableMode)> {
    match &duckdb.value {
        ShortOrLong::Short(path) => {
            let path = Spanned { value: path.clone(), place: duckdb.place, sound: duckdb.sound };
            Some((path, TABLE.to_owned(), TableMode::default()))
        }
        ShortOrLong::Long(output) => {
            Some((output.path.clone()?, table(output.table.as_ref()), mode(output.mode.as_ref())))
        }
    }
}

fn table(table: Option<&Spanned<String>>) -> String {
    table.map_or(TABLE, |table| table.value.as_str()).to_owned()
}

fn mode(mode: Option<&Spanned<TableMode>>) -> TableMode {
    mode.map(|mode| mode.value).unwrap_or_default()
}

impl Check<'_> {
    /// The server, the table and the mode. No message and no snippet shows an address that may have a password.
    pub(super) fn postgres_output(&mut self, output: &PostgresOutput) -> Option<OutputPlan> {
        let url = output.url.as_ref()?;
        if let Err(error) = PostgresAddress::parse(&url.value) {
            let help = match error {
                AddressError::Invalid => "write it as `postgres://user@host:port/database`, without a password",
                AddressError::Password => {
                    "remove it from the address, and set PGPASSWORD or put it into ~/.pgpass (or what PGPASSFILE names)"
                }
            };
            let message = match error {
                AddressError::Invalid => "`url` is no address of a PostgreSQL database",
                AddressError::Password => "`url` has a password, which would be in this file for everyone to read",
            };
            self.problems.mask(url.place);
            self.problems.at(url.place, message).help(help);
        }
        let (table, mode) = (table(output.table.as_ref()), mode(output.mode.as_ref()));
        Some(OutputPlan::Postgres { url: url.value.clone(), table, mode })
    }
}
