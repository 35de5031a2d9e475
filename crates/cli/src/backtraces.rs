//! Backtraces of panics, if enabled by `RUST_BACKTRACE`.
//!
//! **Invariant.** A process that runs out of memory ends: it does not deadlock.
//!
//! **How.** The standard library captures a backtrace under a lock. If an allocation fails meanwhile, reporting that
//! takes the same lock, and the thread deadlocks. So the variable is removed from the environment before any thread
//! starts, which leaves failed allocations with a single line, and a panic hook prints the backtrace instead, if there
//! is memory.

#![allow(unsafe_code)]

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

const VARIABLE: &str = "RUST_BACKTRACE";
/// More memory than the symbols of a backtrace take.
const MEMORY_BYTES: usize = 256 << 20;

/// Takes over backtraces. Must be called before the process has threads.
pub(crate) fn take_over() {
    let value = std::env::var_os(VARIABLE);
    if value.is_none_or(|value| value == "0") {
        return;
    }
    // SAFETY: no other thread that could read the environment exists yet.
    unsafe { std::env::remove_var(VARIABLE) };
    std::panic::set_hook(Box::new(print));
}

fn print(panic: &PanicHookInfo<'_>) {
    eprintln!("{panic}");
    let has_memory = Vec::<u8>::new().try_reserve_exact(MEMORY_BYTES).is_ok();
    if has_memory {
        eprintln!("{}", Backtrace::force_capture());
    }
}
