//! The only place that runs code which this process has not compiled. Listed in ARCHITECTURE.md.
#![allow(unsafe_code)]

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::TrustedCode;

/// The component, or `None` if this engine rejects the code.
pub(crate) fn component(engine: &Engine, code: &TrustedCode) -> Option<Component> {
    // SAFETY: `deserialize` maps the bytes as machine code, so they must be the output of `Component::serialize`. A
    // `TrustedCode` is: it was read from a file that only this user can write, in a folder that only this user can
    // enter, and the SHA-256 that was written with it matches. The digest protects against damage, owner and mode
    // against other users; anyone who can write as this user can run code as this user anyway. `deserialize` itself
    // refuses code of another version or another configuration of wasmtime.
    unsafe { Component::deserialize(engine, code.bytes()) }.ok()
}
