//! The name of a table, with its schema: `results`, `finance.results`.

/// A table, with its schema where that is not the default one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl TableName {
    /// Reads `results` or `finance.results`.
    pub fn new(text: &str) -> TableName {
        match text.split_once('.') {
            Some((schema, name)) => TableName { schema: Some(schema.to_owned()), name: name.to_owned() },
            None => TableName { schema: None, name: text.to_owned() },
        }
    }

    /// The name as a statement has it.
    pub(crate) fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.name)),
            None => quoted(&self.name),
        }
    }
}

/// A name as a statement has it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a statement has it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_statement() {
        for (text, expected) in [
            ("results", "\"results\""),
            ("finance.results", "\"finance\".\"results\""),
            ("x\"; DROP TABLE y; --", "\"x\"\"; DROP TABLE y; --\""),
        ] {
            assert_eq!(TableName::new(text).quoted(), expected);
        }
        assert_eq!(literal("d'Or"), "'d''Or'");
    }
}
