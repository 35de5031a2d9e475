//! The number formats of cells, as far as they change the meaning of a number.

use std::collections::HashMap;

use crate::error::{FlawKind, FormatViolation};
use crate::format::NumberFormat;
use crate::reference;
use crate::xml::text::attribute;
use crate::xml::token::{Tag, Token};
use crate::xml::walk;

/// The number format of each style that cells refer to.
#[derive(Debug, Clone, Default)]
pub struct Styles {
    formats: Vec<NumberFormat>,
    prefixes: Vec<String>,
}

impl Styles {
    /// Reads the styles part.
    ///
    /// # Errors
    ///
    /// The part is not well-formed.
    pub fn read(part: &[u8]) -> Result<Self, FormatViolation> {
        let (mut codes, mut prefixes) = (HashMap::new(), Vec::new());
        let mut formats = Vec::new();
        let mut is_in_cells = false;
        walk(part, |_, token| {
            match token {
                Token::Start(tag) => match tag.name {
                    b"numFmt" => {
                        if let (Some(id), Some(code)) = (id(tag)?, tag.attribute(b"formatCode")?) {
                            codes.insert(id, format(&attribute(code)?, &mut prefixes));
                        }
                    }
                    b"cellXfs" => is_in_cells = !tag.is_empty,
                    b"xf" if is_in_cells => formats.push(id(tag)?.unwrap_or(0)),
                    _ => {}
                },
                Token::End(b"cellXfs") => is_in_cells = false,
                _ => {}
            }
            Ok(())
        })?;
        let format = |id: u32| codes.get(&id).copied().unwrap_or_else(|| NumberFormat::built_in(id));
        Ok(Styles { formats: formats.into_iter().map(format).collect(), prefixes })
    }

    /// The text that a [`NumberFormat::Prefixed`] puts before its digits.
    pub fn prefix(&self, index: u16) -> &str {
        self.prefixes.get(usize::from(index)).map_or("", String::as_str)
    }

    /// The format of the style `index`; [`NumberFormat::Other`] if there is none.
    #[inline]
    pub fn format(&self, index: u32) -> NumberFormat {
        self.formats.get(index as usize).copied().unwrap_or_default()
    }
}

fn format(code: &str, prefixes: &mut Vec<String>) -> NumberFormat {
    match (NumberFormat::read(code), u16::try_from(prefixes.len())) {
        ((NumberFormat::Prefixed { digits, .. }, text), Ok(prefix)) => {
            prefixes.push(text);
            NumberFormat::Prefixed { digits, prefix }
        }
        // More prefixes than any workbook has formats.
        ((NumberFormat::Prefixed { .. }, _), Err(_)) => NumberFormat::Other,
        ((format, _), _) => format,
    }
}

fn id(tag: &Tag<'_>) -> Result<Option<u32>, FlawKind> {
    Ok(tag.attribute(b"numFmtId")?.and_then(reference::integer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_map_to_formats() {
        let part = br#"<styleSheet><numFmts count="9"><numFmt numFmtId="164" formatCode="&quot;n&quot;00000"/>
            <numFmt formatCode="00000" numFmtId="165"></numFmt><numFmt numFmtId="14" formatCode="0.0"/></numFmts>
            <cellStyleXfs><xf numFmtId="22"/></cellStyleXfs>
            <cellXfs count="9"><xf/><xf numFmtId="165"><alignment/></xf><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>
            <dxfs><dxf><numFmt numFmtId="166" formatCode="yyyy"/></dxf></dxfs></styleSheet>"#;
        let styles = Styles::read(part).unwrap();
        let found: Vec<NumberFormat> = (0..5).map(|index| styles.format(index)).collect();
        let padded = NumberFormat::ZeroPadded { digits: 5 };
        let other = NumberFormat::Other;
        assert_eq!(found, [other, padded, other, NumberFormat::Date, other]);
        let part = br#"<styleSheet><numFmt numFmtId="164" formatCode="&quot;n&quot;00000"/>
            <numFmt numFmtId="165" formatCode="\F000"/><cellXfs><xf numFmtId="165"/></cellXfs></styleSheet>"#;
        let styles = Styles::read(part).unwrap();
        let NumberFormat::Prefixed { digits: 3, prefix } = styles.format(0) else { panic!("{:?}", styles.format(0)) };
        assert_eq!(styles.prefix(prefix), "F");
        assert!(Styles::read(b"<styleSheet><cellXfs>").is_err());
    }
}
