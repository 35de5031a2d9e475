//! Shows a checked pipeline to people and tools.

mod mermaid;
mod text;
mod words;

use serde_json::json;

use crate::check::CheckedPipeline;

/// An output format for a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderFormat {
    /// Lines for a terminal.
    Text,
    /// A Mermaid flowchart, for Markdown.
    Mermaid,
    /// A JSON object `{plan, plugins, arbiters}`, for tools.
    Json,
}

/// The wired stages, their plug-ins with versions and digests, and their thresholds.
pub fn render(checked: &CheckedPipeline, format: RenderFormat) -> String {
    match format {
        RenderFormat::Text => text::render(checked),
        RenderFormat::Mermaid => mermaid::render(checked),
        RenderFormat::Json => {
            format!("{:#}\n", json!({ "plan": checked.plan, "plugins": checked.plugins, "arbiters": checked.arbiters }))
        }
    }
}
