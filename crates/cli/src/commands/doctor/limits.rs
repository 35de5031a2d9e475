//! System limits: memory, address space, threads, open files, file sizes. Linux only.

use std::num::NonZero;

use matchflow_model::language::{Label, Language};

use super::{CheckFinding, filled};
use crate::system_limits::{OTHER_THREADS, address_space, ensure_threads, limit};

/// A run of the samples takes some 300 MB; all of SIRENE some 6 GB.
const MEMORY_LEAST: u64 = 512 << 20;
const MEMORY_FOR_SIRENE: u64 = 8 << 30;
/// Plug-ins reserve addresses, not memory.
const ADDRESS_SPACE_LEAST: u64 = 64 << 30;
const OPEN_FILES_LEAST: u64 = 256;

/// The memory of the machine or of its container, and the address space of a process.
pub(super) fn memory(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "memory";
    let mut findings = Vec::new();
    let available = [meminfo("MemAvailable:"), container_memory()].into_iter().flatten().min();
    if let Some(bytes) = available {
        let size = size(bytes);
        let text = Label { en: "{} of memory available", fr: "{} de mémoire disponible" };
        let text = filled(text, language, &[&size]);
        findings.push(match bytes {
            ..MEMORY_LEAST => CheckFinding::error(
                CHECK,
                text,
                Label {
                    en: "free memory, or raise the container's limit: a small run takes some 500 MB",
                    fr: "libérer de la mémoire ou relever la limite du conteneur : une petite exécution prend environ 500 Mo",
                }
                .get(language)
                .to_owned(),
            ),
            MEMORY_LEAST..MEMORY_FOR_SIRENE => CheckFinding::warning(
                CHECK,
                text,
                Label {
                    en: "the whole of SIRENE takes some 6 GB: match with an extract of it, or filter it",
                    fr: "la base SIRENE entière prend environ 6 Go : utiliser un extrait ou la filtrer",
                }
                .get(language)
                .to_owned(),
            ),
            _ => CheckFinding::fine(CHECK, text),
        });
    }
    if let Some(bytes) = address_space().filter(|bytes| *bytes < ADDRESS_SPACE_LEAST) {
        let text =
            Label { en: "a process may have {} of addresses only", fr: "un processus n'a droit qu'à {} d'adresses" };
        let remedy = Label {
            en: "raise it: `ulimit -v unlimited`; plug-ins reserve more addresses than they use memory",
            fr: "relever la limite : `ulimit -v unlimited` ; les modules réservent plus d'adresses que de mémoire",
        };
        let text = filled(text, language, &[&size(bytes)]);
        findings.push(CheckFinding::warning("address_space", text, remedy.get(language).to_owned()));
    }
    findings
}

/// Checks for as many threads as a run with default settings starts.
pub(super) fn threads(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "threads";
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let count = 2 * cores + OTHER_THREADS;
    let text =
        Label { en: "{} cores, {} threads for a run", fr: "{} cœurs, {} fils d'exécution pour une exécution" };
    let text = filled(text, language, &[&cores.to_string(), &count.to_string()]);
    if ensure_threads(count).is_ok() {
        return vec![CheckFinding::fine(CHECK, text)];
    }
    let refused = Label { en: "{}: the system refuses them", fr: "{} : le système les refuse" };
    let remedy = Label {
        en: "raise `ulimit -u` (in a container `pids.max`), or set `execution.workers` and `execution.scoring_threads` lower",
        fr: "relever `ulimit -u` (`pids.max` dans un conteneur) ou réduire `execution.workers` et `execution.scoring_threads`",
    };
    vec![CheckFinding::error(CHECK, filled(refused, language, &[&text]), remedy.get(language).to_owned())]
}

/// Open files, and maximum file size.
pub(super) fn files(language: Language) -> Vec<CheckFinding> {
    const CHECK: &str = "files";
    let mut findings = Vec::new();
    if let Some(count) = limit("Max open files") {
        let text = Label { en: "{} files may be open", fr: "{} fichiers peuvent être ouverts" };
        let text = filled(text, language, &[&count.to_string()]);
        let remedy = Label { en: "raise it: `ulimit -n 1024`", fr: "relever la limite : `ulimit -n 1024`" };
        findings.push(match count {
            ..OPEN_FILES_LEAST => CheckFinding::warning(CHECK, text, remedy.get(language).to_owned()),
            _ => CheckFinding::fine(CHECK, text),
        });
    }
    if let Some(bytes) = limit("Max file size") {
        let text = Label { en: "a file may have {} only", fr: "un fichier ne peut dépasser {}" };
        let remedy = Label {
            en: "raise it: `ulimit -f unlimited`; checkpoints grow with the supplier file",
            fr: "relever la limite : `ulimit -f unlimited` ; les points de reprise grandissent avec le fichier fournisseurs",
        };
        let text = filled(text, language, &[&size(bytes)]);
        findings.push(CheckFinding::warning("file_size", text, remedy.get(language).to_owned()));
    }
    findings
}

fn meminfo(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}

/// Memory left within the container's limit.
fn container_memory() -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        std::fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?.trim().parse().ok()
    };
    number("memory.max")?.checked_sub(number("memory.current").unwrap_or(0))
}

/// A size in bytes with a unit.
fn size(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    if bytes >= GIB { format!("{:.1} GiB", bytes as f64 / GIB as f64) } else { format!("{} MiB", bytes >> 20) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_limits::limit_in;

    #[test]
    fn soft_limits_are_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max file size             unlimited            unlimited            bytes     \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(limit_in(limits, "Max open files"), Some(1024));
        assert_eq!(limit_in(limits, "Max file size"), None);
        assert_eq!(limit_in(limits, "Max processes"), None);
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!((size(512 << 20).as_str(), size(3 << 30).as_str()), ("512 MiB", "3.0 GiB"));
    }
}
