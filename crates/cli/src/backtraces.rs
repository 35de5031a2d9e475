//! Backtraces of panics, where `RUST_BACKTRACE` wants them.
//!
//! **Invariant.** A process that runs out of memory ends: it does not wait for itself.
//!
//! **How.** The standard library makes a backtrace under a lock. Where an allocation fails meanwhile, its report of that takes
//! the same lock, and the thread waits for itself. So the variable is taken out of the environment before any thread starts,
//! which leaves failed allocations with one line, and a panic hook prints the backtrace in its place, if there is memory.

#![allow(unsafe_code)]

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

const VARIABLE: &str = "RUST_BACKTRACE";
/// More than the symbols of a backtrace take.
const MEMORY_BYTES: usize = 256 << 20;

/// Takes over the backtraces. Call it before the process has threads.
pub(crate) fn take_over() {
    let value = std::env::var_os(VARIABLE);
    if value.is_none_or(|value| value == "0") {
        return;
    }
    // SAFETY: no other thread exists yet that could read the environment at this moment.
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
