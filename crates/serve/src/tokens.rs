//! Authorization of requests: bearer tokens, of which only hashes are stored.
//!
//! A line of the file is a name and the SHA-256 of a token in hexadecimal. Tokens are long and random, so a plain hash
//! cannot be inverted; a password would need a slow hash.
//!
//! **Invariants.** A token is compared with all hashes in constant time. No message and no log contains a token or a
//! hash.

use std::path::Path;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::problem::{Problem, ProblemKind};

/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;

/// The accepted tokens.
#[derive(Clone)]
pub struct TokenList(Vec<NamedHash>);

#[derive(Clone)]
struct NamedHash {
    name: String,
    hash: [u8; HASH_BYTES],
}

/// Why a token file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("the token file `{file}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A line is not a name and a hash.
    #[error(
        "line {line} of the token file `{file}` must be a name and the SHA-256 of a token in 64 hexadecimal digits, such as \
         `purchasing {SHA256_OF_NOTHING}`; `printf %s \"$TOKEN\" | sha256sum` computes it"
    )]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Two lines have the same name.
    #[error("the token file `{file}` has two tokens called `{name}`: give each a name of its own")]
    Repeated {
        /// The file.
        file: String,
        /// The name.
        name: String,
    },
    /// There is no token in the file.
    #[error("the token file `{file}` has no token: nobody could send a request")]
    Empty {
        /// The file.
        file: String,
    },
}

/// An example of a hash.
const SHA256_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl TokenList {
    /// Reads a file; empty lines and those starting with `#` are ignored.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, an invalid line, or no token at all.
    pub fn read(path: &Path) -> Result<TokenList, TokenFileError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => TokenList::parse(&text, &file),
            Err(source) => Err(TokenFileError::Unreadable { file, source }),
        }
    }

    fn parse(text: &str, file: &str) -> Result<TokenList, TokenFileError> {
        let mut tokens: Vec<NamedHash> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let named = line.split_once(char::is_whitespace);
            let named = named.and_then(|(name, hash)| Some((name, parse_hash(hash.trim())?)));
            let Some((name, hash)) = named else {
                return Err(TokenFileError::Line { file: file.to_owned(), line: number + 1 });
            };
            if tokens.iter().any(|known| known.name == name) {
                return Err(TokenFileError::Repeated { file: file.to_owned(), name: name.to_owned() });
            }
            tokens.push(NamedHash { name: name.to_owned(), hash });
        }
        if tokens.is_empty() { Err(TokenFileError::Empty { file: file.to_owned() }) } else { Ok(TokenList(tokens)) }
    }

    /// A list of one token.
    pub fn of_token(name: &str, token: &str) -> TokenList {
        TokenList(vec![NamedHash { name: name.to_owned(), hash: Sha256::digest(token.as_bytes()).into() }])
    }

    /// Whether a token is in the list.
    pub fn has(&self, token: &str) -> bool {
        self.find(token).is_some()
    }

    /// The name of the token in a request.
    ///
    /// # Errors
    ///
    /// No token, or one that is not in the list.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<&str, Problem> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let refused = || {
            Problem::new(
                ProblemKind::Unauthorized,
                "the header must be `Authorization: Bearer TOKEN` with a known token",
            )
        };
        self.find(token.ok_or_else(refused)?).ok_or_else(refused)
    }

    /// Compares with all hashes, even after a match.
    fn find(&self, token: &str) -> Option<&str> {
        let hash: [u8; HASH_BYTES] = Sha256::digest(token.as_bytes()).into();
        let mut found = u32::MAX;
        for (place, known) in self.0.iter().enumerate() {
            let is_it: Choice = known.hash.ct_eq(&hash);
            found.conditional_assign(&(place as u32), is_it);
        }
        self.0.get(found as usize).map(|known| known.name.as_str())
    }
}

fn parse_hash(text: &str) -> Option<[u8; HASH_BYTES]> {
    let mut hash = [0; HASH_BYTES];
    if text.len() != 2 * HASH_BYTES || !text.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    /// The SHA-256 of `abc`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn headers(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn a_token_is_found_by_its_hash() {
        let text = format!("# tokens\n\nfirst {SHA256_OF_NOTHING}\nsecond\t{ABC}\n");
        let tokens = TokenList::parse(&text, "f").unwrap();
        assert_eq!(tokens.authorize(&headers("Bearer abc")).unwrap(), "second");
        assert_eq!(tokens.authorize(&headers("bearer  abc ")).unwrap(), "second");
        for other in ["Bearer abd", "Bearer", "abc", "Basic abc", ABC] {
            let problem = tokens.authorize(&headers(other)).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Unauthorized, "{other}");
            assert!(!problem.detail.contains("abd"));
        }
        assert!(tokens.authorize(&HeaderMap::new()).is_err());
    }

    #[test]
    fn an_invalid_line_is_named_but_not_repeated() {
        for (text, expected) in [
            ("secret", "line 1 of the token file `f` must be a name and the SHA-256"),
            ("# x\nname secret", "line 2"),
            ("", "has no token"),
        ] {
            let error = TokenList::parse(text, "f").err().unwrap().to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
        let twice = format!("a {ABC}\na {SHA256_OF_NOTHING}\n");
        assert!(TokenList::parse(&twice, "f").err().unwrap().to_string().contains("two tokens called `a`"));
    }
}
