//! The pipelines of the cases and their files.

use std::path::{Path, PathBuf};

use crate::ScheduleArgs;

/// Rows of the CPU-bound case; one in a hundred has 10,000 candidates, the others 20.
pub(crate) const CPU_ROWS: usize = 3_000;
const CANDIDATES_FEW: usize = 20;
const CANDIDATES_MANY: usize = 10_000;

/// The files of a case whose rows all need a request to the remote end.
pub(crate) fn write_remote(
    args: &ScheduleArgs,
    rows: usize,
    work: &Path,
    schedule: &str,
    address: &str,
) -> std::io::Result<PathBuf> {
    let suppliers = (0..rows).map(|row| format!("F{row},MAISON NUMERO {row},,69003\n"));
    let registry =
        "80012345700015,800123457,COMPTOIR DES SOIES,,69003\n80023456900013,800234569,GARAGE DU LAC,,69003\n";
    let arbiter = plug_in(args, "webhook-arbiter")?;
    let stages = format!(
        "  - candidates: {{ exact: {{ postcode: postcode }} }}
  - score: {{ name: {{ plugin: {exact}, compare: name }} }}
  - decide: {{ accept: 1, review: 0 }}
  - arbitrate:
      plugin: {arbiter}
      parameters: {{ url: \"http://{address}/match\" }}
      hosts: [\"{address}\"]
      concurrency: {in_flight}
",
        exact = plug_in(args, "exact")?,
        in_flight = args.in_flight,
    );
    write(args, work, schedule, suppliers.collect(), registry, &stages, 1)
}

/// The files of a case in which a few rows account for most of the work.
pub(crate) fn write_processor(args: &ScheduleArgs, work: &Path, schedule: &str) -> std::io::Result<PathBuf> {
    let postcode = |row: usize| if row.is_multiple_of(100) { "75001" } else { "69003" };
    let suppliers = (0..CPU_ROWS).map(|row| {
        format!("F{row},MAISON NUMERO {row} ET FILS,{row} RUE DES ARTISANS BATIMENT {row},{}\n", postcode(row))
    });
    let entries = |postcode: &'static str, count: usize, first: usize| {
        (first..first + count).map(move |entry| {
            format!(
                "{entry:09}00015,{entry:09},ETABLISSEMENTS NUMERO {entry} SUCCESSEURS,\
                 {entry} AVENUE DES ARTISANS DU BATIMENT,{postcode}\n"
            )
        })
    };
    let few = entries("69003", CANDIDATES_FEW, 100_000_000);
    let registry: String = few.chain(entries("75001", CANDIDATES_MANY, 200_000_000)).collect();
    let stages = format!(
        "  - candidates: {{ exact: {{ postcode: postcode }}, keep: {CANDIDATES_MANY} }}
  - score:
      name: {{ plugin: {}, compare: name }}
      address: {{ plugin: {}, compare: address }}
  - decide: {{ accept: 0.9 }}
",
        plug_in(args, "company-name")?,
        plug_in(args, "address")?
    );
    write(args, work, schedule, suppliers.collect(), &registry, &stages, 8)
}

fn plug_in(args: &ScheduleArgs, name: &str) -> std::io::Result<String> {
    Ok(args.plugins.join(format!("{name}.wasm")).canonicalize()?.display().to_string())
}

fn write(
    args: &ScheduleArgs,
    work: &Path,
    schedule: &str,
    suppliers: String,
    registry: &str,
    stages: &str,
    chunk: usize,
) -> std::io::Result<PathBuf> {
    let pipeline = format!(
        "name: schedule
source: {{ csv: {{ path: suppliers.csv }}, id: Code, fields: {{ name: Nom, address: Adresse, postcode: Postal }} }}
reference:
  csv: {{ path: registry.csv }}
  id: siret
  group: siren
  fields: {{ name: name, address: address, postcode: postcode }}
stages:
{stages}sink: {{ checkpoint: schedule.duckdb }}
execution: {{ schedule: {schedule}, in_flight: {}, chunk: {chunk} }}
",
        args.in_flight
    );
    std::fs::write(work.join("suppliers.csv"), format!("Code,Nom,Adresse,Postal\n{suppliers}"))?;
    std::fs::write(work.join("registry.csv"), format!("siret,siren,name,address,postcode\n{registry}"))?;
    let path = work.join("schedule.yaml");
    std::fs::write(&path, pipeline)?;
    Ok(path)
}
