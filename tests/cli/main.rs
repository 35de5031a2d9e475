//! Whole runs of the real binary, each in a temporary folder laid out like this repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arbiters;
mod arbiters_faulty;
mod arbiters_flow;
#[cfg(unix)]
mod arbiters_killed;
mod authoring;
mod bad_input;
mod bench;
mod checkpoint;
mod closed;
mod csv_files;
mod databases;
mod decisions;
mod decisions_duplicates;
mod decisions_stored;
mod doctor;
mod duplicates;
mod equal_rows;
mod examples;
mod explain;
mod failing_inputs;
#[cfg(unix)]
mod faults;
mod generate_evaluate;
mod guided;
mod guided_failures;
mod identifiers;
mod import;
mod index;
mod inspect;
#[cfg(unix)]
mod kill;
#[cfg(target_os = "linux")]
mod memory;
mod odd_inputs;
mod one_to_one;
#[cfg(unix)]
mod overwrites;
mod packages;
mod panics;
mod phonetic;
mod pipeline_files;
mod plugins;
#[cfg(unix)]
mod private_files;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod processes_silent;
mod processes_strangers;
mod progress;
#[cfg(unix)]
mod registry;
mod registry_filters;
mod registry_presets;
#[cfg(unix)]
mod registry_watch;
mod report;
mod report_browser;
mod rerun;
mod result_formats;
mod review;
mod review_browser;
mod review_guards;
mod review_worth;
mod run;
mod same_answer;
mod scripts;
#[cfg(unix)]
mod serve;
mod serve_clients;
mod small;
mod sources;
mod standard_input;
#[cfg(unix)]
mod stop;
mod stored_messages;
mod support;
mod supporting_places;
mod tables;
mod train;
mod tutorials;
mod watch;
