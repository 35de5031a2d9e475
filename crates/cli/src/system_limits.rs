//! Checks whether the system allows the threads and the addresses that a command needs, before it uses them.
//!
//! Libraries with thread pools of their own (the compiler of plug-ins, the dataflow) panic if a thread is refused, and
//! DuckDB's allocator crashes if it gets no addresses. So as many threads as needed are first started and ended here, and a
//! limit on addresses that is too low for any run is an error: nothing has begun then.
//!
//! **Limits.** Addresses are checked on Linux only. A run with a large registry may need more than the least.

use std::sync::mpsc::channel;
use std::thread::Builder;

use crate::exit_reason::ExitReason;
use crate::failure::Failure;

/// Threads other than workers and scoring threads: readers, commits, the plug-ins' clock, progress, signals, answers.
pub(crate) const OTHER_THREADS: usize = 12;
/// The stack of a probe: it only waits.
const STACK_BYTES: usize = 64 << 10;

/// Addresses without which no run ends: the sample takes 1.6 GiB with two workers.
const ADDRESS_SPACE_MIN: u64 = 5 << 29;

/// Checks that this many threads can run concurrently, and that the process may have the addresses of a run.
pub(crate) fn ensure_threads(count: usize) -> Result<(), Failure> {
    if let Some(bytes) = address_space().filter(|bytes| *bytes < ADDRESS_SPACE_MIN) {
        let mebibytes = bytes >> 20;
        return Err(Failure::Ended(
            ExitReason::SystemLimit,
            format!(
                "a process may have {mebibytes} MiB of addresses here, and this command needs {} MiB or more: raise the limit \
                 (`ulimit -v`); nothing was done",
                ADDRESS_SPACE_MIN >> 20
            ),
        ));
    }
    let mut probes = Vec::with_capacity(count);
    let mut refused = None;
    for _ in 0..count {
        let (end, wait) = channel::<()>();
        match Builder::new().stack_size(STACK_BYTES).spawn(move || wait.recv().is_err()) {
            Ok(thread) => probes.push((end, thread)),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let started = probes.len();
    for (end, thread) in probes {
        drop(end);
        // A probe does nothing that can panic.
        let _ = thread.join();
    }
    match refused {
        None => Ok(()),
        Some(error) => Err(Failure::Ended(
            ExitReason::SystemLimit,
            format!(
                "the system allows {started} more threads, and this command needs {count} ({error}): raise the limit on \
                 processes (`ulimit -u`, `pids.max` of a container) or on memory (`ulimit -d`, `-v`), or reduce \
                 `execution.workers` and `execution.scoring_threads`; nothing was done"
            ),
        )),
    }
}

/// The limit on the addresses of this process in bytes, if there is one.
pub(crate) fn address_space() -> Option<u64> {
    limit("Max address space")
}

/// The soft limit with that name in `/proc/self/limits`.
pub(crate) fn limit(name: &str) -> Option<u64> {
    limit_in(&std::fs::read_to_string("/proc/self/limits").ok()?, name)
}

/// The soft limit with that name in a file such as `/proc/self/limits`.
pub(crate) fn limit_in(limits: &str, name: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
