//! Detects the kind of a registry from its columns.

use matchflow_model::header;

/// The kind of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// INSEE's establishments joined with the names of their companies: the preset `sirene`.
    Sirene,
    /// INSEE's establishments alone (`StockEtablissement`): the names are in the file of the legal units.
    SireneEstablishments,
    /// INSEE's legal units alone (`StockUniteLegale`): the addresses are in the file of the establishments.
    SireneUnits,
    /// Any other list of companies.
    Companies,
}

const NAME: &str = "denominationUniteLegale";
const POSTCODE: &str = "codePostalEtablissement";

/// The kind of the registry with these columns.
pub fn registry_kind(columns: &[String]) -> RegistryKind {
    let has = |name: &str| header::find(columns, name).is_some();
    match (has("siret"), has("siren"), has(NAME), has(POSTCODE)) {
        (true, _, true, _) => RegistryKind::Sirene,
        (true, _, false, true) => RegistryKind::SireneEstablishments,
        (false, true, true, _) => RegistryKind::SireneUnits,
        _ => RegistryKind::Companies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_recognised_by_their_columns() {
        let kind = |columns: &str| registry_kind(&columns.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(kind("siret siren denominationUniteLegale codePostalEtablissement"), RegistryKind::Sirene);
        assert_eq!(
            kind("siret siren enseigne1Etablissement codePostalEtablissement"),
            RegistryKind::SireneEstablishments
        );
        assert_eq!(kind("siren denominationUniteLegale"), RegistryKind::SireneUnits);
        assert_eq!(kind("CompanyName CompanyNumber PostTown"), RegistryKind::Companies);
        assert_eq!(kind("siret nom ville"), RegistryKind::Companies);
    }
}
