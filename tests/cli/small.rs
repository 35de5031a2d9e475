//! A pipeline with seven suppliers and five entries, for error cases.

use crate::support::World;

const PIPELINE: &str = r"name: small
source:
  csv: { path: suppliers.csv }
  id: Code
  fields: { name: Nom, postcode: Postal }
reference:
  csv: { path: registry.csv }
  id: siret
  group: siren
  fields: { name: name, postcode: postcode }
  status: { column: state, open: A }
stages:
  - clean: { name: company_name, postcode: postcode }
  - candidates: { label: LOCAL, blocked: { block: postcode, name: name, distance: 3 } }
  - score:
      name: { plugin: ../plugins/dist/company-name.wasm, compare: name }
  - decide: { accept: 0.45 }
sink: { checkpoint: out/small.duckdb, batch_size: 2, fallback: { path: out/other.duckdb } }
outputs:
  - csv: out/results.csv
  - xlsx: out/results.xlsx
";

/// All but F7 are matched.
const SUPPLIERS: &str = "Code,Nom,Postal
F1,DUPONT PLOMBERIE,69003
F2,GARAGE DU LAC,74000
F3,ZOLA MENUISERIE,37000
F4,BOULANGERIE MARTIN,37000
F5,TRANSPORTS LEGRAND,44600
F6,GARAGE DU LAC SARL,74000
F7,NOWHERE LIMITED,13001
";

/// The suppliers that have an entry.
pub(crate) const MATCHED: u64 = 6;
/// All suppliers.
pub(crate) const ROWS: u64 = 7;

const REGISTRY: &str = "siret,siren,name,postcode,state
80012345700015,800123457,DUPONT PLOMBERIE,69003,A
80023456900013,800234569,GARAGE DU LAC,74000,A
80034567000015,800345670,ZOLA MENUISERIE,37000,A
80045678200013,800456782,BOULANGERIE MARTIN,37000,A
80056789300014,800567893,TRANSPORTS LEGRAND,44600,A
";

/// The pipeline `small.yaml` with its files.
pub(crate) fn small() -> World {
    let world = World::empty();
    world.write("small.yaml", PIPELINE);
    world.write("suppliers.csv", SUPPLIERS);
    world.write("registry.csv", REGISTRY);
    world
}

/// The suppliers, with some texts replaced.
pub(crate) fn edited_suppliers(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(SUPPLIERS.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The registry, with some texts replaced.
pub(crate) fn edited_registry(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(REGISTRY.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The registry with all entries closed.
pub(crate) fn closed_registry() -> String {
    REGISTRY.replace(",A\n", ",F\n")
}
