//! Resources that this process has used: wall clock, CPU time, memory.

use std::time::Instant;

/// Some work and the time it took.
pub(crate) struct TimedWork<T> {
    pub(crate) result: T,
    /// Wall-clock seconds.
    pub(crate) wall_s: f64,
    /// Seconds of CPU time, over all threads.
    pub(crate) cpu_s: f64,
}

/// Runs `work` and measures it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> TimedWork<T> {
    let started = Instant::now();
    let cpu_before = cpu_s();
    let result = work();
    TimedWork { result, wall_s: started.elapsed().as_secs_f64(), cpu_s: cpu_s() - cpu_before }
}

/// CPU seconds that this process has used (Linux): user and system, in hundredths.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The command's name, in brackets, may contain spaces; user and system time are the 12th and 13th fields after it.
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    ticks.filter(|ticks| ticks.len() == 2).map_or(f64::NAN, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

/// Peak memory of this process, if the system reports it.
pub(crate) fn memory_peak_mib() -> f64 {
    matchflow_flow::memory_peak_bytes().map_or(f64::NAN, |bytes| bytes as f64 / f64::from(1 << 20))
}
