//! A temporary folder with pipelines, data and plug-ins, and the binary run in it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in `crates/`")
}

/// A copy of the files of a run: `pipelines/` (where commands run) next to `plugins/dist/`.
pub(crate) struct World {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl World {
    /// Plug-ins and no pipeline.
    pub(crate) fn empty() -> World {
        let world = World { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir(world.path("")).unwrap();
        copy(&root().join("plugins/dist"), &world.folder.path().join("plugins/dist"));
        world
    }

    /// `pipelines/suppliers.yaml` with its sample data.
    pub(crate) fn sample() -> World {
        let world = World::empty();
        fs::copy(root().join("pipelines/suppliers.yaml"), world.path("suppliers.yaml")).unwrap();
        copy(&root().join("pipelines/data"), &world.path("data"));
        world
    }

    /// Sets an environment variable of the commands that follow.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A file next to the pipeline.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("pipelines").join(name)
    }

    /// Writes a file next to the pipeline.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// The bytes of a file next to the pipeline.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in a folder next to the pipeline, sorted; none if there is no folder.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command to start the binary with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matchflow"));
        command.args(arguments).current_dir(self.path("")).stdin(Stdio::null());
        // Shared by all tests: plug-ins are compiled once, and a user's cache is not touched.
        command.env("MATCHFLOW_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs the binary to its end, which must be successful.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        ended
    }

    /// Runs the binary to its end with an injected fault: see `matchflow_model::fault`.
    pub(crate) fn run_with_fault(&self, fault: &str, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).env("MATCHFLOW_FAULT", fault).output().unwrap();
        Ended::of(output)
    }

    /// Starts the binary; it pauses at a place until [`World::open_gate`].
    pub(crate) fn start_paused(&self, place: &str, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.env("MATCHFLOW_FAULT", format!("pause@{place}")).env("MATCHFLOW_FAULT_GATE", self.path("gate"));
        let mut run = Running::of(command);
        run.wait_for_line(|line| line.contains("paused at"));
        run
    }

    /// Ends the pause.
    pub(crate) fn open_gate(&self) {
        self.write("gate", "");
    }

    /// Starts the binary, with its error output still to be read.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments))
    }
}

/// Copies the files of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The output of a process, and its exit code (none if a signal ended it).
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Of a process that has ended.
    pub(crate) fn of(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The number before `word` on standard output.
    pub(crate) fn before(&self, word: &str) -> u64 {
        let (before, _) = self.stdout.split_once(word).unwrap_or_else(|| panic!("no `{word}` in {self:?}"));
        let number = before.trim_end().rsplit(|letter: char| !letter.is_ascii_digit()).next();
        number.unwrap().parse().unwrap_or_else(|_| panic!("no number before `{word}` in {self:?}"))
    }

    /// The number after `word` on standard output.
    pub(crate) fn after(&self, word: &str) -> u64 {
        let (_, after) = self.stdout.split_once(word).unwrap_or_else(|| panic!("no `{word}` in {self:?}"));
        let number = after.trim_start().split(|letter: char| !letter.is_ascii_digit()).next();
        number.unwrap().parse().unwrap_or_else(|_| panic!("no number after `{word}` in {self:?}"))
    }
}

/// A running process.
pub(crate) struct Running {
    child: Child,
    errors: BufReader<ChildStderr>,
    seen: String,
}

impl Running {
    /// Starts a process.
    pub(crate) fn of(mut command: Command) -> Running {
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, errors, seen: String::new() }
    }

    /// Waits for a line on the error output; panics if the process ends without it.
    pub(crate) fn wait_for_line(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        loop {
            let start = self.seen.len();
            let read = self.errors.read_line(&mut self.seen).unwrap();
            assert!(read > 0, "the process ended without the line: {}", self.seen);
            if wanted(self.seen[start..].trim_end()) {
                return;
            }
        }
    }

    /// Sends a signal by its name, `INT`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "the process takes SIG{name}");
    }

    /// Kills it immediately.
    pub(crate) fn kill(mut self) -> Ended {
        // The process may have ended in between.
        let _ = self.child.kill();
        self.end()
    }

    /// Kills it after some time, unless it has already ended.
    pub(crate) fn kill_after(mut self, life: Duration) -> Ended {
        let began = Instant::now();
        while began.elapsed() < life && self.is_running() {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill()
    }

    /// Whether it is still running.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for it to end.
    pub(crate) fn end(mut self) -> Ended {
        self.errors.read_to_string(&mut self.seen).unwrap();
        let mut stdout = String::new();
        self.child.stdout.take().expect("it is piped").read_to_string(&mut stdout).unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, stdout, stderr: std::mem::take(&mut self.seen) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // For a failed test; after `end` there is no process.
        let _ = self.child.kill();
    }
}
