//! The address of a PostgreSQL server, without a password: `postgres://user@host/database`.
//!
//! **TLS.** A connection to another machine is encrypted, and the server's certificate is verified against those of the
//! system: rustls has no way to skip that. Only `sslmode=disable` in the address gives it up. One to this machine is not
//! encrypted unless the address has `sslmode=require`: servers there have certificates that nobody signed.

use std::net::IpAddr;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::DatabaseError;
use crate::password_file::password;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const DEFAULT_PORT: u16 = 5432;
/// Names of this machine.
const LOCALHOST: &str = "localhost";
/// libpq's words for an encrypted connection with a verified certificate, which the client calls `require`.
const VERIFIED: [&str; 2] = ["sslmode=verify-full", "sslmode=verify-ca"];

/// A server, a database and a user.
#[derive(Debug, Clone)]
pub struct PostgresAddress {
    text: String,
    config: Config,
}

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Anything that is none.
    #[error("it is no address of a database: write it as `postgres://user@host:port/database`")]
    Invalid,
    /// A password in the address.
    #[error(
        "the address has a password, which must not be in it: set PGPASSWORD, or put it into ~/.pgpass (or PGPASSFILE)"
    )]
    Password,
}

impl PostgresAddress {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<PostgresAddress, AddressError> {
        if !SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            return Err(AddressError::Invalid);
        }
        let known = VERIFIED.iter().fold(text.to_owned(), |text, word| text.replace(word, "sslmode=require"));
        // What the parser reports may have parts of the address.
        let mut config: Config = known.parse().map_err(|_| AddressError::Invalid)?;
        if config.get_password().is_some() {
            return Err(AddressError::Password);
        }
        if config.get_hosts().is_empty() {
            return Err(AddressError::Invalid);
        }
        let mode = match (is_this_machine(&config), config.get_ssl_mode()) {
            (true, SslMode::Prefer) => SslMode::Disable,
            (false, SslMode::Prefer) => SslMode::Require,
            (_, mode) => mode,
        };
        config.ssl_mode(mode).application_name("matchflow");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        Ok(PostgresAddress { text: text.to_owned(), config })
    }

    /// Connects, with the password of the environment or of the password file.
    pub(crate) fn connect(&self) -> Result<Client, DatabaseError> {
        let mut config = self.config.clone();
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.as_str(),
            _ => LOCALHOST,
        };
        let port = config.get_ports().first().copied().unwrap_or(DEFAULT_PORT);
        let user = config.get_user().unwrap_or_default();
        let database = config.get_dbname().unwrap_or(user);
        if let Some(password) = password([host, &port.to_string(), database, user])? {
            config.password(password);
        }
        let connected = match config.get_ssl_mode() {
            SslMode::Disable => config.connect(NoTls),
            _ => config.connect(tls()?),
        };
        connected.map_err(|error| failed(&error))
    }
}

impl std::fmt::Display for PostgresAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Options behind `?` say nothing of the place.
        formatter.write_str(self.text.split('?').next().unwrap_or_default())
    }
}

fn tls() -> Result<MakeRustlsConnect, DatabaseError> {
    // Of two calls the first installs it; the other finds the same one there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match MakeRustlsConnect::with_native_certs() {
        Ok((connector, _)) => Ok(connector),
        Err(errors) => {
            let reason = errors.first().map_or("there are none".to_owned(), ToString::to_string);
            Err(DatabaseError::Refused(format!("the system's certificates cannot be read: {reason}")))
        }
    }
}

fn is_this_machine(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => name == LOCALHOST || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// The server's message and its advice, or the client's message and its cause.
pub(crate) fn failed(error: &postgres::Error) -> DatabaseError {
    let reason = match error.as_db_error() {
        Some(server) => {
            let details = server.detail().into_iter().chain(server.hint());
            details.fold(server.message().to_owned(), |text, detail| format!("{text} ({detail})"))
        }
        None => {
            let message = error.to_string();
            let cause = std::error::Error::source(error).map(ToString::to_string);
            match cause.filter(|cause| !message.contains(cause.as_str())) {
                Some(cause) => format!("{message}: {cause}"),
                None => message,
            }
        }
    };
    DatabaseError::Refused(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_no_password() {
        for (text, expected) in [
            ("postgres://u@db.example/finance", Ok(SslMode::Require)),
            ("postgresql://u@db.example:5433/finance?sslmode=verify-full", Ok(SslMode::Require)),
            ("postgres://u@db.example/finance?sslmode=disable", Ok(SslMode::Disable)),
            ("postgres://u@localhost/finance", Ok(SslMode::Disable)),
            ("postgres://u@127.0.0.1/finance?sslmode=require", Ok(SslMode::Require)),
            ("postgres://u@localhost/finance?hostaddr=192.0.2.7", Ok(SslMode::Require)),
            ("postgres://u:secret@db.example/finance", Err(AddressError::Password)),
            ("postgres://u@db.example/finance?password=secret", Err(AddressError::Password)),
            ("postgres:///finance", Err(AddressError::Invalid)),
            ("postgres://u@[", Err(AddressError::Invalid)),
            ("mysql://u@db.example/finance", Err(AddressError::Invalid)),
            ("host=db.example password=secret", Err(AddressError::Invalid)),
            ("", Err(AddressError::Invalid)),
        ] {
            let parsed = PostgresAddress::parse(text).map(|address| address.config.get_ssl_mode());
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn an_address_is_displayed_without_its_options() {
        let address = PostgresAddress::parse("postgres://u@db.example/finance?sslmode=disable").unwrap();
        assert_eq!(address.to_string(), "postgres://u@db.example/finance");
    }
}
