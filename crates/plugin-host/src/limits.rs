//! Limits of guests, and the guard that enforces them on a store.

use wasmtime::ResourceLimiter;

/// Interval of the clock for time limits.
pub const TICK_MS: u64 = 10;

/// Maximum number of memories of a component: engines of scripting languages have several.
pub(crate) const MEMORIES_MAX: u32 = 8;

/// Maximum number of tables of a component, for the same reason.
pub(crate) const TABLES_MAX: u32 = 32;

/// Maximum number of elements of all tables of an instance.
pub(crate) const TABLE_ELEMENTS_MAX: usize = 100_000;

/// Maximum size of a component's file. One of a scripting language, including its engine, has 2 to 40 MB.
pub(crate) const COMPONENT_BYTES_MAX: u64 = 128 << 20;

/// Maximum number of functions in all modules of a component. The compiler takes some 7 kB of memory and 40 µs for
/// each, however short; Python's engine has some 20,000.
pub(crate) const FUNCTIONS_MAX: u64 = 100_000;

/// Limits for describing a plug-in and for checking parameters. Scripting languages start their engine within them, and
/// the machine may be busy.
pub(crate) const DESCRIBE_LIMITS: Limits =
    Limits { timeout_ms: 5_000, memory_bytes_max: 64 << 20, output_bytes_max: 256 << 10 };

/// Limits of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time limit of one call.
    pub timeout_ms: u64,
    /// Maximum memory of the instance, over all of its memories.
    pub memory_bytes_max: usize,
    /// Maximum number of bytes that one call may return, over all lists and texts.
    pub output_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { timeout_ms: 5_000, memory_bytes_max: 256 << 20, output_bytes_max: 16 << 20 }
    }
}

/// Resources used by one guest, checked against its limits.
pub(crate) struct GuestLimiter {
    memory_bytes_max: usize,
    /// Total size of its memories in bytes.
    memory_bytes: usize,
    /// Total number of elements of its tables.
    table_elements: usize,
    /// The first resource that the guest requested and was denied; a failure that follows is attributed to it.
    denied: Option<DeniedResource>,
    /// Why the machine could not provide memory within the limit.
    host_failure: Option<String>,
}

/// A resource that a guest has exhausted.
#[derive(Clone, Copy)]
pub(crate) enum DeniedResource {
    Memory,
    Table,
}

impl GuestLimiter {
    pub(crate) fn new(limits: Limits) -> GuestLimiter {
        GuestLimiter {
            memory_bytes_max: limits.memory_bytes_max,
            memory_bytes: 0,
            table_elements: 0,
            denied: None,
            host_failure: None,
        }
    }

    pub(crate) fn host_failure(&self) -> Option<&str> {
        self.host_failure.as_deref()
    }

    pub(crate) fn denied(&self) -> Option<DeniedResource> {
        self.denied
    }
}

impl ResourceLimiter for GuestLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let memory_bytes = self.memory_bytes.saturating_sub(current).saturating_add(desired);
        let allowed = memory_bytes <= self.memory_bytes_max;
        if allowed {
            self.memory_bytes = memory_bytes;
        }
        self.denied = self.denied.or((!allowed).then_some(DeniedResource::Memory));
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // Also called after a denial, which is the guest's fault.
        if self.denied.is_none() {
            self.host_failure.get_or_insert_with(|| format!("{error:#}"));
        }
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let table_elements = self.table_elements.saturating_sub(current).saturating_add(desired);
        let allowed = table_elements <= TABLE_ELEMENTS_MAX;
        if allowed {
            self.table_elements = table_elements;
        }
        self.denied = self.denied.or((!allowed).then_some(DeniedResource::Table));
        Ok(allowed)
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}
