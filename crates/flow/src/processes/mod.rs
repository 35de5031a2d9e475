//! One run on several processes, on one machine or more: timely's own cluster, and what it does not do.
//!
//! # Invariants
//!
//! - Nothing is built before all processes are there and have said that they do the same: the same version, stages,
//!   plug-ins and registry, as many workers. What differs is told on all of them.
//! - A process that is lost, or fails, ends the run on all of them with the cause. What was committed stays.
//! - Process 0 alone reads the supplier file, commits, asks arbiters' remote ends and counts what all of them did.
//!
//! # How
//!
//! ```text
//! hosts ─> meet ─> hello: compare ─> line: stop, failure, end, beats
//!                                 └> socket: timely's messages between the workers of two processes
//! ```
//!
//! Within a process nothing changes: workers hand each other what they have, and bytes are made of it only for another
//! process. Not to be confused with the crate `cluster`, which is about duplicates.

mod frame;
mod hello;
mod hosts;
mod line;
mod meet;
mod socket;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks, WorkerGuards};
use timely::worker::Worker;
use timely::{CommunicationConfig, Config, WorkerConfig};

use hello::Hello;
pub use hello::Parts;
pub use hosts::{Hosts, HostsError, PROCESSES_MAX};
use line::Heard;
pub(crate) use line::Lines;
use socket::Socket;

/// A process and what it says of itself.
pub struct Member {
    /// Where all of them listen.
    pub hosts: Hosts,
    /// Its number, from 0.
    pub process: usize,
    /// What must be the same in all of them.
    pub parts: Parts,
    /// How long it waits for the others.
    pub connect_timeout: Duration,
}

/// Why the processes did not come together. Nothing was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The own address cannot be used.
    #[error(
        "process {process} cannot listen at `{address}`, its line of the hosts file: {source}. It must be an address of \
         this machine, with a port that nobody uses"
    )]
    Listen {
        /// This process.
        process: usize,
        /// Its address.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Some were not there in time.
    #[error("{0}")]
    Missing(String),
    /// They would not do the same.
    #[error("the processes do not run the same; nothing was done\n{0}")]
    Different(String),
    /// A thread or a connection could not be set up.
    #[error("the lines to the other processes could not be set up: {0}")]
    Thread(#[source] std::io::Error),
}

impl ClusterError {
    fn missing(member: &Member, missing: &[usize], failures: &BTreeMap<usize, String>) -> ClusterError {
        let one = |process: &usize| {
            let why = failures.get(process).map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{} was not there{why}", member.hosts.name(*process))
        };
        let who: Vec<String> = missing.iter().map(one).collect();
        let seconds = member.connect_timeout.as_secs_f64();
        ClusterError::Missing(format!(
            "after {seconds} s {}. Each process is started with the same pipeline, `--processes {}` and a `--process` of \
             its own; `--connect-timeout-s` waits longer",
            who.join(", and "),
            member.hosts.processes()
        ))
    }
}

/// The processes of a run, as one of them sees them: connected, and agreed on what they do.
pub struct Cluster {
    process: usize,
    processes: usize,
    // First, so that a process that leaves says so before it hangs up.
    lines: Lines,
    sockets: Vec<Option<Socket>>,
}

impl Cluster {
    /// Waits for the other processes, and compares what they do.
    ///
    /// # Errors
    ///
    /// A process that does not come in time; one that does something else; an own address that cannot be used.
    pub fn join(member: Member) -> Result<Cluster, ClusterError> {
        let met = meet::meet(&member)?;
        let Member { hosts, process, parts, .. } = member;
        let own = Hello { process, parts };
        let hellos: Vec<&Hello> = met.iter().map(|met| &met.hello).chain([&own]).collect();
        if let Some(differences) = hello::differences(&hellos, &hosts) {
            return Err(ClusterError::Different(differences));
        }
        let processes = hosts.processes();
        let heard = Heard::new(hosts, process);
        let mut sockets: Vec<Option<Socket>> = (0..processes).map(|_| None).collect();
        let mut lines = Vec::new();
        for met in met {
            let number = met.hello.process;
            let socket = Socket::new(met.data, number, Arc::clone(&heard)).map_err(ClusterError::Thread)?;
            if let Some(place) = sockets.get_mut(number) {
                *place = Some(socket);
            }
            lines.push((number, met.line));
        }
        let lines = Lines::start(heard, lines, line::SILENCE).map_err(ClusterError::Thread)?;
        Ok(Cluster { process, processes, lines, sockets })
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.processes
    }
}

/// The workers of a process, under way, and its lines where there are other processes.
pub(crate) struct Started {
    pub(crate) guards: WorkerGuards<()>,
    pub(crate) lines: Option<Lines>,
}

/// Starts so many workers in this process, as part of a cluster where there is one.
pub(crate) fn start<F>(workers: usize, cluster: Option<Cluster>, work: F) -> Result<Started, String>
where
    F: Fn(&mut Worker) + Send + Sync + 'static,
{
    let Some(Cluster { process, sockets, lines, .. }) = cluster else {
        let config = Config { communication: CommunicationConfig::Process(workers), worker: WorkerConfig::default() };
        return Ok(Started { guards: timely::execute(config, work)?, lines: None });
    };
    let hooks = Hooks::default();
    let own = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), hooks.spill.clone());
    let network = initialize_networking_from_sockets(own, sockets, process, workers, hooks);
    let (builders, network) = network.map_err(|error| error.to_string())?;
    let builders = builders.into_iter().map(AllocatorBuilder::Tcp).collect();
    let guards = timely::execute::execute_from(builders, Box::new(network), WorkerConfig::default(), work)?;
    Ok(Started { guards, lines: Some(lines) })
}
