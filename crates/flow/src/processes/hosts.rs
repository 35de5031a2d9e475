//! The hosts file: where each process listens, one `host:port` a line, in the order of the processes.
//!
//! Empty lines, and what follows a `#`, say nothing. Every process has the same file.

use std::path::{Path, PathBuf};

/// Processes of a run at most.
pub const PROCESSES_MAX: usize = 256;

/// Why a hosts file is refused.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// The file cannot be read.
    #[error("`{}` cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no address.
    #[error("{}:{line}: `{text}` is not `host:port`, as `10.0.0.7:4000`: {reason}", file.display())]
    Address {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the line says.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Two processes would listen at one address.
    #[error("{}:{line}: `{address}` is the address of line {first} already; each process has its own", file.display())]
    Twice {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The address.
        address: String,
        /// The line that has it before.
        first: usize,
    },
    /// There are not as many addresses as processes.
    #[error("{}: {found} addresses, but `--processes` says {wanted}: one line a process", file.display())]
    Count {
        /// The file.
        file: PathBuf,
        /// Addresses in the file.
        found: usize,
        /// Processes.
        wanted: usize,
    },
}

/// The addresses of all processes, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Reads the addresses of so many processes.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a line that is no address or has that of another, another number of them.
    pub fn read(file: &Path, processes: usize) -> Result<Hosts, HostsError> {
        let text =
            std::fs::read_to_string(file).map_err(|source| HostsError::Unreadable { file: file.to_owned(), source })?;
        Hosts::parse(&text, file, processes)
    }

    fn parse(text: &str, file: &Path, processes: usize) -> Result<Hosts, HostsError> {
        let file = || file.to_owned();
        let mut found: Vec<(usize, String)> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split('#').next().unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            if let Err(reason) = check(text) {
                return Err(HostsError::Address { file: file(), line, text: text.to_owned(), reason });
            }
            let address = text.to_owned();
            if let Some((first, _)) = found.iter().find(|(_, other)| other.eq_ignore_ascii_case(&address)) {
                return Err(HostsError::Twice { file: file(), line, address, first: *first });
            }
            found.push((line, address));
        }
        if found.len() != processes {
            return Err(HostsError::Count { file: file(), found: found.len(), wanted: processes });
        }
        Ok(Hosts(found.into_iter().map(|(_, address)| address).collect()))
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.0.len()
    }

    /// The address of a process, as the file has it.
    pub(crate) fn of(&self, process: usize) -> &str {
        self.0.get(process).map_or("", String::as_str)
    }

    /// A process as messages name it.
    pub(crate) fn name(&self, process: usize) -> String {
        format!("process {process} (`{}`)", self.of(process))
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if host.is_empty() || text.contains(char::is_whitespace) {
        return Err("the host is missing, or there is more than one word");
    }
    if bare.unwrap_or(host).contains(':') != bare.is_some() {
        return Err("an IPv6 address is written `[::1]:4000`");
    }
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(()),
        _ => Err("the port is a number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, processes: usize) -> Result<Hosts, String> {
        Hosts::parse(text, Path::new("hosts.txt"), processes).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_a_process() {
        let hosts = parse("# ours\n\n 10.0.0.7:4000 # the large one\nnode-b:4000\r\n[::1]:65535\n", 3).unwrap();
        assert_eq!(hosts.0, ["10.0.0.7:4000", "node-b:4000", "[::1]:65535"]);
        assert_eq!(hosts.name(1), "process 1 (`node-b:4000`)");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let table = [
            ("a:1\n\nb\n", "hosts.txt:3: `b` is not `host:port`, as `10.0.0.7:4000`: the port is missing"),
            (
                "a:0\nb:1",
                "hosts.txt:1: `a:0` is not `host:port`, as `10.0.0.7:4000`: the port is a number from 1 to 65535",
            ),
            ("a:1\nb:70000", "hosts.txt:2: `b:70000` is not"),
            (":1\nb:1", "the host is missing"),
            ("a b:1\nb:1", "more than one word"),
            ("::1:4000\nb:1", "an IPv6 address is written `[::1]:4000`"),
            ("[a]:4000\nb:1", "an IPv6 address is written `[::1]:4000`"),
            ("a:1\n\nA:1", "hosts.txt:3: `A:1` is the address of line 1 already"),
            ("a:1", "hosts.txt: 1 addresses, but `--processes` says 2"),
            ("a:1\nb:1\nc:1", "hosts.txt: 3 addresses, but `--processes` says 2"),
        ];
        for (text, says) in table {
            let error = parse(text, 2).unwrap_err();
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }
}
