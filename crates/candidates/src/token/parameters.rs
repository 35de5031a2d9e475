//! The names of the search and of its parameters.

pub(super) const TOKEN_KIND: &str = "token";
pub(super) const NAME: &str = "name";
pub(super) const PREFER: &str = "prefer";
pub(super) const TOP: &str = "top";
pub(super) const PER_GROUP: &str = "per_group";
