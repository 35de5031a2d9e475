//! The manifest of a reconciliation service, in both versions.

use serde_json::{Value, json};

use super::types_json;
use crate::served_pipeline::ServedPipeline;

/// The size of a preview.
const WIDTH: u32 = 430;
const HEIGHT: u32 = 300;
/// Queries that OpenRefine sends together.
const BATCH: u32 = 50;

/// The address of a service: `http://127.0.0.1:8080/v1/suppliers`.
pub(crate) struct ServiceAddress {
    /// Scheme and authority.
    pub(crate) origin: String,
    /// The path of the pipeline.
    pub(crate) path: String,
}

impl ServiceAddress {
    fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

/// The manifest of version 0.2.
pub(crate) fn v0_2(pipeline: &ServedPipeline, address: &ServiceAddress) -> Value {
    let url = address.url();
    let suggest = |what: &str| json!({ "service_url": url, "service_path": format!("/reconcile/suggest/{what}") });
    json!({
        "versions": ["0.2"],
        "name": format!("matchflow: {}", pipeline.name()),
        "identifierSpace": format!("{url}/entries/"),
        "schemaSpace": format!("{url}/"),
        "serviceVersion": env!("CARGO_PKG_VERSION"),
        "defaultTypes": types_json(pipeline),
        "view": { "url": format!("{url}/reconcile/preview?id={{{{id}}}}") },
        "preview": { "url": format!("{url}/reconcile/preview?id={{{{id}}}}"), "width": WIDTH, "height": HEIGHT },
        "suggest": { "entity": suggest("entity"), "property": suggest("property"), "type": suggest("type") },
        "extend": {
            "propose_properties": { "service_url": url, "service_path": "/reconcile/properties" },
            "property_settings": [],
        },
        "batchSize": BATCH,
    })
}

/// The manifest of the draft of version 1.0.
pub(crate) fn draft(pipeline: &ServedPipeline, address: &ServiceAddress) -> Value {
    json!({
        "versions": ["1.0-draft"],
        "name": format!("matchflow: {}", pipeline.name()),
        "serviceVersion": env!("CARGO_PKG_VERSION"),
        "defaultTypes": types_json(pipeline),
        "view": { "url": format!("{}/reconcile/preview?id={{id}}", address.url()) },
        "preview": { "width": WIDTH, "height": HEIGHT },
        "suggest": { "entity": true, "property": true, "type": true },
        "extend": { "proposeProperties": true, "propertySettings": [] },
        "standardizedScore": true,
    })
}
