//! A run on several processes: the position of this process, the settings that all must share, and unsupported
//! features.

use std::path::Path;
use std::time::Duration;

use matchflow_flow::{
    ConfigDigests, GroupMember, Hosts, ProcessGroup, ProcessGroupError, SECRET_BYTES_MIN, SharedSecret,
};
use matchflow_model::plan::Plan;

use crate::args::RunArgs;
use crate::exit_reason::ExitReason;
use crate::failure::Failure;
use crate::settings::Settings;

/// One of the processes of a run.
pub(crate) struct Process {
    pub(crate) number: usize,
    hosts: Hosts,
    secret: SharedSecret,
    connect_timeout: Duration,
}

/// The environment variable with the shared secret.
const SECRET_VARIABLE: &str = "MATCHFLOW_PROCESSES_SECRET";

impl Process {
    /// The process selected by the flags; `None` for a run on one process.
    pub(crate) fn of(args: &RunArgs) -> Result<Option<Process>, Failure> {
        let flags = &args.process_args;
        let (Some(processes), Some(number), Some(file)) = (flags.processes, flags.process, &flags.hosts) else {
            return Ok(None);
        };
        if number >= processes {
            let last = processes - 1;
            return Err(Failure::Usage(format!(
                "error: invalid `--process {number}`: the {processes} processes are numbered from 0 to {last}"
            )));
        }
        matchflow_files::protect(file, "the hosts file");
        let hosts = Hosts::read(file, processes).map_err(|error| Failure::Usage(format!("error: {error}")))?;
        let secret = shared_secret(flags.secret_file.as_deref())?;
        if let (true, Some(remote)) = (secret.is_empty(), hosts.first_remote()) {
            return Err(Failure::Usage(format!(
                "error: {}: `{remote}` is not on this machine, so the processes need a shared secret, the same for all of \
                 them, in a file (`--secret-file`) or in the variable {SECRET_VARIABLE}, for example one that `openssl \
                 rand -hex 32` writes; nothing was done",
                file.display()
            )));
        }
        let connect_timeout = Duration::from_secs(u64::from(flags.connect_timeout_s));
        Ok(Some(Process { number, hosts, secret, connect_timeout }))
    }

    /// The number of processes.
    pub(crate) fn count(&self) -> usize {
        self.hosts.processes()
    }

    /// Refuses features that only work within a single process.
    pub(crate) fn check(&self, plan: &Plan, args: &RunArgs) -> Result<(), Failure> {
        let refused = [
            (plan.dedupe.is_some(), "`dedupe`", "run it on one process, without `--processes`"),
            (
                plan.reference.index_path.is_some(),
                "`reference.index`",
                "remove it: each process indexes its share of the registry",
            ),
            (args.watch_plugins, "`--watch-plugins`", "remove it, and restart the run to change a plug-in"),
        ];
        match refused.into_iter().find(|(is_used, ..)| *is_used) {
            None => Ok(()),
            Some((_, what, instead)) => Err(Failure::Refused(
                ExitReason::Pipeline,
                format!("error: {what} does not work on several processes: {instead}; nothing was done"),
            )),
        }
    }

    /// Connects to the other processes, and checks that all have the same settings.
    pub(crate) fn join(self, plan: &Plan, reference_digest: &str) -> Result<ProcessGroup, Failure> {
        let others = self.count() - 1;
        message!("[pipeline] process {} of {}: waiting for {others} more", self.number, self.count());
        let Process { number: process, hosts, secret, connect_timeout } = self;
        let digests = config_digests(plan, reference_digest, hosts.processes());
        let member = GroupMember { hosts, process, digests, secret, connect_timeout };
        ProcessGroup::join(member).map_err(|error| match error {
            ProcessGroupError::Listen { .. } => Failure::Usage(format!("error: {error}")),
            ProcessGroupError::Different(_) => Failure::Refused(ExitReason::Pipeline, format!("error: {error}")),
            error => Failure::fatal(&error, "connecting to the other processes"),
        })
    }
}

/// The secret from the file, else from the environment; empty if there is neither.
fn shared_secret(file: Option<&Path>) -> Result<SharedSecret, Failure> {
    let (text, place) = match file {
        Some(file) => {
            matchflow_files::protect(file, "the file with the shared secret");
            (read_secret_file(file)?, format!("`{}`", file.display()))
        }
        None => match std::env::var(SECRET_VARIABLE) {
            Ok(text) => (text, SECRET_VARIABLE.to_owned()),
            Err(_) => return Ok(SharedSecret::default()),
        },
    };
    SharedSecret::new(&text).ok_or_else(|| {
        Failure::Usage(format!(
            "error: the shared secret in {place} must have at least {SECRET_BYTES_MIN} characters; nothing was done"
        ))
    })
}

fn read_secret_file(file: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Usage(format!("error: the file with the shared secret, `{}`, cannot be read: {error}", file.display()))
    };
    let metadata = std::fs::metadata(file).map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(std::io::Error::other("it is not a regular file")));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        let file = file.display();
        return Err(Failure::Usage(format!(
            "error: other users may read or write the file with the shared secret, `{file}`: `chmod 600 {file}`; nothing \
             was done"
        )));
    }
    std::fs::read_to_string(file).map_err(failed)
}

/// Digests of the settings that must be the same in every process: those that affect decisions, and the distribution of
/// the work.
fn config_digests(plan: &Plan, reference_digest: &str, processes: usize) -> ConfigDigests {
    let execution = &plan.execution;
    let fields: Vec<&str> = plan.source.fields.iter().map(|field| field.name.as_str()).collect();
    let distribution = [
        ("the version of matchflow", version()),
        // The last digit of a logarithm may differ between architectures.
        ("the kind of processor", std::env::consts::ARCH.to_owned()),
        ("`--processes`", processes.to_string()),
        ("workers", execution.workers.to_string()),
        ("`execution.chunk`", execution.chunk_rows.to_string()),
        ("`execution.in_flight`", execution.in_flight_rows.to_string()),
        ("`evidence`", format!("{:?}", plan.evidence)),
        ("the fields of the supplier file", fields.join(", ")),
    ];
    let mut parts = Settings::of(plan, reference_digest).into_parts();
    parts.extend(distribution.map(|(name, value)| (name.to_owned(), value)));
    parts
}

/// The version, with a digest of the sources that read, clean, index and distribute rows.
fn version() -> String {
    format!("{} {}", env!("CARGO_PKG_VERSION"), env!("MATCHFLOW_INDEX_VERSION"))
}
