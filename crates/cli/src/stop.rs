//! Ctrl-C and SIGTERM: the first one stops the command, the second ends the process immediately.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use matchflow_flow::Progress;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::messages::Notice;

/// Turns exceeding the limit on file sizes (`ulimit -f`) into a reportable error instead of a fatal signal.
#[cfg(unix)]
pub(crate) fn survive_file_limits() {
    // If it cannot be registered, the signal ends the process, as without this call.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

#[cfg(not(unix))]
pub(crate) fn survive_file_limits() {}

/// Makes the first signal stop the run from now on.
pub(crate) fn on_signals(progress: Arc<Progress>) -> Result<(), Failure> {
    watch_signals(&[], move |_| {
        progress.stop();
        console::notice(&Notice::Stopping);
    })
}

/// Calls `act` for each signal: those that end a command, and the `others`. A second signal of the first kind ends the
/// process.
pub(crate) fn watch_signals(others: &[i32], mut act: impl FnMut(i32) + Send + 'static) -> Result<(), Failure> {
    let received = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the second signal finds the flag set and ends the process.
        signal_hook::flag::register_conditional_shutdown(
            signal,
            i32::from(ExitReason::Interrupted.code()),
            Arc::clone(&received),
        )
        .while_doing("installing the signal handlers")?;
        signal_hook::flag::register(signal, Arc::clone(&received)).while_doing("installing the signal handlers")?;
    }
    let watched = [SIGINT, SIGTERM].iter().chain(others);
    let mut signals = signal_hook::iterator::Signals::new(watched).while_doing("installing the signal handlers")?;
    let watch =
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || signals.forever().for_each(&mut act));
    watch.while_doing("installing the signal handlers")?;
    Ok(())
}
