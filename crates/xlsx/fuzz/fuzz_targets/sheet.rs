#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| matchflow_xlsx_fuzz::sheet(bytes));
