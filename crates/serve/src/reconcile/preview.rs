//! An entry as a small page, for people choosing between candidates.

use serde_json::Value;

use super::entry_name;
use crate::problem::Problem;
use crate::registry_entry::RegistryEntry;
use crate::served_pipeline::ServedPipeline;

/// The page of an entry or a group; `None` if the registry has none with this id.
pub(crate) fn page(pipeline: &ServedPipeline, id: &str) -> Result<Option<String>, Problem> {
    let Some(entry) = RegistryEntry::find_any(pipeline, id)? else { return Ok(None) };
    let words = pipeline.words(None);
    let name = entry_name(pipeline, &entry.fields).unwrap_or_else(|| entry.id.clone());
    let mut rows = vec![(words.id.clone(), entry.id.clone())];
    rows.extend(entry.group.map(|group| (words.group.clone(), group)));
    rows.extend(entry.fields.iter().filter_map(|(name, value)| Some((name.clone(), Value::as_str(value)?.to_owned()))));
    rows.extend(entry.is_closed.map(|closed| (String::new(), words.state(closed).to_owned())));
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(value)))
        .collect();
    Ok(Some(format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><style>body{{font:14px sans-serif;\
         margin:8px}}th{{text-align:left;padding-right:12px;vertical-align:top}}</style></head><body><h1 style=\"font-size:16px\">\
         {}</h1><table>{rows}</table></body></html>",
        words.language.code(),
        escape(&name),
        escape(&name)
    )))
}

/// A text escaped for HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registry_values_are_escaped_in_a_page() {
        assert_eq!(escape("<b>A & \"B\"</b> d'Or"), "&lt;b&gt;A &amp; &quot;B&quot;&lt;/b&gt; d&#39;Or");
    }
}
