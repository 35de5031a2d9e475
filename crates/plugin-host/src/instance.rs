//! A running instance within its limits: one store, one component, dropped as soon as anything fails.

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store, Trap};

use crate::error::HostError;
use crate::host::{MEMORIES_MAX, TABLE_ELEMENTS_MAX, TABLES_MAX, TICK_MS};
use crate::plugin::Code;

/// What one instance may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time of one call.
    pub timeout_ms: u64,
    /// Memory of the instance, all its memories together.
    pub memory_bytes_max: usize,
    /// What one call may give back, all lists and texts together.
    pub output_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { timeout_ms: 5_000, memory_bytes_max: 256 << 20, output_bytes_max: 16 << 20 }
    }
}

/// What a store keeps of its guest.
pub(crate) struct Guest {
    memory_bytes_max: usize,
    /// What its memories hold together: some languages bring several.
    memory_bytes: usize,
    /// What its tables hold together.
    table_elements: usize,
    /// What the guest asked for and was not given; a failure that follows is put down to that.
    denied: Option<Denied>,
}

/// What a guest is given so much of and no more.
#[derive(Clone, Copy)]
enum Denied {
    Memory,
    Table,
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let memory_bytes = self.memory_bytes.saturating_sub(current).saturating_add(desired);
        let allowed = memory_bytes <= self.memory_bytes_max;
        if allowed {
            self.memory_bytes = memory_bytes;
        }
        self.denied = self.denied.or((!allowed).then_some(Denied::Memory));
        Ok(allowed)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let table_elements = self.table_elements.saturating_sub(current).saturating_add(desired);
        let allowed = table_elements <= TABLE_ELEMENTS_MAX;
        if allowed {
            self.table_elements = table_elements;
        }
        self.denied = self.denied.or((!allowed).then_some(Denied::Table));
        Ok(allowed)
    }

    fn tables(&self) -> usize {
        TABLES_MAX as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX as usize
    }
}

/// A live instance.
pub(crate) struct Running {
    store: Store<Guest>,
    instance: Instance,
    limits: Limits,
}

impl Running {
    pub(crate) fn start<Functions>(code: &Code<Functions>, limits: Limits) -> Result<Running, HostError> {
        let guest =
            Guest { memory_bytes_max: limits.memory_bytes_max, memory_bytes: 0, table_elements: 0, denied: None };
        let mut store = Store::new(code.pre.engine(), guest);
        store.limiter(|guest| guest);
        // What is copied out of a guest: a list may name the same memory many times over.
        store.set_hostcall_fuel(limits.output_bytes_max);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(ticks(limits));
        match code.pre.instantiate(&mut store) {
            Ok(instance) => Ok(Running { store, instance, limits }),
            Err(error) => Err(classify(&code.label, &error, limits, store.data())),
        }
    }

    /// Calls a function of the interface. After an error this instance must be dropped: its memory is in any state.
    pub(crate) fn call<Functions, Arguments, Output>(
        &mut self,
        code: &Code<Functions>,
        function: &'static str,
        export: &ComponentExportIndex,
        arguments: Arguments,
    ) -> Result<Output, HostError>
    where
        Arguments: ComponentNamedList + Lower,
        (Output,): ComponentNamedList + Lift,
        Output: Send + Sync + 'static,
    {
        let typed = self.instance.get_typed_func::<Arguments, (Output,)>(&mut self.store, export);
        let typed = typed.map_err(|error| HostError::Signature {
            plugin: code.label.clone(),
            function,
            expected: code.interface,
            reason: format!("{error:#}"),
        })?;
        self.store.set_epoch_deadline(ticks(self.limits));
        match typed.call(&mut self.store, arguments) {
            Ok((output,)) => Ok(output),
            Err(error) => Err(classify(&code.label, &error, self.limits, self.store.data())),
        }
    }
}

/// The first tick comes at any time, so one more than the limit holds never ends a call early.
fn ticks(limits: Limits) -> u64 {
    limits.timeout_ms.div_ceil(TICK_MS).saturating_add(1)
}

fn classify(label: &str, error: &wasmtime::Error, limits: Limits, guest: &Guest) -> HostError {
    let plugin = label.to_owned();
    if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        return HostError::Timeout { plugin, timeout_ms: limits.timeout_ms };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return HostError::NoInstance { plugin, reason: format!("{error:#}") };
    }
    match guest.denied {
        Some(Denied::Memory) => return HostError::MemoryLimit { plugin, memory_bytes_max: limits.memory_bytes_max },
        Some(Denied::Table) => return HostError::TableLimit { plugin, elements_max: TABLE_ELEMENTS_MAX },
        None => {}
    }
    // The engine has no public type for this one; a test holds it to its words.
    if format!("{error:#}").contains("fuel allocated for hostcalls has been exhausted") {
        return HostError::OutputLimit { plugin, output_bytes_max: limits.output_bytes_max };
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => HostError::Trap { plugin, reason: trap.to_string() },
        // Lists that point outside the guest's memory, texts that are not UTF-8, unknown variants.
        None => HostError::BadOutput { plugin, reason: format!("what cannot be read: {error:#}") },
    }
}
