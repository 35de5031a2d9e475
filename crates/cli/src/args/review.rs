//! Flags of `review`.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use super::PipelineArgs;

/// The pipeline to review, and where.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// The address and port of the page, of this machine alone; port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Who decides; the page can name somebody else [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    pub(crate) reviewer: Option<String>,
    /// The language of the page, `en` or `fr` [default: the browser's]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// Whether the page is opened in a browser
    #[arg(long, value_name = "WHETHER", default_value = "no")]
    pub(crate) open_browser: OpenBrowser,
}

/// Whether the page is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OpenBrowser {
    /// Its address is printed
    No,
    /// It is opened in the browser of this machine
    Yes,
}
