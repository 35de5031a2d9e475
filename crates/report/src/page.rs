//! The page: the bundle of `web/dist` with the report as JSON in it. It asks for nothing: its policy forbids it.
//!
//! **Invariant.** No text of a file is markup: the JSON has no `<`, and the page's program sets texts only.

use matchflow_labels::{Words, report_page};
use serde_json::{Map, Value, json};

use crate::error::ReportError;
use crate::figures::FIGURES;
use crate::result_report::ResultReport;

const PAGE: &str = include_str!("../web/dist/index.html");
const SCRIPT: &str = include_str!("../web/dist/report.js");
const STYLE: &str = include_str!("../web/dist/report.css");

impl ResultReport {
    /// The report as a page.
    pub fn to_html(&self, words: &Words) -> Result<String, ReportError> {
        let texts: Map<String, Value> = report_page::ALL
            .iter()
            .map(|(name, label)| ((*name).to_owned(), Value::from(words.text(*label))))
            .collect();
        let figures: Vec<Value> = FIGURES
            .iter()
            .map(|figure| {
                json!({ "name": figure.name, "unit": figure.unit, "meaning": words.text(figure.meaning),
                        "value": self.figures.value(figure) })
            })
            .collect();
        let labels: Map<String, Value> = self
            .fields
            .iter()
            .map(|field| (field.field.clone(), Value::from(words.field_label(&field.field))))
            .collect();
        let data = json!({ "language": words.language.code(), "texts": texts, "figures": figures, "fields": labels,
                           "report": self });
        let data = serde_json::to_string(&data)?.replace('<', "\\u003c");
        // What is filled in last is not searched again.
        Ok(PAGE
            .replace("{language}", words.language.code())
            .replace("{title}", words.text(report_page::page_text("title")))
            .replace("{noscript}", words.text(report_page::page_text("noscript")))
            .replace("/*style*/", STYLE)
            .replace("/*script*/", SCRIPT)
            .replace("\"{data}\"", &data))
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Result<String, ReportError> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}
