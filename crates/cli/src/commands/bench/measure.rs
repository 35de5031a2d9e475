//! What this process has used: the clock, the processor, memory.

use std::time::Instant;

/// Runs `work`: its result, the seconds it took and the seconds of the processor, of all threads.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64, f64) {
    let (began, cpu_began) = (Instant::now(), cpu_s());
    let done = work();
    (done, began.elapsed().as_secs_f64(), cpu_s() - cpu_began)
}

/// Seconds of the processor that this process has used (Linux): user and system, in hundredths.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in brackets, may hold spaces; of what follows, the 12th and 13th are meant.
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    ticks.filter(|ticks| ticks.len() == 2).map_or(f64::NAN, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

/// The most memory that this process has held, where the system says.
pub(super) fn memory_peak_mib() -> f64 {
    crate::times::memory_peak_mib().unwrap_or(f64::NAN)
}
