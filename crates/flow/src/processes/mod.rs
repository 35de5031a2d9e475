//! One run on several processes, on one machine or more: timely's own networking, and what it lacks.
//!
//! # Invariants
//!
//! - No process takes part without the shared secret, which is required unless all processes are on this machine.
//! - Nothing is built before all processes are connected and have the same configuration: version, stages, plug-ins,
//!   registry, number of workers. All of them report differences.
//! - A lost or failed process ends the run on all of them, with the cause. Earlier commits are kept.
//! - Process 0 alone reads the supplier file, commits, sends arbiters' requests and adds up the counts.
//!
//! # How
//!
//! ```text
//! hosts ─> rendezvous ─> handshake: compare ─> control channel: stop, failure, end, heartbeats
//!                                           └> data socket: timely's messages between the workers of two processes
//! ```
//!
//! Within a process nothing changes: workers exchange values, which are encoded only for another process.

mod acceptor;
mod control_channel;
mod data_socket;
mod frame;
mod handshake;
mod hosts;
mod rendezvous;
mod shared_secret;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks, WorkerGuards};
use timely::worker::Worker;
use timely::{CommunicationConfig, Config, WorkerConfig};

pub(crate) use control_channel::ControlChannel;
use control_channel::PeerState;
use data_socket::DataSocket;
pub use handshake::ConfigDigests;
use handshake::Handshake;
pub use hosts::{Hosts, HostsError, PROCESSES_MAX};
pub use shared_secret::{SECRET_BYTES_MIN, SharedSecret};

/// One process of a group, before it joins.
pub struct GroupMember {
    /// The addresses of all processes.
    pub hosts: Hosts,
    /// Its number, from 0.
    pub process: usize,
    /// The configuration, which must be the same in all of them.
    pub digests: ConfigDigests,
    /// The secret shared by all of them; may only be empty if all are on this machine ([`Hosts::first_remote`]).
    pub secret: SharedSecret,
    /// Time limit for connecting to the others.
    pub connect_timeout: Duration,
}

/// Why the processes could not start together. Nothing was run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessGroupError {
    /// The address of this process cannot be used.
    #[error(
        "process {process} cannot listen on `{address}`, its line in the hosts file: {source}. It must be an address of \
         this machine with a free port"
    )]
    Listen {
        /// This process.
        process: usize,
        /// Its address.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// Some processes did not connect in time.
    #[error("{0}")]
    Missing(String),
    /// The processes have different configurations.
    #[error("processes have different configurations; nothing was run\n{0}")]
    Different(String),
    /// A thread or a connection could not be set up.
    #[error("cannot set up the connections to the other processes: {0}")]
    Thread(#[source] std::io::Error),
}

impl ProcessGroupError {
    fn missing(member: &GroupMember, missing: &[usize], failures: &BTreeMap<usize, String>) -> ProcessGroupError {
        let describe = |process: &usize| {
            let why = failures.get(process).map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{} did not connect{why}", member.hosts.name(*process))
        };
        let missing: Vec<String> = missing.iter().map(describe).collect();
        let seconds = member.connect_timeout.as_secs_f64();
        ProcessGroupError::Missing(format!(
            "within {seconds} s, {}. Start each process with the same pipeline, `--processes {}` and a different `--process`; \
             `--connect-timeout-s` sets a longer limit",
            missing.join(", and "),
            member.hosts.processes()
        ))
    }
}

/// The processes of a run, connected and with the same configuration.
pub struct ProcessGroup {
    process: usize,
    processes: usize,
    // Declared first, so that a process that leaves sends its final message before it closes the sockets.
    control: ControlChannel,
    sockets: Vec<Option<DataSocket>>,
}

impl ProcessGroup {
    /// Connects to the other processes and compares the configurations.
    ///
    /// # Errors
    ///
    /// A process that does not connect in time or has another configuration; a local address that cannot be used.
    pub fn join(member: GroupMember) -> Result<ProcessGroup, ProcessGroupError> {
        let peers = rendezvous::connect_peers(&member)?;
        let GroupMember { hosts, process, digests, .. } = member;
        let local = Handshake { process, digests };
        let handshakes: Vec<&Handshake> = peers.iter().map(|peer| &peer.handshake).chain([&local]).collect();
        if let Some(differences) = handshake::differences(&handshakes, &hosts) {
            return Err(ProcessGroupError::Different(differences));
        }
        let processes = hosts.processes();
        let peer_state = PeerState::new(hosts, process);
        let mut sockets: Vec<Option<DataSocket>> = (0..processes).map(|_| None).collect();
        let mut connections = Vec::new();
        for peer in peers {
            let number = peer.handshake.process;
            let socket =
                DataSocket::new(peer.data, number, Arc::clone(&peer_state)).map_err(ProcessGroupError::Thread)?;
            if let Some(slot) = sockets.get_mut(number) {
                *slot = Some(socket);
            }
            connections.push((number, peer.control));
        }
        let control = ControlChannel::start(peer_state, connections, control_channel::SILENCE_MAX)
            .map_err(ProcessGroupError::Thread)?;
        Ok(ProcessGroup { process, processes, control, sockets })
    }

    /// The number of processes.
    pub fn processes(&self) -> usize {
        self.processes
    }
}

/// The running workers of a process, and its control channel if there are other processes.
pub(crate) struct RunningWorkers {
    pub(crate) guards: WorkerGuards<()>,
    pub(crate) control: Option<ControlChannel>,
}

/// Starts the workers of this process, as part of a group if there is one.
pub(crate) fn start<F>(workers: usize, group: Option<ProcessGroup>, work: F) -> Result<RunningWorkers, String>
where
    F: Fn(&mut Worker) + Send + Sync + 'static,
{
    let Some(ProcessGroup { process, sockets, control, .. }) = group else {
        let config = Config { communication: CommunicationConfig::Process(workers), worker: WorkerConfig::default() };
        return Ok(RunningWorkers { guards: timely::execute(config, work)?, control: None });
    };
    let hooks = Hooks::default();
    let local = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), hooks.spill.clone());
    let network = initialize_networking_from_sockets(local, sockets, process, workers, hooks);
    let (builders, network) = network.map_err(|error| error.to_string())?;
    let builders = builders.into_iter().map(AllocatorBuilder::Tcp).collect();
    let guards = timely::execute::execute_from(builders, Box::new(network), WorkerConfig::default(), work)?;
    Ok(RunningWorkers { guards, control: Some(control) })
}
