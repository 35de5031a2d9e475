//! Cost of an answer: tokens as the service counted them, times the plan's prices.

use matchflow_model::plan::Prices;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MILLION: f64 = 1e6;

/// Tokens, as the service counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, including cached ones.
    pub input: u64,
    /// Input tokens served from the service's cache.
    pub cached_input: u64,
    /// Output tokens.
    pub output: u64,
}

impl Usage {
    /// Reads a JSON body's usage from `usage` (OpenAI, Mistral, Anthropic and compatible services) or `usageMetadata`
    /// (Gemini); zero if there is none.
    pub fn from_body(body: &[u8]) -> Usage {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return Usage::default() };
        let Some(usage) = body.get("usage").or_else(|| body.get("usageMetadata")) else { return Usage::default() };
        let number = |paths: &[&str]| paths.iter().find_map(|path| usage.pointer(path)?.as_u64()).unwrap_or(0);
        Usage {
            input: number(&["/prompt_tokens", "/input_tokens", "/promptTokenCount"]),
            cached_input: number(&[
                "/prompt_tokens_details/cached_tokens",
                "/input_tokens_details/cached_tokens",
                "/cache_read_input_tokens",
                "/cachedContentTokenCount",
            ]),
            output: number(&["/completion_tokens", "/output_tokens", "/candidatesTokenCount"]),
        }
    }
}

/// Cost of an answer: `input`, `cached_input` and `output` are prices per million tokens.
pub fn cost(usage: Usage, prices: &Prices) -> f64 {
    let cached = usage.cached_input.min(usage.input);
    let fresh = usage.input - cached;
    let token_cost = fresh as f64 * prices.input
        + cached as f64 * prices.cached_input.unwrap_or(prices.input)
        + usage.output as f64 * prices.output;
    token_cost / MILLION + prices.request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_in_each_vendors_format() {
        let cases = [
            (
                r#"{"usage": {"prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}}"#,
                (10, 4, 3),
            ),
            (r#"{"usage": {"input_tokens": 7, "output_tokens": 2, "cache_read_input_tokens": 5}}"#, (7, 5, 2)),
            (r#"{"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 1}}"#, (9, 0, 1)),
            (r#"{"usage": null}"#, (0, 0, 0)),
            (r#"{"usage": {"prompt_tokens": -1}}"#, (0, 0, 0)),
            ("[]", (0, 0, 0)),
            ("no JSON", (0, 0, 0)),
        ];
        for (body, (input, cached_input, output)) in cases {
            assert_eq!(Usage::from_body(body.as_bytes()), Usage { input, cached_input, output }, "{body}");
        }
    }

    #[test]
    fn prices_are_per_million_tokens() {
        let usage = Usage { input: 1_000_000, cached_input: 400_000, output: 500_000 };
        let prices = Prices { input: 2.0, cached_input: Some(0.5), output: 8.0, request: 0.01 };
        assert!((cost(usage, &prices) - (1.2 + 0.2 + 4.0 + 0.01)).abs() < 1e-9);
        let plain = Prices { cached_input: None, request: 0.0, ..prices };
        assert!((cost(usage, &plain) - 6.0).abs() < 1e-9);
        assert_eq!(cost(Usage::default(), &plain), 0.0);
        let odd = Usage { cached_input: 9_000_000, ..usage };
        assert!((cost(odd, &prices) - (0.5 + 4.0 + 0.01)).abs() < 1e-9, "no more is cached than was read");
    }
}
