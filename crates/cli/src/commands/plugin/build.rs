//! `matchflow plugin build`: compiles the sources in a folder to a component next to them.
//!
//! Rust is built with cargo, with rustup's target or Debian's; C with clang; both are turned into components here,
//! without further tools. Python uses componentize-py and JavaScript jco, which create components themselves. None may
//! import anything: scorers are pure functions.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use super::tools::{find, find_same_version, run};
use super::{file_failure, templates};
use crate::failure::Failure;

const TARGET: &str = "wasm32-unknown-unknown";
/// Every host supports SIMD; a stack of 256 KiB is plenty without recursion.
const RUST_FLAGS: &str = "-C target-feature=+simd128 -C link-arg=-zstack-size=262144";
/// The names of the worlds in sources of scripting languages.
const WORLDS: [&str; 2] = ["scorer", "arbiter"];
/// The subfolder of the plug-in's folder for files that a build needs.
const BUILD_FOLDER: &str = "build";

/// Builds and prints the path of the component.
pub(crate) fn command(folder: &Path) -> Result<ExitCode, Failure> {
    let file = build(folder)?;
    let bytes = std::fs::metadata(&file).map_err(|error| file_failure(&file, &error))?.len();
    writeln!(std::io::stdout(), "{} ({bytes} bytes)", file.display())?;
    Ok(ExitCode::SUCCESS)
}

/// The component of a folder with Python or JavaScript sources if it is newer than all of them. Their tools are slow
/// and produce a different file each time, which is another plug-in to a checkpoint.
pub(crate) fn fresh(folder: &Path) -> Option<PathBuf> {
    let output = output(folder).ok()?;
    let built = std::fs::metadata(&output).and_then(|metadata| metadata.modified()).ok()?;
    let sources: Vec<PathBuf> = folder.read_dir().ok()?.flatten().map(|entry| entry.path()).collect();
    let is =
        |path: &Path, suffixes: &[&str]| path.extension().is_some_and(|one| suffixes.iter().any(|two| one == *two));
    let changed = |path: &PathBuf| {
        let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
        !modified.is_ok_and(|modified| modified < built)
    };
    let mut scripts = WORLDS.iter().flat_map(|world| [format!("{world}.py"), format!("{world}.js")]);
    // Modules in subfolders are not checked: a plug-in with any is always built.
    let known = [BUILD_FOLDER, "node_modules", ".venv", "__pycache__"];
    let is_flat = sources.iter().all(|path| !path.is_dir() || known.iter().any(|name| path.ends_with(name)));
    let is_script = scripts.any(|script| folder.join(script).is_file()) && is_flat;
    let fresh = is_script && !sources.iter().any(|path| is(path, &["py", "js", "json"]) && changed(path));
    fresh.then_some(output)
}

/// The path of a folder's component: `<folder's name>.wasm` in it.
fn output(folder: &Path) -> Result<PathBuf, Failure> {
    let absolute = folder.canonicalize().map_err(|error| file_failure(folder, &error))?;
    let name = absolute.file_name().and_then(|name| name.to_str()).unwrap_or("plugin");
    Ok(folder.join(format!("{name}.wasm")))
}

/// Builds the project in `folder`.
pub(crate) fn build(folder: &Path) -> Result<PathBuf, Failure> {
    let absolute = folder.canonicalize().map_err(|error| file_failure(folder, &error))?;
    let output = output(folder)?;
    let has = |file: &str| absolute.join(file).is_file();
    let component = if has("Cargo.toml") {
        let core = rust(&absolute)?;
        encode(&read(&core)?, &core)?
    } else if has("scorer.c") {
        let core = c(&absolute)?;
        encode(&with_interface(read(&core)?)?, &core)?
    } else if let Some(world) = WORLDS.into_iter().find(|world| has(&format!("{world}.py"))) {
        python(&absolute, world)?
    } else if let Some(world) = WORLDS.into_iter().find(|world| has(&format!("{world}.js"))) {
        javascript(&absolute, world)?
    } else {
        let text = format!(
            "error: `{}` has no Cargo.toml, scorer.c, and no scorer.py, scorer.js, arbiter.py or arbiter.js: create a plug-in with \
             `matchflow plugin new`",
            folder.display()
        );
        return Err(Failure::Usage(text));
    };
    std::fs::write(&output, component).map_err(|error| file_failure(&output, &error))?;
    Ok(output)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| file_failure(path, &error))
}

