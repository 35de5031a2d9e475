//! A mock chat service for trying `llm-arbiter` without a real one: `cargo run -p matchflow-mock-server --example
//! agreement` prints its address and answers until standard input ends.

use std::io::Read;

use matchflow_mock_server::{Behaviour, MockServer, agreement_chat};

fn main() -> std::io::Result<()> {
    let server = MockServer::start(Behaviour::default(), agreement_chat())?;
    println!("{}", server.url("/v1"));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    println!("{} requests", server.log().requests());
    Ok(())
}
