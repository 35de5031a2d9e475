//! The kinds of what decides a row besides the row itself. A checkpoint has each setting by its name, with a digest; the name
//! is what people read, and has its kind.

/// The setting of the registry's content.
pub const REGISTRY: &str = "the registry";
/// How the settings of plug-ins begin.
pub const PLUGIN: &str = "plug-in ";

/// What kind of setting it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingKind {
    /// The registry's content.
    Registry,
    /// The program of a plug-in.
    Plugin,
    /// Anything else of the plan: a stage, a parameter, the version of a rule.
    Plan,
}

impl SettingKind {
    /// The kind of the setting of this name.
    pub fn of(name: &str) -> SettingKind {
        match name {
            REGISTRY => SettingKind::Registry,
            name if name.starts_with(PLUGIN) => SettingKind::Plugin,
            _ => SettingKind::Plan,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_kind() {
        assert_eq!(SettingKind::of("the registry"), SettingKind::Registry);
        assert_eq!(SettingKind::of("plug-in `town` of score"), SettingKind::Plugin);
        assert_eq!(SettingKind::of("parameters of `town` of score"), SettingKind::Plan);
        assert_eq!(SettingKind::of("how the registry is read"), SettingKind::Plan);
    }
}
