//! The hosts file: the address of each process, one `host:port` per line, in the order of the processes.
//!
//! Empty lines and comments (`#`) are ignored. Every process has the same file.

use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};

/// Maximum number of processes of a run.
pub const PROCESSES_MAX: usize = 256;

/// Errors of a hosts file.
#[derive(Debug, thiserror::Error)]
pub enum HostsError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line is not an address.
    #[error("{}:{line}: `{text}` must be `host:port`, such as `10.0.0.7:4000`: {reason}", file.display())]
    Address {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line.
        text: String,
        /// The problem.
        reason: &'static str,
    },
    /// Two processes have the same address.
    #[error("{}:{line}: `{address}` is already on line {first}; each process needs its own address", file.display())]
    Duplicate {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The address.
        address: String,
        /// The earlier line.
        first: usize,
    },
    /// The number of addresses differs from the number of processes.
    #[error("{}: {found} addresses for `--processes {expected}`; there must be one line per process", file.display())]
    Count {
        /// The file.
        file: PathBuf,
        /// Addresses in the file.
        found: usize,
        /// Processes.
        expected: usize,
    },
}

/// The addresses of all processes, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Reads the addresses of `processes` processes.
    ///
    /// # Errors
    ///
    /// An unreadable file, an invalid or duplicate address, or a wrong number of addresses.
    pub fn read(file: &Path, processes: usize) -> Result<Hosts, HostsError> {
        let text =
            std::fs::read_to_string(file).map_err(|source| HostsError::Unreadable { file: file.to_owned(), source })?;
        Hosts::parse(&text, file, processes)
    }

    /// The first address that is not, or not certainly, on this machine: processes there need a shared secret.
    pub fn first_remote(&self) -> Option<&str> {
        let is_loopback = |address: &&String| {
            let resolved = address.to_socket_addrs();
            resolved.is_ok_and(|mut found| {
                let first = found.next();
                first.is_some_and(|first| first.ip().is_loopback()) && found.all(|other| other.ip().is_loopback())
            })
        };
        self.0.iter().find(|address| !is_loopback(address)).map(String::as_str)
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
                return Err(HostsError::Duplicate { file: file(), line, address, first: *first });
            }
            found.push((line, address));
        }
        if found.len() != processes {
            return Err(HostsError::Count { file: file(), found: found.len(), expected: processes });
        }
        Ok(Hosts(found.into_iter().map(|(_, address)| address).collect()))
    }

    /// The number of processes.
    pub fn processes(&self) -> usize {
        self.0.len()
    }

    /// The address of a process, as in the file.
    pub(crate) fn address(&self, process: usize) -> &str {
        self.0.get(process).map_or("", String::as_str)
    }

    /// The name of a process in messages.
    pub(crate) fn name(&self, process: usize) -> String {
        format!("process {process} (`{}`)", self.address(process))
    }
}

fn check(text: &str) -> Result<(), &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if host.is_empty() || text.contains(char::is_whitespace) {
        return Err("the host is missing, or there are spaces");
    }
    if bare.unwrap_or(host).contains(':') != bare.is_some() {
        return Err("an IPv6 address must be written as `[::1]:4000`");
    }
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(()),
        _ => Err("the port must be a number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, processes: usize) -> Result<Hosts, String> {
        Hosts::parse(text, Path::new("hosts.txt"), processes).map_err(|error| error.to_string())
    }

    #[test]
    fn there_is_one_line_per_process() {
        let hosts = parse("# ours\n\n 10.0.0.7:4000 # the large one\nnode-b:4000\r\n[::1]:65535\n", 3).unwrap();
        assert_eq!(hosts.0, ["10.0.0.7:4000", "node-b:4000", "[::1]:65535"]);
        assert_eq!(hosts.name(1), "process 1 (`node-b:4000`)");
    }

    #[test]
    fn problems_are_reported_with_their_line() {
        let table = [
            ("a:1\n\nb\n", "hosts.txt:3: `b` must be `host:port`, such as `10.0.0.7:4000`: the port is missing"),
            (
                "a:0\nb:1",
                "hosts.txt:1: `a:0` must be `host:port`, such as `10.0.0.7:4000`: the port must be a number from 1 to 65535",
            ),
            ("a:1\nb:70000", "hosts.txt:2: `b:70000` must be"),
            (":1\nb:1", "the host is missing"),
            ("a b:1\nb:1", "or there are spaces"),
            ("::1:4000\nb:1", "an IPv6 address must be written as `[::1]:4000`"),
            ("[a]:4000\nb:1", "an IPv6 address must be written as `[::1]:4000`"),
            ("a:1\n\nA:1", "hosts.txt:3: `A:1` is already on line 1"),
            ("a:1", "hosts.txt: 1 addresses for `--processes 2`"),
            ("a:1\nb:1\nc:1", "hosts.txt: 3 addresses for `--processes 2`"),
        ];
        for (text, expected) in table {
            let error = parse(text, 2).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
