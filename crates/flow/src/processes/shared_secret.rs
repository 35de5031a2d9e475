//! The shared secret of a run's processes: each proves that it knows it before the other trusts its messages.
//!
//! **Limits.** Only the handshake is protected: everything after it crosses the network in the clear
//! (`docs/processes.md`).
//!
//! **Invariants.** A proof is an HMAC-SHA256 over the complete exchange: the role, the purpose, both processes, the
//! random numbers of both, and the configuration. So it cannot be used on another connection, in the other direction,
//! or for another process. Proofs are compared in constant time. The secret is never printed.
//!
//! **How.** Caller: its number and a random number. Acceptor: the same of its own. Caller: its configuration and its
//! proof. Acceptor, after verifying that: its own. Without a secret, the proofs are made with an empty one.

use std::fmt;
use std::io;
use std::sync::Arc;

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::handshake::Handshake;
use super::rendezvous::Purpose;

/// Minimum length of a secret.
pub const SECRET_BYTES_MIN: usize = 16;

/// A random number that is used once.
pub(super) type Nonce = [u8; 32];

/// A secret known only to the processes of a run. Empty if all of them are on this machine and none was given.
#[derive(Clone, Default)]
pub struct SharedSecret(Arc<[u8]>);

impl SharedSecret {
    /// The secret in a text, without surrounding spaces and line breaks; `None` if it has fewer than
    /// [`SECRET_BYTES_MIN`] bytes.
    pub fn new(text: &str) -> Option<SharedSecret> {
        let bytes = text.trim().as_bytes();
        (bytes.len() >= SECRET_BYTES_MIN).then(|| SharedSecret(bytes.into()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SharedSecret(..)")
    }
}

/// A new random number.
pub(super) fn nonce() -> io::Result<Nonce> {
    let mut nonce = [0; 32];
    SystemRandom::new().fill(&mut nonce).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(nonce)
}

/// The side that proves its knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Role {
    Caller,
    Acceptor,
}

/// What both ends of a connection have sent each other before the proofs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Exchange {
    pub(super) purpose: Purpose,
    pub(super) caller: usize,
    pub(super) acceptor: usize,
    pub(super) caller_nonce: Nonce,
    pub(super) acceptor_nonce: Nonce,
}

/// A process's configuration and its proof.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ProvenHandshake {
    /// The handshake as JSON: the bytes covered by the proof.
    handshake: String,
    proof: Vec<u8>,
}

impl Exchange {
    /// The handshake with the proof of the process in this role.
    pub(super) fn prove(
        &self,
        role: Role,
        secret: &SharedSecret,
        handshake: &Handshake,
    ) -> io::Result<ProvenHandshake> {
        let handshake = serde_json::to_string(handshake)?;
        let proof = hmac::sign(&key(secret), &self.message(role, &handshake)?).as_ref().to_vec();
        Ok(ProvenHandshake { handshake, proof })
    }

    /// The handshake of the process in this role, if its proof is valid.
    pub(super) fn verify(&self, role: Role, secret: &SharedSecret, proven: &ProvenHandshake) -> io::Result<Handshake> {
        let message = self.message(role, &proven.handshake)?;
        // In constant time.
        hmac::verify(&key(secret), &message, &proven.proof)
            .map_err(|_| io::Error::new(io::ErrorKind::PermissionDenied, "it has another shared secret"))?;
        let handshake: Handshake = serde_json::from_str(&proven.handshake)?;
        let process = if role == Role::Caller { self.caller } else { self.acceptor };
        if handshake.process != process {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has another number than it began with"));
        }
        Ok(handshake)
    }

    fn message(&self, role: Role, handshake: &str) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(&("matchflow processes 1", role, self, handshake))?)
    }
}

fn key(secret: &SharedSecret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &secret.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        let (caller_nonce, acceptor_nonce) = (nonce().unwrap(), nonce().unwrap());
        Exchange { purpose: Purpose::Control, caller: 2, acceptor: 1, caller_nonce, acceptor_nonce }
    }

    #[test]
    fn a_proof_is_valid_for_one_exchange_and_one_role_only() {
        let secret = SharedSecret::new("correct horse battery staple").unwrap();
        let handshake = Handshake { process: 2, digests: [("workers".to_owned(), "2".to_owned())].into() };
        let exchange = exchange();
        let proven = exchange.prove(Role::Caller, &secret, &handshake).unwrap();
        assert_eq!(exchange.verify(Role::Caller, &secret, &proven).unwrap().digests, handshake.digests);
        let refused = |exchange: &Exchange, role, secret: &SharedSecret, proven: &ProvenHandshake| {
            exchange.verify(role, secret, proven).unwrap_err();
        };
        refused(&exchange, Role::Acceptor, &secret, &proven);
        refused(&exchange, Role::Caller, &SharedSecret::new("another secret of 28 bytes..").unwrap(), &proven);
        refused(&exchange, Role::Caller, &SharedSecret::default(), &proven);
        refused(&self::exchange(), Role::Caller, &secret, &proven);
        refused(&Exchange { purpose: Purpose::Data, ..exchange.clone() }, Role::Caller, &secret, &proven);
        refused(&Exchange { acceptor: 0, ..exchange.clone() }, Role::Caller, &secret, &proven);
        let changed = ProvenHandshake { handshake: proven.handshake.replace("\"2\"", "\"3\""), ..proven.clone() };
        refused(&exchange, Role::Caller, &secret, &changed);
        refused(&exchange, Role::Caller, &secret, &ProvenHandshake { proof: Vec::new(), ..proven });
        let other = exchange.prove(Role::Caller, &secret, &Handshake { process: 3, ..handshake }).unwrap();
        refused(&exchange, Role::Caller, &secret, &other);
    }

    #[test]
    fn a_secret_is_long_enough_and_is_not_printed() {
        assert!(SharedSecret::new("  sixteen bytes !!\n").is_some_and(|secret| !secret.is_empty()));
        assert!(SharedSecret::new("  fifteen bytes !      \n").is_none());
        let secret = SharedSecret::new("0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "SharedSecret(..)");
    }
}
