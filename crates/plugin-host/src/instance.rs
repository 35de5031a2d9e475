//! A running instance within its limits: one store, one component, dropped as soon as anything fails.

use matchflow_model::plugin_output::OutputProblem;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap};

use crate::component::ComponentCode;
use crate::error::HostError;
use crate::limits::{DeniedResource, GuestLimiter, Limits, TABLE_ELEMENTS_MAX, TICK_MS};

/// A component running in its own store.
pub(crate) struct GuestInstance {
    store: Store<GuestLimiter>,
    instance: Instance,
    limits: Limits,
}

impl GuestInstance {
    pub(crate) fn start<Functions>(
        code: &ComponentCode<Functions>,
        limits: Limits,
    ) -> Result<GuestInstance, HostError> {
        let mut store = Store::new(code.pre.engine(), GuestLimiter::new(limits));
        store.limiter(|limiter| limiter);
        // Limits the bytes copied out of a guest: a list may refer to the same memory many times.
        store.set_hostcall_fuel(limits.output_bytes_max);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(ticks(limits));
        match code.pre.instantiate(&mut store) {
            Ok(instance) => Ok(GuestInstance { store, instance, limits }),
            Err(error) => Err(classify(&code.label, &error, limits, store.data())),
        }
    }

    /// Calls a function of the interface. After an error, this instance must be dropped: the state of its memory is
    /// unknown.
    pub(crate) fn call<Functions, Arguments, Output>(
        &mut self,
        code: &ComponentCode<Functions>,
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

/// The number of ticks until the time limit. The first tick may come immediately, so one is added: no call ends early.
fn ticks(limits: Limits) -> u64 {
    limits.timeout_ms.div_ceil(TICK_MS).saturating_add(1)
}

/// Whether an instance could not be created because the system had no memory.
fn is_host_memory(error: &wasmtime::Error, text: &str) -> bool {
    let is_of_system = error.chain().any(|cause| cause.is::<std::io::Error>());
    error.downcast_ref::<Trap>().is_none() && (is_of_system || text.contains("mmap failed"))
}

fn classify(label: &str, error: &wasmtime::Error, limits: Limits, limiter: &GuestLimiter) -> HostError {
    let plugin = label.to_owned();
    // The order matters: a denied resource usually shows as another trap.
    if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        return HostError::Timeout { plugin, timeout_ms: limits.timeout_ms };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return HostError::NoInstance { plugin, reason: format!("{error:#}") };
    }
    match limiter.denied() {
        Some(DeniedResource::Memory) => {
            return HostError::MemoryLimit { plugin, memory_bytes_max: limits.memory_bytes_max };
        }
        Some(DeniedResource::Table) => return HostError::TableLimit { plugin, elements_max: TABLE_ELEMENTS_MAX },
        None => {}
    }
    let text = format!("{error:#}");
    if let Some(reason) = limiter.host_failure().or_else(|| is_host_memory(error, &text).then_some(text.as_str())) {
        return HostError::HostMemory { plugin, reason: reason.to_owned() };
    }
    // The engine has no public type for this one; a test pins its message.
    if format!("{error:#}").contains("fuel allocated for hostcalls has been exhausted") {
        return HostError::OutputLimit { plugin, output_bytes_max: limits.output_bytes_max };
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => HostError::Trap { plugin, reason: trap.to_string() },
        // Lists that point outside the guest's memory, texts that are not UTF-8, unknown variants.
        None => HostError::BadOutput { plugin, problem: OutputProblem::Unreadable { detail: format!("{error:#}") } },
    }
}
