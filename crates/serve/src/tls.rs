//! TLS: the certificate chain and the key of a server, from PEM files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate file cannot be read, or has no certificate.
    #[error(
        "the certificate file `{file}` must be a PEM file with the chain of certificates, the server's first: {reason}"
    )]
    Certificate {
        /// The file.
        file: String,
        /// The reader's error.
        reason: String,
    },
    /// The key file cannot be read, or has no key. Its content is not part of the error.
    #[error("the key file `{file}` must be a readable PEM file with a private key")]
    Key {
        /// The file.
        file: String,
    },
    /// The key does not belong to the certificate, or its kind is not supported.
    #[error("the certificate and the key cannot be used together: {0}")]
    Pair(#[source] rustls::Error),
}

/// The certificate and the key of a server.
#[derive(Clone)]
pub struct TlsIdentity(Arc<ServerConfig>);

impl TlsIdentity {
    /// Reads PEM files: a chain of certificates, and the key of the first.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, or do not belong together.
    pub fn read(certificates: &Path, key: &Path) -> Result<TlsIdentity, TlsError> {
        let failed = |reason: String| TlsError::Certificate { file: certificates.display().to_string(), reason };
        let chain = CertificateDer::pem_file_iter(certificates).map_err(|error| failed(error.to_string()))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|error| failed(error.to_string()))?;
        if chain.is_empty() {
            return Err(failed("it has no certificate".to_owned()));
        }
        let no_key = |_| TlsError::Key { file: key.display().to_string() };
        let key = PrivateKeyDer::from_pem_file(key).map_err(no_key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(TlsError::Pair)?.with_no_client_auth();
        let mut config = config.with_single_cert(chain, key).map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsIdentity(Arc::new(config)))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}
