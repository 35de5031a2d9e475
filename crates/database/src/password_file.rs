//! The password of a server: `PGPASSWORD`, or the line for the server in the password file of PostgreSQL (`PGPASSFILE`, else
//! `~/.pgpass`), as `psql` has it.
//!
//! **Invariant.** A password file that others may read is refused, and no message has a line of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::DatabaseError;

/// Matches anything.
const ANY: &str = "*";

/// The password for a host, port, database and user; `None` where none is given: the server may need none.
pub(crate) fn password(server: [&str; 4]) -> Result<Option<String>, DatabaseError> {
    if let Some(password) = variable("PGPASSWORD") {
        return Ok(Some(password));
    }
    match variable("PGPASSFILE") {
        Some(file) => read(Path::new(&file), server),
        None => match default_file().filter(|file| file.exists()) {
            Some(file) => read(&file, server),
            None => Ok(None),
        },
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn default_file() -> Option<PathBuf> {
    match cfg!(windows) {
        true => Some(PathBuf::from(variable("APPDATA")?).join("postgresql").join("pgpass.conf")),
        false => Some(PathBuf::from(variable("HOME")?).join(".pgpass")),
    }
}

fn read(file: &Path, server: [&str; 4]) -> Result<Option<String>, DatabaseError> {
    let refused =
        |reason: &str| Err(DatabaseError::Refused(format!("the password file `{}` {reason}", file.display())));
    #[cfg(unix)]
    if let Ok(metadata) = fs::metadata(file) {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            return refused("can be read by others: `chmod 600` it");
        }
    }
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().find_map(|line| password_of(line, server))),
        Err(error) => refused(&format!("cannot be read: {error}")),
    }
}

/// The password of a line `host:port:database:user:password`, if the line is for the server.
fn password_of(line: &str, server: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = fields(line).into_iter();
    let is_for = server.iter().all(|part| fields.next().is_some_and(|field| field == ANY || field == *part));
    fields.next().filter(|_| is_for)
}

/// The fields of a line; `\` takes `:` and `\` as they are.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, fields.last_mut()) {
            (':', _) => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(characters.next()),
            (other, Some(field)) => field.push(other),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_for_the_server_counts() {
        let server = ["db.example", "5432", "finance", "reports"];
        for (line, expected) in [
            ("db.example:5432:finance:reports:one", Some("one")),
            ("*:*:*:*:any", Some("any")),
            ("*:*:*:reports:a\\:b\\\\c", Some("a:b\\c")),
            ("db.example:5433:finance:reports:other port", None),
            ("# db.example:5432:finance:reports:one", None),
            ("db.example", None),
            ("", None),
        ] {
            assert_eq!(password_of(line, server).as_deref(), expected, "{line}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        fs::write(&file, "*:*:*:*:a-secret\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read(&file, ["h", "1", "d", "u"]).unwrap_err().to_string();
        assert!(error.contains("can be read by others") && !error.contains("a-secret"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&file, ["h", "1", "d", "u"]).unwrap().as_deref(), Some("a-secret"));
        assert!(
            read(&folder.path().join("none"), ["h", "1", "d", "u"]).unwrap_err().to_string().contains("cannot be read")
        );
    }
}
