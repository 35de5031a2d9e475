//! Turns the core module that cargo builds from a plug-in into a component: `componentize CORE.wasm COMPONENT.wasm`.

use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("usage: componentize CORE.wasm COMPONENT.wasm")]
    Usage,
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} does not become a component: {reason}")]
    Encode { path: PathBuf, reason: String },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(core), Some(component), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(Error::Usage);
    };
    let module = std::fs::read(&core).map_err(|source| Error::File { path: core.clone(), source })?;
    let encode = || wit_component::ComponentEncoder::default().module(&module)?.validate(true).encode();
    let bytes = encode().map_err(|reason| Error::Encode { path: core, reason: format!("{reason:#}") })?;
    std::fs::write(&component, bytes).map_err(|source| Error::File { path: component, source })
}
