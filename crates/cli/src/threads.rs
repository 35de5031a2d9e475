//! Checks whether the system allows the threads that a command needs, before it starts them.
//!
//! Libraries with thread pools of their own (the compiler of plug-ins, the dataflow) panic if a thread is refused. So
//! as many threads as needed are first started and ended here: if that fails, nothing has begun.

use std::sync::mpsc::channel;
use std::thread::Builder;

use crate::exit_reason::ExitReason;
use crate::failure::Failure;

/// Threads other than workers and scoring threads: readers, commits, the plug-ins' clock, progress, signals, answers.
pub(crate) const OTHER_THREADS: usize = 12;
/// The stack of a probe: it only waits.
const STACK_BYTES: usize = 64 << 10;

/// Checks that this many threads can run concurrently.
pub(crate) fn ensure_threads(count: usize) -> Result<(), Failure> {
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
