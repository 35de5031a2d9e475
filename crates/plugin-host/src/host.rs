//! The engine, its settings, and the clock thread of time limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::CompilationCache;
use crate::error::HostError;
use crate::limits::{GuestLimiter, MEMORIES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX, TICK_MS};

/// Stack size of a guest.
const STACK_BYTES_MAX: usize = 512 * 1024;

/// Address space that a memory may grow into without being moved, if address space is limited.
const GROWTH_RESERVATION_BYTES: u64 = 1 << 20;
/// Address space after a memory, if it is limited.
const GUARD_BYTES: u64 = 64 << 10;

/// Options of a host.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Maximum number of concurrent instances: scorers times threads.
    pub instances_max: u32,
    /// The folder that caches compiled plug-ins between starts, private to this user; with `None`, nothing is cached.
    pub cache: Option<PathBuf>,
}

impl Default for HostOptions {
    fn default() -> Self {
        HostOptions { instances_max: 1_024, cache: None }
    }
}

/// The engine and the state that plug-ins share. One per process; threads share it by reference.
pub struct Host {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<GuestLimiter>,
    pub(crate) ticker: Arc<Ticker>,
    pub(crate) cache: Option<CompilationCache>,
}

impl Host {
    /// Starts an engine and its clock.
    pub fn new(options: HostOptions) -> Result<Host, HostError> {
        let failed = |error: wasmtime::Error| HostError::Engine { reason: format!("{error:#}") };
        // A pool reserves address space ahead; if that is limited, instances are allocated one by one, which is slower.
        let engine = Engine::new(&config(Some(&options))).or_else(|_| Engine::new(&config(None))).map_err(failed)?;
        let linker = Linker::new(&engine);
        let ticker = Ticker::start(&engine).map_err(|error| HostError::Engine { reason: error.to_string() })?;
        let cache = options.cache.as_deref().and_then(|folder| CompilationCache::open(folder, &engine));
        Ok(Host { engine, linker, ticker: Arc::new(ticker), cache })
    }
}

fn config(pool: Option<&HostOptions>) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_simd(true)
        .wasm_backtrace_max_frames(None)
        .max_wasm_stack(STACK_BYTES_MAX);
    if let Some(options) = pool {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(options.instances_max)
            .total_core_instances(options.instances_max.saturating_mul(2))
            .total_memories(options.instances_max)
            .total_tables(options.instances_max.saturating_mul(2))
            .max_memories_per_component(MEMORIES_MAX)
            .max_tables_per_component(TABLES_MAX)
            .max_tables_per_module(TABLES_MAX)
            .table_elements(TABLE_ELEMENTS_MAX)
            .max_memory_size(1 << 32);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    } else {
        // The size of a memory plus room to grow, instead of the 4 GiB of address space with which wasmtime avoids
        // bounds checks.
        config
            .memory_reservation(0)
            .memory_reservation_for_growth(GROWTH_RESERVATION_BYTES)
            .memory_guard_size(GUARD_BYTES);
    }
    config
}

/// Advances the engine's epoch every [`TICK_MS`], until it is dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: &Engine) -> std::io::Result<Ticker> {
        let (stop, stop_signal) = channel::<()>();
        let engine = engine.weak();
        let tick = Duration::from_millis(TICK_MS);
        let run = move || {
            while let (Err(RecvTimeoutError::Timeout), Some(engine)) =
                (stop_signal.recv_timeout(tick), engine.upgrade())
            {
                engine.increment_epoch();
            }
        };
        let thread = std::thread::Builder::new().name("plugin-clock".to_owned()).spawn(run)?;
        Ok(Ticker { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic, and nothing needs the clock any more.
            let _ = thread.join();
        }
    }
}