/// Builds the core module with cargo.
fn rust(folder: &Path) -> Result<PathBuf, Failure> {
    let mut command = cargo(folder)?;
    command.args(["--release", "--lib", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    let output_bytes = run(&mut command, folder)?;
    let artifact = |line: &str| -> Option<PathBuf> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_library = message.pointer("/target/kind")?.as_array()?.iter().any(|kind| kind == "cdylib");
        let files = message.get("filenames").filter(|_| is_library)?.as_array()?;
        files.iter().filter_map(|file| file.as_str()).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
    };
    String::from_utf8_lossy(&output_bytes).lines().filter_map(artifact).next_back().ok_or_else(|| {
        let text = "cargo built no WebAssembly module: the crate needs `[lib] crate-type = [\"cdylib\", \"rlib\"]`";
        Failure::Fatal(text.to_owned())
    })
}

/// Cargo with a compiler that supports the target.
fn cargo(folder: &Path) -> Result<Command, Failure> {
    let home = std::env::var("CARGO_HOME").or_else(|_| Ok(format!("{}/.cargo", std::env::var("HOME")?)));
    // Components are distributed: they must not contain paths of the build machine.
    let remap = home
        .map(|home: String| format!(" --remap-path-prefix={home}=cargo"))
        .unwrap_or_else(|_: std::env::VarError| String::new());
    let flags = format!("{RUST_FLAGS} --remap-path-prefix={}=.{remap}", folder.display());
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    let sysroot = sysroot.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    if sysroot.is_ok_and(|sysroot| sysroot.join("lib/rustlib").join(TARGET).is_dir()) {
        let mut command = Command::new("cargo");
        command.arg("build").env("RUSTFLAGS", flags);
        return Ok(command);
    }
    let linker = find(&["rust-lld".to_owned()], &[]);
    if let Some(linker) =
        linker.filter(|_| Path::new("/usr/lib/rustlib/src").is_dir() && Path::new("/usr/bin/cargo").is_file())
    {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["build", "-Zbuild-std=std,panic_abort"]);
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc").env("RUSTFLAGS", flags);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker).env_remove("RUSTUP_TOOLCHAIN");
        return Ok(command);
    }
    Err(Failure::Fatal(format!(
        "no Rust compiler for {TARGET} was found: run `rustup target add {TARGET}`,\n  or on Debian `apt-get install \
         rustc-web cargo-web rust-web-src lld-22`"
    )))
}

/// Builds the core module with clang.
fn c(folder: &Path) -> Result<PathBuf, Failure> {
    let missing = |what: &str| {
        Failure::Fatal(format!("{what} was not found: install clang and lld (on Debian `apt-get install clang lld`)"))
    };
    let (clang, linker) = find_same_version("clang", "wasm-ld");
    let clang = clang.ok_or_else(|| missing("clang"))?;
    let linker = linker.ok_or_else(|| missing("wasm-ld"))?;
    let core = folder.join(BUILD_FOLDER).join("core.wasm");
    let folder_of_core = folder.join(BUILD_FOLDER);
    std::fs::create_dir_all(&folder_of_core).map_err(|error| file_failure(&folder_of_core, &error))?;
    let mut command = Command::new(clang);
    command.args(["--target=wasm32", "-std=c11", "-O2", "-msimd128", "-mbulk-memory", "-nostdlib", "-Wall"]);
    command.arg(format!("-fuse-ld={}", linker.display())).args(["-Wl,--no-entry", "-Wl,--strip-all", "-o"]);
    run(command.arg(&core).arg("scorer.c"), folder)?;
    Ok(core)
}

fn python(folder: &Path, world: &str) -> Result<Vec<u8>, Failure> {
    let tool = find(&["componentize-py".to_owned()], &[folder.join(".venv/bin")]).ok_or_else(|| {
        let text = "componentize-py was not found: in the plug-in's folder, run\n  \
            `python3 -m venv .venv && .venv/bin/pip install componentize-py`";
        Failure::Fatal(text.to_owned())
    })?;
    let (wit, output) = interface_files(folder)?;
    let mut command = Command::new(tool);
    command.arg("-d").arg(wit).args(["-w", world, "componentize", world, "--stub-wasi", "-o"]).arg(&output);
    run(&mut command, folder)?;
    read(&output)
}

/// Uses jco's QuickJS engine, which is a tenth of the size of the other and runs without imports.
fn javascript(folder: &Path, world: &str) -> Result<Vec<u8>, Failure> {
    let tool = find(&["jco".to_owned()], &[folder.join("node_modules/.bin")]).ok_or_else(|| {
        let text = "jco was not found: run `npm install` in the plug-in's folder";
        Failure::Fatal(text.to_owned())
    })?;
    interface_files(folder)?;
    let output = Path::new(BUILD_FOLDER).join("component.wasm");
    let mut command = Command::new(tool);
    // Relative paths: the tool only sees the folder.
    command.args(["componentize", &format!("{world}.js"), "--wit", "build/wit", "--world-name", world]);
    command
        .args(["--backend", "quickjs", "--backend-qjs-disable-async", "--backend-qjs-stub-wasi", "--out"])
        .arg(&output);
    run(&mut command, folder)?;
    read(&folder.join(output))
}

/// Writes the interface where the tools read it; returns that folder and the path for their output.
fn interface_files(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let wit = folder.join(BUILD_FOLDER).join("wit");
    std::fs::create_dir_all(&wit).map_err(|error| file_failure(&wit, &error))?;
    for (name, text) in templates::interface() {
        let file = wit.join(name);
        std::fs::write(&file, text).map_err(|error| file_failure(&file, &error))?;
    }
    Ok((wit, folder.join(BUILD_FOLDER).join("component.wasm")))
}

/// The module with the description of the interface that wit-bindgen would have embedded.
fn with_interface(mut module: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let mut embed = || {
        let mut sources = SourceMap::default();
        for (name, text) in templates::interface() {
            sources.push_str(name, text);
        }
        // Both files belong to one package.
        let group = sources.parse().map_err(|(_, error)| error)?;
        let mut resolve = Resolve::default();
        let package = resolve.push_group(group)?;
        let world = resolve.select_world(&[package], Some("scorer"))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
    };
    embed().map_err(|error| Failure::Fatal(format!("the interface could not be embedded: {error:#}")))?;
    Ok(module)
}

fn encode(module: &[u8], core: &Path) -> Result<Vec<u8>, Failure> {
    let encode = || ComponentEncoder::default().module(module)?.validate(true).encode();
    encode().map_err(|error| Failure::Fatal(format!("`{}` cannot be made a component: {error:#}", core.display())))
}
