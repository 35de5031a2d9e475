//! `matchflow review`: a local page in which people decide about the rows of a pipeline.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use matchflow_matcher::Matcher;
use matchflow_model::language::Language;
use matchflow_model::plan::Plan;
use matchflow_plugin_host::Plugin;
use matchflow_review::{ReviewOptions, ReviewServer};
use matchflow_serve::ServedPipeline;

use crate::args::{OpenBrowser, ReviewArgs};
use crate::commands::decisions::{now, person};
use crate::commands::serve::load_index;
use crate::console;
use crate::exit_reason::ExitReason;
use crate::failure::{Failure, FailureContext};
use crate::load::load_without_source;
use crate::messages::{ReviewText, review_text};
use crate::run_decisions::decisions_path;
use crate::stop::watch_signals;

/// Reviews until a signal stops it.
pub(crate) fn review(args: &ReviewArgs) -> Result<ExitCode, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(text(&ReviewText::NotLoopback { address: args.listen.to_string() })));
    }
    let language = args.language.as_deref().map(language_of).transpose()?;
    let loaded = load_without_source(&args.pipeline)?;
    let plan = loaded.checked.plan;
    if plan.dedupe.is_some() {
        let file = args.pipeline.pipeline.display().to_string();
        return Err(Failure::Refused(ExitReason::Pipeline, text(&ReviewText::IsDedupe { file })));
    }
    let checkpoint = plan.sink.checkpoint.clone();
    if !checkpoint.exists() {
        let file = checkpoint.display().to_string();
        return Err(Failure::Refused(ExitReason::InputMissing, text(&ReviewText::NoResults { file })));
    }
    let options = ReviewOptions {
        decisions: decisions_path(&plan),
        reviewer: person(args.reviewer.as_deref(), "--reviewer")?,
        plan: plan.clone(),
        checkpoint,
        language,
        clock: now,
    };
    let server = ReviewServer::start(args.listen, options).while_doing("starting the review")?;
    let handle = server.handle();
    watch_signals(&[], move |_| handle.stop())?;
    let url = server.url();
    print(&ReviewText::Ready { rows: server.rows() as u64, url: url.clone() });
    if args.open_browser == OpenBrowser::Yes {
        open_browser(&url);
    }
    load_registry(plan, loaded.plugins, &server)?;
    let is_complete = server.wait();
    print(&ReviewText::Stopped { is_complete });
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitReason::Fatal.into() })
}

fn text(text: &ReviewText) -> String {
    review_text(text, console::language())
}

fn print(message: &ReviewText) {
    message!("{}", text(message));
}

fn language_of(word: &str) -> Result<Language, Failure> {
    let found = Language::ALL.into_iter().find(|language| language.code() == word);
    found.ok_or_else(|| Failure::Usage(text(&ReviewText::UnknownLanguage { language: word.to_owned() })))
}

/// Loads the registry beside the review: the first rows need it only for a search.
fn load_registry(mut plan: Plan, plugins: Vec<Vec<Plugin>>, server: &ReviewServer) -> Result<(), Failure> {
    let take = server.registry();
    let load = move || {
        let began = Instant::now();
        // One shard is searched faster than several.
        plan.execution.workers = 1;
        let pipeline = load_index(&plan, &plugins).and_then(|index| {
            let matcher = Matcher::new(&plan, plugins, index).while_doing("loading the registry")?;
            Ok(ServedPipeline::new(plan, matcher))
        });
        let message = match &pipeline {
            Ok(pipeline) => ReviewText::RegistryLoaded {
                entries: pipeline.matcher().index().entries(),
                ms: began.elapsed().as_millis() as u64,
            },
            Err(failure) => ReviewText::RegistryFailed { why: failure.to_text() },
        };
        take(pipeline.map_err(|failure| failure.to_text()));
        print(&message);
    };
    let thread = std::thread::Builder::new().name("registry".to_owned()).spawn(load);
    thread.map(drop).while_doing("loading the registry")
}

/// Opens an address in the browser of this machine, by the program that its system has for it.
fn open_browser(url: &str) {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        "macos" => ("open", &[]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        print(&ReviewText::NoBrowser { why: error.to_string() });
    }
}
